//! Which plots may belong to which of a few near targets: all joint events, weighed (joint probabilistic data association).

use crate::filter::Gaussian;
use crate::math::symmetric::NotPositiveDefinite;
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// Why there are no joint association probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum JointError {
    /// More joint events than the caller allows: a cluster too large for enumeration.
    #[error("more than {0} joint events: split the cluster, narrow the gates or raise the limit")]
    TooManyEvents(usize),
    /// A target without its weight of a miss, or with more or fewer measurements than the first.
    #[error("target {target} has {found} weights where {expected} belong")]
    Shape {
        /// The target.
        target: usize,
        /// Weights given.
        found: usize,
        /// Weights expected.
        expected: usize,
    },
    /// A weight that is NaN or infinitely large.
    #[error("the log-weight {value} of target {target} with measurement {measurement:?} is no weight")]
    Weight {
        /// The target.
        target: usize,
        /// The measurement, none for a miss.
        measurement: Option<usize>,
        /// What stands there.
        value: f64,
    },
    /// No joint event has a weight: targets that cannot be missed share too few measurements.
    #[error("no joint event is possible")]
    Impossible,
}

/// What one target's measurements are to it, over all joint events.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// Probability that no measurement is the target's.
    pub missed: f64,
    /// Probability of each measurement to be the target's; adds up to one with `missed`.
    pub measurements: Vec<f64>,
}

/// Weighs all joint events of a cluster of targets and measurements, and gives each target's association probabilities.
///
/// `log_weights[t][m]` is the natural logarithm of Pd N(z; ẑ, S) / β, with β the density of false plots, and
/// `log_misses[t]` that of the probability of no plot; negative infinity for what is impossible (a pair outside of the
/// gate). A joint event gives each target one measurement or none and no measurement to two; its weight is the product.
/// Without targets there is nothing to tell; without measurements all are missed.
///
/// Not for large clusters: the number of joint events grows faster than exponentially. At most `limit` of them (those of
/// weight above zero, and partial ones that cannot be completed) are looked at, and one more is an error. Not for plots that
/// may stem from two targets at once.
///
/// # Errors
///
/// [`JointError`].
///
/// Fortmann, Bar-Shalom and Scheffe, *IEEE Journal of Oceanic Engineering* 8 (1983), 173-184, equations 3.5 to 3.13.
///
/// ```
/// use fusion_core::association::joint_probabilities;
/// // Two targets want the same plot equally and are missed with weight one: (neither, first, second) weigh 1, 3 and 3.
/// let log = libm::log(3.0);
/// let shares = joint_probabilities(&[vec![log], vec![log]], &[0.0, 0.0], 100)?;
/// assert!((shares[0].measurements[0] - 3.0 / 7.0).abs() < 1e-15);
/// # Ok::<(), fusion_core::association::JointError>(())
/// ```
pub fn joint_probabilities(
    log_weights: &[Vec<f64>],
    log_misses: &[f64],
    limit: usize,
) -> Result<Vec<Association>, JointError> {
    let targets = scaled(log_weights, log_misses)?;
    let measurements = log_weights.first().map_or(0, Vec::len);
    let log_weight = |event: &[Choice]| event.iter().map(|choice| choice.log_weight).sum::<f64>();
    // Relative to the likeliest event, which may be far less likely than each target's own first choice.
    let mut greatest = f64::NEG_INFINITY;
    for_each_event(&targets, measurements, limit, |event| greatest = greatest.max(log_weight(event)))?;
    if greatest == f64::NEG_INFINITY {
        return Err(JointError::Impossible);
    }
    let none = Association { missed: 0.0, measurements: vec![0.0; measurements] };
    let mut shares = vec![none; targets.len()];
    let mut total = 0.0;
    for_each_event(&targets, measurements, limit, |event| {
        let weight = libm::exp(log_weight(event) - greatest);
        total += weight;
        for (share, choice) in shares.iter_mut().zip(event) {
            match choice.measurement {
                Some(measurement) => share.measurements[measurement] += weight,
                None => share.missed += weight,
            }
        }
    })?;
    for share in &mut shares {
        share.missed /= total;
        share.measurements.iter_mut().for_each(|probability| *probability /= total);
    }
    Ok(shares)
}

/// One possible choice of a target: a measurement or none, and its log-weight relative to the target's greatest.
#[derive(Clone, Copy, Debug)]
struct Choice {
    measurement: Option<usize>,
    log_weight: f64,
}

