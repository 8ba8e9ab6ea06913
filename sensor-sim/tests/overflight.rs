//! The scenario that the repository ships: it flies where the record says, and runs are what they promise.
#![expect(clippy::print_stdout, reason = "figures for whoever runs the tests with --nocapture")]

use fusion_core::measurement::Station;
use fusion_core::types::{ObjectId, Plot, SensorKind, geodetic_from_ecef};
use fusion_core::warning::Area;
use sensor_sim::flight::{Phase, geodesic};
use sensor_sim::sensor::can_see;
use sensor_sim::{Scenario, simulate};

const TEXT: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");

fn scenario() -> Scenario {
    Scenario::parse(TEXT).unwrap_or_else(|error| panic!("{error}"))
}

/// Even-odd rule in latitude and longitude.
fn contains(area: &Area, latitude_rad: f64, longitude_rad: f64) -> bool {
    let corners = &area.corners_rad;
    let ends = corners.iter().zip(corners.iter().cycle().skip(1));
    let crossings = ends.filter(|(a, b)| {
        (a[0] > latitude_rad) != (b[0] > latitude_rad)
            && longitude_rad < (b[1] - a[1]) * (latitude_rad - a[0]) / (b[0] - a[0]) + a[1]
    });
    crossings.count() % 2 == 1
}

#[test]
fn the_file_says_what_its_readers_rely_on() {
    let scenario = scenario();
    assert_eq!(scenario.node_names(), ["korea", "japan", "united-states"]);
    // 2017-09-14T21:57:00Z.
    assert_eq!(scenario.start.nanoseconds(), 1_505_426_220_000_000_000);
    let prior = scenario.tracker.ballistic_coefficient_log_sigma;
    assert_eq!(scenario.perturb.ballistic_coefficient_log_sigma, prior);
    assert_eq!(scenario.digest(), *blake3::hash(TEXT.as_bytes()).as_bytes());
    for (index, sensor) in scenario.sensors.iter().enumerate() {
        assert_eq!(usize::from(sensor.id.0), index);
        for other in &scenario.sensors[..index] {
            let apart_s = (sensor.first_look_s - other.first_look_s).abs();
            assert!(apart_s > 0.01, "{} and {} look at the same instant", sensor.name, other.name);
        }
    }
}

#[test]
fn the_ground_track_crosses_southern_hokkaido_in_the_reported_minutes() {
    let scenario = scenario();
    let flights = scenario.fly().expect("flights");
    let trajectory = flights[0].trajectory();
    let over = |name: &str| {
        let area = scenario.areas.iter().find(|area| area.name == name).expect("an area");
        let seconds = (0..=trajectory.impact_s() as u32).filter(|second| {
            let state = trajectory.state_at(f64::from(*second)).expect("flying");
            let place = geodetic_from_ecef(&state.position_m);
            contains(area, place.latitude_rad, place.longitude_rad)
        });
        seconds.collect::<Vec<u32>>()
    };
    let hokkaido = over("Hokkaido");
    let (first, last) = (hokkaido.first().expect("overflown"), hokkaido.last().expect("overflown"));
    println!("over Hokkaido from {first} to {last} s after launch");
    assert!(*first >= 420 && *last <= 540, "{first} to {last}");
    let middle = trajectory.state_at(f64::from(*first)).expect("flying");
    let latitude_deg = geodetic_from_ecef(&middle.position_m).latitude_rad.to_degrees();
    assert!((41.3..42.0).contains(&latitude_deg), "{latitude_deg}: not the south");
    for area in
        ["Aomori and Iwate", "Akita, Yamagata and Niigata coast", "Seoul region", "Korea's east coast"]
    {
        assert!(over(area).is_empty(), "{area}");
    }
    let sea = over("North-western Pacific");
    assert_eq!(sea.last(), Some(&(trajectory.impact_s() as u32)));
}

#[test]
fn runs_are_repeatable_paired_and_different_from_one_another() {
    let scenario = scenario();
    let flights = scenario.fly().expect("flights");
    let run = |scenario: &Scenario, seed, run| simulate(scenario, &flights, seed, run).expect("a run");
    let base = run(&scenario, 1, 0);
    assert_eq!(base, run(&scenario, 1, 0));
    let (other_run, other_seed) = (run(&scenario, 1, 1), run(&scenario, 2, 0));
    assert_ne!(base.scans, other_run.scans);
    assert_ne!(base.scans, other_seed.scans);
    // The same looks in every run, whatever falls.
    let times = |simulation: &sensor_sim::Simulation| -> Vec<_> {
        simulation.scans.iter().map(|scan| (scan.time, scan.sensor, scan.sequence)).collect()
    };
    assert_eq!(times(&base), times(&other_run));
    // Without the last sensor, the others report the same.
    let mut fewer = scenario.clone();
    let removed = fewer.sensors.pop().expect("a sensor").id;
    let kept: Vec<_> = base.scans.iter().filter(|scan| scan.sensor != removed).cloned().collect();
    assert_eq!(run(&fewer, 1, 0).scans, kept);
}

