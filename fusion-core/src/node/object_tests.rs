//! Which tracks are of one object, what came off what, and how many missiles that makes.

use super::TrackerConfig;
use super::same::Neighbours;
use super::scenario_tests::{Flight, JAPAN, START, setup};
use super::setup::Setup;
use super::tracker::Tracker;
use crate::filter::{Gaussian, Kinematic, MissileFilter};
use crate::track::{Evidence, Recent, Score, Track};
use crate::types::{Pedigree, TrackId};
use nalgebra::{SMatrix, SVector};
use std::sync::Arc;

/// A confirmed track beside a true coasting flight at some seconds: how far off, m and m/s, and how well known.
pub(super) struct Beside {
    pub apart_m: f64,
    pub apart_m_s: f64,
    pub sigma_m: f64,
    pub sigma_m_s: f64,
    pub boost_probability: f64,
    pub first_seen_s: f64,
}

const NEAR: Beside = Beside {
    apart_m: 3_000.0,
    apart_m_s: 40.0,
    sigma_m: 100.0,
    sigma_m_s: 5.0,
    boost_probability: 0.0,
    first_seen_s: 30.0,
};
pub(super) const AT_S: f64 = 60.0;

pub(super) fn track(setup: &Setup, id: u64, beside: &Beside) -> Track {
    let truth = Flight::coasting().at(AT_S);
    let mut boost = Gaussian::<9> { mean: SVector::zeros(), covariance: SMatrix::identity() };
    boost.mean.fixed_rows_mut::<6>(0).copy_from(&truth);
    boost.mean[0] += beside.apart_m;
    boost.mean[3] += beside.apart_m_s;
    boost.covariance.fixed_view_mut::<3, 3>(0, 0).fill_diagonal(beside.sigma_m * beside.sigma_m);
    boost.covariance.fixed_view_mut::<3, 3>(3, 3).fill_diagonal(beside.sigma_m_s * beside.sigma_m_s);
    Track {
        id: TrackId(id),
        time: START.plus_seconds(AT_S),
        filter: MissileFilter::from_boost(boost, beside.boost_probability, &setup.models),
        score: Score::introduced(&setup.limits),
        first_seen: START.plus_seconds(beside.first_seen_s),
        last_seen: START.plus_seconds(AT_S),
        has_own_plots: true,
        evidence: Evidence::none(),
        pedigree: Pedigree::default(),
        choices: Vec::new(),
        branches: Vec::new(),
        recent: Recent::of(id << 16),
        news: 0,
        mark: 0,
    }
}

pub(super) fn whole() -> Beside {
    Beside { apart_m: 0.0, apart_m_s: 0.0, first_seen_s: 0.0, ..NEAR }
}

/// A tracker with a first track that was found to have been launched, and then a second one.
fn tracker(first: &Beside, second: &Beside) -> (Arc<Setup>, Tracker) {
    let setup = setup(0.0, TrackerConfig::default());
    let mut tracker = Tracker::default();
    tracker.insert(track(&setup, 1, first));
    tracker.judge();
    tracker.insert(track(&setup, 2, second));
    tracker.judge();
    tracker.count(&setup);
    (setup, tracker)
}

fn payloads(setup: &Setup, tracker: &Tracker) -> Vec<f64> {
    let mut payloads = Vec::new();
    tracker.payloads_into(setup, &mut payloads);
    payloads
}

#[test]
fn what_coasts_beside_a_burning_missile_came_off_it() {
    let (setup, tracker) = tracker(&Beside { boost_probability: 0.99, ..whole() }, &NEAR);
    assert_eq!(tracker.tracks[1].evidence.separated_from(), Some(TrackId(1)));
    let payloads = payloads(&setup, &tracker);
    assert!(payloads[0] > 0.99 && payloads[1] < 0.01, "{payloads:?}");
    assert_eq!(tracker.counted, [TrackId(1)]);
}

#[test]
fn the_identity_goes_with_what_burns() {
    let burning = Beside { boost_probability: 0.99, ..NEAR };
    let (_, tracker) = tracker(&whole(), &burning);
    assert!(tracker.tracks[0].filter.probabilities[0] > 0.9, "the first track is of what burns now");
    assert!(tracker.tracks[1].filter.probabilities[0] < 0.1);
    assert_eq!(tracker.counted, [TrackId(1)]);
}

#[test]
fn two_that_coast_apart_are_one_missile_and_nobody_knows_which() {
    let (setup, tracker) = tracker(&whole(), &NEAR);
    let payloads = payloads(&setup, &tracker);
    assert!(payloads.iter().all(|payload| (payload - 0.5).abs() < 1e-9), "{payloads:?}");
    assert_eq!(tracker.counted, [TrackId(1)]);
}

