//! Liars are named and lose their influence; the honest keep theirs.

use super::order_tests::{link, told_by_japan};
use super::scenario_tests::*;
use super::{EventKind, Node, TickResult, TrackerConfig};
use crate::filter::{Gaussian, MissileFilter};
use crate::share::{Audience, Estimate, Fact, FusionRule, Message};
use crate::types::{Duration, Pedigree, Time, TrackId};
use nalgebra::{SMatrix, SVector, Vector3, Vector6};
use std::sync::Arc;

const LOOKS: u32 = 220;

/// A node that tests its peers.
fn wary() -> TrackerConfig {
    TrackerConfig {
        peer_doubt_probability: 1e-6,
        peer_quarantine_probability: 1e-9,
        ..TrackerConfig::default()
    }
}

fn world(seed: u64, tracker: TrackerConfig) -> World {
    World::new(setup(0.0, tracker), Flight::coasting(), LOOKS, seed)
}

fn honest(world: &World, rule: FusionRule) -> Vec<(Time, Message)> {
    let told = told_by_japan(world, &mut link(rule), LOOKS);
    told.into_iter().map(|sent| (sent.arrival.plus_seconds(2.0), sent.message)).collect()
}

fn korea(world: &World, told: Vec<(Time, Message)>) -> (Node, Vec<TickResult>) {
    let mut arrivals = at_once(&world.scans_of(KOREA));
    arrivals.extend(told.into_iter().map(|(arrival, message)| (arrival, Arrival::Message(message))));
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let results = run(&mut node, arrivals, LOOKS + 5);
    (node, results)
}

/// Every position off by so much more with each second between two times, s after the start.
fn drift(told: &mut [(Time, Message)], rate_m_s: f64, (from_s, to_s): (f64, f64)) {
    for (_, message) in told {
        let at_s = message.fact.time().seconds_since(START);
        if at_s < from_s || at_s >= to_s {
            continue;
        }
        let offset = Vector6::new(0.0, 0.0, (at_s - from_s) * rate_m_s, 0.0, 0.0, 0.0);
        match &mut message.fact {
            Fact::Tracklet(tracklet) => tracklet.reference += offset,
            Fact::Estimate(estimate) => {
                estimate.filter.coast.mean += offset;
                let shift = SVector::<f64, 9>::from_fn(|axis, _| if axis < 6 { offset[axis] } else { 0.0 });
                estimate.filter.boost.mean += shift;
            }
            Fact::Cue { .. } => {}
        }
    }
}

/// When the events name the liar, s after the start; and readmissions.
fn named(results: &[TickResult]) -> (Vec<f64>, Vec<f64>) {
    let (mut caught, mut readmitted) = (Vec::new(), Vec::new());
    for event in results.iter().flat_map(|result| &result.events) {
        let at_s = event.time.seconds_since(START);
        match event.kind {
            EventKind::Quarantined { peer, log_ratio, bound } => {
                assert_eq!(peer, JAPAN);
                assert!(log_ratio >= bound);
                caught.push(at_s);
            }
            EventKind::Readmitted { peer } => {
                assert_eq!(peer, JAPAN);
                readmitted.push(at_s);
            }
            _ => {}
        }
    }
    (caught, readmitted)
}

/// Squared error of the track nearest to the missile, and false tracks, summed over ticks from `from_s` on.
fn errors(world: &World, results: &[TickResult], from_s: usize) -> (f64, usize) {
    let (mut squares, mut ghosts) = (0.0, 0);
    for result in results.iter().skip(from_s) {
        let truth_m: Vector3<f64> =
            world.flight.at(result.picture.time.seconds_since(START)).fixed_rows::<3>(0).into();
        let distance_m =
            |track: &super::PictureTrack| (track.kinematic.mean.fixed_rows::<3>(0) - truth_m).norm();
        let nearest = result.picture.confirmed().map(distance_m).fold(50e3, f64::min);
        squares += nearest * nearest;
        ghosts += result.picture.confirmed().filter(|track| distance_m(track) > 10e3).count();
    }
    (squares, ghosts)
}

