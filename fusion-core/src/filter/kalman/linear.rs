//! The Kalman filter on matrices as they come: any transition, any vector measurement with any noise.

use super::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};

/// What a vector measurement said of a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Innovation<const M: usize> {
    /// Measured minus predicted, in the measurement's units.
    pub residual: SVector<f64, M>,
    /// Its M x M covariance: the prediction's and the measurement's noise together.
    pub covariance: SMatrix<f64, M, M>,
    /// Normalised innovation squared, dimensionless: chi-square with M degrees of freedom for a consistent filter.
    pub normalised_squared: f64,
    /// Natural logarithm of the measurement's likelihood, in inverse units of the measurement.
    pub log_likelihood: f64,
}

impl<const M: usize> Innovation<M> {
    /// Works out distance and likelihood of a residual whose covariance has been factored.
    pub(super) fn new(
        residual: SVector<f64, M>,
        covariance: SMatrix<f64, M, M>,
        factor: &Cholesky<M>,
    ) -> Self {
        let normalised_squared = factor.mahalanobis_squared(&residual);
        let log_volume = factor.log_determinant() + M as f64 * libm::log(std::f64::consts::TAU);
        Innovation {
            residual,
            covariance,
            normalised_squared,
            log_likelihood: -0.5 * (normalised_squared + log_volume),
        }
    }
}

impl<const N: usize> Gaussian<N> {
    /// Predicts with an N x N transition and process noise; the mean goes through the transition as well.
    ///
    /// Not for a mean that moves by another law than the covariance: [`Gaussian::predict`] does that.
    ///
    /// Kalman (1960); Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001),
    /// equations 5.2.3-4 and 5.2.3-5.
    pub fn predict_linear(&mut self, transition: &SMatrix<f64, N, N>, process_noise: &SMatrix<f64, N, N>) {
        self.mean = transition * self.mean;
        self.covariance =
            symmetrise(&(transition * self.covariance * transition.transpose() + process_noise));
    }

    /// Updates with a vector measurement: its residual at the mean, its M x N Jacobian there, its M x M noise.
    ///
    /// The covariance is updated in Joseph's form, which stays positive definite whatever rounding did to the gain.
    /// Not for the hot path, where noises are independent: [`Gaussian::update_scalar`] needs no factor.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the innovation's covariance has no factor; the state is then left as it was.
    ///
    /// Bar-Shalom, Li and Kirubarajan (2001), equations 5.2.3-7 to 5.2.3-18.
    ///
    /// ```
    /// use fusion_core::filter::Gaussian;
    /// use nalgebra::{matrix, vector};
    /// let mut state = Gaussian { mean: vector![0.0, 10.0], covariance: matrix![3.0, 0.0; 0.0, 1.0] };
    /// let innovation = state.update_linear(&vector![4.0], &matrix![1.0, 0.0], &matrix![1.0])?;
    /// assert_eq!((state.mean[0], state.covariance[(0, 0)]), (3.0, 0.75));
    /// assert_eq!(innovation.normalised_squared, 4.0);
    /// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
    /// ```
    pub fn update_linear<const M: usize>(
        &mut self,
        residual: &SVector<f64, M>,
        jacobian: &SMatrix<f64, M, N>,
        noise: &SMatrix<f64, M, M>,
    ) -> Result<Innovation<M>, NotPositiveDefinite> {
        let cross = self.covariance * jacobian.transpose();
        let innovation_covariance = symmetrise(&(jacobian * cross + noise));
        let factor = Cholesky::new(&innovation_covariance)?;
        let gain = factor.solve(&cross.transpose()).transpose();
        let remainder = SMatrix::<f64, N, N>::identity() - gain * jacobian;
        self.mean += gain * residual;
        self.covariance = symmetrise(
            &(remainder * self.covariance * remainder.transpose() + gain * noise * gain.transpose()),
        );
        Ok(Innovation::new(*residual, innovation_covariance, &factor))
    }
}
