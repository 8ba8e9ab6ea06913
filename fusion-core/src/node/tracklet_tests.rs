//! News of another node: as good as its plots where nothing is lost, used once, and honest by every rule but the naive one.

use super::order_tests::{link, told_by_japan};
use super::remote::Outcome;
use super::scenario_tests::*;
use super::{Node, PictureTrack, TickResult, TrackerConfig};
use crate::assess::{Band, Verdict, judge, nees};
use crate::filter::{Kinematic, MissileFilter};
use crate::math::symmetric::{mahalanobis_squared, solve};
use crate::measurement::{Observation, Station};
use crate::share::{
    Criterion, Fact, FusionRule, Message, Tracklet, covariance_intersection, fuse_correlated,
    intersection_weight, inverse_covariance_intersection, inverse_intersection_weight,
};
use crate::types::{NodeId, Plot, Time, TrackId};
use nalgebra::Vector6;
use std::sync::Arc;

const LOOKS: u32 = 80;

fn coasting(seed: u64, tracker: TrackerConfig) -> World {
    World::new(setup(0.0, tracker), Flight::coasting(), LOOKS, seed)
}

fn messages(world: &World, fusion: FusionRule, until_s: u32) -> Vec<(Time, Arrival)> {
    let told = told_by_japan(world, &mut link(fusion), until_s);
    told.into_iter().map(|sent| (sent.arrival, Arrival::Message(sent.message))).collect()
}

fn with_own_scans(world: &World, messages: Vec<(Time, Arrival)>) -> Vec<(Time, Arrival)> {
    let mut arrivals = at_once(&world.scans_of(KOREA));
    arrivals.extend(messages);
    arrivals
}

fn korea(world: &World, arrivals: Vec<(Time, Arrival)>, until_s: u32) -> (Node, Vec<TickResult>) {
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let results = run(&mut node, arrivals, until_s);
    (node, results)
}

/// The one confirmed track of a picture.
fn only(result: &TickResult) -> &PictureTrack {
    let mut confirmed = result.picture.confirmed();
    let track = confirmed.next().expect("a confirmed track");
    assert!(confirmed.next().is_none(), "one missile, one track");
    track
}

fn nees_of(world: &World, result: &TickResult) -> f64 {
    let truth = world.flight.at(result.picture.time.seconds_since(START));
    let track = only(result);
    nees(&(truth - track.kinematic.mean), &track.kinematic.covariance).expect("positive definite")
}

/// How the information rule's link of Japan names its track.
fn origin_of(messages: &[(Time, Arrival)]) -> (NodeId, TrackId) {
    let Some((_, Arrival::Message(message))) = messages.first() else { panic!("a message") };
    message.fact.origin()
}

#[test]
fn tracklets_are_as_good_as_the_plots_that_they_stand_for() {
    let (mut shifts, mut due) = (0.0, 0.0);
    for seed in 0..8 {
        let world = coasting(seed, TrackerConfig::default());
        // What is told at one tick is known at the next: by then both have the same.
        let (_, of_plots) = korea(&world, at_once(&world.scans), LOOKS + 1);
        let told = with_own_scans(&world, messages(&world, FusionRule::Information, LOOKS));
        let (node, of_news) = korea(&world, told, LOOKS + 1);
        assert_eq!((node.counts().refused, node.counts().too_late), (0, 0));
        let (_, alone) = korea(&world, with_own_scans(&world, Vec::new()), LOOKS + 1);
        let [plots, news, alone] =
            [&of_plots, &of_news, &alone].map(|results| only(results.last().expect("a tick")).kinematic);

        // The news lacks some of the plots before the introduction. An estimate from fewer of the same plots differs by
        // just the covariance that it has more, so that its squared distance has this mean, and by chance ten times that.
        let shift = mahalanobis_squared(&(news.mean - plots.mean), &plots.covariance).expect("positive");
        let expected = solve(&plots.covariance, &news.covariance).expect("positive").trace() - 6.0;
        assert!(expected > 0.0 && expected < 0.3, "seed {seed}: {expected}");
        assert!(shift < 10.8 * expected, "seed {seed}: {shift} where {expected} is due");
        (shifts, due) = (shifts + shift, due + expected);
        let ratios = news.covariance.diagonal().component_div(&plots.covariance.diagonal());
        assert!(ratios.min() > 0.97 && ratios.max() < 1.08, "seed {seed}: {ratios:?}");
        let worse = alone.covariance.diagonal().component_div(&plots.covariance.diagonal());
        assert!(worse.min() > 1.3, "the news must matter: {worse:?}");
    }
    assert!(shifts < 2.0 * due, "{shifts} over all seeds where {due} is due");
}

