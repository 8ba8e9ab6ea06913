//! The update of one Gaussian with one observation, iterated where it is far from linear.

use super::{Gaussian, ScalarUpdate};
use crate::dynamics::{position, velocity};
use crate::measurement::{Observation, Prediction, RateComponent};
use nalgebra::{SVector, Vector3};

/// Most rounds of relinearisation: an observation of a whole position settles in two or three.
const MOST_ROUNDS: usize = 8;
/// What the second order may move a measured number by, in its standard deviations, before another round is due.
const NEGLIGIBLE_CURVATURE_SIGMAS: f64 = 0.1;

impl<const N: usize> Gaussian<N> {
    /// Updates a state that begins with position and velocity with one observation; none, and no change, when the belief does
    /// not lie in front of the sensor.
    ///
    /// The iterated extended update: it linearises again where the first round has led, as long as the measured numbers are
    /// bent by more than a tenth of their noise in between. A track known to within a kilometre needs one round. A new one
    /// that was seen along a line only, and now by a radar, needs more: 60 km beside the truth, a range of 500 km that is
    /// linearised at the mean is 3.6 km wrong, and would be believed to the radar's 30 m.
    ///
    /// After eight rounds it stays with the last: not for beliefs with several far places that fit.
    ///
    /// Bell and Cathey, *IEEE Transactions on Automatic Control* 38 (1993), 294-297; Bar-Shalom, Li and Kirubarajan (2001),
    /// section 10.5.2.
    pub fn update_observation(&mut self, observation: &Observation) -> Option<ScalarUpdate> {
        let prior = *self;
        let mut tangent = Tangent::at(observation, &prior.mean)?;
        let mut total = self.update_along(observation, &tangent);
        for _ in 1..MOST_ROUNDS {
            // A round that leads behind the sensor ends the search at the last that did not.
            let Some(next) = Tangent::at(observation, &self.mean) else { break };
            if tangent.bend_sigmas(&next) < NEGLIGIBLE_CURVATURE_SIGMAS {
                break;
            }
            *self = prior;
            total = self.update_along(observation, &next);
            tangent = next;
        }
        Some(total)
    }

    /// One round of it, linearised at a state of the caller's choice instead of where it leads: scalar updates in sequence, as
    /// the components of an observation are independent. None, and no change, when that state does not lie in front of the
    /// sensor.
    ///
    /// A range rate is the product of a direction and a velocity. Where both are uncertain, the product of their
    /// variances is no part of the gradient and adds to the noise: the second order of a state whose position and velocity do
    /// not go together, as at a start. Later it is negligible.
    pub fn update_at(&mut self, observation: &Observation, at: &SVector<f64, N>) -> Option<ScalarUpdate> {
        Some(self.update_along(observation, &Tangent::at(observation, at)?))
    }

    fn update_along(&mut self, observation: &Observation, tangent: &Tangent<N>) -> ScalarUpdate {
        let Tangent { at, prediction, rate } = tangent;
        let mut total = ScalarUpdate::default();
        for component in prediction.components() {
            total = total.and(self.update_scalar(
                &component.gradient,
                component.residual,
                component.variance,
                at,
            ));
        }
        if let Some(rate) = rate {
            let product = self.turn_times_velocity(observation, &position(at));
            total = total.and(self.update_scalar(&rate.gradient, rate.residual, rate.variance + product, at));
        }
        self.symmetrise();
        total
    }

    /// Variance of the product of what is not known of the direction (rad) and of the velocity across it (m/s), m²/s².
    fn turn_times_velocity(&self, observation: &Observation, position_m: &Vector3<f64>) -> f64 {
        let frame = &observation.line_of_sight;
        let squared_m2 = (position_m - frame.origin_m).norm_squared();
        let variance = |first: usize, axis: &Vector3<f64>| {
            axis.dot(&(self.covariance.fixed_view::<3, 3>(first, first) * axis))
        };
        [&frame.right, &frame.up].iter().map(|axis| variance(0, axis) * variance(3, axis)).sum::<f64>()
            / squared_m2
    }
}

/// An observation linearised at a state.
struct Tangent<const N: usize> {
    at: SVector<f64, N>,
    prediction: Prediction,
    rate: Option<RateComponent>,
}

impl<const N: usize> Tangent<N> {
    /// None where the state does not lie in front of the sensor.
    fn at(observation: &Observation, at: &SVector<f64, N>) -> Option<Self> {
        let prediction = observation.predict(&position(at))?;
        Some(Tangent { at: *at, prediction, rate: observation.predict_rate(&position(at), &velocity(at)) })
    }

    /// By how many standard deviations of its noise the most bent measured number departs from this tangent at the state of
    /// another.
    fn bend_sigmas(&self, other: &Self) -> f64 {
        let step = other.at - self.at;
        let step_m = position(&step);
        let mut worst = 0.0_f64;
        for (before, after) in self.prediction.components().iter().zip(other.prediction.components()) {
            let bend = before.residual - before.gradient.dot(&step_m) - after.residual;
            worst = worst.max(bend * bend / before.variance);
        }
        if let (Some(before), Some(after)) = (&self.rate, &other.rate) {
            let bend = before.residual - before.gradient.dot(&step.fixed_rows::<6>(0)) - after.residual;
            worst = worst.max(bend * bend / before.variance);
        }
        worst.sqrt()
    }
}
