//! What an estimate has learnt since it was last told of, as a measurement of the whole state.

use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};

/// The information that has come into a filter between a prediction and the estimate at the same instant.
///
/// Y = P₂⁻¹ − P₁⁻¹ and y = P₂⁻¹ (x₂ − x₁), relative to the prediction x₁. With a prediction from the last report, what a report
/// tells is new, and a receiver adds it up: information-matrix fusion. Exact where there is no process noise between the reports, or
/// one measurement and that at their end. Otherwise the receiver takes one process noise for several independent ones, and is
/// overconfident by it, the more the rarer the reports. A filter of several models may have become *less* certain in between, so
/// that Y is indefinite: [`super::Tracklet`], which needs no prior, is for those.
///
/// Chong, Mori, Barker and Chang, "Architectures and algorithms for track association and fusion", *IEEE AES Magazine* 15(1) (2000),
/// 21-30; Frenkel, "Multisensor tracking of ballistic targets", *SPIE* 2561 (1995).
///
/// ```
/// use fusion_core::{filter::Gaussian, share::EquivalentMeasurement};
/// use nalgebra::{matrix, vector};
/// let state = |mean, variance| Gaussian { mean: vector![mean], covariance: matrix![variance] };
/// // A measurement of 6 with variance 2 took the sender from 0 with variance 1 to 2 with 2/3.
/// let news = EquivalentMeasurement::between(&state(0.0, 1.0), &state(2.0, 2.0 / 3.0))?;
/// let receiver = news.add_to(&state(3.0, 2.0))?;
/// assert!((receiver.mean[0] - 4.5).abs() < 1e-14 && (receiver.covariance[0] - 1.0).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EquivalentMeasurement<const N: usize> {
    /// The state to which the vector is relative.
    pub reference: SVector<f64, N>,
    /// Information matrix, in the inverse of the state's units squared.
    pub information: SMatrix<f64, N, N>,
    /// Information vector.
    pub vector: SVector<f64, N>,
}

impl<const N: usize> EquivalentMeasurement<N> {
    /// What took the sender from its prediction to its estimate.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for either covariance. An indefinite difference is none: it shows when it is added.
    pub fn between(predicted: &Gaussian<N>, updated: &Gaussian<N>) -> Result<Self, NotPositiveDefinite> {
        let (before, after) = (Cholesky::new(&predicted.covariance)?, Cholesky::new(&updated.covariance)?);
        Ok(EquivalentMeasurement {
            reference: predicted.mean,
            information: symmetrise(&(after.inverse() - before.inverse())),
            vector: after.solve(&(updated.mean - predicted.mean)),
        })
    }

    /// The receiver's estimate of the same instant with this added.
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] for the receiver's covariance, and where an indefinite piece leaves no certainty.
    pub fn add_to(&self, state: &Gaussian<N>) -> Result<Gaussian<N>, NotPositiveDefinite> {
        let known = Cholesky::new(&state.covariance)?.inverse();
        let fused = Cholesky::new(&(known + self.information))?;
        let residual = self.vector - self.information * (state.mean - self.reference);
        Ok(Gaussian { mean: state.mean + fused.solve(&residual), covariance: fused.inverse() })
    }
}

#[cfg(test)]
#[path = "information_tests.rs"]
mod tests;
