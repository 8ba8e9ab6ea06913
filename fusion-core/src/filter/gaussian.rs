//! A Gaussian belief about a state, and the Kalman filter's two steps on it.

use crate::dynamics::{Dynamics, propagate};
use crate::math::real::Real;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, solve, symmetrise};
use nalgebra::{SMatrix, SVector};
use serde::{Deserialize, Serialize};

/// Mean and covariance of a state of size `N`: of one, or of several side by side ([`crate::math::lanes::Lanes`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Real + Serialize", deserialize = "S: Real + Deserialize<'de>"))]
pub struct Gaussian<const N: usize, S = f64> {
    /// Mean, in the units of the state.
    pub mean: SVector<S, N>,
    /// Covariance, symmetric positive definite.
    pub covariance: SMatrix<S, N, N>,
}

/// What one scalar measurement did: its part of the likelihood and of the normalised innovation squared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScalarUpdate<S = f64> {
    /// Natural logarithm of the measurement's likelihood, in inverse units of the measurement.
    pub log_likelihood: S,
    /// Residual squared over its variance.
    pub normalised_innovation_squared: S,
}

impl<const N: usize, S: Real> Gaussian<N, S> {
    /// Predicts over `seconds` with the extended Kalman filter: the mean along the flow, the covariance through its
    /// transition matrix, with the model's noise. Gives the transition matrix.
    ///
    /// `longest_step_s` bounds the integration step; see [`propagate`].
    pub fn predict(
        &mut self,
        model: &impl Dynamics<N>,
        seconds: f64,
        longest_step_s: f64,
    ) -> SMatrix<S, N, N> {
        let (mean, transition) = propagate(model, &self.mean, seconds, longest_step_s);
        self.mean = mean;
        self.covariance = transition * self.covariance * transition.transpose()
            + model.process_noise(seconds.abs()).map(S::splat);
        self.symmetrise();
        transition
    }

    /// Updates with one scalar measurement that depends on the first `K` states only.
    ///
    /// `residual` is measured minus predicted at the mean before the first of a batch of such updates;
    /// `shift` is how far the mean has moved since, so that a vector measurement with independent components gives
    /// exactly the extended Kalman update when applied one component after the other.
    /// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), section 7.3.
    pub fn update_scalar<const K: usize>(
        &mut self,
        gradient: &SVector<S, K>,
        residual: S,
        variance: S,
        linearised_at: &SVector<S, N>,
    ) -> ScalarUpdate<S> {
        // P h, where h is zero beyond its first K entries.
        let cross: SVector<S, N> = self.covariance.fixed_columns::<K>(0) * gradient;
        let innovation_variance = gradient.dot(&cross.fixed_rows::<K>(0)) + variance;
        let moved = gradient.dot(&(self.mean - linearised_at).fixed_rows::<K>(0));
        let innovation = residual - moved;
        let gain = cross / innovation_variance;
        self.mean += gain * innovation;
        self.covariance -= gain * cross.transpose();
        let normalised_innovation_squared = innovation * innovation / innovation_variance;
        ScalarUpdate {
            log_likelihood: S::splat(-0.5)
                * (normalised_innovation_squared
                    + (S::splat(std::f64::consts::TAU) * innovation_variance).log()),
            normalised_innovation_squared,
        }
    }

    /// Makes the covariance symmetric to the last bit: products of matrices leave rounding in it.
    pub fn symmetrise(&mut self) {
        self.covariance = symmetrise(&self.covariance);
    }

    /// The marginal of the first `K` states.
    pub fn leading<const K: usize>(&self) -> Gaussian<K, S> {
        Gaussian {
            mean: self.mean.fixed_rows::<K>(0).into(),
            covariance: self.covariance.fixed_view::<K, K>(0, 0).into(),
        }
    }
}

