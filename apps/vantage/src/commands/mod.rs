//! One file for each command; `asked` is what two of them have in common.

pub mod asked;
pub mod chaos;
pub mod compare;
pub mod completions;
pub mod credit;
pub mod fixtures;
pub mod fly;
pub mod inspect;
pub mod man;
pub mod merge;
pub mod record;
pub mod regimes;
pub mod replay;
pub mod report;
pub mod schema;
pub mod study;
pub mod sweep;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use clap::Args;
use std::process::ExitCode;

/// How the totals of a study that is there are worked out and shown.
#[derive(Debug, Args)]
pub struct TotalsArgs {
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print the summaries as JSON, a list with one for each scenario, instead of the tables
    #[arg(long)]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// How much runs differ.
#[derive(Debug, Args)]
pub struct Perturbed {
    /// Multiplies the scenario's perturb spreads, 0 to 10; 0 flies the nominal flight in every run
    #[arg(long = "perturb", default_value_t = 1.0, value_name = "FACTOR", value_parser = parse_factor)]
    pub factor: f64,
}

impl Perturbed {
    /// What is to be noted of it: nothing where the scenario is taken as it stands.
    pub fn note(&self) -> String {
        if self.factor == 1.0 {
            return String::new();
        }
        format!(" The spreads of [perturb] were multiplied by {}.", self.factor)
    }
}

fn parse_factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.0..=10.0).contains(factor));
    factor.ok_or_else(|| "it must be a number from 0 to 10".to_owned())
}

/// Does what was asked.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        None => compare::run(&compare::CompareArgs::default()).map(done),
        Some(Command::Compare(args)) => compare::run(&args).map(done),
        Some(Command::Credit(args)) => credit::run(&args).map(done),
        Some(Command::Sweep(args)) => sweep::run(&args).map(done),
        Some(Command::Study(args)) => study::run(&args).map(done),
        Some(Command::Merge(args)) => merge::run(&args).map(done),
        Some(Command::Report(args)) => report::run(&args).map(done),
        Some(Command::Fly(args)) => fly::run(&args).map(done),
        Some(Command::Record(args)) => record::run(&args).map(done),
        Some(Command::Inspect(args)) => inspect::run(&args).map(done),
        Some(Command::Replay(args)) => replay::run(&args).map(done),
        Some(Command::Chaos(args)) => chaos::run(&args),
        Some(Command::Regimes(args)) => regimes::run(&args).map(done),
        Some(Command::Completions(args)) => completions::run(&args).map(done),
        Some(Command::Man(args)) => man::run(&args).map(done),
        Some(Command::Schema(args)) => schema::run(&args).map(done),
        Some(Command::Fixtures(args)) => fixtures::run(&args),
    }
}
