//! `vantage man`: the manual, as `man` reads it.

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::print;
use clap::{Args, CommandFactory};
use clap_mangen::Man;

const EXAMPLES: &str = "\
Examples:
  vantage man > ~/.local/share/man/man1/vantage.1
  vantage man study > ~/.local/share/man/man1/vantage-study.1
  vantage man study | man -l -";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// Command that the page is about; without it the page of all
    pub name: Option<String>,
}

pub fn run(args: &ManArgs) -> Result<(), Failure> {
    let mut all = Cli::command();
    all.build();
    let command = match &args.name {
        None => all,
        Some(name) => {
            let unknown = || {
                let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
                Failure::new(
                    format!("there is no command `{name}`"),
                    format!("there are: {}", names.join(", ")),
                )
            };
            all.find_subcommand(name).ok_or_else(unknown)?.clone()
        }
    };
    // Into memory first: whoever reads may have had enough.
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| crate::output::written(&error))?;
    print(&String::from_utf8_lossy(&page))
}
