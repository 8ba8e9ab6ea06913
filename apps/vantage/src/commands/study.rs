//! `vantage study`: scenarios under regimes, many runs, stopped and gone on with, on one machine or many.

use super::Perturbed;
use crate::failure::Failure;
use crate::load::{built_in_scenario, chosen_regimes, read_scenario};
use crate::output::{make_folder, print, print_json};
use crate::progress::{note, progress_bar};
use crate::study::journal::{self, Header, Journal, Torn};
use crate::study::{
    Due, Totals, due, folder_name, prepare, put_in_order, read_plan, study_failure, unknown_measure, whole,
    written,
};
use crate::words::{counted, size};
use clap::Args;
use indicatif::ProgressBar;
use sharing_study::measure::Measured;
use sharing_study::plan::{PlannedScenario, Shard, StudyPlan};
use sharing_study::study::{Study, StudyError, StudyOptions};
use sharing_study::summary::Summary;
use sharing_study::table;
use sharing_study::until::Until;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const EXAMPLES: &str = "\
Examples:
  vantage study --runs 200 --out study                        the built-in scenario, six regimes
  vantage study a.toml b.toml --runs 200 --out study          stopped, by whatever: the same command goes on
  vantage study a.toml --runs 400 --out study                 more runs of a study that has fewer
  vantage study a.toml --until 5% --measure impact-error-30 --out study
  vantage study a.toml --runs 200 --shard 2/7 --out part-2    on the second of seven machines; then
  vantage merge part-1 part-2 part-3 part-4 part-5 part-6 part-7 --out study
  vantage report study --baseline siloed --out against-siloed

