//! Radars that are told where to look see what they saw untold, and more; the file says what they gain.

use fusion_core::measurement::Station;
use fusion_core::types::{Plot, Scan, Time};
use nalgebra::Vector3;
use sensor_sim::chance::Seed;
use sensor_sim::sensor::Pointing;
use sensor_sim::{CuedLooks, Scenario, ScenarioError, Truth, simulate};
use std::collections::BTreeSet;

const SCENARIO: &str = include_str!("../../fixtures/overflight-2022-10-04/scenario.toml");
const SEED: Seed = Seed { seed: 4, run: 0 };

fn cued(class: &str, keys: &str) -> Result<Scenario, ScenarioError> {
    Scenario::parse(&format!("{SCENARIO}\n[sensor-class.{class}.radar.cued]\n{keys}\n"))
}

/// Where the first flight truly is.
fn position_m(truth: &Truth, time: Time) -> Option<Vector3<f64>> {
    truth.objects[0].state_at(time).map(|state| state.position_m)
}

/// The instants of the looks in which a plot is on the first flight, a few deviations around.
fn seen(scenario: &Scenario, truth: &Truth, scans: &[Scan]) -> BTreeSet<Time> {
    let is_on = |scan: &&Scan| {
        let station = Station::at_scan(&scenario.sensors[usize::from(scan.sensor.0)], scan);
        let Some(truth_m) = position_m(truth, scan.time) else { return false };
        scan.plots.iter().any(|plot| match *plot {
            Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } => {
                let plot_m = station.position_m + station.direction(azimuth_rad, elevation_rad) * range_m;
                (plot_m - truth_m).norm() < 0.02 * range_m
            }
            _ => false,
        })
    };
    scans.iter().filter(is_on).map(|scan| scan.time).collect()
}

/// Looks that saw the flight: untold, told where it is, and told where it is not.
fn looks(scenario: &Scenario) -> [BTreeSet<Time>; 3] {
    let flights = scenario.fly().unwrap();
    let truth = simulate(scenario, &flights, SEED.seed, SEED.run).unwrap().truth;
    let until = scenario.start.plus_seconds(400.0);
    let run = |cues: &dyn Fn(Time) -> Vec<Pointing>| {
        let mut looks = CuedLooks::new(scenario, &truth, SEED);
        let scans = looks.until(until, |_, time| cues(time)).unwrap();
        assert!(scans.iter().all(|scan| looks.holds(scan.sensor)));
        seen(scenario, &truth, &scans)
    };
    let at = |time: Time| position_m(&truth, time).map(Pointing::At).into_iter().collect();
    let elsewhere =
        |time: Time| position_m(&truth, time).map(|place_m| Pointing::At(-place_m)).into_iter().collect();
    [run(&|_| Vec::new()), run(&at), run(&elsewhere)]
}

#[test]
fn whoever_is_told_sees_all_that_he_saw_untold_and_more() {
    // A radar that turns, with twice the range in echo strength, and an array that searches every eighth look.
    for (class, keys) in [
        ("long-range-surveillance", "detection_probability = 0.98\ndwell_gain_db = 12.0"),
        ("s-band-ship", "detection_probability = 0.98"),
    ] {
        let [untold, told, elsewhere] = looks(&cued(class, keys).unwrap());
        assert!(
            untold.is_subset(&told),
            "{class}: {} of {}",
            untold.intersection(&told).count(),
            untold.len()
        );
        assert!(untold.len() > 10 && told.len() > untold.len(), "{class}: {} {}", untold.len(), told.len());
        assert!(told.first() <= untold.first());
        assert_eq!(untold, elsewhere, "{class}");
    }
}

#[test]
fn what_a_cued_radar_cannot_be_is_refused() {
    // Nobody sees worse where he is told to look.
    let own = cued("s-band-ship", "detection_probability = 0.5").unwrap();
    let ship = own.sensors.iter().zip(&own.mounts).find(|(sensor, _)| sensor.name.contains("ship")).unwrap();
    assert_eq!(ship.1.cued.unwrap().detection_probability, ship.0.detection_probability);
    for keys in ["detection_probability = 1.1", "detection_probability = 0.99\nhalf_width_deg = 46.0"] {
        assert!(cued("s-band-ship", keys).is_err(), "{keys}");
    }
    let plain = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
    let gain = "[sensor-class.s-band-ship.radar.cued]\ndetection_probability = 0.9\ndwell_gain_db = 3.0\n";
    let error = Scenario::parse(&format!("{plain}\n{gain}")).unwrap_err().to_string();
    assert!(error.contains("dwell_gain_db needs a radar with signal"), "{error}");
}
