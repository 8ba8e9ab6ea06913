//! The same through scenario files: what is added changes nothing, reports and cues are as the file and the run have it.

use super::{SEED, assert_in_order, turned};
use fusion_core::types::{Plot, Scan, SensorId, geodetic_from_ecef};
use sensor_sim::{Scenario, Simulation, simulate};
use std::f64::consts::FRAC_PI_4;

const TEXT: &str = r#"
[scenario]
name = "added"
start = "2020-01-01T00:00:00Z"

[[node]]
name = "west"

[[flight]]
name = "short"
launch = { latitude_deg = 39.2, longitude_deg = 125.7 }
azimuth_deg = 90.0
apogee_km = 120.0
range_km = 400.0
boost_s = 70.0
ballistic_coefficient_kg_m2 = 5000.0

[sensor-class.field]
revisit_s = 2.0
detection_probability = 0.8
[sensor-class.field.radar]
maximum_range_km = 1000.0
minimum_elevation_deg = 1.0
range_sigma_m = 30.0
right_sigma_mrad = 1.0
up_sigma_mrad = 1.0
signal = { reference_range_km = 400.0, reference_ratio_db = 13.0 }

[sensor-class.array]
revisit_s = 1.0
detection_probability = 0.8
[sensor-class.array.radar]
maximum_range_km = 1000.0
minimum_elevation_deg = 1.0
range_sigma_m = 30.0
right_sigma_mrad = 1.0
up_sigma_mrad = 1.0
search_every = 5

[sensor-class.turning]
revisit_s = 4.0
detection_probability = 0.8
clutter_per_scan = 40.0
[sensor-class.turning.radar]
maximum_range_km = 1000.0
minimum_elevation_deg = 1.0
azimuth_width_deg = 90.0
range_sigma_m = 30.0
right_sigma_mrad = 1.0
up_sigma_mrad = 1.0
sectors = 10

[sensor-class.imagery]
revisit_s = 100.0
detection_probability = 1.0
[sensor-class.imagery.imagery]
preparation_s = 3600.0
place_sigma_km = 0.001

[sensor-class.person]
revisit_s = 1.0
detection_probability = 1.0
[sensor-class.person.reports]

[[sensor]]
name = "one"
class = "field"
owner = "west"
latitude_deg = 38.5
longitude_deg = 128.0
height_m = 100.0

[[sensor]]
name = "two"
class = "array"
owner = "west"
latitude_deg = 38.0
longitude_deg = 128.5
height_m = 100.0
"#;

/// Another flight, and a sensor that turns but sees a quarter of the horizon only.
const MORE: &str = r#"
[[flight]]
name = "long"
launch = { latitude_deg = 39.5, longitude_deg = 125.9 }
azimuth_deg = 95.0
apogee_km = 200.0
range_km = 700.0
boost_s = 80.0
ballistic_coefficient_kg_m2 = 5000.0

[[sensor]]
name = "three"
class = "turning"
owner = "west"
latitude_deg = 37.5
longitude_deg = 128.5
height_m = 100.0
azimuth_centre_deg = 350.0
"#;

fn run(text: &str) -> Simulation {
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    simulate(&scenario, &scenario.fly().expect("flights"), SEED.seed, SEED.run).expect("a run")
}

fn of(simulation: &Simulation, sensor: u16) -> Vec<Scan> {
    simulation.scans.iter().filter(|scan| scan.sensor == SensorId(sensor)).cloned().collect()
}

#[test]
fn another_flight_and_another_sensor_change_nothing_for_what_was_there() {
    let (few, many) = (run(TEXT), run(&format!("{TEXT}{MORE}")));
    assert_eq!(few.truth.objects[0].trajectory, many.truth.objects[0].trajectory);
    for sensor in [0, 1] {
        let (few, many) = (of(&few, sensor), of(&many, sensor));
        assert_in_order(&few);
        assert_in_order(&many);
        let mut count = 0;
        for scan in &few {
            for plot in &scan.plots {
                let there = many.iter().find(|other| other.time == scan.time);
                assert!(there.is_some_and(|scan| scan.plots.contains(plot)), "{plot:?} is gone");
                count += 1;
            }
        }
        let more: usize = many.iter().map(|scan| scan.plots.len()).sum();
        assert!(count > 60 && more > count + 60, "{sensor}: {count} plots, {more} with more");
    }
}