impl<const N: usize> Gaussian<N> {
    /// The Gaussian with the mean and covariance of a mixture of weighted ones: moment matching.
    ///
    /// Weights need not add up to one; those of zero take no part, and not all may be zero. Not for asking how likely a state
    /// is where the parts lie far from each other: their middle may be where nothing is.
    ///
    /// Blom and Bar-Shalom, "The interacting multiple model algorithm" (1988), equations 8 and 9.
    pub fn of_mixture<'a>(parts: impl Iterator<Item = (f64, &'a Gaussian<N>)> + Clone) -> Self {
        let total = parts.clone().fold(0.0, |sum, (weight, _)| sum + weight);
        let weighted =
            || parts.clone().filter(|(weight, _)| *weight > 0.0).map(|(weight, part)| (weight / total, part));
        let mut mean = SVector::zeros();
        for (weight, part) in weighted() {
            mean += part.mean * weight;
        }
        let mut covariance = SMatrix::zeros();
        for (weight, part) in weighted() {
            let difference = part.mean - mean;
            covariance += (part.covariance + difference * difference.transpose()) * weight;
        }
        Gaussian { mean, covariance: symmetrise(&covariance) }
    }

    /// Puts other knowledge of the first `K` states in the place of what is there, and leaves what the others are given these.
    ///
    /// The others move and widen or narrow as far as they hang on the first; what is independent of them stays as it is.
    /// Jeffrey, *The Logic of Decision* (1965), chapter 11, for Gaussians.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for the covariance of the first `K` states; the state is then left as it was.
    pub fn replace_leading<const K: usize>(
        &mut self,
        leading: &Gaussian<K>,
    ) -> Result<(), NotPositiveDefinite> {
        let known = self.leading::<K>();
        let rows: SMatrix<f64, K, N> = self.covariance.fixed_view::<K, N>(0, 0).into();
        let given = solve(&known.covariance, &rows)?;
        self.mean += given.transpose() * (leading.mean - known.mean);
        self.covariance += given.transpose() * (leading.covariance - known.covariance) * given;
        self.symmetrise();
        Ok(())
    }

    /// Whether every number is finite and every variance positive.
    pub fn is_sound(&self) -> bool {
        self.mean.iter().chain(self.covariance.iter()).all(|value| value.is_finite())
            && self.covariance.diagonal().iter().all(|variance| *variance > 0.0)
    }

    /// Whether it is [sound](Self::is_sound) and the covariance is one: symmetric and positive definite, by more than what a step of the
    /// filter may round away. Dearer: for what others tell.
    pub fn is_proper(&self) -> bool {
        const SKEWED: f64 = 1e-6;
        const SINGULAR: f64 = 1e-12;
        let sigmas = self.covariance.diagonal().map(f64::sqrt);
        let correlation = self.covariance.component_div(&(sigmas * sigmas.transpose()));
        self.is_sound()
            && (correlation - correlation.transpose()).amax() < SKEWED
            && Cholesky::new(&(correlation - SMatrix::identity() * SINGULAR)).is_ok()
    }
}

