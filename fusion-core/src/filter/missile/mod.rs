//! A missile as three interacting models: boost, coast, re-entry.

mod air;
mod burnout;
mod fusing;
mod late;
pub(super) mod mixing;
mod models;
mod positions;

#[cfg(test)]
mod tests;

pub use air::AIR_RULE;
pub use burnout::Burnout;
pub use late::LateMissile;
pub use models::{MissileModels, Mode};
pub use positions::{PositionMode, PositionModes};

use super::{Gaussian, ScalarUpdate};
use crate::dynamics::LONGEST_STEP_S;
use crate::measurement::{GREATEST_FALSE_RATE_M_S, Observation};
use air::Air;
use burnout::match_dated;
use mixing::{boost_from_coast, burnout_within, coast_from_boost, moment_match, reentry_from_coast};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3, Vector6};
use serde::{Deserialize, Serialize};

/// Position (m) and velocity (m/s), Earth-fixed, as one Gaussian: what every mode has in common.
pub type Kinematic = Gaussian<6>;

/// The interacting multiple model estimate of one missile.
///
/// Modes of different size are mixed by augmenting the smaller with the prior of what it lacks. A single-stage flight
/// never goes from coast back to boost, so boost stays a hypothesis of its own until it is all but impossible, and
/// then is dropped for good; flights with a pause between the stages need a [`MissileModels::reignition_rate_1_s`], and
/// pay for it with a coast that is known less well.
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
    /// How long ago it burnt out, given that it did.
    pub burnout: Burnout,
    /// Probabilities of boost, coast and re-entry; they sum to one.
    pub probabilities: [f64; 3],
}