#[test]
fn a_growing_offset_is_named_and_taken_out_again() {
    let (mut with, mut alone) = (0.0, 0.0);
    for seed in 0..6 {
        let world = world(seed, wary());
        let mut told = honest(&world, FusionRule::Information);
        drift(&mut told, 100.0, (20.0, 1e3));
        let (node, results) = korea(&world, told);
        let (caught, readmitted) = named(&results);
        assert!(matches!(caught[..], [20.0..60.0]), "seed {seed}: {caught:?}");
        assert!(readmitted.is_empty() && node.counts().barred > 50, "{:?}", node.counts());
        let (_, siloed) = korea(&world, Vec::new());
        // What was taken in is out again: the same picture but for what the liar introduced first.
        let last = |results: &[TickResult]| {
            let tracks: Vec<_> =
                results[results.len() - 1].picture.confirmed().map(|track| track.kinematic).collect();
            assert_eq!(tracks.len(), 1);
            tracks[0]
        };
        assert!((last(&results).mean - last(&siloed).mean).norm() < 1e-6, "seed {seed}");
        with += errors(&world, &results, 20).0;
        alone += errors(&world, &siloed, 20).0;
    }
    assert!((with / alone).sqrt() < 2.0, "{}", (with / alone).sqrt());
    // Without tests the same lies make a second missile of one.
    let trusting = TrackerConfig {
        peer_doubt_probability: 0.0,
        peer_quarantine_probability: 0.0,
        ..TrackerConfig::default()
    };
    let world = world(0, trusting);
    let mut told = honest(&world, FusionRule::Information);
    drift(&mut told, 100.0, (20.0, 1e3));
    let (_, believed) = korea(&world, told);
    assert!(named(&believed).0.is_empty());
    assert!(believed.iter().any(|result| result.picture.confirmed().count() > 1));
}

#[test]
fn who_behaves_again_is_readmitted_and_counts_again() {
    let world = world(2, wary());
    let mut told = honest(&world, FusionRule::Information);
    drift(&mut told, 200.0, (20.0, 80.0));
    let (_, results) = korea(&world, told.clone());
    let (caught, readmitted) = named(&results);
    assert!(matches!(caught[..], [20.0..80.0]), "{caught:?}");
    // The last lie is of 79 s. Once the evidence is forgiven, thirty seconds without doubt.
    assert!(matches!(readmitted[..], [110.0..200.0]), "{readmitted:?}");
    let (_, alone) = korea(&world, Vec::new());
    let spread = |results: &[TickResult]| {
        let track = results[results.len() - 1].picture.confirmed().next().expect("a track").clone();
        track.kinematic.covariance.fixed_view::<3, 3>(0, 0).trace()
    };
    assert!(spread(&results) < 0.8 * spread(&alone), "{} {}", spread(&results), spread(&alone));
}

#[test]
fn who_tells_again_what_was_told_before_is_named() {
    let world = world(3, wary());
    let mut told = honest(&world, FusionRule::Information);
    let span = Duration::from_nanoseconds(40_000_000_000);
    let again: Vec<_> = told
        .iter()
        .filter(|(arrival, _)| arrival.seconds_since(START) < 60.0)
        .map(|(arrival, message)| {
            let mut message = message.clone();
            match &mut message.fact {
                Fact::Tracklet(tracklet) => tracklet.until = tracklet.until + span,
                Fact::Estimate(estimate) => estimate.time = estimate.time + span,
                Fact::Cue { .. } => {}
            }
            (*arrival + span, message)
        })
        .collect();
    let first_s = again[0].0.seconds_since(START);
    told.retain(|(arrival, _)| arrival.seconds_since(START) < first_s);
    told.extend(again);
    let (_, results) = korea(&world, told);
    let (caught, _) = named(&results);
    assert!(matches!(caught[..], [at_s] if (first_s..first_s + 60.0).contains(&at_s)), "{caught:?}");
    // The old track comes back as a second missile, until the own sensors have looked for it in vain for a while.
    let (with, alone) = (errors(&world, &results, 60), errors(&world, &korea(&world, Vec::new()).1, 60));
    assert!((with.0 / alone.0).sqrt() < 2.0 && with.1 <= 10, "{with:?} {alone:?}");
}

