//! Covariance intersection: fusion that stays honest whatever the correlation.

use crate::filter::Gaussian;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::{SMatrix, SVector};

/// What the fused covariance is to have least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Determinant: does not depend on the units of position and velocity.
    Determinant,
    /// Trace: the mean squared error, for states of one unit (positions only).
    Trace,
}

impl Criterion {
    /// How fast the criterion falls as `information` grows by `direction`, by the inverse of the former.
    pub(super) fn gain<const N: usize>(
        self,
        covariance: &SMatrix<f64, N, N>,
        direction: &SMatrix<f64, N, N>,
    ) -> f64 {
        match self {
            Criterion::Determinant => covariance.dot(direction),
            Criterion::Trace => (covariance * direction * covariance).trace(),
        }
    }
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
    covariance_intersection_of(&[(weight, *first), (1.0 - weight, *second)])
}

/// [`covariance_intersection`] of any number of weighted estimates; the weights are none negative and add up to one.
///
/// See [`intersection_weights`] for the best ones. Intersecting one after the other is as honest, and gives less.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite, and for an empty list.
///
/// ```
/// use fusion_core::{filter::Gaussian, share::covariance_intersection_of};
/// use nalgebra::{matrix, vector};
/// let estimate = |mean, variance| Gaussian { mean: vector![mean], covariance: matrix![variance] };
/// let fused = covariance_intersection_of(&[(0.5, estimate(0.0, 1.0)), (0.25, estimate(4.0, 1.0)), (0.25, estimate(0.0, 2.0))])?;
/// assert!((fused.covariance[0] - 8.0 / 7.0).abs() < 1e-15 && (fused.mean[0] - 8.0 / 7.0).abs() < 1e-15);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn covariance_intersection_of<const N: usize>(
    weighted: &[(f64, Gaussian<N>)],
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    // Relative to the first mean: the information of a position in Earth-fixed metres loses digits.
    let reference = weighted.first().map_or(SVector::zeros(), |(_, first)| first.mean);
    let (mut information, mut vector) = (SMatrix::<f64, N, N>::zeros(), SVector::<f64, N>::zeros());
    for (weight, estimate) in weighted {
        let share = Cholesky::new(&estimate.covariance)?.inverse() * *weight;
        information += share;
        vector += share * (estimate.mean - reference);
    }
    let fused = Cholesky::new(&information)?;
    Ok(Gaussian { mean: reference + fused.solve(&vector), covariance: fused.inverse() })
}

/// The weight of the first estimate at which the fused covariance has the least determinant, to rounding.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
pub fn intersection_weight<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    weight_by(first, second, Criterion::Determinant)
}

/// The weight of the first estimate at which the fused covariance has the least trace, to rounding.
///
/// Not for position and velocity together, where the answer changes with the units: [`intersection_weight`] is for those.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite.
pub fn intersection_weight_by_trace<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    weight_by(first, second, Criterion::Trace)
}

fn weight_by<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
    criterion: Criterion,
) -> Result<f64, NotPositiveDefinite> {
    let (a, b) = (Cholesky::new(first)?.inverse(), Cholesky::new(second)?.inverse());
    let difference = a - b;
    greatest_where(1.0, |weight| {
        let covariance = Cholesky::new(&(b + difference * weight))?.inverse();
        Ok(criterion.gain(&covariance, &difference))
    })
}

/// Where between zero and `end` something concave is greatest, by the sign of its slope: to the last bits, which comparing
/// values, flat there, would not reach. Either end where the slope has one sign; `end` where it is zero throughout.
pub(super) fn greatest_where<E>(end: f64, slope: impl Fn(f64) -> Result<f64, E>) -> Result<f64, E> {
    const HALVINGS: usize = 52;
    if slope(end)? >= 0.0 {
        return Ok(end);
    }
    if slope(0.0)? <= 0.0 {
        return Ok(0.0);
    }
    let (mut low, mut high) = (0.0, end);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if slope(middle)? > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}

