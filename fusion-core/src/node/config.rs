//! What a node is told before it starts.

use crate::association::Method;
use serde::{Deserialize, Serialize};

/// How a node tracks. The defaults suit ballistic missiles of 300 to 5,000 km range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TrackerConfig {
    /// Power spectral density of the random walk of the boost acceleration, m²/s⁵.
    #[cfg_attr(feature = "schema", schemars(range(max = 1e6), extend("exclusiveMinimum" = 0.0)))]
    pub boost_acceleration_density_m2_s5: f64,
    /// Power spectral density of the white acceleration in coast and re-entry, m²/s³.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1e6)))]
    pub coast_acceleration_density_m2_s3: f64,
    /// Median of the prior of the ballistic coefficient m / (Cd A), kg/m².
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 1e6)))]
    pub ballistic_coefficient_median_kg_m2: f64,
    /// Standard deviation of the logarithm of the ballistic coefficient.
    #[cfg_attr(feature = "schema", schemars(range(min = 1e-6, max = 3.0)))]
    pub ballistic_coefficient_log_sigma: f64,
    /// Mean time that a boost is expected to go on, s: the rate of burnout.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.1, max = 10_000.0)))]
    pub mean_boost_s: f64,
    /// Mean time in coast within the air before the filter believes in its drag, s; and above it, rising, before it no longer does.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.01, max = 10_000.0)))]
    pub mean_coast_below_reentry_height_s: f64,
    /// Height below which a falling object may re-enter, m. A rising one feels the air up to 80 km.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1e6)))]
    pub reentry_height_m: f64,
    /// Probability that the true plot of a track lies in its gate.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.5, max = 0.999_999_999)))]
    pub gate_probability: f64,
    /// Probability that a track on nothing is ever confirmed.
    #[cfg_attr(feature = "schema", schemars(range(min = 1e-12, max = 0.5)))]
    pub false_track_probability: f64,
    /// Probability that a track on an object is deleted before it is confirmed.
    #[cfg_attr(feature = "schema", schemars(range(min = 1e-12, max = 0.5)))]
    pub missed_track_probability: f64,
    /// Greatest speed of a new object, m/s.
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 20_000.0)))]
    pub maximum_speed_m_s: f64,
    /// A confirmed track whose position is less certain than this, m, is dropped.
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 1e8)))]
    pub maximum_position_sigma_m: f64,
    /// How plots are given to tracks.
    pub association: Method,
    /// Whether the biases of radars that move are estimated against those that stand, and taken out of their scans.
    pub registration: bool,
    /// Seconds of history kept for late data.
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 600.0)))]
    pub history_s: f64,
    /// Work that goes into unconfirmed tracks and plots near no track in the looks of one tick, in plots looked at; to step or begin an
    /// unconfirmed track counts as five. What is beyond is left out and counted; confirmed tracks are always followed.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000_000)))]
    pub work_per_tick: u32,
    /// What is done with what arrives after the tick that it belonged to.
    pub late: LatePolicy,
    /// Probability that an honest node makes the own sensors' looks so much harder to explain that it is believed less; zero, the
    /// default, turns this off. Between two such mistakes lie, on average, at least as many looks as its inverse says, as far as
    /// tracks are as good as they claim.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 0.1)))]
    pub peer_doubt_probability: f64,
    /// The same, that it is quarantined; zero, the default, turns every quarantine off.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 0.1)))]
    pub peer_quarantine_probability: f64,
    /// Standard deviation, in each axis, of what tracks of honest nodes are off by beyond their covariances, m: registration, and
    /// what no filter knows.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1e5)))]
    pub peer_bias_sigma_m: f64,
    /// How long a quarantined node must have done no harm before it is believed again, s.
    #[cfg_attr(feature = "schema", schemars(range(min = 1.0, max = 3_600.0)))]
    pub peer_readmission_s: f64,
}

/// What a node does with a scan or a tracklet that arrives after the tick that it belonged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LatePolicy {
    /// Goes back and takes everything in again in order: exact, as far back as the history reaches.
    #[default]
    Reprocess,
    /// Takes it into the present tracks by retrodiction in one step: no going back, an approximation.
    Retrodict,
    /// Counts it and leaves it out.
    Refuse,
}

impl Default for TrackerConfig {
    fn default() -> Self {
        TrackerConfig {
            boost_acceleration_density_m2_s5: 1.0,
            coast_acceleration_density_m2_s3: 1e-8,
            ballistic_coefficient_median_kg_m2: 5_000.0,
            ballistic_coefficient_log_sigma: 0.1,
            mean_boost_s: 100.0,
            mean_coast_below_reentry_height_s: 5.0,
            reentry_height_m: 120_000.0,
            gate_probability: 0.9999,
            false_track_probability: 1e-6,
            missed_track_probability: 1e-3,
            maximum_speed_m_s: 8_000.0,
            maximum_position_sigma_m: 300_000.0,
            association: Method::NearestNeighbour,
            registration: false,
            history_s: 90.0,
            work_per_tick: 200_000,
            late: LatePolicy::Reprocess,
            peer_doubt_probability: 0.0,
            peer_quarantine_probability: 0.0,
            peer_bias_sigma_m: 200.0,
            peer_readmission_s: 30.0,
        }
    }
}
