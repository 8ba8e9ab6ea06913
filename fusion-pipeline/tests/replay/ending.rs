//! What goes wrong ends the pipeline with a word on what it was, and leaves no thread behind.

use crate::fixture::{FIXTURE, SEED};
use fusion_core::node::{NetworkError, Setup};
use fusion_core::types::{NodeId, Scan, SensorId};
use fusion_pipeline::{MAXIMUM_RING_CAPACITY, Options, Pipeline, PipelineError, Plan, Probe, replay};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A probe that panics before a node's tick so many seconds after the start. As long as a worker lives it holds the probe.
fn panics_at(node: u16, seconds: f64) -> Probe {
    let time = FIXTURE.setup.start.plus_seconds(seconds);
    Arc::new(move |id, tick| assert!(id != NodeId(node) || tick < time, "no more of {tick:?}"))
}

fn probed(threads: usize, ring_capacity: usize, probe: &Probe) -> Options {
    Options { threads, ring_capacity, probe: Some(Arc::clone(probe)), ..Options::default() }
}

#[test]
fn a_node_that_panics_is_named_and_everything_stops() {
    let regime = FIXTURE.regime("realtime-2023");
    for (node, name) in [(0, "korea"), (1, "japan"), (2, "united-states")] {
        for (threads, capacity) in [(1, 256), (2, 2), (3, 1)] {
            let probe = panics_at(node, 60.0);
            let options = probed(threads, capacity, &probe);
            let mut last = None;
            let error = FIXTURE.replay(regime, &options, |tick| last = Some(tick.picture.time)).unwrap_err();
            let PipelineError::NodePanicked { node: named, name: found, message } = &error else {
                panic!("{error}");
            };
            assert_eq!((*named, found.as_str()), (NodeId(node), name));
            assert!(message.contains("no more of Time("), "{message}");
            // What was observed before is whole and in order; nothing after the panic came through.
            assert!(last.is_none_or(|time| time.seconds_since(FIXTURE.setup.start) <= 60.0));
            drop(options);
            assert_eq!(Arc::strong_count(&probe), 1, "a worker has outlived the replay");
        }
    }
}

#[test]
fn an_observer_that_panics_stops_the_workers_and_goes_on_unwinding() {
    let probe: Probe = Arc::new(|_, _| {});
    let options = probed(2, 2, &probe);
    let replayed = catch_unwind(AssertUnwindSafe(|| {
        FIXTURE.replay(1, &options, |tick| assert!(tick.number < 20, "enough"))
    }));
    assert!(replayed.is_err());
    drop(options);
    assert_eq!(Arc::strong_count(&probe), 1, "a worker has outlived the replay");
}

#[test]
fn a_source_that_errs_ends_the_replay_with_its_error() {
    let probe: Probe = Arc::new(|_, _| {});
    let options = probed(3, 2, &probe);
    let good = FIXTURE.scans.iter().take(100).cloned().map(Ok);
    let scans = good.chain([Err("frame 101 is damaged")]);
    let mut ticks = 0;
    let error = replay(&FIXTURE.plan(4), scans, FIXTURE.until, &options, |_| ticks += 1).unwrap_err();
    assert_eq!(error.to_string(), "after 100 scans: frame 101 is damaged");
    drop(options);
    assert_eq!(Arc::strong_count(&probe), 1, "a worker has outlived the replay");
}

#[test]
fn a_scan_of_an_unknown_sensor_is_told_as_plain_calls_tell_it() {
    let mut scans = FIXTURE.scans.clone();
    let stranger = Scan { sensor: SensorId(99), ..Scan::clone(&scans[50]) };
    scans.insert(50, Arc::new(stranger));
    let scans = scans.into_iter().map(Ok::<_, Infallible>);
    let error = replay(&FIXTURE.plan(0), scans, FIXTURE.until, &Options::default(), |_| {}).unwrap_err();
    assert!(
        matches!(error, PipelineError::Network(NetworkError::UnknownSensor { sensor: 99, .. })),
        "{error}"
    );
}

#[test]
fn a_feed_that_goes_back_in_time_is_named() {
    let swapped = |one: usize, other: usize| {
        let mut scans = FIXTURE.scans.clone();
        scans.swap(one, other);
        let scans = scans.into_iter().map(Ok::<_, Infallible>);
        replay(&FIXTURE.plan(0), scans, FIXTURE.until, &Options::default(), |_| {})
    };
    // Across many ticks.
    let error = swapped(40, 400).unwrap_err();
    assert!(matches!(error, PipelineError::BackInTime { .. }), "{error}");
    assert!(error.to_string().contains(" is older than "), "{error}");
    // Two looks of one sensor within a tick, where there are such; of two sensors is no matter.
    let tick = |scan: &Scan| scan.time.seconds_since(FIXTURE.setup.start).ceil();
    let scans = &FIXTURE.scans;
    let pair = (1..scans.len())
        .find(|index| {
            let (one, other) = (&scans[index - 1], &scans[*index]);
            tick(one) == tick(other) && one.sensor != other.sensor && one.time < other.time
        })
        .unwrap();
    assert!(swapped(pair - 1, pair).is_ok());
}

#[test]
fn options_out_of_range_are_refused() {
    for (threads, ring_capacity, key) in
        [(0, 8, "threads"), (1, 0, "ring_capacity"), (1, MAXIMUM_RING_CAPACITY + 1, "ring_capacity")]
    {
        let options = Options { threads, ring_capacity, ..Options::default() };
        let error = FIXTURE.replay(0, &options, |_| {}).unwrap_err();
        assert!(matches!(error, PipelineError::Option { key: found, .. } if found == key), "{error}");
    }
}

#[test]
fn a_sensor_without_an_owner_is_refused() {
    let mut setup = Setup::clone(&FIXTURE.setup);
    setup.sensors[3].owner = NodeId(3);
    let setup = Arc::new(setup);
    let plan = Plan { setup: &setup, regime: &FIXTURE.regimes[0], seed: SEED };
    let error = Pipeline::start(&plan, &Options::default(), |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "sensor 3 belongs to node 3, but there are only 3 nodes");
}
