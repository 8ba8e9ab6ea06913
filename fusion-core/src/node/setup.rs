//! What does not change while a node runs: who it is, what sensors there are, how it tracks.

use super::{TrackerConfig, TrustBounds};
use crate::association::Gate;
use crate::dynamics::{Boost, Coast, Reentry};
use crate::filter::MissileModels;
use crate::math::chi_square::{ChiSquareError, quantile};
use crate::track::ScoreLimits;
use crate::types::{Sensor, SensorId, Time};
use crate::warning::{Area, WarningConfig};
use thiserror::Error;

/// Everything that the nodes of one scenario share: read-only while they run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Names of the nodes, by identity.
    pub nodes: Vec<String>,
    /// The sensors, by identity.
    pub sensors: Vec<Sensor>,
    /// Named areas.
    pub areas: Vec<Area>,
    /// When areas are alerted.
    pub warning: WarningConfig,
    /// How nodes track.
    pub tracker: TrackerConfig,
    /// When the scenario begins: the first tick is one interval later.
    pub start: Time,
    /// The models of the filter.
    pub models: MissileModels,
    /// Gate of association.
    pub gate: Gate,
    /// Thresholds of confirmation and deletion.
    pub limits: ScoreLimits,
    /// Gate on the squared distance of two tracks (6 degrees of freedom).
    pub track_gate: f64,
    /// Bounds on how much other nodes may differ from the own sensors.
    pub trust: TrustBounds,
}

/// What is wrong with a tracker's configuration.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A value lies outside what it may be.
    #[error("tracker: {key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A sensor's identity is not its place in the list.
    #[error("sensor `{name}` has the number {found} in place {expected} of the list")]
    SensorOrder {
        /// The sensor's name.
        name: String,
        /// Its number.
        found: u16,
        /// Its place.
        expected: usize,
    },
    /// A sensor belongs to a node that there is not.
    #[error("sensor `{name}` belongs to node {owner}, but there are only {nodes} nodes")]
    UnknownOwner {
        /// The sensor's name.
        name: String,
        /// Its owner.
        owner: u16,
        /// How many nodes there are.
        nodes: usize,
    },
    /// The gate probability has no quantile.
    #[error(transparent)]
    Gate(#[from] ChiSquareError),
}

/// Prior of a new object's velocity as a share of the greatest speed: that speed is three deviations.
const VELOCITY_SIGMAS: f64 = 3.0;
/// Standard deviation of a new object's thrust acceleration in each axis, m/s²: three to six times gravity in all.
const INITIAL_ACCELERATION_SIGMA_M_S2: f64 = 30.0;
/// Random walk of the logarithm of the ballistic coefficient, 1/s: a per cent in a hundred seconds.
const LOG_AREA_DENSITY_1_S: f64 = 1e-6;
/// Probability with which two tracks of one object lie within each other's gate.
const TRACK_GATE_PROBABILITY: f64 = 0.9999;

impl Setup {
    /// Checks the configuration and works out what follows from it.
    ///
    /// # Errors
    /// [`SetupError`] with the key, its value and what is allowed.
    pub fn new(
        nodes: Vec<String>,
        sensors: Vec<Sensor>,
        areas: Vec<Area>,
        warning: WarningConfig,
        tracker: TrackerConfig,
        start: Time,
    ) -> Result<Self, SetupError> {
        check(&tracker)?;
        for (expected, sensor) in sensors.iter().enumerate() {
            if usize::from(sensor.id.0) != expected {
                return Err(SetupError::SensorOrder {
                    name: sensor.name.clone(),
                    found: sensor.id.0,
                    expected,
                });
            }
            if usize::from(sensor.owner.0) >= nodes.len() {
                return Err(SetupError::UnknownOwner {
                    name: sensor.name.clone(),
                    owner: sensor.owner.0,
                    nodes: nodes.len(),
                });
            }
        }
        let gate = Gate {
            two: quantile(2, tracker.gate_probability)?,
            three: quantile(3, tracker.gate_probability)?,
        };
        let track_gate = quantile(6, TRACK_GATE_PROBABILITY)?;
        let log_sigma = tracker.ballistic_coefficient_log_sigma;
        let models = MissileModels {
            boost: Boost { density_m2_s5: tracker.boost_acceleration_density_m2_s5 },
            coast: Coast { density_m2_s3: tracker.coast_acceleration_density_m2_s3 },
            reentry: Reentry {
                density_m2_s3: tracker.coast_acceleration_density_m2_s3,
                log_density_1_s: LOG_AREA_DENSITY_1_S,
            },
            mean_boost_s: tracker.mean_boost_s,
            // A boost that is over is over: the flights are single-staged, or their stages follow at once.
            reignition_rate_1_s: 0.0,
            mean_coast_below_reentry_height_s: tracker.mean_coast_below_reentry_height_s,
            reentry_height_m: tracker.reentry_height_m,
            log_area_mean: -libm::log(tracker.ballistic_coefficient_median_kg_m2),
            log_area_variance: log_sigma * log_sigma,
            initial_velocity_sigma_m_s: tracker.maximum_speed_m_s / VELOCITY_SIGMAS,
            initial_acceleration_sigma_m_s2: INITIAL_ACCELERATION_SIGMA_M_S2,
        };
        let limits = ScoreLimits::new(tracker.false_track_probability, tracker.missed_track_probability);
        let trust = TrustBounds::new(&tracker);
        Ok(Setup { nodes, sensors, areas, warning, tracker, start, models, gate, limits, track_gate, trust })
    }

