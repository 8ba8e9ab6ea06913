//! What can go wrong, said with the file, the place in it and what to do.

use miette::{Diagnostic, MietteHandlerOpts, NamedSource, SourceSpan};
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use thiserror::Error;

/// Exit code of a check that found differences.
pub const CHECK_FAILED: u8 = 1;
/// Exit code of wrong usage, bad input, or a file that cannot be read or written.
pub const BAD_INPUT: u8 = 2;

/// Why a command ends without its result.
#[derive(Debug)]
pub enum Failure {
    /// Something is wrong that the user can mend.
    Problem(Box<Problem>),
    /// Whoever read our output has had enough of it: not an error.
    ClosedPipe,
}

/// Something that is wrong, and what to do about it.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct Problem {
    message: String,
    #[help]
    help: Option<String>,
    #[source_code]
    text: Option<NamedSource<String>>,
    #[label("here")]
    place: Option<SourceSpan>,
}

impl Failure {
    /// A problem that `help` says how to mend.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        let problem = Problem { message: message.into(), help: Some(help.into()), text: None, place: None };
        Failure::Problem(Box::new(problem))
    }

    /// A problem at a place of a text file, which is shown.
    pub fn in_text(
        message: impl Into<String>,
        help: impl Into<String>,
        (path, text): (&Path, &str),
        place: Range<usize>,
    ) -> Self {
        let problem = Problem {
            message: message.into(),
            help: Some(help.into()),
            text: Some(NamedSource::new(path.display().to_string(), text.to_owned())),
            place: Some(place.into()),
        };
        Failure::Problem(Box::new(problem))
    }

    /// Says what is wrong on standard error, and gives the exit code.
    pub fn report(self) -> ExitCode {
        let Failure::Problem(problem) = self else { return ExitCode::SUCCESS };
        let is_terminal = std::io::stderr().is_terminal();
        // Lines of a log are not folded: whoever searches in them finds whole sentences.
        // Fails only where a handler was set before, and then there is one.
        drop(miette::set_hook(Box::new(move |_| {
            Box::new(MietteHandlerOpts::new().terminal_links(false).wrap_lines(is_terminal).build())
        })));
        // Nobody may be reading: then there is nobody to tell.
        let _ = write!(std::io::stderr(), "{:?}", miette::Report::new(*problem));
        ExitCode::from(BAD_INPUT)
    }
}
