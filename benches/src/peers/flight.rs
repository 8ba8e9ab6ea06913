//! A Runge-Kutta step with J2 and drag, alone and with its transition matrix, beside what it needs.

use super::Gathering;
use super::contest::{Contest, Form, Goal};
use super::counting::Operations;
use super::filters::{Said, floors};
use super::work::{SECONDS, TRACKS};
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dispatch::widest;
use fusion_core::dynamics::{LONGEST_STEP_S, Reentry, propagate, propagate_state};
use fusion_core::filter::block::{Fall, FallWithTransition};
use fusion_core::math::lanes::Lanes;
use fusion_core::math::real::Real;
use nalgebra::SVector;
use std::hint::black_box;

const MODEL: Reentry = Reentry { density_m2_s3: 1e-3, log_density_1_s: 1e-4 };

/// Four states side by side.
type States = [Lanes; 7];

fn alone(states: &States) -> States {
    let mut states = *states;
    widest(Fall { states: &mut states, seconds: Lanes::splat(SECONDS) });
    states
}

fn with_transition(states: &States) -> (States, [States; 6]) {
    let mut states = *states;
    let rows = widest(FallWithTransition { states: &mut states, seconds: Lanes::splat(SECONDS) });
    (states, rows)
}

/// The comparisons.
///
/// # Errors
/// None for the scene as it is; where four side by side go elsewhere than one alone.
pub fn enter(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants("flight", "floor") {
        return Ok(());
    }
    let (tracks, _) = tracks(&MODEL, &Surroundings::IN_THE_AIR, TRACKS)?;
    let states: Vec<SVector<f64, 7>> = tracks.iter().map(|track| track.mean).collect();
    let (fours, _) = states.as_chunks::<{ Lanes::COUNT }>();
    let beside = |four: &[SVector<f64, 7>; 4]| std::array::from_fn(|row| Lanes(four.map(|one| one[row])));
    let blocks: Vec<States> = fours.iter().map(beside).collect();
    check(fours, &blocks)?;

    let one = |state: &SVector<f64, 7>| propagate_state(&MODEL, state, SECONDS, LONGEST_STEP_S);
    let ours = [
        enter_all(&mut all.contest, "state, one at a time", &states, one),
        enter_all(&mut all.contest, "state, four side by side", &blocks, alone),
    ];
    let (mut four, seconds) = (blocks[0], Lanes::splat(SECONDS));
    let said = Said { topic: "flight", case: "state", ours: &ours, goal: Goal::AtMost(Some(1.6)) };
    floors(all, &said, &Operations::of(Fall { states: &mut four, seconds }));

    let one = |state: &SVector<f64, 7>| propagate(&MODEL, state, SECONDS, LONGEST_STEP_S);
    let ours = [
        enter_all(&mut all.contest, "with transition, one at a time", &states, one),
        enter_all(&mut all.contest, "with transition, four side by side", &blocks, with_transition),
    ];
    let said = Said { topic: "flight", case: "transition", ours: &ours, goal: Goal::AtMost(Some(2.0)) };
    floors(all, &said, &Operations::of(FallWithTransition { states: &mut four, seconds }));
    Ok(())
}

/// Four side by side go where each goes alone, to rounding: relative to position, velocity and what of a column is greatest.
fn check(fours: &[[SVector<f64, 7>; 4]], blocks: &[States]) -> Result<(), SceneError> {
    const TOLERANCE: f64 = 1e-9;
    for (four, block) in fours.iter().zip(blocks) {
        let (fallen, (again, rows)) = (alone(block), with_transition(block));
        for (lane, state) in four.iter().enumerate() {
            let (moved, transition) = propagate(&MODEL, state, SECONDS, LONGEST_STEP_S);
            for row in 0..6 {
                let size = moved.fixed_rows::<3>(row / 3 * 3).norm();
                let is_there = (fallen[row].0[lane] - moved[row]).abs() <= TOLERANCE * size;
                let is_alike = (0..7).all(|column| {
                    let size = transition.fixed_view::<3, 1>(row / 3 * 3, column).norm();
                    (rows[row][column].0[lane] - transition[(row, column)]).abs() <= TOLERANCE * size
                });
                if !is_there || !is_alike || again[row] != fallen[row] {
                    return Err("flight: four side by side go elsewhere than one alone".into());
                }
            }
        }
    }
    Ok(())
}

fn enter_all<T: Copy + 'static, R: 'static>(
    contest: &mut Contest,
    name: &str,
    states: &[T],
    step: impl Fn(&T) -> R + 'static,
) -> Form {
    let states = states.to_vec();
    let entry = contest.enter_work(name, TRACKS as f64, move || {
        states.iter().for_each(|state| _ = black_box(step(black_box(state))));
    });
    contest.form(entry)
}
