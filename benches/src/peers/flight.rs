//! A Runge-Kutta step with J2 and drag, alone and with its transition matrix, beside what it needs.
//!
//! The engine's own inner loop of a fall is not public: what is timed is `propagate_state` and `propagate`, one number at a time
//! and four side by side.

use super::Gathering;
use super::contest::{Contest, Form, Goal};
use super::counting::Operations;
use super::drag::DENSITIES_OF_AIR;
use super::filters::{Said, floors};
use super::work::{SECONDS, TRACKS};
use crate::SceneError;
use crate::tracks::{Surroundings, tracks};
use fusion_core::dispatch::{Four, Kernel, portable, widest};
use fusion_core::dynamics::{LONGEST_STEP_S, Reentry, propagate, propagate_state};
use fusion_core::math::lanes::Lanes;
use nalgebra::{SMatrix, SVector};
use std::hint::black_box;

const MODEL: Reentry = Reentry { density_m2_s3: 1e-3, log_density_1_s: 1e-4 };

/// Four states side by side.
type States = [Lanes; 7];

#[inline(always)]
fn loaded<S: Four>(states: &States) -> SVector<S, 7> {
    let mut loaded = SVector::<S, 7>::zeros();
    for row in 0..7 {
        loaded[row] = S::load(&states[row]);
    }
    loaded
}

/// States alone.
struct Alone<'a>(&'a States);

impl Kernel for Alone<'_> {
    type Output = States;

    #[inline(always)]
    fn run<S: Four>(self) -> States {
        let moved = propagate_state(&MODEL, &loaded::<S>(self.0), SECONDS, LONGEST_STEP_S);
        std::array::from_fn(|row| moved[row].store())
    }
}

/// With the transition matrix, by columns; its last row is not stored, as it is that of the identity.
struct WithTransition<'a>(&'a States);

impl Kernel for WithTransition<'_> {
    type Output = (States, [States; 6]);

    #[inline(always)]
    fn run<S: Four>(self) -> (States, [States; 6]) {
        let (moved, transition) = propagate(&MODEL, &loaded::<S>(self.0), SECONDS, LONGEST_STEP_S);
        let rows: [States; 6] =
            std::array::from_fn(|row| std::array::from_fn(|column| transition[(row, column)].store()));
        (std::array::from_fn(|row| moved[row].store()), rows)
    }
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

    let alone = alone(&mut all.contest, &states, &blocks);
    let said = Said { topic: "flight", case: "state", ours: &alone, goal: Goal::AtMost(Some(1.6)) };
    floors(all, &said, &Operations::of(Alone(&blocks[0])), DENSITIES_OF_AIR);
    let both = with_transition(&mut all.contest, &states, &blocks);
    let said = Said { topic: "flight", case: "transition", ours: &both, goal: Goal::AtMost(Some(2.0)) };
    floors(all, &said, &Operations::of(WithTransition(&blocks[0])), DENSITIES_OF_AIR);
    Ok(())
}

/// Four side by side have the bits of each alone.
fn check(fours: &[[SVector<f64, 7>; 4]], blocks: &[States]) -> Result<(), SceneError> {
    for (four, block) in fours.iter().zip(blocks) {
        let (states, (again, rows)) = (widest(Alone(block)), widest(WithTransition(block)));
        for (lane, state) in four.iter().enumerate() {
            let (moved, transition) = propagate(&MODEL, state, SECONDS, LONGEST_STEP_S);
            let rows = SMatrix::<f64, 6, 7>::from_fn(|row, column| rows[row][column].0[lane]);
            let is_same = transition.fixed_rows::<6>(0) == rows
                && (0..7).all(|row| moved[row] == states[row].0[lane] && moved[row] == again[row].0[lane]);
            if !is_same {
                return Err("flight: four side by side go elsewhere than one alone".into());
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

fn alone(contest: &mut Contest, states: &[SVector<f64, 7>], blocks: &[States]) -> Vec<Form> {
    let one = |state: &SVector<f64, 7>| propagate_state(&MODEL, state, SECONDS, LONGEST_STEP_S);
    vec![
        enter_all(contest, "state, one at a time", states, one),
        enter_all(contest, "state, four side by side", blocks, |block| widest(Alone(block))),
        enter_all(contest, "state, four, portable", blocks, |block| portable(Alone(block))),
    ]
}

fn with_transition(contest: &mut Contest, states: &[SVector<f64, 7>], blocks: &[States]) -> Vec<Form> {
    let one = |state: &SVector<f64, 7>| propagate(&MODEL, state, SECONDS, LONGEST_STEP_S);
    vec![
        enter_all(contest, "with transition, one at a time", states, one),
        enter_all(contest, "with transition, four side by side", blocks, |block| {
            widest(WithTransition(block))
        }),
        enter_all(contest, "with transition, four, portable", blocks, |block| {
            portable(WithTransition(block))
        }),
    ]
}
