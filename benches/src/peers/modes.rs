//! The interacting multiple model filter of three modes: predict, update, and the combined state, in blocks of four and one
//! track at a time.

use super::Gathering;
use super::blocks::{sightings, step_operations};
use super::contest::{Comparison, Form, Goal};
use super::counting::Operations;
use super::filters::{Said, floors};
use super::plain;
use super::work::{SECONDS, TRACKS, Work, numbers};
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dynamics::{Coast, LONGEST_STEP_S};
use fusion_core::filter::block::{
    CoastBlock, CombineModes, InteractingBlock, MixModes, Sighting, WeighModes,
};
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
type ModeBlock = InteractingBlock<6, 21, 3>;

/// A step in blocks.
fn step_of_four(
    block: &mut ModeBlock,
    stay: &ModeTransition<3>,
    models: &[Coast; 3],
    sighting: &Sighting,
) -> (CoastBlock, Lanes) {
    block.predict(stay, models, Lanes::splat(SECONDS));
    let taken = block.update(sighting);
    (block.combined(), taken.log_likelihood)
}

/// What a step of four tracks needs.
fn operations(block: &ModeBlock, stay: &ModeTransition<3>, sighting: &Sighting) -> Operations {
    let mut after = *block;
    let log_likelihoods = &[Lanes::splat(-1.0), Lanes::splat(-2.0), Lanes::splat(-3.0)];
    let filters = models().iter().map(|model| step_operations(model, &block.modes[0], sighting)).sum();
    let mix = MixModes { before: block, transition: stay, after: &mut after };
    Operations::of(mix)
        + filters
        + Operations::of(WeighModes { block: &mut after, log_likelihoods })
        + Operations::of(CombineModes { block: &after })
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
    let alone = all.contest.form(entry);
    let (blocks, operations) = in_blocks(all, &work, stay)?;
    let ours = [blocks, alone];
    let said = |goal: Goal| Said { topic: "modes", case: "3 modes", ours: &ours, goal };
    floors(all, &said(Goal::AtMost(Some(2.5))), &operations);
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

/// Lets blocks take part; gives them, and what a step of four tracks needs.
fn in_blocks(
    all: &mut Gathering,
    work: &Work<6>,
    stay: ModeTransition<3>,
) -> Result<(Form, Operations), SceneError> {
    let belief = |track| Interacting::new(modes_of(track), Vector3::from(PROBABILITIES));
    let beliefs = work.tracks.iter().map(belief).collect::<Result<Vec<_>, _>>()?;
    let (fours, _) = beliefs.as_chunks::<{ Lanes::COUNT }>();
    let sightings = sightings(&work.looks)?;
    let blocks: Vec<ModeBlock> = fours.iter().map(ModeBlock::from).collect();
    let models = models();
    let mut found = Vec::new();
    for (block, sighting) in blocks.iter().zip(&sightings) {
        let (combined, log_likelihood) = step_of_four(&mut { *block }, &stay, &models, sighting);
        for lane in 0..Lanes::COUNT {
            found.extend(numbers(&combined.gaussian(lane), log_likelihood.0[lane]));
        }
    }
    let agreement = work.agreement(&found);
    if !agreement.is_good() {
        return Err(format!("modes: blocks differ by {:e}", agreement.worst).into());
    }
    let operations = operations(&blocks[0], &stay, &sightings[0]);
    let mut after = blocks.clone();
    let entry = all.contest.enter_work("blocks of four", TRACKS as f64, move || {
        for ((block, sighting), after) in blocks.iter().zip(&sightings).zip(&mut after) {
            *after = *block;
            black_box(step_of_four(after, &stay, &models, sighting));
        }
        black_box(&mut after);
    });
    Ok((all.contest.form(entry), operations))
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