    /// The sensor of a scan; none when there is no such sensor.
    pub fn sensor(&self, id: SensorId) -> Option<&Sensor> {
        self.sensors.get(usize::from(id.0))
    }
}

fn check(tracker: &TrackerConfig) -> Result<(), SetupError> {
    let positive = |value: f64| value > 0.0 && value.is_finite();
    let probability = |value: f64| value > 0.0 && value < 1.0;
    let checks = [
        (
            "boost_acceleration_density_m2_s5",
            tracker.boost_acceleration_density_m2_s5,
            positive as fn(f64) -> bool,
            "positive",
        ),
        (
            "coast_acceleration_density_m2_s3",
            tracker.coast_acceleration_density_m2_s3,
            |value| value >= 0.0 && value.is_finite(),
            "zero or positive",
        ),
        (
            "ballistic_coefficient_median_kg_m2",
            tracker.ballistic_coefficient_median_kg_m2,
            positive,
            "positive",
        ),
        (
            "ballistic_coefficient_log_sigma",
            tracker.ballistic_coefficient_log_sigma,
            |value| value > 0.0 && value <= 3.0,
            "above 0 and at most 3",
        ),
        ("mean_boost_s", tracker.mean_boost_s, positive, "positive"),
        (
            "mean_coast_below_reentry_height_s",
            tracker.mean_coast_below_reentry_height_s,
            positive,
            "positive",
        ),
        ("gate_probability", tracker.gate_probability, probability, "between 0 and 1"),
        ("false_track_probability", tracker.false_track_probability, probability, "between 0 and 1"),
        ("missed_track_probability", tracker.missed_track_probability, probability, "between 0 and 1"),
        ("maximum_speed_m_s", tracker.maximum_speed_m_s, positive, "positive"),
        ("maximum_position_sigma_m", tracker.maximum_position_sigma_m, positive, "positive"),
        (
            "history_s",
            tracker.history_s,
            |value| (1.0..=600.0).contains(&value),
            "1 to 600 (the history is kept in memory)",
        ),
        (
            "work_per_tick",
            f64::from(tracker.work_per_tick),
            |value| (1.0..=1e9).contains(&value),
            "1 to 1000000000",
        ),
    ];
    match checks.into_iter().chain(peer_checks(tracker)).find(|(_, value, is_allowed, _)| !is_allowed(*value))
    {
        None => Ok(()),
        Some((key, value, _, allowed)) => Err(SetupError::OutOfRange { key, value, allowed }),
    }
}

/// A key, its value, what is allowed, and that in words.
type Check = (&'static str, f64, fn(f64) -> bool, &'static str);

fn peer_checks(tracker: &TrackerConfig) -> [Check; 4] {
    let probability: fn(f64) -> bool = |value| (0.0..=0.1).contains(&value);
    [
        ("peer_doubt_probability", tracker.peer_doubt_probability, probability, "0 to 0.1; 0 turns it off"),
        (
            "peer_quarantine_probability",
            tracker.peer_quarantine_probability,
            probability,
            "0 to 0.1; 0 turns it off",
        ),
        ("peer_bias_sigma_m", tracker.peer_bias_sigma_m, |value| (0.0..=1e5).contains(&value), "0 to 100000"),
        (
            "peer_readmission_s",
            tracker.peer_readmission_s,
            |value| (1.0..=3_600.0).contains(&value),
            "1 to 3600",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, InfraredModel, NodeId, SensorKind, ecef_from_geodetic};

    fn sensor(owner: u16) -> Sensor {
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 110.0, 35_786e3));
        let kind = SensorKind::Infrared(InfraredModel {
            aim_m: position_m * 0.15,
            half_width_rad: 0.03,
            minimum_target_height_m: 1e4,
            angle_sigma_rad: 5e-5,
        });
        Sensor { name: "satellite".into(), owner: NodeId(owner), ..Sensor::for_tests(position_m, kind) }
    }

    fn setup(sensors: Vec<Sensor>, tracker: TrackerConfig) -> Result<Setup, SetupError> {
        let nodes = vec!["korea".to_owned(), "japan".to_owned()];
        Setup::new(nodes, sensors, Vec::new(), WarningConfig::default(), tracker, Time::from_nanoseconds(0))
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(setup(vec![sensor(1)], TrackerConfig::default()).is_ok());
        let stranger = setup(vec![sensor(2)], TrackerConfig::default()).map(|_| ());
        assert_eq!(stranger, Err(SetupError::UnknownOwner { name: "satellite".into(), owner: 2, nodes: 2 }));
        let misplaced = Sensor { id: SensorId(3), ..sensor(0) };
        assert!(matches!(
            setup(vec![misplaced], TrackerConfig::default()),
            Err(SetupError::SensorOrder { found: 3, expected: 0, .. })
        ));
        let tracker = TrackerConfig { gate_probability: 1.0, ..TrackerConfig::default() };
        assert!(matches!(
            setup(Vec::new(), tracker),
            Err(SetupError::OutOfRange { key: "gate_probability", .. })
        ));
        let tracker = TrackerConfig { peer_readmission_s: f64::NAN, ..TrackerConfig::default() };
        assert!(matches!(
            setup(Vec::new(), tracker),
            Err(SetupError::OutOfRange { key: "peer_readmission_s", .. })
        ));
    }
}
