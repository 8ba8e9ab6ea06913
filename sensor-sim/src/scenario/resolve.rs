//! From the file's tables to the checked scenario: ranges, names, units.

use super::file::{AreaTable, Class, File, FlightTable, InfraredTable, RadarTable, SensorTable};
use super::{FlightEntry, Node, Perturb, Scenario, ScenarioError};
use crate::flight::{FlightError, FlightPlan};
use fusion_core::{
    node::TrackerConfig,
    types::{
        Geodetic, InfraredModel, NodeId, RadarModel, Sensor, SensorId, SensorKind, Time, ecef_from_geodetic,
    },
    warning::{Area, WarningConfig},
};
use std::ops::RangeInclusive;

/// Longest text, bytes.
const MAXIMUM_LENGTH: usize = 1 << 20;
/// Most things of a kind.
const MAXIMUM_FLIGHTS: usize = 1_000;
const MAXIMUM_SENSORS: usize = 1_000;
const MAXIMUM_NODES: usize = 64;
const MAXIMUM_AREAS: usize = 1_000;
const MAXIMUM_CORNERS: usize = 10_000;
const MAXIMUM_REGIMES: usize = 100;
/// Height of the geosynchronous orbit over the equator, m.
const GEOSYNCHRONOUS_HEIGHT_M: f64 = 35_786_000.0;

pub(super) fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    if text.len() > MAXIMUM_LENGTH {
        return Err(ScenarioError::TooLong { length: text.len(), allowed: MAXIMUM_LENGTH });
    }
    let file: File = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let heading = "scenario";
    let nodes: Vec<Node> =
        file.nodes.into_iter().map(|node| Node { name: node.name, title: node.title }).collect();
    let node_names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    check_names("node", MAXIMUM_NODES, &node_names)?;
    check_names("flight", MAXIMUM_FLIGHTS, &names(&file.flights, |flight| &flight.name))?;
    check_names("sensor", MAXIMUM_SENSORS, &names(&file.sensors, |sensor| &sensor.name))?;
    check_names("area", MAXIMUM_AREAS, &names(&file.areas, |area| &area.name))?;
    check_names("regime", MAXIMUM_REGIMES, &names(&file.regimes, |regime| &regime.name))?;
    for regime in &file.regimes {
        regime.resolve(&node_names)?;
    }
    for (name, class) in &file.classes {
        check_class(name, class)?;
    }
    let sigma = file.perturb.ballistic_coefficient_log_sigma;
    in_range("perturb", "ballistic_coefficient_log_sigma", sigma, 0.0..=1.0)?;
    check_tracker(&file.tracker)?;
    check_warning(&file.warning)?;
    let sensor = |(index, table)| resolve_sensor(index, table, &file.classes, &node_names);
    Ok(Scenario {
        name: file.scenario.name,
        title: file.scenario.title,
        summary: file.scenario.summary,
        start: parse_start(&file.scenario.start)?,
        tail_s: in_range(heading, "tail_s", file.scenario.tail_s, 0.0..=86_400.0)?,
        flights: file.flights.iter().map(resolve_flight).collect::<Result<_, _>>()?,
        perturb: Perturb { ballistic_coefficient_log_sigma: sigma },
        sensors: file.sensors.iter().enumerate().map(sensor).collect::<Result<_, _>>()?,
        areas: file.areas.iter().map(|area| resolve_area(area, &node_names)).collect::<Result<_, _>>()?,
        nodes,
        tracker: file.tracker,
        warning: file.warning,
        regimes: file.regimes,
        digest: *blake3::hash(text.as_bytes()).as_bytes(),
    })
}

/// Line and column of a parser's error: its span counts bytes.
fn syntax(text: &str, error: &toml::de::Error) -> ScenarioError {
    let begin = error.span().map_or(0, |span| span.start);
    let before: String =
        text.char_indices().take_while(|(at, _)| *at < begin).map(|(_, letter)| letter).collect();
    ScenarioError::Syntax {
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|letter| *letter != '\n').count() + 1,
        message: error.message().to_owned(),
    }
}

fn names<T>(tables: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    tables.iter().map(|table| name(table).clone()).collect()
}

