//! Covariance intersection: fusion that stays honest whatever the correlation.

use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::SMatrix;

/// What [`covariance_intersection`] gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intersection<const N: usize> {
    /// The fused estimate.
    pub fused: Gaussian<N>,
    /// The weight of the first estimate, 0 to 1.
    pub weight: f64,
}

/// Fuses two estimates of the same state whose errors are correlated in an unknown way, with a given weight of the first.
///
/// C⁻¹ = ω A⁻¹ + (1 − ω) B⁻¹, c = C (ω A⁻¹ a + (1 − ω) B⁻¹ b). Never more certain than the truth allows, and never as
/// certain as independent estimates would: not for estimates known to be independent.
/// Julier and Uhlmann, "A non-divergent estimation algorithm in the presence of unknown correlations" (1997).
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
///
/// ```
/// use fusion_core::{filter::Gaussian, share::covariance_intersection};
/// use nalgebra::{matrix, vector};
/// let a = Gaussian { mean: vector![0.0], covariance: matrix![2.0] };
/// let b = Gaussian { mean: vector![3.0], covariance: matrix![1.0] };
/// let fused = covariance_intersection(&a, &b, 0.5)?;
/// assert!((fused.mean[0] - 2.0).abs() < 1e-12);
/// assert!((fused.covariance[0] - 4.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn covariance_intersection<const N: usize>(
    first: &Gaussian<N>,
    second: &Gaussian<N>,
    weight: f64,
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    let (a, b) = (Cholesky::new(&first.covariance)?.inverse(), Cholesky::new(&second.covariance)?.inverse());
    let fused = Cholesky::new(&(a * weight + b * (1.0 - weight)))?;
    // Relative to the first mean: the information of a position in Earth-fixed metres loses digits.
    let shift = fused.solve(&(b * (second.mean - first.mean) * (1.0 - weight)));
    let mut result = Gaussian { mean: first.mean + shift, covariance: fused.inverse() };
    result.symmetrise();
    Ok(result)
}

/// The weight of the first estimate at which the fused covariance has the least determinant.
///
/// The determinant, unlike the trace, does not depend on the units of position and velocity.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
pub fn intersection_weight<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    weight_of_least(first, second, |information| -information.log_determinant())
}

/// The weight of the first estimate at which the fused covariance has the least trace.
///
/// For states of one unit (positions only), where the trace is the mean squared error; not for position and velocity
/// together, where the answer changes with the units: [`intersection_weight`] is for those.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
pub fn intersection_weight_by_trace<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    weight_of_least(first, second, |information| information.inverse().trace())
}

/// Golden-section search over a convex criterion of the factored information ω A⁻¹ + (1 − ω) B⁻¹, ends included.
fn weight_of_least<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
    criterion: impl Fn(&Cholesky<N>) -> f64,
) -> Result<f64, NotPositiveDefinite> {
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    const ROUNDS: usize = 40;
    let (a, b) = (Cholesky::new(first)?.inverse(), Cholesky::new(second)?.inverse());
    let criterion = |weight: f64| -> Result<f64, NotPositiveDefinite> {
        Ok(criterion(&Cholesky::new(&(a * weight + b * (1.0 - weight)))?))
    };
    let (mut low, mut high) = (0.0, 1.0);
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (criterion(left)?, criterion(right)?);
    for _ in 0..ROUNDS {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = criterion(left)?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = criterion(right)?;
        }
    }
    let inner = 0.5 * (low + high);
    let mut best = (criterion(inner)?, inner);
    for end in [0.0, 1.0] {
        let value = criterion(end)?;
        if value <= best.0 {
            best = (value, end);
        }
    }
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Matrix3;

    #[test]
    fn where_one_estimate_holds_all_of_the_other_it_is_taken_alone() {
        let small = Matrix3::identity();
        for weight in [intersection_weight, intersection_weight_by_trace] {
            assert_eq!(weight(&small, &(small * 4.0)), Ok(1.0));
            assert_eq!(weight(&(small * 4.0), &small), Ok(0.0));
        }
    }
}
