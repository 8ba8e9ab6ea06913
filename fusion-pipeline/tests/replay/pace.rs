//! How fast a replay goes: by a clock that the test moves, and without an effect on the result.

use crate::fixture::{CUT_S, FIXTURE, assert_same_as_plain};
use fusion_core::types::Scan;
use fusion_pipeline::{Clock, Options, Pace, PipelineError, Wake, WallClock, replay};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A clock that stands still but for those who wait, and then goes on by what they wait for at most a tenth of a second.
#[derive(Debug, Default)]
struct FakeClock {
    nanoseconds: AtomicU64,
    waits: AtomicU64,
}

impl Clock for FakeClock {
    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    fn wait(&self, at_most: Duration, _wake: &Wake) {
        let span = at_most.min(Duration::from_millis(100));
        self.nanoseconds.fetch_add(span.as_nanos() as u64, Ordering::Relaxed);
        self.waits.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_pace_takes_its_time_and_does_not_matter() {
    let regime = FIXTURE.regime("realtime-2023");
    for factor in [1.0, 10.0] {
        let clock = Arc::new(FakeClock::default());
        // What passed before the replay does not count.
        clock.nanoseconds.store(5_000_000_000, Ordering::Relaxed);
        let pace = Pace::RealTime { factor, clock: Arc::clone(&clock) as Arc<dyn Clock> };
        assert_same_as_plain(regime, &Options { threads: 2, pace, ..Options::default() });
        let took_s = clock.elapsed().as_secs_f64() - 5.0;
        assert!((took_s - CUT_S / factor).abs() < 1e-6, "{took_s} s at {factor} x");
        assert!(clock.waits.load(Ordering::Relaxed) as f64 >= 10.0 * CUT_S / factor);
    }
}

#[test]
fn nothing_is_fed_before_it_is_due() {
    let clock = Arc::new(FakeClock::default());
    let pace = Pace::RealTime { factor: 1.0, clock: Arc::clone(&clock) as Arc<dyn Clock> };
    // Rings of one, so that the driver sees a tick done before it can close the next but few; and minutes without a scan,
    // in which the ticks alone keep the time.
    let options = Options { pace, ring_capacity: 1, ..Options::default() };
    let start = FIXTURE.setup.start;
    let is_kept = |scan: &&Arc<Scan>| !(20.0..200.0).contains(&scan.time.seconds_since(start));
    let scans = FIXTURE.scans.iter().filter(is_kept).cloned().map(Ok::<_, Infallible>);
    let report = replay(&FIXTURE.plan(0), scans, FIXTURE.until, &options, |tick| {
        let recorded_s = tick.picture.time.seconds_since(start);
        let passed_s = clock.elapsed().as_secs_f64();
        assert!(passed_s >= recorded_s - 1e-6, "the tick at {recorded_s} s was done at {passed_s} s");
    });
    assert_eq!(report.unwrap().ticks, CUT_S as u64);
}

#[test]
fn the_wall_clock_passes_and_is_woken() {
    let clock = WallClock::new();
    let before = clock.elapsed();
    clock.wait(Duration::from_millis(5), &Wake::default());
    assert!(clock.elapsed() - before >= Duration::from_millis(4));
    let regime = FIXTURE.regime("bilateral");
    // Three hundred seconds in a tenth of one.
    let pace = Pace::real_time(3000.0);
    assert_same_as_plain(regime, &Options { threads: 3, pace, ..Options::default() });
    assert!((clock.elapsed() - before).as_secs_f64() > CUT_S / 3000.0);
}

#[test]
fn a_pace_that_is_none_is_refused() {
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = Options { pace: Pace::real_time(factor), ..Options::default() };
        let error = FIXTURE.replay(0, &options, |_| {}).unwrap_err();
        assert!(matches!(error, PipelineError::Option { key: "pace", .. }), "{error}");
    }
}