fn check_names(kind: &'static str, allowed: usize, names: &[String]) -> Result<(), ScenarioError> {
    if names.len() > allowed {
        return Err(ScenarioError::TooMany { kind, count: names.len(), allowed });
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    match sorted.iter().zip(sorted.iter().skip(1)).find(|(left, right)| left == right) {
        Some((name, _)) => Err(ScenarioError::Duplicate { kind, name: (*name).clone() }),
        None => Ok(()),
    }
}

/// The value, when it lies in the range; not-a-number and infinities never do.
fn in_range(
    place: &str,
    key: &'static str,
    value: f64,
    allowed: RangeInclusive<f64>,
) -> Result<f64, ScenarioError> {
    if allowed.contains(&value) {
        return Ok(value);
    }
    Err(ScenarioError::OutOfRange {
        place: place.to_owned(),
        key,
        value: value.to_string(),
        allowed: format!("{} to {}", allowed.start(), allowed.end()),
    })
}

fn parse_start(text: &str) -> Result<Time, ScenarioError> {
    let wrong = |why: String| ScenarioError::OutOfRange {
        place: "scenario".to_owned(),
        key: "start",
        value: format!("\"{text}\""),
        allowed: format!("an instant as 2017-09-14T21:57:00Z, from 1970 to 2200{why}"),
    };
    let instant: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| wrong(format!(" ({error})")))?;
    let nanoseconds = i64::try_from(instant.as_nanosecond()).map_err(|_| wrong(String::new()))?;
    // 2200-01-01; far enough from the ends of the 64 bits that no scenario gets there.
    const LATEST: i64 = 7_258_118_400_000_000_000;
    if (0..LATEST).contains(&nanoseconds) {
        Ok(Time::from_nanoseconds(nanoseconds))
    } else {
        Err(wrong(String::new()))
    }
}

fn resolve_flight(table: &FlightTable) -> Result<FlightEntry, ScenarioError> {
    let place = format!("flight \"{}\"", table.name);
    let plan = FlightPlan {
        launch: Geodetic::from_degrees(
            table.launch.latitude_deg,
            table.launch.longitude_deg,
            table.launch.height_m,
        ),
        azimuth_rad: table.azimuth_deg.to_radians(),
        apogee_m: table.apogee_km * 1e3,
        range_m: table.range_km * 1e3,
        boost_s: table.boost_s,
        ballistic_coefficient_kg_m2: table.ballistic_coefficient_kg_m2,
    };
    plan.check().map_err(|error| match error {
        FlightError::OutOfRange { key, value, allowed } => ScenarioError::OutOfRange {
            place: place.clone(),
            key,
            value: value.to_string(),
            allowed: allowed.to_owned(),
        },
        error => ScenarioError::Flight { name: table.name.clone(), error },
    })?;
    let launch_s = in_range(&place, "launch_s", table.launch_s, 0.0..=86_400.0)?;
    Ok(FlightEntry { name: table.name.clone(), plan, launch_s })
}

fn check_class(name: &str, class: &Class) -> Result<(), ScenarioError> {
    let place = format!("sensor-class \"{name}\"");
    in_range(&place, "revisit_s", class.revisit_s, 0.05..=3_600.0)?;
    in_range(&place, "detection_probability", class.detection_probability, 0.0..=1.0)?;
    in_range(&place, "clutter_per_scan", class.clutter_per_scan, 0.0..=1_000.0)?;
    match (&class.radar, &class.infrared) {
        (Some(radar), None) => check_radar(&format!("{place}, radar"), radar),
        (None, Some(infrared)) => check_infrared(&format!("{place}, infrared"), infrared),
        _ => Err(ScenarioError::Keys {
            place: place.clone(),
            message: format!(
                "give exactly one of [sensor-class.{name}.radar] and [sensor-class.{name}.infrared]"
            ),
        }),
    }
}

fn check_radar(place: &str, radar: &RadarTable) -> Result<(), ScenarioError> {
    in_range(place, "minimum_range_km", radar.minimum_range_km, 0.0..=10_000.0)?;
    in_range(place, "maximum_range_km", radar.maximum_range_km, radar.minimum_range_km.max(1.0)..=10_000.0)?;
    in_range(place, "minimum_elevation_deg", radar.minimum_elevation_deg, -90.0..=90.0)?;
    let elevations_deg = radar.minimum_elevation_deg..=90.0;
    in_range(place, "maximum_elevation_deg", radar.maximum_elevation_deg, elevations_deg)?;
    in_range(place, "azimuth_width_deg", radar.azimuth_width_deg, 0.1..=360.0)?;
    in_range(place, "range_sigma_m", radar.range_sigma_m, 0.01..=10_000.0)?;
    in_range(place, "right_sigma_mrad", radar.right_sigma_mrad, 0.001..=100.0)?;
    in_range(place, "up_sigma_mrad", radar.up_sigma_mrad, 0.001..=100.0)?;
    Ok(())
}

