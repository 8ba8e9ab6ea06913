//! The information form: what is known, as something that adds up.

use super::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};
use std::ops::AddAssign;

/// Information matrix and vector about a state of size `N`: the inverse of the covariance, and that times the mean.
///
/// Independent pieces of information about one state add up, in any order, whether from a prior, a measurement or another
/// node; and nothing known is zero, which no covariance can say. Not for pieces that share a source (a common prior, one
/// process noise): adding them counts it twice.
///
/// Mutambara, *Decentralized Estimation and Control for Multisensor Systems* (1998), section 2.5.
///
/// ```
/// use fusion_core::filter::Information;
/// use nalgebra::{matrix, vector};
/// let mut known = Information::none();
/// for (measured, variance) in [(10.0, 1.0), (13.0, 2.0)] {
///     known += Information::of_measurement(&vector![measured], &matrix![1.0], &matrix![variance])?;
/// }
/// let state = known.gaussian()?;
/// assert!((state.mean[0] - 11.0).abs() < 1e-14 && (state.covariance[(0, 0)] - 2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information<const N: usize> {
    /// Information vector: the matrix times the mean.
    pub vector: SVector<f64, N>,
    /// Information matrix, symmetric positive semidefinite, in the inverse of the state's units squared.
    pub matrix: SMatrix<f64, N, N>,
}

impl<const N: usize> Information<N> {
    /// Nothing known.
    pub fn none() -> Self {
        Information { vector: SVector::zeros(), matrix: SMatrix::zeros() }
    }

    /// All that a mean and its covariance say.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] for the covariance.
    pub fn of_gaussian(state: &Gaussian<N>) -> Result<Self, NotPositiveDefinite> {
        let factor = Cholesky::new(&state.covariance)?;
        Ok(Information { vector: factor.solve(&state.mean), matrix: factor.inverse() })
    }

    /// What a measurement `H · state + noise` of M numbers says, by its M x N matrix H and its M x M noise.
    ///
    /// For a measurement linearised at some state, `measured` is its residual there plus H times that state.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] for the noise.
    pub fn of_measurement<const M: usize>(
        measured: &SVector<f64, M>,
        jacobian: &SMatrix<f64, M, N>,
        noise: &SMatrix<f64, M, M>,
    ) -> Result<Self, NotPositiveDefinite> {
        let factor = Cholesky::new(noise)?;
        let white = factor.whiten(jacobian);
        Ok(Information {
            vector: white.transpose() * factor.whiten(measured),
            matrix: symmetrise(&(white.transpose() * white)),
        })
    }

    /// Mean and covariance.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] while some direction of the state is not known; after a prediction that is so up to rounding
    /// only, and such a direction may come out with a variance that is senselessly large instead.
    pub fn gaussian(&self) -> Result<Gaussian<N>, NotPositiveDefinite> {
        let factor = Cholesky::new(&self.matrix)?;
        Ok(Gaussian { mean: factor.solve(&self.vector), covariance: factor.inverse() })
    }

    /// Predicts with the *inverse* of the N x N transition (the transition back to now from the time predicted to) and an
    /// N x K root G of the process noise, `G · Gᵀ`.
    ///
    /// Serves a state of which some directions are not known at all.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when the matrix has come to be indefinite; the information is then left as it was.
    ///
    /// Anderson and Moore, *Optimal Filtering* (1979), section 6.3.
    pub fn predict_linear<const K: usize>(
        &mut self,
        inverse_transition: &SMatrix<f64, N, N>,
        noise_root: &SMatrix<f64, N, K>,
    ) -> Result<(), NotPositiveDefinite> {
        let carried = inverse_transition.transpose() * self.matrix * inverse_transition;
        let vector = inverse_transition.transpose() * self.vector;
        let blurred = carried * noise_root;
        let factor = Cholesky::new(&symmetrise(&(SMatrix::identity() + noise_root.transpose() * blurred)))?;
        let white = factor.whiten(&blurred.transpose());
        self.vector = vector - white.transpose() * factor.whiten(&(noise_root.transpose() * vector));
        self.matrix = symmetrise(&(carried - white.transpose() * white));
        Ok(())
    }
}

impl<const N: usize> AddAssign for Information<N> {
    fn add_assign(&mut self, independent: Self) {
        self.vector += independent.vector;
        self.matrix += independent.matrix;
    }
}