/// So many missiles that nobody launched, told of from 30 s on.
fn flood(count: u64, told: &mut Vec<(Time, Message)>) {
    for ghost in 0..count {
        let mut mean = SVector::<f64, 9>::zeros();
        let place_m = Flight::coasting().at(0.0).fixed_rows::<3>(0) * 1.05;
        mean.fixed_rows_mut::<3>(0).copy_from(&(place_m + Vector3::new(0.0, 0.0, 60e3 * ghost as f64)));
        mean[5] = 1_000.0;
        let covariance =
            SMatrix::from_diagonal(&SVector::<f64, 9>::from_fn(|axis, _| if axis < 3 { 1e4 } else { 4.0 }));
        let time = START.plus_seconds(30.0);
        let filter = MissileFilter::from_boost(
            Gaussian { mean, covariance },
            0.0,
            &crate::filter::MissileModels::for_tests(),
        );
        let origin = (JAPAN, TrackId(500 + ghost));
        let estimate = Estimate { origin, time, first_seen: time, filter, pedigree: Pedigree::default() };
        let fact = Fact::Estimate(Box::new(estimate));
        told.push((
            time.plus_seconds(1.5),
            Message { fact, fusion: FusionRule::Information, audience: Audience::EVERYBODY },
        ));
    }
}

#[test]
fn a_flood_of_ghosts_is_named_and_gone() {
    let world = world(4, wary());
    let mut told = honest(&world, FusionRule::Information);
    flood(40, &mut told);
    let (_, results) = korea(&world, told);
    let (caught, _) = named(&results);
    assert!(matches!(caught[..], [32.0..42.0]), "{caught:?}");
    assert_eq!(errors(&world, &results, caught[0] as usize).1, 0);
}

#[test]
fn the_honest_are_not_named_by_any_rule() {
    for seed in 0..12 {
        let world = world(seed, wary());
        for rule in [FusionRule::Information, FusionRule::CovarianceIntersection] {
            let (node, results) = korea(&world, honest(&world, rule));
            assert!(named(&results).0.is_empty(), "seed {seed}, {rule:?}: {:?}", named(&results));
            assert_eq!(node.counts().barred, 0);
        }
        // The scans themselves.
        let (node, results) = {
            let mut node = Node::new(KOREA, Arc::clone(&world.setup));
            let results = run(&mut node, at_once(&world.scans), LOOKS);
            (node, results)
        };
        assert!(named(&results).0.is_empty() && node.counts().barred == 0, "seed {seed}");
    }
}

#[test]
fn a_sensor_whose_plots_drift_is_its_owners_lie() {
    let world = world(5, wary());
    let scans: Vec<_> = world
        .scans
        .iter()
        .map(|scan| {
            let mut scan = (**scan).clone();
            let lasts_s = scan.time.seconds_since(START) - 20.0;
            if scan.sensor.0 == JAPAN.0 && lasts_s > 0.0 {
                for plot in &mut scan.plots {
                    if let crate::types::Plot::Radar { range_m, .. } = plot {
                        *range_m += 100.0 * lasts_s;
                    }
                }
            }
            Arc::new(scan)
        })
        .collect();
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let results = run(&mut node, at_once(&scans), LOOKS);
    let (caught, _) = named(&results);
    assert!(matches!(caught[..], [20.0..60.0]), "{caught:?}");
    let (_, siloed) = korea(&world, Vec::new());
    let (with, alone) = (errors(&world, &results, 20).0, errors(&world, &siloed, 20).0);
    assert!((with / alone).sqrt() < 2.0, "{}", (with / alone).sqrt());
}

#[test]
fn a_name_told_of_another_place_takes_no_track_away() {
    let world = world(1, TrackerConfig::default());
    let mut told = honest(&world, FusionRule::CovarianceIntersection);
    // For a few seconds hundreds of kilometres off.
    drift(&mut told, 300e3, (59.0, 64.0));
    // The node hears of the missile before it sees it, so that its track has the name that it was told.
    let late: Vec<_> =
        world.scans_of(KOREA).into_iter().filter(|scan| scan.time.seconds_since(START) > 30.0).collect();
    let mut arrivals = at_once(&late);
    arrivals.extend(told.into_iter().map(|(arrival, message)| (arrival, Arrival::Message(message))));
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let results = run(&mut node, arrivals, 80);
    let on_it = |at: usize| {
        let picture = &results[at].picture;
        let truth_m: Vector3<f64> =
            world.flight.at(picture.time.seconds_since(START)).fixed_rows::<3>(0).into();
        let is_near =
            |track: &&super::PictureTrack| (track.kinematic.mean.fixed_rows::<3>(0) - truth_m).norm() < 10e3;
        picture.confirmed().find(is_near).map(|track| track.id)
    };
    let name = on_it(55).expect("a track");
    assert!(name.0 >> 63 == 1, "told by another node");
    for at in 56..80 {
        assert_eq!(on_it(at), Some(name), "{at} s");
    }
}
