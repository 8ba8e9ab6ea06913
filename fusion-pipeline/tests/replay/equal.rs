//! The same result whatever the threads, the rings and the schedule.

use crate::fixture::{FIXTURE, PLAIN, assert_same_as_plain};
use fusion_pipeline::Options;

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
        assert_eq!(
            messages > 0,
            !["siloed", "integrated"].contains(&regime.name.as_str()),
            "{}",
            regime.name
        );
    }
}

#[test]
fn tiny_rings_still_end_and_give_the_same() {
    for regime in 0..FIXTURE.regimes.len() {
        for (threads, ring_capacity) in [(1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (3, 3)] {
            let options = Options { threads, ring_capacity, ..Options::default() };
            let report = assert_same_as_plain(regime, &options);
            assert!(report.waits() > 0, "rings of {ring_capacity} never filled");
        }
    }
}
