//! What carries a sensor: ships, aircraft, satellites.

use super::{SEED, assert_in_order, assert_moments, looks, radar, seen_from, sensor, target};
use fusion_core::measurement::{Observation, Station};
use fusion_core::types::{
    Geodetic, InfraredModel, RadarModel, Scan, Sensor, SensorKind, Time, ecef_from_enu, ecef_from_geodetic,
};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::motion::{Course, CoursePlan, Leg, Orbit};
use sensor_sim::mount::{Mount, Platform};
use sensor_sim::sensor::Target;

const WAY: Geodetic = Geodetic { latitude_rad: 0.65, longitude_rad: 2.38, height_m: 15.0 };

fn on_course(legs: Vec<Leg>, speed_m_s: f64, height_m: f64) -> (Sensor, Mount, Course) {
    let start = Geodetic { height_m, ..WAY };
    let plan = CoursePlan { start, heading_rad: 1.0, speed_m_s, repeats: !legs.is_empty(), legs };
    let course = Course::new(&plan, 7_200.0).expect("a course");
    let model =
        RadarModel { minimum_elevation_rad: -0.2, range_rate_sigma_m_s: Some(5.0), ..RadarModel::default() };
    let sensor = Sensor { position_m: ecef_from_geodetic(start), revisit_s: 10.0, ..radar(model) };
    let mount = Mount { platform: Platform::Course(course.clone()), ..Mount::ideal(&sensor) };
    (sensor, mount, course)
}

fn origin(scan: &Scan) -> Vector3<f64> {
    scan.origin_m.expect("an origin")
}

#[test]
fn a_ship_reports_its_place_with_one_error_in_each_run() {
    let (ship, mount, course) = on_course(Vec::new(), 12.0, 15.0);
    let ship = Sensor { navigation_sigma_m: 80.0, ..ship };
    let local = ecef_from_enu(WAY);
    let [mut easts, mut norths, mut ranges, mut rights] = [const { Vec::new() }; 4];
    // Low, so that the error, which is horizontal, is wholly along and to the right of the line of sight.
    let target_m = seen_from(&ship, 70.0, 2.0, 300e3);
    for run in 0..20_000 {
        let end_s = if run < 20 { 3_600.0 } else { 11.0 };
        let sky = |_: f64| vec![target(1, target_m)];
        let scans = looks((&ship, &mount), end_s, Seed { seed: 8, run }, sky, &[]);
        let error_m = |scan: &Scan| {
            let time_s = scan.time.seconds_since(Time::default());
            local.tr_mul(&(origin(scan) - course.state_at(time_s).0))
        };
        let first_m = error_m(&scans[0]);
        for scan in &scans {
            assert!((error_m(scan) - first_m).norm() < 1e-6, "the error changes within a run");
        }
        assert!(first_m.z.abs() < 1e-6, "{first_m}");
        easts.push(first_m.x);
        norths.push(first_m.y);
        // What the tracker takes the noise of a plot to be holds this error as well.
        let observation = Observation::new(&Station::at_scan(&ship, &scans[0]), &scans[0].plots[0]);
        let prediction = observation.and_then(|seen| seen.predict(&target_m)).expect("in front");
        let [range, right, _] = prediction.components() else { panic!("three numbers") };
        ranges.push(range.residual / range.variance.sqrt());
        rights.push(right.residual / right.variance.sqrt());
    }
    assert_moments(&easts, 0.0, 6_400.0, "east");
    assert_moments(&norths, 0.0, 6_400.0, "north");
    assert_moments(&ranges, 0.0, 1.0, "range");
    assert_moments(&rights, 0.0, 1.0, "right");
    let mixed: Vec<f64> = easts.iter().zip(&norths).map(|(a, b)| (a + b) / 2_f64.sqrt()).collect();
    assert_moments(&mixed, 0.0, 6_400.0, "north-east");
    // One that stands has nothing to tell.
    let scans = looks((&ship, &Mount::ideal(&ship)), 11.0, SEED, |_| Vec::new(), &[]);
    assert!(scans.iter().all(|scan| scan.origin_m.is_none()));
}

