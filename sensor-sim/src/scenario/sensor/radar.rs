//! `[sensor-class.NAME.radar]`.

use super::super::ScenarioError;
use super::super::document::Place;
use super::SensorTable;
use crate::mount::{Cued, Schedule};
use fusion_core::types::{RadarModel, Resolution, SignalModel};
use schemars::JsonSchema;
use serde::Deserialize;

/// The model of a radar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RadarTable {
    /// Nearest that it sees, km.
    #[serde(default = "ten")]
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub minimum_range_km: f64,
    /// Farthest that it sees, km; above the nearest.
    #[schemars(range(min = 1.0, max = 10_000.0))]
    pub maximum_range_km: f64,
    /// Lowest that it sees above the local horizontal, degrees; the Earth hides what lies behind it.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub minimum_elevation_deg: f64,
    /// Highest that it sees, degrees; above the lowest.
    #[serde(default = "ninety")]
    #[schemars(range(min = -90.0, max = 90.0))]
    pub maximum_elevation_deg: f64,
    /// Full width of its sector, degrees.
    #[serde(default = "full_turn")]
    #[schemars(range(min = 0.1, max = 360.0))]
    pub azimuth_width_deg: f64,
    /// Standard deviation of the range, m. This and the next three hold at the reference ratio where there is a `signal`.
    #[schemars(range(min = 0.01, max = 10_000.0))]
    pub range_sigma_m: f64,
    /// Standard deviation to the right of the line of sight, mrad of arc.
    #[schemars(range(min = 0.001, max = 100.0))]
    pub right_sigma_mrad: f64,
    /// Standard deviation above the line of sight, mrad of arc.
    #[schemars(range(min = 0.001, max = 100.0))]
    pub up_sigma_mrad: f64,
    /// Standard deviation of the range rate, m/s; left out, it is not measured.
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub range_rate_sigma_m_s: Option<f64>,
    /// How the echo fades with range; left out, detection and noise are the same everywhere.
    pub signal: Option<SignalTable>,
    /// A rotating antenna: its turn of `revisit_s` in so many sectors, each a look.
    #[schemars(range(min = 1, max = 360))]
    pub sectors: Option<u16>,
    /// A phased array: every so many looks a search of the whole coverage, the others on what it has found.
    #[schemars(range(min = 2, max = 1_000))]
    pub search_every: Option<u16>,
    /// Full width of the beam of such a dwell, degrees.
    #[serde(default = "two")]
    #[schemars(range(min = 0.1, max = 30.0))]
    pub beam_width_deg: f64,
    /// Within which it takes two objects for one; left out, it always tells them apart.
    pub resolution: Option<ResolutionTable>,
    /// What it does where its node tells it to look; left out, it is not told.
    pub cued: Option<CuedTable>,
    /// Surface refractivity that its plots are corrected for, N-units; 0: no correction. 313 is the standard one.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 500.0))]
    pub refractivity: f64,
}

/// How strong the echo is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SignalTable {
    /// Range at which a target of that cross-section has the reference ratio on average, km.
    #[schemars(range(min = 1.0, max = 10_000.0))]
    pub reference_range_km: f64,
    /// The reference signal-to-noise ratio, dB.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub reference_ratio_db: f64,
    /// The target's cross-section, m².
    #[serde(default = "one")]
    #[schemars(range(min = 0.0001, max = 10_000.0))]
    pub cross_section_m2: f64,
    /// Probability that noise alone passes the threshold.
    #[serde(default = "millionth")]
    #[schemars(range(min = 1e-12, max = 0.1))]
    pub false_alarm_probability: f64,
}

/// A resolution cell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ResolutionTable {
    /// In range, m.
    #[schemars(range(min = 0.01, max = 100_000.0))]
    pub range_m: f64,
    /// Across the line of sight, mrad.
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub across_mrad: f64,
}

/// What a radar does where it is told to look.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct CuedTable {
    /// How much stronger an echo is against the noise, dB: it looks longer. Needs `signal`.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 30.0))]
    pub dwell_gain_db: f64,
    /// Probability that an object there gives a plot, or the greatest that it can be; the class's own where that is greater.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub detection_probability: f64,
    /// How far around the place that it is told, degrees.
    #[serde(default = "five")]
    #[schemars(range(min = 0.1, max = 45.0))]
    pub half_width_deg: f64,
}

