//! Measures this engine beside its peers.
#![forbid(unsafe_code)]

use benches::SceneError;
use benches::peers::contest::Length;
use benches::peers::{PEERS, TOPICS, gather, report};
use clap::Parser;
use std::io::Write;
use std::path::PathBuf;
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
    /// How many rounds; everybody has one turn in each
    #[arg(long, default_value_t = 41, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rounds: u16,
    /// Five rounds of short turns: to see that it runs, not for figures
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// Write the figures as JSON as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where peers in other languages are made
    #[arg(long, value_name = "FOLDER", default_value = "target/peers")]
    folder: PathBuf,
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
    let length = if arguments.quick {
        Length { rounds: 5, turn_ns: 2e6 }
    } else {
        Length { rounds: arguments.rounds.into(), turn_ns: 30e6 }
    };
    let mut said = std::io::stderr();
    writeln!(said, "peers: sets up who is there, and checks that results agree")?;
    let mut contest = gather(arguments.only, &arguments.folder)?;
    for (who, why) in contest.skipped() {
        writeln!(said, "peers: not there: {who}: {why}")?;
    }
    let mut are_same = true;
    for other in contest.disagreeing() {
        are_same = false;
        let worst = other.agreement.map_or(f64::NAN, |agreement| agreement.worst);
        writeln!(said, "peers: {} beside {}: results differ by {worst:e}", other.topic, other.peer)?;
    }
    if !are_same {
        return Ok(ExitCode::FAILURE);
    }
    let outcomes = contest.run(length, |round| {
        if round.is_multiple_of(10) || round == length.rounds {
            let _ = writeln!(said, "peers: round {round} of {}", length.rounds);
        }
    })?;
    if let Some(file) = &arguments.json {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let figures = report::to_json(&outcomes, &contest, length);
        std::fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    // Whoever reads may have gone away.
    let _ = std::io::stdout().write_all(report::table(&outcomes, &contest).as_bytes());
    Ok(ExitCode::SUCCESS)
}
