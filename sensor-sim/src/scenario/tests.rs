use super::*;
use fusion_core::types::{SensorKind, geodetic_from_ecef};

const SMALL: &str = r#"
[scenario]
name = "small"
start = "2017-09-14T21:57:00Z"
tail_s = 30

[[flight]]
name = "one"
launch = { latitude_deg = 39.2, longitude_deg = 125.673 }
azimuth_deg = 72
apogee_km = 800
range_km = 3700
boost_s = 145
ballistic_coefficient_kg_m2 = 5000

[sensor-class.long]
revisit_s = 4
detection_probability = 0.9
[sensor-class.long.radar]
maximum_range_km = 1000
minimum_elevation_deg = 1
azimuth_width_deg = 120
range_sigma_m = 35
right_sigma_mrad = 2
up_sigma_mrad = 3

[sensor-class.orbit]
revisit_s = 10
detection_probability = 0.95
clutter_per_scan = 0.2
[sensor-class.orbit.infrared]
field_of_view_deg = 4
minimum_target_height_km = 10
angle_sigma_urad = 50

[[sensor]]
name = "sado"
class = "long"
owner = "japan"
latitude_deg = 38.2
longitude_deg = 138.4
height_m = 1000
azimuth_centre_deg = 330

[[sensor]]
name = "east"
class = "orbit"
owner = "korea"
longitude_deg = 160
aim = { latitude_deg = 40, longitude_deg = 130 }
first_look_s = 2.5

[[node]]
name = "korea"
[[node]]
name = "japan"
title = "Japan"

[[area]]
name = "north"
warned_by = ["japan"]
polygon = [[41, 140], [42, 140], [42, 141]]

[[regime]]
name = "pair"
description = "tracks one way"
[[regime.link]]
from = "korea"
to = "japan"
level = "tracks"
delay = { constant = { seconds = 2 } }
"#;

