//! `vantage compare`: what each nation knew under several sharing regimes.

use super::Perturbed;
use crate::failure::Failure;
use crate::load::{built_in_scenario, chosen_regimes, read_scenario};
use crate::output::{make_folder, print, print_json};
use crate::progress::{note, progress_bar};
use crate::study::{study_failure, take_baseline, write_reports};
use crate::words::counted;
use clap::{Args, Parser};
use fusion_core::share::Regime;
use sensor_sim::Scenario;
use sharing_study::credit;
use sharing_study::outcome::StudyResult;
use sharing_study::study::{StudyOptions, run_study};
use sharing_study::table;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  vantage compare                                   the built-in scenario, 20 runs, the six regimes from siloed to integrated
  vantage compare mine.toml --runs 100 --out study
  vantage compare --regime bilateral --regime mine-regime.toml
  vantage compare --runs 5 --json > summary.json
  vantage compare mine.toml --perturb 0             the same flight in every run
  vantage compare --baseline siloed                 what each changes against no sharing

The result depends on scenario, regimes, runs and seed, not on the number of threads. For hundreds of runs, several
scenarios or several machines there is `vantage study`.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// Scenario file [default: the flight over Hokkaido of 15 September 2017, built in]
    pub scenario: Option<PathBuf>,
    /// Runs of every regime, each with its own noise
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: u32,
    /// Seed of everything drawn
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    #[command(flatten)]
    pub perturb: Perturbed,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder for report.html, report.md (the same for a pull request) and summary.json
    #[arg(long, default_value = "out", value_name = "DIR")]
    pub out: PathBuf,
    /// Regime by name or from a .toml file; may be given several times [default: the first six that
    /// `vantage regimes` lists, and the scenario's own]
    #[arg(long, value_name = "NAME|FILE")]
    pub regime: Vec<String>,
    /// Regime against which differences are shown [default: bilateral, or the first where it is not compared]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Print the summary as JSON instead of the table
    #[arg(long)]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(long, short)]
    pub quiet: bool,
}

impl Default for CompareArgs {
    fn default() -> Self {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            args: CompareArgs,
        }
        Alone::parse_from(["compare"]).args
    }
}

pub fn run(args: &CompareArgs) -> Result<(), Failure> {
    let (text, scenario) = match &args.scenario {
        Some(path) => read_scenario(path)?,
        None => built_in_scenario()?,
    };
    let scenario = scenario.perturbed_by(args.perturb.factor);
    let regimes = chosen_regimes(&args.regime, &scenario, &mut |text| note(args.quiet, text))?;
    // Before the work, so that a folder that cannot be made costs nothing.
    make_folder(&args.out)?;
    let mut study = study(args, (&text, &scenario), &regimes)?;
    take_baseline(&mut study, args.baseline.as_deref())?;
    let credits = credit::reported(&scenario, &regimes, args.seed);
    let path = args.scenario.as_deref().unwrap_or(Path::new("the built-in scenario"));
    let credits = credits.map_err(|error| study_failure(path, &text, &error))?;
    let summary = write_reports(&args.out, &study, &credits, &command(args))?;
    let printed = if args.json { print_json(&summary) } else { print(&table::render(&summary)) };
    let [report, summary] = ["report.html", "summary.json"].map(|name| args.out.join(name));
    note(args.quiet, &format!("report:  {}\nsummary: {}", report.display(), summary.display()));
    printed
}

/// The command that gives the same study again: what the result does not depend on is left out.
fn command(args: &CompareArgs) -> String {
    let mut words = vec!["vantage".to_owned(), "compare".to_owned()];
    words.extend(args.scenario.iter().map(|path| path.display().to_string()));
    words.extend(["--runs".to_owned(), args.runs.to_string(), "--seed".to_owned(), args.seed.to_string()]);
    if args.perturb.factor != 1.0 {
        words.extend(["--perturb".to_owned(), args.perturb.factor.to_string()]);
    }
    words.extend(args.regime.iter().flat_map(|regime| ["--regime".to_owned(), regime.clone()]));
    words.extend(args.baseline.iter().flat_map(|name| ["--baseline".to_owned(), name.clone()]));
    words.iter().map(|word| quoted(word)).collect::<Vec<String>>().join(" ")
}

/// A word as a shell reads it whole.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn study(
    args: &CompareArgs,
    (text, scenario): (&str, &Scenario),
    regimes: &[Regime],
) -> Result<StudyResult, Failure> {
    let options = StudyOptions {
        runs: args.runs,
        seed: args.seed,
        threads: args.threads.map(usize::from),
        ..StudyOptions::default()
    };
    let what = format!(
        "{}: {} of {}",
        scenario.name,
        counted(u64::from(args.runs), "run"),
        counted(regimes.len() as u64, "regime")
    );
    let bar = progress_bar(&what, u64::from(args.runs).saturating_mul(regimes.len() as u64), args.quiet);
    let result = run_study(scenario, regimes, &options, &|done, total| {
        bar.set_length(u64::from(total));
        bar.set_position(u64::from(done));
    });
    bar.finish_and_clear();
    let path = args.scenario.as_deref().unwrap_or(Path::new("the built-in scenario"));
    result.map_err(|error| study_failure(path, text, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_in_the_report_is_the_one_that_was_given() {
        assert_eq!(command(&CompareArgs::default()), "vantage compare --runs 20 --seed 1");
        let args = CompareArgs {
            scenario: Some(PathBuf::from("my flight's.toml")),
            runs: 3,
            regime: vec!["siloed".to_owned(), "own.toml".to_owned()],
            ..CompareArgs::default()
        };
        assert_eq!(
            command(&args),
            r"vantage compare 'my flight'\''s.toml' --runs 3 --seed 1 --regime siloed --regime own.toml"
        );
    }
}
