//! What is known before a launch: sonars, imagery, reports.

use super::{
    DRAWS, SEED, assert_in_order, assert_moments, assert_share, look, looks, radar, seen_from, sensor,
    target, turned,
};
use fusion_core::types::{
    Geodetic, Plot, RadarModel, Scan, Sensor, SensorKind, SonarModel, Time, ecef_from_enu, ecef_from_geodetic,
};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::motion::Orbit;
use sensor_sim::mount::{Imagery, Mount, Platform, Report, Schedule};
use sensor_sim::sensor::{Site, Target};

#[test]
fn a_sonar_hears_the_bearing_of_what_is_under_water_and_near_and_nothing_else() {
    let model = SonarModel { maximum_range_m: 50e3, bearing_sigma_rad: 0.05 };
    let sonar = Sensor { detection_probability: 0.7, ..sensor(SensorKind::Sonar(model)) };
    let mount = Mount::ideal(&sonar);
    let boat = |azimuth_deg: f64, range_m: f64| Target {
        is_under_water: true,
        burns: true,
        ..target(1, seen_from(&sonar, azimuth_deg, -0.4, range_m))
    };
    // Across north, where bearings wrap.
    let plots: Vec<Plot> =
        (0..2 * DRAWS).flat_map(|slot| look(&sonar, &mount, &[boat(359.0, 49.9e3)], slot)).collect();
    assert_share(plots.len() as u32, 2 * DRAWS, 0.7, "heard");
    let bearings: Vec<f64> = plots
        .iter()
        .map(|plot| match plot {
            Plot::Bearing { azimuth_rad } if plot.is_valid() => turned(*azimuth_rad, (-1_f64).to_radians()),
            _ => panic!("no bearing: {plot:?}"),
        })
        .collect();
    assert_moments(&bearings, 0.0, 0.0025, "bearing");
    let afloat = Target { is_under_water: false, ..boat(10.0, 20e3) };
    let radar = radar(RadarModel { minimum_elevation_rad: -0.1, ..RadarModel::default() });
    for slot in 0..100 {
        assert!(look(&sonar, &mount, &[boat(10.0, 50.1e3), afloat], slot).is_empty());
        let sees = |target: Target| look(&radar, &Mount::ideal(&radar), &[target], slot).len();
        let near = Target { position_m: seen_from(&radar, 10.0, 3.0, 20e3), ..afloat };
        assert_eq!((sees(near), sees(Target { is_under_water: true, ..near })), (1, 0));
    }
}

fn place() -> Geodetic {
    Geodetic::from_degrees(37.0, 130.0, 50.0)
}

/// Error of a cue's place to the east and to the north, m.
fn error_m(plot: &Plot) -> Vector3<f64> {
    let Plot::Cue { latitude_rad, longitude_rad, .. } = *plot else { panic!("no cue: {plot:?}") };
    let told = Geodetic { latitude_rad, longitude_rad, height_m: place().height_m };
    ecef_from_enu(place()).tr_mul(&(ecef_from_geodetic(told) - ecef_from_geodetic(place())))
}

fn seconds(time: Time, start: Time) -> f64 {
    time.seconds_since(start)
}

/// The satellite of `platforms`, which stands over the place at the start.
fn imaging(preparation_s: f64, minimum_elevation_deg: f64) -> (Sensor, Mount, Orbit, Time) {
    let orbit = Orbit::parse(
        "1 90002U 22001A   19274.91666667  .00000000  00000-0  00000-0 0  9996",
        "2 90002  60.0000  84.5690 0005000   0.0000  44.0205 14.20000000    19",
    )
    .expect("elements");
    let start = Time::from_nanoseconds(1_569_967_200_000_000_000).plus_seconds(-600.0);
    let (position_m, _) = orbit.state_at(start).expect("a place");
    let satellite = Sensor { position_m, revisit_s: 10.0, ..sensor(SensorKind::Cue) };
    let imagery = Imagery {
        preparation_s,
        minimum_elevation_rad: minimum_elevation_deg.to_radians(),
        place_sigma_m: 2_000.0,
    };
    let (schedule, platform) = (Schedule::Imagery(imagery), Platform::Orbit(Box::new(orbit.clone())));
    let mount = Mount { schedule, platform, ..Mount::ideal(&satellite) };
    (satellite, mount, orbit, start)
}

