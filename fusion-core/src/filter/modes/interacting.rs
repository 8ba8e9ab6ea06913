//! Interacting multiple models in their general form: any number of modes that share one state.

use crate::filter::Gaussian;
use crate::math::symmetric::NotPositiveDefinite;
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// How far a sum of probabilities may be from one: what decimals in a file leave.
const SUM_TOLERANCE: f64 = 1e-9;

/// Why modes cannot be set up or updated.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ModeError {
    /// A transition probability that is none.
    #[error("the probability of going from mode {from} to mode {to} is {value}")]
    Transition {
        /// Mode before.
        from: usize,
        /// Mode after.
        to: usize,
        /// What stands there.
        value: f64,
    },
    /// A mode that is left for modes whose probabilities do not add up to one.
    #[error("the probabilities of going from mode {from} to any mode add up to {sum}, not 1")]
    Row {
        /// Mode before.
        from: usize,
        /// Sum of its row.
        sum: f64,
    },
    /// A mode probability that is none.
    #[error("the probability of mode {mode} is {value}")]
    Probability {
        /// The mode.
        mode: usize,
        /// What stands there.
        value: f64,
    },
    /// Mode probabilities that do not add up to one.
    #[error("the mode probabilities add up to {0}, not 1")]
    Sum(f64),
    /// A floor that is not a number, is negative, or leaves no room for all modes.
    #[error("no floor under the probabilities of {modes} modes can be {floor}")]
    Floor {
        /// The floor.
        floor: f64,
        /// Number of modes.
        modes: usize,
    },
    /// A log-likelihood that is not a number, or infinite.
    #[error("the log-likelihood of mode {mode} is {value}")]
    Likelihood {
        /// The mode.
        mode: usize,
        /// What stands there.
        value: f64,
    },
    /// Every mode that could be true gives the measurement no likelihood at all.
    #[error("no mode that is possible explains the measurement")]
    Unexplained,
    /// A covariance on the way has no factor.
    #[error(transparent)]
    Covariance(#[from] NotPositiveDefinite),
}

/// The Markov matrix of the modes over one step: **row = mode before, column = mode after**, so that rows add up to one.
///
/// ```
/// use fusion_core::filter::ModeTransition;
/// use nalgebra::matrix;
/// let boost_to_coast = ModeTransition::new(matrix![0.97, 0.03; 0.0, 1.0])?;
/// assert_eq!(boost_to_coast.probability(0, 1), 0.03);
/// assert!(ModeTransition::new(matrix![0.97, 0.0; 0.03, 1.0]).is_err());
/// # Ok::<(), fusion_core::filter::ModeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModeTransition<const K: usize> {
    from_to: SMatrix<f64, K, K>,
}

impl<const K: usize> ModeTransition<K> {
    /// Checks that every entry lies in 0 to 1 and that rows add up to one (within 1e-9).
    ///
    /// # Errors
    ///
    /// [`ModeError::Transition`], [`ModeError::Row`].
    pub fn new(from_to: SMatrix<f64, K, K>) -> Result<Self, ModeError> {
        for from in 0..K {
            let mut sum = 0.0;
            for to in 0..K {
                let value = from_to[(from, to)];
                if !(0.0..=1.0).contains(&value) {
                    return Err(ModeError::Transition { from, to, value });
                }
                sum += value;
            }
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(ModeError::Row { from, sum });
            }
        }
        Ok(ModeTransition { from_to })
    }

    /// Probability of being in mode `to` after a step that began in mode `from`.
    ///
    /// # Panics
    ///
    /// For a mode that does not exist.
    pub fn probability(&self, from: usize, to: usize) -> f64 {
        self.from_to[(from, to)]
    }
}

/// A belief about a state of size `N` that moves by one of `K` models, which one being unknown and changing at random:
/// a Gaussian for each mode, and the modes' probabilities.
///
/// The interacting multiple model filter is [`Interacting::predict`] and [`Interacting::update`] in turn. A mode belongs to
/// the step that *leads to* a time. Not for modes whose states differ in size ([`crate::filter::MissileFilter`] is that), and not
/// for modes that differ in nothing a measurement can show: their probabilities only follow the Markov matrix.
///
/// Blom and Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian switching coefficients",
/// *IEEE Trans. Automatic Control* 33 (1988) 780-783; Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to
/// Tracking and Navigation* (2001), section 11.6.6.
///
/// ```
/// use fusion_core::filter::{Gaussian, Interacting, ModeTransition};
/// use nalgebra::{matrix, vector};
/// let start = Gaussian { mean: vector![0.0], covariance: matrix![1.0] };
/// let mut belief = Interacting::new([start; 2], vector![0.5, 0.5])?;
/// let (noise, stay) = ([matrix![0.0], matrix![3.0]], ModeTransition::new(matrix![0.9, 0.1; 0.1, 0.9])?);
/// belief.predict(&stay, |mode, state| state.predict_linear(&matrix![1.0], &noise[mode]));
/// belief.update(|_, state| {
///     let residual = vector![4.0] - state.mean;
///     Ok(state.update_linear(&residual, &matrix![1.0], &matrix![1.0])?.log_likelihood)
/// })?;
/// // Four is far off for a variance of 2, less so for one of 5: odds of sqrt(2 / 5) exp(4 - 1.6).
/// assert!((belief.probabilities()[1] - 0.8745).abs() < 1e-4);
/// # Ok::<(), fusion_core::filter::ModeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interacting<const N: usize, const K: usize> {
    modes: [Gaussian<N>; K],
    probabilities: SVector<f64, K>,
}