#[test]
fn a_tracklet_holds_the_plots_of_its_own_track_only() {
    let world = World::new(setup(2.0, TrackerConfig::default()), Flight::coasting(), LOOKS, 9);
    let scans = world.scans_of(KOREA);
    let (_, results) = korea(&world, at_once(&scans), LOOKS);
    let station = Station::of(&world.setup.sensors[0]);
    let mut beside_clutter = 0;
    for (scan, result) in scans.iter().zip(&results) {
        for report in &result.reports {
            let Some(told) = &report.tracklet else { continue };
            let estimate = &report.estimate;
            let is_of = |plot: &&Plot| {
                let plots = Observation::new(&station, plot).map(|observation| (scan.time, observation));
                let models = &world.setup.models;
                let alone =
                    Tracklet::compress(estimate.origin, &estimate.filter, estimate.time, &plots, models);
                alone.as_ref() == Some(told)
            };
            assert_eq!(scan.plots.iter().filter(is_of).count(), 1, "{:?}", scan.time);
            beside_clutter += u32::from(scan.plots.len() > 1);
        }
    }
    assert!(beside_clutter > 30, "{beside_clutter}");
}

#[test]
fn naive_fusion_is_overconfident_and_covariance_intersection_never() {
    const RUNS: usize = 24;
    let band = Band::chi_square(6, RUNS, 0.999).expect("valid");
    let judged = |rule: Option<FusionRule>| {
        let per_run: Vec<f64> = (0..RUNS)
            .map(|run| {
                let world = coasting(100 + run as u64, TrackerConfig::default());
                let told = rule.map_or(Vec::new(), |rule| messages(&world, rule, 40));
                let (_, results) = korea(&world, with_own_scans(&world, told), 41);
                nees_of(&world, results.last().expect("a tick"))
            })
            .collect();
        judge(&per_run, &band).expect("valid")
    };
    assert_eq!(judged(None).verdict, Verdict::Consistent);
    assert_eq!(judged(Some(FusionRule::Information)).verdict, Verdict::Consistent);
    assert_ne!(judged(Some(FusionRule::CovarianceIntersection)).verdict, Verdict::Overconfident);
    let naive = judged(Some(FusionRule::Naive));
    assert_eq!(naive.verdict, Verdict::Overconfident);
    assert!(naive.mean > 3.0 * band.high, "{}", naive.mean);
}

#[test]
fn news_goes_in_once_whatever_the_way_and_the_number() {
    let world = coasting(1, TrackerConfig::default());
    let told = messages(&world, FusionRule::Information, LOOKS);
    let (once, _) = korea(&world, with_own_scans(&world, told.clone()), LOOKS + 1);
    // The same by a second way, later and in the name of another link.
    let mut twice = told.clone();
    twice.extend(told.iter().map(|(arrival, what)| (arrival.plus_seconds(7.3), what.clone())));
    let (again, _) = korea(&world, with_own_scans(&world, twice), LOOKS + 8);
    let (once_more, _) = korea(&world, with_own_scans(&world, told.clone()), LOOKS + 8);
    assert_eq!(format!("{:?}", again.history.tracker), format!("{:?}", once_more.history.tracker));
    assert_eq!(again.counts().duplicates, told.len() as u64);

    // A tracklet up to an instant that the whole estimate already covers.
    let mut tracker = once.history.tracker.clone();
    let Some((_, Arrival::Message(Message { fact: Fact::Tracklet(last), .. }))) = told.last() else {
        panic!("a tracklet")
    };
    assert_eq!(tracker.tracklet(&world.setup, last), Outcome::Known);
    assert_eq!(format!("{tracker:?}"), format!("{:?}", once.history.tracker));
}

