//! What sensors report against what their models say: 20,000 draws and more, enough to see an error of five per cent.
//!
//! Seeds are fixed. Bounds are four standard errors of a mean or a share (6e-5 for one comparison) and the 99.9 % point of
//! a chi-square or Kolmogorov-Smirnov statistic, so that a right program passes with nearly every seed.

mod before_launch;
mod clutter;
mod paired;
mod perturb;
mod platforms;
mod registration;
mod resolution;
mod scenarios;
mod schedules;
mod signal;

use fusion_core::measurement::Station;
use fusion_core::types::{
    Geodetic, InfraredModel, NodeId, ObjectId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, Time,
    ecef_from_geodetic,
};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::mount::Mount;
use sensor_sim::sensor::{self, Site, Target};

/// Draws of every statistic.
const DRAWS: u32 = 20_000;
const SEED: Seed = Seed { seed: 2_024, run: 3 };

/// A sensor on the ground that sees all that it covers and nothing else.
fn sensor(kind: SensorKind) -> Sensor {
    Sensor {
        id: SensorId(5),
        name: "sensor".into(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(37.0, 136.0, 200.0)),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.0,
        detection_probability: 1.0,
        clutter_per_scan: 0.0,
        kind,
    }
}

fn radar(model: RadarModel) -> Sensor {
    sensor(SensorKind::Radar(model))
}

/// An infrared sensor in geosynchronous orbit that looks at the peninsula.
fn satellite() -> Sensor {
    let kind = SensorKind::Infrared(InfraredModel {
        aim_m: ecef_from_geodetic(Geodetic::from_degrees(40.0, 130.0, 0.0)),
        half_width_rad: 0.035,
        minimum_target_height_m: 10e3,
        angle_sigma_rad: 5e-5,
    });
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 100.0, 35_786e3));
    Sensor { position_m, ..sensor(kind) }
}

/// Something of one square metre that stands still.
fn target(id: u32, position_m: Vector3<f64>) -> Target {
    Target {
        id: ObjectId(id),
        draws: id,
        position_m,
        velocity_m_s: Vector3::zeros(),
        burns: false,
        is_under_water: false,
        cross_section_m2: 1.0,
    }
}

/// A place by azimuth and elevation, degrees, and range, m, from a sensor.
fn seen_from(sensor: &Sensor, azimuth_deg: f64, elevation_deg: f64, range_m: f64) -> Vector3<f64> {
    let station = Station::of(sensor);
    station.position_m + station.direction(azimuth_deg.to_radians(), elevation_deg.to_radians()) * range_m
}

/// The plots of a look at the whole coverage.
fn look(sensor: &Sensor, mount: &Mount, targets: &[Target], slot: u32) -> Vec<Plot> {
    sensor::plots(&Station::of(sensor), mount, targets, (slot, SEED)).0
}

/// The looks of a sensor until `end_s`, from the beginning of time on.
fn looks(
    (sensor, mount): (&Sensor, &Mount),
    end_s: f64,
    seed: Seed,
    sky: impl Fn(f64) -> Vec<Target>,
    sites: &[Site],
) -> Vec<Scan> {
    sensor::looks((sensor, mount), Time::default(), end_s, seed, sky, sites).expect("looks")
}

/// Gapless numbers and times that only grow.
fn assert_in_order(scans: &[Scan]) {
    for (number, scan) in (0_u32..).zip(scans) {
        assert_eq!(scan.sequence, number);
        assert!(scan.plots.iter().all(Plot::is_valid), "{scan:?}");
    }
    assert!(scans.windows(2).all(|pair| pair[0].time < pair[1].time));
}

/// The mean of some values is `expected`, and their variance `variance`, both within four standard errors of normal draws.
fn assert_moments(values: &[f64], expected: f64, variance: f64, what: &str) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let found = values.iter().map(|value| (value - expected) * (value - expected)).sum::<f64>() / count;
    let mean_bound = 4.0 * (variance / count).sqrt();
    assert!((mean - expected).abs() < mean_bound, "{what}: mean {mean}, expected {expected} ± {mean_bound}");
    let ratio_bound = 4.0 * (2.0 / count).sqrt();
    let ratio = found / variance;
    assert!((ratio - 1.0).abs() < ratio_bound, "{what}: variance {ratio} of the expected, ± {ratio_bound}");
}

/// A share of `count` cases is `expected` within four standard errors.
fn assert_share(found: u32, count: u32, expected: f64, what: &str) {
    let share = f64::from(found) / f64::from(count);
    let bound = 4.0 * (expected * (1.0 - expected) / f64::from(count)).sqrt();
    assert!((share - expected).abs() <= bound, "{what}: {share}, expected {expected} ± {bound}");
}

/// Largest distance of an empirical distribution from a continuous one, times the root of the number of values: above
/// 1.95 in one case of a thousand.
fn kolmogorov_smirnov(values: &mut [f64], distribution: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let distance = |(index, value): (usize, &f64)| {
        let (share, below) = (distribution(*value), index as f64 / count);
        (share - below).abs().max((below + 1.0 / count - share).abs())
    };
    values.iter().enumerate().map(distance).fold(0.0, f64::max) * count.sqrt()
}

/// Chi-square statistic of counts against their expectations.
fn chi_square(counts: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(counts.len(), expected.len());
    counts
        .iter()
        .zip(expected)
        .map(|(count, expected)| (count - expected) * (count - expected) / expected)
        .sum()
}

/// Counts of values in [0, 1] in twenty equal cells, against equal expectations: above 43.8 in one case of a thousand.
fn unevenness(shares: impl Iterator<Item = f64>) -> f64 {
    let mut counts = [0.0; 20];
    for share in shares {
        assert!((0.0..=1.0).contains(&share), "outside: {share}");
        counts[((share * 20.0) as usize).min(19)] += 1.0;
    }
    let expected = counts.iter().sum::<f64>() / 20.0;
    chi_square(&counts, &[expected; 20])
}

/// An angle from another, radians in [-π, π).
fn turned(angle_rad: f64, from_rad: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    (angle_rad - from_rad + PI).rem_euclid(TAU) - PI
}
