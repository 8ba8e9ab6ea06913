//! Which plots may belong to which tracks: all joint events, weighed (joint probabilistic data association).

mod dense;
mod events;
mod net;
mod propagation;

pub use dense::{Association, JointError, joint_probabilities};

use super::cluster::Clusters;
use super::table::{Associate, AssociationError, Shares, Table};
use crate::filter::Gaussian;
use crate::math::symmetric::NotPositiveDefinite;
use events::{Events, Marginals};
use nalgebra::{SMatrix, SVector};
use net::{Net, Outcome};
use propagation::Propagation;

/// Joint probabilistic data association, integrated with existence where that is below one.
///
/// A joint event gives each track one plot of its gate or none, and no plot to two tracks. Its weight is the product of
/// r Pd N(z; ẑ, S) / β for each pair and 1 − r Pd for each track without a plot, with r the probability of existence.
/// Shares are sums over all joint events, cluster by cluster. They are exact up to a limit on the work of a cluster
/// (11 tracks and 11 plots that all may belong together, hundreds of tracks in a row), approximate above, which
/// [`Shares::is_approximate`] tells.
///
/// Fortmann, Bar-Shalom and Scheffe, *IEEE Journal of Oceanic Engineering* 8 (1983), 173-184; Mušicki and Evans, *IEEE
/// Transactions on Aerospace and Electronic Systems* 40 (2004), 1097-1109.
#[derive(Clone, Debug)]
pub struct Joint {
    limit: usize,
    events: Events,
    clusters: Clusters,
    net: Net,
    propagation: Propagation,
    marginals: Marginals,
}

/// Edges of an exact network at most, unless told otherwise: a few milliseconds and megabytes.
const EDGES: usize = 100_000;

impl Default for Joint {
    fn default() -> Self {
        Joint::with_limit(EDGES)
    }
}

impl Joint {
    /// Exact for clusters whose network of partial hypotheses has at most so many edges; without any, always approximate.
    ///
    /// `n` tracks and `n` plots that all may belong together have about `(n + 1)² 2ⁿ / 4` edges.
    pub fn with_limit(limit: usize) -> Self {
        Joint {
            limit,
            events: Events::default(),
            clusters: Clusters::default(),
            net: Net::default(),
            propagation: Propagation::default(),
            marginals: Marginals::default(),
        }
    }

    /// Answers a table that has been checked.
    fn weigh(&mut self, table: &Table, shares: &mut Shares) -> Result<(), AssociationError> {
        let Joint { limit, events, clusters, net, propagation, marginals } = self;
        shares.begin(table);
        if !events.weigh(table) {
            return Err(AssociationError::Impossible);
        }
        marginals.clear(events);
        clusters.find(table);
        net.begin(table.plots());
        propagation.begin(events);
        for cluster in clusters.iter() {
            match net.solve(events, &cluster, *limit, marginals) {
                Outcome::Exact => {}
                Outcome::Impossible => return Err(AssociationError::Impossible),
                Outcome::TooLarge => {
                    propagation.solve(events, &cluster, marginals);
                    shares.is_approximate = true;
                }
            }
        }
        for track in 0..table.tracks() {
            marginals.give(table, track, shares);
        }
        Ok(())
    }
}

impl Associate for Joint {
    fn associate(&mut self, table: &Table, shares: &mut Shares) -> Result<(), AssociationError> {
        table.check()?;
        self.weigh(table, shares)
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

#[cfg(test)]
mod table_tests;