/// A mode less likely than this is not worth its arithmetic.
const NEGLIGIBLE: f64 = 1e-10;
/// Longest span over which modes may mix once, s, while boost or re-entry is possible.
const LONGEST_MIXING_SPAN_S: f64 = 2.0;
/// No missile flies longer, s.
const LONGEST_PREDICTION_S: f64 = 86_400.0;

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
        MissileFilter::from_boost(boost, boost_probability, models)
    }

    /// A new object from what is believed of it if it burns: position, velocity, non-gravitational acceleration.
    ///
    /// If it does not burn, position and velocity are the same; in the air, the drag has the models' prior.
    /// `boost_probability` is 1 for a plume.
    pub fn from_boost(boost: Gaussian<9>, boost_probability: f64, models: &MissileModels) -> Self {
        let coast = boost.leading::<6>();
        MissileFilter {
            boost,
            coast,
            reentry: reentry_from_coast(&coast, models.log_area_mean, models.log_area_variance),
            burnout: Burnout::unknown(models.mean_boost_s),
            probabilities: [boost_probability, 1.0 - boost_probability, 0.0],
        }
    }

    /// Predicts over `seconds`, at most a day; nothing happens for spans that are not positive.
    pub fn predict(&mut self, seconds: f64, models: &MissileModels) {
        let mut remaining_s = seconds.min(LONGEST_PREDICTION_S);
        while remaining_s > 0.0 {
            let air = self.air(models);
            let may_ignite = models.reignition_rate_1_s > 0.0;
            let [boost, _, reentry] = self.probabilities;
            let longest_s = if boost > 0.0 || reentry > 0.0 || air.may_enter || may_ignite {
                LONGEST_MIXING_SPAN_S
            } else {
                LONGEST_STEP_S
            };
            let span_s = remaining_s.min(longest_s);
            self.mix(span_s, air, models);
            if self.probabilities[0] > 0.0 {
                self.boost.predict(&models.boost, span_s, LONGEST_STEP_S);
            }
            if self.probabilities[1] > 0.0 {
                let transition = self.coast.predict(&models.coast, span_s, LONGEST_STEP_S);
                self.burnout.age(span_s, &transition);
            } else {
                self.burnout.ago_s += span_s;
            }
            if self.probabilities[2] > 0.0 {
                self.predict_in_air(span_s, models);
            }
            remaining_s -= span_s;
        }
    }

    /// Mixes the modes for a step of `seconds` that begins now.
    fn mix(&mut self, seconds: f64, air: Air, models: &MissileModels) {
        let [boost, coast, reentry] = self.probabilities;
        let within = |rate_1_s: f64| -libm::expm1(-seconds * rate_1_s);
        let through = within(1.0 / models.mean_coast_below_reentry_height_s);
        let boost_to_coast = boost * within(1.0 / models.mean_boost_s);
        let coast_to_reentry = if air.may_enter { coast * through } else { 0.0 };
        let reentry_to_coast = if air.may_leave { reentry * through } else { 0.0 };
        let coast_to_boost = (coast - coast_to_reentry) * within(models.reignition_rate_1_s);
        let staying =
            [boost - boost_to_coast, coast - coast_to_reentry - coast_to_boost, reentry - reentry_to_coast];

        // All from what stood before: the entering from the coast before the burnt-out are mixed into it.
        let before = *self;
        if coast_to_reentry + staying[2] > NEGLIGIBLE {
            let entering = reentry_from_coast(&before.coast, models.log_area_mean, models.log_area_variance);
            self.reentry = moment_match((staying[2], &self.reentry), (coast_to_reentry, &entering));
        }
        if boost_to_coast > 0.0 {
            let burnt_out = coast_from_boost(&before.boost, seconds);
            let burnout = burnout_within(&before.boost, seconds);
            self.join_coast(staying[1], (boost_to_coast, &burnt_out, &burnout));
        }
        if reentry_to_coast > 0.0 {
            // The air has no covariance with the burnout.
            let burnout = Burnout { covariance: Vector6::zeros(), ..before.burnout };
            let leaving = before.reentry.leading::<6>();
            self.join_coast(staying[1] + boost_to_coast, (reentry_to_coast, &leaving, &burnout));
        }
        if coast_to_boost > 0.0 {
            let ignited = boost_from_coast(&before.coast, models.initial_acceleration_sigma_m_s2);
            self.boost = moment_match((staying[0], &self.boost), (coast_to_boost, &ignited));
        }
        self.set_probabilities([
            staying[0] + coast_to_boost,
            boost_to_coast + staying[1] + reentry_to_coast,
            coast_to_reentry + staying[2],
        ]);
    }

    /// Mixes what begins to coast into the coasting state, which has the weight `coasting`.
    fn join_coast(&mut self, coasting: f64, joining: (f64, &Gaussian<6>, &Burnout)) {
        let (weight, state, burnout) = joining;
        (self.coast, self.burnout) =
            match_dated((coasting, (&self.coast, &self.burnout)), (weight, (state, burnout)));
    }

    /// The filter with the moments, mode by mode, of a mixture of weighted ones at one instant; the weights are positive.
    ///
    /// As with [`Gaussian::of_mixture`], not where the parts lie far from each other. Without parts there is nothing to mix:
    /// not for an empty list.
    pub fn of_mixture(parts: &[(f64, MissileFilter)]) -> Self {
        let mut mixed = parts[0].1;
        let mut weights = mixed.probabilities.map(|probability| probability * parts[0].0);
        for (weight, part) in &parts[1..] {
            let [boost, coast, reentry] = part.probabilities.map(|probability| probability * weight);
            if boost > 0.0 {
                mixed.boost = moment_match((weights[0], &mixed.boost), (boost, &part.boost));
            }
            if coast > 0.0 {
                mixed.join_coast(weights[1], (coast, &part.coast, &part.burnout));
            }
            if reentry > 0.0 {
                mixed.reentry = moment_match((weights[2], &mixed.reentry), (reentry, &part.reentry));
            }
            weights = [weights[0] + boost, weights[1] + coast, weights[2] + reentry];
        }
        let total: f64 = weights.iter().sum();
        mixed.set_probabilities(weights.map(|weight| weight / total));
        mixed
    }

    /// Takes one observation in: every mode's state, then the probabilities. Gives the logarithm of the observation's
    /// likelihood, or none when no mode's prediction lies in front of the sensor.
    ///
    /// `false_density` is the density of false plots there ([`crate::measurement::clutter_density`]): what a plume means
    /// to a mode that does not burn.
    pub fn update(&mut self, observation: &Observation, false_density: f64) -> Option<f64> {
        // A range rate is held against a false plot's, which is anywhere in the span: the density knows positions only.
        let log_false_rate =
            if observation.range_rate.is_some() { libm::log(2.0 * GREATEST_FALSE_RATE_M_S) } else { 0.0 };
        let log_of =
            |update: Option<ScalarUpdate>| update.map(|update| update.log_likelihood + log_false_rate);
        let mut log_likelihoods = [None; 3];
        if self.probabilities[0] > 0.0 {
            log_likelihoods[0] = log_of(self.boost.update_observation(observation));
        }
        if observation.sees_plume_only {
            let log_false = libm::log(false_density);
            log_likelihoods[1] = (self.probabilities[1] > 0.0).then_some(log_false);
            log_likelihoods[2] = (self.probabilities[2] > 0.0).then_some(log_false);
        } else {
            if self.probabilities[1] > 0.0 {
                log_likelihoods[1] = log_of(self.update_coast(observation));
            }
            if self.probabilities[2] > 0.0 {
                log_likelihoods[2] = log_of(self.reentry.update_observation(observation));
            }
        }
        self.weigh(log_likelihoods)
    }

    /// The coasting state, and with it, as long as that can still gain, the instant of burnout.
    fn update_coast(&mut self, observation: &Observation) -> Option<ScalarUpdate> {
        if !self.burnout.is_open() {
            return self.coast.update_observation(observation);
        }
        let mut joined = self.burnout.joined(&self.coast);
        let update = joined.update_observation(observation);
        (self.coast, self.burnout) = Burnout::split(&joined);
        update
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
            let mut joined = self.burnout.joined(&self.coast);
            log_likelihoods[1] = Some(update_rows(&mut joined, rows) + penalty);
            // A settled burnout has no covariance with the state, so that it stays as it is.
            (self.coast, self.burnout) = Burnout::split(&joined);
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
            .filter_map(|(log, probability)| log.filter(|log| probability > 0.0 && !log.is_nan()))
            .fold(f64::NEG_INFINITY, f64::max);
        if !greatest.is_finite() {
            return None;
        }
        let mut weights = [0.0; 3];
        for (mode, weight) in weights.iter_mut().enumerate() {
            // Not a number is no likelihood.
            if let Some(log) = log_likelihoods[mode].filter(|log| !log.is_nan()) {
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

    /// How long ago it burnt out; none as long as it more likely still burns, and where nobody saw it burn.
    pub fn burnt_out(&self) -> Option<&Burnout> {
        (self.probabilities[0] < 0.5 && self.burnout.is_known()).then_some(&self.burnout)
    }

    /// The state from which it falls: of coast and re-entry the likelier, the ballistic coefficient of the coast at its prior.
    pub fn falling(&self, models: &MissileModels) -> Gaussian<7> {
        let [_, coast, reentry] = self.probabilities;
        if reentry > coast {
            self.reentry
        } else {
            reentry_from_coast(&self.coast, models.log_area_mean, models.log_area_variance)
        }
    }

    /// Whether all live modes are sound: finite means, positive variances.
    pub fn is_sound(&self) -> bool {
        let [boost, coast, reentry] = self.probabilities;
        (boost == 0.0 || self.boost.is_sound())
            && (coast == 0.0 || self.coast.is_sound())
            && (reentry == 0.0 || self.reentry.is_sound())
    }

    /// Whether it can be what somebody believes: probabilities that sum to one, and all live modes [proper](Gaussian::is_proper).
    pub fn is_proper(&self) -> bool {
        let [boost, coast, reentry] = self.probabilities;
        self.probabilities.iter().all(|probability| (0.0..=1.0).contains(probability))
            && (self.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6
            && (boost == 0.0 || self.boost.is_proper())
            && (coast == 0.0 || self.coast.is_proper())
            && (reentry == 0.0 || self.reentry.is_proper())
    }
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