fn check_infrared(place: &str, infrared: &InfraredTable) -> Result<(), ScenarioError> {
    in_range(place, "field_of_view_deg", infrared.field_of_view_deg, 0.01..=90.0)?;
    in_range(place, "minimum_target_height_km", infrared.minimum_target_height_km, 0.0..=1_000.0)?;
    in_range(place, "angle_sigma_urad", infrared.angle_sigma_urad, 0.1..=10_000.0)?;
    Ok(())
}

fn resolve_sensor(
    index: usize,
    table: &SensorTable,
    classes: &std::collections::BTreeMap<String, Class>,
    node_names: &[String],
) -> Result<Sensor, ScenarioError> {
    let place = format!("sensor \"{}\"", table.name);
    let class = classes.get(&table.class).ok_or_else(|| ScenarioError::Unknown {
        place: place.clone(),
        key: "class",
        name: table.class.clone(),
        kind: "sensor-class",
        known: list(classes.keys()),
    })?;
    let owner = find_node(&place, "owner", &table.owner, node_names)?;
    let longitude_deg = in_range(&place, "longitude_deg", table.longitude_deg, -180.0..=360.0)?;
    let (site, kind) = match (&class.radar, &class.infrared) {
        (Some(radar), _) => resolve_radar(&place, table, radar, longitude_deg)?,
        (_, Some(infrared)) => resolve_infrared(&place, table, infrared, longitude_deg)?,
        // Refused when the class was checked.
        (None, None) => {
            return Err(ScenarioError::Keys { place, message: "its class has no model".to_owned() });
        }
    };
    Ok(Sensor {
        id: SensorId(index as u16),
        name: table.name.clone(),
        owner,
        position_m: ecef_from_geodetic(site),
        revisit_s: class.revisit_s,
        first_look_s: in_range(&place, "first_look_s", table.first_look_s, 0.0..=86_400.0)?,
        detection_probability: class.detection_probability,
        clutter_per_scan: class.clutter_per_scan,
        kind,
    })
}

fn resolve_radar(
    place: &str,
    table: &SensorTable,
    radar: &RadarTable,
    longitude_deg: f64,
) -> Result<(Geodetic, SensorKind), ScenarioError> {
    let keys = |message: &str| ScenarioError::Keys { place: place.to_owned(), message: message.to_owned() };
    let (Some(latitude_deg), Some(height_m)) = (table.latitude_deg, table.height_m) else {
        return Err(keys("a radar needs latitude_deg and height_m"));
    };
    if table.aim.is_some() {
        return Err(keys("aim belongs to infrared satellites; a radar has azimuth_centre_deg"));
    }
    if table.azimuth_centre_deg.is_none() && radar.azimuth_width_deg < 360.0 {
        return Err(keys("its class has azimuth_width_deg below 360, so that it needs azimuth_centre_deg"));
    }
    let site = Geodetic::from_degrees(
        in_range(place, "latitude_deg", latitude_deg, -90.0..=90.0)?,
        longitude_deg,
        in_range(place, "height_m", height_m, -500.0..=30_000.0)?,
    );
    let centre_deg =
        in_range(place, "azimuth_centre_deg", table.azimuth_centre_deg.unwrap_or(0.0), -180.0..=360.0)?;
    let model = RadarModel {
        minimum_range_m: radar.minimum_range_km * 1e3,
        maximum_range_m: radar.maximum_range_km * 1e3,
        minimum_elevation_rad: radar.minimum_elevation_deg.to_radians(),
        maximum_elevation_rad: radar.maximum_elevation_deg.to_radians(),
        azimuth_centre_rad: centre_deg.to_radians(),
        azimuth_half_width_rad: (0.5 * radar.azimuth_width_deg).to_radians(),
        range_sigma_m: radar.range_sigma_m,
        right_sigma_rad: radar.right_sigma_mrad * 1e-3,
        up_sigma_rad: radar.up_sigma_mrad * 1e-3,
    };
    Ok((site, SensorKind::Radar(model)))
}

fn resolve_infrared(
    place: &str,
    table: &SensorTable,
    infrared: &InfraredTable,
    longitude_deg: f64,
) -> Result<(Geodetic, SensorKind), ScenarioError> {
    let keys = |message: &str| ScenarioError::Keys { place: place.to_owned(), message: message.to_owned() };
    if table.latitude_deg.is_some() || table.height_m.is_some() || table.azimuth_centre_deg.is_some() {
        return Err(keys(
            "an infrared satellite stands 35,786 km over the equator: give longitude_deg and aim, without \
             latitude_deg, height_m and azimuth_centre_deg",
        ));
    }
    let Some(aim) = &table.aim else {
        return Err(keys("an infrared satellite needs aim = { latitude_deg = .., longitude_deg = .. }"));
    };
    let aim_place = format!("{place}, aim");
    let aim = Geodetic::from_degrees(
        in_range(&aim_place, "latitude_deg", aim.latitude_deg, -90.0..=90.0)?,
        in_range(&aim_place, "longitude_deg", aim.longitude_deg, -180.0..=360.0)?,
        0.0,
    );
    let site = Geodetic::from_degrees(0.0, longitude_deg, GEOSYNCHRONOUS_HEIGHT_M);
    let model = InfraredModel {
        boresight: (ecef_from_geodetic(aim) - ecef_from_geodetic(site)).normalize(),
        half_width_rad: (0.5 * infrared.field_of_view_deg).to_radians(),
        minimum_target_height_m: infrared.minimum_target_height_km * 1e3,
        angle_sigma_rad: infrared.angle_sigma_urad * 1e-6,
    };
    Ok((site, SensorKind::Infrared(model)))
}