The folder gets study.journal (every run, as it ends), and once all are done study.json (what there is), outcomes.parquet,
samples.parquet, areas.parquet (docs/RESULTS.md), and for each scenario report.html, report.md, summary.json and what was flown.
The result depends on scenarios, regimes, runs and seed, not on threads, machines or how often it was stopped.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StudyArgs {
    /// Scenario files [default: the flight over Hokkaido of 15 September 2017, built in]
    pub scenario: Vec<PathBuf>,
    /// Runs of every regime, each with its own noise; with --until the most there may be [default: 20, with --until 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: Option<u32>,
    /// Seed of everything drawn
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Regime by name or from a .toml file; may be given several times [default: the first six that
    /// `vantage regimes` lists, and each scenario's own]
    #[arg(long, value_name = "NAME|FILE")]
    pub regime: Vec<String>,
    #[command(flatten)]
    pub perturb: Perturbed,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Do only the I-th of N parts of the runs; `vantage merge` joins the parts
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Run until the 95 % interval of --measure's paired difference to the baseline has, for every receiver and regime, a
    /// half-width of at most this share of the baseline's mean
    #[arg(long, value_name = "W%", value_parser = parse_share, requires = "measure")]
    pub until: Option<f64>,
    /// The measure of --until, such as impact-error-30 (30 s after burnout), confirmed or lead
    #[arg(long, value_name = "NAME", requires = "until")]
    pub measure: Option<String>,
    /// Folder of the study
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Print the summaries as JSON, a list with one for each scenario, instead of the tables
    #[arg(long)]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// Seconds between samples.
fn grid_s() -> f64 {
    StudyOptions::default().grid_s
}

fn parse_share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    percent
        .filter(|percent| (0.01..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "it must be a share in percent, 0.01% to 100%, such as 5%".to_owned())
}

pub fn run(args: &StudyArgs) -> Result<(), Failure> {
    let plan = plan(args)?;
    let read = read_plan(&plan)?;
    let studies = prepare(&plan, &read)?;
    make_folder(&args.out)?;
    let path = args.out.join(journal::NAME);
    let mut journal = open(&path, Header { plan, shard: args.shard }, args.quiet)?;
    do_runs(args, &mut journal, &studies)?;
    if let Some(shard) = args.shard {
        let journal = put_in_order(&path, journal)?;
        let runs = counted(journal.tasks().count() as u64, "run");
        note(
            args.quiet,
            &format!("part {shard}: {runs} in {}; `vantage merge` joins the parts", path.display()),
        );
        return Ok(());
    }
    let Ok(runs) = whole(&mut journal, &studies)? else {
        return Err(Failure::new(
            "runs are missing after all were done",
            "this is a fault of vantage: report it",
        ));
    };
    let mut journal = put_in_order(&path, journal)?;
    if let Some(summaries) = written(&args.out, journal.plan(), &runs) {
        note(
            args.quiet,
            &format!("{} is done; `vantage report` writes its reports again", args.out.display()),
        );
        return show(&summaries, args.json);
    }
    let threads = args.threads.map(usize::from);
    let totals = Totals { folder: &args.out, baseline: None, threads, is_whole: true };
    let summaries = totals.write(&mut journal, (&read, &studies), &runs)?;
    show(&summaries, args.json)
}

/// Prints the results of scenarios.
pub fn show(summaries: &[Summary], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print_json(&summaries);
    }
    let tables = summaries.iter().map(|summary| table::render(summary) + &table::appendix(summary));
    print(&tables.collect::<Vec<String>>().join("\n"))
}

/// The plan that was asked for.
fn plan(args: &StudyArgs) -> Result<StudyPlan, Failure> {
    if args.until.is_some() && args.shard.is_some() {
        return Err(Failure::new(
            "--until and --shard exclude each other: a part does not know what the other parts have found, so it cannot tell when runs are enough",
            "give --runs with --shard; a first study with --until on one machine tells how many it takes",
        ));
    }
    let until = args.until.zip(args.measure.clone()).map(|(share, measure)| Until { measure, share });
    if let Some(until) = until.as_ref().filter(|until| Measured::named(&until.measure).is_none()) {
        return Err(unknown_measure(&until.measure));
    }
    let texts = match args.scenario.as_slice() {
        [] => vec![built_in_scenario()?],
        paths => paths.iter().map(|path| read_scenario(path)).collect::<Result<_, _>>()?,
    };
    let mut scenarios: Vec<PlannedScenario> = Vec::new();
    for (text, scenario) in &texts {
        let regimes = chosen_regimes(&args.regime, scenario, &mut |text| note(args.quiet, text))?;
        let planned = PlannedScenario::new(text, scenario, &regimes)
            .map_err(|error| Failure::new(error.to_string(), "this is a fault of vantage: report it"))?;
        if scenarios.iter().any(|other| folder_name(&other.name) == folder_name(&planned.name)) {
            return Err(Failure::new(
                format!("two scenarios are named `{}`", planned.name),
                "give each another `name` in its [scenario] table, and each file once",
            ));
        }
        scenarios.push(planned);
    }
    Ok(StudyPlan {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        seed: args.seed,
        runs: args.runs.unwrap_or(if until.is_some() { 1_000 } else { StudyOptions::default().runs }),
        perturb: args.perturb.factor,
        grid_s: grid_s(),
        until,
        scenarios,
    })
}

/// The journal of this study: a new one, the one that is there, or that one with room for more runs.
fn open(path: &Path, header: Header, quiet: bool) -> Result<Journal, Failure> {
    // An empty one is of a program that was killed before it could say what it was about to do.
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) || !path.exists() {
        return Journal::create(path, header);
    }
    let (journal, cut) = Journal::open(path, Torn::Cut)?;
    if cut > 0 {
        note(
            quiet,
            &format!("note: {} of a run that was not written whole are cut off: it is done again", size(cut)),
        );
    }
    let found = Header { plan: journal.plan().clone(), shard: journal.shard() };
    if found != header {
        let with_more = StudyPlan { runs: header.plan.runs, ..found.plan.clone() };
        let is_longer = with_more == header.plan && with_more.runs > found.plan.runs;
        if !is_longer || found.shard.is_some() || header.shard.is_some() {
            return Err(another(path, &found, &header));
        }
        return journal::write_in_order(path, header, &mut [journal]);
    }
    match journal.tasks().count() as u64 {
        0 => {}
        done => note(quiet, &format!("going on with {}: {} done", path.display(), counted(done, "run"))),
    }
    Ok(journal)
}

