//! Tells how accurate the filters are beside what is possible.
#![forbid(unsafe_code)]

use benches::accuracy::{AccuracyError, Options, Progress, STUDIES, Study, Table};
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Tells how accurate the filters are beside what is possible: Monte-Carlo studies with bounds and intervals.
#[derive(Parser)]
#[command(after_help = "Example:
  cargo run --release -p benches --bin accuracy -- textbook --runs 500

The tables are the same for the same runs and seed, whatever the number of threads (RAYON_NUM_THREADS).")]
struct Arguments {
    /// Studies to run; all of them if none is named
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(
        STUDIES.iter().map(|study| clap::builder::PossibleValue::new(study.name).help(study.about))
    ))]
    studies: Vec<String>,
    /// Monte-Carlo runs of each case [default: what each study asks for, 200 to 2000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    runs: Option<u32>,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match tell(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "accuracy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tell(arguments: &Arguments) -> Result<(), AccuracyError> {
    let progress = Progress::on_terminal();
    let is_chosen = |study: &&Study| {
        arguments.studies.is_empty() || arguments.studies.iter().any(|name| name == study.name)
    };
    let mut all = Vec::new();
    let mut out = std::io::stdout();
    for study in STUDIES.iter().filter(is_chosen) {
        let runs = arguments.runs.map_or(study.runs, |runs| runs as usize);
        let options = Options { runs, seed: arguments.seed };
        let tables = (study.run)(&options, &progress)?;
        if arguments.json {
            all.extend(tables.iter().map(Table::to_json));
        } else {
            tables.iter().try_for_each(|table| writeln!(out, "{table}"))?;
        }
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    }
    Ok(())
}
