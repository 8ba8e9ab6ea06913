//! Whether the eight missiles of a salvo are eight at each node, siloed and shared.

use super::watch::{Watched, watch};
use super::{Case, poisson_interval};
use crate::accuracy::statistics::mean_interval;
use crate::accuracy::{AccuracyError, Cell, Options, Progress, Study, Table, words};
use sensor_sim::TruthObject;

/// The study.
pub const STUDY: Study = Study {
    name: "raid",
    about: "the salvo of 5 June 2022: missiles counted by each node, siloed and shared, and identities kept",
    runs: 200,
    run,
};

const SCENARIO: &str = include_str!("../../../../fixtures/salvo-2022-06-05/scenario.toml");
const REGIMES: [&str; 4] = ["siloed", "bilateral", "realtime-2023", "integrated"];
/// What is asked of `integrated`: the share of runs with every missile counted once, and switches a flight.
const LEAST_SHARE: f64 = 0.95;
const MOST_SWITCHES: f64 = 0.05;

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let case = Case::new(SCENARIO, &REGIMES)?;
    let mut all: Vec<Vec<Watched>> = Vec::new();
    let mut flown = 0;
    let one_run = |run: usize| -> Result<(Vec<Watched>, usize), AccuracyError> {
        let (scans, truth) = case.fly(options.seed, run, fusion_core::types::Time::MAX)?;
        let end = truth.objects.iter().map(TruthObject::impact_time).max().ok_or("nothing flies")?;
        let mut watched = Vec::new();
        for regime in &case.regimes {
            watched.extend(watch(&case.setup, regime, (&scans, &truth), end, (options.seed, run))?);
        }
        Ok((watched, truth.missiles().count()))
    };
    progress.fold_runs("raid", options.runs, one_run, |(watched, missiles)| {
        all.push(watched);
        flown = missiles;
        Ok::<(), AccuracyError>(())
    })?;
    Ok(vec![table(&case, &all, flown)?])
}

fn table(case: &Case, runs: &[Vec<Watched>], flown: usize) -> Result<Table, AccuracyError> {
    let mut rows = Vec::new();
    for (index, (regime, node)) in case.rows().enumerate() {
        let of = |what: &dyn Fn(&Watched) -> f64| -> Vec<f64> {
            runs.iter().map(|watched| what(&watched[index])).collect()
        };
        let share = |what: &dyn Fn(&Watched) -> bool| {
            of(&|watched| f64::from(u8::from(what(watched)))).iter().sum::<f64>() / runs.len() as f64
        };
        let estimate = |(mean, interval): (f64, [f64; 2])| Cell::Estimate(mean, interval, 2);
        let all_counted = share(&|watched| watched.counted == flown);
        let flights = (flown * runs.len()) as f64;
        let switches: f64 = of(&|watched| f64::from(watched.switches)).iter().sum();
        let [low, high] = poisson_interval(switches as u32)?;
        let is_asked = regime.name == "integrated";
        let when_asked = |is_met: bool| if is_asked { words(is_met) } else { Cell::Text(String::new()) };
        rows.push(vec![
            regime.name.as_str().into(),
            node.into(),
            estimate(mean_interval(&of(&|watched| watched.counted as f64))),
            estimate(mean_interval(&of(&|watched| watched.found as f64))),
            Cell::Number(share(&|watched| watched.counted < flown), 3),
            Cell::Number(all_counted, 3),
            Cell::Number(share(&|watched| watched.counted > flown), 3),
            when_asked(all_counted >= LEAST_SHARE),
            Cell::Estimate(switches / flights, [low / flights, high / flights], 3),
            when_asked(switches / flights <= MOST_SWITCHES),
            estimate(mean_interval(&of(&|watched| f64::from(watched.breaks)))),
            estimate(mean_interval(&of(&|watched| watched.custody))),
        ]);
    }
    Ok(Table {
        title: format!("Salvo of {flown}, salvo-2022-06-05, {} runs", runs.len()),
        columns: vec![
            "regime",
            "node",
            "counted",
            "found",
            "too few",
            "all",
            "too many",
            "0.95",
            "switches a flight",
            "0.05",
            "breaks",
            "custody",
        ],
        rows,
        notes: vec![
            "Counted: tracks declared missiles over the whole run. Found: missiles that such a track was on at some time. Too few, all and too many: shares of the runs by the number counted.".into(),
            "Switches: the track on a missile is another than the last one. Breaks: times a run that a missile in flight lost its track. Custody: share of the flights with one.".into(),
        ],
    })
}