#[test]
fn an_antenna_that_turns_has_no_false_plots_outside_its_coverage() {
    let scans = of(&run(&format!("{TEXT}{MORE}")), 2);
    assert_in_order(&scans);
    let mut count = 0;
    for plot in scans.iter().flat_map(|scan| &scan.plots) {
        let Plot::Radar { azimuth_rad, .. } = *plot else { panic!("no radar's plot") };
        let away_rad = turned(azimuth_rad, 350_f64.to_radians()).abs();
        assert!(away_rad < FRAC_PI_4 + 0.01, "{away_rad}");
        count += 1;
    }
    // 40 in a turn of 4 s; the flights add less than a plot each in a turn.
    let expected = 4.0 * scans.len() as f64;
    let (least, bound) = (expected - 4.0 * expected.sqrt(), expected + 4.0 * expected.sqrt());
    assert!((least..bound + 0.2 * scans.len() as f64).contains(&f64::from(count)), "{count} of {expected}");
}

#[test]
fn imagery_tells_where_it_is_launched_in_this_run() {
    let text = format!(
        "{TEXT}\n[perturb]\nlaunch_sigma_km = 20.0\n[[sensor]]\nname = \"eye\"\nclass = \"imagery\"\nowner = \"west\"\n\
         longitude_deg = 128.0\n"
    )
    .replace("boost_s = 70.0", "boost_s = 70.0\nlaunch_s = 500.0");
    let simulation = run(&text);
    let start = simulation.truth.objects[0].trajectory.state_at(0.0).expect("a start");
    let place = geodetic_from_ecef(&start.position_m);
    let cues: Vec<Plot> = of(&simulation, 2).into_iter().flat_map(|scan| scan.plots).collect();
    assert_eq!(cues.len(), 6);
    for cue in cues {
        let Plot::Cue { latitude_rad, longitude_rad, .. } = cue else { panic!("no cue") };
        // Five metres.
        let off_rad = libm::hypot(latitude_rad - place.latitude_rad, longitude_rad - place.longitude_rad);
        assert!(off_rad < 1e-6, "{off_rad}");
    }
}

#[test]
fn reports_are_numbered_as_they_are_told_and_their_windows_checked() {
    let report = |told_s: f64, window_s: &str| {
        format!(
            "[[sensor.report]]\ntold_s = {told_s:.1}\nlatitude_deg = 39.0\nlongitude_deg = 126.0\n\
             place_sigma_km = 10.0\nwindow_s = {window_s}\n"
        )
    };
    let person = "[[sensor]]\nname = \"person\"\nclass = \"person\"\nowner = \"west\"\nlatitude_deg = 38.0\n\
                  longitude_deg = 127.0\nheight_m = 0.0\n";
    let first = report(90.0, "[100.0, 200.0]");
    let text = format!("{TEXT}{person}{first}{}", report(20.0, "[100.0, 300.0]"));
    let scans = of(&run(&text), 2);
    assert_eq!(scans.len(), 2);
    assert_in_order(&scans);
    let turned_round = format!("{TEXT}{person}{}", report(20.0, "[300.0, 100.0]"));
    let error = Scenario::parse(&turned_round).expect_err("an impossible window").to_string();
    assert!(error.contains("window_s"), "{error}");
    let outage = format!("{TEXT}{person}outages_s = [[10.0, 20.0], [50.0, 40.0]]\n");
    let error = Scenario::parse(&outage).expect_err("an impossible outage").to_string();
    assert!(error.contains("outages_s"), "{error}");
}
