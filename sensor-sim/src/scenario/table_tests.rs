//! The tables of what flies, who looks and what differs, each with its numbers in SI units, and the rules of more than
//! one key. The complete example of the schema's tests has a table of every kind.

use super::*;
use crate::flight::{BoostProfile, Dropped, PullUp};
use crate::mount::{Bias, Imagery, Platform, Schedule};
use fusion_core::types::{RadarModel, Resolution, SensorKind, geodetic_from_ecef};

const COMPLETE: &str = include_str!("../../tests/schema/complete.toml");

fn complete() -> Scenario {
    Scenario::parse(COMPLETE).unwrap_or_else(|error| panic!("{error}"))
}

/// A sensor and what it really is.
fn sensor(name: &str) -> (Sensor, Mount) {
    let scenario = complete();
    let index = scenario.sensors.iter().position(|sensor| sensor.name == name).expect(name);
    (scenario.sensors[index].clone(), scenario.mounts[index].clone())
}

fn radar(sensor: &Sensor) -> &RadarModel {
    let SensorKind::Radar(radar) = &sensor.kind else { panic!("a radar") };
    radar
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-12 * right.abs()
}

#[test]
fn a_phased_array_has_dwells_a_signal_and_a_cell() {
    let (sensor, mount) = sensor("ship");
    let radar = radar(&sensor);
    assert_eq!(mount.schedule, Schedule::Dwells(10));
    assert!(close(radar.beam_half_width_rad, 1_f64.to_radians()));
    assert_eq!((radar.range_rate_sigma_m_s, radar.refractivity), (Some(5.0), 313.0));
    let signal = radar.signal.expect("a signal");
    assert!(close(signal.reference_ratio, 100.0), "20 dB: {}", signal.reference_ratio);
    assert_eq!((signal.reference_range_m, signal.false_alarm_probability), (500e3, 1e-6));
    assert_eq!(radar.resolution, Some(Resolution { range_m: 50.0, across_rad: 0.02 }));
    assert_eq!(mount.nominal_cross_section_m2, 1.0);
}

#[test]
fn a_rotating_radar_has_sectors() {
    let (sensor, mount) = sensor("site");
    assert_eq!((mount.schedule.clone(), mount.interval_s(&sensor)), (Schedule::Turn(36), 4.0 / 36.0));
    assert_eq!((radar(&sensor).signal, radar(&sensor).range_rate_sigma_m_s), (None, None));
    assert_eq!((mount.platform, radar(&sensor).resolution), (Platform::Fixed, None));
}

#[test]
fn a_ship_goes_along_its_course_and_has_its_errors() {
    let (sensor, mount) = sensor("ship");
    let Platform::Course(course) = &mount.platform else { panic!("a course") };
    let (position_m, velocity_m_s) = course.state_at(0.0);
    assert!((position_m - sensor.position_m).norm() < 1e-6 && (velocity_m_s.norm() - 8.0).abs() < 1e-9);
    // Half a degree a second for 600 s: 300 degrees to the right, of which a half turn is over after 360 s.
    let (place_m, right_m_s) = course.state_at(180.0);
    let enu_m_s = fusion_core::types::ecef_from_enu(geodetic_from_ecef(&place_m)).transpose() * right_m_s;
    assert!((enu_m_s.x - 8.0).abs() < 1e-2, "to the east after a quarter turn: {enu_m_s}");
    let (_, back_m_s) = course.state_at(360.0);
    assert!((back_m_s + velocity_m_s).norm() < 1e-2, "{back_m_s}");
    let bias = Bias { range_m: 10.0, azimuth_rad: 2e-4, elevation_rad: -2e-4, clock_s: 0.01 };
    assert_eq!((mount.bias, sensor.navigation_sigma_m), (bias, 10.0));
    assert_eq!((mount.outages_s, mount.lost_look_probability), (vec![[10.0, 20.0], [30.0, 40.0]], 0.01));
}

/// Fourteen and a fifth turns a day are 7,200 km from the Earth's centre: G M = n² a³.
#[test]
fn a_satellite_follows_its_elements() {
    let slot = sensor("satellite");
    assert_eq!(slot.1.platform, Platform::Fixed);
    let with_orbit = COMPLETE.replacen(
        "class = \"camera\"",
        "class = \"orbit\"\naim = { latitude_deg = 38, longitude_deg = 130 }",
        1,
    );
    let scenario = Scenario::parse(&with_orbit).unwrap_or_else(|error| panic!("{error}"));
    let (sensor, mount) = (&scenario.sensors[3], &scenario.mounts[3]);
    assert!(matches!((&sensor.kind, &mount.platform), (SensorKind::Infrared(_), Platform::Orbit(_))));
    let turn_s = 86_400.0 / 14.2;
    let radius_m = libm::cbrt(3.986e14 * (turn_s / std::f64::consts::TAU) * (turn_s / std::f64::consts::TAU));
    assert!((sensor.position_m.norm() - radius_m).abs() < 20e3, "{} m", sensor.position_m.norm());
    let below = geodetic_from_ecef(&sensor.position_m);
    assert!((below.latitude_rad.to_degrees() - 37.0).abs() < 1.0, "{below:?}");
}

