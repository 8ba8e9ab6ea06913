//! Seven states in the air: in blocks of four and one track at a time, and what is needed.

use super::Gathering;
use super::blocks::Blocks;
use super::contest::Form;
use super::counting::Operations;
use super::work::{SECONDS, TRACKS, Work};
use crate::SceneError;
use fusion_core::dynamics::atmosphere::air_at;
use fusion_core::dynamics::{LONGEST_STEP_S, Reentry};
use fusion_core::filter::Gaussian;
use fusion_core::measurement::Observation;
use std::hint::black_box;
use std::rc::Rc;

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

/// Lets the engine's ways take part; gives them, and what a step of four tracks needs.
///
/// # Errors
/// Where blocks give another result than one track at a time.
pub fn enter(
    all: &mut Gathering,
    work: &Work<7>,
    model: Reentry,
) -> Result<(Vec<Form>, Operations), SceneError> {
    let blocks = Blocks::new(model, &work.tracks, &work.looks)?;
    let agreement = work.agreement(&blocks.results());
    if !agreement.is_good() {
        return Err(format!("drag: blocks differ by {:e}", agreement.worst).into());
    }
    let (operations, alone) = (blocks.operations(), one_by_one(all, work, model));
    Ok((vec![blocks.enter(all), alone], operations))
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
