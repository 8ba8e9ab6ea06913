//! What sensors report, over enough looks to catch an error of five per cent.

use fusion_core::measurement::Station;
use fusion_core::types::{
    Geodetic, InfraredModel, LineOfSight, NodeId, ObjectId, Plot, RadarModel, Sensor, SensorId, SensorKind,
    ecef_from_enu, ecef_from_geodetic,
};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::mount::Mount;
use sensor_sim::sensor::{self, Target, can_see};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

const LOOKS: u32 = 20_000;

fn radar() -> Sensor {
    let place = Geodetic::from_degrees(38.2, 138.4, 1_000.0);
    Sensor {
        id: SensorId(3),
        name: "radar".into(),
        owner: NodeId(0),
        position_m: ecef_from_geodetic(place),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.0,
        detection_probability: 0.8,
        clutter_per_scan: 0.0,
        kind: SensorKind::Radar(RadarModel {
            minimum_range_m: 10e3,
            maximum_range_m: 1_000e3,
            minimum_elevation_rad: 0.02,
            maximum_elevation_rad: FRAC_PI_2,
            azimuth_centre_rad: 6.0,
            azimuth_half_width_rad: 1.0,
            range_sigma_m: 30.0,
            right_sigma_rad: 2e-3,
            up_sigma_rad: 1e-3,
            ..RadarModel::default()
        }),
    }
}

fn infrared() -> Sensor {
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 100.0, 35_786e3));
    let aim_m = ecef_from_geodetic(Geodetic::from_degrees(40.0, 130.0, 0.0));
    Sensor {
        position_m,
        kind: SensorKind::Infrared(InfraredModel {
            aim_m,
            half_width_rad: 0.035,
            minimum_target_height_m: 10e3,
            angle_sigma_rad: 5e-5,
        }),
        ..radar()
    }
}

fn target(id: u32, position_m: Vector3<f64>, burns: bool) -> Target {
    let velocity_m_s = Vector3::zeros();
    Target {
        id: ObjectId(id),
        draws: id,
        position_m,
        velocity_m_s,
        burns,
        is_under_water: false,
        cross_section_m2: 1.0,
    }
}

/// The plots of a look at these targets.
fn look(sensor: &Sensor, slot: u32, targets: &[Target], seed: Seed) -> Vec<Plot> {
    sensor::plots(&Station::of(sensor), &Mount::ideal(sensor), targets, (slot, seed)).0
}

/// The plots of one object that stands still, over many looks.
fn plots(sensor: &Sensor, position_m: Vector3<f64>) -> Vec<Plot> {
    let object = [target(0, position_m, true)];
    (0..LOOKS).flat_map(|slot| look(sensor, slot, &object, Seed { seed: 11, run: 1 })).collect()
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    (mean, (variance / values.len() as f64).sqrt())
}

/// The residuals of radar plots in the line-of-sight frame of the truth, in sigmas: along, right, up.
fn radar_residuals(sensor: &Sensor, position_m: Vector3<f64>) -> [Vec<f64>; 3] {
    let rotation = Station::of(sensor).ecef_from_enu;
    let up: Vector3<f64> = rotation.column(2).into();
    let offset_m = position_m - sensor.position_m;
    let frame = LineOfSight::new(sensor.position_m, &offset_m, &up).expect("a direction");
    let mut residuals = [Vec::new(), Vec::new(), Vec::new()];
    for plot in plots(sensor, position_m) {
        assert!(plot.is_valid(), "{plot:?}");
        let Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } = plot else {
            panic!("not a radar's plot")
        };
        let horizontal = libm::cos(elevation_rad);
        let direction = rotation
            * Vector3::new(
                horizontal * libm::sin(azimuth_rad),
                horizontal * libm::cos(azimuth_rad),
                libm::sin(elevation_rad),
            );
        residuals[0].push((range_m - offset_m.norm()) / 30.0);
        residuals[1].push(direction.dot(&frame.right) / direction.dot(&frame.along) / 2e-3);
        residuals[2].push(direction.dot(&frame.up) / direction.dot(&frame.along) / 1e-3);
    }
    residuals
}