/// What the parser says of the small file with one piece replaced.
fn complaint(old: &str, new: &str) -> String {
    assert!(SMALL.contains(old), "{old} is not in the file");
    match Scenario::parse(&SMALL.replacen(old, new, 1)) {
        Ok(_) => panic!("{new} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_file_becomes_a_scenario_in_si_units() {
    let scenario = Scenario::parse(SMALL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((scenario.tail_s, scenario.flights[0].launch_s), (30.0, 0.0));
    assert_eq!(scenario.flights[0].plan.range_m, 3_700e3);
    let [sado, east] = scenario.sensors.as_slice() else { panic!("two sensors") };
    assert_eq!((sado.id.0, sado.owner.0, east.id.0, east.owner.0), (0, 1, 1, 0));
    let SensorKind::Radar(radar) = &sado.kind else { panic!("a radar") };
    assert_eq!((radar.maximum_range_m, radar.minimum_range_m, radar.right_sigma_rad), (1e6, 10e3, 2e-3));
    assert!((radar.up_sigma_rad - 3e-3).abs() < 1e-15);
    assert!((radar.azimuth_half_width_rad - 60_f64.to_radians()).abs() < 1e-15);
    let SensorKind::Infrared(infrared) = &east.kind else { panic!("infrared") };
    assert!((infrared.angle_sigma_rad - 5e-5).abs() < 1e-18 && infrared.minimum_target_height_m == 10e3);
    assert!((infrared.half_width_rad - 2_f64.to_radians()).abs() < 1e-15);
    let slot = geodetic_from_ecef(&east.position_m);
    assert!(slot.latitude_rad.abs() < 1e-12 && (slot.height_m - 35_786e3).abs() < 1e-3);
    let aim = geodetic_from_ecef(&infrared.aim_m);
    assert!((aim.latitude_rad - 40_f64.to_radians()).abs() < 1e-12 && aim.height_m.abs() < 1e-3);
    assert_eq!(scenario.areas[0].warned_by[0].0, 1);
    assert!((scenario.areas[0].corners_rad[2][1] - 141_f64.to_radians()).abs() < 1e-15);
    assert_eq!(scenario.regimes[0].links.len(), 1);
    assert_ne!(Scenario::parse(&format!("{SMALL}\n#")).expect("a file").digest(), scenario.digest());
}

#[test]
fn a_wrong_value_is_told_with_its_place_its_key_and_what_is_allowed() {
    for (old, new, parts) in [
        ("revisit_s = 4", "revisit_s = -1", "sensor-class \"long\": revisit_s = -1 0.05 to 3600"),
        ("detection_probability = 0.9\n", "detection_probability = nan\n", "\"long\" = nan 0 to 1"),
        (
            "maximum_range_km = 1000",
            "maximum_range_km = 5",
            "\"long\", radar maximum_range_km = 5 minimum_range_km, 10",
        ),
        ("angle_sigma_urad = 50", "angle_sigma_urad = 0", "\"orbit\", infrared angle_sigma_urad = 0"),
        ("latitude_deg = 38.2", "latitude_deg = 98.2", "sensor \"sado\" latitude_deg = 98.2 -90 to 90"),
        (
            "aim = { latitude_deg = 40",
            "aim = { latitude_deg = 400",
            "sensor \"east\", aim latitude_deg = 400",
        ),
        ("first_look_s = 2.5", "first_look_s = inf", "sensor \"east\": first_look_s = inf"),
        ("apogee_km = 800", "apogee_km = 8", "flight \"one\": apogee_km = 8 20 to 10000"),
        ("tail_s = 30", "tail_s = -3", "scenario: tail_s = -3"),
        (
            "start = \"2017-09-14T21:57:00Z\"",
            "start = \"yesterday\"",
            "start = \"yesterday\" 2017-09-14T21:57:00Z",
        ),
        ("start = \"2017", "start = \"1917", "start = \"1917 1970 to 2200"),
        ("[42, 141]", "[42, 241]", "area \"north\" polygon 3, longitude = 241 -180 to 180"),
        (", [42, 141]", "", "area \"north\" polygon = a list of 2 3 to 4096 items"),
        ("seconds = 2", "seconds = -2", "regime \"pair\", link 1, delay, constant seconds = -2 0 to 86400"),
        ("[scenario]", "[tracker]\nhistory_s = -1\n[scenario]", "tracker: history_s = -1 1 to 600"),
        (
            "[scenario]",
            "[warning]\nalert_probability = 2\n[scenario]",
            "warning: alert_probability = 2 0 to 1",
        ),
        ("[scenario]", "[perturb]\nballistic_coefficient_log_sigma = 2\n[scenario]", "perturb: 0 to 1"),
    ] {
        let said = complaint(old, new);
        for part in parts.split(' ') {
            assert!(said.contains(part), "`{new}` gave: {said}; `{part}` is missing");
        }
    }
}

#[test]
fn names_must_stand_for_something_and_for_one_thing() {
    for (old, new, parts) in [
        ("class = \"long\"", "class = \"short\"", "sensor \"sado\"|short|long, orbit"),
        ("owner = \"japan\"", "owner = \"france\"", "sensor \"sado\"|owner|france|korea, japan"),
        ("warned_by = [\"japan\"]", "warned_by = [\"nobody\"]", "area \"north\"|warned_by|nobody"),
        ("from = \"korea\"", "from = \"japan\"", "regime `pair`|link 1|both `japan`"),
        ("name = \"east\"", "name = \"sado\"", "two sensors|sado"),
        ("name = \"korea\"", "name = \"japan\"", "two nodes|japan"),
    ] {
        let said = complaint(old, new);
        assert!(parts.split('|').all(|part| said.contains(part)), "`{new}` gave: {said}");
    }
}

#[test]
fn keys_of_the_other_kind_are_refused() {
    for (old, new, parts) in [
        ("azimuth_centre_deg = 330", "", "sensor \"sado\"|azimuth_width_deg|azimuth_centre_deg"),
        ("height_m = 1000", "", "sensor \"sado\"|height_m"),
        ("height_m = 1000", "height_m = 1000\naim = { latitude_deg = 1, longitude_deg = 1 }", "\"sado\"|aim"),
        ("longitude_deg = 160", "longitude_deg = 160\nheight_m = 5", "sensor \"east\"|equator"),
        ("aim = { latitude_deg = 40, longitude_deg = 130 }", "", "sensor \"east\"|needs aim"),
        (
            "[sensor-class.orbit.infrared]",
            "[sensor-class.long.infrared]",
            "sensor-class \"long\"|exactly one",
        ),
    ] {
        let said = complaint(old, new);
        assert!(parts.split('|').all(|part| said.contains(part)), "`{new}` gave: {said}");
    }
}

#[test]
fn what_is_not_toml_or_not_a_key_is_told_with_line_and_column() {
    let said = complaint("revisit_s = 4", "revisit = 4");
    assert!(said.starts_with("line 17, column 1: ") && said.contains("revisit"), "{said}");
    let said = complaint("revisit_s = 4", "revisit_s = \"four\"");
    assert!(said.starts_with("line 17, column 13: "), "{said}");
    let said = complaint("owner = \"japan\"", "owner = ");
    assert!(said.starts_with("line 39, column "), "{said}");
    let said = complaint("title = \"Japan\"", "título = \"Japan\"");
    assert!(said.starts_with("line 57, column 2: "), "{said}");
    assert!(Scenario::parse("").expect_err("no heading").to_string().contains("scenario"));
    let long = "#".repeat((1 << 20) + 1);
    assert!(matches!(Scenario::parse(&long), Err(ScenarioError::TooLong { .. })));
}

#[test]
fn a_flight_that_cannot_be_flown_is_named() {
    let text = SMALL.replace("apogee_km = 800", "apogee_km = 30");
    let error = Scenario::parse(&text).expect("a file").fly().expect_err("too flat");
    let said = error.to_string();
    assert!(said.starts_with("flight \"one\": range_km = 3700.0 is longer than a flight"), "{said}");
}

/// Errors that take more than one key to see have a place as well.
#[test]
fn every_error_of_a_file_says_where() {
    for (old, new, marked) in [
        ("revisit_s = 4", "revisit_s = -1", "-1\ndetection"),
        ("[42, 141]", "[42, 241]", "241"),
        ("maximum_range_km = 1000", "maximum_range_km = 5", "5\nminimum_elevation"),
        ("class = \"long\"", "class = \"short\"", "\"short\""),
        ("warned_by = [\"japan\"]", "warned_by = [\"japan\", \"nobody\"]", "\"nobody\""),
        ("name = \"east\"", "name = \"sado\"", "\"sado\"\nclass = \"orbit\""),
        ("height_m = 1000", "", "[[sensor]]\nname = \"sado\""),
        ("[sensor-class.orbit.infrared]", "[sensor-class.long.infrared]", "[sensor-class.long]\n"),
        ("from = \"korea\"", "from = \"nobody\"", "\"nobody\""),
        ("from = \"korea\"", "from = \"japan\"", "\"japan\"\nlevel"),
        ("level = \"tracks\"", "level = \"measurements\"\nrelease = { probability = 0.5 }", "0.5"),
        ("to = \"japan\"", "to = \"japan\"\noutages_s = [[2, 1]]", "[[2, 1]]"),
        ("start = \"2017", "start = \"1917", "\"1917"),
    ] {
        let text = SMALL.replacen(old, new, 1);
        let error = Scenario::parse(&text).expect_err(new);
        let at = error.position().unwrap_or_else(|| panic!("{error}"));
        let line = text.lines().nth(at.line as usize - 1).unwrap_or_default();
        assert_eq!(text.matches(marked).count(), 1, "{marked}");
        let from = text.find(marked).unwrap_or_default();
        let expected = text[..from].matches('\n').count() + 1;
        let is_there =
            line.chars().skip(at.column as usize - 1).eq(text[from..].lines().next().unwrap_or("").chars());
        assert!(at.line as usize == expected && is_there, "{error}: `{line}`, not `{marked}`");
        assert!(error.to_string().starts_with(&format!("line {}, column {}: ", at.line, at.column)));
    }
}

#[test]
fn long_lists_are_read_in_a_moment_and_refused_by_their_length() {
    let corners = |count: usize| format!("polygon = [[41, 140]{}]", ", [1, 2]".repeat(count - 1));
    let text = |count| SMALL.replace("polygon = [[41, 140], [42, 140], [42, 141]]", &corners(count));
    assert!(Scenario::parse(&text(4_096)).is_ok());
    let said = Scenario::parse(&text(4_097)).expect_err("too long").to_string();
    assert!(said.contains("polygon = a list of 4097 is not allowed; it must be 3 to 4096 items"), "{said}");
}
