//! A study in a folder: its journal, the runs that are due, and what is written from them.
//!
//! ```text
//! plan ─► journal (one frame a run, checksummed, in whatever order) ─► due: which runs are missing ─► run ─► append
//!            │
//!            └► in order ─► totals: reports, summaries and tables, written once from all rows
//! ```

pub mod journal;
mod tables;
mod totals;

pub use totals::{Totals, folder_name, take_baseline, write_reports, written};

use crate::failure::Failure;
use crate::load::scenario_failure;
use fusion_core::share::Regime;
use journal::{Header, Journal, Task};
use sensor_sim::Scenario;
use sharing_study::measure::Measured;
use sharing_study::plan::{PlanError, PlannedScenario, StudyPlan};
use sharing_study::study::{Study, StudyError};
use sharing_study::until::{Series, Until, is_enough, looks};
use std::path::Path;

/// The scenarios of a plan with their regimes, read.
pub fn read_plan(plan: &StudyPlan) -> Result<Vec<(Scenario, Vec<Regime>)>, Failure> {
    let fault =
        |error: PlanError| Failure::new(error.to_string(), "the plan cannot be carried out by this version");
    plan.scenarios.iter().map(|planned| planned.read(plan.perturb).map_err(fault)).collect()
}

/// The scenarios of a plan, flown and ready to be run.
pub fn prepare<'a>(plan: &StudyPlan, read: &'a [(Scenario, Vec<Regime>)]) -> Result<Vec<Study<'a>>, Failure> {
    let one = |((scenario, regimes), planned): (&'a (Scenario, Vec<Regime>), &PlannedScenario)| {
        Study::new(scenario, regimes, plan.seed, plan.grid_s)
            .map_err(|error| study_failure(Path::new(&planned.name), &planned.text, &error))
    };
    read.iter().zip(&plan.scenarios).map(one).collect()
}

/// What is wrong with a study, and what to do.
pub fn study_failure(path: &Path, text: &str, error: &StudyError) -> Failure {
    match error {
        StudyError::Scenario(error) => scenario_failure(path, text, error),
        error => Failure::new(
            format!("{}: {error}", path.display()),
            "mend the scenario or the regime; `vantage fly` tries one flight",
        ),
    }
}

/// What is to be done for one scenario.
#[derive(Debug, PartialEq)]
pub enum Due {
    /// Nothing: it has this many runs.
    Done(u32),
    /// These runs.
    Runs(Vec<u32>),
}

/// The runs of a scenario, by its place in the plan, that are to be done next.
pub fn due(journal: &mut Journal, study: &Study<'_>, scenario: u32) -> Result<Due, Failure> {
    let plan = journal.plan();
    let (runs, until, shard) = (plan.runs, plan.until.clone(), journal.shard());
    let missing = |journal: &Journal, most: u32| -> Vec<u32> {
        let mine = |run: &u32| shard.is_none_or(|shard| shard.has((scenario, *run), runs));
        (0..most).filter(mine).filter(|run| !journal.has((scenario, *run))).collect()
    };
    let Some(until) = until else {
        let missing = missing(journal, runs);
        return Ok(if missing.is_empty() { Due::Done(runs) } else { Due::Runs(missing) });
    };
    let mut series = Vec::new();
    for look in looks(runs) {
        let missing = missing(journal, look);
        if !missing.is_empty() {
            return Ok(Due::Runs(missing));
        }
        extend(&mut series, journal, (study, scenario), (&until, look))?;
        if is_enough(&series, look as usize, until.share) {
            return Ok(Due::Done(look));
        }
    }
    Ok(Due::Done(runs))
}

/// Reads the values of the rule's measure up to a number of runs, beside those that are there already.
fn extend(
    series: &mut Vec<Series>,
    journal: &mut Journal,
    (study, scenario): (&Study<'_>, u32),
    (until, look): (&Until, u32),
) -> Result<(), Failure> {
    let fault = |error: &StudyError| study_failure(Path::new("the study"), "", error);
    let measured = Measured::named(&until.measure).ok_or_else(|| unknown_measure(&until.measure))?;
    let frame = study.frame().map_err(|error| fault(&error))?;
    let (regimes, nodes) = (study.regimes().len(), study.node_names().len());
    let baseline = study.baseline();
    if series.is_empty() {
        let count = if regimes == 1 { nodes } else { (regimes - 1) * nodes };
        let empty = Series { own: Vec::new(), baseline: (regimes > 1).then(Vec::new) };
        series.resize(count, empty);
    }
    let read = series.first().map_or(0, |series| series.own.len()) as u32;
    for run in read..look {
        let Some(record) = journal.record((scenario, run))? else { continue };
        let value = |regime: usize, node: usize| {
            let mut rows = record.outcomes.iter();
            let row = rows.find(|row| row.regime == regime && usize::from(row.node.0) == node)?;
            measured.value(row, &frame)
        };
        let judged = (0..regimes).filter(|regime| regimes == 1 || *regime != baseline);
        let cells = judged.flat_map(|regime| (0..nodes).map(move |node| (regime, node)));
        for (series, (regime, node)) in series.iter_mut().zip(cells) {
            series.own.push(value(regime, node));
            if let Some(values) = &mut series.baseline {
                values.push(value(baseline, node));
            }
        }
    }
    Ok(())
}

/// That there is no such measure.
pub fn unknown_measure(name: &str) -> Failure {
    let names: Vec<String> = Measured::all().map(Measured::name).collect();
    Failure::new(format!("there is no measure `{name}`"), format!("there are: {}", names.join(", ")))
}

/// How many runs each scenario has, where a study is whole; else the first run that is missing.
pub fn whole(journal: &mut Journal, studies: &[Study<'_>]) -> Result<Result<Vec<u32>, Task>, Failure> {
    let mut runs = Vec::new();
    for (index, study) in studies.iter().enumerate() {
        match due(journal, study, index as u32)? {
            Due::Done(count) => runs.push(count),
            Due::Runs(missing) => {
                return Ok(Err((index as u32, missing.first().copied().unwrap_or_default())));
            }
        }
    }
    Ok(Ok(runs))
}

/// Puts the runs of a journal in order, if they are not, so that the file is the same whoever did which run when.
pub fn put_in_order(path: &Path, journal: Journal) -> Result<Journal, Failure> {
    if journal.is_in_order() {
        return Ok(journal);
    }
    let header = Header { plan: journal.plan().clone(), shard: journal.shard() };
    journal::write_in_order(path, header, &mut [journal])
}
