//! Interacting modes in blocks equal one track at a time, and lanes do not touch each other.

use super::tests::{Parts, lane_parts, look, track};
use super::{InteractingBlock, InteractingTaken, Sighting};
use crate::dynamics::{Coast, LONGEST_STEP_S};
use crate::filter::{Gaussian, Interacting, ModeError, ModeTransition};
use crate::math::lanes::Lanes;
use crate::measurement::Observation;
use nalgebra::{Matrix3, Vector3, matrix, vector};
use proptest::prelude::*;

type Belief = Interacting<6, 3>;
type ModeBlock = InteractingBlock<6, 21, 3>;

const MODELS: [Coast; 3] =
    [Coast { density_m2_s3: 1e-3 }, Coast { density_m2_s3: 1.0 }, Coast { density_m2_s3: 100.0 }];

/// Modes some hundred metres apart. The last cannot be reached from the others, and is impossible in some tracks.
fn belief(parts: &Parts) -> Belief {
    let common = track::<6>(parts);
    let modes = [0, 1, 2].map(|mode| {
        let mut moved = Gaussian { covariance: common.covariance * (1.0 + 0.5 * mode as f64), ..common };
        for row in 0..6 {
            moved.mean[row] += [200.0, 10.0][row / 3] * parts[22 + (3 * mode + row) % 10];
        }
        moved
    });
    let third = (0.3 * parts[31]).max(0.0);
    let first = (1.0 - third) * (0.5 + 0.5 * parts[30]);
    let probabilities = vector![first, 1.0 - third - first, third];
    Interacting::new(modes, probabilities).expect("probabilities")
}

fn stay() -> ModeTransition<3> {
    let from_to: Matrix3<f64> = matrix![0.95, 0.05, 0.0; 0.1, 0.9, 0.0; 0.01, 0.04, 0.95];
    ModeTransition::new(from_to).expect("rows")
}

fn predicted(belief: &Belief, seconds: f64) -> Belief {
    let mut predicted = *belief;
    predicted.predict(&stay(), |mode, state| {
        state.predict(&MODELS[mode], seconds, LONGEST_STEP_S);
    });
    predicted
}

fn updated(belief: &Belief, look: &Observation) -> Option<(Belief, f64)> {
    let mut updated = *belief;
    let log_likelihood = updated.update(|_, state| {
        let at = state.mean;
        state.update_at(look, &at).map(|score| score.log_likelihood).ok_or(ModeError::Unexplained)
    });
    Some((updated, log_likelihood.ok()?))
}

/// The greatest difference of two states beside the deviations.
fn apart(ours: &Gaussian<6>, theirs: &Gaussian<6>) -> f64 {
    let sigmas = theirs.covariance.diagonal().map(f64::sqrt);
    let covariance = ours.covariance - theirs.covariance;
    let mean = (ours.mean - theirs.mean).component_div(&sigmas).amax();
    mean.max(covariance.component_div(&(sigmas * sigmas.transpose())).amax())
}

/// The same of all modes, and of probabilities.
fn worst_difference(ours: &Belief, theirs: &Belief) -> f64 {
    let states = ours.modes().iter().zip(theirs.modes()).map(|(ours, theirs)| apart(ours, theirs));
    let probabilities: Vector3<f64> = ours.probabilities() - theirs.probabilities();
    states.fold(probabilities.amax(), f64::max)
}

