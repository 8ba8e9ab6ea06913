//! What is wrong with a sensor: registration, clock, and the air.

use super::{
    DRAWS, SEED, assert_in_order, assert_moments, look, looks, radar, satellite, seen_from, sensor, target,
    turned,
};
use fusion_core::measurement::{Observation, STANDARD_REFRACTIVITY, Station};
use fusion_core::types::{
    Geodetic, Plot, RadarModel, Sensor, SensorKind, SonarModel, Time, ecef_from_geodetic,
};
use sensor_sim::mount::{Bias, Mount};
use sensor_sim::sensor::Target;

const BIAS: Bias = Bias { range_m: 40.0, azimuth_rad: -1.5e-3, elevation_rad: 0.8e-3, clock_s: 0.0 };

#[test]
fn a_radars_mean_residuals_are_its_biases() {
    let sensor = radar(RadarModel::default());
    let mount = Mount { bias: BIAS, ..Mount::ideal(&sensor) };
    for (azimuth_deg, elevation_deg) in [(0.0_f64, 5.0_f64), (210.0, 40.0)] {
        let (azimuth_rad, elevation_rad) = (azimuth_deg.to_radians(), elevation_deg.to_radians());
        let object = [target(1, seen_from(&sensor, azimuth_deg, elevation_deg, 300e3))];
        let mut residuals = [const { Vec::new() }; 3];
        for plot in (0..DRAWS).flat_map(|slot| look(&sensor, &mount, &object, slot)) {
            assert!(plot.is_valid(), "{plot:?}");
            let Plot::Radar { range_m, azimuth_rad: azimuth, elevation_rad: elevation, .. } = plot else {
                panic!("no radar's plot")
            };
            residuals[0].push(range_m - 300e3);
            residuals[1].push(turned(azimuth, azimuth_rad));
            residuals[2].push(elevation - elevation_rad);
        }
        // An azimuth's error is the one in arc, over the cosine of the elevation.
        let azimuth_sigma_rad = 1e-3 / libm::cos(elevation_rad);
        assert_moments(&residuals[0], 40.0, 900.0, "range");
        assert_moments(&residuals[1], -1.5e-3, azimuth_sigma_rad * azimuth_sigma_rad, "azimuth");
        assert_moments(&residuals[2], 0.8e-3, 1e-6, "elevation");
    }
}

#[test]
fn an_infrared_sensors_and_a_sonars_mean_residuals_are_their_biases() {
    let satellite = satellite();
    let bias = Bias { azimuth_rad: 2e-5, elevation_rad: -3e-5, ..Bias::default() };
    let mount = Mount { bias, ..Mount::ideal(&satellite) };
    let plume_m = ecef_from_geodetic(Geodetic::from_degrees(39.0, 126.0, 60e3));
    let plume = Target { burns: true, ..target(1, plume_m) };
    let station = Station::of(&satellite);
    let (mut rights, mut ups) = (Vec::new(), Vec::new());
    for plot in (0..DRAWS).flat_map(|slot| look(&satellite, &mount, &[plume], slot)) {
        let observation = Observation::new(&station, &plot).expect("an observation");
        let prediction = observation.predict(&plume_m).expect("in front");
        let [right, up] = prediction.components() else { panic!("two angles") };
        rights.push(right.residual);
        ups.push(up.residual);
    }
    assert_moments(&rights, 2e-5, 25e-10, "right");
    assert_moments(&ups, -3e-5, 25e-10, "up");

    let sonar = sensor(SensorKind::Sonar(SonarModel { maximum_range_m: 100e3, bearing_sigma_rad: 0.02 }));
    let mount = Mount { bias: Bias { azimuth_rad: 0.03, ..Bias::default() }, ..Mount::ideal(&sonar) };
    let boat = Target { is_under_water: true, ..target(1, seen_from(&sonar, 0.3, -0.5, 40e3)) };
    let bearings: Vec<f64> = (0..DRAWS)
        .flat_map(|slot| look(&sonar, &mount, &[boat], slot))
        .map(|plot| match plot {
            Plot::Bearing { azimuth_rad } => turned(azimuth_rad, 0.3_f64.to_radians()),
            _ => panic!("no bearing"),
        })
        .collect();
    assert_moments(&bearings, 0.03, 4e-4, "bearing");
}

