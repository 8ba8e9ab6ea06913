//! A missile as three interacting models: boost, coast, re-entry.

use super::mixing::{coast_from_boost, moment_match, reentry_from_coast};
use super::{Gaussian, PositionMode, PositionModes, ScalarUpdate};
use crate::dynamics::{Boost, Coast, LONGEST_STEP_S, Reentry};
use crate::measurement::{GREATEST_FALSE_RATE_M_S, Observation};
use crate::types::height_and_up;
use nalgebra::{Matrix3, SMatrix, SVector, Vector3, Vector6};
use serde::{Deserialize, Serialize};

/// Position (m) and velocity (m/s), Earth-fixed, as one Gaussian: what every mode has in common.
pub type Kinematic = Gaussian<6>;

/// The phase of flight that a model stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Powered flight.
    Boost,
    /// Free flight outside the air.
    Coast,
    /// Flight through the air.
    Reentry,
}

impl Mode {
    /// The most probable of boost, coast and re-entry; of equals the earlier phase.
    pub fn likeliest([boost, coast, reentry]: [f64; 3]) -> Mode {
        if boost >= coast && boost >= reentry {
            Mode::Boost
        } else if coast >= reentry {
            Mode::Coast
        } else {
            Mode::Reentry
        }
    }
}

/// The models of the three modes and the rates at which one turns into the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissileModels {
    /// Powered flight.
    pub boost: Boost,
    /// Free flight.
    pub coast: Coast,
    /// Flight through the air.
    pub reentry: Reentry,
    /// Mean time to burnout, s.
    pub mean_boost_s: f64,
    /// Mean time from falling below the re-entry height to re-entry, s.
    pub mean_coast_below_reentry_height_s: f64,
    /// Height below which coast can turn into re-entry, m.
    pub reentry_height_m: f64,
    /// Prior mean of ln(Cd A / m), Cd A / m in m²/kg.
    pub log_area_mean: f64,
    /// Prior variance of ln(Cd A / m).
    pub log_area_variance: f64,
    /// Standard deviation, in each axis, of the velocity of a new object, m/s.
    pub initial_velocity_sigma_m_s: f64,
    /// Standard deviation, in each axis, of the thrust acceleration of a new object, m/s².
    pub initial_acceleration_sigma_m_s2: f64,
}

#[cfg(test)]
impl MissileModels {
    /// Models that tests of every stage can use.
    pub(crate) fn for_tests() -> Self {
        MissileModels {
            boost: Boost { density_m2_s5: 1.0 },
            coast: Coast { density_m2_s3: 1e-8 },
            reentry: Reentry { density_m2_s3: 1e-8, log_density_1_s: 1e-6 },
            mean_boost_s: 100.0,
            mean_coast_below_reentry_height_s: 5.0,
            reentry_height_m: 120e3,
            log_area_mean: -libm::log(5_000.0),
            log_area_variance: 0.01,
            initial_velocity_sigma_m_s: 2_700.0,
            initial_acceleration_sigma_m_s2: 30.0,
        }
    }
}

/// The interacting multiple model estimate of one missile.
///
/// Modes of different size are mixed by augmenting the smaller with the prior of what it lacks. A single-stage flight
/// never goes from coast back to boost, so boost stays a hypothesis of its own until it is all but impossible, and
/// then is dropped for good. Not for multi-stage flights with a pause between the stages.
///
/// Blom and Bar-Shalom (1988); Bar-Shalom, Li and Kirubarajan (2001), section 11.6.6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissileFilter {
    /// State given powered flight: position, velocity, non-gravitational acceleration (m/s²).
    pub boost: Gaussian<9>,
    /// State given free flight.
    pub coast: Gaussian<6>,
    /// State given flight through the air: position, velocity, ln(Cd A / m).
    pub reentry: Gaussian<7>,
    /// Probabilities of boost, coast and re-entry; they sum to one.
    pub probabilities: [f64; 3],
}

/// A mode less likely than this is not worth its arithmetic.
const NEGLIGIBLE: f64 = 1e-10;
/// Longest span over which modes may mix once, s, while boost or re-entry is possible.
const LONGEST_MIXING_SPAN_S: f64 = 2.0;
/// Longest integration step through the air, s.
const LONGEST_STEP_IN_AIR_S: f64 = 0.5;