fn step(
    beliefs: &[Belief; 4],
    looks: &[Observation; 4],
    seconds: Lanes,
) -> (ModeBlock, ModeBlock, InteractingTaken) {
    let mut block = ModeBlock::from(beliefs);
    block.predict(&stay(), &MODELS, seconds);
    let before = block;
    let taken = block.update(&Sighting::beside(looks).expect("ranges"));
    (before, block, taken)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn blocks_equal_one_track_at_a_time(
        parts in lane_parts(),
        seconds in prop::array::uniform4(0.0..20.0_f64),
    ) {
        let beliefs = parts.each_ref().map(belief);
        let looks: [Observation; 4] = std::array::from_fn(|lane| {
            let mut seen = look(&predicted(&beliefs[lane], seconds[lane]).combined(), &parts[lane]);
            // Some look the other way.
            if parts[lane][21] > 0.7 {
                seen.line_of_sight.along = -seen.line_of_sight.along;
            }
            seen
        });
        let (before, block, taken) = step(&beliefs, &looks, Lanes(seconds));
        let combined = block.combined();
        for lane in 0..4 {
            let oracle = predicted(&beliefs[lane], seconds[lane]);
            let worst = worst_difference(&before.alone(lane), &oracle);
            prop_assert!(worst < 1e-9, "predicted, lane {}: {:e}", lane, worst);
            let expected = updated(&oracle, &looks[lane]);
            prop_assert_eq!(taken.is_taken[lane], expected.is_some(), "lane {}", lane);
            let (oracle, log_likelihood) = expected.unwrap_or((oracle, 0.0));
            let worst = worst_difference(&block.alone(lane), &oracle);
            prop_assert!(worst < 1e-9, "updated, lane {}: {:e}", lane, worst);
            let off = (taken.log_likelihood.0[lane] - log_likelihood).abs();
            prop_assert!(off < 1e-9 * (1.0 + log_likelihood.abs()), "lane {}: {:e}", lane, off);
            let worst = apart(&combined.gaussian(lane), &oracle.combined());
            prop_assert!(worst < 1e-9, "combined, lane {}: {:e}", lane, worst);
        }
    }
}

/// Four tracks with a look at each.
fn scene() -> ([Belief; 4], [Observation; 4]) {
    let parts: [Parts; 4] =
        std::array::from_fn(|lane| std::array::from_fn(|index| libm::sin((32 * lane + index) as f64 * 1.7)));
    let beliefs = parts.each_ref().map(belief);
    (beliefs, std::array::from_fn(|lane| look(&beliefs[lane].combined(), &parts[lane])))
}

const SECONDS: Lanes = Lanes([0.0, 1.0, 0.5, 2.0]);

#[test]
fn a_hopeless_update_leaves_its_track_and_the_others_do_not_notice() {
    let (mut beliefs, mut looks) = scene();
    let (_, undisturbed, undisturbed_taken) = step(&beliefs, &looks, SECONDS);
    assert_eq!(undisturbed_taken.is_taken, [true; 4]);
    looks[2].line_of_sight.along = -looks[2].line_of_sight.along;
    let mut modes = *beliefs[0].modes();
    modes[1].mean[4] = f64::NAN;
    beliefs[0] = Interacting::new(modes, vector![0.5, 0.5, 0.0]).expect("probabilities");
    let (before, block, taken) = step(&beliefs, &looks, SECONDS);
    assert_eq!(taken.is_taken, [false, true, false, true]);
    assert_eq!(block.alone(2), before.alone(2));
    assert_eq!([taken.log_likelihood.0[0], taken.log_likelihood.0[2]], [0.0; 2]);
    for lane in [1, 3] {
        assert_eq!(block.alone(lane), undisturbed.alone(lane));
        assert_eq!(taken.log_likelihood.0[lane], undisturbed_taken.log_likelihood.0[lane]);
    }
}

#[test]
fn one_mode_that_cannot_see_it_stops_the_update_unless_it_is_impossible() {
    let (mut beliefs, looks) = scene();
    let behind = |probabilities| {
        let mut modes = *beliefs[1].modes();
        modes[2].mean = 2.0 * looks[1].line_of_sight.origin_m.push(0.0).push(0.0).push(0.0) - modes[2].mean;
        Interacting::new(modes, probabilities).expect("probabilities")
    };
    let cases = [(vector![0.5, 0.3, 0.2], false), (vector![0.6, 0.4, 0.0], true)];
    for (probabilities, is_taken) in cases {
        let mut cases = beliefs;
        cases[1] = behind(probabilities);
        let mut block = ModeBlock::from(&cases);
        let before = block;
        let taken = block.update(&Sighting::beside(&looks).expect("ranges"));
        assert_eq!(taken.is_taken, [true, is_taken, true, true]);
        let expected = updated(&before.alone(1), &looks[1]);
        assert_eq!(expected.is_some(), is_taken);
        let (expected, _) = expected.unwrap_or((before.alone(1), 0.0));
        assert!(worst_difference(&block.alone(1), &expected) < 1e-9);
        assert_eq!(block.modes[2].alone(1), before.modes[2].alone(1));
    }
    beliefs[1] = behind(vector![0.0, 0.0, 1.0]);
    assert_eq!(step(&beliefs, &looks, Lanes([0.0; 4])).2.is_taken, [true, false, true, true]);
}