#[test]
fn radar_noise_and_detection_are_as_the_sensor_says_at_every_elevation() {
    let sensor = radar();
    let rotation = ecef_from_enu(Geodetic::from_degrees(38.2, 138.4, 1_000.0));
    // Low, across north, high, and at the very zenith where azimuth means nothing.
    for (east, north, up) in [(-0.5, 0.8, 0.1), (0.02, 1.0, 0.3), (-0.1, 0.3, 0.95), (0.0, 1e-6, 1.0)] {
        let direction = Vector3::new(east, north, up).normalize();
        let residuals = radar_residuals(&sensor, sensor.position_m + rotation * direction * 400e3);
        let share = residuals[0].len() as f64 / f64::from(LOOKS);
        // Four standard errors: 0.011.
        assert!((share - 0.8).abs() < 0.0115, "detected {share}");
        for (axis, values) in residuals.iter().enumerate() {
            let (mean, sigma) = spread(values);
            assert!(mean.abs() < 0.032 && (sigma - 1.0).abs() < 0.0225, "axis {axis}: {mean} {sigma}");
        }
        for (left, right) in [(0, 1), (0, 2), (1, 2)] {
            let products = residuals[left].iter().zip(&residuals[right]).map(|(a, b)| a * b);
            let correlation = products.sum::<f64>() / residuals[left].len() as f64;
            assert!(correlation.abs() < 0.032, "{left} and {right} go together: {correlation}");
        }
    }
}

#[test]
fn infrared_noise_is_as_the_sensor_says() {
    let sensor = infrared();
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(39.5, 126.0, 60e3));
    let [boresight, right, up] = Station::of(&sensor).infrared_axes().expect("axes");
    let offset_m = position_m - sensor.position_m;
    let along_m = offset_m.dot(&boresight);
    let (mut rights, mut ups) = (Vec::new(), Vec::new());
    for plot in plots(&sensor, position_m) {
        let Plot::Infrared { right_rad, up_rad } = plot else { panic!("not infrared") };
        rights.push((right_rad - libm::atan(offset_m.dot(&right) / along_m)) / 5e-5);
        ups.push((up_rad - libm::atan(offset_m.dot(&up) / along_m)) / 5e-5);
    }
    let share = rights.len() as f64 / f64::from(LOOKS);
    assert!((share - 0.8).abs() < 0.0115, "detected {share}");
    for values in [rights, ups] {
        let (mean, sigma) = spread(&values);
        assert!(mean.abs() < 0.032 && (sigma - 1.0).abs() < 0.0225, "{mean} {sigma}");
    }
}

#[test]
fn infrared_sees_only_what_burns_above_the_clouds() {
    let sensor = infrared();
    let sees = |height_m: f64, burns: bool| {
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(39.2, 125.673, height_m));
        can_see(&Station::of(&sensor), &target(0, position_m, burns))
    };
    assert!(sees(10_001.0, true) && !sees(9_999.0, true));
    assert!(!sees(50e3, false));
}

/// Chi-square statistic of counts against equal expectation.
fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts
        .iter()
        .map(|count| (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected)
        .sum()
}

