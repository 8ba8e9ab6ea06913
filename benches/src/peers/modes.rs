//! The interacting multiple model filter of three modes: predict, update, and the combined state.
//!
//! The engine's own goes one track at a time. What is needed is counted on a form of it in blocks of four, which mixes here and
//! filters with the engine's kernels; it is timed as well, as what these would allow.

#![allow(
    clippy::needless_range_loop,
    reason = "loops by index become straight code; iterators with closures do not"
)]

use super::Gathering;
use super::contest::{Comparison, Goal};
use super::counting::Operations;
use super::filters::{Said, floors, side_by_side, step_operations};
use super::plain;
use super::work::{SECONDS, TRACKS, Work, numbers};
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dispatch::{Four, Kernel, widest};
use fusion_core::dynamics::{Coast, LONGEST_STEP_S};
use fusion_core::filter::block::{CoastBlock, Sighting};
use fusion_core::filter::{Gaussian, Interacting, ModeError, ModeTransition};
use fusion_core::math::{lanes::Lanes, real::Real};
use fusion_core::measurement::Observation;
use nalgebra::{Matrix3, Vector3};
use std::hint::black_box;
use std::rc::Rc;

const DENSITIES_M2_S3: [f64; 3] = [1e-3, 1.0, 100.0];
const PROBABILITIES: [f64; 3] = [0.6, 0.3, 0.1];
const FROM_TO: [[f64; 3]; 3] = [[0.95, 0.04, 0.01], [0.05, 0.9, 0.05], [0.01, 0.04, 0.95]];

/// The modes of a track at the start: they differ a little, as mixed ones do.
fn modes_of(track: &Gaussian<6>) -> [Gaussian<6>; 3] {
    [0.0, 1.0, 2.0].map(|mode| Gaussian {
        mean: track.mean * (1.0 + 1e-6 * mode),
        covariance: track.covariance * (1.0 + 0.5 * mode),
    })
}

fn models() -> [Coast; 3] {
    DENSITIES_M2_S3.map(|density_m2_s3| Coast { density_m2_s3 })
}

/// A step of the engine's own filter, with the combined state.
fn step(
    belief: &mut Interacting<6, 3>,
    stay: &ModeTransition<3>,
    look: &Observation,
) -> Result<(Gaussian<6>, f64), ModeError> {
    let models = models();
    belief.predict(stay, |mode, state| {
        state.predict(&models[mode], SECONDS, LONGEST_STEP_S);
    });
    let log_likelihood = belief.update(|_, state| {
        let at = state.mean;
        state.update_at(look, &at).map(|score| score.log_likelihood).ok_or(ModeError::Unexplained)
    })?;
    Ok((belief.combined(), log_likelihood))
}

/// Four tracks' modes, and their probabilities.
#[derive(Clone, Copy, Debug)]
struct ModeBlock {
    modes: [CoastBlock; 3],
    probabilities: [Lanes; 3],
}

/// Mixes three modes by weights that add up to one: the mean and covariance of the mixture.
#[inline(always)]
fn mixed<S: Four>(weights: &[S; 3], modes: &[CoastBlock; 3], into: &mut CoastBlock) {
    let (mut mean, mut covariance) = ([S::zero(); 6], [S::zero(); 21]);
    for mode in 0..3 {
        for row in 0..6 {
            mean[row] += weights[mode] * S::load(&modes[mode].mean[row]);
        }
    }
    for mode in 0..3 {
        let (mut difference, mut weighted) = ([S::zero(); 6], [S::zero(); 6]);
        for row in 0..6 {
            difference[row] = S::load(&modes[mode].mean[row]) - mean[row];
            weighted[row] = difference[row] * weights[mode];
        }
        let mut entry = 0;
        for row in 0..6 {
            for column in 0..row + 1 {
                let part = weights[mode] * S::load(&modes[mode].covariance[entry]);
                covariance[entry] += weighted[row] * difference[column] + part;
                entry += 1;
            }
        }
    }
    for row in 0..6 {
        into.mean[row] = mean[row].store();
    }
    for entry in 0..21 {
        into.covariance[entry] = covariance[entry].store();
    }
}

/// Mixes the modes of four tracks for a step; probabilities become the predicted ones.
struct Mix<'a>(&'a ModeBlock, &'a mut ModeBlock);

