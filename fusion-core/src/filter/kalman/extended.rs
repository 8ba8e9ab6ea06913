//! The extended Kalman filter on matrices as they come, and its iterated form.

use super::{Gaussian, Innovation, MeasurementModel};
use crate::math::symmetric::{NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};

/// An iterated update has converged when no state moves by more than this many of its own standard deviations.
const CONVERGED_SIGMAS: f64 = 1e-6;

impl<const N: usize> Gaussian<N> {
    /// Predicts with a mean that went through any law of motion, and that law's N x N Jacobian at the mean before.
    ///
    /// For laws in discrete time; [`Gaussian::predict`] follows a flow in continuous time. Not where the law bends within
    /// the spread of the state: [`Gaussian::predict_unscented`] sees that, this does not.
    ///
    /// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), equations 10.3.2-3
    /// and 10.3.2-5, first order.
    ///
    /// ```
    /// use fusion_core::filter::Gaussian;
    /// use nalgebra::{matrix, vector};
    /// let mut state = Gaussian { mean: vector![3.0], covariance: matrix![0.01] };
    /// // x becomes x², whose derivative is 2 x.
    /// state.predict_extended(&vector![9.0], &matrix![6.0], &matrix![0.14]);
    /// assert_eq!((state.mean[0], state.covariance[(0, 0)]), (9.0, 0.5));
    /// ```
    pub fn predict_extended(
        &mut self,
        mean: &SVector<f64, N>,
        jacobian: &SMatrix<f64, N, N>,
        process_noise: &SMatrix<f64, N, N>,
    ) {
        self.mean = *mean;
        self.covariance = symmetrise(&(jacobian * self.covariance * jacobian.transpose() + process_noise));
    }

    /// Updates with a measurement of M numbers, linearised at the mean and then again at each new estimate.
    ///
    /// One iteration is the extended Kalman filter. More are Gauss-Newton steps towards the state of greatest posterior
    /// density, and stop early at a state that no longer moves; they pay where the measurement is far better than the
    /// prediction. The covariance is Joseph's, from the last linearisation. The innovation that comes back is that of the
    /// first, at the prediction, and `iterations` of zero counts as one.
    ///
    /// Not for posteriors with two peaks, nor where Gauss-Newton steps overshoot (an angle that swings by a large part of a
    /// radian within the prior): nothing shortens them.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when an innovation's covariance has no factor; the state is then left as it was.
    ///
    /// Bell and Cathey, *IEEE Transactions on Automatic Control* 38 (1993), 294-297; Bar-Shalom, Li and Kirubarajan (2001),
    /// section 10.5.2.
    pub fn update_extended<const M: usize>(
        &mut self,
        measured: &SVector<f64, M>,
        noise: &SMatrix<f64, M, M>,
        model: &impl MeasurementModel<N, M>,
        iterations: usize,
    ) -> Result<Innovation<M>, NotPositiveDefinite> {
        let prior = *self;
        let step_from = |at: &SVector<f64, N>| {
            let jacobian = model.jacobian(at);
            // What the linearised model would have measured beyond its value at the prior's mean.
            let residual = model.difference(measured, &model.predict(at)) - jacobian * (prior.mean - at);
            let mut posterior = prior;
            let innovation = posterior.update_linear(&residual, &jacobian, noise)?;
            Ok((posterior, innovation))
        };
        let (mut posterior, innovation) = step_from(&prior.mean)?;
        let mut moved = posterior.mean - prior.mean;
        for _ in 1..iterations {
            let sigmas = posterior.covariance.diagonal().map(f64::sqrt);
            if moved.component_div(&sigmas).amax() <= CONVERGED_SIGMAS {
                break;
            }
            let at = posterior.mean;
            (posterior, _) = step_from(&at)?;
            moved = posterior.mean - at;
        }
        *self = posterior;
        Ok(innovation)
    }
}
