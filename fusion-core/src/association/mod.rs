//! Which plot belongs to which track.
//!
//! A [`Table`] asks, with the pairs that a gate let through and nothing else; something that can [`Associate`] answers with
//! [`Shares`]. Which, a [`Method`] says:
//!
//! * [`Method::NearestNeighbour`], the likeliest one-to-one assignment: for objects further apart than the sensors'
//!   errors, and where identities must not blur. The cheapest by far. Among close objects or in dense clutter it is sure
//!   of what it cannot know, and loses tracks.
//! * [`Method::Joint`], all joint events weighed: for clutter, and for objects that are close for a while. A state then goes
//!   with a mean of plots, so that tracks which stay close draw together (coalescence). With a probability of existence
//!   below one it is the integrated form, which tells how probably a track is of an object.
//! * [`Method::MultipleHypotheses`], several explanations of the last scans, until later ones tell: for ambiguity that
//!   passes, as when tracks cross or a stage and its payload part. The dearest, and the best where a decision can wait. The
//!   tracker keeps the [`Hypotheses`]; a [`Selector`] finds the best set of them.
//!
//! [`Table`]: crate::association::Table
//! [`Associate`]: crate::association::Associate
//! [`Shares`]: crate::association::Shares
//! [`Method`]: crate::association::Method
//! [`Method::NearestNeighbour`]: crate::association::Method::NearestNeighbour
//! [`Method::Joint`]: crate::association::Method::Joint
//! [`Method::MultipleHypotheses`]: crate::association::Method::MultipleHypotheses
//! [`Hypotheses`]: crate::association::Hypotheses
//! [`Selector`]: crate::association::Selector

mod cluster;
mod existence;
mod gating;
mod hypotheses;
mod joint;
mod nearest;
mod table;

pub use cluster::{Cluster, Clusters};
pub use gating::Gating;
pub use hypotheses::{Hypotheses, Selection, SelectionError, Selector};
pub use joint::{Association, Joint, JointError, joint_probabilities, probabilistic_update};
pub use nearest::NearestNeighbour;
pub use table::{Associate, AssociationError, Associator, Method, Pair, Shares, Table};

use crate::filter::{PositionMode, PositionModes};
use crate::math::symmetric::Cholesky;
use crate::measurement::Observation;
use nalgebra::{Matrix3, Vector3};

/// What association needs to know of a track that a sensor may have seen.
#[derive(Clone, Copy, Debug)]
pub struct Predicted<'a> {
    /// Where the track may be, predicted to the time of the scan.
    pub positions: &'a PositionModes,
    /// Probability that the sensor gives a plot of it.
    pub detection_probability: f64,
    /// Probability that the sensor tells it from the objects of all other tracks: if not, its plot may be one of these too.
    /// One where that is not asked.
    pub resolved_probability: f64,
    /// Probability that it is a track of anything at all, in (0, 1]; one where that is not asked.
    pub existence: f64,
}

/// A plot as association sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidacy<'a> {
    /// The plot in its line-of-sight frame.
    pub observation: &'a Observation,
    /// Density of false plots there, in inverse units of the observation.
    pub false_density: f64,
}

/// Gate thresholds on the normalised innovation squared, for two and for three measured numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Threshold for a sensor of angles only.
    pub two: f64,
    /// Threshold for range and two angles.
    pub three: f64,
}

impl Gate {
    /// The threshold for the numbers that were measured.
    pub fn threshold(&self, observation: &Observation) -> f64 {
        if observation.dimension() == 3 { self.three } else { self.two }
    }
}

/// Puts the question of one scan: gates, and weighs what is in a gate. Keeps its memory.
///
/// The ratio of a pair is ln(Pd N(z; ẑ, S) / β), with β the density of false plots, that of a miss ln(1 − Pd Pr), with Pr the
/// probability that the object is told apart from all others: of two that are not, one takes the plot and the other misses
/// for nothing. Blackman and Popoli, *Design and Analysis of Modern Tracking Systems* (1999), sections 6.4 and 6.5.
#[derive(Clone, Debug, Default)]
pub struct Weighing {
    gating: Gating,
    /// Each plot with the density of false ones there.
    plots: Vec<(Observation, f64)>,
    table: Table,
}

