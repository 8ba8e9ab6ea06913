//! Whoever has work does not sleep, and whoever has none does.

use crate::fixture::FIXTURE;
use fusion_pipeline::{Clock, Options, Pipeline, Probe, Wake, WallClock};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

#[test]
fn while_rings_hold_work_no_worker_sleeps_and_so_none_takes_a_lock() {
    // The only worker is held in its first tick until all is in its rings.
    let (is_first, barrier) = (AtomicBool::new(true), Arc::new(Barrier::new(2)));
    let fed = Arc::clone(&barrier);
    let probe: Probe = Arc::new(move |_, _| {
        if is_first.swap(false, Ordering::AcqRel) {
            fed.wait();
        }
    });
    let options = Options { ring_capacity: 1024, probe: Some(probe), ..Options::default() };
    let plan = FIXTURE.plan(FIXTURE.regime("realtime-2023"));
    let mut pipeline = Pipeline::start(&plan, &options, |_| {}).unwrap();
    for scan in FIXTURE.scans.iter().filter(|scan| scan.time <= FIXTURE.until) {
        pipeline.feed(Arc::clone(scan)).unwrap();
    }
    pipeline.advance(FIXTURE.until).unwrap();
    barrier.wait();
    let report = pipeline.finish(FIXTURE.until).unwrap();
    assert_eq!(report.waits(), 0, "a ring was full");
    // Before the first scan, and perhaps before the word that there are no more.
    assert!(report.worker_parks <= 2, "slept {} times in {} ticks", report.worker_parks, report.ticks);
}

#[test]
fn who_has_nothing_to_do_sleeps_and_is_not_woken() {
    let clock = WallClock::new();
    let nap = |milliseconds| {
        let end = clock.elapsed() + Duration::from_millis(milliseconds);
        while clock.elapsed() < end {
            clock.wait(Duration::from_millis(milliseconds), &Wake::default());
        }
    };
    let options = Options { threads: 3, ..Options::default() };
    let start = FIXTURE.setup.start;
    let mut pipeline = Pipeline::start(&FIXTURE.plan(0), &options, |_| {}).unwrap();
    nap(300);
    for tick in 1..=20 {
        pipeline.advance(start.plus_seconds(f64::from(tick))).unwrap();
        nap(10);
    }
    let report = pipeline.finish(start.plus_seconds(20.0)).unwrap();
    // At most once before, once after, and a few times for each tick: how often depends on what else the machine does.
    assert!((1..=300).contains(&report.worker_parks), "three workers slept {} times", report.worker_parks);
}
