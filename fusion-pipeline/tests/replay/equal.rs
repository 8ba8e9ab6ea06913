//! The same result whatever the threads, the rings and the schedule.

use crate::fixture::{FIXTURE, PLAIN, SEED, assert_same_as_plain};
use fusion_core::node::{Network, Setup};
use fusion_core::share::{Level, LinkConfig};
use fusion_core::types::{NodeId, Scan};
use fusion_pipeline::{Options, Plan, Probe, RingName, replay};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn every_regime_gives_the_same_with_any_number_of_threads() {
    for regime in 0..FIXTURE.regimes.len() {
        for threads in [1, 2, 3, 8, 16] {
            assert_same_as_plain(regime, &Options { threads, ..Options::default() });
        }
    }
}

#[test]
fn the_plain_runs_are_worth_comparing() {
    // Tracks, events and messages in all that share: equal digests of empty pictures would say nothing.
    for (plain, regime) in PLAIN.iter().zip(&FIXTURE.regimes) {
        assert!(plain.events.len() > 3, "{}: {} events", regime.name, plain.events.len());
        assert!(plain.pictures.iter().any(|picture| picture.confirmed().next().is_some()));
        let messages: u64 = plain.counts.iter().map(|counts| counts.messages).sum();
        let has_messages = !["siloed", "integrated"].contains(&regime.name.as_str());
        assert_eq!(messages > 0, has_messages, "{}", regime.name);
    }
    let messages =
        |name: &str| -> u64 { PLAIN[FIXTURE.regime(name)].counts.iter().map(|counts| counts.messages).sum() };
    assert!(messages("tisa-2014") > messages("bilateral"), "a seed with which nothing is released");
}

#[test]
fn tiny_rings_still_end_and_give_the_same() {
    for regime in 0..FIXTURE.regimes.len() {
        for (threads, ring_capacity) in [(1, 1), (2, 2), (3, 1)] {
            let options = Options { threads, ring_capacity, ..Options::default() };
            let report = assert_same_as_plain(regime, &options);
            assert!(report.waits() > 0, "rings of {ring_capacity} never filled");
            assert_eq!(report.fullest_ring(), 1.0);
        }
    }
}

#[test]
fn a_disturbed_schedule_gives_the_same() {
    let regime = FIXTURE.regime("realtime-2023");
    for seed in 1..=4_u64 {
        // Lets some ticks wait for a while, another set each time: xorshift is chance enough.
        let state = AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let probe: Probe = Arc::new(move |_, _| {
            let mut chance = state.load(Ordering::Relaxed);
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            state.store(chance, Ordering::Relaxed);
            if chance.is_multiple_of(8) {
                (0..chance % 2000).for_each(|_| std::thread::yield_now());
            }
        });
        let options = Options {
            threads: 3,
            ring_capacity: 1 + seed as usize,
            probe: Some(probe),
            ..Options::default()
        };
        assert_same_as_plain(regime, &options);
    }
}

#[test]
fn a_node_without_sensors_ticks_and_hears_all_the_same() {
    let mut setup = Setup::clone(&FIXTURE.setup);
    setup.nodes.push("guest".to_owned());
    let setup = Arc::new(setup);
    let mut regime = FIXTURE.regimes[FIXTURE.regime("bilateral")].clone();
    let link = |level| LinkConfig { to: "guest".to_owned(), level, ..regime.links[0].clone() };
    // Two links between the same two nodes share a ring.
    let links = [link(Level::Tracks), link(Level::Cues)];
    regime.links.extend(links);
    let mut network = Network::new(&setup, &regime, SEED).unwrap();
    network.run(&FIXTURE.scans, FIXTURE.until, |_| {}).unwrap();
    assert!(network.nodes()[3].node.counts().messages > 10);
    for (threads, ring_capacity) in [(1, 256), (2, 1), (4, 2)] {
        let plan = Plan { setup: &setup, regime: &regime, seed: SEED };
        let scans = FIXTURE.scans.iter().cloned().map(Ok::<_, Infallible>);
        let options = Options { threads, ring_capacity, ..Options::default() };
        let report = replay(&plan, scans, FIXTURE.until, &options, |_| {}).unwrap();
        assert_eq!(report.digest, network.digest());
        let named = |name| report.rings.iter().filter(|ring| ring.ring == name).count();
        assert_eq!(named(RingName::Time { to: NodeId(3) }), 1);
        assert_eq!(named(RingName::Link { from: NodeId(2), to: NodeId(3) }), 1);
        let bytes = report.nodes.iter().flat_map(|node| &node.link_bytes).copied();
        let mut bytes: Vec<(u16, u64)> = bytes.collect();
        bytes.sort_unstable();
        let mut expected: Vec<(u16, u64)> = network.link_bytes().collect();
        expected.sort_unstable();
        assert_eq!(bytes, expected);
    }
}

#[test]
fn sixteen_nodes_on_up_to_sixteen_workers_give_the_same() {
    // Each sensor has a nation of its own; nations without one hear their neighbours on both sides.
    let mut setup = Setup::clone(&FIXTURE.setup);
    setup.nodes = (0..16).map(|node| format!("node-{node}")).collect();
    (0..16).zip(&mut setup.sensors).for_each(|(node, sensor)| sensor.owner = NodeId(node));
    let setup = Arc::new(setup);
    let mut regime = FIXTURE.regimes[FIXTURE.regime("realtime-2023")].clone();
    let pattern = regime.links[0].clone();
    let link = |from: usize, to: usize, level| LinkConfig {
        from: setup.nodes[from % 16].clone(),
        to: setup.nodes[to % 16].clone(),
        level,
        onward: setup.nodes.clone(),
        ..pattern.clone()
    };
    let both = |node| [link(node, node + 1, Level::Tracks), link(node + 1, node, Level::Measurements)];
    regime.links = (0..16).flat_map(both).collect();
    let until = FIXTURE.setup.start.plus_seconds(150.0);
    let mut network = Network::new(&setup, &regime, SEED).unwrap();
    network.run(&FIXTURE.scans, until, |_| {}).unwrap();
    for threads in [1, 2, 8, 16] {
        let plan = Plan { setup: &setup, regime: &regime, seed: SEED };
        let scans = FIXTURE.scans.iter().cloned().map(Ok::<_, Infallible>);
        let options = Options { threads, ring_capacity: 4, ..Options::default() };
        let report = replay(&plan, scans, until, &options, |_| {}).unwrap();
        assert_eq!((report.digest, report.workers), (network.digest(), threads));
    }
    let messages: u64 = network.nodes().iter().map(|node| node.node.counts().messages).sum();
    assert!(messages > 100, "{messages} messages");
}

#[test]
fn no_tick_and_no_scan_are_runs_too() {
    let plan = FIXTURE.plan(1);
    let nothing = || std::iter::empty::<Result<Arc<Scan>, Infallible>>();
    let start = FIXTURE.setup.start;
    for seconds in [-5.0, 0.0, 0.5, 3.0] {
        let until = start.plus_seconds(seconds);
        let mut network = Network::new(&FIXTURE.setup, plan.regime, SEED).unwrap();
        network.run(&[], until, |_| {}).unwrap();
        let report = replay(&plan, nothing(), until, &Options::default(), |_| {}).unwrap();
        assert_eq!((report.digest, report.ticks), (network.digest(), seconds.max(0.0).ceil() as u64));
    }
}
