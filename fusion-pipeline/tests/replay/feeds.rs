//! Live feeds on threads of their own: what is lost is known, and what is not is replayed to the same digest.

use crate::fixture::{FIXTURE, PLAIN, SEED};
use fusion_core::node::Setup;
use fusion_core::types::{Scan, Sensor, SensorId};
use fusion_pipeline::{
    Feed, FeedError, FeedOptions, FeedRecord, Live, LiveReport, Loss, Options, PipelineError, Plan, Probe,
    WhenFull, replay,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Scans = Vec<Arc<Scan>>;

/// What each sensor saw.
fn by_sensor() -> Vec<Scans> {
    let until = FIXTURE.scans.iter().filter(|scan| scan.time <= FIXTURE.until);
    let mut scans = vec![Vec::new(); FIXTURE.setup.sensors.len()];
    until.for_each(|scan| scans[usize::from(scan.sensor.0)].push(Arc::clone(scan)));
    scans
}

/// Waits for every feed for ever; they send as fast as they can.
fn patient(_: &Sensor) -> FeedOptions {
    FeedOptions { silence_s: None, ahead_s: None, ring_capacity: 4, ..FeedOptions::default() }
}

/// Runs the feeds, each on a thread, and the pipeline on this one.
fn run(
    regime: usize,
    options: &Options,
    feed_options: impl Fn(&Sensor) -> FeedOptions,
    send: impl Fn(Feed) + Sync,
) -> Result<LiveReport, PipelineError> {
    let (live, feeds) = Live::start(&FIXTURE.plan(regime), options, feed_options, |_| {})?;
    std::thread::scope(|scope| {
        let send = &send;
        feeds.into_iter().for_each(|feed| _ = scope.spawn(move || send(feed)));
        live.run()
    })
}

/// Replays what was delivered and asserts that it is what the live run gave, and that every scan is accounted for.
fn assert_replays(regime: usize, live: &LiveReport, sent: &[Scans]) {
    for (record, sent) in live.feeds.iter().zip(sent) {
        assert_eq!((record.sent, record.unaccounted()), (sent.len() as u64, 0), "{record:?}");
        assert!(record.has_ended);
    }
    let delivered = live.delivered(sent);
    assert_eq!(delivered.len() as u64, live.report.scans);
    let scans = delivered.into_iter().map(Ok::<_, Infallible>);
    let options = Options { threads: 2, ..Options::default() };
    let replayed = replay(&FIXTURE.plan(regime), scans, live.until, &options, |_| {}).unwrap();
    assert_eq!(replayed.digest, live.report.digest);
}

fn record(live: &LiveReport, sensor: usize) -> &FeedRecord {
    &live.feeds[sensor]
}

#[test]
fn feeds_that_are_waited_for_give_what_plain_calls_give() {
    let scans = by_sensor();
    for (regime, threads) in [("integrated", 1), ("realtime-2023", 3)] {
        let regime = FIXTURE.regime(regime);
        let options = Options { threads, ..Options::default() };
        let live = run(regime, &options, patient, |mut feed| {
            let sensor = usize::from(feed.sensor().0);
            if sensor.is_multiple_of(2) {
                feed.send_all(scans[sensor].iter().cloned()).unwrap();
            } else {
                scans[sensor].iter().for_each(|scan| feed.send(Arc::clone(scan)).unwrap());
            }
            feed.advance(FIXTURE.until).unwrap();
        });
        let live = live.unwrap();
        assert_eq!((live.until, live.report.digest), (FIXTURE.until, PLAIN[regime].digest), "seed {SEED}");
        assert_replays(regime, &live, &scans);
        assert!(live.feeds.iter().all(|record| record.lost.is_empty() && record.silences.is_empty()));
    }
}

#[test]
fn who_has_sent_is_not_silent_however_far_ahead_others_are() {
    let (regime, scans) = (FIXTURE.regime("realtime-2023"), by_sensor());
    let impatient =
        |_: &Sensor| FeedOptions { silence_s: Some(0.0), ring_capacity: 1024, ..FeedOptions::default() };
    let plan = FIXTURE.plan(regime);
    let (live, feeds) = Live::start(&plan, &Options::default(), impatient, |_| {}).unwrap();
    for mut feed in feeds {
        feed.send_all(scans[usize::from(feed.sensor().0)].iter().cloned()).unwrap();
        feed.advance(FIXTURE.until).unwrap();
    }
    let live = live.run().unwrap();
    assert!(live.feeds.iter().all(|record| record.lost.is_empty() && record.silences.is_empty()));
    assert_eq!(live.report.digest, PLAIN[regime].digest);
}

#[test]
fn a_run_with_dropping_silent_and_flooding_feeds_replays_to_its_own_digest() {
    let live = run_with_faults("realtime-2023");
    let too_late: u64 = live.report.nodes.iter().map(|node| node.counts.too_late).sum();
    assert_eq!(too_late, 0, "what a node would refuse was not handed on");
}

#[test]
fn late_scans_go_over_links_of_measurements_as_well() {
    run_with_faults("integrated");
}

fn run_with_faults(name: &str) -> LiveReport {
    let mut scans = by_sensor();
    // Sensor 2 sends each look forty times over, of which thirty are too many.
    let again = |scan: &Arc<Scan>, copy| Scan { sequence: scan.sequence * 40 + copy, ..Scan::clone(scan) };
    let flood = |scan| (0..40).map(move |copy| Arc::new(again(scan, copy)));
    scans[2] = scans[2].iter().filter(|scan| !scan.plots.is_empty()).take(20).flat_map(flood).collect();
    let feed_options = |sensor: &Sensor| match sensor.id.0 {
        0 => FeedOptions { ring_capacity: 3, when_full: WhenFull::DropOldest, ..patient(sensor) },
        1 => FeedOptions { silence_s: Some(5.0), ..patient(sensor) },
        2 => FeedOptions { most_per_tick: 10, ..patient(sensor) },
        _ => patient(sensor),
    };
    let others_left = AtomicUsize::new(scans.len() - 1);
    let send = |mut feed: Feed| {
        let sensor = usize::from(feed.sensor().0);
        for (number, scan) in scans[sensor].iter().cloned().enumerate() {
            // The second falls silent until all others have ended.
            while sensor == 1 && number == 60 && others_left.load(Ordering::Acquire) > 0 {
                std::thread::yield_now();
            }
            feed.send(scan).unwrap();
        }
        drop(feed);
        others_left.fetch_sub(1, Ordering::AcqRel);
    };
    let options = Options { threads: 2, ..Options::default() };
    let live = run(FIXTURE.regime(name), &options, feed_options, send).unwrap();
    assert_replays(FIXTURE.regime(name), &live, &scans);
    assert!(record(&live, 0).count(Loss::Dropped) > 0, "{:?}", record(&live, 0));
    // When it is back, the last part of what it has kept is still within the nodes' histories.
    let back = record(&live, 1);
    assert!(
        back.count(Loss::TooLate) > 100 && back.late_scans() > 50 && back.silent_ticks() > 100,
        "{back:?}"
    );
    assert_eq!(record(&live, 2).count(Loss::Shed), 20 * 30);
    assert!(live.feeds[3..].iter().all(|record| record.lost.is_empty()));
    assert_ne!(live.report.digest, PLAIN[FIXTURE.regime(name)].digest);
    live
}

#[test]
fn a_feed_that_dies_is_waited_for_no_more_and_the_others_go_on() {
    let regime = FIXTURE.regime("bilateral");
    let mut scans = by_sensor();
    let live = run(regime, &Options::default(), patient, |mut feed| {
        let sensor = usize::from(feed.sensor().0);
        let count = if sensor == 4 { 20 } else { scans[sensor].len() };
        feed.send_all(scans[sensor].iter().take(count).cloned()).unwrap();
        // The thread's end drops the feed, also when it panics.
    });
    let live = live.unwrap();
    scans[4].truncate(20);
    assert_replays(regime, &live, &scans);
    assert!(live.feeds.iter().all(|record| record.lost.is_empty() && record.silences.is_empty()));
}

#[test]
fn a_node_that_panics_ends_the_feeds_too() {
    let scans = by_sensor();
    let limit = FIXTURE.setup.start.plus_seconds(30.0);
    let probe: Probe = Arc::new(move |_, tick| assert!(tick < limit, "no more"));
    let options = Options { threads: 2, ring_capacity: 2, probe: Some(probe), ..Options::default() };
    let error = run(1, &options, patient, |mut feed| {
        let sensor = feed.sensor();
        let sent = feed.send_all(scans[usize::from(sensor.0)].iter().cloned());
        // A short feed may have fitted into the ring.
        assert!(sent.is_ok() || sent == Err(FeedError::Closed { sensor }));
    });
    assert!(matches!(error, Err(PipelineError::NodePanicked { .. })), "{error:?}");
}

#[test]
fn stepped_by_hand_it_can_be_ended_while_feeds_still_live() {
    let setup: &Arc<Setup> = &FIXTURE.setup;
    let plan = Plan { setup, regime: &FIXTURE.regimes[0], seed: SEED };
    let (mut live, mut feeds) =
        Live::start(&plan, &Options::default(), |_| FeedOptions::default(), |_| {}).unwrap();
    let scans = by_sensor();
    assert!(!live.step().unwrap());
    feeds[0].send_all(scans[0].iter().take(10).cloned()).unwrap();
    let other = Arc::clone(&scans[1][0]);
    let (sensor, of, sequence) = (SensorId(0), SensorId(1), other.sequence);
    assert_eq!(feeds[0].send(other), Err(FeedError::WrongSensor { sensor, of, sequence }));
    while live.step().unwrap() {}
    // Nobody else has said anything: a caller with a clock goes on without them.
    live.advance(setup.start.plus_seconds(5.0)).unwrap();
    assert_eq!(record_of(live.finish().unwrap(), 0), (10, 10, 0, false));
    assert_eq!(feeds[0].advance(setup.start), Err(FeedError::Closed { sensor }));
    assert_eq!((feeds[0].sent(), feeds[0].dropped()), (10, 0));
}

#[test]
fn a_clock_that_jumps_ahead_silences_its_own_feed_and_no_other() {
    let (regime, broken) = (FIXTURE.regime("realtime-2023"), 3);
    let mut scans = by_sensor();
    // An hour ahead from the fortieth look to the eightieth.
    for scan in &mut scans[broken][40..80] {
        *scan = Arc::new(Scan { time: scan.time.plus_seconds(3_600.0), ..Scan::clone(scan) });
    }
    let plan = FIXTURE.plan(regime);
    let options = |_: &Sensor| FeedOptions::default();
    let (mut live, mut feeds) = Live::start(&plan, &Options::default(), options, |_| {}).unwrap();
    let (mut next, mut seen) = (vec![0; scans.len()], by_sensor().concat());
    seen.sort_by_key(|scan| (scan.time, scan.sensor));
    for scan in seen {
        let sensor = usize::from(scan.sensor.0);
        feeds[sensor].send(Arc::clone(&scans[sensor][next[sensor]])).unwrap();
        next[sensor] += 1;
        live.step().unwrap();
    }
    drop(feeds);
    let live = live.finish().unwrap();
    assert_replays(regime, &live, &scans);
    for (sensor, record) in live.feeds.iter().enumerate() {
        let refused = if sensor == broken { 40 } else { 0 };
        assert_eq!((record.count(Loss::TooFarAhead), record.late_scans()), (refused, 0), "sensor {sensor}");
        assert_eq!(record.delivered + refused, record.sent);
    }
}

fn record_of(live: LiveReport, sensor: usize) -> (u64, u64, i128, bool) {
    let record = &live.feeds[sensor];
    (record.sent, record.delivered, record.unaccounted(), record.has_ended)
}

#[test]
fn feed_options_out_of_range_are_refused() {
    for (ring_capacity, silence_s, key) in [(0, None, "ring_capacity"), (1, Some(-1.0), "silence_s")] {
        let options = |_: &Sensor| FeedOptions { ring_capacity, silence_s, ..FeedOptions::default() };
        let error = Live::start(&FIXTURE.plan(0), &Options::default(), options, |_| {}).unwrap_err();
        assert!(matches!(error, PipelineError::Option { key: found, .. } if found == key), "{error}");
    }
}
