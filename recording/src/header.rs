//! The header: everything but the scans that a replay needs.

use crate::{
    MAX_AREAS, MAX_CORNERS, MAX_NAME_BYTES, MAX_NODES, MAX_NOTE_BYTES, MAX_SENSOR_RADIUS_M, MAX_SENSORS,
    MAX_SPAN_S, MIN_SENSOR_RADIUS_M, RecordingError,
};
use fusion_core::node::TrackerConfig;
use fusion_core::types::{
    InfraredModel, NodeId, RadarModel, Resolution, Sensor, SensorKind, SignalModel, SonarModel, Time,
};
use fusion_core::warning::{Area, WarningConfig};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fmt::{Display, Formatter};

/// What a recording says before its first frame.
///
/// Every attribute `serde(default)` of what it embeds is without effect here: bincode writes every field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the scenario that was flown.
    pub scenario: String,
    /// BLAKE3 digest of the scenario file.
    pub scenario_digest: [u8; 32],
    /// Seed of every random stream.
    pub seed: u64,
    /// Which of the runs under that seed.
    pub run: u32,
    /// The instant from which the scenario counts its seconds.
    pub start: Time,
    /// The sensors; the identity of each is its index.
    pub sensors: Vec<Sensor>,
    /// Names of the nodes; the identity of each is its index.
    pub nodes: Vec<String>,
    /// The areas that are warned.
    pub areas: Vec<Area>,
    /// How the nodes track.
    pub tracker: TrackerConfig,
    /// When the nodes warn.
    pub warning: WarningConfig,
    /// What a reader should know besides, such as "seen without cues".
    pub note: String,
}

type Checked = Result<(), RecordingError>;
/// A field's name, its value, and what is allowed.
type Row = (&'static str, f64, Allowed);

/// What a number may be; not-a-number is never allowed.
#[derive(Clone, Copy)]
enum Allowed {
    /// From the first to the second, both allowed.
    Within(f64, f64),
    /// Above the first, up to the second.
    Above(f64, f64),
    /// Between the two, neither allowed.
    Between(f64, f64),
    /// Something else: whether it holds, and what.
    Where(bool, &'static str),
}

impl Allowed {
    fn holds(self, value: f64) -> bool {
        match self {
            Allowed::Within(low, high) => (low..=high).contains(&value),
            Allowed::Above(low, high) => value > low && value <= high,
            Allowed::Between(low, high) => value > low && value < high,
            Allowed::Where(holds, _) => holds,
        }
    }
}

impl Display for Allowed {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Allowed::Within(low, high) => write!(formatter, "from {low} to {high}"),
            Allowed::Above(low, high) => write!(formatter, "above {low} and at most {high}"),
            Allowed::Between(low, high) => write!(formatter, "between {low} and {high}"),
            Allowed::Where(_, what) => formatter.write_str(what),
        }
    }
}

const NAME: &str = "1 to 256 bytes long";

impl Header {
    /// Checks every value: names, counts, identities, and each number for being finite and possible.
    ///
    /// # Errors
    /// [`RecordingError::HeaderValue`] with the field, its value and what is allowed.
    pub fn check(&self) -> Checked {
        check_name("scenario", &self.scenario)?;
        demand(
            self.note.len() <= MAX_NOTE_BYTES,
            || "note".into(),
            self.note.len(),
            "at most 4096 bytes long",
        )?;
        let count = |field: &'static str, count: usize, most: usize, allowed: &'static str| {
            demand(count <= most, || format!("number of {field}"), count, allowed)
        };
        count("nodes", self.nodes.len(), MAX_NODES, "at most 256")?;
        count("sensors", self.sensors.len(), MAX_SENSORS, "at most 4096")?;
        count("areas", self.areas.len(), MAX_AREAS, "at most 4096")?;
        for (index, name) in self.nodes.iter().enumerate() {
            check_name(&format!("nodes[{index}]"), name)?;
            let first = self.nodes.iter().position(|other| other == name) == Some(index);
            demand(first, || format!("nodes[{index}]"), name, "a name that no other node has")?;
        }
        for (index, sensor) in self.sensors.iter().enumerate() {
            self.check_sensor(index, sensor)?;
        }
        for (index, area) in self.areas.iter().enumerate() {
            self.check_area(index, area)?;
        }
        check_rows("tracker", &tracker_rows(&self.tracker))?;
        check_rows("warning", &warning_rows(&self.warning))
    }

    fn check_node(&self, field: impl FnOnce() -> String, node: NodeId) -> Checked {
        demand(usize::from(node.0) < self.nodes.len(), field, node, "the index of a node")
    }

