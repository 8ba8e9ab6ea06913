//! Resolution cells: what a radar takes for one.

use super::{DRAWS, assert_share, look, radar, seen_from, target};
use fusion_core::measurement::{Observation, Station};
use fusion_core::types::{ObjectId, Plot, RadarModel, Resolution, Sensor, SensorKind, SignalModel};
use nalgebra::Vector3;
use sensor_sim::mount::Mount;
use sensor_sim::sensor::{self, Target};

/// Without noise, and with a cell of 100 m by 5 mrad.
fn coarse(signal: Option<SignalModel>) -> Sensor {
    radar(RadarModel {
        resolution: Some(Resolution { range_m: 100.0, across_rad: 5e-3 }),
        range_sigma_m: 0.0,
        right_sigma_rad: 0.0,
        up_sigma_rad: 0.0,
        range_rate_sigma_m_s: Some(0.0),
        signal,
        ..RadarModel::default()
    })
}

/// Targets 10 degrees high by arc to the right, mrad, and range over 200 km, m.
fn targets<const COUNT: usize>(sensor: &Sensor, places: [(f64, f64); COUNT]) -> Vec<Target> {
    let place = |(right_mrad, beyond_m): (f64, f64)| {
        let azimuth_rad = right_mrad * 1e-3 / libm::cos(10_f64.to_radians());
        seen_from(sensor, azimuth_rad.to_degrees(), 10.0, 200e3 + beyond_m)
    };
    (0_u32..).zip(places).map(|(id, at)| target(id, place(at))).collect()
}

fn telling_apart(sensor: &Sensor) -> Sensor {
    let mut sensor = sensor.clone();
    let SensorKind::Radar(radar) = &mut sensor.kind else { panic!("a radar") };
    radar.resolution = None;
    sensor
}

fn place_of(sensor: &Sensor, plot: &Plot) -> Vector3<f64> {
    let observation = Observation::new(&Station::of(sensor), plot).expect("an observation");
    observation.position().expect("a range").0
}

#[test]
fn what_lies_in_one_cell_is_one_plot_and_chains_join() {
    let sensor = coarse(None);
    let mount = Mount::ideal(&sensor);
    let count = |targets: &[Target]| look(&sensor, &mount, targets, 0).len();
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (4.9, 99.0)])), 1);
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (4.9, 101.0)])), 2);
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (5.1, 99.0)])), 2);
    // The ends of a chain are apart, its links are not; the order does not count.
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (4.0, 80.0), (8.0, 160.0)])), 1);
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (8.0, 160.0), (4.0, 80.0)])), 1);
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (8.0, 160.0)])), 2);
    assert_eq!(count(&targets(&sensor, [(0.0, 0.0), (30.0, 0.0), (3.0, 0.0), (33.0, 0.0)])), 2);
    let apart = telling_apart(&sensor);
    assert_eq!(look(&apart, &mount, &targets(&sensor, [(0.0, 0.0), (4.9, 99.0)]), 0).len(), 2);
    let (_, found) = sensor::plots(
        &Station::of(&sensor),
        &mount,
        &targets(&sensor, [(0.0, 0.0), (30.0, 0.0), (3.0, 0.0)]),
        (0, super::SEED),
    );
    assert_eq!(found, [ObjectId(0), ObjectId(2), ObjectId(1)]);
}

#[test]
fn the_one_plot_lies_where_the_power_does_and_has_all_of_it() {
    // So strong that it is always seen.
    let signal =
        SignalModel { reference_range_m: 200e3, reference_ratio: 1e9, false_alarm_probability: 1e-6 };
    let sensor = coarse(Some(signal));
    let mut group = targets(&sensor, [(0.0, 0.0), (3.0, 40.0), (-2.0, 90.0)]);
    group[0].velocity_m_s = Vector3::new(100.0, -50.0, 3_000.0);
    group[2].velocity_m_s = Vector3::new(-900.0, 500.0, 100.0);
    let mut weights = [1.0, 3.0, 6.0];
    for (target, weight) in group.iter_mut().zip(&mut weights) {
        target.cross_section_m2 = *weight;
        *weight *= libm::pow(200e3 / (target.position_m - sensor.position_m).norm(), 4.0);
    }
    let mean = |pick: fn(&Target) -> Vector3<f64>| {
        let sum = group.iter().zip(weights).map(|(target, weight)| pick(target) * weight);
        sum.sum::<Vector3<f64>>() / weights.iter().sum::<f64>()
    };
    let (expected_m, velocity_m_s) = (mean(|target| target.position_m), mean(|target| target.velocity_m_s));
    let plots = look(&sensor, &Mount::ideal(&sensor), &group, 4);
    assert_eq!(plots.len(), 1);
    let off_m = (place_of(&sensor, &plots[0]) - expected_m).norm();
    assert!(off_m < 1e-3, "{off_m}");
    let Plot::Radar { range_rate_m_s: Some(rate_m_s), .. } = plots[0] else { panic!("no rate") };
    let along = (expected_m - sensor.position_m).normalize();
    assert!((rate_m_s - along.dot(&velocity_m_s)).abs() < 1e-3, "{rate_m_s}");

    // Without a law of the echo all count alike.
    let sensor = coarse(None);
    let middle_m = group.iter().map(|target| target.position_m).sum::<Vector3<f64>>() / 3.0;
    let plots = look(&sensor, &Mount::ideal(&sensor), &group, 4);
    assert!((place_of(&sensor, &plots[0]) - middle_m).norm() < 0.01);
}

#[test]
fn the_power_of_a_cell_decides_on_its_detection() {
    let signal =
        SignalModel { reference_range_m: 200e3, reference_ratio: 8.0, false_alarm_probability: 1e-4 };
    let sensor = coarse(Some(signal));
    let pair = targets(&sensor, [(0.0, 0.0), (2.0, 10.0)]);
    let mount = Mount::ideal(&sensor);
    let seen = |targets: &[Target]| {
        (0..DRAWS).map(|slot| look(&sensor, &mount, targets, slot).len() as u32).sum::<u32>()
    };
    let expected = |ratio: f64| libm::pow(1e-4, 1.0 / (1.0 + ratio));
    assert_share(seen(&pair), DRAWS, expected(16.0), "together");
    assert_share(seen(&pair[..1]), DRAWS, expected(8.0), "alone");
}
