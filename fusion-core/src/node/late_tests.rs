//! Late scans and news by each policy.

use super::order_tests::{assert_same, delayed, heard, link, told_by_japan};
use super::scenario_tests::*;
use super::{LatePolicy, TrackerConfig};
use crate::math::symmetric::{mahalanobis_squared, solve};
use crate::share::FusionRule;
use crate::types::Time;
use std::sync::Arc;

const LOOKS: u32 = 75;

fn world(late: LatePolicy, history_s: f64, seed: u64) -> World {
    let tracker = TrackerConfig { late, history_s, ..TrackerConfig::default() };
    World::new(setup(0.0, tracker), Flight::coasting(), LOOKS, seed)
}

/// Korea's scans at once, Japan's each late by a span of its own.
fn half_late(world: &World, longest_s: f64, seed: u64) -> Vec<(Time, Arrival)> {
    let mut arrivals = at_once(&world.scans_of(KOREA));
    arrivals.extend(delayed(&at_once(&world.scans_of(JAPAN)), longest_s, seed));
    arrivals
}

#[test]
fn reprocessing_with_delays_up_to_half_a_minute_ends_as_in_order_to_the_last_bit() {
    for seed in 0..3 {
        let world = world(LatePolicy::Reprocess, 90.0, seed);
        let late = heard(&world, delayed(&at_once(&world.scans), 30.0, seed));
        assert!(late.0.counts().replayed > 1_000);
        assert_same(&heard(&world, at_once(&world.scans)), &late);
    }
}

#[test]
fn retrodiction_goes_back_for_nothing_and_ends_near_reprocessing() {
    let mut gained = 0;
    for seed in 0..6 {
        let [exact, near, without] =
            [LatePolicy::Reprocess, LatePolicy::Retrodict, LatePolicy::Refuse].map(|policy| {
                let world = world(policy, 90.0, seed);
                heard(&world, half_late(&world, 30.0, seed))
            });
        let counts = near.0.counts();
        // A late look before the track began, or one that missed, goes in nowhere.
        assert!(counts.retrodicted > 45, "{counts:?}");
        assert_eq!((counts.replayed, without.0.counts().replayed), (0, 0));
        assert!(without.0.counts().too_late > 60, "{:?}", without.0.counts());
        let only = |result: &super::TickResult| {
            let tracks: Vec<_> = result.picture.confirmed().collect();
            assert_eq!(tracks.len(), 1, "seed {seed}");
            tracks[0].kinematic
        };
        let [exact, near, without] = [&exact.1, &near.1, &without.1].map(only);
        // It lacks the late plots of before its track: a fifth of the mean squared error at most, in six components.
        let shift = mahalanobis_squared(&(near.mean - exact.mean), &exact.covariance).expect("positive");
        let due = solve(&exact.covariance, &near.covariance).expect("positive").trace() - 6.0;
        assert!(due.abs() < 0.6 && shift < 1.2, "seed {seed}: {due} {shift}");
        let lost = solve(&exact.covariance, &without.covariance).expect("positive").trace() - 6.0;
        assert!(lost > 3.0 * due, "seed {seed}: refused {lost}, retrodicted {due}");
        gained += u32::from(lost > 2.0);
    }
    assert!(gained >= 5, "{gained}");
}

#[test]
fn what_is_refused_is_counted_and_changes_nothing() {
    let world = world(LatePolicy::Refuse, 90.0, 4);
    let late: Vec<_> = world
        .scans_of(JAPAN)
        .iter()
        .map(|scan| (scan.time.plus_seconds(2.0), Arrival::Scan(Arc::clone(scan))))
        .collect();
    let count = late.len() as u64;
    let mut with = at_once(&world.scans_of(KOREA));
    with.extend(late);
    let (without, with) = (heard(&world, at_once(&world.scans_of(KOREA))), heard(&world, with));
    assert_same(&without, &with);
    assert_eq!(with.0.counts().too_late, count);
}

#[test]
fn what_is_older_than_the_history_is_counted_by_every_policy() {
    for policy in [LatePolicy::Reprocess, LatePolicy::Retrodict, LatePolicy::Refuse] {
        let world = world(policy, 10.0, 5);
        let scans = world.scans_of(JAPAN);
        let mut with = at_once(&world.scans_of(KOREA));
        with.extend(scans.iter().map(|scan| (scan.time.plus_seconds(12.5), Arrival::Scan(Arc::clone(scan)))));
        let (without, with) = (heard(&world, at_once(&world.scans_of(KOREA))), heard(&world, with));
        assert_same(&without, &with);
        assert_eq!(
            (with.0.counts().too_late, with.0.counts().retrodicted),
            (u64::from(LOOKS), 0),
            "{policy:?}"
        );
    }
}

#[test]
fn late_news_is_retrodicted_once_and_in_its_order_only() {
    let world = world(LatePolicy::Retrodict, 90.0, 6);
    let told = told_by_japan(&world, &mut link(FusionRule::Information), LOOKS);
    let late = |by_s: f64| {
        let mut arrivals = at_once(&world.scans_of(KOREA));
        arrivals.extend(
            told.iter().map(|sent| (sent.arrival.plus_seconds(by_s), Arrival::Message(sent.message.clone()))),
        );
        arrivals
    };
    let (node, last) = heard(&world, late(5.0));
    let counts = node.counts();
    assert!(counts.retrodicted > 40 && counts.replayed == 0, "{counts:?}");
    let mut twice = late(5.0);
    twice.extend(late(9.0).into_iter().filter(|(_, what)| matches!(what, Arrival::Message(_))));
    let (again, last_again) = heard(&world, twice);
    // Whole estimates that come again are intersected again, which says nothing new.
    let state = |result: &super::TickResult| result.picture.confirmed().next().expect("a track").kinematic;
    let (one, other) = (state(&last), state(&last_again));
    assert!((one.mean - other.mean).norm() < 1e-6, "{one:?} {other:?}");
    assert!((one.covariance - other.covariance).norm() < 1e-6 * one.covariance.norm());
    assert_eq!(again.counts().retrodicted, counts.retrodicted);
}
