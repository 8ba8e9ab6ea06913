//! What a node knows does not depend on the order in which it heard it.

use super::scenario_tests::*;
use super::{Node, TickResult, TrackerConfig};
use crate::math::chance::Stream;
use crate::math::digest::Digest;
use crate::share::{Audience, Delivery, FusionRule, Level, Link, LinkConfig, Release};
use crate::types::{Plot, Scan, SensorId, Time, TrackId};
use proptest::prelude::*;
use std::sync::Arc;

const LOOKS: u32 = 60;
const UNTIL_S: u32 = 110;
const RULES: [FusionRule; 4] = [
    FusionRule::Information,
    FusionRule::CovarianceIntersection,
    FusionRule::InverseCovarianceIntersection,
    FusionRule::Naive,
];

fn world(seed: u64) -> World {
    World::new(setup(0.7, TrackerConfig::default()), Flight::boosting(), LOOKS, seed)
}

pub fn link(fusion: FusionRule) -> Link {
    let config = LinkConfig { fusion, ..LinkConfig::plain("japan", "korea", Level::Tracks) };
    Link::new(0, (KOREA, Audience::EVERYBODY), config, 1, START)
}

/// What Japan, with its own radar, tells over a link.
pub fn told_by_japan(world: &World, link: &mut Link, until_s: u32) -> Vec<Delivery> {
    let mut japan = Node::new(JAPAN, Arc::clone(&world.setup));
    run(&mut japan, at_once(&world.scans_of(JAPAN)), until_s)
        .iter()
        .flat_map(|result| link.offer(result.picture.time, &result.reports, &result.heard))
        .collect()
}

/// Every arrival late by a span of its own, up to `longest_s`.
pub fn delayed(arrivals: &[(Time, Arrival)], longest_s: f64, seed: u64) -> Vec<(Time, Arrival)> {
    let mut chance = Stream::new("late", seed, &[]);
    arrivals
        .iter()
        .map(|(time, what)| (time.plus_seconds(chance.between(0.0, longest_s)), what.clone()))
        .collect()
}

pub fn heard(world: &World, arrivals: Vec<(Time, Arrival)>) -> (Node, TickResult) {
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let last = run(&mut node, arrivals, UNTIL_S).pop().expect("a tick");
    (node, last)
}

fn digest(result: &TickResult) -> [u8; 32] {
    let mut hasher = Digest::default();
    result.picture.digest_into(&mut hasher);
    hasher.finalize()
}

