//! `[[aircraft]]` and `[[submarine]]`: what moves and is no missile. Their legs are also those of ships that carry sensors.

use super::document::Place;
use super::{MoverEntry, ScenarioError};
use crate::motion::{Course, CoursePlan, Leg};
use fusion_core::types::Geodetic;
use schemars::JsonSchema;
use serde::Deserialize;

/// Something that goes along legs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoverTable {
    /// Its name; no two have the same.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Where it begins.
    pub start: StartTable,
    /// When it begins, s after the scenario's start.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub begins_s: f64,
    /// How long it is there, s.
    #[schemars(range(min = 1.0, max = 86_400.0))]
    pub lasts_s: f64,
    /// Radar cross-section, m².
    #[serde(default = "thirty")]
    #[schemars(range(min = 0.0001, max = 10_000.0))]
    pub cross_section_m2: f64,
    /// How it goes.
    pub course: CourseTable,
}

fn thirty() -> f64 {
    30.0
}

/// Where something begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartTable {
    /// Geodetic latitude, degrees.
    #[schemars(range(min = -85.0, max = 85.0))]
    pub latitude_deg: f64,
    /// Longitude, degrees east.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub longitude_deg: f64,
    /// Height above the ellipsoid, m.
    #[schemars(range(min = -500.0, max = 30_000.0))]
    pub height_m: f64,
}

/// A course: a heading, a speed, and legs. After the last leg straight on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CourseTable {
    /// Heading at the start, degrees clockwise from north.
    #[schemars(range(min = 0.0, max = 360.0))]
    pub heading_deg: f64,
    /// Speed at the start, m/s.
    #[schemars(range(min = 0.0, max = 1_000.0))]
    pub speed_m_s: f64,
    /// Whether the first leg follows the last one, again and again.
    #[serde(default)]
    pub repeats: bool,
    /// Legs, one after the other.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub legs: Vec<LegTable>,
}

/// A leg of a course.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LegTable {
    /// How long it lasts, s.
    #[schemars(range(min = 1.0, max = 86_400.0))]
    pub seconds: f64,
    /// Rate of turn, degrees per second, clockwise positive.
    #[serde(default)]
    #[schemars(range(min = -20.0, max = 20.0))]
    pub turn_deg_s: f64,
    /// Rate of climb, m/s.
    #[serde(default)]
    #[schemars(range(min = -300.0, max = 300.0))]
    pub climb_m_s: f64,
    /// Growth of the speed, m/s².
    #[serde(default)]
    #[schemars(range(min = -50.0, max = 50.0))]
    pub acceleration_m_s2: f64,
}

impl CourseTable {
    /// The course from a place on, good for so long, s.
    pub fn resolve(&self, start: Geodetic, until_s: f64, place: &Place<'_>) -> Result<Course, ScenarioError> {
        let leg = |leg: &LegTable| Leg {
            seconds: leg.seconds,
            turn_rad_s: leg.turn_deg_s.to_radians(),
            climb_m_s: leg.climb_m_s,
            acceleration_m_s2: leg.acceleration_m_s2,
        };
        let plan = CoursePlan {
            start,
            heading_rad: self.heading_deg.to_radians(),
            speed_m_s: self.speed_m_s,
            legs: self.legs.iter().map(leg).collect(),
            repeats: self.repeats,
        };
        Course::new(&plan, until_s).map_err(|error| place.wrong_keys(error.to_string()))
    }
}

impl MoverTable {
    pub fn resolve(&self, is_under_water: bool, place: &Place<'_>) -> Result<MoverEntry, ScenarioError> {
        let start =
            Geodetic::from_degrees(self.start.latitude_deg, self.start.longitude_deg, self.start.height_m);
        if is_under_water && start.height_m > 0.0 {
            return Err(place.key("start").key("height_m").out_of_range("at most 0 for a submarine"));
        }
        Ok(MoverEntry {
            name: self.name.clone(),
            course: self.course.resolve(start, self.lasts_s, &place.key("course"))?,
            begins_s: self.begins_s,
            lasts_s: self.lasts_s,
            cross_section_m2: self.cross_section_m2,
            is_under_water,
        })
    }
}