impl MissileFilter {
    /// A new object seen once, somewhere, with everything else unknown.
    ///
    /// `covariance_m2` is that of the position. `boost_probability` is 1 for a plume and one half where nothing is known.
    pub fn from_position(
        position_m: &Vector3<f64>,
        covariance_m2: &Matrix3<f64>,
        boost_probability: f64,
        models: &MissileModels,
    ) -> Self {
        let mut boost = Gaussian::<9> { mean: SVector::zeros(), covariance: SMatrix::zeros() };
        boost.mean.fixed_rows_mut::<3>(0).copy_from(position_m);
        boost.covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(covariance_m2);
        let velocity = models.initial_velocity_sigma_m_s;
        boost.covariance.fixed_view_mut::<3, 3>(3, 3).fill_diagonal(velocity * velocity);
        let acceleration = models.initial_acceleration_sigma_m_s2;
        boost.covariance.fixed_view_mut::<3, 3>(6, 6).fill_diagonal(acceleration * acceleration);
        let coast = boost.leading::<6>();
        let reentry = reentry_from_coast(&coast, models.log_area_mean, models.log_area_variance);
        MissileFilter {
            boost,
            coast,
            reentry,
            probabilities: [boost_probability, 1.0 - boost_probability, 0.0],
        }
    }

    /// Takes the range rate of a new object's first plot in; nothing happens where it has none.
    pub fn start_moving(&mut self, observation: &Observation) {
        fn take_in<const N: usize>(mode: &mut Gaussian<N>, observation: &Observation) {
            let mean = mode.mean;
            let (position_m, velocity_m_s) = (mean.fixed_rows::<3>(0).into(), mean.fixed_rows::<3>(3).into());
            if let Some(rate) = observation.predict_rate(&position_m, &velocity_m_s) {
                // The direction is as uncertain as the plot's, and the velocity across it unknown: their product is no part of
                // the gradient, as the mean velocity is still zero.
                let across = mode.covariance[(3, 3)] * observation.angle_variances_rad2.iter().sum::<f64>();
                mode.update_scalar(&rate.gradient, rate.residual, rate.variance + across, &mean);
                mode.symmetrise();
            }
        }
        take_in(&mut self.boost, observation);
        take_in(&mut self.coast, observation);
        take_in(&mut self.reentry, observation);
    }

    /// Predicts over `seconds`; nothing happens for spans that are not positive.
    pub fn predict(&mut self, seconds: f64, models: &MissileModels) {
        let mut remaining_s = seconds;
        while remaining_s > 0.0 {
            let may_reenter = self.may_reenter(models);
            let longest_s = if self.probabilities[0] > 0.0 || self.probabilities[2] > 0.0 || may_reenter {
                LONGEST_MIXING_SPAN_S
            } else {
                LONGEST_STEP_S
            };
            let span_s = remaining_s.min(longest_s);
            self.mix(span_s, may_reenter, models);
            if self.probabilities[0] > 0.0 {
                self.boost.predict(&models.boost, span_s, LONGEST_STEP_S);
            }
            if self.probabilities[1] > 0.0 {
                self.coast.predict(&models.coast, span_s, LONGEST_STEP_S);
            }
            if self.probabilities[2] > 0.0 {
                self.reentry.predict(&models.reentry, span_s, LONGEST_STEP_IN_AIR_S);
            }
            remaining_s -= span_s;
        }
    }

    /// Mixes the modes for a step of `seconds` that begins now.
    fn mix(&mut self, seconds: f64, may_reenter: bool, models: &MissileModels) {
        let [boost, coast, reentry] = self.probabilities;
        let burnout = -libm::expm1(-seconds / models.mean_boost_s);
        let entry =
            if may_reenter { -libm::expm1(-seconds / models.mean_coast_below_reentry_height_s) } else { 0.0 };
        let [boost_to_coast, coast_to_reentry] = [boost * burnout, coast * entry];

        if coast_to_reentry + reentry > NEGLIGIBLE {
            let entering = reentry_from_coast(&self.coast, models.log_area_mean, models.log_area_variance);
            self.reentry = moment_match((reentry, &self.reentry), (coast_to_reentry, &entering));
        }
        let coasting_on = coast - coast_to_reentry;
        if boost_to_coast > 0.0 {
            let burnt_out = coast_from_boost(&self.boost, seconds);
            self.coast = moment_match((coasting_on, &self.coast), (boost_to_coast, &burnt_out));
        }
        self.set_probabilities([
            boost - boost_to_coast,
            boost_to_coast + coasting_on,
            coast_to_reentry + reentry,
        ]);
    }

