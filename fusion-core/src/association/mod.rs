//! Which plot belongs to which track: gate, cost, one-to-one assignment over a scan (global nearest neighbour), or the
//! probabilities of all assignments of a few near targets.

mod joint;

pub use joint::{Association, JointError, joint_probabilities, probabilistic_update};

use crate::filter::{PositionMode, PositionModes};
use crate::math::assignment::{Assigner, AssignmentError, Candidate};
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

/// Assigns the plots of one scan to tracks: for each track the index of its plot, or none.
///
/// The cost of a pair is the negative logarithm of Pd N(z; ẑ, S) / β, that of a miss −ln(1 − Pd), with β the density of
/// false plots; a pair outside the gate is forbidden. Blackman and Popoli, *Design and Analysis of Modern Tracking
/// Systems* (1999), sections 6.4 and 6.5. Not for objects closer together than the sensor resolves, where one plot may
/// stand for two.
///
/// # Errors
/// [`AssignmentError`] when a cost is not a number, which a sound covariance does not give.
pub fn nearest_neighbour(
    tracks: &[Predicted<'_>],
    plots: &[Candidacy<'_>],
    gate: Gate,
) -> Result<Vec<Option<usize>>, AssignmentError> {
    let mut associator = NearestNeighbour::default();
    associator.assign(tracks.iter().copied(), plots.iter().copied(), gate).map(<[_]>::to_vec)
}

/// [`nearest_neighbour`] with the working memory kept from scan to scan: once it has grown, nothing is allocated.
///
/// Nothing of one scan shows in the next.
#[derive(Clone, Debug, Default)]
pub struct NearestNeighbour {
    candidates: Vec<Candidate>,
    misses: Vec<f64>,
    assigner: Assigner,
}

impl NearestNeighbour {
    /// [`nearest_neighbour`], its answer kept here until the next call. Goes through `plots` once for each track.
    ///
    /// # Errors
    /// As [`nearest_neighbour`].
    pub fn assign<'a, 'b>(
        &mut self,
        tracks: impl Iterator<Item = Predicted<'a>>,
        plots: impl ExactSizeIterator<Item = Candidacy<'b>> + Clone,
        gate: Gate,
    ) -> Result<&[Option<usize>], AssignmentError> {
        self.candidates.clear();
        self.misses.clear();
        for (row, track) in tracks.enumerate() {
            for (column, plot) in plots.clone().enumerate() {
                let threshold = if plot.observation.dimension() == 3 { gate.three } else { gate.two };
                let log_likelihood = gated_log_likelihood(track.positions, plot.observation, threshold);
                if let Some(log_likelihood) = log_likelihood.filter(|_| track.detection_probability > 0.0) {
                    let cost = -libm::log(track.detection_probability / plot.false_density) - log_likelihood;
                    self.candidates.push(Candidate { row, column, cost });
                }
            }
            self.misses.push(-libm::log1p(-track.detection_probability.min(0.999_999)));
        }
        self.assigner.assign(self.misses.len(), plots.len(), &self.candidates, &self.misses)
    }
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
mod joint_tests;
#[cfg(test)]
mod tests;
