//! The update of one Gaussian with one observation, iterated where it is far from linear.

use super::{Gaussian, ScalarUpdate};
use crate::measurement::Observation;
use nalgebra::{SVector, Vector3, Vector6};

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
        let mut linearised_at = prior.mean;
        let mut total = self.update_at(observation, &linearised_at)?;
        for _ in 1..MOST_ROUNDS {
            if curvature_sigmas(observation, &linearised_at, &self.mean) < NEGLIGIBLE_CURVATURE_SIGMAS {
                break;
            }
            let mut again = prior;
            // A round that leads behind the sensor ends the search at the last that did not.
            let Some(update) = again.update_at(observation, &self.mean) else { break };
            (linearised_at, total) = (self.mean, update);
            *self = again;
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
        let prediction = observation.predict(&position_of(at))?;
        let rate = observation.predict_rate(&position_of(at), &velocity_of(at));
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
            let product = self.turn_times_velocity(observation, &position_of(at));
            total = total.and(self.update_scalar(&rate.gradient, rate.residual, rate.variance + product, at));
        }
        self.symmetrise();
        Some(total)
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

fn position_of<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    state.fixed_rows::<3>(0).into()
}

fn velocity_of<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    state.fixed_rows::<3>(3).into()
}

/// By how many standard deviations of its noise the most bent measured number departs from its tangent between two states;
/// infinite where the second cannot be measured.
fn curvature_sigmas<const N: usize>(
    observation: &Observation,
    from: &SVector<f64, N>,
    to: &SVector<f64, N>,
) -> f64 {
    let measured_at = |state: &SVector<f64, N>| observation.predict(&position_of(state));
    let (Some(before), Some(after)) = (measured_at(from), measured_at(to)) else { return f64::INFINITY };
    let step_m = position_of(to) - position_of(from);
    let mut worst = 0.0_f64;
    for (before, after) in before.components().iter().zip(after.components()) {
        let bend = before.residual - before.gradient.dot(&step_m) - after.residual;
        worst = worst.max(bend * bend / before.variance);
    }
    let rate_at =
        |state: &SVector<f64, N>| observation.predict_rate(&position_of(state), &velocity_of(state));
    if let (Some(before), Some(after)) = (rate_at(from), rate_at(to)) {
        let step: Vector6<f64> = (to - from).fixed_rows::<6>(0).into();
        let bend = before.residual - before.gradient.dot(&step) - after.residual;
        worst = worst.max(bend * bend / before.variance);
    }
    worst.sqrt()
}
