//! `vantage regimes`: what sharing arrangements there are.

use crate::failure::Failure;
use crate::load::{shipped_regimes, shipped_text, shipped_variants};
use crate::output::print;
use crate::words::counted;
use clap::Args;
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  vantage regimes                                what there is
  vantage regimes bilateral > mine.toml          start your own from one that works: give it a name of its own
  vantage compare --regime bilateral --regime mine.toml";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RegimesArgs {
    /// Print this regime as TOML, with its sources and assumptions
    pub name: Option<String>,
}

pub fn run(args: &RegimesArgs) -> Result<(), Failure> {
    if let Some(name) = &args.name {
        return print(shipped_text(name)?);
    }
    let mut text = String::new();
    let titles = ["Compared when no regime is named:", "\nCompared when named:"];
    for (title, regimes) in titles.iter().zip([shipped_regimes()?, shipped_variants()?]) {
        // A String takes everything.
        let _ = writeln!(text, "{title}");
        for regime in regimes {
            let links = match regime.links.len() as u64 {
                0 => "no links".to_owned(),
                links => counted(links, "link"),
            };
            let _ = writeln!(text, "  {:22} {links:8}  {}", regime.name, regime.description);
        }
    }
    print(&text)
}