/// The weights at which the intersection of these covariances is least by a criterion; they add up to one.
///
/// Convex, so there is one least. Weight goes, again and again, from the estimate that gives the least for it to the one that
/// would give the most, until all that have any give the same: to a relative 1e-9, or after 1,000 exchanges with what is
/// reached, which is honest all the same.
///
/// # Errors
/// [`NotPositiveDefinite`] for a covariance that is not positive definite, and for an empty list.
///
/// Böhning, "A vertex-exchange-method in D-optimal design theory", *Metrika* 33 (1986), 337-347.
///
/// ```
/// use fusion_core::share::{Criterion, intersection_weights};
/// use nalgebra::matrix;
/// // Two that each know one axis well, and one that knows nothing well.
/// let known = [matrix![1.0, 0.0; 0.0, 100.0], matrix![100.0, 0.0; 0.0, 1.0], matrix![150.0, 0.0; 0.0, 150.0]];
/// let weights = intersection_weights(&known, Criterion::Determinant)?;
/// assert!((weights[0] - 0.5).abs() < 1e-9 && (weights[1] - 0.5).abs() < 1e-9 && weights[2] == 0.0);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn intersection_weights<const N: usize>(
    covariances: &[SMatrix<f64, N, N>],
    criterion: Criterion,
) -> Result<Vec<f64>, NotPositiveDefinite> {
    const EXCHANGES: usize = 1_000;
    const TOLERANCE: f64 = 1e-9;
    let pieces: Vec<SMatrix<f64, N, N>> =
        covariances.iter().map(|one| Ok(Cholesky::new(one)?.inverse())).collect::<Result<_, _>>()?;
    let mut weights = vec![1.0 / pieces.len() as f64; pieces.len()];
    for _ in 0..EXCHANGES {
        let information: SMatrix<f64, N, N> =
            pieces.iter().zip(&weights).fold(SMatrix::zeros(), |sum, (piece, weight)| sum + piece * *weight);
        let covariance = Cholesky::new(&information)?.inverse();
        let gains: Vec<f64> = pieces.iter().map(|piece| criterion.gain(&covariance, piece)).collect();
        let by_gain = |one: &usize, other: &usize| gains[*one].total_cmp(&gains[*other]);
        let Some(best) = (0..pieces.len()).max_by(by_gain) else { break };
        let Some(worst) = (0..pieces.len()).filter(|index| weights[*index] > 0.0).min_by(by_gain) else {
            break;
        };
        if gains[best] - gains[worst] <= TOLERANCE * gains[best] {
            break;
        }
        let direction = pieces[best] - pieces[worst];
        let moved = greatest_where(weights[worst], |moved| {
            Ok(criterion.gain(&Cholesky::new(&(information + direction * moved))?.inverse(), &direction))
        })?;
        weights[best] += moved;
        weights[worst] -= moved;
    }
    Ok(weights)
}

/// A covariance of the difference of two estimates that holds whatever their correlation: A / ω + B / (1 − ω) for a weight
/// between zero and one.
///
/// For gates between tracks that may share information: A + B is the covariance for independent errors only, and too small
/// for errors that are correlated negatively. The gate is wider for it; not where the cross-covariance is known. Stone Soup's
/// innovation of a Chernoff update with ω for its measurement is this with 1 − ω for it.
/// Julier and Uhlmann (1997); Hurley, "An information theoretic justification for covariance intersection" (2002).
///
/// ```
/// use fusion_core::share::difference_bound;
/// use nalgebra::matrix;
/// // Errors that are each other's negative: the difference has twice the deviation, four times the variance.
/// assert_eq!(difference_bound(&matrix![1.0], &matrix![1.0], 0.5), matrix![4.0]);
/// ```
#[must_use]
pub fn difference_bound<const N: usize>(
    first: &SMatrix<f64, N, N>,
    second: &SMatrix<f64, N, N>,
    weight: f64,
) -> SMatrix<f64, N, N> {
    first / weight + second / (1.0 - weight)
}

#[cfg(test)]
#[path = "intersection_tests.rs"]
mod tests;
