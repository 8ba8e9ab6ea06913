//! The first estimate of an object, what a sensor may see of it, and its life.

use super::*;
use crate::assess::{Band, Verdict, judge, nees};
use crate::filter::{Gaussian, PositionModes};
use crate::math::chance::Stream;
use crate::measurement::Observation;
use crate::types::{
    Geodetic, InfraredModel, Plot, RadarModel, Sensor, SensorKind, ecef_from_geodetic, height_and_up,
};
use nalgebra::Matrix3;

fn radar() -> Sensor {
    let model = RadarModel { right_sigma_rad: 2e-3, ..RadarModel::default() };
    Sensor::for_tests(at(37.2, 127.0, 300.0), SensorKind::Radar(model))
}

fn satellite() -> Sensor {
    let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 110.0, 35_786e3));
    let aim_m = ecef_from_geodetic(Geodetic::from_degrees(39.0, 126.0, 0.0));
    let model =
        InfraredModel { aim_m, half_width_rad: 0.03, minimum_target_height_m: 10e3, angle_sigma_rad: 5e-5 };
    Sensor { position_m, kind: SensorKind::Infrared(model), detection_probability: 0.8, ..radar() }
}

fn at(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Vector3<f64> {
    ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
}

/// A plot of a place with noise, in the sensor's own terms.
fn plot_of(sensor: &Sensor, position_m: &Vector3<f64>, noise: Vector3<f64>) -> Observation {
    let station = Station::of(sensor);
    let offset_m = position_m - sensor.position_m;
    let plot = match &sensor.kind {
        SensorKind::Radar(model) => {
            let enu = station.ecef_from_enu.tr_mul(&offset_m);
            let elevation = libm::asin(enu.z / enu.norm());
            let azimuth = libm::atan2(enu.x, enu.y) + noise.y * model.right_sigma_rad / libm::cos(elevation);
            Plot::radar(
                enu.norm() + noise.x * model.range_sigma_m,
                azimuth.rem_euclid(std::f64::consts::TAU),
                elevation + noise.z * model.up_sigma_rad,
            )
        }
        SensorKind::Infrared(model) => {
            let [boresight, right, up] = station.infrared_axes().expect("axes");
            let along = offset_m.dot(&boresight);
            Plot::Infrared {
                right_rad: libm::atan(offset_m.dot(&right) / along) + noise.y * model.angle_sigma_rad,
                up_rad: libm::atan(offset_m.dot(&up) / along) + noise.z * model.angle_sigma_rad,
            }
        }
        SensorKind::Sonar(_) | SensorKind::Cue => panic!("sees nothing fly"),
    };
    Observation::new(&station, &plot).expect("a plot of this sensor")
}

fn position_part<const N: usize>(state: &Gaussian<N>) -> Gaussian<3> {
    state.leading::<3>()
}

#[test]
fn a_start_from_a_radar_plot_is_as_uncertain_as_it_says() {
    const DRAWS: usize = 1_000;
    let (sensor, models, mut chance) = (radar(), MissileModels::for_tests(), Stream::new("start", 1, &[]));
    let mut normal = || Vector3::new(chance.normal(), chance.normal(), chance.normal());
    let per_draw: Vec<f64> = (0..DRAWS)
        .map(|draw| {
            // All round the radar, at 100 to 900 km.
            let turn = draw as f64 / DRAWS as f64;
            let truth = at(37.2 + 7.0 * libm::sin(40.0 * turn), 127.0 + 8.0 * libm::cos(40.0 * turn), 150e3);
            let filter =
                start(&plot_of(&sensor, &truth, normal()), &models).expect("a radar gives a position");
            let found = position_part(&filter.coast);
            assert_eq!(found, position_part(&filter.boost));
            nees(&(truth - found.mean), &found.covariance).expect("positive definite")
        })
        .collect();
    let band = Band::chi_square(3, DRAWS, 0.999).expect("valid");
    let judged = judge(&per_draw, &band).expect("valid");
    assert_eq!(judged.verdict, Verdict::Consistent, "{judged:?}");
}

#[test]
fn what_is_first_seen_low_most_likely_burns() {
    let seen = |height_m: f64| {
        start(&plot_of(&radar(), &at(39.0, 126.5, height_m), Vector3::zeros()), &MissileModels::for_tests())
            .expect("a position")
            .probabilities
    };
    assert_eq!(seen(60e3), [0.95, 1.0 - 0.95, 0.0]);
    assert_eq!(seen(300e3), [0.5, 0.5, 0.0]);
}

#[test]
fn nothing_of_one_object_shows_in_the_next() {
    let (models, mut chance) = (MissileModels::for_tests(), Stream::new("initiator", 1, &[]));
    let mut initiator = Initiator::default();
    for draw in 0..50 {
        let sensor = if draw % 3 == 0 { satellite() } else { radar() };
        let truth = at(38.0 + 2.0 * chance.uniform(), 125.0 + 3.0 * chance.uniform(), 20e3);
        let plot = plot_of(&sensor, &truth, Vector3::new(0.0, chance.normal(), chance.normal()));
        let alone = start(&plot, &models);
        assert!(alone.is_some());
        assert_eq!(initiator.start(&plot, &models), alone);
    }
}

#[test]
fn a_line_of_sight_starts_on_the_shell_of_plumes_and_knows_how_little_it_knows() {
    let (sensor, models, mut chance) =
        (satellite(), MissileModels::for_tests(), Stream::new("shell", 1, &[]));
    let mut inside = 0;
    for draw in 0..1_000 {
        let height_m = 10e3 + 25e3 * (f64::from(draw) + 0.5) / 1_000.0;
        let truth = at(38.0 + 2.0 * chance.uniform(), 125.0 + 3.0 * chance.uniform(), height_m);
        let noise = Vector3::new(0.0, chance.normal(), chance.normal());
        let filter = start(&plot_of(&sensor, &truth, noise), &models).expect("it meets the Earth");
        assert_eq!(filter.probabilities, [1.0, 0.0, 0.0]);
        let found = position_part(&filter.boost);
        assert!((height_and_up(&found.mean).0 - 20e3).abs() < 1.0);
        // Heights of 10 to 35 km lie within one deviation of 20 km along the line; across it the noise is normal.
        let squared = nees(&(truth - found.mean), &found.covariance).expect("positive definite");
        inside += u32::from(squared < 7.815);
    }
    assert!(inside > 970, "{inside} of 1,000 within the 95 % ellipsoid");
    // Straight past the Earth.
    let beside = plot_of(&sensor, &(at(39.0, 126.0, 0.0) + Vector3::z() * 20_000e3), Vector3::zeros());
    assert!(start(&beside, &models).is_none());
    // Grazing: uncertain by a thousand kilometres.
    assert!(start(&plot_of(&sensor, &at(81.0, 110.0, 40e3), Vector3::zeros()), &models).is_none());
}

fn known(position_m: Vector3<f64>, sigma_m: f64, boost: f64) -> PositionModes {
    let covariance = Matrix3::identity() * (sigma_m * sigma_m);
    MissileFilter::from_position(&position_m, &covariance, boost, &MissileModels::for_tests()).positions()
}

#[test]
fn the_detection_probability_is_that_of_the_share_in_coverage() {
    let sensor = radar();
    let inside = at(39.2, 126.5, 100e3);
    assert_eq!(detection_probability(&Station::of(&sensor), &known(inside, 100.0, 0.5)), 0.9);
    assert_eq!(detection_probability(&Station::of(&sensor), &known(inside, 5e3, 0.5)), 0.9);
    let outside = at(39.2, 140.0, 100e3);
    assert_eq!(detection_probability(&Station::of(&sensor), &known(outside, 100.0, 0.5)), 0.0);
    // Right at the greatest range: a known place is in or out, an uncertain one is in with a part of its points.
    let direction = (inside - sensor.position_m).normalize();
    let edge = |more_m: f64| sensor.position_m + direction * (1e6 + more_m);
    assert_eq!(detection_probability(&Station::of(&sensor), &known(edge(-1.0), 100.0, 0.5)), 0.9);
    assert_eq!(detection_probability(&Station::of(&sensor), &known(edge(1.0), 100.0, 0.5)), 0.0);
    let part = detection_probability(&Station::of(&sensor), &known(edge(1.0), 20e3, 0.5));
    let points = part / 0.9 * 7.0;
    assert!(
        (1.0..7.0).contains(&points) && (points - libm::round(points)).abs() < 1e-9,
        "{points} of 7 points"
    );
}

#[test]
fn a_satellite_sees_what_burns_above_the_clouds() {
    let sensor = satellite();
    let seen = |height_m: f64, boost: f64| {
        detection_probability(&Station::of(&sensor), &known(at(39.0, 126.0, height_m), 100.0, boost))
    };
    assert_eq!(seen(30e3, 1.0), 0.8);
    assert!((seen(30e3, 0.25) - 0.2).abs() < 1e-12);
    assert_eq!(seen(30e3, 0.0), 0.0);
    assert_eq!(seen(9.9e3, 1.0), 0.0);
}

#[test]
fn a_track_moves_forward_in_time_only() {
    let filter = MissileFilter::from_position(
        &at(39.0, 126.0, 200e3),
        &Matrix3::identity(),
        0.0,
        &MissileModels::for_tests(),
    );
    let begin = Time::from_nanoseconds(5_000_000_000);
    let mut track = Track {
        id: TrackId(1),
        time: begin,
        filter,
        score: Score::first_plot(),
        first_seen: begin,
        last_seen: begin,
        has_own_plots: false,
        evidence: Evidence::none(),
        choices: Vec::new(),
        branches: Vec::new(),
        recent: Recent::default(),
        news: 0,
        mark: 0,
        pedigree: Pedigree::default(),
    };
    let before = track.clone();
    track.predict_to(begin.plus_seconds(-1.0), &MissileModels::for_tests());
    track.predict_to(begin, &MissileModels::for_tests());
    assert_eq!(track, before);
    track.predict_to(begin.plus_seconds(2.0), &MissileModels::for_tests());
    assert_eq!(track.time.seconds_since(begin), 2.0);
    let fallen_m = (track.filter.coast.mean - before.filter.coast.mean).fixed_rows::<3>(0).norm();
    // Half of g times t squared, less at 200 km.
    assert!((17.0..19.6).contains(&fallen_m), "{fallen_m}");
    assert!(!track.is_confirmed() && Score::introduced(&ScoreLimits::new(1e-6, 1e-3)).is_confirmed());
}