#[test]
fn sonar_imagery_and_reports_tell_what_is_before_a_launch() {
    let (sonar, _) = sensor("array on the sea floor");
    let SensorKind::Sonar(model) = &sonar.kind else { panic!("a sonar") };
    assert_eq!((model.maximum_range_m, model.bearing_sigma_rad), (50e3, 2_f64.to_radians()));
    let (satellite, mount) = sensor("low satellite");
    let imagery =
        Imagery { preparation_s: 3_600.0, minimum_elevation_rad: 30_f64.to_radians(), place_sigma_m: 1e3 };
    assert_eq!((satellite.kind, mount.schedule), (SensorKind::Cue, Schedule::Imagery(imagery)));
    let (person, mount) = sensor("observer");
    let Schedule::Reports(reports) = &mount.schedule else { panic!("reports") };
    assert_eq!((person.kind, reports.len()), (SensorKind::Cue, 1));
    let report = reports[0];
    assert_eq!((report.told_s, report.place_sigma_m, report.window_s), (5.0, 5e3, [0.0, 600.0]));
    assert!(close(report.place.latitude_rad, 39.2_f64.to_radians()));
}

#[test]
fn aircraft_and_submarines_move() {
    let movers = complete().movers;
    let [airliner, submarine] = movers.as_slice() else { panic!("two") };
    assert_eq!((airliner.is_under_water, submarine.is_under_water), (false, true));
    assert_eq!((airliner.begins_s, airliner.lasts_s, airliner.cross_section_m2), (10.0, 600.0, 25.0));
    assert_eq!((submarine.begins_s, submarine.cross_section_m2), (0.0, 30.0));
    // The leg turns by a degree a second and repeats: back after 360 s.
    let moved_m = airliner.course.state_at(360.0).0 - airliner.course.state_at(0.0).0;
    assert!(moved_m.norm() < 50.0, "{} m", moved_m.norm());
    let (place_m, velocity_m_s) = submarine.course.state_at(0.0);
    assert!((geodetic_from_ecef(&place_m).height_m + 100.0).abs() < 1e-6);
    assert!((velocity_m_s.norm() - 3.0).abs() < 1e-9);
}

#[test]
fn a_flight_has_stages_a_pull_up_and_a_failure() {
    let flights = complete().flights;
    let [one, staged] = flights.as_slice() else { panic!("two") };
    assert_eq!((one.plan.profile, one.plan.stages.len()), (BoostProfile::LinearPitch, 1));
    assert_eq!((one.launch_s, one.cross_section_m2, one.stage_cross_section_m2), (30.0, 0.5, 6.0));
    let failure =
        FailureEntry { at_s: 100.0, fragments: 3, spread_m_s: 12.0, ballistic_coefficient_kg_m2: 600.0 };
    assert_eq!((one.failure, staged.failure), (Some(failure), None));
    assert_eq!((one.most_objects(), staged.most_objects()), (5, 3));
    let [first, second] = staged.plan.stages.as_slice() else { panic!("two stages") };
    assert_eq!((first.burn_s, first.pause_s, first.speed_share), (60.0, 5.0, 2.0));
    assert_eq!((second.burn_s, second.pause_s, second.speed_share), (40.0, 0.0, 1.0));
    let dropped = Dropped { after_s: 2.0, ballistic_coefficient_kg_m2: 400.0, separation_m_s: 5.0 };
    assert_eq!(first.dropped, Some(dropped));
    let pull_up = PullUp { below_height_m: 30e3, lift_to_drag: 1.5 };
    assert_eq!((one.plan.pull_up, staged.plan.pull_up), (None, Some(pull_up)));
}

#[test]
fn runs_and_the_air_differ_from_what_is_believed() {
    let scenario = complete();
    let perturb = Perturb {
        ballistic_coefficient_log_sigma: 0.1,
        launch_sigma_m: 1e3,
        azimuth_sigma_rad: 0.5_f64.to_radians(),
        burn_log_sigma: 0.01,
        apogee_log_sigma: 0.02,
    };
    assert_eq!(scenario.perturb, perturb);
    assert_eq!(scenario.perturbed_by(0.0).perturb, Perturb::default());
    assert_eq!(scenario.perturbed_by(2.0).perturb.launch_sigma_m, 2e3);
    let of =
        |text: &str| Scenario::parse(text).unwrap_or_else(|error| panic!("{error}")).mounts[0].refractivity;
    assert_eq!(of(COMPLETE), 330.0);
    assert_eq!(of(&COMPLETE.replacen("refractivity = 330.0", "", 1)), 313.0, "what the radar corrects for");
    assert_eq!(of(&COMPLETE.replacen("refractivity = 330.0", "refractivity = 0", 1)), 0.0);
}