#[test]
fn ballistic_coefficients_spread_as_the_file_says_and_the_burn_does_not() {
    let scenario = scenario();
    let flights = scenario.fly().expect("flights");
    let (mut sum, mut squares, mut furthest_m) = (0.0, 0.0, 0.0_f64);
    let runs = 400;
    for run in 0..runs {
        let seed = sensor_sim::chance::Seed { seed: 1, run };
        let truth = sensor_sim::fly_truth(&scenario, &flights, seed).expect("a truth");
        let object = &truth.objects[0];
        let draw = libm::log(object.ballistic_coefficient_kg_m2 / 5_000.0) / 0.1;
        (sum, squares) = (sum + draw, squares + draw * draw);
        assert_eq!(object.trajectory.burnout_state(), flights[0].trajectory().burnout_state());
        let (apart_m, _) =
            geodesic(object.trajectory.impact(), flights[0].trajectory().impact()).expect("a distance");
        furthest_m = furthest_m.max(apart_m);
    }
    let (mean, variance) = (sum / f64::from(runs), squares / f64::from(runs));
    println!("mean {mean}, variance {variance}, furthest impact {furthest_m} m");
    assert!(mean.abs() < 0.2 && (variance - 1.0).abs() < 0.3, "{mean} {variance}");
    assert!(furthest_m > 100.0 && furthest_m < 10e3, "{furthest_m}");
}

#[test]
fn every_look_gives_a_scan_in_order_and_every_plot_makes_sense() {
    let scenario = scenario();
    let flights = scenario.fly().expect("flights");
    let simulation = simulate(&scenario, &flights, 1, 0).expect("a run");
    assert!(simulation.scans.is_sorted_by_key(|scan| (scan.time, scan.sensor)));
    let end_s = scenario.duration_s(&flights);
    assert!((end_s - flights[0].trajectory().impact_s() - scenario.tail_s).abs() < 1e-9);
    for sensor in &scenario.sensors {
        let scans: Vec<_> = simulation.scans.iter().filter(|scan| scan.sensor == sensor.id).collect();
        let expected = ((end_s - sensor.first_look_s) / sensor.revisit_s) as usize + 1;
        assert_eq!(scans.len(), expected, "{}", sensor.name);
        assert!(scans.iter().enumerate().all(|(index, scan)| scan.sequence as usize == index));
        assert!(scans.iter().any(|scan| scan.plots.is_empty()));
        let mut seen = 0;
        for scan in &scans {
            assert!(scan.plots.iter().all(Plot::is_valid));
            let targets = simulation.truth.targets_at(scan.time);
            let station = Station::at_scan(sensor, scan);
            let missile = targets.iter().find(|target| target.id == ObjectId(0));
            seen += usize::from(missile.is_some_and(|target| can_see(&station, target)));
        }
        let plots: usize = scans.iter().map(|scan| scan.plots.len()).sum();
        println!("{}: {} looks, {seen} with the object in coverage, {plots} plots", sensor.name, scans.len());
        let least = if matches!(sensor.kind, SensorKind::Infrared(_)) { 9 } else { 80 };
        assert!(seen >= least, "{} has the object in its coverage in {seen} looks", sensor.name);
    }
}

#[test]
fn the_truth_can_be_sampled() {
    let scenario = scenario();
    let flights = scenario.fly().expect("flights");
    let truth = simulate(&scenario, &flights, 1, 0).expect("a run").truth;
    let samples = truth.samples(1.0);
    let impact_s = truth.objects[0].trajectory.impact_s();
    assert_eq!(samples.len(), impact_s as usize + 2);
    assert!(samples.is_sorted_by_key(|sample| (sample.time, sample.object)));
    assert_eq!(samples[0].phase, Phase::Boost);
    let last = samples.last().expect("an impact");
    assert_eq!((last.phase, last.time), (Phase::Reentry, truth.objects[0].impact_time()));
    let text = serde_json::to_string(last).expect("JSON");
    let back: sensor_sim::TruthSample = serde_json::from_str(&text).expect("a sample");
    assert!((back.position_m - last.position_m).norm() < 1e-6);
}

#[test]
fn flights_of_another_scenario_are_refused() {
    let error = simulate(&scenario(), &[], 1, 0).expect_err("no flights");
    assert!(error.to_string().contains("1 flights and 0"), "{error}");
}

#[test]
fn a_scenario_too_large_for_memory_is_refused() {
    let flights = scenario().fly().expect("flights");
    let change = |edit: fn(&mut fusion_core::types::Sensor)| {
        let mut scenario = scenario();
        scenario.sensors.iter_mut().for_each(edit);
        simulate(&scenario, &flights, 1, 0).expect_err("too large").to_string()
    };
    assert!(change(|sensor| sensor.revisit_s = 1e-3).contains("5000000 looks"));
    assert!(change(|sensor| sensor.clutter_per_scan = 1e5).contains("plots"));
    assert!(change(|sensor| sensor.revisit_s = 0.0).contains("looks"));
}
