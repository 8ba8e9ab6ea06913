//! Interacting modes of four tracks side by side: mixed here, filtered by the kernels of each mode.

use super::{Block, BlockDynamics, Sighting, load};
use crate::dispatch::{Four, Kernel, widest};
use crate::filter::{Interacting, ModeTransition};
use crate::math::exponential::exp_of_moderate;
use crate::math::logarithm::log_of_normal;
use crate::math::{lanes::Lanes, real::Real};
use nalgebra::SVector;

/// A mode that is less probable than this counts as impossible.
const IMPOSSIBLE: f64 = 1e-300;

/// Four tracks that move by one of `K` models each, which one being unknown: [`Interacting`] side by side, equal to it but for
/// rounding.
///
/// All modes have states of size `N` and models of one type; `PACKED` is N (N + 1) / 2. The filter is
/// [`InteractingBlock::predict`] and [`InteractingBlock::update`] in turn. Not where likelihoods matter that are e⁷⁰⁸ times less
/// than that of another mode: those count as nothing.
///
/// ```
/// use fusion_core::dynamics::Coast;
/// use fusion_core::filter::{Gaussian, Interacting, ModeTransition, block::InteractingBlock};
/// use fusion_core::math::{lanes::Lanes, real::Real};
/// use nalgebra::{SMatrix, matrix, vector};
/// let track = Gaussian { mean: vector![7e6, 0.0, 0.0, 0.0, 6e3, 1e3], covariance: SMatrix::identity() };
/// let belief = Interacting::new([track; 2], vector![0.9, 0.1])?;
/// let mut block = InteractingBlock::<6, 21, 2>::from(&[belief; 4]);
/// let stay = ModeTransition::new(matrix![0.9, 0.1; 0.2, 0.8])?;
/// let models = [1e-3, 10.0].map(|density_m2_s3| Coast { density_m2_s3 });
/// block.predict(&stay, &models, Lanes::splat(1.0));
/// assert!((block.probabilities[1].0[0] - 0.17).abs() < 1e-15);
/// # Ok::<(), fusion_core::filter::ModeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InteractingBlock<const N: usize, const PACKED: usize, const K: usize> {
    /// The tracks as each mode has them.
    pub modes: [Block<N, PACKED>; K],
    /// Probability of each mode.
    pub probabilities: [Lanes; K],
}

/// What an update of interacting modes did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InteractingTaken {
    /// Natural logarithm of the likelihood of what was seen, in all modes together; zero where it was not taken.
    pub log_likelihood: Lanes,
    /// Where it was taken: by every mode that is possible. See [`super::Taken`].
    pub is_taken: [bool; Lanes::COUNT],
}

impl<const N: usize, const PACKED: usize, const K: usize> InteractingBlock<N, PACKED, K> {
    /// Mixes the modes by the Markov matrix, and predicts each by its model, each track over its own span, s: see [`Block::predict`].
    ///
    /// Probabilities become the predicted ones. A mode that cannot be reached from any that is possible stays unmixed.
    pub fn predict(
        &mut self,
        transition: &ModeTransition<K>,
        models: &[impl BlockDynamics<N, PACKED>; K],
        seconds: Lanes,
    ) {
        let before = *self;
        widest(MixModes { before: &before, transition, after: self });
        for (mode, model) in self.modes.iter_mut().zip(models) {
            mode.predict(model, seconds);
        }
    }

