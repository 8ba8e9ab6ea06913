//! Fusion of two estimates whose cross-covariance is known.

use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, solve, symmetrise};
use nalgebra::SMatrix;

/// Fuses two estimates with a known cross-covariance of their errors, E[(x − a)(x − b)ᵀ]: the best linear combination.
///
/// c = a + (A − P)(A + B − P − Pᵀ)⁻¹ (b − a), C = A − (A − P)(A + B − P − Pᵀ)⁻¹ (A − P)ᵀ, with P the cross-covariance; with P
/// zero the fusion of independent estimates. Two filters that see one object share its process noise, so that P is not zero though
/// their sensors are independent: [`CrossCovariance`] carries it. Not for a P that is guessed: the result is overconfident for one
/// that is too small. Not as good as a filter of all measurements where there is process noise.
///
/// Bar-Shalom and Campo, "The effect of the common process noise on the two-sensor fused-track covariance", *IEEE TAES* 22(6)
/// (1986), 803-805.
///
/// # Errors
/// [`NotPositiveDefinite`] where the covariance of the difference is not: for estimates that are the same, or a P that is none.
///
/// ```
/// use fusion_core::{filter::Gaussian, share::fuse_correlated};
/// use nalgebra::{matrix, vector};
/// let a = Gaussian { mean: vector![0.0], covariance: matrix![2.0] };
/// let b = Gaussian { mean: vector![3.0], covariance: matrix![1.0] };
/// let fused = fuse_correlated(&a, &b, &matrix![0.5])?;
/// assert!((fused.mean[0] - 2.25).abs() < 1e-15 && (fused.covariance[0] - 0.875).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn fuse_correlated<const N: usize>(
    first: &Gaussian<N>,
    second: &Gaussian<N>,
    cross: &SMatrix<f64, N, N>,
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    let open = first.covariance - cross;
    let difference = symmetrise(&(open + second.covariance - cross.transpose()));
    let factor = Cholesky::new(&difference)?;
    let white = factor.whiten(&open.transpose());
    let shift = white.transpose() * factor.whiten(&(second.mean - first.mean));
    let covariance = symmetrise(&(first.covariance - white.transpose() * white));
    Ok(Gaussian { mean: first.mean + shift, covariance })
}

/// The cross-covariance of the errors of two Kalman filters that follow one object with a sensor each.
///
/// Both must be optimal for the one linear model with the one process noise, and tell each other nothing that either keeps. It is the
/// filters' designers who know it; across a link it is known only to whoever knows all looks of the other side.
///
/// Bar-Shalom, "On the track-to-track correlation problem", *IEEE TAC* 26(2) (1981),
/// 571-572.
///
/// ```
/// use fusion_core::share::CrossCovariance;
/// use nalgebra::matrix;
/// let mut cross = CrossCovariance::of_independent();
/// cross.predict(&matrix![1.0], &matrix![0.5]);
/// // Each filter's measurement halves its variance: what is left of either's error is halved as well.
/// cross.update_first(&matrix![2.0], &matrix![1.0])?;
/// cross.update_second(&matrix![4.0], &matrix![2.0])?;
/// assert!((cross.matrix[0] - 0.125).abs() < 1e-12);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossCovariance<const N: usize> {
    /// E[(x − a)(x − b)ᵀ], not symmetric in general.
    pub matrix: SMatrix<f64, N, N>,
}

impl<const N: usize> CrossCovariance<N> {
    /// Of filters that began with independent errors.
    pub fn of_independent() -> Self {
        CrossCovariance { matrix: SMatrix::zeros() }
    }

    /// Carries it over a step with transition F and the process noise Q that both errors get: F P Fᵀ + Q.
    pub fn predict(&mut self, transition: &SMatrix<f64, N, N>, process_noise: &SMatrix<f64, N, N>) {
        self.matrix = transition * self.matrix * transition.transpose() + process_noise;
    }

    /// The first filter has taken in a measurement that took its covariance from `before` to `after`: (I − K H) P, where
    /// I − K H is after · before⁻¹ for an optimal gain.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for the covariance before.
    pub fn update_first(
        &mut self,
        before: &SMatrix<f64, N, N>,
        after: &SMatrix<f64, N, N>,
    ) -> Result<(), NotPositiveDefinite> {
        self.matrix = after * solve(before, &self.matrix)?;
        Ok(())
    }

    /// The same for the second filter: P (I − K H)ᵀ.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for the covariance before.
    pub fn update_second(
        &mut self,
        before: &SMatrix<f64, N, N>,
        after: &SMatrix<f64, N, N>,
    ) -> Result<(), NotPositiveDefinite> {
        self.matrix *= solve(before, after)?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "correlated_tests.rs"]
mod tests;
