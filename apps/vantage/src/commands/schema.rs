//! `vantage schema`: the JSON Schema of scenario files and of what was reported beside them, for editors, and of summaries, for programs that read them.

use crate::failure::Failure;
use crate::output::{json, print, say, write_file};
use clap::{Args, ValueEnum};
use sensor_sim::{Reported, Scenario};
use sharing_study::summary::Summary;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  vantage schema                                 every key: its range, default and meaning
  vantage schema -o scenario.schema.json
  vantage schema reported                        what FILE.reported.toml beside FILE.toml may say
  vantage schema summary                         what summary.json of a comparison or a study holds

An editor that knows TOML schemas (taplo, Even Better TOML) checks and completes a
scenario whose first line is
  #:schema scenario.schema.json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// Of which files
    #[arg(value_enum, default_value = "scenario")]
    pub of: Of,
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Of {
    /// Scenario files.
    Scenario,
    /// What was publicly reported of a scenario's event: FILE.reported.toml beside FILE.toml.
    Reported,
    /// The summary.json of `compare`, `study`, `merge` and `report`.
    Summary,
}

pub fn run(args: &SchemaArgs) -> Result<(), Failure> {
    let text = match args.of {
        Of::Scenario => json(Scenario::schema())?,
        Of::Reported => json(Reported::schema())?,
        Of::Summary => json(&Summary::schema())?,
    };
    let Some(path) = &args.output else { return print(&text) };
    write_file(path, text.as_bytes())?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}