#[test]
fn imagery_tells_of_a_preparation_from_above_and_in_time() {
    let site = |launch_s: f64| Site { place: place(), launch_s };
    let up: Vector3<f64> = ecef_from_enu(place()).column(2).into();
    for (launch_s, preparation_s, elevation_deg) in
        [(5_000.0, 6_000.0, 30.0), (700.0, 150.0, 30.0), (600.0, 6_000.0, 60.0), (5_000.0, 3_000.0, 5.0)]
    {
        let (satellite, mount, orbit, start) = imaging(preparation_s, elevation_deg);
        let pair = (&satellite, &mount);
        let scans =
            sensor::looks(pair, start, 1_200.0, SEED, |_| Vec::new(), &[site(launch_s)]).expect("looks");
        assert_in_order(&scans);
        assert_eq!(scans.len(), 121);
        for scan in &scans {
            let time_s = seconds(scan.time, start);
            let offset_m = orbit.state_at(scan.time).expect("a place").0 - ecef_from_geodetic(place());
            let above_deg = libm::asin(up.dot(&offset_m.normalize())).to_degrees();
            let in_time = time_s <= launch_s && time_s >= launch_s - preparation_s;
            let expected = usize::from(in_time && above_deg >= elevation_deg);
            assert_eq!(scan.plots.len(), expected, "{time_s} s, {above_deg} degrees");
            for plot in &scan.plots {
                let Plot::Cue { sigma_m, from, until, .. } = *plot else { panic!("no cue") };
                assert_eq!(sigma_m, 2_000.0);
                assert!((seconds(from, start) - time_s).abs() < 1e-6);
                assert!((seconds(until, start) - time_s - preparation_s).abs() < 1e-6);
                assert!(error_m(plot).norm() < 9_000.0);
            }
        }
        let told = scans.iter().filter(|scan| !scan.plots.is_empty()).count();
        let expected_some = launch_s != 5_000.0 || preparation_s > 4_400.0;
        assert_eq!(told > 0, expected_some, "{told} cues");
    }
}

#[test]
fn imagery_errs_as_it_says_and_misses_as_it_says() {
    let (satellite, mount, _, start) = imaging(6_000.0, 70.0);
    let satellite = Sensor { detection_probability: 0.6, first_look_s: 600.0, revisit_s: 1.0, ..satellite };
    let sites = [Site { place: place(), launch_s: 5_000.0 }];
    let [mut easts, mut norths] = [const { Vec::new() }; 2];
    let mut given = 0;
    for run in 0..2_000 {
        let seed = Seed { seed: 4, run };
        let scans = sensor::looks((&satellite, &mount), start, 609.5, seed, |_| Vec::new(), &sites);
        for scan in scans.expect("looks") {
            given += 1;
            for plot in &scan.plots {
                let error_m = error_m(plot);
                easts.push(error_m.x);
                norths.push(error_m.y);
            }
        }
    }
    assert_share(easts.len() as u32, given, 0.6, "told");
    assert_moments(&easts, 0.0, 4e6, "east");
    assert_moments(&norths, 0.0, 4e6, "north");
}

#[test]
fn reports_come_when_told_with_their_window_and_their_error() {
    let report = |told_s: f64, window_s| Report { told_s, place: place(), place_sigma_m: 5_000.0, window_s };
    let reports = vec![report(5.0, [30.0, 90.0]), report(7.0, [-10.0, 20.0]), report(500.0, [600.0, 700.0])];
    let person = sensor(SensorKind::Cue);
    let mount = Mount { schedule: Schedule::Reports(reports), ..Mount::ideal(&person) };
    let [mut easts, mut norths] = [const { Vec::new() }; 2];
    for run in 0..DRAWS / 2 {
        let scans: Vec<Scan> = looks((&person, &mount), 100.0, Seed { seed: 4, run }, |_| Vec::new(), &[]);
        assert_in_order(&scans);
        assert_eq!(scans.len(), 2, "what is told after the end is not told");
        for (scan, (told_s, window_s)) in scans.iter().zip([(5.0, [30.0, 90.0]), (7.0, [-10.0, 20.0])]) {
            assert_eq!(seconds(scan.time, Time::default()), told_s);
            let Plot::Cue { from, until, sigma_m, .. } = scan.plots[0] else { panic!("no cue") };
            assert_eq!([from, until].map(|time| seconds(time, Time::default())), window_s);
            assert_eq!(sigma_m, 5_000.0);
            let error_m = error_m(&scan.plots[0]);
            easts.push(error_m.x);
            norths.push(error_m.y);
        }
    }
    assert_moments(&easts, 0.0, 25e6, "east");
    assert_moments(&norths, 0.0, 25e6, "north");
}
