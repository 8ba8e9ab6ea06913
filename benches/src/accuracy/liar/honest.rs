//! Honest nodes in every shipped scenario and regime: nobody should be quarantined.

use super::{AccuracyError, Cell, Options, Progress, Table, words};
use fusion_core::node::{EventKind, Network};
use sensor_sim::{Scenario, simulate};
use sharing_study::run::link_seed;
use std::sync::Arc;

const SCENARIOS: [&str; 8] = [
    include_str!("../../../../fixtures/failed-2022-11-03/scenario.toml"),
    include_str!("../../../../fixtures/lofted-2022-11-18/scenario.toml"),
    include_str!("../../../../fixtures/no-launch/scenario.toml"),
    include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml"),
    include_str!("../../../../fixtures/overflight-2022-10-04/scenario.toml"),
    include_str!("../../../../fixtures/quasi-ballistic/scenario.toml"),
    include_str!("../../../../fixtures/salvo-2022-06-05/scenario.toml"),
    include_str!("../../../../fixtures/slbm-2019-10-02/scenario.toml"),
];

/// Of the runs asked for, one in so many goes through all scenarios and regimes.
const SHARE_OF_RUNS: usize = 10;

/// What happened between all nodes of one run of one regime.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    messages: u64,
    scans: u64,
    quarantines: u64,
}

pub fn table(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let runs = options.runs.div_ceil(SHARE_OF_RUNS);
    let regimes = sharing_study::regimes::builtin()?;
    let mut rows = Vec::new();
    for text in SCENARIOS {
        let scenario = Scenario::parse(text)?;
        let flights = scenario.fly()?;
        let [setup, _] = super::setups(&scenario)?;
        let one_run = |run: usize| -> Result<Vec<Told>, AccuracyError> {
            let simulation = simulate(&scenario, &flights, options.seed, run as u32)?;
            let scans: Vec<_> = simulation.scans.into_iter().map(Arc::new).collect();
            let until = scans.last().map_or(setup.start, |scan| scan.time);
            let mut told = Vec::new();
            for regime in &regimes {
                let mut network = Network::new(&setup, regime, link_seed(options.seed, run as u32))?;
                let mut quarantines = 0;
                network.run(&scans, until, |result| {
                    let is_one = |kind: &EventKind| matches!(kind, EventKind::Quarantined { .. });
                    quarantines += result.events.iter().filter(|event| is_one(&event.kind)).count() as u64;
                })?;
                let counts = || network.nodes().iter().map(|node| node.node.counts());
                told.push(Told {
                    messages: counts().map(|counts| counts.messages).sum(),
                    scans: counts().map(|counts| counts.scans).sum::<u64>() - scans.len() as u64,
                    quarantines,
                });
            }
            Ok(told)
        };
        let mut sums = vec![Told::default(); regimes.len()];
        progress.fold_runs(&scenario.name, runs, one_run, |told| {
            for (sum, told) in sums.iter_mut().zip(told) {
                sum.messages += told.messages;
                sum.scans += told.scans;
                sum.quarantines += told.quarantines;
            }
            Ok::<(), AccuracyError>(())
        })?;
        for (regime, sum) in regimes.iter().zip(&sums).filter(|(regime, _)| !regime.links.is_empty()) {
            rows.push(vec![
                scenario.name.as_str().into(),
                regime.name.as_str().into(),
                Cell::Number(sum.messages as f64, 0),
                Cell::Number(sum.scans as f64, 0),
                Cell::Number(sum.quarantines as f64, 0),
                words(sum.quarantines == 0),
            ]);
        }
    }
    Ok(Table {
        title: format!("Honest nodes of every scenario and regime, {runs} runs of each"),
        columns: vec!["scenario", "regime", "messages", "foreign scans", "quarantines", "none"],
        rows,
        notes: vec!["Quarantines of all nodes together. The scenarios have radars with biases, burnouts, salvos, pieces and a failure.".into()],
    })
}
