//! What is declared when nothing is launched.

use super::watch::{Watched, watch};
use super::{Case, poisson_interval};
use crate::accuracy::{AccuracyError, Cell, Options, Progress, Study, Table, words};

/// The study.
pub const STUDY: Study = Study {
    name: "quiet",
    about: "ten minutes without a launch: what is declared, and how many tracks on nothing are confirmed",
    runs: 200,
    run,
};

const SCENARIO: &str = include_str!("../../../../fixtures/no-launch/scenario.toml");
/// Without a launch nothing is told over links of tracks: such regimes are as `siloed`.
const REGIMES: [&str; 2] = ["siloed", "integrated"];
const LASTS_S: f64 = 600.0;

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let case = Case::new(SCENARIO, &REGIMES)?;
    let until = case.setup.start.plus_seconds(LASTS_S);
    let mut all: Vec<Vec<Watched>> = Vec::new();
    let one_run = |run: usize| -> Result<Vec<Watched>, AccuracyError> {
        let (scans, truth) = case.fly(options.seed, run, until)?;
        let mut watched = Vec::new();
        for regime in &case.regimes {
            watched.extend(watch(&case.setup, regime, (&scans, &truth), until, (options.seed, run))?);
        }
        Ok(watched)
    };
    progress.fold_runs("quiet", options.runs, one_run, |watched| {
        all.push(watched);
        Ok::<(), AccuracyError>(())
    })?;
    Ok(vec![table(&case, &all)?])
}

fn table(case: &Case, runs: &[Vec<Watched>]) -> Result<Table, AccuracyError> {
    let hours = runs.len() as f64 * LASTS_S / 3600.0;
    let allowed = case.setup.tracker.false_track_probability;
    let mut rows = Vec::new();
    for (index, (regime, node)) in case.rows().enumerate() {
        let sum = |what: &dyn Fn(&Watched) -> usize| -> usize {
            runs.iter().map(|watched| what(&watched[index])).sum()
        };
        let begun = sum(&|watched| watched.begun) as f64;
        let false_confirmed = sum(&|watched| watched.false_confirmed);
        let interval = poisson_interval(false_confirmed as u32)?;
        let declared = sum(&|watched| watched.counted);
        rows.push(vec![
            regime.name.as_str().into(),
            node.into(),
            Cell::Number(declared as f64, 0),
            Cell::Number(sum(&|watched| watched.alerts) as f64, 0),
            words(declared == 0),
            Cell::Number(begun / hours, 0),
            Cell::Number(false_confirmed as f64, 0),
            Cell::Estimate(false_confirmed as f64 / hours, interval.map(|end| end / hours), 3),
            Cell::Number(allowed * begun / hours, 4),
            words(interval[0] <= allowed * begun),
        ]);
    }
    Ok(Table {
        title: format!("Nothing launched for {LASTS_S} s, no-launch, {} runs", runs.len()),
        columns: vec![
            "regime",
            "node",
            "declared",
            "alerts",
            "none",
            "begun an hour",
            "false",
            "false confirmed an hour",
            "allowed",
            "inside",
        ],
        rows,
        notes: vec![
            format!("Allowed: tracks begun times the configured probability of {allowed} that a track on nothing is confirmed."),
            "False: confirmed tracks that were never near anything that flies. Tracks begun and ended between two ticks are not counted, so that less is allowed.".into(),
        ],
    })
}