/// That the folder holds another study.
fn another(path: &Path, found: &Header, wanted: &Header) -> Failure {
    let part = |shard: Option<Shard>| shard.map_or("the whole".to_owned(), |shard| format!("part {shard}"));
    let difference = found.plan.difference(&wanted.plan);
    let difference =
        difference.unwrap_or_else(|| format!("{} against {}", part(found.shard), part(wanted.shard)));
    Failure::new(
        format!("{} is of another study than the one asked for; {difference}", path.display()),
        "give this study a folder of its own with --out, or the command that began the other",
    )
}

/// Does every run that is due and keeps it.
fn do_runs(args: &StudyArgs, journal: &mut Journal, studies: &[Study<'_>]) -> Result<(), Failure> {
    let (mut bar, mut announced) = (ProgressBar::hidden(), 0);
    for (index, study) in studies.iter().enumerate() {
        while let Due::Runs(runs) = due(journal, study, index as u32)? {
            let left = left(journal, studies, (index, &runs));
            if announced == 0 {
                let what = format!(
                    "{} of {} in {}",
                    counted(left.0, "run"),
                    counted(studies.len() as u64, "scenario"),
                    args.out.display()
                );
                bar = progress_bar(&what, left.1, args.quiet);
            } else {
                bar.set_length(bar.position() + left.1);
            }
            announced += 1;
            let fault = run_and_keep(args, journal, (index as u32, study), (&runs, &bar));
            if let Err(fault) = fault {
                bar.abandon();
                return Err(fault);
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Runs, and runs of one regime, that are known to be left: those of this scenario and of the scenarios after it.
fn left(journal: &Journal, studies: &[Study<'_>], (now, runs): (usize, &[u32])) -> (u64, u64) {
    let plan = journal.plan();
    let (shard, most) = (journal.shard(), plan.runs);
    let of = |index: usize| match index == now {
        true => runs.len() as u64,
        // What is not known before the runs are looked at is not announced.
        false if plan.until.is_some() => 0,
        false => {
            let tasks = (0..most).map(|run| (index as u32, run));
            tasks.filter(|task| !journal.has(*task) && shard.is_none_or(|part| part.has(*task, most))).count()
                as u64
        }
    };
    (now..studies.len()).fold((0, 0), |(all, pairs), index| {
        (all + of(index), pairs + of(index) * studies[index].regimes().len() as u64)
    })
}

fn run_and_keep(
    args: &StudyArgs,
    journal: &mut Journal,
    (index, study): (u32, &Study<'_>),
    (runs, bar): (&[u32], &ProgressBar),
) -> Result<(), Failure> {
    let shared = Mutex::new((journal, None));
    let ran = study.run(runs, args.threads.map(usize::from), &|| bar.inc(1), &|record| {
        // A thread that panicked ends the program: what it left half done is cut off when the study goes on.
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.0.append(index, record) {
            Ok(()) => Ok(()),
            Err(failure) => {
                shared.1.get_or_insert(failure);
                Err("the journal cannot be written".into())
            }
        }
    });
    let (_, failure) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (ran, failure) {
        (Ok(()), _) => Ok(()),
        (Err(StudyError::Keep(_)), Some(failure)) => Err(failure),
        (Err(error), _) => {
            let name = args
                .scenario
                .get(index as usize)
                .cloned()
                .unwrap_or_else(|| PathBuf::from("the built-in scenario"));
            Err(study_failure(&name, "", &error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_given_in_percent() {
        assert_eq!(parse_share("5%"), Ok(0.05));
        for wrong in ["5", "0%", "101%", "nan%", "-1%", "%"] {
            assert!(parse_share(wrong).is_err(), "{wrong}");
        }
    }
}
