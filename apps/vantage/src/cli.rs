//! What may be asked on the command line.

use crate::commands::{
    chaos::ChaosArgs, compare::CompareArgs, completions::CompletionsArgs, credit::CreditArgs,
    fixtures::FixturesArgs, fly::FlyArgs, inspect::InspectArgs, man::ManArgs, merge::MergeArgs,
    record::RecordArgs, regimes::RegimesArgs, replay::ReplayArgs, report::ReportArgs, schema::SchemaArgs,
    study::StudyArgs, sweep::SweepArgs,
};
use clap::{Parser, Subcommand};

const AFTER_HELP: &str = "\
Without a command, `compare` runs with its defaults.

Examples:
  vantage                                             compare the regimes on the built-in scenario
  vantage fly --launch 39.2,125.673 --azimuth 72 --apogee-km 800 --range-km 3700 --boost-s 145
  vantage record fixtures/overflight-2017-09-15/scenario.toml -o flight.vrec
  vantage replay flight.vrec --regime bilateral
  vantage study --runs 200 --out study                hundreds of runs; stopped, the same command goes on

Results go to standard output, messages and progress to standard error.
Exit codes: 0 done, 1 a check found differences, 2 wrong usage, bad input or a file that cannot be read or written.";

/// What sharing missile tracks is worth: fly, record, replay and compare.
///
/// A notional, defensive study tool made from openly published facts.
#[derive(Debug, Parser)]
#[command(name = "vantage", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fly one missile from what the public record says of it.
    Fly(FlyArgs),
    /// Simulate a scenario and write what its sensors saw.
    Record(RecordArgs),
    /// Say what a recording holds and whether it is whole.
    Inspect(InspectArgs),
    /// Run the nodes over a recording and say who knew what, and when.
    Replay(ReplayArgs),
    /// Run a scenario under several sharing regimes and compare what each nation knew.
    Compare(CompareArgs),
    /// Say which sensor or nation contributes what to whom.
    Credit(CreditArgs),
    /// Vary a delay, a release, a loss or a sensor, and say where sharing stops being worth it.
    Sweep(SweepArgs),
    /// Run scenarios many times, on one machine or in parts; it may be stopped and goes on.
    Study(StudyArgs),
    /// Join the parts of a study that were run on several machines.
    Merge(MergeArgs),
    /// Write the reports of a study again, against any of its regimes.
    Report(ReportArgs),
    /// List the sharing regimes that are built in, or print one to start your own from.
    Regimes(RegimesArgs),
    /// Print the JSON Schema of scenario files, which lets an editor check and complete them, or of summaries.
    Schema(SchemaArgs),
    /// Check the recordings that are kept beside their scenarios, or write them.
    Fixtures(FixturesArgs),
    /// Run small worlds in which things go wrong, and check what must hold all the same.
    Chaos(ChaosArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print a page of the manual.
    Man(ManArgs),
}
