//! `[sensor-class.NAME.infrared]`.

use super::super::ScenarioError;
use super::super::document::Place;
use super::SensorTable;
use fusion_core::types::{Geodetic, InfraredModel, ecef_from_geodetic};
use schemars::JsonSchema;
use serde::Deserialize;

/// The model of an infrared sensor on a satellite, which sees burning plumes only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct InfraredTable {
    /// Full width of the square field of view, degrees.
    #[schemars(range(min = 0.01, max = 90.0))]
    pub field_of_view_deg: f64,
    /// Clouds and absorption hide what is below, km.
    #[schemars(range(min = 0.0, max = 1_000.0))]
    pub minimum_target_height_km: f64,
    /// Standard deviation of each of the two angles, µrad.
    #[schemars(range(min = 0.1, max = 10_000.0))]
    pub angle_sigma_urad: f64,
}

impl InfraredTable {
    /// The model of a sensor of this class.
    pub fn resolve(&self, table: &SensorTable, place: &Place<'_>) -> Result<InfraredModel, ScenarioError> {
        let Some(aim) = &table.aim else {
            let message = "an infrared satellite needs aim = { latitude_deg = .., longitude_deg = .. }";
            return Err(place.wrong_keys(message));
        };
        Ok(InfraredModel {
            aim_m: ecef_from_geodetic(Geodetic::from_degrees(aim.latitude_deg, aim.longitude_deg, 0.0)),
            half_width_rad: (0.5 * self.field_of_view_deg).to_radians(),
            minimum_target_height_m: self.minimum_target_height_km * 1e3,
            angle_sigma_rad: self.angle_sigma_urad * 1e-6,
        })
    }
}
