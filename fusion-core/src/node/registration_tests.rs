//! A radar that moves and is off: found by one that stands, said once, and no longer a second missile.

use super::scenario_tests::*;
use super::{EventKind, Node, TickResult, TrackerConfig};
use crate::registration::Biases;
use crate::types::SensorId;
use std::sync::Arc;

const LOOKS: u32 = 90;
const OFF: Biases = Biases { range_m: 500.0, azimuth_rad: 3e-3, elevation_rad: -3e-3, time_s: 0.1 };

/// What Korea makes of both radars, the second of which moves and is off.
fn korea(registration: bool, seed: u64) -> (World, Node, Vec<TickResult>) {
    let mut setup =
        super::Setup::clone(&setup(0.3, TrackerConfig { registration, ..TrackerConfig::default() }));
    setup.sensors[1].navigation_sigma_m = 1.0;
    let mut world = World::new(Arc::new(setup), Flight::coasting(), LOOKS, seed);
    let put_off = Biases::from_vector(&-OFF.vector());
    for scan in world.scans.iter_mut().filter(|scan| scan.sensor == SensorId(1)) {
        *scan = Arc::new(put_off.correct_scan(scan));
    }
    let mut node = Node::new(KOREA, Arc::clone(&world.setup));
    let results = run(&mut node, at_once(&world.scans), LOOKS);
    (world, node, results)
}

/// Distance of the nearest confirmed track from the truth at the end, m, and how many missiles there are.
fn at_the_end(world: &World, results: &[TickResult]) -> (f64, usize) {
    let last = results.last().expect("a tick");
    let truth = world.flight.at(last.picture.time.seconds_since(START));
    let away_m = |track: &super::PictureTrack| (track.kinematic.mean - truth).fixed_rows::<3>(0).norm();
    let nearest_m = last.picture.confirmed().map(away_m).fold(f64::INFINITY, f64::min);
    (nearest_m, last.picture.missiles().count())
}

#[test]
fn a_radar_that_is_off_is_found_and_corrected() {
    for seed in 0..4 {
        let (world, node, results) = korea(true, seed);
        let found: Vec<_> = results
            .iter()
            .flat_map(|result| &result.events)
            .filter(|event| matches!(event.kind, EventKind::BiasFound { sensor: SensorId(1), .. }))
            .collect();
        assert_eq!(found.len(), 1, "seed {seed}: {found:?}");
        let (sensor, estimate) = node.sensor_biases().next().expect("one that moves");
        assert_eq!(sensor, SensorId(1));
        let error = (estimate.biases.vector() - OFF.vector()).component_div(&estimate.sigmas());
        assert!(error.amax() < 4.5, "seed {seed}: {error}");
        assert!(estimate.sigmas()[0] < 100.0 && estimate.sigmas()[2] < 6e-4, "{}", estimate.sigmas());
        let (error_m, missiles) = at_the_end(&world, &results);
        assert!(error_m < 500.0 && missiles == 1, "seed {seed}: {error_m} m, {missiles}");
    }
}

#[test]
fn without_registration_a_radar_that_is_off_makes_a_missile_of_its_own() {
    let (_, node, results) = korea(false, 0);
    assert_eq!(node.sensor_biases().count(), 0);
    let most = results.iter().map(|result| result.picture.missiles().count()).max();
    assert!(most >= Some(2), "{most:?}");
}

#[test]
fn a_scan_that_comes_again_later_is_known_though_more_is_known_of_its_sensor() {
    let (world, mut node, _) = korea(true, 0);
    let again: Vec<_> = world.scans.iter().rev().take(20).cloned().collect();
    let before = node.counts();
    again.iter().for_each(|scan| node.receive_scan(Arc::clone(scan)));
    node.tick(START.plus_seconds(f64::from(LOOKS + 1)));
    assert_eq!(node.counts().duplicates - before.duplicates, again.len() as u64);
    assert_eq!(node.counts().replayed, before.replayed);
}
