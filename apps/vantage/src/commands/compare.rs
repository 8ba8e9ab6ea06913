//! `vantage compare`: what each nation knew under several sharing regimes.

use super::Perturbed;
use crate::failure::Failure;
use crate::load::{Given, built_in_scenario, find_regime, read_scenario, scenario_failure, shipped_regimes};
use crate::output::{json, make_folder, print, say, write_file};
use crate::words::counted;
use clap::{Args, Parser};
use fusion_core::share::Regime;
use indicatif::{ProgressBar, ProgressStyle};
use sensor_sim::Scenario;
use sharing_study::credit;
use sharing_study::outcome::StudyResult;
use sharing_study::report::Report;
use sharing_study::study::{StudyError, StudyOptions, run_study};
use sharing_study::summary::Summary;
use sharing_study::table;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  vantage compare                                   the built-in scenario, 20 runs, the six regimes from siloed to integrated
  vantage compare mine.toml --runs 100 --out study
  vantage compare --regime bilateral --regime mine-regime.toml
  vantage compare --runs 5 --json > summary.json
  vantage compare mine.toml --perturb 0             the same flight in every run

The result depends on scenario, regimes, runs and seed, not on the number of threads.";

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
    /// Print the summary as JSON instead of the table
    #[arg(long)]
    pub json: bool,
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
    let regimes = regimes(args, &scenario)?;
    // Before the work, so that a folder that cannot be made costs nothing.
    make_folder(&args.out)?;
    let study = study(args, (&text, &scenario), &regimes)?;
    let summary = Summary::of(&study).map_err(|error| {
        Failure::new(
            format!("the study cannot be summarised: {error}"),
            "this is a fault of vantage: report it",
        )
    })?;
    let summary_json = json(&summary)?;
    let (report_path, summary_path) = (args.out.join("report.html"), args.out.join("summary.json"));
    let command = command(args);
    let credits = credit::reported(&scenario, &regimes, args.seed)
        .map_err(|error| study_failure(args, &text, &error))?;
    let report =
        Report { study: &study, summary: &summary, credits: &credits, sweeps: &[], command: &command };
    write_file(&report_path, report.html().as_bytes())?;
    write_file(&args.out.join("report.md"), report.markdown().as_bytes())?;
    write_file(&summary_path, summary_json.as_bytes())?;
    let printed = if args.json { print(&summary_json) } else { print(&table::render(&summary)) };
    say(&format!("report:  {}\nsummary: {}", report_path.display(), summary_path.display()));
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

/// The regimes asked for, or all that fit the scenario.
fn regimes(args: &CompareArgs, scenario: &Scenario) -> Result<Vec<Regime>, Failure> {
    let nodes = scenario.node_names();
    let given = Given { nodes: &nodes, own: &scenario.regimes };
    let mut regimes: Vec<Regime> = Vec::new();
    if args.regime.is_empty() {
        for regime in shipped_regimes()? {
            let is_replaced = scenario.regimes.iter().any(|own| own.name == regime.name);
            match regime.resolve(&nodes) {
                _ if is_replaced => say(&format!("note: the scenario has its own regime `{}`", regime.name)),
                Ok(_) => regimes.push(regime),
                Err(error) => say(&format!("note: left out: {error}")),
            }
        }
        regimes.extend(scenario.regimes.iter().cloned());
    } else {
        for name in &args.regime {
            regimes.push(find_regime(name, given)?);
        }
    }
    for (index, regime) in regimes.iter().enumerate() {
        if regimes.iter().take(index).any(|other| other.name == regime.name) {
            return Err(Failure::new(
                format!("two regimes are named `{}`", regime.name),
                "give each regime file another `name`, and each --regime once",
            ));
        }
    }
    Ok(regimes)
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
    let bar = progress_bar(&what, u64::from(args.runs).saturating_mul(regimes.len() as u64));
    let result = run_study(scenario, regimes, &options, &|done, total| {
        bar.set_length(u64::from(total));
        bar.set_position(u64::from(done));
    });
    bar.finish_and_clear();
    result.map_err(|error| study_failure(args, text, &error))
}

fn study_failure(args: &CompareArgs, text: &str, error: &StudyError) -> Failure {
    let path = args.scenario.as_deref().unwrap_or(Path::new("the built-in scenario"));
    match error {
        StudyError::Scenario(error) => scenario_failure(path, text, error),
        error => Failure::new(
            format!("{}: {error}", path.display()),
            "mend the scenario or the regime; `vantage fly` tries one flight",
        ),
    }
}

/// A bar where somebody watches, a line where it goes to a file.
pub(super) fn progress_bar(what: &str, total: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        say(what);
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    // The template is a constant: without it the bar is plain.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
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
