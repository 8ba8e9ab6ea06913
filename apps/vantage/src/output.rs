//! Results to standard output, messages to standard error, files written whole or not at all.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| written(&error))
}

/// Writes a result to standard output as JSON that a person can read.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&json(value)?)
}

/// JSON that a person can read, with a line break at its end.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::new(
            format!("the result has no form as JSON: {error}"),
            "this is a fault of vantage: report it",
        )
    })?;
    Ok(text + "\n")
}

/// Says something on standard error. Nobody may be reading it, and that is no reason to stop.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// What an error in writing to standard output means.
pub fn written(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        return Failure::ClosedPipe;
    }
    Failure::new(format!("cannot write to standard output: {error}"), "check where the output goes")
}

/// Writes a file whole or not at all: beside its place first, then put there.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put_file(path, bytes, &format!("{}.partial", std::process::id()))
}

/// [`write_file`] for a file that is written time and again, by one program at a time: whoever is killed while it writes leaves
/// one file behind, which the next one writes over.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put_file(path, bytes, "partial")
}

fn put_file(path: &Path, bytes: &[u8], suffix: &str) -> Result<(), Failure> {
    let fault = |error: std::io::Error| {
        let help = "check that the folder exists and can be written to, and that there is room";
        Failure::new(format!("cannot write {}: {error}", path.display()), help)
    };
    let name = path.file_name().ok_or_else(|| {
        Failure::new(format!("{} is not the name of a file", path.display()), "name a file, not a folder")
    })?;
    let mut partial_name = std::ffi::OsString::from(".");
    partial_name.push(name);
    partial_name.push(format!(".{suffix}"));
    let partial = path.with_file_name(partial_name);
    let put = |partial: &PathBuf| {
        let mut file = std::fs::File::create(partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(partial, path)
    };
    put(&partial).map_err(|error| {
        // Best effort: what is left behind has a name that says what it is.
        let _ = std::fs::remove_file(&partial);
        fault(error)
    })
}

/// Makes a folder and those above it.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::new(
            format!("cannot make the folder {}: {error}", path.display()),
            "name a folder that can be written to",
        )
    })
}

/// Refuses to write over a file that was read, whatever way it is named.
pub fn must_differ(output: &Path, input: &Path) -> Result<(), Failure> {
    let is_same = match (output.canonicalize(), input.canonicalize()) {
        (Ok(output), Ok(input)) => output == input,
        _ => output == input,
    };
    if is_same {
        return Err(Failure::new(
            format!("{} would be written over {}", output.display(), input.display()),
            "give the output a name of its own",
        ));
    }
    Ok(())
}