impl Kernel for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Four>(self) {
        let Mix(before, after) = self;
        let [first, second, third] = &before.probabilities;
        let before_step = [S::load(first), S::load(second), S::load(third)];
        for to in 0..3 {
            let mut joint = before_step;
            for from in 0..3 {
                joint[from] *= S::splat(FROM_TO[from][to]);
            }
            let sum = joint[0] + joint[1] + joint[2];
            let inverse = S::one() / sum;
            let weights = [joint[0] * inverse, joint[1] * inverse, joint[2] * inverse];
            mixed(&weights, &before.modes, &mut after.modes[to]);
            after.probabilities[to] = sum.store();
        }
    }
}

/// Weighs the modes of four tracks by their log-likelihoods, and combines them.
struct Weigh<'a>(&'a mut ModeBlock, &'a [Lanes; 3], &'a mut CoastBlock);

impl Kernel for Weigh<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run<S: Four>(self) -> Lanes {
        let Weigh(block, logs, combined) = self;
        let logs = [S::load(&logs[0]), S::load(&logs[1]), S::load(&logs[2])];
        let greatest = logs[0].max(logs[1]).max(logs[2]);
        let mut weights = logs;
        for mode in 0..3 {
            weights[mode] = S::load(&block.probabilities[mode]) * (logs[mode] - greatest).exp();
        }
        let sum = weights[0] + weights[1] + weights[2];
        let inverse = S::one() / sum;
        for mode in 0..3 {
            weights[mode] *= inverse;
            block.probabilities[mode] = weights[mode].store();
        }
        mixed(&weights, &block.modes, combined);
        (greatest + sum.log()).store()
    }
}

/// A step in blocks: mixed here, filtered by the engine's kernels.
fn step_of_four(
    before: &ModeBlock,
    sighting: &Sighting,
    models: &[Coast; 3],
) -> (ModeBlock, CoastBlock, Lanes) {
    let (mut after, mut combined, mut logs) = (*before, before.modes[0], [Lanes::default(); 3]);
    widest(Mix(before, &mut after));
    for mode in 0..3 {
        after.modes[mode].predict(&models[mode], Lanes::splat(SECONDS));
        logs[mode] = after.modes[mode].update(sighting).score.log_likelihood;
    }
    let log_likelihood = widest(Weigh(&mut after, &logs, &mut combined));
    (after, combined, log_likelihood)
}

/// What a step of four tracks needs.
fn operations(block: &ModeBlock, sighting: &Sighting) -> Operations {
    let (mut after, mut combined) = (*block, block.modes[0]);
    let logs = [Lanes::splat(-1.0), Lanes::splat(-2.0), Lanes::splat(-3.0)];
    let filters = models().iter().map(|model| step_operations(model, &block.modes[0], sighting)).sum();
    Operations::of(Mix(block, &mut after)) + filters + Operations::of(Weigh(&mut after, &logs, &mut combined))
}

/// The comparisons.
///
/// # Errors
/// None for the scene as it is.
pub fn enter(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants_topic("modes") {
        return Ok(());
    }
    let (tracks, looks) = tracks(&models()[0], &Surroundings::ABOVE_THE_AIR, TRACKS)?;
    let stay = ModeTransition::new(Matrix3::from_fn(|from, to| FROM_TO[from][to]))?;
    let belief = |track| Interacting::new(modes_of(track), Vector3::from(PROBABILITIES));
    let beliefs = tracks.iter().map(belief).collect::<Result<Vec<_>, _>>()?;
    let mut expected = Vec::new();
    for (belief, look) in beliefs.iter().zip(&looks) {
        let (combined, log_likelihood) = step(&mut belief.clone(), &stay, look)?;
        expected.extend(numbers(&combined, log_likelihood));
    }
    let work = Work { tracks: Rc::new(tracks), looks: Rc::new(looks), expected };
    let (looks, mut after) = (Rc::clone(&work.looks), beliefs.clone());
    let entry = all.contest.enter_work("Interacting, one track at a time", TRACKS as f64, move || {
        for ((belief, look), after) in beliefs.iter().zip(looks.iter()).zip(&mut after) {
            *after = *belief;
            _ = black_box(step(after, &stay, look));
        }
        black_box(&mut after);
    });
    let ours = [all.contest.form(entry)];
    let said = |goal: Goal| Said { topic: "modes", case: "3 modes", ours: &ours, goal };
    in_blocks(all, &said(Goal::AtMost(Some(2.5))), &work)?;
    beside_plain(all, &said(Goal::AtLeast(Some(7.0))), &work);
    let mut model = DENSITIES_M2_S3.to_vec();
    model.extend(PROBABILITIES.iter().chain(FROM_TO.iter().flatten()));
    super::filters::beside_eigen(all, &said(Goal::AtLeast(Some(6.0))), &work, &model)?;
    if all.contest.wants("modes", "filterpy")
        && let Some(peer) = all.python()
    {
        let name = "FilterPy, three of its filters";
        let (form, agreement) =
            super::filters::enter_peer(all, &peer, "filterpy-modes", name, &work, &model)?;
        let comparison = said(Goal::AtLeast(None)).beside("filterpy", vec![form]);
        all.contest.compare(Comparison { agreement: Some(agreement), ..comparison });
    }
    Ok(())
}

