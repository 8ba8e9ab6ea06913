//! One file for each command.

pub mod compare;
pub mod completions;
pub mod fixtures;
pub mod fly;
pub mod inspect;
pub mod record;
pub mod regimes;
pub mod replay;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use std::process::ExitCode;

/// Does what was asked.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        None => compare::run(&compare::CompareArgs::default()).map(done),
        Some(Command::Compare(args)) => compare::run(&args).map(done),
        Some(Command::Fly(args)) => fly::run(&args).map(done),
        Some(Command::Record(args)) => record::run(&args).map(done),
        Some(Command::Inspect(args)) => inspect::run(&args).map(done),
        Some(Command::Replay(args)) => replay::run(&args).map(done),
        Some(Command::Regimes(args)) => regimes::run(&args).map(done),
        Some(Command::Completions(args)) => completions::run(&args).map(done),
        Some(Command::Fixtures(args)) => fixtures::run(&args),
    }
}
