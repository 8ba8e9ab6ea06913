//! Inverse covariance intersection: less cautious fusion of estimates that share information.

use super::intersection::{Criterion, greatest_where};
use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::SMatrix;

/// Fuses two estimates that hold an unknown piece of information in common and are independent otherwise; `weight` is that of the
/// first's covariance in what they may have in common.
///
/// Γ = ω A + (1 − ω) B; C⁻¹ = A⁻¹ + B⁻¹ − Γ⁻¹; c = C ((A⁻¹ − ω Γ⁻¹) a + (B⁻¹ − (1 − ω) Γ⁻¹) b). Γ⁻¹ is at least whatever
/// both may have in common, so that this is taken off once: from the first alone with ω = 1, from the second with ω = 0.
///
/// **The assumption**: each is the optimal fusion of one common estimate with something of its own. Estimates that told each other
/// what they knew are of that kind. Errors that are correlated in another way (one process noise, one sensor's bias, errors of
/// opposite sign) are not, and this may be overconfident for them: [`super::covariance_intersection`] never is. Its covariance is
/// never above the latter's.
///
/// Noack, Sijs, Reinhardt and Hanebeck, "Decentralized data fusion with inverse covariance intersection", *Automatica* 79 (2017),
/// 35-41.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
///
/// ```
/// use fusion_core::{filter::Gaussian, share::inverse_covariance_intersection};
/// use nalgebra::{matrix, vector};
/// let a = Gaussian { mean: vector![0.0], covariance: matrix![2.0] };
/// let b = Gaussian { mean: vector![3.0], covariance: matrix![1.0] };
/// // 1/2 + 1 - 2/3 = 5/6.
/// let fused = inverse_covariance_intersection(&a, &b, 0.5)?;
/// assert!((fused.covariance[0] - 1.2).abs() < 1e-15 && (fused.mean[0] - 2.4).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn inverse_covariance_intersection<const N: usize>(
    first: &Gaussian<N>,
    second: &Gaussian<N>,
    weight: f64,
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    let parts = Parts::new(&first.covariance, &second.covariance, weight)?;
    let fused = Cholesky::new(&(parts.first + parts.second - parts.common))?;
    let share = parts.second - parts.common * (1.0 - weight);
    // Relative to the first mean, whose share is then nothing.
    let shift = fused.solve(&(share * (second.mean - first.mean)));
    Ok(Gaussian { mean: first.mean + shift, covariance: fused.inverse() })
}

/// The weight at which the covariance of [`inverse_covariance_intersection`] is least by a criterion, to rounding.
///
/// The information is concave in the weight, so there is one least. Where all are as good, as for two of the same covariance, zero:
/// the first estimate is kept.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
pub fn inverse_intersection_weight<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
    criterion: Criterion,
) -> Result<f64, NotPositiveDefinite> {
    let difference = second - first;
    let weight_of_second = greatest_where(1.0, |of_second| {
        let parts = Parts::new(first, second, 1.0 - of_second)?;
        let covariance = Cholesky::new(&(parts.first + parts.second - parts.common))?.inverse();
        // The derivative of −Γ⁻¹ by the second's weight is Γ⁻¹ (B − A) Γ⁻¹.
        Ok(criterion.gain(&covariance, &(parts.common * difference * parts.common)))
    })?;
    Ok(1.0 - weight_of_second)
}

/// Information of both, and the most that they may have in common.
struct Parts<const N: usize> {
    first: SMatrix<f64, N, N>,
    second: SMatrix<f64, N, N>,
    common: SMatrix<f64, N, N>,
}

impl<const N: usize> Parts<N> {
    fn new(
        first: &SMatrix<f64, N, N>,
        second: &SMatrix<f64, N, N>,
        weight: f64,
    ) -> Result<Self, NotPositiveDefinite> {
        Ok(Parts {
            first: Cholesky::new(first)?.inverse(),
            second: Cholesky::new(second)?.inverse(),
            common: Cholesky::new(&(first * weight + second * (1.0 - weight)))?.inverse(),
        })
    }
}

#[cfg(test)]
#[path = "inverse_intersection_tests.rs"]
mod tests;
