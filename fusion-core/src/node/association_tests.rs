//! Every method of association inside a node.

use super::order_tests::{assert_same, delayed, heard};
use super::scenario_tests::*;
use super::{Node, Setup, TrackerConfig};
use crate::association::Method;
use crate::types::{Scan, TrackId};
use nalgebra::Vector3;
use std::sync::Arc;

const METHODS: [Method; 3] = [Method::NearestNeighbour, Method::Joint, Method::MultipleHypotheses];

fn setup_with(association: Method, clutter_per_scan: f64) -> Arc<Setup> {
    setup(clutter_per_scan, TrackerConfig { association, ..TrackerConfig::default() })
}

/// Two flights in free fall whose paths pass each other.
struct Pair {
    flights: [Flight; 2],
    scans: Vec<Arc<Scan>>,
}

const CROSS_AT_S: f64 = 60.0;
const PARTED_S: u32 = 120;

impl Pair {
    /// Flights that pass each other in the given distance, with what the radars see of both.
    fn new(setup: &Arc<Setup>, least_distance_m: f64, seed: u64) -> Self {
        let one = Flight::coasting();
        let velocity_m_s: Vector3<f64> = one.start.fixed_rows::<3>(3).into();
        let across = Vector3::z().cross(&velocity_m_s).normalize();
        let mut other = Flight::coasting();
        let mut position_m = other.start.fixed_rows_mut::<3>(0);
        position_m += across * (-20.0 * CROSS_AT_S) + Vector3::new(0.0, 0.0, least_distance_m);
        let mut velocity_m_s = other.start.fixed_rows_mut::<3>(3);
        velocity_m_s += across * 20.0;
        let flights = [one, other];
        let mut scans = Vec::new();
        for sequence in 0..PARTED_S {
            for sensor in &setup.sensors {
                let after_s = sensor.first_look_s + f64::from(sequence) * sensor.revisit_s;
                let [mut seen, also] = [0, 1].map(|flight| {
                    look(sensor, &flights[flight], sequence, after_s, 2 * seed + flight as u64)
                });
                seen.plots.extend(also.plots);
                scans.push(Arc::new(seen));
            }
        }
        Pair { flights, scans }
    }

    /// The confirmed track that is nearest to each flight, with its distance, m.
    fn tracks(&self, result: &super::TickResult, after_s: f64) -> [(TrackId, f64); 2] {
        [0, 1].map(|flight| {
            let true_m: Vector3<f64> = self.flights[flight].at(after_s).fixed_rows::<3>(0).into();
            let distance = |track: &super::PictureTrack| {
                let position_m: Vector3<f64> = track.kinematic.mean.fixed_rows::<3>(0).into();
                (track.id, (position_m - true_m).norm())
            };
            let nearest = result.picture.confirmed().map(distance).min_by(|a, b| a.1.total_cmp(&b.1));
            nearest.expect("a confirmed track")
        })
    }
}

#[test]
fn every_method_confirms_one_track_of_one_flight_in_clutter() {
    for method in METHODS {
        for seed in 0..5 {
            let world = World::new(setup_with(method, 3.0), Flight::boosting(), 60, seed);
            let mut node = Node::new(KOREA, Arc::clone(&world.setup));
            let results = run(&mut node, at_once(&world.scans), 60);
            for (second, result) in results.iter().enumerate().skip(15) {
                let confirmed: Vec<_> = result.picture.confirmed().collect();
                assert_eq!(confirmed.len(), 1, "{method:?}, seed {seed}, {second} s");
                let true_m: Vector3<f64> = world.flight.at(second as f64 + 1.0).fixed_rows::<3>(0).into();
                let found_m: Vector3<f64> = confirmed[0].kinematic.mean.fixed_rows::<3>(0).into();
                assert!((found_m - true_m).norm() < 3_000.0, "{method:?}, seed {seed}, {second} s");
            }
        }
    }
}

#[test]
fn the_order_of_what_arrives_changes_nothing_by_any_method() {
    for method in METHODS {
        let setup = setup_with(method, 3.0);
        let mut scans = Pair::new(&setup, 300.0, 11).scans;
        scans.retain(|scan| scan.sequence < 70);
        let world = World { setup, flight: Flight::coasting(), scans };
        let in_order = at_once(&world.scans);
        let late = heard(&world, delayed(&in_order, 30.0, 5));
        assert!(late.0.counts().replayed > 100);
        assert_eq!(late.0.counts().too_late, 0);
        assert_same(&heard(&world, in_order), &late);
    }
}

#[test]
fn two_flights_that_cross_keep_both_tracks_and_mostly_their_own() {
    let runs = 10;
    for method in METHODS {
        let mut kept = 0;
        for seed in 0..runs {
            let setup = setup_with(method, 0.5);
            let pair = Pair::new(&setup, 600.0, seed);
            let mut node = Node::new(KOREA, setup);
            let results = run(&mut node, at_once(&pair.scans), PARTED_S);
            let before = pair.tracks(&results[29], 30.0);
            assert_ne!(before[0].0, before[1].0, "{method:?}, seed {seed}");
            for result in &results[29..] {
                assert!(result.picture.confirmed().count() >= 2, "{method:?}, seed {seed}: one was lost");
            }
            let after = pair.tracks(&results[PARTED_S as usize - 1], f64::from(PARTED_S));
            kept += u32::from((0..2).all(|flight| after[flight].0 == before[flight].0));
        }
        assert!(kept >= 8, "{method:?}: {kept} of {runs}");
    }
}
