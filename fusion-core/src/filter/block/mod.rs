//! Tracks of one kind in blocks of four, side by side: the extended Kalman filter for many tracks.
//!
//! The arithmetic of [`Gaussian::predict`] and [`Gaussian::update_at`] with what is symmetric or zero left out, several times
//! faster; equal to them but for rounding, and to itself bit for bit, whether a track goes alone, in a block, or on a
//! processor without AVX2 ([`crate::dispatch`]). For [`Coast`], [`Boost`] and [`Reentry`].
//!
//! A block wants four tracks of the same model that are predicted together, each over its own span, and then see something
//! each. Fill what is left over of a block with any track, twice if need be. Not for a single track, and not where a
//! prior is so wide that the measurement must be linearised again: [`Gaussian::update_observation`].
//!
//! ```
//! use fusion_core::dynamics::Coast;
//! use fusion_core::filter::{Gaussian, block::CoastBlock};
//! use fusion_core::math::{lanes::Lanes, real::Real};
//! use nalgebra::{SMatrix, vector};
//! let track = Gaussian { mean: vector![7e6, 0.0, 0.0, 0.0, 6e3, 1e3], covariance: SMatrix::identity() };
//! let mut block = CoastBlock::from(&[track; 4]);
//! block.predict(&Coast { density_m2_s3: 0.0 }, Lanes([0.0, 1.0, 2.0, 3.0]));
//! assert!((block.gaussian(3).mean[1] - 18e3).abs() < 5.0);
//! ```

#![allow(
    clippy::needless_range_loop,
    reason = "loops by index become straight code; iterators with closures do not"
)]

/// A loop over the rows of a state of at most nine, written out: the compiler does not unroll one with a triangle in it.
macro_rules! for_each_row {
    ($row:ident, $count:expr, $body:block) => {
        for_each_row!($row, $count, $body, 0 1 2 3 4 5 6 7 8)
    };
    ($row:ident, $count:expr, $body:block, $($value:literal)*) => {
        $({
            let $row: usize = $value;
            if $row < $count $body
        })*
    };
}

mod air;
mod covariance;
mod fall;
mod flight;
mod interacting;
mod model;
mod update;

#[cfg(test)]
mod interacting_tests;
#[cfg(test)]
mod reentry_tests;
#[cfg(test)]
mod tests;

pub use fall::{Fall, FallWithTransition, fall};
pub use interacting::{CombineModes, InteractingBlock, InteractingTaken, MixModes, WeighModes};
pub use model::BlockDynamics;
pub use update::{Sighting, Taken};

use super::{Gaussian, ScalarUpdate};
use crate::dispatch::{Four, Kernel, widest};
#[cfg(doc)]
use crate::dynamics::{Boost, Coast, Reentry};
use crate::math::{lanes::Lanes, real::Real};
use covariance::at;
use nalgebra::{SMatrix, SVector};

/// Mean and covariance of states of size `N`: of one track (`f64`) or of four ([`Lanes`]).
///
/// `PACKED` is N (N + 1) / 2: see [`CoastBlock`], [`ReentryBlock`] and [`BoostBlock`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block<const N: usize, const PACKED: usize, S = Lanes> {
    /// Means, in the units of the state.
    pub mean: [S; N],
    /// Covariances: the lower triangle, row by row.
    pub covariance: [S; PACKED],
}

/// Tracks in free flight: position and velocity. See [`Coast`].
pub type CoastBlock<S = Lanes> = Block<6, 21, S>;

/// Tracks in the air: position, velocity and ln(Cd A / m). See [`Reentry`].
pub type ReentryBlock<S = Lanes> = Block<7, 28, S>;

/// Tracks in powered flight: position, velocity and the acceleration of thrust. See [`Boost`].
pub type BoostBlock<S = Lanes> = Block<9, 45, S>;

impl<const N: usize, const PACKED: usize> Block<N, PACKED> {
    /// Predicts each track over its own span, s: one Runge-Kutta step, so at most [`crate::dynamics::LONGEST_STEP_S`], and
    /// not back in time.
    pub fn predict(&mut self, model: &impl BlockDynamics<N, PACKED>, seconds: Lanes) {
        widest(Predict { block: self, model, seconds });
    }

    /// Updates each track with what was seen of it. A track that is not taken stays as it is: see [`Taken`].
    pub fn update(&mut self, sighting: &Sighting) -> Taken {
        widest(Update { block: self, sighting })
    }

    /// One of the four tracks.
    pub fn alone(&self, lane: usize) -> Block<N, PACKED, f64> {
        Block {
            mean: self.mean.map(|value| value.0[lane]),
            covariance: self.covariance.map(|value| value.0[lane]),
        }
    }