#[test]
fn a_tracklet_from_before_the_introduction_is_known() {
    let world = coasting(2, TrackerConfig::default());
    let told = messages(&world, FusionRule::Information, LOOKS);
    let facts = || {
        told.iter().map(|(_, what)| match what {
            Arrival::Message(message) => &message.fact,
            Arrival::Scan(_) => panic!("no scan is told"),
        })
    };
    let estimates: Vec<_> = facts()
        .filter_map(|fact| if let Fact::Estimate(estimate) = fact { Some(estimate) } else { None })
        .collect();
    let tracklets: Vec<_> = facts()
        .filter_map(|fact| if let Fact::Tracklet(tracklet) = fact { Some(tracklet) } else { None })
        .collect();
    // Introduced at once and every thirty seconds after.
    assert!(estimates.len() >= 3 && estimates[1].time.seconds_since(estimates[0].time) == 30.0);
    let mut tracker = super::tracker::Tracker::default();
    let second = estimates[1];
    tracker.estimate(&world.setup, second, FusionRule::Information, second.time);
    let adopted = tracker.tracks[0].filter;
    let before = tracklets.iter().filter(|tracklet| tracklet.until <= second.time);
    for tracklet in before {
        assert_eq!(tracker.tracklet(&world.setup, tracklet), Outcome::Known);
    }
    assert_eq!(tracker.tracks[0].filter, adopted);
    let after = tracklets.iter().find(|tracklet| tracklet.until > second.time).expect("a later one");
    assert_eq!(tracker.tracklet(&world.setup, after), Outcome::Used);
    assert!(tracker.tracks[0].pedigree.contains(after.origin, after.until));
    // The third introduction is nothing new to whoever has followed.
    assert_eq!(
        tracker.estimate(&world.setup, estimates[2], FusionRule::Information, estimates[2].time),
        Outcome::Known
    );
}

#[test]
fn what_comes_back_to_its_author_is_ignored() {
    let world = coasting(3, TrackerConfig::default());
    let told = messages(&world, FusionRule::Information, LOOKS);
    let japan = |arrivals: Vec<(Time, Arrival)>| {
        let mut node = Node::new(JAPAN, Arc::clone(&world.setup));
        let results = run(&mut node, arrivals, LOOKS + 1);
        (node, results)
    };
    let own = at_once(&world.scans_of(JAPAN));
    let mut echoed = own.clone();
    echoed.extend(told.iter().cloned());
    let (alone, _) = japan(own);
    let (node, results) = japan(echoed);
    assert_eq!(node.digest(), alone.digest());
    assert_eq!(node.counts().known, told.len() as u64);
    assert!(results.iter().all(|result| result.heard.is_empty()), "no hub passes an echo on");
}

