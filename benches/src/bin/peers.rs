//! Measures this engine beside its peers.
#![forbid(unsafe_code)]

use benches::SceneError;
use benches::peers::session::Session;
use benches::peers::{PEERS, TOPICS, gather, report};
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Measures this engine beside its peers, in one run and by turns, and prints ratios with intervals.
///
/// All do the same work on the same numbers, and that their results agree is checked before anything is timed. Peers that are
/// not there are left out with a word.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p benches --bin peers
  cargo run --release -p benches --bin peers -- --only filter --only eigen --json out/peers.json
  cargo run --release -p benches --bin peers -- --quick

What peers need, each left out without it: a C++ compiler (CXX, or c++), and for Eigen its headers (Debian: libeigen3-dev);
python3 with venv, and once a package index, for Stone Soup, FilterPy and scipy.

Exit codes:
  0  all that is there was measured, whether targets are met or not: machines differ
  1  a peer's results are not ours, or something else went wrong")]
struct Arguments {
    /// Only this topic or peer; several narrow down topics and peers each for itself
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(
        TOPICS.iter().chain(&PEERS).copied().collect::<Vec<_>>()
    ))]
    only: Vec<String>,
    #[command(flatten)]
    session: Session,
}

fn main() -> ExitCode {
    match measure(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Arguments) -> Result<ExitCode, SceneError> {
    let Arguments { only, session } = arguments;
    writeln!(std::io::stderr(), "sets up who is there, and checks that results agree")?;
    let mut contest = gather(only, &session.folder)?;
    let Some(outcomes) = session.run(&mut contest)? else { return Ok(ExitCode::FAILURE) };
    let figures = report::to_json(&outcomes, &contest, session.count());
    session.tell(&report::table(&outcomes, &contest), &figures)?;
    Ok(ExitCode::SUCCESS)
}