    /// One of the four tracks, as the rest of the library knows it.
    pub fn gaussian(&self, lane: usize) -> Gaussian<N> {
        self.alone(lane).gaussian()
    }
}

impl<const N: usize, const PACKED: usize> Block<N, PACKED, f64> {
    /// The same for one track, with the same bits.
    pub fn predict(&mut self, model: &impl BlockDynamics<N, PACKED>, seconds: f64) {
        model.predict(self, seconds);
    }

    /// The same for one track, with the same bits.
    pub fn update(&mut self, sighting: &Sighting<f64>) -> Taken<f64> {
        update::update(self, sighting)
    }

    /// The track as the rest of the library knows it.
    pub fn gaussian(&self) -> Gaussian<N> {
        Gaussian {
            mean: SVector::from(self.mean),
            covariance: SMatrix::from_fn(|row, column| self.covariance[at(row, column)]),
        }
    }
}

impl<const N: usize, const PACKED: usize> From<&Gaussian<N>> for Block<N, PACKED, f64> {
    /// Reads the lower triangle of the covariance only.
    fn from(track: &Gaussian<N>) -> Self {
        const { assert!(PACKED == N * (N + 1) / 2) };
        let mut covariance = [0.0; PACKED];
        for row in 0..N {
            for column in 0..row + 1 {
                covariance[at(row, column)] = track.covariance[(row, column)];
            }
        }
        Block { mean: track.mean.into(), covariance }
    }
}

impl<const N: usize, const PACKED: usize> From<&[Gaussian<N>; Lanes::COUNT]> for Block<N, PACKED> {
    fn from(tracks: &[Gaussian<N>; Lanes::COUNT]) -> Self {
        let alone = tracks.each_ref().map(Block::<N, PACKED, f64>::from);
        Block {
            mean: beside(alone.each_ref().map(|track| &track.mean)),
            covariance: beside(alone.each_ref().map(|track| &track.covariance)),
        }
    }
}

/// Puts numbers of four tracks side by side.
#[inline]
fn beside<const K: usize>([a, b, c, d]: [&[f64; K]; Lanes::COUNT]) -> [Lanes; K] {
    let mut lanes = [Lanes::default(); K];
    for index in 0..K {
        lanes[index] = Lanes([a[index], b[index], c[index], d[index]]);
    }
    lanes
}

/// [`Block::predict`] as a kernel, to be run with instructions of one's choice.
pub struct Predict<'a, const N: usize, const PACKED: usize, M> {
    /// What is predicted.
    pub block: &'a mut Block<N, PACKED>,
    /// How the tracks move.
    pub model: &'a M,
    /// How far, s.
    pub seconds: Lanes,
}

/// [`Block::update`] as a kernel, to be run with instructions of one's choice.
pub struct Update<'a, const N: usize, const PACKED: usize> {
    /// What is updated.
    pub block: &'a mut Block<N, PACKED>,
    /// What was seen.
    pub sighting: &'a Sighting,
}

impl<const N: usize, const PACKED: usize, M: BlockDynamics<N, PACKED>> Kernel for Predict<'_, N, PACKED, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let mut block = self.block.load::<S>();
        self.model.predict(&mut block, S::load(&self.seconds));
        self.block.store(&block);
    }
}

impl<const N: usize, const PACKED: usize> Kernel for Update<'_, N, PACKED> {
    type Output = Taken;

    #[inline(always)]
    fn run<S: Four>(self) -> Taken {
        let mut block = self.block.load::<S>();
        let taken = update::update(&mut block, &self.sighting.load::<S>());
        self.block.store(&block);
        let score = taken.score;
        Taken {
            score: ScalarUpdate {
                log_likelihood: score.log_likelihood.store(),
                normalised_innovation_squared: score.normalised_innovation_squared.store(),
            },
            is_taken: S::select(taken.is_taken, S::one(), S::zero()).store().is_above(Lanes::splat(0.0)),
        }
    }
}

impl<const N: usize, const PACKED: usize> Block<N, PACKED> {
    #[inline(always)]
    fn load<S: Four>(&self) -> Block<N, PACKED, S> {
        Block { mean: load(&self.mean), covariance: load(&self.covariance) }
    }

    #[inline(always)]
    fn store<S: Four>(&mut self, block: &Block<N, PACKED, S>) {
        for index in 0..N {
            self.mean[index] = block.mean[index].store();
        }
        for index in 0..PACKED {
            self.covariance[index] = block.covariance[index].store();
        }
    }
}

#[inline(always)]
fn load<S: Four, const K: usize>(lanes: &[Lanes; K]) -> [S; K] {
    let mut loaded = [S::zero(); K];
    for index in 0..K {
        loaded[index] = S::load(&lanes[index]);
    }
    loaded
}
