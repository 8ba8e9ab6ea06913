//! What differs from run to run in how a flight is launched.

use fusion_core::types::{ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::flight::geodesic;
use sensor_sim::{Scenario, Truth, fly_truth};

/// A short flight, which is quickly solved.
const TEXT: &str = r#"
[scenario]
name = "perturbed"
start = "2020-01-01T00:00:00Z"

[[flight]]
name = "short"
launch = { latitude_deg = 39.2, longitude_deg = 125.7, height_m = 30.0 }
azimuth_deg = 90.0
apogee_km = 120.0
range_km = 400.0
boost_s = 70.0
ballistic_coefficient_kg_m2 = 5000.0

[perturb]
ballistic_coefficient_log_sigma = 0.1
launch_sigma_km = 3.0
azimuth_sigma_deg = 2.0
burn_log_sigma = 0.05
apogee_log_sigma = 0.04
"#;
const RUNS: u32 = 200;

fn truths(scenario: &Scenario, runs: u32) -> Vec<Truth> {
    let flights = scenario.fly().expect("flights");
    let fly = |run| fly_truth(scenario, &flights, Seed { seed: 9, run }).expect("a truth");
    (0..runs).map(fly).collect()
}

/// Mean and standard deviation in units of what is expected: 200 draws tell the mean within 0.28 and the deviation within
/// 20 % (four standard errors).
fn assert_standard(draws: &[f64], what: &str) {
    let count = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / count;
    let sigma = (draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / count).sqrt();
    assert!(mean.abs() < 4.0 / count.sqrt(), "{what}: mean {mean}");
    assert!((sigma - 1.0).abs() < 4.0 / (2.0 * count).sqrt(), "{what}: deviation {sigma}");
}

#[test]
fn launches_spread_as_the_file_says() {
    let scenario = Scenario::parse(TEXT).unwrap_or_else(|error| panic!("{error}"));
    let plan = &scenario.flights[0].plan;
    let (local, launch_m) = (ecef_from_enu(plan.launch), ecef_from_geodetic(plan.launch));
    let truths = truths(&scenario, RUNS);
    let mut draws = [const { Vec::new() }; 5];
    for truth in &truths {
        let flight = &truth.objects[0].trajectory;
        let start_m = flight.state_at(0.0).expect("a start").position_m;
        let moved_m = local.tr_mul(&(start_m - launch_m));
        assert!((geodetic_from_ecef(&start_m).height_m - 30.0).abs() < 0.01);
        let from = geodetic_from_ecef(&start_m);
        // Where it flies to: the rotation of the Earth turns that a little, for every run alike.
        let (range_m, azimuth_rad) = geodesic(from, flight.impact()).expect("a way");
        assert!((range_m - 400e3).abs() < 10_000.0, "{range_m}");
        let nominal = ascent_azimuth_rad(truth);
        draws[0].push(moved_m.x / 3e3);
        draws[1].push(moved_m.y / 3e3);
        draws[2].push((nominal - plan.azimuth_rad) / 2_f64.to_radians());
        draws[3].push(libm::log(flight.burnout_s() / 70.0) / 0.05);
        draws[4].push(libm::log(flight.apogee_m() / 120e3) / 0.04);
        assert!((azimuth_rad - nominal).abs() < 0.03, "{azimuth_rad} {nominal}");
    }
    for (what, values) in ["east", "north", "azimuth", "burn", "apogee"].iter().zip(&draws) {
        assert_standard(values, what);
    }
    // One does not follow from another.
    for (first, a) in draws.iter().enumerate() {
        for b in &draws[first + 1..] {
            let products: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            assert!((products / f64::from(RUNS)).abs() < 0.32, "{first}: {products}");
        }
    }
    let mut impacts: Vec<[u64; 2]> = truths
        .iter()
        .map(|truth| truth.objects[0].trajectory.impact())
        .map(|place| [place.latitude_rad.to_bits(), place.longitude_rad.to_bits()])
        .collect();
    impacts.sort_unstable();
    impacts.dedup();
    assert_eq!(impacts.len(), RUNS as usize, "two runs are the same");
}

/// Bearing of the velocity some seconds before burnout.
fn ascent_azimuth_rad(truth: &Truth) -> f64 {
    let flight = &truth.objects[0].trajectory;
    let state = flight.state_at(0.5 * flight.burnout_s()).expect("burning");
    let enu: Vector3<f64> = ecef_from_enu(geodetic_from_ecef(&state.position_m)).tr_mul(&state.velocity_m_s);
    libm::atan2(enu.x, enu.y)
}

#[test]
fn without_spread_every_run_is_the_nominal_flight() {
    let scenario = Scenario::parse(TEXT).unwrap_or_else(|error| panic!("{error}")).perturbed_by(0.0);
    let flights = scenario.fly().expect("flights");
    for truth in truths(&scenario, 20) {
        assert_eq!(truth.objects[0].trajectory, *flights[0].trajectory());
        assert_eq!(truth.objects[0].ballistic_coefficient_kg_m2, 5_000.0);
    }
}

#[test]
fn spreads_scale_as_asked() {
    let scenario = Scenario::parse(TEXT).unwrap_or_else(|error| panic!("{error}"));
    let launch_m = ecef_from_geodetic(scenario.flights[0].plan.launch);
    let moved_m = |scenario: &Scenario| -> Vec<f64> {
        let start = |truth: &Truth| truth.objects[0].trajectory.state_at(0.0).expect("a start").position_m;
        truths(scenario, 10).iter().map(|truth| (start(truth) - launch_m).norm()).collect()
    };
    let (whole, half) = (moved_m(&scenario), moved_m(&scenario.perturbed_by(0.5)));
    for (whole_m, half_m) in whole.iter().zip(&half) {
        assert!((half_m / whole_m - 0.5).abs() < 1e-3, "{half_m} {whole_m}");
    }
}

#[test]
fn a_failure_late_in_the_burn_is_possible_however_long_the_burn() {
    let text = TEXT.replace("boost_s = 70.0", "boost_s = 70.0\nfailure = { at_s = 69.0, fragments = 2 }");
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut longer = 0;
    for truth in truths(&scenario, 50) {
        assert_eq!(truth.objects.len(), 3);
        let begins_s = truth.objects[1].trajectory.begins_s();
        assert!((begins_s / 69.0 - 1.0).abs() < 0.25, "{begins_s}");
        longer += u32::from(begins_s > 69.0);
    }
    assert!((10..40).contains(&longer), "{longer}");
}