fn five() -> f64 {
    5.0
}

fn one() -> f64 {
    1.0
}

fn two() -> f64 {
    2.0
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

fn millionth() -> f64 {
    1e-6
}

impl RadarTable {
    /// What takes more than one key to judge.
    pub fn check(&self, place: &Place<'_>) -> Result<(), ScenarioError> {
        if self.signal.is_none() && self.cued.as_ref().is_some_and(|cued| cued.dwell_gain_db > 0.0) {
            let message = "dwell_gain_db needs a radar with signal: without it every echo is as strong";
            return Err(place.key("cued").wrong_keys(message));
        }
        if self.maximum_range_km <= self.minimum_range_km {
            let allowed = format!("above minimum_range_km, {}", self.minimum_range_km);
            return Err(place.key("maximum_range_km").out_of_range(allowed));
        }
        if self.maximum_elevation_deg <= self.minimum_elevation_deg {
            let allowed = format!("above minimum_elevation_deg, {}", self.minimum_elevation_deg);
            return Err(place.key("maximum_elevation_deg").out_of_range(allowed));
        }
        if self.sectors.is_some() && self.search_every.is_some() {
            return Err(
                place.wrong_keys("sectors belongs to a rotating antenna, search_every to a phased array")
            );
        }
        Ok(())
    }

    /// The model of a sensor of this class.
    pub fn resolve(&self, table: &SensorTable, place: &Place<'_>) -> Result<RadarModel, ScenarioError> {
        if table.azimuth_centre_deg.is_none() && self.azimuth_width_deg < 360.0 {
            let message = "its class has azimuth_width_deg below 360, so that it needs azimuth_centre_deg";
            return Err(place.wrong_keys(message));
        }
        Ok(RadarModel {
            minimum_range_m: self.minimum_range_km * 1e3,
            maximum_range_m: self.maximum_range_km * 1e3,
            minimum_elevation_rad: self.minimum_elevation_deg.to_radians(),
            maximum_elevation_rad: self.maximum_elevation_deg.to_radians(),
            azimuth_centre_rad: table.azimuth_centre_deg.unwrap_or(0.0).to_radians(),
            azimuth_half_width_rad: (0.5 * self.azimuth_width_deg).to_radians(),
            range_sigma_m: self.range_sigma_m,
            right_sigma_rad: self.right_sigma_mrad * 1e-3,
            up_sigma_rad: self.up_sigma_mrad * 1e-3,
            range_rate_sigma_m_s: self.range_rate_sigma_m_s,
            signal: self.signal.as_ref().map(|signal| SignalModel {
                reference_range_m: signal.reference_range_km * 1e3,
                reference_ratio: libm::pow(10.0, 0.1 * signal.reference_ratio_db),
                false_alarm_probability: signal.false_alarm_probability,
            }),
            resolution: self.resolution.as_ref().map(ResolutionTable::resolve),
            beam_half_width_rad: (0.5 * self.beam_width_deg).to_radians(),
            refractivity: self.refractivity,
        })
    }

    /// When such a radar looks, and at what.
    pub fn schedule(&self) -> Schedule {
        match (self.sectors, self.search_every) {
            (Some(sectors), _) => Schedule::Turn(sectors),
            (None, Some(search_every)) => Schedule::Dwells(search_every),
            (None, None) => Schedule::Field,
        }
    }

    /// What such a radar does where it is told to look.
    pub fn cued(&self, own_probability: f64) -> Option<Cued> {
        self.cued.as_ref().map(|cued| Cued {
            dwell_gain: libm::pow(10.0, 0.1 * cued.dwell_gain_db),
            detection_probability: cued.detection_probability.max(own_probability),
            half_width_rad: cued.half_width_deg.to_radians(),
        })
    }

    /// The cross-section that its signal is made for, m².
    pub fn nominal_cross_section_m2(&self) -> f64 {
        self.signal.as_ref().map_or(1.0, |signal| signal.cross_section_m2)
    }
}

impl ResolutionTable {
    fn resolve(&self) -> Resolution {
        Resolution { range_m: self.range_m, across_rad: self.across_mrad * 1e-3 }
    }
}