impl<const N: usize, const K: usize> Interacting<N, K> {
    /// A belief from its modes' Gaussians and probabilities.
    ///
    /// # Errors
    ///
    /// [`ModeError::Probability`], [`ModeError::Sum`] (within 1e-9 of one).
    pub fn new(modes: [Gaussian<N>; K], probabilities: SVector<f64, K>) -> Result<Self, ModeError> {
        for (mode, &value) in probabilities.iter().enumerate() {
            if !(0.0..=1.0).contains(&value) {
                return Err(ModeError::Probability { mode, value });
            }
        }
        let sum = probabilities.sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(ModeError::Sum(sum));
        }
        Ok(Interacting { modes, probabilities })
    }

    /// The same from parts that are known to be sound.
    pub(in crate::filter) fn from_parts(modes: [Gaussian<N>; K], probabilities: SVector<f64, K>) -> Self {
        Interacting { modes, probabilities }
    }

    /// The state as each mode has it.
    pub fn modes(&self) -> &[Gaussian<N>; K] {
        &self.modes
    }

    /// Probability of each mode.
    pub fn probabilities(&self) -> &SVector<f64, K> {
        &self.probabilities
    }

    /// Mixes the modes by the Markov matrix and predicts each: `predict` is handed a mode's number and its Gaussian.
    ///
    /// Probabilities become the predicted ones. A mode that cannot be reached from any that is possible keeps its
    /// Gaussian unmixed; it has no weight in anything.
    pub fn predict(
        &mut self,
        transition: &ModeTransition<K>,
        mut predict: impl FnMut(usize, &mut Gaussian<N>),
    ) {
        let before = *self;
        self.probabilities = transition.from_to.tr_mul(&before.probabilities);
        for (to, mode) in self.modes.iter_mut().enumerate() {
            if self.probabilities[to] > 0.0 {
                let joint = before.probabilities.component_mul(&transition.from_to.column(to));
                *mode = Gaussian::of_mixture(joint.iter().copied().zip(&before.modes));
            }
            predict(to, mode);
        }
    }

    /// Updates every mode and weighs the modes by their likelihoods: `update` is handed a mode's number and its Gaussian
    /// and gives the measurement's log-likelihood in it.
    ///
    /// Gives the log-likelihood of the measurement in all modes together, in inverse units of the measurement.
    ///
    /// # Errors
    ///
    /// What `update` gives; [`ModeError::Likelihood`] where that is no number (minus infinity is one: it rules the
    /// mode out); [`ModeError::Unexplained`] when nothing is left. The belief is then as it was.
    pub fn update(
        &mut self,
        mut update: impl FnMut(usize, &mut Gaussian<N>) -> Result<f64, ModeError>,
    ) -> Result<f64, ModeError> {
        let mut after = *self;
        let mut logs = SVector::<f64, K>::zeros();
        for (mode, state) in after.modes.iter_mut().enumerate() {
            // What is impossible stays so, and need not be worked out.
            if self.probabilities[mode] == 0.0 {
                logs[mode] = f64::NEG_INFINITY;
                continue;
            }
            let value = update(mode, state)?;
            if value.is_nan() || value == f64::INFINITY {
                return Err(ModeError::Likelihood { mode, value });
            }
            logs[mode] = libm::log(self.probabilities[mode]) + value;
        }
        let (weights, log_sum) = normalise(&logs).ok_or(ModeError::Unexplained)?;
        after.probabilities = weights;
        *self = after;
        Ok(log_sum)
    }

    /// Lifts probabilities below `floor` to it and divides by the sum, so that no mode is ever ruled out for good.
    ///
    /// A setting, not a part of the filter: it makes the belief a little other than what the data says. Call it after each
    /// update, or not at all.
    ///
    /// # Errors
    ///
    /// [`ModeError::Floor`] unless the floor is in 0 to 1 / K.
    pub fn floor_probabilities(&mut self, floor: f64) -> Result<(), ModeError> {
        if !(0.0..=1.0 / K as f64).contains(&floor) {
            return Err(ModeError::Floor { floor, modes: K });
        }
        self.probabilities.apply(|value| *value = value.max(floor));
        self.probabilities /= self.probabilities.sum();
        Ok(())
    }

    /// The Gaussian with the mean and covariance of the mixture.
    ///
    /// Not for asking how likely a state is where modes lie far apart: their middle may be where nothing is.
    pub fn combined(&self) -> Gaussian<N> {
        Gaussian::of_mixture(self.probabilities.iter().copied().zip(&self.modes))
    }
}

/// Weights that add up to one from their logarithms, and the logarithm of their sum; nothing where all are zero.
pub(in crate::filter) fn normalise<const K: usize>(logs: &SVector<f64, K>) -> Option<(SVector<f64, K>, f64)> {
    let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return None;
    }
    let weights = logs.map(|log| libm::exp(log - greatest));
    let sum = weights.sum();
    Some((weights / sum, greatest + libm::log(sum)))
}
