//! `vantage completions`: completion scripts for shells.

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::print;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  vantage completions bash > ~/.local/share/bash-completion/completions/vantage
  vantage completions zsh > ~/.zfunc/_vantage
  vantage completions fish > ~/.config/fish/completions/vantage.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// Shell that the script is for
    pub shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    // Into memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vantage", &mut script);
    print(&String::from_utf8_lossy(&script))
}