    /// Updates each mode of each track with what was seen of it, and weighs the modes by their likelihoods.
    ///
    /// A track that is not taken stays as it is, and so does a mode that is impossible.
    pub fn update(&mut self, sighting: &Sighting) -> InteractingTaken {
        let before = *self;
        let (mut logs, mut is_taken) = ([Lanes::default(); K], [true; Lanes::COUNT]);
        let mut is_all = true;
        for mode in 0..K {
            let taken = self.modes[mode].update(sighting);
            logs[mode] = taken.score.log_likelihood;
            for lane in 0..Lanes::COUNT {
                let is_possible = before.probabilities[mode].0[lane] > IMPOSSIBLE;
                is_all &= is_possible;
                is_taken[lane] &= taken.is_taken[lane] | !is_possible;
            }
        }
        let mut log_likelihood = widest(WeighModes { block: self, log_likelihoods: &logs });
        for lane in 0..Lanes::COUNT {
            is_taken[lane] &= log_likelihood.0[lane].is_finite();
            is_all &= is_taken[lane];
        }
        if !is_all {
            for lane in 0..Lanes::COUNT {
                self.put_back(&before, lane, is_taken[lane]);
                log_likelihood.0[lane] = if is_taken[lane] { log_likelihood.0[lane] } else { 0.0 };
            }
        }
        InteractingTaken { log_likelihood, is_taken }
    }

    /// The Gaussian of each track with the mean and covariance of the mixture.
    pub fn combined(&self) -> Block<N, PACKED> {
        widest(CombineModes { block: self })
    }

    /// One of the four tracks, as the rest of the library knows it.
    pub fn alone(&self, lane: usize) -> Interacting<N, K> {
        let probabilities = SVector::from(self.probabilities.map(|value| value.0[lane]));
        Interacting::from_parts(self.modes.each_ref().map(|mode| mode.gaussian(lane)), probabilities)
    }

    /// Puts back what an update was not to touch of one track: all of it where it was not taken, or its impossible modes.
    #[cold]
    fn put_back(&mut self, before: &Self, lane: usize, is_taken: bool) {
        for mode in 0..K {
            let (ours, theirs) = (&mut self.modes[mode], &before.modes[mode]);
            if !is_taken {
                self.probabilities[mode].0[lane] = before.probabilities[mode].0[lane];
            } else if before.probabilities[mode].0[lane] > IMPOSSIBLE {
                continue;
            }
            for row in 0..N {
                ours.mean[row].0[lane] = theirs.mean[row].0[lane];
            }
            for entry in 0..PACKED {
                ours.covariance[entry].0[lane] = theirs.covariance[entry].0[lane];
            }
        }
    }
}

impl<const N: usize, const PACKED: usize, const K: usize> From<&[Interacting<N, K>; Lanes::COUNT]>
    for InteractingBlock<N, PACKED, K>
{
    fn from(tracks: &[Interacting<N, K>; Lanes::COUNT]) -> Self {
        InteractingBlock {
            modes: std::array::from_fn(|mode| {
                Block::from(&tracks.each_ref().map(|track| track.modes()[mode]))
            }),
            probabilities: std::array::from_fn(|mode| {
                Lanes(tracks.each_ref().map(|track| track.probabilities()[mode]))
            }),
        }
    }
}

/// The mixing of [`InteractingBlock::predict`] as a kernel.
pub struct MixModes<'a, const N: usize, const PACKED: usize, const K: usize> {
    /// The modes before.
    pub before: &'a InteractingBlock<N, PACKED, K>,
    /// The Markov matrix.
    pub transition: &'a ModeTransition<K>,
    /// The modes to be predicted, and the predicted probabilities.
    pub after: &'a mut InteractingBlock<N, PACKED, K>,
}

/// The weighing of [`InteractingBlock::update`] as a kernel; gives the log-likelihood in all modes together.
pub struct WeighModes<'a, const N: usize, const PACKED: usize, const K: usize> {
    /// Whose probabilities are weighed.
    pub block: &'a mut InteractingBlock<N, PACKED, K>,
    /// The log-likelihood of what was seen in each mode.
    pub log_likelihoods: &'a [Lanes; K],
}

/// [`InteractingBlock::combined`] as a kernel.
pub struct CombineModes<'a, const N: usize, const PACKED: usize, const K: usize> {
    /// What is combined.
    pub block: &'a InteractingBlock<N, PACKED, K>,
}