/// The possible choices of each target, with log-weights shifted so that the greatest is zero: nothing overflows.
fn scaled(log_weights: &[Vec<f64>], log_misses: &[f64]) -> Result<Vec<Vec<Choice>>, JointError> {
    let measurements = log_weights.first().map_or(0, Vec::len);
    let targets = log_weights.len().max(log_misses.len());
    let row = |target: usize| -> Result<Vec<Choice>, JointError> {
        let (Some(miss), Some(weights)) = (log_misses.get(target), log_weights.get(target)) else {
            let expected = targets;
            return Err(JointError::Shape {
                target,
                found: log_weights.len().min(log_misses.len()),
                expected,
            });
        };
        if weights.len() != measurements {
            return Err(JointError::Shape { target, found: weights.len(), expected: measurements });
        }
        let of_measurements = weights.iter().enumerate().map(|(index, weight)| (Some(index), *weight));
        let mut choices = Vec::new();
        for (measurement, value) in std::iter::once((None, *miss)).chain(of_measurements) {
            // NaN is below nothing.
            let is_weight = value < f64::INFINITY;
            if !is_weight {
                return Err(JointError::Weight { target, measurement, value });
            }
            if value > f64::NEG_INFINITY {
                choices.push(Choice { measurement, log_weight: value });
            }
        }
        let greatest = choices.iter().map(|choice| choice.log_weight).fold(f64::NEG_INFINITY, f64::max);
        choices.iter_mut().for_each(|choice| choice.log_weight -= greatest);
        Ok(choices)
    };
    (0..targets).map(row).collect()
}

/// Calls `visit` for every joint event: one choice of each target, no measurement twice. Depth first, without recursion, as
/// there may be many targets.
fn for_each_event(
    targets: &[Vec<Choice>],
    measurements: usize,
    limit: usize,
    mut visit: impl FnMut(&[Choice]),
) -> Result<(), JointError> {
    let mut taken = vec![false; measurements];
    let mut event: Vec<Choice> = Vec::with_capacity(targets.len());
    // For each target, the choice to try next.
    let mut next = vec![0; targets.len() + 1];
    let mut ends = 0;
    loop {
        let depth = event.len();
        let is_free = |choice: &Choice| choice.measurement.is_none_or(|measurement| !taken[measurement]);
        let free = targets.get(depth).and_then(|choices| {
            let found = choices.iter().enumerate().skip(next[depth]).find(|(_, choice)| is_free(choice));
            found.map(|(index, choice)| (index, *choice))
        });
        if let Some((index, choice)) = free {
            choice.measurement.into_iter().for_each(|measurement| taken[measurement] = true);
            event.push(choice);
            next[depth] = index + 1;
            next[depth + 1] = 0;
            continue;
        }
        // Nothing was tried here: the event is complete, or this target finds all of its measurements taken.
        if next[depth] == 0 {
            ends += 1;
            if ends > limit {
                return Err(JointError::TooManyEvents(limit));
            }
            if depth == targets.len() {
                visit(&event);
            }
        }
        let Some(choice) = event.pop() else {
            return Ok(());
        };
        choice.measurement.into_iter().for_each(|measurement| taken[measurement] = false);
    }
}

/// Updates a Gaussian with measurements of which at most one is its own: the moments of the mixture over all of them and
/// none (probabilistic data association).
///
/// `measurements` holds each one's association probability (of [`joint_probabilities`]: they add up to one at most) and its residual of M numbers at the mean; what the
/// probabilities lack of one is that of none. `jacobian` is M x N, `noise` M x M. The covariance is
/// β₀ P + (1 − β₀)(P − K S Kᵀ) and the spread of the means.
///
/// Not where the mixture's parts lie far from each other: a Gaussian between two places is at neither.
///
/// # Errors
///
/// [`NotPositiveDefinite`] when the innovation's covariance has no factor.
///
/// Bar-Shalom and Tse, *Automatica* 11 (1975), 451-460; Fortmann, Bar-Shalom and Scheffe, *IEEE Journal of Oceanic Engineering*
/// 8 (1983), 173-184.
///
/// ```
/// use fusion_core::{association::probabilistic_update, filter::Gaussian};
/// use nalgebra::{matrix, vector};
/// let state = Gaussian { mean: vector![0.0], covariance: matrix![1.0] };
/// // The gain is a quarter: the mean is 0 or 1, equally likely; the variance is 1 or 3/4, and 1/4 of spread.
/// let updated = probabilistic_update(&state, &[(0.5, vector![4.0])], &matrix![1.0], &matrix![3.0])?;
/// assert_eq!((updated.mean[0], updated.covariance[0]), (0.5, 1.125));
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn probabilistic_update<const N: usize, const M: usize>(
    state: &Gaussian<N>,
    measurements: &[(f64, SVector<f64, M>)],
    jacobian: &SMatrix<f64, M, N>,
    noise: &SMatrix<f64, M, M>,
) -> Result<Gaussian<N>, NotPositiveDefinite> {
    let missed = 1.0 - measurements.iter().map(|(probability, _)| probability).sum::<f64>();
    // About the prior's mean: a position in Earth-fixed metres would cost the spread its digits.
    let prior = Gaussian { mean: SVector::zeros(), covariance: state.covariance };
    let mut parts = vec![(missed, prior)];
    for (probability, residual) in measurements {
        let mut updated = prior;
        updated.update_linear(residual, jacobian, noise)?;
        parts.push((*probability, updated));
    }
    let mut updated = Gaussian::of_mixture(parts.iter().map(|(probability, part)| (*probability, part)));
    updated.mean += state.mean;
    Ok(updated)
}
