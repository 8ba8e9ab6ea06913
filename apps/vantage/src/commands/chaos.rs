//! `vantage chaos`: small worlds in which things go wrong, and what must hold all the same.

use crate::failure::{CHECK_FAILED, Failure};
use crate::output::{print, print_json, say};
use crate::words::{count, hex};
use chaos::{Outcome, World, run_seeds, try_seed};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  vantage chaos                                 seeds 1..300
  vantage chaos --seeds 1..10000                prints the first seed that fails, and stops there
  vantage chaos --seed 4711 --verbose           one seed alone: what was done, and what was found

Exit codes: 0 every invariant holds, 1 one does not, 2 wrong usage.
The digest is over everything that the nodes of all seeds knew and said. It is the same for every number of threads.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ChaosArgs {
    /// Seeds, from the first to the last, both included
    #[arg(long, default_value = "1..300", value_name = "FIRST..LAST", value_parser = parse_seeds)]
    pub seeds: Seeds,
    /// One seed alone
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Say what was done under each seed
    #[arg(long)]
    pub verbose: bool,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// From the first to the last.
#[derive(Clone, Debug)]
pub struct Seeds(RangeInclusive<u64>);

/// What all seeds gave.
#[derive(Debug, Default, Serialize)]
struct Summary {
    seeds: u64,
    /// How often each kind of fault was let happen.
    faults: BTreeMap<&'static str, u64>,
    scans_given: u64,
    scans_too_late: u64,
    scans_again: u64,
    scans_refused: u64,
    digest: String,
    /// The first seed under which an invariant does not hold.
    failed: Option<Outcome>,
}

pub fn run(args: &ChaosArgs) -> Result<ExitCode, Failure> {
    let fault =
        |error: chaos::WorldError| Failure::new(error.to_string(), "this is a fault of vantage: report it");
    let mut summary = Summary::default();
    let mut text = String::new();
    let mut digest = blake3::Hasher::new();
    let mut take = |outcome: Outcome| {
        summary.take(&outcome);
        digest.update(&outcome.digest);
        if args.verbose {
            describe(&mut text, &outcome);
        }
        if summary.seeds.is_multiple_of(500) && !args.json {
            say(&format!("{} seeds, every invariant holds", count(summary.seeds)));
        }
        let holds = outcome.violations.is_empty();
        if !holds {
            summary.failed = Some(outcome);
        }
        holds
    };
    match args.seed {
        Some(seed) => {
            let world = World::new().map_err(fault)?;
            take(try_seed(&world, seed).map_err(fault)?);
        }
        None => run_seeds(args.seeds.0.clone(), take).map_err(fault)?,
    }
    summary.digest = hex(digest.finalize().as_bytes());
    let code = ExitCode::from(if summary.failed.is_some() { CHECK_FAILED } else { 0 });
    if args.json {
        return print_json(&summary).map(|()| code);
    }
    summary.describe(&mut text, args.verbose);
    print(&text).map(|()| code)
}

impl Summary {
    fn take(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        for scheduled in &outcome.faults {
            *self.faults.entry(scheduled.fault.name()).or_default() += 1;
        }
        self.scans_given += outcome.tally.given;
        self.scans_too_late += outcome.tally.too_late;
        self.scans_again += outcome.tally.again;
        self.scans_refused += outcome.tally.refused;
    }

    fn describe(&self, text: &mut String, is_told: bool) {
        let faults: Vec<String> =
            self.faults.iter().map(|(name, times)| format!("{name} {}", count(*times))).collect();
        let _ = writeln!(text, "{} seeds; faults: {}", count(self.seeds), faults.join(", "));
        let _ = writeln!(
            text,
            "scans: {} given to nodes, {} of them a second time, {} too late; {} refused before",
            count(self.scans_given),
            count(self.scans_again),
            count(self.scans_too_late),
            count(self.scans_refused)
        );
        match &self.failed {
            None => text.push_str("every invariant holds\n"),
            Some(outcome) => {
                let _ =
                    writeln!(text, "seed {} fails: {} violations", outcome.seed, outcome.violations.len());
                if !is_told {
                    outcome
                        .violations
                        .iter()
                        .take(3)
                        .for_each(|violation| _ = writeln!(text, "  {violation}"));
                    let _ = writeln!(text, "alone: vantage chaos --seed {} --verbose", outcome.seed);
                }
            }
        }
        let _ = writeln!(text, "digest {}", self.digest);
    }
}

fn describe(text: &mut String, outcome: &Outcome) {
    let _ = writeln!(text, "seed {}: {:?}", outcome.seed, outcome.tally);
    for scheduled in &outcome.faults {
        let _ =
            writeln!(text, "  {:.1} to {:.1} s: {:?}", scheduled.from_s, scheduled.until_s, scheduled.fault);
    }
    for violation in &outcome.violations {
        let _ = writeln!(text, "  does not hold: {violation}");
    }
}

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let parse = |number: &str| number.parse::<u64>().ok();
    let ends = text.split_once("..").and_then(|(first, last)| Some((parse(first)?, parse(last)?)));
    ends.filter(|(first, last)| first <= last).map(|(first, last)| Seeds(first..=last)).ok_or_else(|| {
        format!("`{text}` is no range of seeds: give the first and the last, such as 1..10000")
    })
}