impl Weighing {
    /// The table of a scan. Only the plots near a track are looked at. A range rate is not: gates are of positions.
    pub fn weigh<'a, 'b>(
        &mut self,
        tracks: impl Iterator<Item = Predicted<'a>>,
        plots: impl Iterator<Item = Candidacy<'b>>,
        gate: Gate,
    ) -> &Table {
        let Weighing { gating, plots: kept, table } = self;
        kept.clear();
        kept.extend(plots.map(|plot| (*plot.observation, plot.false_density)));
        gating.fill(kept.iter().map(|(observation, _)| observation), gate);
        table.clear(kept.len());
        for track in tracks {
            let Predicted { positions, detection_probability, resolved_probability, existence } = track;
            let own_plot = detection_probability.min(GREATEST_DETECTION) * resolved_probability;
            table.push_track(libm::log1p(-own_plot), existence);
            if detection_probability <= 0.0 {
                continue;
            }
            for &plot in gating.plots_near(positions) {
                let (observation, false_density) = &kept[plot];
                if let Some(log_likelihood) =
                    gated_log_likelihood(positions, observation, gate.threshold(observation))
                {
                    let log_ratio = libm::log(detection_probability / false_density) + log_likelihood;
                    table.push_pair(plot, log_ratio);
                }
            }
        }
        table
    }
}

/// A sensor that never misses would make every miss impossible: nothing is as sure as that.
pub(crate) const GREATEST_DETECTION: f64 = 0.999_999;

/// Assigns the plots of one scan to tracks: for each track the index of its plot, or none.
///
/// The likeliest one-to-one assignment; a pair outside the gate is forbidden. For a single scan: a tracker keeps a [`Weighing`]
/// and an [`Associator`] from scan to scan. Not for objects closer together than the sensor resolves, where one plot may
/// stand for two.
///
/// # Errors
/// [`AssociationError`] when a ratio is not a number, which a sound covariance does not give.
pub fn nearest_neighbour(
    tracks: &[Predicted<'_>],
    plots: &[Candidacy<'_>],
    gate: Gate,
) -> Result<Vec<Option<usize>>, AssociationError> {
    let (mut weighing, mut shares) = (Weighing::default(), Shares::default());
    let table = weighing.weigh(tracks.iter().copied(), plots.iter().copied(), gate);
    NearestNeighbour::default().associate(table, &mut shares)?;
    let plot_of = |track| shares.of(track).find(|(_, weight)| *weight > 0.5).map(|(plot, _)| plot);
    Ok((0..shares.tracks()).map(plot_of).collect())
}

/// Logarithm of the likelihood of an observation over the modes of a track; none when it lies outside of every mode's
/// gate.
///
/// A track's modes part at burnout within a look or two. A gate around their common mean would shut out the very plots
/// that tell them apart, so each mode has its own.
pub fn gated_log_likelihood(
    positions: &PositionModes,
    observation: &Observation,
    threshold: f64,
) -> Option<f64> {
    let mut likelihood = 0.0;
    let mut is_gated = false;
    for mode in positions.live() {
        if let Some((squared, log_likelihood)) = innovation(mode, observation) {
            is_gated |= squared <= threshold;
            likelihood += mode.probability * libm::exp(log_likelihood);
        }
    }
    (is_gated && likelihood > 0.0).then(|| libm::log(likelihood))
}

/// Normalised innovation squared of an observation and the logarithm of its likelihood, for one mode of a predicted track;
/// none when the prediction does not lie in front of the sensor or its covariance is not positive definite.
pub fn innovation(mode: &PositionMode, observation: &Observation) -> Option<(f64, f64)> {
    let prediction = observation.predict(&mode.mean_m)?;
    let components = prediction.components();
    // A sensor of angles only gets a third component that is certain to fit and independent of the rest.
    let mut covariance = Matrix3::identity();
    let mut residual = Vector3::zeros();
    for (row, component) in components.iter().enumerate() {
        let cross = mode.covariance_m2 * component.gradient;
        for (column, other) in components.iter().enumerate() {
            covariance[(row, column)] = other.gradient.dot(&cross);
        }
        covariance[(row, row)] += component.variance;
        residual[row] = component.residual;
    }
    let factor = Cholesky::new(&covariance).ok()?;
    let squared = factor.mahalanobis_squared(&residual);
    let log_norm = components.len() as f64 * libm::log(std::f64::consts::TAU) + factor.log_determinant();
    Some((squared, -0.5 * (squared + log_norm)))
}

#[cfg(test)]
mod cluster_tests;
#[cfg(test)]
mod gating_tests;
#[cfg(test)]
mod joint_tests;
#[cfg(test)]
mod nearest_tests;
#[cfg(test)]
mod tests;
