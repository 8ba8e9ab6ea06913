//! Optimal sub-pattern assignment: one distance between two sets of points.

use crate::math::assignment::{AssignmentError, assign_dense};
use nalgebra::Vector3;
use thiserror::Error;

/// Why a distance between two sets of points cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The order is not a finite number of at least one.
    #[error("the order p of the metric is {0}; it must be finite and at least 1")]
    Order(f64),
    /// The cut-off is not a finite number above zero.
    #[error("the cut-off distance is {0} m; it must be finite and above 0")]
    Cutoff(f64),
    /// A point has a coordinate that is NaN or infinite.
    #[error("{set} number {index} has a coordinate that is not finite")]
    Point {
        /// `estimate` or `truth`.
        set: &'static str,
        /// Its place in the slice.
        index: usize,
    },
    /// The assignment refused a cost; does not happen with points that are finite.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
}

/// OSPA distance (m) between two sets of points (m, any one frame) of order `order` (p) with cut-off `cutoff_m` (c).
///
/// `((Σ min(c, d)^p + c^p · |difference of the counts|) / larger count)^(1/p)`, least over the assignments; two empty
/// sets are at distance zero, an empty and another at `cutoff_m`. The assignment minimises `d^p`, not `d`. Symmetric.
/// Not for telling misses from false tracks, and blind to how many objects there are (it divides by their number): use
/// [`crate::assess::gospa`] for both.
///
/// # Errors
///
/// [`MetricError`] for an order below 1, a cut-off that is not positive, or a point that is not finite.
///
/// Schuhmacher, Vo and Vo, *IEEE Transactions on Signal Processing* 56 (2008), 3447-3457, equation 3.
///
/// ```
/// use fusion_core::assess::ospa;
/// use nalgebra::Vector3;
/// let truths = [Vector3::zeros(), Vector3::new(1_000.0, 0.0, 0.0)];
/// // One object found to 3 m, one missed: ((3² + 10²) / 2)^(1/2).
/// let distance_m = ospa(&[Vector3::new(3.0, 0.0, 0.0)], &truths, 2.0, 10.0)?;
/// assert!((distance_m - 54.5_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), fusion_core::assess::MetricError>(())
/// ```
pub fn ospa(
    estimates_m: &[Vector3<f64>],
    truths_m: &[Vector3<f64>],
    order: f64,
    cutoff_m: f64,
) -> Result<f64, MetricError> {
    check(estimates_m, truths_m, order, cutoff_m)?;
    let (fewer_m, more_m) =
        if estimates_m.len() <= truths_m.len() { (estimates_m, truths_m) } else { (truths_m, estimates_m) };
    if more_m.is_empty() {
        return Ok(0.0);
    }
    // In units of the cut-off, so that no power overflows. A pair at the cut-off costs as much as no pair.
    let cost = |row: usize, column: usize| relative_power(&fewer_m[row], &more_m[column], order, cutoff_m);
    let columns = assign_dense(fewer_m.len(), more_m.len(), cost, &vec![1.0; fewer_m.len()])?;
    let mut sum = (more_m.len() - fewer_m.len()) as f64;
    for (row, column) in columns.iter().enumerate() {
        sum += column.map_or(1.0, |column| cost(row, column));
    }
    Ok(cutoff_m * libm::pow(sum / more_m.len() as f64, 1.0 / order))
}

/// `(d / c)^p`: below one where the pair is nearer than the cut-off.
pub(super) fn relative_power(one_m: &Vector3<f64>, other_m: &Vector3<f64>, order: f64, cutoff_m: f64) -> f64 {
    // Infinite where the distance overflows: as far as any other beyond the cut-off.
    libm::pow((one_m - other_m).norm() / cutoff_m, order)
}

pub(super) fn check(
    estimates_m: &[Vector3<f64>],
    truths_m: &[Vector3<f64>],
    order: f64,
    cutoff_m: f64,
) -> Result<(), MetricError> {
    if !(1.0..f64::INFINITY).contains(&order) {
        return Err(MetricError::Order(order));
    }
    if !(cutoff_m > 0.0 && cutoff_m < f64::INFINITY) {
        return Err(MetricError::Cutoff(cutoff_m));
    }
    for (set, points_m) in [("estimate", estimates_m), ("truth", truths_m)] {
        let is_bad = |point_m: &Vector3<f64>| point_m.iter().any(|part| !part.is_finite());
        if let Some(index) = points_m.iter().position(is_bad) {
            return Err(MetricError::Point { set, index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_sets() {
        let one = [Vector3::zeros()];
        assert_eq!(ospa(&[], &[], 2.0, 10.0), Ok(0.0));
        assert_eq!(ospa(&one, &[], 2.0, 10.0), Ok(10.0));
        assert_eq!(ospa(&[], &one, 1.0, 10.0), Ok(10.0));
    }

    #[test]
    fn the_assignment_minimises_the_power_of_the_distance() {
        // On d the crossed pairs win (0 + 17.5 < 10 + 10.3); on d² the straight ones do (100 + 106 < 0 + 306).
        let at = |x, y| Vector3::new(x, y, 0.0);
        let (estimates, truths) = ([at(0.0, 0.0), at(10.0, 0.0)], [at(10.0, 0.0), at(15.0, 9.0)]);
        let distance_m = ospa(&estimates, &truths, 2.0, 100.0).expect("valid");
        assert!((distance_m - 103.0_f64.sqrt()).abs() < 1e-12, "{distance_m}");
    }

    #[test]
    fn nonsense_is_named() {
        let one = [Vector3::zeros()];
        for bad in [0.5, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(ospa(&one, &one, bad, 10.0), Err(MetricError::Order(_))));
        }
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(ospa(&one, &one, 2.0, bad), Err(MetricError::Cutoff(_))));
        }
        let bad = [Vector3::zeros(), Vector3::new(0.0, f64::NAN, 0.0)];
        assert_eq!(ospa(&one, &bad, 2.0, 10.0), Err(MetricError::Point { set: "truth", index: 1 }));
        // The largest of distances is but one more pair beyond the cut-off.
        let far = [Vector3::repeat(f64::MAX)];
        assert_eq!(ospa(&far, &[Vector3::repeat(-f64::MAX)], 2.0, 10.0), Ok(10.0));
    }
}
