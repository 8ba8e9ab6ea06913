//! `[sensor-class.NAME.sonar]`, `.imagery` and `.reports`, and the reports themselves: what is known before a launch.

use crate::mount::{Imagery, Report};
use fusion_core::types::{Geodetic, SonarModel};
use schemars::JsonSchema;
use serde::Deserialize;

/// The model of a passive sonar: the bearing of a submarine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SonarTable {
    /// How far it hears, km.
    #[schemars(range(min = 0.1, max = 5_000.0))]
    pub maximum_range_km: f64,
    /// Standard deviation of the bearing, degrees.
    #[schemars(range(min = 0.01, max = 90.0))]
    pub bearing_sigma_deg: f64,
}

/// The model of an imaging satellite: it tells of launches that are being prepared where it passes over.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ImageryTable {
    /// How long before a launch there is something to see, s.
    #[schemars(range(min = 1.0, max = 86_400.0))]
    pub preparation_s: f64,
    /// How high above the place's horizon the satellite must stand, degrees.
    #[serde(default = "thirty")]
    #[schemars(range(min = 0.0, max = 90.0))]
    pub minimum_elevation_deg: f64,
    /// Standard deviation of the place in each axis, km.
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub place_sigma_km: f64,
}

fn thirty() -> f64 {
    30.0
}

/// The model of a person who reports: nothing to set, the reports stand at the sensor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReportsTable {}

/// What a person reports: that something will be launched about there, and when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReportTable {
    /// When it is told, s after the scenario's start.
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub told_s: f64,
    /// Geodetic latitude of the place that is meant, degrees.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude_deg: f64,
    /// Its longitude, degrees east.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub longitude_deg: f64,
    /// Standard deviation of the report's error in each axis, km: the place is drawn with it.
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub place_sigma_km: f64,
    /// The launch is expected between these two, s after the scenario's start.
    pub window_s: [f64; 2],
}

impl SonarTable {
    pub fn resolve(&self) -> SonarModel {
        SonarModel {
            maximum_range_m: self.maximum_range_km * 1e3,
            bearing_sigma_rad: self.bearing_sigma_deg.to_radians(),
        }
    }
}

impl ImageryTable {
    pub fn resolve(&self) -> Imagery {
        Imagery {
            preparation_s: self.preparation_s,
            minimum_elevation_rad: self.minimum_elevation_deg.to_radians(),
            place_sigma_m: self.place_sigma_km * 1e3,
        }
    }
}

impl ReportTable {
    pub fn resolve(&self) -> Report {
        Report {
            told_s: self.told_s,
            place: Geodetic::from_degrees(self.latitude_deg, self.longitude_deg, 0.0),
            place_sigma_m: self.place_sigma_km * 1e3,
            window_s: self.window_s,
        }
    }
}