fn resolve_area(table: &AreaTable, node_names: &[String]) -> Result<Area, ScenarioError> {
    let place = format!("area \"{}\"", table.name);
    let warned_by: Result<Vec<NodeId>, _> =
        table.warned_by.iter().map(|name| find_node(&place, "warned_by", name, node_names)).collect();
    let count = table.polygon.len();
    if !(3..=MAXIMUM_CORNERS).contains(&count) {
        return Err(ScenarioError::OutOfRange {
            place,
            key: "polygon",
            value: format!("{count} corners"),
            allowed: format!("3 to {MAXIMUM_CORNERS} corners, each [latitude, longitude] in degrees"),
        });
    }
    let mut corners_rad = Vec::with_capacity(count);
    for [latitude_deg, longitude_deg] in &table.polygon {
        in_range(&place, "polygon latitude", *latitude_deg, -89.0..=89.0)?;
        in_range(&place, "polygon longitude", *longitude_deg, -180.0..=180.0)?;
        corners_rad.push([latitude_deg.to_radians(), longitude_deg.to_radians()]);
    }
    Ok(Area { name: table.name.clone(), warned_by: warned_by?, corners_rad })
}

fn find_node(
    place: &str,
    key: &'static str,
    name: &str,
    node_names: &[String],
) -> Result<NodeId, ScenarioError> {
    let found = node_names.iter().position(|known| known == name);
    found.map(|index| NodeId(index as u16)).ok_or_else(|| ScenarioError::Unknown {
        place: place.to_owned(),
        key,
        name: name.to_owned(),
        kind: "node",
        known: list(node_names.iter()),
    })
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let joined = names.map(String::as_str).collect::<Vec<_>>().join(", ");
    if joined.is_empty() { "none".to_owned() } else { joined }
}

fn check_tracker(tracker: &TrackerConfig) -> Result<(), ScenarioError> {
    let checks = [
        ("boost_acceleration_density_m2_s5", tracker.boost_acceleration_density_m2_s5, 0.0..=1e6),
        ("coast_acceleration_density_m2_s3", tracker.coast_acceleration_density_m2_s3, 0.0..=1e6),
        ("ballistic_coefficient_median_kg_m2", tracker.ballistic_coefficient_median_kg_m2, 1.0..=1e6),
        ("ballistic_coefficient_log_sigma", tracker.ballistic_coefficient_log_sigma, 1e-6..=10.0),
        ("mean_boost_s", tracker.mean_boost_s, 0.1..=10_000.0),
        ("mean_coast_below_reentry_height_s", tracker.mean_coast_below_reentry_height_s, 0.01..=10_000.0),
        ("reentry_height_m", tracker.reentry_height_m, 0.0..=1e6),
        ("gate_probability", tracker.gate_probability, 0.5..=0.999_999_999),
        ("false_track_probability", tracker.false_track_probability, 1e-12..=0.5),
        ("missed_track_probability", tracker.missed_track_probability, 1e-12..=0.5),
        ("maximum_speed_m_s", tracker.maximum_speed_m_s, 1.0..=20_000.0),
        ("maximum_position_sigma_m", tracker.maximum_position_sigma_m, 1.0..=1e8),
        ("history_s", tracker.history_s, 0.0..=86_400.0),
    ];
    for (key, value, allowed) in checks {
        in_range("tracker", key, value, allowed)?;
    }
    Ok(())
}

fn check_warning(warning: &WarningConfig) -> Result<(), ScenarioError> {
    in_range("warning", "alert_probability", warning.alert_probability, 0.0..=1.0)?;
    in_range("warning", "actionable_major_axis_km", warning.actionable_major_axis_km, 0.001..=10_000.0)?;
    in_range("warning", "dissemination_s", warning.dissemination_s, 0.0..=86_400.0)?;
    Ok(())
}