#[test]
fn a_fast_clock_stamps_later_and_changes_nothing_else() {
    let sensor = Sensor { revisit_s: 2.0, first_look_s: 0.3, ..radar(RadarModel::default()) };
    let right = Mount::ideal(&sensor);
    let sky = |time_s: f64| vec![target(1, seen_from(&sensor, 30.0, 20.0, 300e3 + 1e3 * time_s))];
    let told = looks((&sensor, &right), 100.0, SEED, sky, &[]);
    assert_eq!(told.len(), 50);
    for clock_s in [0.25, -0.125] {
        let mount = Mount { bias: Bias { clock_s, ..Bias::default() }, ..right.clone() };
        let scans = looks((&sensor, &mount), 100.0, SEED, sky, &[]);
        assert_in_order(&scans);
        assert_eq!(scans.len(), told.len());
        for (number, (scan, told)) in scans.iter().zip(&told).enumerate() {
            let expected_s = 0.3 + 2.0 * number as f64 + clock_s;
            assert!((scan.time.seconds_since(Time::default()) - expected_s).abs() < 1e-8);
            assert_eq!(scan.plots, told.plots);
        }
    }
}

/// A radar without noise that corrects for one refractivity while the air has another; the worst error along and across
/// the line of sight over ranges of 60 to 2,000 km, m and radians.
fn refraction_error(elevation_deg: f64, (assumed, flown): (f64, f64)) -> (f64, f64) {
    let model = RadarModel {
        maximum_range_m: 3_000e3,
        range_sigma_m: 0.0,
        right_sigma_rad: 0.0,
        up_sigma_rad: 0.0,
        refractivity: assumed,
        ..RadarModel::default()
    };
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(37.0, 136.0, 0.0));
    let sensor = Sensor { position_m, ..radar(model) };
    let mount = Mount { refractivity: flown, ..Mount::ideal(&sensor) };
    let mut worst: (f64, f64) = (0.0, 0.0);
    for range_m in [60e3, 150e3, 300e3, 600e3, 1_000e3, 2_000e3] {
        let position_m = seen_from(&sensor, 77.0, elevation_deg, range_m);
        let plots = look(&sensor, &mount, &[target(1, position_m)], 0);
        let observation = Observation::new(&Station::of(&sensor), &plots[0]).expect("an observation");
        let prediction = observation.predict(&position_m).expect("in front");
        let [range, right, up] = prediction.components() else { panic!("three numbers") };
        assert!(right.residual.abs() < 1e-9, "{right:?}");
        worst = (worst.0.max(range.residual.abs()), worst.1.max(up.residual.abs()));
    }
    worst
}

#[test]
fn the_tracker_straightens_what_the_air_bent_as_well_as_it_says() {
    for elevation_deg in [2.0, 3.0, 5.0, 15.0, 60.0] {
        let (range_m, across_rad) =
            refraction_error(elevation_deg, (STANDARD_REFRACTIVITY, STANDARD_REFRACTIVITY));
        assert!(range_m < 1.0 && across_rad < 2e-6, "{elevation_deg}: {range_m} {across_rad}");
    }
    // The table of `straighten` at 2 degrees: other weather, and no correction.
    let (range_m, across_rad) = refraction_error(2.0, (STANDARD_REFRACTIVITY, 380.0));
    assert!(range_m < 9.8 && range_m > 8.0, "{range_m}");
    assert!(across_rad < 1.19e-3 && across_rad > 1.0e-3, "{across_rad}");
    let (range_m, across_rad) = refraction_error(2.0, (0.0, STANDARD_REFRACTIVITY));
    // 43.1 m at 600 km, a little less beyond.
    assert!(range_m < 43.5 && range_m > 41.0, "{range_m}");
    assert!(across_rad < 5.4e-3 && across_rad > 4.5e-3, "{across_rad}");
    // And no air at all where it is corrected for.
    let (_, across_rad) = refraction_error(2.0, (STANDARD_REFRACTIVITY, 0.0));
    assert!(across_rad > 3e-3, "{across_rad}");
}