/// Clutter of many looks as coordinates in [0, 1) of the coverage, and how many looks had 0, 1, .. plots.
fn clutter(sensor: &Sensor) -> (Vec<[f64; 3]>, Vec<u32>) {
    let (mut shares, mut numbers) = (Vec::new(), vec![0; 12]);
    for slot in 0..LOOKS {
        let plots = look(sensor, slot, &[], Seed { seed: 5, run: 0 });
        numbers[plots.len().min(11)] += 1;
        for plot in plots {
            assert!(plot.is_valid(), "{plot:?}");
            shares.push(match (plot, &sensor.kind) {
                (Plot::Radar { range_m, azimuth_rad, elevation_rad, .. }, SensorKind::Radar(model)) => {
                    let turned_rad = (azimuth_rad - model.azimuth_centre_rad + PI).rem_euclid(TAU) - PI;
                    [
                        (range_m - model.minimum_range_m) / (model.maximum_range_m - model.minimum_range_m),
                        (turned_rad / model.azimuth_half_width_rad + 1.0) / 2.0,
                        (elevation_rad - model.minimum_elevation_rad)
                            / (model.maximum_elevation_rad - model.minimum_elevation_rad),
                    ]
                }
                (Plot::Infrared { right_rad, up_rad }, SensorKind::Infrared(model)) => {
                    let share = |angle_rad: f64| (angle_rad / model.half_width_rad + 1.0) / 2.0;
                    [share(right_rad), share(up_rad), 0.5]
                }
                _ => panic!("a plot of another kind"),
            });
        }
    }
    (shares, numbers)
}

#[test]
fn clutter_is_poisson_and_even_over_the_coverage() {
    let mean = 1.5;
    for (sensor, axes) in [(radar(), 3), (infrared(), 2)] {
        let (shares, numbers) = clutter(&Sensor { clutter_per_scan: mean, ..sensor });
        // Numbers of plots in a look against the Poisson distribution: nine cells, the last one open.
        let (mut chance, mut statistic, mut tail) = (libm::exp(-mean), 0.0, 1.0);
        for (number, count) in numbers.iter().take(8).enumerate() {
            let expected = chance * f64::from(LOOKS);
            statistic += (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected;
            tail -= chance;
            chance *= mean / (number as f64 + 1.0);
        }
        let (rest, expected) = (f64::from(numbers.iter().skip(8).sum::<u32>()), tail * f64::from(LOOKS));
        statistic += (rest - expected) * (rest - expected) / expected;
        assert!(statistic < 26.1, "numbers: chi-square {statistic} with 8 degrees of freedom (99.9 %: 26.1)");
        let mean_found = shares.len() as f64 / f64::from(LOOKS);
        assert!((mean_found / mean - 1.0).abs() < 0.025, "{mean_found}");
        for axis in 0..axes {
            let mut counts = [0_u32; 20];
            for share in &shares {
                assert!((0.0..=1.0).contains(&share[axis]), "outside the coverage: {share:?}");
                counts[((share[axis] * 20.0) as usize).min(19)] += 1;
            }
            let statistic = chi_square(&counts);
            assert!(statistic < 43.8, "axis {axis}: chi-square {statistic} with 19 degrees (99.9 %: 43.8)");
        }
    }
}

#[test]
fn an_objects_draws_depend_on_nothing_else() {
    let sensor = radar();
    let rotation = Station::of(&sensor).ecef_from_enu;
    let at = |id: u32, east: f64| {
        let direction = Vector3::new(east, 1.0, 0.3).normalize();
        target(id, sensor.position_m + rotation * direction * 300e3, false)
    };
    let seed = Seed { seed: 1, run: 1 };
    let cluttered = Sensor { clutter_per_scan: 3.0, ..sensor.clone() };
    let sure = Sensor { detection_probability: 0.95, ..sensor.clone() };
    let mut detected = 0;
    for slot in 0..200 {
        let alone = look(&sensor, slot, &[at(4, -0.2)], seed);
        let among = look(&cluttered, slot, &[at(1, 0.1), at(4, -0.2)], seed);
        let surer = look(&sure, slot, &[at(4, -0.2)], seed);
        for plot in &alone {
            assert!(among.contains(plot) && surer.contains(plot));
        }
        detected += alone.len();
        // In the order of what was measured.
        let ranges: Vec<f64> = among.iter().map(range_m).collect();
        assert!(ranges.is_sorted());
    }
    assert!((120..200).contains(&detected));
}

fn range_m(plot: &Plot) -> f64 {
    match plot {
        Plot::Radar { range_m, .. } => *range_m,
        _ => panic!("not a radar's plot"),
    }
}
