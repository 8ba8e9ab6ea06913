//! Seven states in the air: the ways that the engine has for it, and what is needed.
//!
//! The engine has no packed block for these: [`Gaussian`] is generic over the number, and so goes four side by side as well.

use super::Gathering;
use super::contest::Form;
use super::counting::Operations;
use super::work::{SECONDS, TRACKS, Work, numbers};
use crate::SceneError;
use fusion_core::dispatch::{Four, Kernel, portable, widest};
use fusion_core::dynamics::atmosphere::air_at;
use fusion_core::dynamics::{Dynamics, LONGEST_STEP_S, Reentry, propagate};
use fusion_core::filter::Gaussian;
use fusion_core::filter::block::{Block, Sighting, Update};
use fusion_core::math::lanes::Lanes;
use fusion_core::measurement::Observation;
use nalgebra::{SMatrix, SVector};
use std::hint::black_box;
use std::rc::Rc;

/// Four tracks of seven states.
type AirBlock = Block<7, 28>;

/// How often a Runge-Kutta step asks for the density of the air.
pub const DENSITIES_OF_AIR: usize = 4;

/// Density of the air, kg/m³, and its slope, kg/m⁴, every 100 m from 5 km below the ellipsoid, for peers that look it up.
pub fn air_table() -> Vec<[f64; 2]> {
    let at = |index: u32| air_at(-5_000.0 + 100.0 * f64::from(index));
    (0..1_000).map(at).map(|air| [air.density_kg_m3, air.slope_kg_m4]).collect()
}

/// A step of one track, as the engine does it; none where the look lies aside.
pub fn step(track: &Gaussian<7>, look: &Observation, model: &Reentry) -> Option<(Gaussian<7>, f64)> {
    let mut track = *track;
    track.predict(model, SECONDS, LONGEST_STEP_S);
    let at = track.mean;
    let score = track.update_at(look, &at)?;
    Some((track, score.log_likelihood))
}

/// Where an entry of a symmetric matrix stands in its lower triangle, by rows.
const fn at(row: usize, column: usize) -> usize {
    if row >= column { row * (row + 1) / 2 + column } else { column * (column + 1) / 2 + row }
}

fn loaded<S: Four>(block: &AirBlock) -> Gaussian<7, S> {
    let mut mean = SVector::<S, 7>::zeros();
    let mut covariance = SMatrix::<S, 7, 7>::zeros();
    let packed: [S; 28] = block.covariance.each_ref().map(S::load);
    for row in 0..7 {
        mean[row] = S::load(&block.mean[row]);
        for column in 0..7 {
            covariance[(row, column)] = packed[at(row, column)];
        }
    }
    Gaussian { mean, covariance }
}

fn store<S: Four>(block: &mut AirBlock, mean: &SVector<S, 7>, covariance: &SMatrix<S, 7, 7>) {
    for row in 0..7 {
        block.mean[row] = mean[row].store();
        for column in 0..row + 1 {
            block.covariance[at(row, column)] = covariance[(row, column)].store();
        }
    }
}

/// [`Gaussian::predict`] of four tracks.
struct Predict<'a>(&'a mut AirBlock, &'a Reentry);

impl Kernel for Predict<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let mut track = loaded::<S>(self.0);
        track.predict(self.1, SECONDS, LONGEST_STEP_S);
        store(self.0, &track.mean, &track.covariance);
    }
}

/// The same with one triangle of the covariance: what is needed.
struct Needed<'a>(&'a mut AirBlock, &'a Reentry);

impl Kernel for Needed<'_> {
    type Output = ();

    fn run<S: Four>(self) {
        let track = loaded::<S>(self.0);
        let (mean, transition) = propagate(self.1, &track.mean, SECONDS, LONGEST_STEP_S);
        let noise = self.1.process_noise(SECONDS);
        let half = transition * track.covariance;
        let mut covariance = SMatrix::<S, 7, 7>::zeros();
        for row in 0..7 {
            for column in 0..row + 1 {
                let mut sum = S::splat(noise[(row, column)]);
                for index in 0..7 {
                    sum += half[(row, index)] * transition[(column, index)];
                }
                covariance[(row, column)] = sum;
            }
        }
        store(self.0, &mean, &covariance);
    }
}

/// Lets the engine's ways take part; gives them, and what a step of four tracks needs.
///
/// # Errors
/// Where a way, or what is counted, gives another result.
pub fn enter(
    all: &mut Gathering,
    work: &Work<7>,
    model: Reentry,
) -> Result<(Vec<Form>, Operations), SceneError> {
    let (fours, _) = work.tracks.as_chunks::<{ Lanes::COUNT }>();
    let (four_looks, _) = work.looks.as_chunks::<{ Lanes::COUNT }>();
    let sightings: Option<Vec<Sighting>> = four_looks.iter().map(Sighting::beside).collect();
    let sightings = sightings.ok_or("a look without range")?;
    let blocks: Vec<AirBlock> = fours.iter().map(AirBlock::from).collect();

    type Way = fn(&mut AirBlock, &Reentry);
    let ways: [(&str, Way); 3] = [
        ("four side by side", |block, model| widest(Predict(block, model))),
        ("four side by side, portable predict", |block, model| portable(Predict(block, model))),
        ("what is counted", |block, model| portable(Needed(block, model))),
    ];
    for (name, predict) in ways {
        let mut found = Vec::new();
        for (block, sighting) in blocks.iter().zip(&sightings) {
            let mut block = *block;
            predict(&mut block, &model);
            let taken = block.update(sighting);
            for lane in 0..Lanes::COUNT {
                found.extend(numbers(&block.gaussian(lane), taken.score.log_likelihood.0[lane]));
            }
        }
        let agreement = work.agreement(&found);
        if !agreement.is_good() {
            return Err(format!("drag, {name}: results differ by {:e}", agreement.worst).into());
        }
    }
    let mut block = blocks[0];
    let predict = Operations::of(Needed(&mut block, &model));
    let operations = predict + Operations::of(Update { block: &mut block, sighting: &sightings[0] });

    let mut forms = vec![one_by_one(all, work, model)];
    for (name, predict) in &ways[..2] {
        let (predict, blocks, sightings, mut after) =
            (*predict, blocks.clone(), sightings.clone(), blocks.clone());
        let entry = all.contest.enter_work(name, TRACKS as f64, move || {
            for ((block, sighting), after) in blocks.iter().zip(&sightings).zip(&mut after) {
                let mut block = *block;
                predict(&mut block, &model);
                black_box(block.update(sighting));
                *after = block;
            }
            black_box(&mut after);
        });
        forms.push(all.contest.form(entry));
    }
    Ok((forms, operations))
}

fn one_by_one(all: &mut Gathering, work: &Work<7>, model: Reentry) -> Form {
    let (tracks, looks, mut after) = (Rc::clone(&work.tracks), Rc::clone(&work.looks), work.tracks.to_vec());
    let entry = all.contest.enter_work("one track at a time", TRACKS as f64, move || {
        for ((track, look), after) in tracks.iter().zip(looks.iter()).zip(&mut after) {
            if let Some((track, log_likelihood)) = step(track, look, &model) {
                *after = track;
                black_box(log_likelihood);
            }
        }
        black_box(&mut after);
    });
    all.contest.form(entry)
}