impl<S: Real> ScalarUpdate<S> {
    /// Adds another independent component's part.
    pub fn and(self, other: Self) -> Self {
        ScalarUpdate {
            log_likelihood: self.log_likelihood + other.log_likelihood,
            normalised_innovation_squared: self.normalised_innovation_squared
                + other.normalised_innovation_squared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix3, SMatrix, Vector3};

    #[test]
    fn replacing_the_leading_states_leaves_what_the_others_are_given_them() {
        let factor = SMatrix::<f64, 7, 7>::from_fn(|row, column| {
            libm::cos((row * 7 + column) as f64 * 1.3) + if row == column { 3.0 } else { 0.0 }
        });
        let before = Gaussian { mean: SVector::<f64, 7>::zeros(), covariance: factor * factor.transpose() };
        let mut after = before;
        let mut leading = before.leading::<6>();
        leading.covariance = leading.covariance * 4.0 + SMatrix::identity();
        leading.mean[2] = 5.0;
        after.replace_leading(&leading).expect("positive");
        assert!((after.leading::<6>().covariance - leading.covariance).norm() < 1e-9);
        assert!((after.leading::<6>().mean - leading.mean).norm() < 1e-9);
        // The last state given the first six: one over the last number of the inverse, and its mean at zero of these.
        let given = |state: &Gaussian<7>| 1.0 / state.covariance.try_inverse().expect("positive")[(6, 6)];
        assert!((given(&after) - given(&before)).abs() < 1e-9);
        let information = after.covariance.try_inverse().expect("positive");
        assert!((information.row(6) * after.mean)[0].abs() < 1e-9);
        // An update of the first states and the replacement by their update are the same.
        let mut updated = before;
        let gradient = nalgebra::Vector6::new(1.0, 0.5, 0.0, -1.0, 0.0, 2.0);
        updated.update_scalar(&gradient, 3.0, 2.0, &before.mean);
        let mut replaced = before;
        replaced.replace_leading(&updated.leading::<6>()).expect("positive");
        assert!((replaced.covariance - updated.covariance).norm() < 1e-9);
        assert!((replaced.mean - updated.mean).norm() < 1e-9);
        // What is independent of them stays as it is, however often.
        let mut apart = Gaussian { mean: SVector::<f64, 7>::zeros(), covariance: SMatrix::identity() };
        for round in 1..100 {
            let covariance = nalgebra::Matrix6::identity() * f64::from(round);
            apart
                .replace_leading(&Gaussian { mean: nalgebra::Vector6::zeros(), covariance })
                .expect("positive");
        }
        assert_eq!(apart.covariance[(6, 6)], 1.0);
        let unsound = Gaussian { mean: SVector::<f64, 7>::zeros(), covariance: SMatrix::zeros() };
        let mut same = unsound;
        assert!(same.replace_leading(&leading).is_err() && same == unsound);
    }

    #[test]
    fn scalar_updates_in_sequence_equal_the_joint_update() {
        let factor = SMatrix::<f64, 6, 6>::from_fn(|row, column| {
            libm::sin((row * 6 + column) as f64 * 1.7) + if row == column { 3.0 } else { 0.0 }
        });
        let prior = Gaussian {
            mean: SVector::<f64, 6>::from_fn(|row, _| row as f64),
            covariance: factor * factor.transpose(),
        };
        let jacobian = SMatrix::<f64, 3, 3>::new(0.8, 0.1, -0.3, 0.2, -0.9, 0.4, 0.5, 0.5, 0.7);
        let residual = Vector3::new(1.0, -2.0, 0.5);
        let noise = Matrix3::from_diagonal(&Vector3::new(0.5, 2.0, 0.1));

        let mut full = SMatrix::<f64, 3, 6>::zeros();
        full.fixed_view_mut::<3, 3>(0, 0).copy_from(&jacobian);
        let innovation_covariance = full * prior.covariance * full.transpose() + noise;
        let inverse = innovation_covariance.try_inverse().expect("regular");
        let gain = prior.covariance * full.transpose() * inverse;
        let mean = prior.mean + gain * residual;
        let covariance = prior.covariance - gain * full * prior.covariance;
        let squared = (residual.transpose() * inverse * residual)[0];
        let log_likelihood = -0.5
            * (squared
                + libm::log(innovation_covariance.determinant() * libm::pow(std::f64::consts::TAU, 3.0)));

        let mut sequential = prior;
        let mut total = ScalarUpdate::default();
        for row in 0..3 {
            let gradient: Vector3<f64> = jacobian.row(row).transpose();
            total =
                total.and(sequential.update_scalar(&gradient, residual[row], noise[(row, row)], &prior.mean));
        }
        assert!((sequential.mean - mean).norm() < 1e-12);
        assert!((sequential.covariance - covariance).norm() < 1e-11);
        assert!((total.log_likelihood - log_likelihood).abs() < 1e-12);
        assert!((total.normalised_innovation_squared - squared).abs() < 1e-12);
    }
}