    /// Takes one observation in: every mode's state, then the probabilities. Gives the logarithm of the observation's
    /// likelihood, or none when no mode's prediction lies in front of the sensor.
    ///
    /// `false_density` is the density of false plots there ([`crate::measurement::clutter_density`]): what a plume means
    /// to a mode that does not burn.
    pub fn update(&mut self, observation: &Observation, false_density: f64) -> Option<f64> {
        let mut log_likelihoods = [None; 3];
        if self.probabilities[0] > 0.0 {
            log_likelihoods[0] = update_mode(&mut self.boost, observation);
        }
        if observation.sees_plume_only {
            let log_false = libm::log(false_density);
            log_likelihoods[1] = (self.probabilities[1] > 0.0).then_some(log_false);
            log_likelihoods[2] = (self.probabilities[2] > 0.0).then_some(log_false);
        } else {
            if self.probabilities[1] > 0.0 {
                log_likelihoods[1] = update_mode(&mut self.coast, observation);
            }
            if self.probabilities[2] > 0.0 {
                log_likelihoods[2] = update_mode(&mut self.reentry, observation);
            }
        }
        self.weigh(log_likelihoods)
    }

    /// Takes in independent scalar measurements of position and velocity, as another node's news comes: rows of
    /// (gradient by the six kinematic states, measured value, variance).
    ///
    /// With `plume_seen` the modes that do not burn count as that many times less likely as a plume is rarely false.
    pub fn update_linear(&mut self, rows: &[(Vector6<f64>, f64, f64)], plume_seen: bool) -> Option<f64> {
        /// How much rarer a false plume is than a true one, for news that does not carry the exact figure.
        const LOG_FALSE_PLUME: f64 = -13.8;
        let penalty = if plume_seen { LOG_FALSE_PLUME } else { 0.0 };
        let mut log_likelihoods = [None; 3];
        if self.probabilities[0] > 0.0 {
            log_likelihoods[0] = Some(update_rows(&mut self.boost, rows));
        }
        if self.probabilities[1] > 0.0 {
            log_likelihoods[1] = Some(update_rows(&mut self.coast, rows) + penalty);
        }
        if self.probabilities[2] > 0.0 {
            log_likelihoods[2] = Some(update_rows(&mut self.reentry, rows) + penalty);
        }
        self.weigh(log_likelihoods)
    }

    /// Takes in that a sensor looked and saw nothing. Gives the logarithm of the probability of that.
    pub fn miss(&mut self, detection_probability: f64, plume_only: bool) -> f64 {
        let other = if plume_only { 0.0 } else { libm::log1p(-detection_probability) };
        let seen = libm::log1p(-detection_probability);
        self.weigh([Some(seen), Some(other), Some(other)]).unwrap_or(seen)
    }

    /// Multiplies the probabilities by likelihoods and normalises; a mode without a likelihood keeps none. None, and no
    /// change, when nothing is left.
    fn weigh(&mut self, log_likelihoods: [Option<f64>; 3]) -> Option<f64> {
        let greatest = log_likelihoods
            .iter()
            .zip(self.probabilities)
            .filter_map(|(log, probability)| log.filter(|_| probability > 0.0))
            .fold(f64::NEG_INFINITY, f64::max);
        if !greatest.is_finite() {
            return None;
        }
        let mut weights = [0.0; 3];
        for (mode, weight) in weights.iter_mut().enumerate() {
            if let Some(log) = log_likelihoods[mode] {
                *weight = self.probabilities[mode] * libm::exp(log - greatest);
            }
        }
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        self.set_probabilities(weights.map(|weight| weight / total));
        Some(greatest + libm::log(total))
    }

    fn set_probabilities(&mut self, probabilities: [f64; 3]) {
        let kept = probabilities.map(|probability| if probability > NEGLIGIBLE { probability } else { 0.0 });
        let total: f64 = kept.iter().sum();
        self.probabilities = kept.map(|probability| probability / total);
    }

