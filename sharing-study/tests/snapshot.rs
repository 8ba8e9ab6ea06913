//! A network that is saved and put back at every few ticks, each time through bytes, goes on to the same bits.

use fusion_core::association::Method;
use fusion_core::node::{LatePolicy, Network, NetworkError, NetworkSnapshot, Setup, TrackerConfig};
use fusion_core::share::Regime;
use fusion_core::types::{Scan, Time};
use recording::{encode_snapshot, open_snapshot};
use sensor_sim::{Scenario, simulate};
use sharing_study::regimes::{builtin, variants};
use sharing_study::study::setup_of;
use std::sync::Arc;

const OVERFLIGHT: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
const SALVO: &str = include_str!("../../fixtures/salvo-2022-06-05/scenario.toml");
/// A seed with which the providers of `tisa-2014` release tracks within the spans below.
const SEED: u64 = 4;

struct World {
    setup: Arc<Setup>,
    scans: Vec<Arc<Scan>>,
    until: Time,
}

impl World {
    fn new(text: &str, until_s: f64, change: impl Fn(&mut TrackerConfig)) -> Self {
        let mut scenario = Scenario::parse(text).expect("a fixture");
        change(&mut scenario.tracker);
        let flights = scenario.fly().expect("flights");
        let until = scenario.start.plus_seconds(until_s);
        let scans = simulate(&scenario, &flights, 1, 0).expect("a run").scans;
        let scans = scans.into_iter().filter(|scan| scan.time <= until).map(Arc::new).collect();
        World { setup: setup_of(&scenario).expect("a setup"), scans, until }
    }

    fn network(&self, regime: &Regime) -> Network {
        Network::new(&self.setup, regime, SEED).expect("a regime of these nodes")
    }

    fn run(&self, network: &mut Network, until: Time) {
        let now = network.now();
        let taken = self.scans.partition_point(|scan| now > self.setup.start && scan.time <= now);
        network.run(&self.scans[taken..], until, |_| {}).expect("sensors of the setup");
    }

    /// Saves and restores every `step` ticks, and holds each part against a run that goes through; gives what its nodes heard.
    fn assert_goes_on(&self, regime: &Regime, step: usize) -> u64 {
        let (mut whole, mut parts) = (self.network(regime), self.network(regime));
        for cut in 1.. {
            let until = self.setup.start.plus_seconds((cut * step) as f64).min(self.until);
            self.run(&mut whole, until);
            self.run(&mut parts, until);
            let place = format!("{}, tick {}", regime.name, cut * step);
            assert_eq!(parts.digest(), whole.digest(), "{place}");
            let counts = |network: &Network| -> Vec<_> {
                network.nodes().iter().map(|node| node.node.counts()).collect()
            };
            assert_eq!(counts(&parts), counts(&whole), "{place}");
            assert!(parts.link_counts().eq(whole.link_counts()), "{place}");
            if until == self.until {
                return counts(&whole).iter().map(|counts| counts.messages).sum();
            }
            let bytes = encode_snapshot(&0_u8, &parts.snapshot()).expect("a snapshot");
            let snapshot: NetworkSnapshot =
                open_snapshot::<u8>(&bytes).and_then(|snapshot| snapshot.value()).expect("what was written");
            parts = self.network(regime);
            parts.restore(snapshot).expect("the same nodes");
        }
        unreachable!("the run ends");
    }
}

fn regime(name: &str) -> Regime {
    let all = builtin().expect("regimes").into_iter().chain(variants().expect("regimes"));
    all.into_iter().find(|regime| regime.name == name).unwrap_or_else(|| panic!("no regime {name}"))
}

#[test]
fn every_regime_goes_on_from_any_tick() {
    let world = World::new(OVERFLIGHT, 260.0, |_| {});
    let others = ["feed-cut-stored-2023", "feed-cut-hub-2023", "cues-direct"].map(regime);
    let regimes = builtin().expect("regimes").into_iter().chain(others);
    let heard: Vec<u64> = regimes.map(|regime| world.assert_goes_on(&regime, 17)).collect();
    assert!(heard.iter().filter(|heard| **heard > 20).count() >= 4, "{heard:?}");
}

#[test]
fn many_missiles_go_on_from_any_tick() {
    let world = World::new(SALVO, 200.0, |_| {});
    assert!(world.assert_goes_on(&regime("realtime-2023"), 13) > 100);
}

#[test]
fn whatever_a_tracker_remembers_is_saved() {
    type Change = fn(&mut TrackerConfig);
    let changes: [(&str, Change); 6] = [
        ("joint", |tracker| tracker.association = Method::Joint),
        ("hypotheses", |tracker| tracker.association = Method::MultipleHypotheses),
        ("retrodict", |tracker| tracker.late = LatePolicy::Retrodict),
        ("refuse", |tracker| tracker.late = LatePolicy::Refuse),
        ("registration", |tracker| tracker.registration = true),
        ("trust", |tracker| {
            (tracker.peer_doubt_probability, tracker.peer_quarantine_probability) = (1e-3, 1e-6);
        }),
    ];
    for (name, change) in changes {
        let world = World::new(SALVO, 150.0, change);
        assert!(world.assert_goes_on(&regime("realtime-2023"), 11) > 20, "{name}");
    }
}

#[test]
fn a_snapshot_of_other_nodes_or_links_is_refused() {
    let world = World::new(OVERFLIGHT, 60.0, |_| {});
    let snapshot = world.network(&regime("bilateral")).snapshot();
    let mut other = world.network(&regime("siloed"));
    assert!(matches!(other.restore(snapshot), Err(NetworkError::OtherSnapshot { .. })));
}
