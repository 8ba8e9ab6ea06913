//! Measures what the machine itself can do, and how far the engine is from it.
#![forbid(unsafe_code)]

use benches::SceneError;
use benches::peers::limits::Limits;
use benches::peers::session::Session;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Measures what the machine itself can do, and how far the engine is from it.
///
/// The rate of multiply-adds, of divisions and roots, of copies within caches and in memory, and how long a message takes from
/// thread to thread; then the engine's filters, recordings and rings beside these.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p benches --bin limits
  cargo run --release -p benches --bin limits -- --rounds 11 --json out/limits.json

The rate of multiply-adds is that of a C++ program (CXX, or c++); without a compiler, of a product and a sum in Rust.

Exit codes:
  0  measured, whatever the figures are
  1  something went wrong")]
struct Arguments {
    #[command(flatten)]
    session: Session,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse().session) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "limits: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(session: &Session) -> Result<ExitCode, SceneError> {
    let mut limits = Limits::gather(&session.folder)?;
    let Some(outcomes) = session.run(&mut limits.contest)? else { return Ok(ExitCode::FAILURE) };
    session.tell(&limits.table(&outcomes), &limits.to_json(&outcomes, session.count()))?;
    Ok(ExitCode::SUCCESS)
}
