//! How far a study is: a bar where somebody watches, a line where it goes to a file, nothing where that was asked for.

use crate::output::say;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A bar with the time that is left, over `total` steps.
pub fn progress_bar(what: &str, total: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    if !std::io::stderr().is_terminal() {
        say(what);
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    // The template is a constant: without it the bar is plain.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A note on standard error, unless none is wanted.
pub fn note(quiet: bool, message: &str) {
    if !quiet {
        say(message);
    }
}