    fn check_sensor(&self, index: usize, sensor: &Sensor) -> Checked {
        let prefix = format!("sensors[{index}]");
        demand(
            usize::from(sensor.id.0) == index,
            || format!("{prefix}.id"),
            sensor.id,
            "the index in the list",
        )?;
        check_name(&format!("{prefix}.name"), &sensor.name)?;
        self.check_node(|| format!("{prefix}.owner"), sensor.owner)?;
        let radius_m = sensor.position_m.norm();
        check_rows(
            &prefix,
            &[
                (
                    "position_m (distance from the Earth's centre)",
                    radius_m,
                    Allowed::Within(MIN_SENSOR_RADIUS_M, MAX_SENSOR_RADIUS_M),
                ),
                ("navigation_sigma_m", sensor.navigation_sigma_m, Allowed::Within(0.0, 1e6)),
                ("revisit_s", sensor.revisit_s, Allowed::Within(1e-6, 86_400.0)),
                ("first_look_s", sensor.first_look_s, Allowed::Within(0.0, MAX_SPAN_S)),
                ("detection_probability", sensor.detection_probability, Allowed::Within(0.0, 1.0)),
                ("clutter_per_scan", sensor.clutter_per_scan, Allowed::Within(0.0, 1e6)),
            ],
        )?;
        match &sensor.kind {
            SensorKind::Radar(model) => check_rows(&format!("{prefix}.radar"), &radar_rows(model)),
            SensorKind::Infrared(model) => check_rows(&format!("{prefix}.infrared"), &infrared_rows(model)),
            SensorKind::Sonar(model) => check_rows(&format!("{prefix}.sonar"), &sonar_rows(model)),
            SensorKind::Cue => Ok(()),
        }
    }

    fn check_area(&self, index: usize, area: &Area) -> Checked {
        let prefix = format!("areas[{index}]");
        check_name(&format!("{prefix}.name"), &area.name)?;
        demand(
            area.warned_by.len() <= MAX_NODES,
            || format!("number of {prefix}.warned_by"),
            area.warned_by.len(),
            "at most 256",
        )?;
        for node in &area.warned_by {
            self.check_node(|| format!("{prefix}.warned_by"), *node)?;
        }
        let corners = area.corners_rad.len();
        demand(
            (3..=MAX_CORNERS).contains(&corners),
            || format!("number of {prefix}.corners_rad"),
            corners,
            "3 to 4096",
        )?;
        for (corner, [latitude_rad, longitude_rad]) in area.corners_rad.iter().enumerate() {
            check_rows(
                &format!("{prefix}.corners_rad[{corner}]"),
                &[
                    ("latitude", *latitude_rad, Allowed::Within(-FRAC_PI_2, FRAC_PI_2)),
                    ("longitude", *longitude_rad, Allowed::Within(-PI, PI)),
                ],
            )?;
        }
        Ok(())
    }
}

fn demand(allowed: bool, field: impl FnOnce() -> String, value: impl Display, what: impl Display) -> Checked {
    if allowed {
        return Ok(());
    }
    Err(RecordingError::HeaderValue { field: field(), value: value.to_string(), allowed: what.to_string() })
}

fn check_name(field: &str, name: &str) -> Checked {
    // Not the name itself in the message: it may be a megabyte of anything.
    let length = name.len();
    demand((1..=MAX_NAME_BYTES).contains(&length), || format!("length of {field}"), length, NAME)?;
    demand(
        !name.contains(char::is_control),
        || field.to_owned(),
        name.escape_debug(),
        "without control characters",
    )
}

fn check_rows(prefix: &str, rows: &[Row]) -> Checked {
    rows.iter().try_for_each(|(name, value, allowed)| {
        demand(allowed.holds(*value), || format!("{prefix}.{name}"), value, allowed)
    })
}

fn radar_rows(model: &RadarModel) -> [Row; 19] {
    let signal = model.signal.unwrap_or(NO_SIGNAL);
    let cell = model.resolution.unwrap_or(NO_CELL);
    let ranges = model.maximum_range_m > model.minimum_range_m;
    let elevations = model.maximum_elevation_rad > model.minimum_elevation_rad;
    [
        ("minimum_range_m", model.minimum_range_m, Allowed::Within(0.0, 1e8)),
        ("maximum_range_m", model.maximum_range_m, Allowed::Above(0.0, 1e8)),
        ("maximum_range_m", model.maximum_range_m, Allowed::Where(ranges, "above minimum_range_m")),
        ("minimum_elevation_rad", model.minimum_elevation_rad, Allowed::Within(-FRAC_PI_2, FRAC_PI_2)),
        ("maximum_elevation_rad", model.maximum_elevation_rad, Allowed::Within(-FRAC_PI_2, FRAC_PI_2)),
        (
            "maximum_elevation_rad",
            model.maximum_elevation_rad,
            Allowed::Where(elevations, "above minimum_elevation_rad"),
        ),
        ("azimuth_centre_rad", model.azimuth_centre_rad, Allowed::Within(-TAU, TAU)),
        ("azimuth_half_width_rad", model.azimuth_half_width_rad, Allowed::Above(0.0, TAU)),
        ("range_sigma_m", model.range_sigma_m, Allowed::Above(0.0, 1e6)),
        ("right_sigma_rad", model.right_sigma_rad, Allowed::Above(0.0, 1.0)),
        ("up_sigma_rad", model.up_sigma_rad, Allowed::Above(0.0, 1.0)),
        ("range_rate_sigma_m_s", model.range_rate_sigma_m_s.unwrap_or(1.0), Allowed::Above(0.0, 1e6)),
        ("signal.reference_range_m", signal.reference_range_m, Allowed::Above(0.0, 1e8)),
        ("signal.reference_ratio", signal.reference_ratio, Allowed::Above(0.0, 1e12)),
        ("signal.false_alarm_probability", signal.false_alarm_probability, Allowed::Between(0.0, 1.0)),
        ("resolution.range_m", cell.range_m, Allowed::Above(0.0, 1e6)),
        ("resolution.across_rad", cell.across_rad, Allowed::Above(0.0, PI)),
        ("beam_half_width_rad", model.beam_half_width_rad, Allowed::Above(0.0, FRAC_PI_2)),
        ("refractivity", model.refractivity, Allowed::Within(0.0, 500.0)),
    ]
}