/// The same to the last bit: pictures, digests, and all that the trackers hold.
pub fn assert_same(one: &(Node, TickResult), other: &(Node, TickResult)) {
    assert!(one.1.picture.confirmed().next().is_some(), "nothing was tracked");
    assert_eq!(one.1.picture, other.1.picture);
    assert_eq!(digest(&one.1), digest(&other.1));
    let (one, other) = (&one.0.history.tracker, &other.0.history.tracker);
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

/// How many entries must have been gone through again, lest a case shows nothing: with delays of a second most scans come in
/// time for their tick.
fn least_replayed(longest_delay_s: f64) -> u64 {
    if longest_delay_s > 5.0 { 100 } else { 0 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn scans_of_two_radars_in_any_order_give_one_picture(seed in 0_u64..1_000_000, longest_s in 1.0..45.0_f64) {
        let world = world(seed);
        let in_order = at_once(&world.scans);
        let late = heard(&world, delayed(&in_order, longest_s, seed));
        prop_assert!(late.0.counts().replayed > least_replayed(longest_s));
        prop_assert_eq!(late.0.counts().too_late, 0);
        assert_same(&heard(&world, in_order), &late);
    }

    #[test]
    fn messages_in_any_order_give_one_picture(seed in 0_u64..1_000_000, longest_s in 1.0..45.0_f64) {
        let world = world(seed);
        for rule in RULES {
            let told = told_by_japan(&world, &mut link(rule), LOOKS);
            prop_assert!(told.len() > 20);
            let mut in_order = at_once(&world.scans_of(KOREA));
            in_order.extend(told.into_iter().map(|sent| (sent.arrival, Arrival::Message(sent.message))));
            let late = heard(&world, delayed(&in_order, longest_s, seed));
            prop_assert!(late.0.counts().replayed > least_replayed(longest_s));
            assert_same(&heard(&world, in_order), &late);
        }
    }
}

#[test]
fn two_versions_of_an_estimate_in_any_order_give_one_picture() {
    // One link that rounds and one that does not, and one with another rule.
    let world = world(7);
    let mut in_order = at_once(&world.scans_of(KOREA));
    let coarse = Release { position_grid_m: 1_000.0, velocity_grid_m_s: 20.0, ..Release::default() };
    for (rule, release) in [
        (FusionRule::CovarianceIntersection, Release::default()),
        (FusionRule::CovarianceIntersection, coarse.clone()),
        (FusionRule::Naive, coarse),
    ] {
        let config = LinkConfig { release, ..link(rule).config().clone() };
        let told =
            told_by_japan(&world, &mut Link::new(0, (KOREA, Audience::EVERYBODY), config, 1, START), LOOKS);
        in_order.extend(told.into_iter().map(|sent| (sent.arrival, Arrival::Message(sent.message))));
    }
    let late = heard(&world, delayed(&in_order, 30.0, 7));
    assert_eq!(late.0.counts().duplicates, 0);
    assert_same(&heard(&world, in_order), &late);
}

#[test]
fn what_arrives_twice_changes_nothing() {
    let world = world(3);
    let told = told_by_japan(&world, &mut link(FusionRule::Information), LOOKS);
    let mut once = at_once(&world.scans_of(KOREA));
    once.extend(told.into_iter().map(|sent| (sent.arrival, Arrival::Message(sent.message))));
    let mut twice = once.clone();
    twice.extend(delayed(&once, 20.0, 3));
    let (once, twice) = (heard(&world, once), heard(&world, twice));
    assert_same(&once, &twice);
    let (once, twice) = (once.0.counts(), twice.0.counts());
    assert_eq!((twice.scans, twice.messages), (2 * once.scans, 2 * once.messages));
    assert_eq!(once.duplicates, 0);
    assert_eq!(twice.duplicates, once.scans + once.messages);
    assert_eq!(twice.replayed, once.replayed, "a duplicate is no reason to go back");
}

#[test]
fn what_is_too_late_is_counted_and_changes_nothing() {
    let tracker = TrackerConfig { history_s: 10.0, ..TrackerConfig::default() };
    let world = World::new(setup(0.7, tracker), Flight::boosting(), LOOKS, 5);
    let told = told_by_japan(&world, &mut link(FusionRule::Information), LOOKS);
    let on_time = at_once(&world.scans_of(KOREA));
    let mut with_late = on_time.clone();
    let late = |time: Time| time.plus_seconds(12.5);
    with_late
        .extend(world.scans_of(JAPAN).iter().map(|scan| (late(scan.time), Arrival::Scan(Arc::clone(scan)))));
    let tracklets = told.iter().filter(|sent| matches!(sent.message.fact, crate::share::Fact::Tracklet(_)));
    with_late.extend(tracklets.map(|sent| (late(sent.arrival), Arrival::Message(sent.message.clone()))));
    let (without, with) = (heard(&world, on_time), heard(&world, with_late));
    assert_same(&without, &with);
    let counts = with.0.counts();
    assert_eq!(counts.scans, 2 * u64::from(LOOKS));
    assert_eq!(counts.too_late, u64::from(LOOKS) + counts.messages);
    assert_eq!((counts.replayed, counts.refused, counts.known), (0, 0, 0));
    assert!(counts.messages > 20);
}

#[test]
fn the_look_at_the_very_start_counts() {
    let world = world(4);
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let plot = Plot::radar(3e5, 1.0, 0.3);
    node.receive_scan(Arc::new(Scan::of_field(SensorId(0), 0, START, vec![plot])));
    let result = node.tick(START.plus_seconds(1.0));
    assert_eq!((node.counts().too_late, result.picture.tracks.len()), (0, 1));
    // Before the start there was nothing to look at.
    let time = START.plus_seconds(-1.0);
    node.receive_scan(Arc::new(Scan::of_field(SensorId(0), 1, time, vec![plot])));
    assert_eq!(node.counts().too_late, 1);
}

#[test]
fn a_scan_from_the_future_waits_for_its_time() {
    let world = world(6);
    let in_order = at_once(&world.scans);
    // A clock that runs fast: every third scan comes five seconds before its time.
    let early =
        |index: usize, time: Time| if index.is_multiple_of(3) { time.plus_seconds(-5.0) } else { time };
    let hasty = in_order.iter().enumerate();
    let hasty = hasty.map(|(index, (time, what))| (early(index, *time), what.clone())).collect();
    let (in_order, hasty) = (heard(&world, in_order), heard(&world, hasty));
    assert_same(&in_order, &hasty);
    assert_eq!(hasty.0.counts().replayed, 0);
    assert_eq!(in_order.0.digest(), hasty.0.digest());
}

#[test]
fn a_result_that_is_used_again_says_what_a_new_one_says() {
    let world = world(8);
    let told = told_by_japan(&world, &mut link(FusionRule::Information), LOOKS);
    let (mut one, mut other) =
        (Node::new(KOREA, Arc::clone(&world.setup)), Node::new(KOREA, Arc::clone(&world.setup)));
    let (mut again, mut most_reports, mut events) = (TickResult::empty(JAPAN, START), 0, 0);
    for second in 1..=UNTIL_S {
        let now = START.plus_seconds(f64::from(second));
        let is_due = |time: Time| time <= now && time > now.plus_seconds(-1.0);
        for node in [&mut one, &mut other] {
            world
                .scans
                .iter()
                .filter(|scan| is_due(scan.time))
                .for_each(|scan| node.receive_scan(Arc::clone(scan)));
            told.iter().filter(|sent| is_due(sent.arrival)).for_each(|sent| node.deliver(sent.clone()));
        }
        let new = one.tick(now);
        // Whatever it held before: twice as much as it did, and news of strangers.
        again.reports.extend(again.reports.clone());
        again.picture.tracks.extend(again.picture.tracks.clone());
        let stranger = (JAPAN, TrackId(9));
        again.reports.iter_mut().for_each(|report| report.estimate.pedigree.raise(stranger, now));
        for track in &mut again.picture.tracks {
            track.pedigree.raise(stranger, now);
            track.threatened.push(3);
        }
        other.tick_into(now, &mut again);
        assert_eq!(format!("{new:?}"), format!("{again:?}"));
        (most_reports, events) = (most_reports.max(new.reports.len()), events + new.events.len());
    }
    assert!(most_reports > 0 && events > 1, "{most_reports} reports, {events} events");
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn no_rule_of_fusion_loses_a_track_that_goes_on_being_told_of() {
    // Covariance intersection again and again: what is not told must not be known ever less.
    for seed in [0, 118_576, 185_275, 444_391] {
        let world = world(seed);
        for rule in RULES {
            let told = told_by_japan(&world, &mut link(rule), LOOKS);
            let mut arrivals = at_once(&world.scans_of(KOREA));
            arrivals.extend(told.into_iter().map(|sent| (sent.arrival, Arrival::Message(sent.message))));
            let (_, last) = heard(&world, arrivals);
            assert_eq!(last.picture.confirmed().count(), 1, "seed {seed}, {rule:?}");
        }
    }
}