/// The floor, and what blocks would allow.
fn in_blocks(all: &mut Gathering, said: &Said<'_>, work: &Work<6>) -> Result<(), SceneError> {
    if !all.contest.wants("modes", "floor") {
        return Ok(());
    }
    let modes: Vec<[Gaussian<6>; 3]> = work.tracks.iter().map(modes_of).collect();
    let of_mode = |mode: usize| modes.iter().map(|modes| modes[mode]).collect::<Vec<_>>();
    let blocks = [0, 1, 2].map(|mode| side_by_side(&of_mode(mode), &work.looks));
    let [Some((first, sightings)), Some((second, _)), Some((third, _))] = blocks else {
        return Err("a look without range".into());
    };
    let probabilities = PROBABILITIES.map(Lanes::splat);
    let beside = first.iter().zip(&second).zip(&third);
    let blocks: Vec<ModeBlock> = beside
        .map(|((first, second), third)| ModeBlock { modes: [*first, *second, *third], probabilities })
        .collect();
    let models = models();
    let mut found = Vec::new();
    for (block, sighting) in blocks.iter().zip(&sightings) {
        let (_, combined, log_likelihood) = step_of_four(block, sighting, &models);
        for lane in 0..Lanes::COUNT {
            found.extend(numbers(&combined.gaussian(lane), log_likelihood.0[lane]));
        }
    }
    let agreement = Some(work.agreement(&found));
    let operations = operations(&blocks[0], &sightings[0]);
    floors(all, said, &operations, 0);
    let mut after = blocks.clone();
    let entry = all.contest.enter_work("blocks, mixed by this harness", TRACKS as f64, move || {
        for ((block, sighting), after) in blocks.iter().zip(&sightings).zip(&mut after) {
            let (stepped, combined, log_likelihood) = step_of_four(block, sighting, &models);
            *after = stepped;
            black_box((combined, log_likelihood));
        }
        black_box(&mut after);
    });
    let lowest = all.rates().floor(&operations);
    let ours = vec![all.contest.form(entry)];
    let note = "not the engine's: its kernels for each mode, mixed here".to_owned();
    let comparison = said.beside("floor", vec![lowest]);
    let case = "3 modes in blocks".to_owned();
    let goal = Goal::AtMost(None);
    all.contest.compare(Comparison { case, ours, goal, agreement, note, ..comparison });
    Ok(())
}

fn beside_plain(all: &mut Gathering, said: &Said<'_>, work: &Work<6>) {
    if !all.contest.wants("modes", "nalgebra") {
        return;
    }
    let before: Vec<plain::Modes> =
        work.tracks.iter().map(|track| (modes_of(track), PROBABILITIES)).collect();
    let (from_to, motions) =
        (Matrix3::from_fn(|from, to| FROM_TO[from][to]), DENSITIES_M2_S3.map(plain::Free));
    let looks = Rc::clone(&work.looks);
    let step = move |modes: &plain::Modes, look: &Observation| {
        plain::interacting(modes, &from_to, &motions, SECONDS, look)
    };
    let mut found = Vec::new();
    for (modes, look) in before.iter().zip(looks.iter()) {
        step(modes, look).into_iter().for_each(|(_, combined, log)| found.extend(numbers(&combined, log)));
    }
    let agreement = Some(work.agreement(&found));
    let mut after = before.clone();
    let entry = all.contest.enter_work("nalgebra, written plainly", TRACKS as f64, move || {
        for ((modes, look), after) in before.iter().zip(looks.iter()).zip(&mut after) {
            if let Some((modes, combined, log_likelihood)) = step(modes, look) {
                *after = modes;
                black_box((combined, log_likelihood));
            }
        }
        black_box(&mut after);
    });
    let comparison = said.beside("nalgebra", vec![all.contest.form(entry)]);
    all.contest.compare(Comparison { agreement, ..comparison });
}