    /// Whether the object, if it coasts, is low and falling: only then can coast turn into re-entry.
    fn may_reenter(&self, models: &MissileModels) -> bool {
        if self.probabilities[1] <= 0.0 {
            return false;
        }
        let (height_m, up) = height_and_up(&self.coast.mean.fixed_rows::<3>(0).into());
        height_m < models.reentry_height_m && up.dot(&self.coast.mean.fixed_rows::<3>(3)) < 0.0
    }

    /// The most probable mode.
    pub fn likeliest(&self) -> Mode {
        Mode::likeliest(self.probabilities)
    }

    /// Where the object may be, mode by mode.
    pub fn positions(&self) -> PositionModes {
        fn part<const N: usize>(probability: f64, mode: &Gaussian<N>) -> PositionMode {
            PositionMode {
                probability,
                mean_m: mode.mean.fixed_rows::<3>(0).into(),
                covariance_m2: mode.covariance.fixed_view::<3, 3>(0, 0).into(),
            }
        }
        let [boost, coast, reentry] = self.probabilities;
        PositionModes::new([part(boost, &self.boost), part(coast, &self.coast), part(reentry, &self.reentry)])
    }

    /// Position and velocity over all modes, moment-matched.
    pub fn kinematic(&self) -> Kinematic {
        let [boost, coast, reentry] = self.probabilities;
        let mut combined = self.coast;
        if boost > 0.0 {
            combined = moment_match((coast, &combined), (boost, &self.boost.leading::<6>()));
        }
        if reentry > 0.0 {
            combined = moment_match((coast + boost, &combined), (reentry, &self.reentry.leading::<6>()));
        }
        combined
    }

    /// Position and velocity in each mode that is possible.
    pub fn kinematic_modes(&self) -> impl Iterator<Item = Kinematic> {
        let modes = [self.boost.leading::<6>(), self.coast, self.reentry.leading::<6>()];
        modes
            .into_iter()
            .zip(self.probabilities)
            .filter(|(_, probability)| *probability > 0.0)
            .map(|(mode, _)| mode)
    }

    /// Multiplies every covariance by `factor`: what covariance intersection does to the receiver's share.
    pub fn inflate(&mut self, factor: f64) {
        self.boost.covariance *= factor;
        self.coast.covariance *= factor;
        self.reentry.covariance *= factor;
    }

    /// Whether all live modes are sound: finite means, positive variances.
    pub fn is_sound(&self) -> bool {
        let [boost, coast, reentry] = self.probabilities;
        (boost == 0.0 || self.boost.is_sound())
            && (coast == 0.0 || self.coast.is_sound())
            && (reentry == 0.0 || self.reentry.is_sound())
    }
}

fn update_mode<const N: usize>(mode: &mut Gaussian<N>, observation: &Observation) -> Option<f64> {
    let prior_mean = mode.mean;
    let prediction = observation.predict(&prior_mean.fixed_rows::<3>(0).into())?;
    let mut total = ScalarUpdate::default();
    for component in prediction.components() {
        total = total.and(mode.update_scalar(
            &component.gradient,
            component.residual,
            component.variance,
            &prior_mean,
        ));
    }
    let velocity_m_s: Vector3<f64> = prior_mean.fixed_rows::<3>(3).into();
    if let Some(rate) = observation.predict_rate(&prior_mean.fixed_rows::<3>(0).into(), &velocity_m_s) {
        total = total.and(mode.update_scalar(&rate.gradient, rate.residual, rate.variance, &prior_mean));
        // Against a false plot's rate, which is anywhere in the span: the density of false plots knows positions only.
        total.log_likelihood += libm::log(2.0 * GREATEST_FALSE_RATE_M_S);
    }
    mode.symmetrise();
    Some(total.log_likelihood)
}

fn update_rows<const N: usize>(mode: &mut Gaussian<N>, rows: &[(Vector6<f64>, f64, f64)]) -> f64 {
    let prior_mean = mode.mean;
    let prior: Vector6<f64> = prior_mean.fixed_rows::<6>(0).into();
    let mut total = ScalarUpdate::default();
    for (gradient, value, variance) in rows {
        let residual = value - gradient.dot(&prior);
        total = total.and(mode.update_scalar(gradient, residual, *variance, &prior_mean));
    }
    mode.symmetrise();
    total.log_likelihood
}