/// What breaks each rule (the piece, what it becomes), what is said, and what stands at the place that is told.
const BROKEN: [[&str; 4]; 16] = [
    [
        "window_s = [0.0, 600.0]",
        "window_s = [600.0, 0.0]",
        "\"observer\", report 1: window_s|earlier one first",
        "[600.0",
    ],
    [
        "[10.0, 20.0], [30.0",
        "[20.0, 10.0], [30.0",
        "\"ship\": outages_s 1|earlier one first, not [20, 10]",
        "[20.0",
    ],
    ["[10.0, 20.0], [30.0", "[10.0, 35.0], [30.0", "\"ship\": outages_s|order of time", "[[10.0"],
    [
        "sectors = 36",
        "sectors = 36\nsearch_every = 5",
        "\"rotating\", radar|sectors belongs to a rotating",
        "[sensor-class.rot",
    ],
    [
        "at_s = 100.0",
        "at_s = 145.0",
        "flight \"one\", failure: at_s = 145.0|before the last burnout, 145",
        "145.0,",
    ],
    [
        "after_s = 2.0",
        "after_s = 7.5",
        "\"staged\", stage 1, dropped: after_s = 7.5|the stage's pause_s, 5",
        "7.5",
    ],
    [
        "burn_s = 40.0",
        "burn_s = 40.0\npause_s = 3.0",
        "\"staged\", stage 2: pause_s|0 for the last stage",
        "3.0",
    ],
    [
        "\"gravity-turn\"",
        "\"linear-pitch\"",
        "\"staged\": profile|gravity-turn for more than one stage",
        "\"linear",
    ],
    ["boost_s = 145.0", "", "flight \"one\"|either boost_s or", "[[flight"],
    ["height_m = -100.0", "height_m = 1.0", "submarine \"submarine\", start: height_m|at most 0", "1.0"],
    [
        "class = \"camera\"",
        "class = \"camera\"\nheight_m = 5.0",
        "\"low satellite\"|without longitude_deg",
        "[[sensor",
    ],
    [
        "class = \"camera\"",
        "class = \"camera\"\naim = { latitude_deg = 1, longitude_deg = 1 }",
        "\"low satellite\"|aim belongs",
        "[[sensor",
    ],
    [
        "class = \"person\"",
        "class = \"person\"\nazimuth_centre_deg = 1",
        "\"observer\"|azimuth_centre_deg belongs",
        "[[sensor",
    ],
    [
        "class = \"person\"",
        "class = \"rotating\"",
        "\"observer\"|report belongs to sensors of a class with",
        "[[sensor",
    ],
    [
        "start = \"2019-10-01",
        "start = \"2019-11-11",
        "\"low satellite\", orbit|41.0 days from the epoch",
        "[sensor.orbit",
    ],
    ["climb_m_s = 0.0,", "climb_m_s = 300.0,", "\"airliner\", course|leg 1: height_m", "[aircraft.course"],
];

#[test]
fn keys_that_do_not_go_together_are_told_with_their_place() {
    for [old, new, says, marked] in BROKEN {
        assert_eq!(COMPLETE.matches(old).count(), 1, "{old}");
        let text = COMPLETE.replacen(old, new, 1);
        let error = Scenario::parse(&text).map(|_| ()).expect_err(new);
        let said = error.to_string();
        assert!(says.split('|').all(|part| said.contains(part)), "`{new}` gave: {said}");
        let at = error.position().expect("a place");
        let line = text.lines().nth(at.line as usize - 1).unwrap_or_default();
        assert!(line[at.column as usize - 1..].starts_with(marked), "{said}: `{line}`");
    }
}

#[test]
fn an_area_is_a_polygon_or_a_place() {
    let with = |old: &str, new: &str| COMPLETE.replacen(old, new, 1);
    let polygon = "polygon = [[41.0, 140.0], [42.0, 140.0], [42.0, 141.0]]";
    let scenario =
        Scenario::parse(&with(polygon, "place = \"Hokkaido\"")).unwrap_or_else(|error| panic!("{error}"));
    let corners_deg = &boundaries()["Hokkaido"].corners_deg;
    assert_eq!(scenario.areas[0].corners_rad.len(), corners_deg.len());
    assert!(close(scenario.areas[0].corners_rad[0][0], corners_deg[0][0].to_radians()));
    let said = |new: &str| Scenario::parse(&with(polygon, new)).expect_err(new).to_string();
    for (new, parts) in [
        ("", "area \"north\"|exactly one of polygon and place"),
        (&*format!("{polygon}\nplace = \"Hokkaido\""), "area \"north\"|exactly one of polygon and place"),
        ("place = \"Hokaido\"", "area \"north\"|place = \"Hokaido\"|prefecture or province|Hokkaido, Hyogo"),
    ] {
        assert!(parts.split('|').all(|part| said(new).contains(part)), "`{new}` gave: {}", said(new));
    }
}