#[test]
fn a_lost_mapping_is_found_again_at_the_next_introduction() {
    let world = coasting(4, TrackerConfig::default());
    let mut told = messages(&world, FusionRule::Information, LOOKS);
    let origin = origin_of(&told);
    // In the place of one tracklet comes one of another object: it does not fit, and the two tracks part.
    let index = told.len() / 3;
    let Arrival::Message(message) = &mut told[index].1 else { panic!("a message") };
    let Fact::Tracklet(tracklet) = &mut message.fact else { panic!("a tracklet") };
    let parted = tracklet.until.seconds_since(START);
    tracklet.vector += tracklet.information * Vector6::new(1e5, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (node, results) = korea(&world, with_own_scans(&world, told), LOOKS + 1);
    let news_until = |result: &TickResult| {
        let pedigree = &result.picture.confirmed().next()?.pedigree;
        pedigree.iter().find(|(known, _)| *known == origin).map(|(_, until)| until.seconds_since(START))
    };
    let stalled = results.iter().filter(|result| news_until(result) == Some(parted - 1.0)).count();
    assert!((2..31).contains(&stalled), "{stalled} ticks without news");
    // The forged one and those after it, but for ticks at which Japan saw nothing.
    assert!((2..stalled as u64).contains(&node.counts().refused));
    assert_eq!(news_until(results.last().expect("a tick")), Some(f64::from(LOOKS)));
}

#[test]
fn estimates_older_than_the_history_are_brought_forward() {
    let tracker = TrackerConfig { history_s: 10.0, ..TrackerConfig::default() };
    let world = coasting(5, tracker);
    for rule in [FusionRule::Information, FusionRule::CovarianceIntersection] {
        let late = |(arrival, what): (Time, Arrival)| (arrival.plus_seconds(25.0), what);
        let told: Vec<_> = messages(&world, rule, LOOKS).into_iter().map(late).collect();
        // Korea has no plots of its own.
        let (_, results) = korea(&world, told, 110);
        let spread = |at_s: usize| {
            let result = &results[at_s - 1];
            assert!(nees_of(&world, result) < 40.0, "{rule:?} at {at_s} s: {}", nees_of(&world, result));
            let cov = only(result).kinematic.covariance;
            (0..3).map(|axis| cov[(axis, axis)]).sum::<f64>().sqrt()
        };
        // Each later estimate says more.
        assert!(spread(95) < 0.5 * spread(40), "{rule:?}: {} {}", spread(40), spread(95));
    }
}

#[test]
fn a_fact_is_passed_on_once() {
    let world = coasting(6, TrackerConfig::default());
    let told = messages(&world, FusionRule::Information, 40);
    let mut twice = told.clone();
    twice.extend(told.iter().map(|(arrival, what)| (arrival.plus_seconds(3.0), what.clone())));
    let (_, results) = korea(&world, twice, 50);
    // Else two hubs would send it to each other for ever.
    assert_eq!(results.iter().map(|result| result.heard.len()).sum::<usize>(), told.len());
}

#[test]
fn a_track_is_fused_as_two_gaussians_are() {
    type Fuse = fn(&Kinematic, &Kinematic) -> Kinematic;
    let rules: [(FusionRule, Fuse); 3] = [
        (FusionRule::Naive, |own, remote| {
            fuse_correlated(own, remote, &nalgebra::Matrix6::zeros()).expect("positive")
        }),
        (FusionRule::CovarianceIntersection, |own, remote| {
            let weight = intersection_weight(&own.covariance, &remote.covariance).expect("positive");
            assert!((0.1..0.9).contains(&weight), "{weight}: both matter");
            covariance_intersection(own, remote, weight).expect("positive")
        }),
        (FusionRule::InverseCovarianceIntersection, |own, remote| {
            let (own_covariance, covariance) = (&own.covariance, &remote.covariance);
            let weight = inverse_intersection_weight(own_covariance, covariance, Criterion::Determinant);
            inverse_covariance_intersection(own, remote, weight.expect("positive")).expect("positive")
        }),
    ];
    let world = coasting(8, TrackerConfig::default());
    let (node, _) = korea(&world, with_own_scans(&world, Vec::new()), 40);
    for (rule, fuse) in rules {
        let told = messages(&world, rule, 40);
        let Some((_, Arrival::Message(Message { fact: Fact::Estimate(estimate), .. }))) = told.last() else {
            panic!("an estimate")
        };
        let mut tracker = node.history.tracker.clone();
        let coast_only = |filter: &mut MissileFilter| filter.probabilities = [0.0, 1.0, 0.0];
        let mut estimate = estimate.clone();
        coast_only(&mut estimate.filter);
        coast_only(&mut tracker.tracks[0].filter);
        let (own, remote) = (tracker.tracks[0].filter.coast, estimate.filter.coast);
        let outcome = tracker.estimate(&world.setup, &estimate, rule, estimate.time);
        assert_eq!((outcome, tracker.tracks.len()), (Outcome::Used, 1));
        let expected = fuse(&own, &remote);
        let found = tracker.tracks[0].filter.coast;
        let sigmas = expected.covariance.diagonal().map(f64::sqrt);
        let error = (found.covariance - expected.covariance).component_div(&(sigmas * sigmas.transpose()));
        assert!(error.amax() < 1e-6, "{rule:?}: {:e}", error.amax());
        assert!((found.mean - expected.mean).component_div(&sigmas).amax() < 1e-6, "{rule:?}");
    }
}
