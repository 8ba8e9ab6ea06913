//! The first minutes of the shipped scenario, and what plain calls make of them.

use fusion_core::node::{Counts, Event, Network, Picture, Setup};
use fusion_core::share::Regime;
use fusion_core::types::{Scan, Time};
use fusion_pipeline::{NodeTick, Options, PipelineError, Plan, Report, replay};
use sensor_sim::{Scenario, simulate};
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

const TEXT: &str = include_str!("../../../fixtures/overflight-2017-09-15/scenario.toml");
/// How much of the scenario is replayed, s: past the burnout, with tracks at every node and messages on every link.
pub const CUT_S: f64 = 300.0;
/// A seed with which the providers of `tisa-2014` release tracks within that time.
pub const SEED: u64 = 4;

pub struct Fixture {
    pub setup: Arc<Setup>,
    pub scans: Vec<Arc<Scan>>,
    pub until: Time,
    pub regimes: Vec<Regime>,
}

/// Everything that an observer of a run saw, and its digest.
pub struct Observed {
    pub digest: [u8; 32],
    pub pictures: Vec<Picture>,
    pub events: Vec<Event>,
    pub counts: Vec<Counts>,
}

pub static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let scenario = Scenario::parse(TEXT).unwrap();
    let flights = scenario.fly().unwrap();
    let simulation = simulate(&scenario, &flights, 1, 0).unwrap();
    let until = scenario.start.plus_seconds(CUT_S);
    // Some more than is needed: what comes after the last tick is to be left alone.
    let end = until.plus_seconds(5.0);
    let scans = simulation.scans.into_iter().filter(|scan| scan.time <= end).map(Arc::new).collect();
    let setup = Setup::new(
        scenario.node_names(),
        scenario.sensors,
        scenario.areas,
        scenario.warning,
        scenario.tracker,
        scenario.start,
    );
    let regimes = sharing_study::regimes::builtin().unwrap();
    Fixture { setup: Arc::new(setup.unwrap()), scans, until, regimes }
});

/// What plain calls give under each regime.
pub static PLAIN: LazyLock<Vec<Observed>> = LazyLock::new(|| {
    let plain = |regime| {
        let mut network = Network::new(&FIXTURE.setup, regime, SEED).unwrap();
        let (mut pictures, mut events) = (Vec::new(), Vec::new());
        let run = network.run(&FIXTURE.scans, FIXTURE.until, |result| {
            pictures.push(result.picture.clone());
            events.extend(result.events.clone());
        });
        run.unwrap();
        let counts = network.nodes().iter().map(|node| node.node.counts()).collect();
        Observed { digest: network.digest(), pictures, events, counts }
    };
    FIXTURE.regimes.iter().map(plain).collect()
});

impl Fixture {
    pub fn plan(&self, regime: usize) -> Plan<'_> {
        Plan { setup: &self.setup, regime: &self.regimes[regime], seed: SEED }
    }

    pub fn regime(&self, name: &str) -> usize {
        self.regimes.iter().position(|regime| regime.name == name).unwrap()
    }

    pub fn replay(
        &self,
        regime: usize,
        options: &Options,
        observe: impl FnMut(&NodeTick),
    ) -> Result<Report, PipelineError> {
        let scans = self.scans.iter().cloned().map(Ok::<_, Infallible>);
        replay(&self.plan(regime), scans, self.until, options, observe)
    }
}

/// Replays under a regime and asserts that it is what plain calls give: digest, pictures, events, counts, and their order.
pub fn assert_same_as_plain(regime: usize, options: &Options) -> Report {
    let plain = &PLAIN[regime];
    let what = format!("{} with {options:?}", FIXTURE.regimes[regime].name);
    let (mut pictures, mut events, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let report = FIXTURE.replay(regime, options, |tick| {
        pictures.push(Picture::clone(&tick.picture));
        events.extend(tick.events.clone());
        numbers.push(tick.number);
    });
    let report = report.unwrap_or_else(|error| panic!("{what}: {error}"));
    let counts: Vec<Counts> = report.nodes.iter().map(|node| node.counts).collect();
    assert_eq!(counts, plain.counts, "{what}");
    assert_eq!(events, plain.events, "{what}");
    assert!(pictures == plain.pictures, "{what}: pictures differ");
    assert_eq!(report.digest, plain.digest, "{what}");
    let nodes = FIXTURE.setup.nodes.len();
    let expected: Vec<u64> = (0..numbers.len()).map(|index| 1 + (index / nodes) as u64).collect();
    assert_eq!(numbers, expected, "{what}");
    assert_eq!((report.ticks, report.workers), (CUT_S as u64, options.threads.min(nodes)), "{what}");
    report
}
