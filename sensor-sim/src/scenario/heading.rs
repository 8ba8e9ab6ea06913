//! `[scenario]`, `[perturb]` and `[air]`: what the file is called, when it begins, what differs from run to run, and the air.

use super::document::Place;
use super::{Perturb, ScenarioError};
use fusion_core::types::Time;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the scenario is called and when it begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Heading {
    /// Short name, for files and recordings.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Title, for people.
    #[serde(default)]
    pub title: String,
    /// What it is about, for people.
    #[serde(default)]
    pub summary: String,
    /// The instant from which all the file's seconds count, 1970 to 2200, such as 2017-09-14T21:57:00Z.
    pub start: String,
    /// How long the sensors look on after the last impact, s.
    #[serde(default = "a_minute")]
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub tail_s: f64,
}

fn a_minute() -> f64 {
    60.0
}

impl Heading {
    pub fn start(&self, place: &Place<'_>) -> Result<Time, ScenarioError> {
        let wrong = |why: String| {
            let allowed = format!("an instant as 2017-09-14T21:57:00Z, from 1970 to 2200{why}");
            place.key("start").out_of_range(allowed)
        };
        let instant: jiff::Timestamp =
            self.start.parse().map_err(|error: jiff::Error| wrong(format!(" ({error})")))?;
        let nanoseconds = i64::try_from(instant.as_nanosecond()).map_err(|_| wrong(String::new()))?;
        // 2200-01-01; far enough from the ends of the 64 bits that no scenario gets there.
        const LATEST: i64 = 7_258_118_400_000_000_000;
        if (0..LATEST).contains(&nanoseconds) {
            Ok(Time::from_nanoseconds(nanoseconds))
        } else {
            Err(wrong(String::new()))
        }
    }
}

/// What differs from run to run, besides the noise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PerturbTable {
    /// Standard deviation of the logarithm of each object's ballistic coefficient.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub ballistic_coefficient_log_sigma: f64,
    /// Standard deviation of the launch place in each horizontal axis, km.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub launch_sigma_km: f64,
    /// Standard deviation of the bearing, degrees.
    #[schemars(range(min = 0.0, max = 30.0))]
    pub azimuth_sigma_deg: f64,
    /// Standard deviation of the logarithm of the length of every burn.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub burn_log_sigma: f64,
    /// Standard deviation of the logarithm of the apogee.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub apogee_log_sigma: f64,
}

/// What the air is really like.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AirTable {
    /// Surface refractivity, N-units; left out, it is what each radar corrects for. 0: rays are straight.
    #[schemars(range(min = 0.0, max = 500.0))]
    pub refractivity: Option<f64>,
}

impl PerturbTable {
    pub fn resolve(&self) -> Perturb {
        Perturb {
            ballistic_coefficient_log_sigma: self.ballistic_coefficient_log_sigma,
            launch_sigma_m: self.launch_sigma_km * 1e3,
            azimuth_sigma_rad: self.azimuth_sigma_deg.to_radians(),
            burn_log_sigma: self.burn_log_sigma,
            apogee_log_sigma: self.apogee_log_sigma,
        }
    }
}