#[test]
fn what_burns_beside_another_or_was_there_as_early_or_is_far_away_is_a_missile_of_its_own() {
    let burning = Beside { boost_probability: 0.99, ..whole() };
    for (first, second) in [
        (burning, Beside { boost_probability: 0.99, ..NEAR }),
        (whole(), Beside { first_seen_s: 5.0, ..NEAR }),
        (whole(), Beside { apart_m: 40_000.0, ..NEAR }),
        (whole(), Beside { apart_m_s: 900.0, ..NEAR }),
    ] {
        let (_, tracker) = tracker(&first, &second);
        assert_eq!(tracker.counted, [TrackId(1), TrackId(2)]);
    }
}

fn joined(mut tracker: Tracker, setup: &Setup) -> Tracker {
    tracker.join_duplicates(setup, &mut Neighbours::default());
    tracker
}

#[test]
fn two_tracks_of_one_object_become_one_and_count_once() {
    let twin = Beside { apart_m: 150.0, apart_m_s: 3.0, ..whole() };
    let (setup, tracker) = tracker(&whole(), &twin);
    assert_eq!(tracker.counted.len(), 2);
    let tracker = joined(tracker, &setup);
    assert_eq!(tracker.tracks.len(), 1);
    assert_eq!(tracker.joined.get(&TrackId(2)), Some(&TrackId(1)));
    assert_eq!(tracker.counted, [TrackId(1)]);
}

#[test]
fn two_that_took_different_plots_of_one_look_stay_two_for_good() {
    let twin = Beside { apart_m: 150.0, apart_m_s: 3.0, ..whole() };
    let (setup, mut tracker) = tracker(&whole(), &twin);
    // One look, two plots.
    tracker.tracks[0].recent.push(9 << 16);
    tracker.tracks[1].recent.push(9 << 16 | 1);
    let mut tracker = joined(tracker, &setup);
    assert_eq!(tracker.tracks.len(), 2);
    // It is not forgotten when the look is no longer among the last ones.
    (20..40).for_each(|look| tracker.tracks[0].recent.push(look << 16));
    assert_eq!(joined(tracker, &setup).tracks.len(), 2);
}

#[test]
fn what_is_known_badly_is_near_to_everything_and_therefore_nothing_by_distance_alone() {
    // Ten minutes after a plume was lost: within three deviations of a fighter.
    let vague =
        Beside { apart_m: 60_000.0, apart_m_s: 300.0, sigma_m: 60_000.0, sigma_m_s: 400.0, ..whole() };
    let (setup, tracker) = tracker(&whole(), &vague);
    let remote: Kinematic = tracker.tracks[1].filter.kinematic();
    let at = START.plus_seconds(AT_S);
    let origin = (JAPAN, TrackId(77));
    let of = |tracker: &Tracker| tracker.match_estimate(&setup, origin, at, &remote);
    let mut one = Tracker::default();
    one.insert(track(&setup, 1, &whole()));
    // Nothing says yet that the track is no aircraft: there are many of those.
    assert_eq!(of(&one), None);
    one.judge();
    assert_eq!(of(&one), Some(0), "something that was launched is rare");
    // Not if its author tells of it beside another that is known to be this one.
    one.tracks[0].pedigree.raise((JAPAN, TrackId(78)), at);
    one.remote.insert((JAPAN, TrackId(78)), TrackId(1));
    assert_eq!(of(&one), None);
}

#[test]
fn a_first_plot_takes_news_only_where_it_is_far_likelier_its_own() {
    let setup = setup(0.0, TrackerConfig::default());
    let at = START.plus_seconds(AT_S);
    let tentative = |apart_m: f64| {
        let mut tracker = Tracker::default();
        let beside = Beside { apart_m, sigma_m: 1_000.0, sigma_m_s: 2_700.0, ..whole() };
        tracker.insert(Track { score: Score::first_plot(), ..track(&setup, 1, &beside) });
        tracker
    };
    let told = |sigma_m: f64, sigma_m_s: f64| {
        track(&setup, 9, &Beside { sigma_m, sigma_m_s, ..whole() }).filter.kinematic()
    };
    let of =
        |tracker: &Tracker, told: &Kinematic| tracker.match_estimate(&setup, (JAPAN, TrackId(9)), at, told);
    assert_eq!(of(&tentative(500.0), &told(500.0, 20.0)), Some(0));
    assert_eq!(of(&tentative(500.0), &told(80_000.0, 500.0)), None);
}
