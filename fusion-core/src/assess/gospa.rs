//! Generalised optimal sub-pattern assignment: a distance between sets that falls into parts with names.

use super::ospa::{MetricError, check, relative_power};
use crate::math::assignment::assign_dense;
use nalgebra::Vector3;

/// A GOSPA distance and what it is made of: `distance_m^p = localisation + missed + false`, each in m^p.
#[derive(Clone, Debug, PartialEq)]
pub struct Gospa {
    /// The distance, m.
    pub distance_m: f64,
    /// Sum of `d^p` over the assigned pairs, m^p.
    pub localisation_power: f64,
    /// `c^p / 2` for each truth without an estimate, m^p.
    pub missed_power: f64,
    /// `c^p / 2` for each estimate without a truth, m^p.
    pub false_power: f64,
    /// Truths without an estimate.
    pub missed: usize,
    /// Estimates without a truth.
    pub false_tracks: usize,
    /// For each truth, the place of its estimate.
    pub estimate_of_truth: Vec<Option<usize>>,
}

/// GOSPA distance with alpha = 2 between estimates and truths (points in m, any one frame), of order `order` (p) with
/// cut-off `cutoff_m` (c).
///
/// `(Σ d^p + c^p / 2 · (missed + false))^(1/p)`, least over all assignments of some of the truths; a pair at the cut-off
/// or beyond is one missed and one false. Not divided by the number of objects: it grows with the scene, so compare
/// only figures from the same scene. Alpha other than 2 is not offered: the parts would have no meaning.
///
/// # Errors
///
/// [`MetricError`] for an order below 1, a cut-off that is not positive, or a point that is not finite.
///
/// Rahmathullah, García-Fernández and Svensson, "Generalized optimal sub-pattern assignment metric", 20th International
/// Conference on Information Fusion (2017), proposition 1.
///
/// ```
/// use fusion_core::assess::gospa;
/// use nalgebra::Vector3;
/// let truths = [Vector3::zeros(), Vector3::new(1_000.0, 0.0, 0.0)];
/// let result = gospa(&[Vector3::new(3.0, 0.0, 0.0)], &truths, 2.0, 10.0)?;
/// assert_eq!((result.missed, result.false_tracks), (1, 0));
/// // 3² for the one found, 10² / 2 for the one missed.
/// assert!((result.distance_m - 59.0_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), fusion_core::assess::MetricError>(())
/// ```
pub fn gospa(
    estimates_m: &[Vector3<f64>],
    truths_m: &[Vector3<f64>],
    order: f64,
    cutoff_m: f64,
) -> Result<Gospa, MetricError> {
    check(estimates_m, truths_m, order, cutoff_m)?;
    // In units of the cut-off. A truth without an estimate costs one half and leaves an estimate for another half.
    let cost = |truth: usize, estimate: usize| {
        let power = relative_power(&truths_m[truth], &estimates_m[estimate], order, cutoff_m);
        if power < 1.0 { power } else { f64::INFINITY }
    };
    let estimate_of_truth =
        assign_dense(truths_m.len(), estimates_m.len(), cost, &vec![1.0; truths_m.len()])?;

    let mut localisation = 0.0;
    let mut assigned = 0;
    for (truth, estimate) in estimate_of_truth.iter().enumerate() {
        if let Some(estimate) = estimate {
            localisation += cost(truth, *estimate);
            assigned += 1;
        }
    }
    let (missed, false_tracks) = (truths_m.len() - assigned, estimates_m.len() - assigned);
    let sum = localisation + 0.5 * (missed + false_tracks) as f64;
    let unit = libm::pow(cutoff_m, order);
    Ok(Gospa {
        distance_m: cutoff_m * libm::pow(sum, 1.0 / order),
        localisation_power: unit * localisation,
        missed_power: unit * 0.5 * missed as f64,
        false_power: unit * 0.5 * false_tracks as f64,
        missed,
        false_tracks,
        estimate_of_truth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_at_the_cutoff_is_one_missed_and_one_false() {
        let at = |x| [Vector3::new(x, 0.0, 0.0)];
        let result = gospa(&at(10.0), &at(0.0), 2.0, 10.0).expect("valid");
        assert_eq!((result.missed, result.false_tracks, result.distance_m), (1, 1, 10.0));
        assert_eq!((result.localisation_power, result.missed_power, result.false_power), (0.0, 50.0, 50.0));
        let result = gospa(&at(9.9), &at(0.0), 2.0, 10.0).expect("valid");
        assert_eq!((result.missed, result.false_tracks), (0, 0));
        assert_eq!(result.estimate_of_truth, [Some(0)]);
    }

    #[test]
    fn empty_sets() {
        let two = [Vector3::zeros(), Vector3::repeat(1.0)];
        assert_eq!(gospa(&[], &[], 2.0, 10.0).expect("valid").distance_m, 0.0);
        assert_eq!(gospa(&[], &two, 2.0, 10.0).expect("valid").missed_power, 100.0);
        assert_eq!(gospa(&two, &[], 2.0, 10.0).expect("valid").false_power, 100.0);
    }
}