/// Stands in for a signal model that is not there, so that its rows pass.
const NO_SIGNAL: SignalModel =
    SignalModel { reference_range_m: 1.0, reference_ratio: 1.0, false_alarm_probability: 0.5 };

/// Stands in for a resolution cell that is not there, the same way.
const NO_CELL: Resolution = Resolution { range_m: 1.0, across_rad: 1.0 };

fn sonar_rows(model: &SonarModel) -> [Row; 2] {
    [
        ("maximum_range_m", model.maximum_range_m, Allowed::Above(0.0, 1e8)),
        ("bearing_sigma_rad", model.bearing_sigma_rad, Allowed::Above(0.0, PI)),
    ]
}

fn infrared_rows(model: &InfraredModel) -> [Row; 4] {
    [
        (
            "aim_m (distance from the Earth's centre)",
            model.aim_m.norm(),
            Allowed::Within(0.0, MAX_SENSOR_RADIUS_M),
        ),
        ("half_width_rad", model.half_width_rad, Allowed::Within(1e-9, FRAC_PI_2)),
        ("minimum_target_height_m", model.minimum_target_height_m, Allowed::Within(-1e3, 1e6)),
        ("angle_sigma_rad", model.angle_sigma_rad, Allowed::Above(0.0, 1.0)),
    ]
}

fn tracker_rows(tracker: &TrackerConfig) -> [Row; 18] {
    let probability = |name, value| (name, value, Allowed::Between(0.0, 1.0));
    [
        (
            "boost_acceleration_density_m2_s5",
            tracker.boost_acceleration_density_m2_s5,
            Allowed::Within(0.0, 1e9),
        ),
        (
            "coast_acceleration_density_m2_s3",
            tracker.coast_acceleration_density_m2_s3,
            Allowed::Within(0.0, 1e9),
        ),
        (
            "ballistic_coefficient_median_kg_m2",
            tracker.ballistic_coefficient_median_kg_m2,
            Allowed::Above(0.0, 1e9),
        ),
        (
            "ballistic_coefficient_log_sigma",
            tracker.ballistic_coefficient_log_sigma,
            Allowed::Above(0.0, 10.0),
        ),
        ("mean_boost_s", tracker.mean_boost_s, Allowed::Above(0.0, MAX_SPAN_S)),
        (
            "mean_coast_below_reentry_height_s",
            tracker.mean_coast_below_reentry_height_s,
            Allowed::Above(0.0, MAX_SPAN_S),
        ),
        ("reentry_height_m", tracker.reentry_height_m, Allowed::Above(0.0, 1e6)),
        probability("gate_probability", tracker.gate_probability),
        probability("false_track_probability", tracker.false_track_probability),
        probability("missed_track_probability", tracker.missed_track_probability),
        ("maximum_speed_m_s", tracker.maximum_speed_m_s, Allowed::Above(0.0, 1e6)),
        ("maximum_position_sigma_m", tracker.maximum_position_sigma_m, Allowed::Above(0.0, 1e8)),
        ("history_s", tracker.history_s, Allowed::Within(0.0, MAX_SPAN_S)),
        ("work_per_tick", f64::from(tracker.work_per_tick), Allowed::Within(1.0, 1e9)),
        ("peer_doubt_probability", tracker.peer_doubt_probability, Allowed::Within(0.0, 0.1)),
        ("peer_quarantine_probability", tracker.peer_quarantine_probability, Allowed::Within(0.0, 0.1)),
        ("peer_bias_sigma_m", tracker.peer_bias_sigma_m, Allowed::Within(0.0, 1e5)),
        ("peer_readmission_s", tracker.peer_readmission_s, Allowed::Within(1.0, 3_600.0)),
    ]
}

fn warning_rows(warning: &WarningConfig) -> [Row; 3] {
    [
        ("alert_probability", warning.alert_probability, Allowed::Within(0.0, 1.0)),
        ("actionable_major_axis_km", warning.actionable_major_axis_km, Allowed::Above(0.0, 1e5)),
        ("dissemination_s", warning.dissemination_s, Allowed::Within(0.0, MAX_SPAN_S)),
    ]
}
