//! Holds the library against files of reference values: works out anew what each file holds, and tells how far off it is.
#![forbid(unsafe_code)]

use benches::reference::{Deviations, check};
use clap::Parser;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Works out anew what files of reference values hold, and compares.
///
/// Prints the worst deviation of each quantity beside its tolerance. A file is recognised by what it holds, whatever its
/// name.
#[derive(Parser)]
#[command(after_help = "Example:
  cargo run --release -p benches --bin reference -- fixtures/reference/{0,1}*.json

Exit codes:
  0  every quantity of every file is within its tolerance
  1  a quantity is above its tolerance
  2  a file cannot be read or worked out, or is of no known kind")]
struct Arguments {
    /// Files of reference values, JSON
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let mut code = 0;
    let (mut report, mut complaints) = (String::new(), String::new());
    // Writing to a `String` cannot fail.
    for file in &Arguments::parse().files {
        match compare(file) {
            Ok(deviations) => {
                code = code.max(u8::from(!deviations.is_within()));
                let _ = writeln!(report, "{}\n{deviations}", file.display());
            }
            Err(reason) => {
                code = 2;
                let _ = writeln!(complaints, "{}: {reason}", file.display());
            }
        }
    }
    // Whoever reads may have gone away: the exit code says it all.
    let _ = std::io::stdout().write_all(report.as_bytes());
    let _ = std::io::stderr().write_all(complaints.as_bytes());
    ExitCode::from(code)
}

fn compare(file: &Path) -> Result<Deviations, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let document = serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))?;
    check(&document).map_err(|error| error.to_string())
}
