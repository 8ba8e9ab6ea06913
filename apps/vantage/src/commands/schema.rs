//! `vantage schema`: the JSON Schema of scenario files, for editors.

use crate::failure::Failure;
use crate::output::{json, print, say, write_file};
use clap::Args;
use sensor_sim::Scenario;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  vantage schema                                 every key: its range, default and meaning
  vantage schema -o scenario.schema.json

An editor that knows TOML schemas (taplo, Even Better TOML) checks and completes a
scenario whose first line is
  #:schema scenario.schema.json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub fn run(args: &SchemaArgs) -> Result<(), Failure> {
    let text = json(Scenario::schema())?;
    let Some(path) = &args.output else { return print(&text) };
    write_file(path, text.as_bytes())?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}
