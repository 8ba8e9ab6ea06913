//! The scenario file as it is written: one struct for each table, units in the names of the keys.
//!
//! No key is accepted that isn't here, and nothing is checked here but types; see `resolve`.

use fusion_core::{node::TrackerConfig, share::Regime, warning::WarningConfig};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub scenario: Heading,
    #[serde(default, rename = "flight")]
    pub flights: Vec<FlightTable>,
    #[serde(default)]
    pub perturb: PerturbTable,
    #[serde(default, rename = "sensor-class")]
    pub classes: BTreeMap<String, Class>,
    #[serde(default, rename = "sensor")]
    pub sensors: Vec<SensorTable>,
    #[serde(default, rename = "node")]
    pub nodes: Vec<NodeTable>,
    #[serde(default, rename = "area")]
    pub areas: Vec<AreaTable>,
    #[serde(default)]
    pub tracker: TrackerConfig,
    #[serde(default)]
    pub warning: WarningConfig,
    #[serde(default, rename = "regime")]
    pub regimes: Vec<Regime>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Heading {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub summary: String,
    pub start: String,
    #[serde(default = "a_minute")]
    pub tail_s: f64,
}

fn a_minute() -> f64 {
    60.0
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlightTable {
    pub name: String,
    pub launch: LaunchTable,
    pub azimuth_deg: f64,
    pub apogee_km: f64,
    pub range_km: f64,
    pub boost_s: f64,
    pub ballistic_coefficient_kg_m2: f64,
    #[serde(default)]
    pub launch_s: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaunchTable {
    pub latitude_deg: f64,
    pub longitude_deg: f64,
    #[serde(default)]
    pub height_m: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PerturbTable {
    pub ballistic_coefficient_log_sigma: f64,
}

/// A class has one of the two models; a pair of options instead of a tagged enum keeps the positions of errors exact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub revisit_s: f64,
    pub detection_probability: f64,
    #[serde(default)]
    pub clutter_per_scan: f64,
    pub radar: Option<RadarTable>,
    pub infrared: Option<InfraredTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RadarTable {
    #[serde(default = "ten")]
    pub minimum_range_km: f64,
    pub maximum_range_km: f64,
    pub minimum_elevation_deg: f64,
    #[serde(default = "ninety")]
    pub maximum_elevation_deg: f64,
    #[serde(default = "full_turn")]
    pub azimuth_width_deg: f64,
    pub range_sigma_m: f64,
    pub right_sigma_mrad: f64,
    pub up_sigma_mrad: f64,
}

fn ten() -> f64 {
    10.0
}

fn ninety() -> f64 {
    90.0
}

fn full_turn() -> f64 {
    360.0
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InfraredTable {
    pub field_of_view_deg: f64,
    pub minimum_target_height_km: f64,
    pub angle_sigma_urad: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SensorTable {
    pub name: String,
    pub class: String,
    pub owner: String,
    #[serde(default)]
    pub first_look_s: f64,
    pub longitude_deg: f64,
    pub latitude_deg: Option<f64>,
    pub height_m: Option<f64>,
    pub azimuth_centre_deg: Option<f64>,
    pub aim: Option<AimTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AimTable {
    pub latitude_deg: f64,
    pub longitude_deg: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeTable {
    pub name: String,
    #[serde(default)]
    pub title: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaTable {
    pub name: String,
    pub warned_by: Vec<String>,
    pub polygon: Vec<[f64; 2]>,
}
