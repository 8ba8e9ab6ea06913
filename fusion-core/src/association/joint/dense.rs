//! The joint probabilities of one small cluster, given as full lists.

use super::Joint;
use crate::association::{Shares, Table};
use thiserror::Error;

/// Why there are no joint association probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum JointError {
    /// More work than the caller allows: a cluster too large for exact probabilities.
    #[error(
        "more than {0} choices in sets of taken measurements: split the cluster, narrow the gates or raise the limit"
    )]
    TooLarge(usize),
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
/// Targets are taken in one after another, and `limit` is on the number of their choices in all sets of measurements that
/// those before may have taken ([`Joint::with_limit`]). Not for clusters that are too large for that, which [`Joint`]
/// itself approximates, nor for plots that may stem from two targets at once.
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
    let measurements = log_weights.first().map_or(0, Vec::len);
    let table = table(log_weights, log_misses, measurements)?;
    let mut shares = Shares::default();
    match Joint::with_limit(limit).weigh(&table, &mut shares) {
        Ok(()) if shares.is_approximate() => return Err(JointError::TooLarge(limit)),
        Ok(()) => {}
        Err(_) => return Err(JointError::Impossible),
    }
    let association = |target: usize| {
        let mut probabilities = vec![0.0; measurements];
        shares.of(target).for_each(|(measurement, share)| probabilities[measurement] = share);
        Association { missed: shares.missed(target), measurements: probabilities }
    };
    Ok((0..table.tracks()).map(association).collect())
}

/// The lists as a table of sure tracks.
fn table(log_weights: &[Vec<f64>], log_misses: &[f64], measurements: usize) -> Result<Table, JointError> {
    let targets = log_weights.len().max(log_misses.len());
    let mut table = Table::default();
    table.clear(measurements);
    for target in 0..targets {
        let (Some(&miss), Some(weights)) = (log_misses.get(target), log_weights.get(target)) else {
            let found = log_weights.len().min(log_misses.len());
            return Err(JointError::Shape { target, found, expected: targets });
        };
        if weights.len() != measurements {
            return Err(JointError::Shape { target, found: weights.len(), expected: measurements });
        }
        check(target, None, miss)?;
        table.push_track(miss, 1.0);
        for (measurement, &weight) in weights.iter().enumerate() {
            check(target, Some(measurement), weight)?;
            table.push_pair(measurement, weight);
        }
    }
    Ok(table)
}

fn check(target: usize, measurement: Option<usize>, value: f64) -> Result<(), JointError> {
    // NaN is below nothing.
    let is_weight = value < f64::INFINITY;
    if is_weight { Ok(()) } else { Err(JointError::Weight { target, measurement, value }) }
}
