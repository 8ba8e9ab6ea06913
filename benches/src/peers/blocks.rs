//! Tracks in blocks of four with what is seen of them: our way, whatever the states.

use super::Gathering;
use super::contest::Form;
use super::counting::Operations;
use super::work::{SECONDS, numbers};
use crate::SceneError;
use fusion_core::filter::Gaussian;
use fusion_core::filter::block::{Block, BlockDynamics, Predict, Sighting, Taken, Update};
use fusion_core::math::{lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use std::hint::black_box;

/// Blocks before the step, how they move, and what is seen of each.
pub struct Blocks<const N: usize, const PACKED: usize, M> {
    model: M,
    blocks: Vec<Block<N, PACKED>>,
    sightings: Vec<Sighting>,
}

impl<const N: usize, const PACKED: usize, M> Blocks<N, PACKED, M>
where
    M: BlockDynamics<N, PACKED> + 'static,
{
    /// Of tracks by fours.
    ///
    /// # Errors
    /// When a look has no range.
    pub fn new(model: M, tracks: &[Gaussian<N>], looks: &[Observation]) -> Result<Self, SceneError> {
        let (fours, _) = tracks.as_chunks::<{ Lanes::COUNT }>();
        let blocks = fours.iter().map(Block::from).collect();
        Ok(Blocks { model, blocks, sightings: sightings(looks)? })
    }

    /// What comes of each track.
    pub fn results(&self) -> Vec<f64> {
        let mut found = Vec::new();
        for (block, sighting) in self.blocks.iter().zip(&self.sightings) {
            let (block, taken) = step(*block, &self.model, sighting);
            for lane in 0..Lanes::COUNT {
                found.extend(numbers(&block.gaussian(lane), taken.score.log_likelihood.0[lane]));
            }
        }
        found
    }

    /// What a block needs.
    pub fn operations(&self) -> Operations {
        step_operations(&self.model, &self.blocks[0], &self.sightings[0])
    }

    /// Lets them take part.
    pub fn enter(self, all: &mut Gathering) -> Form {
        let Blocks { model, blocks, sightings } = self;
        let mut after = blocks.clone();
        let tracks = (blocks.len() * Lanes::COUNT) as f64;
        let entry = all.contest.enter_work("blocks of four", tracks, move || {
            for ((block, sighting), after) in blocks.iter().zip(&sightings).zip(&mut after) {
                let (stepped, taken) = step(*block, &model, sighting);
                black_box(taken);
                *after = stepped;
            }
            black_box(&mut after);
        });
        all.contest.form(entry)
    }
}

/// What is seen of tracks by fours.
///
/// # Errors
/// When a look has no range.
pub fn sightings(looks: &[Observation]) -> Result<Vec<Sighting>, SceneError> {
    let (fours, _) = looks.as_chunks::<{ Lanes::COUNT }>();
    fours.iter().map(Sighting::beside).collect::<Option<_>>().ok_or_else(|| "a look without range".into())
}

/// What a block needs to be predicted and updated.
pub fn step_operations<const N: usize, const PACKED: usize>(
    model: &impl BlockDynamics<N, PACKED>,
    block: &Block<N, PACKED>,
    sighting: &Sighting,
) -> Operations {
    let mut block = *block;
    let predict = Operations::of(Predict { block: &mut block, model, seconds: Lanes::splat(SECONDS) });
    predict + Operations::of(Update { block: &mut block, sighting })
}

#[inline]
fn step<const N: usize, const PACKED: usize>(
    mut block: Block<N, PACKED>,
    model: &impl BlockDynamics<N, PACKED>,
    sighting: &Sighting,
) -> (Block<N, PACKED>, Taken) {
    block.predict(model, Lanes::splat(SECONDS));
    let taken = block.update(sighting);
    (block, taken)
}