#[test]
fn an_aircraft_on_a_race_track_reports_where_it_is_and_measures_from_there() {
    let leg = |seconds, turn_deg_s: f64| Leg {
        seconds,
        turn_rad_s: turn_deg_s.to_radians(),
        climb_m_s: 0.0,
        acceleration_m_s2: 0.0,
    };
    let legs = vec![leg(300.0, 0.0), leg(120.0, 1.5), leg(300.0, 0.0), leg(120.0, 1.5)];
    let (aircraft, mount, course) = on_course(legs, 180.0, 9_000.0);
    let velocity_m_s = Vector3::new(700.0, -300.0, 250.0);
    let start_m = ecef_from_geodetic(Geodetic { latitude_rad: 0.68, height_m: 40e3, ..WAY });
    let at = |time_s: f64| start_m + velocity_m_s * (time_s - 3_600.0) * 0.01;
    let sky = |time_s: f64| vec![Target { velocity_m_s, ..target(1, at(time_s)) }];
    let (mut furthest_m, mut residuals) = (0.0_f64, [const { Vec::new() }; 4]);
    for run in 0..56 {
        let scans = looks((&aircraft, &mount), 3_600.0, Seed { seed: 3, run }, sky, &[]);
        assert_in_order(&scans);
        for scan in &scans {
            let time_s = scan.time.seconds_since(Time::default());
            assert!((origin(scan) - course.state_at(time_s).0).norm() < 1e-6);
            furthest_m = furthest_m.max((origin(scan) - aircraft.position_m).norm());
            let station = Station::at_scan(&aircraft, scan);
            let observation = Observation::new(&station, &scan.plots[0]).expect("an observation");
            let prediction = observation.predict(&at(time_s)).expect("in front");
            for (component, values) in prediction.components().iter().zip(&mut residuals) {
                values.push(component.residual / component.variance.sqrt());
            }
            // Its own motion is taken out.
            let rate = observation.predict_rate(&at(time_s), &velocity_m_s).expect("a rate");
            residuals[3].push(rate.residual / rate.variance.sqrt());
        }
    }
    assert!((40e3..80e3).contains(&furthest_m), "{furthest_m}");
    for (axis, values) in residuals.iter().enumerate() {
        assert!(values.len() > 20_000);
        assert_moments(values, 0.0, 1.0, &format!("axis {axis}"));
    }
}

#[test]
fn a_low_satellite_measures_from_its_orbit_and_counts_from_its_aim() {
    const LINE1: &str = "1 90002U 22001A   19274.91666667  .00000000  00000-0  00000-0 0  9996";
    const LINE2: &str = "2 90002  60.0000  84.5690 0005000   0.0000  44.0205 14.20000000    19";
    let orbit = Orbit::parse(LINE1, LINE2).expect("elements");
    // 2019-10-01T22:00:00Z.
    let start = Time::from_nanoseconds(1_569_967_200_000_000_000);
    let (position_m, velocity_m_s) = orbit.state_at(start).expect("a place");
    let place = fusion_core::types::geodetic_from_ecef(&position_m);
    let (north_deg, east_deg) = (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees());
    assert!((north_deg - 37.0).abs() < 0.5 && (east_deg - 130.0).abs() < 0.5, "{north_deg} {east_deg}");
    let aim_m = ecef_from_geodetic(Geodetic::from_degrees(39.0, 127.0, 0.0));
    let kind = SensorKind::Infrared(InfraredModel {
        aim_m,
        half_width_rad: 0.5,
        minimum_target_height_m: 10e3,
        angle_sigma_rad: 1e-4,
    });
    let satellite = Sensor { position_m, revisit_s: 2.0, ..sensor(kind) };
    let mount = Mount { platform: Platform::Orbit(Box::new(orbit.clone())), ..Mount::ideal(&satellite) };
    let plume_m = ecef_from_geodetic(Geodetic::from_degrees(39.5, 128.0, 30e3));
    let sky = |_: f64| vec![Target { burns: true, ..target(1, plume_m) }];
    let (mut rights, mut ups) = (Vec::new(), Vec::new());
    for run in 0..400 {
        let seed = Seed { seed: 6, run };
        let scans = sensor::looks((&satellite, &mount), start, 119.0, seed, sky, &[]).expect("looks");
        assert_in_order(&scans);
        assert_eq!(scans.len(), 60);
        for scan in &scans {
            let (true_m, _) = orbit.state_at(scan.time).expect("a place");
            assert!((origin(scan) - true_m).norm() < 1e-6);
            // Counted from the direction of the aim as it is from there.
            let (boresight, offset_m) = ((aim_m - true_m).normalize(), plume_m - true_m);
            let right = boresight.cross(&Vector3::z()).normalize();
            let up = right.cross(&boresight);
            let fusion_core::types::Plot::Infrared { right_rad, up_rad } = scan.plots[0] else {
                panic!("no angles")
            };
            let angle = |axis: &Vector3<f64>| libm::atan2(offset_m.dot(axis), offset_m.dot(&boresight));
            rights.push((right_rad - angle(&right)) / 1e-4);
            ups.push((up_rad - angle(&up)) / 1e-4);
        }
        let travelled_m = (origin(&scans[59]) - origin(&scans[0])).norm();
        assert!((travelled_m / (velocity_m_s.norm() * 118.0) - 1.0).abs() < 0.02, "{travelled_m}");
    }
    assert_moments(&rights, 0.0, 1.0, "right");
    assert_moments(&ups, 0.0, 1.0, "up");
}