impl<const N: usize, const PACKED: usize, const K: usize> Kernel for MixModes<'_, N, PACKED, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let probabilities = load::<S, K>(&self.before.probabilities);
        for to in 0..K {
            let (mut joint, mut total) = (probabilities, S::zero());
            for from in 0..K {
                joint[from] *= S::splat(self.transition.probability(from, to));
                total += joint[from];
            }
            let (is_reached, inverse) = (total.is_above(S::splat(IMPOSSIBLE)), S::one() / total);
            for from in 0..K {
                let unmixed = if from == to { S::one() } else { S::zero() };
                joint[from] = S::select(is_reached, joint[from] * inverse, unmixed);
            }
            self.after.modes[to].store(&mixed(&joint, &self.before.modes));
            self.after.probabilities[to] = total.store();
        }
    }
}

impl<const N: usize, const PACKED: usize, const K: usize> Kernel for WeighModes<'_, N, PACKED, K> {
    type Output = Lanes;

    #[inline(always)]
    fn run<S: Four>(self) -> Lanes {
        /// Below every log-likelihood.
        const NONE: f64 = -1e300;
        let mut weights = load::<S, K>(&self.block.probabilities);
        let mut logs = load::<S, K>(self.log_likelihoods);
        let mut greatest = S::splat(NONE);
        for mode in 0..K {
            let is_possible = weights[mode].is_above(S::splat(IMPOSSIBLE));
            logs[mode] = S::select(is_possible, logs[mode], S::splat(NONE));
            greatest = logs[mode].max(greatest);
        }
        let mut total = S::zero();
        for mode in 0..K {
            weights[mode] *= exp_of_negative(logs[mode] - greatest);
            total += weights[mode];
        }
        let inverse = S::one() / total;
        for mode in 0..K {
            self.block.probabilities[mode] = (weights[mode] * inverse).store();
        }
        (greatest + log_of_normal(total)).store()
    }
}

impl<const N: usize, const PACKED: usize, const K: usize> Kernel for CombineModes<'_, N, PACKED, K> {
    type Output = Block<N, PACKED>;

    #[inline(always)]
    fn run<S: Four>(self) -> Block<N, PACKED> {
        let mut combined = self.block.modes[0];
        combined.store(&mixed::<S, N, PACKED, K>(&load(&self.block.probabilities), &self.block.modes));
        combined
    }
}

/// The exponential of what is not positive; nothing below -708.
#[inline(always)]
fn exp_of_negative<S: Real>(number: S) -> S {
    let least = S::splat(-708.0);
    S::select(number.is_above(least), exp_of_moderate(number.max(least)), S::zero())
}

/// The mean and covariance of a mixture by weights that add up to one: [`crate::filter::Gaussian::of_mixture`].
#[inline(always)]
fn mixed<S: Four, const N: usize, const PACKED: usize, const K: usize>(
    weights: &[S; K],
    modes: &[Block<N, PACKED>; K],
) -> Block<N, PACKED, S> {
    let mut mixture = Block { mean: [S::zero(); N], covariance: [S::zero(); PACKED] };
    for mode in 0..K {
        for row in 0..N {
            mixture.mean[row] += weights[mode] * S::load(&modes[mode].mean[row]);
        }
    }
    for mode in 0..K {
        let (weight, mode) = (weights[mode], &modes[mode]);
        let (mut difference, mut weighted) = ([S::zero(); N], [S::zero(); N]);
        for row in 0..N {
            difference[row] = S::load(&mode.mean[row]) - mixture.mean[row];
            weighted[row] = difference[row] * weight;
        }
        for_each_row!(row, N, {
            for column in 0..row + 1 {
                let entry = super::at(row, column);
                let part = weight * S::load(&mode.covariance[entry]);
                mixture.covariance[entry] += weighted[row] * difference[column] + part;
            }
        });
    }
    mixture
}
