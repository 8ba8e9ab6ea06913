//! What sonars hear and cues say.

use super::*;
use crate::types::{Geodetic, Sensor, SonarModel, Time, ecef_from_geodetic};
use std::f64::consts::TAU;

fn sonar(latitude_deg: f64, longitude_deg: f64) -> Sensor {
    let kind = SensorKind::Sonar(SonarModel { maximum_range_m: 2e5, bearing_sigma_rad: 0.02 });
    Sensor::for_tests(ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, -50.0)), kind)
}

/// Bearings all round, north from both sides among them, in every octant of the Earth: no residual at what was heard,
/// the gradient its derivative, and the angle itself to the right of it.
#[test]
fn a_bearing_has_no_cut_and_its_gradient_is_its_derivative() {
    for octant in 0..8 {
        let (latitude_deg, longitude_deg) =
            ([40.0, -40.0][octant / 4], [50.0, 140.0, -50.0, -140.0][octant % 4]);
        let sensor = sonar(latitude_deg, longitude_deg);
        let station = Station::of(&sensor);
        for azimuth_rad in [0.0, 1e-9, 0.7, 2.0, 3.2, 4.5, 6.0, TAU - 1e-9] {
            let bearing = Bearing::new(&station, &Plot::Bearing { azimuth_rad }).expect("a sonar's");
            // Something else on the vertical through what was heard makes no difference.
            let on_it = |turned_rad: f64, up_m: f64| {
                station.position_m
                    + station.direction(azimuth_rad + turned_rad, 0.0) * 6e4
                    + station.up() * up_m
            };
            for (turned_rad, up_m) in [(0.0, 0.0), (0.0, -900.0), (0.03, 0.0), (-0.03, 300.0)] {
                let place_m = on_it(turned_rad, up_m);
                let component = bearing.predict(&place_m).expect("ahead");
                assert!((component.residual + libm::tan(turned_rad)).abs() < 1e-9, "{component:?}");
                assert_eq!(component.variance, 4e-4);
                for axis in 0..3 {
                    let step_m = Vector3::ith(axis, 5.0);
                    let residual = |place_m| bearing.predict(&place_m).expect("ahead").residual;
                    let difference = (residual(place_m - step_m) - residual(place_m + step_m)) / 10.0;
                    let error = (component.gradient[axis] - difference).abs();
                    assert!(error < 1e-7 * component.gradient.norm(), "axis {axis}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn a_bearing_is_only_a_sonars_and_says_nothing_of_what_lies_behind_or_overhead() {
    let sensor = sonar(38.0, 130.0);
    let station = Station::of(&sensor);
    let bearing = Bearing::new(&station, &Plot::Bearing { azimuth_rad: 1.0 }).expect("a sonar's");
    assert_eq!(bearing.predict(&(station.position_m - bearing.along * 1e4)), None);
    assert_eq!(bearing.predict(&(station.position_m + bearing.right * 1e4)), None);
    assert_eq!(bearing.predict(&station.position_m), None);
    assert_eq!(bearing.predict(&Vector3::new(f64::NAN, 0.0, 0.0)), None);
    assert_eq!(Bearing::new(&station, &Plot::Bearing { azimuth_rad: f64::NAN }), None);
    assert_eq!(Bearing::new(&station, &Plot::radar(1e5, 1.0, 0.1)), None);
    let cue = Sensor { kind: SensorKind::Cue, ..sensor.clone() };
    assert_eq!(Bearing::new(&Station::of(&cue), &Plot::Bearing { azimuth_rad: 1.0 }), None);
    // And no track takes it for something that flies.
    assert_eq!(Observation::new(&station, &Plot::Bearing { azimuth_rad: 1.0 }), None);
}

#[test]
fn a_cue_is_a_place_with_a_round_spread_and_a_window() {
    let time = |seconds: f64| Time::from_nanoseconds(0).plus_seconds(seconds);
    let cue = |sigma_m: f64| Plot::Cue {
        latitude_rad: 39.2_f64.to_radians(),
        longitude_rad: 125.7_f64.to_radians(),
        sigma_m,
        from: time(100.0),
        until: time(400.0),
    };
    let site = LaunchSite::of_cue(&cue(3_000.0)).expect("a cue");
    let (position_m, covariance_m2) = site.above((20e3, 1e3), 4e3);
    let (height_m, up) = height_and_up(&position_m);
    assert!((height_m - 20e3).abs() < 1e-6, "{height_m}");
    assert!((position_m - site.position_m - up * 20e3).norm() < 1e-3);
    // 3 and 4 km together are 5 in every horizontal direction; upwards it is the height's own.
    assert!((up.dot(&(covariance_m2 * up)) - 1e6).abs() < 1e-3);
    let east = Vector3::new(-up.y, up.x, 0.0).normalize();
    for horizontal in [east, up.cross(&east), (east + up.cross(&east)).normalize()] {
        assert!((horizontal.dot(&(covariance_m2 * horizontal)) - 25e6).abs() < 1e-2);
        assert!(up.dot(&(covariance_m2 * horizontal)).abs() < 1e-2);
    }
    for (seconds, expected) in [(99.0, false), (100.0, true), (400.0, true), (459.0, true), (461.0, false)] {
        assert_eq!(site.expects(time(seconds), 60.0), expected, "{seconds}");
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(LaunchSite::of_cue(&cue(bad)), None, "{bad}");
    }
    assert_eq!(LaunchSite::of_cue(&Plot::Bearing { azimuth_rad: 1.0 }), None);
}
