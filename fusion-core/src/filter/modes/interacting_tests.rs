//! Interacting multiple models against what is known without them.

use super::{Interacting, ModeError, ModeTransition};
use crate::filter::Gaussian;
use crate::math::symmetric::NotPositiveDefinite;
use nalgebra::{Matrix1, Matrix2, Vector2, matrix, vector};

fn scalar(mean: f64, variance: f64) -> Gaussian<1> {
    Gaussian { mean: vector![mean], covariance: matrix![variance] }
}

fn markov(from_to: Matrix2<f64>) -> ModeTransition<2> {
    ModeTransition::new(from_to).expect("rows add up to one")
}

#[test]
fn rows_are_from_and_columns_are_to() {
    let mut belief =
        Interacting::new([scalar(0.0, 1.0), scalar(10.0, 1.0)], vector![0.8, 0.2]).expect("sound");
    belief.predict(&markov(matrix![0.9, 0.1; 0.0, 1.0]), |_, _| {});
    assert!((belief.probabilities() - vector![0.72, 0.28]).amax() < 1e-15);
    // Nothing comes into the first mode but itself; the second is made of 0.2 of itself and 0.08 of the first.
    assert_eq!(belief.modes()[0], scalar(0.0, 1.0));
    let share = 0.08 / 0.28;
    let expected = scalar(10.0 * (1.0 - share), 1.0 + 100.0 * share * (1.0 - share));
    assert!((belief.modes()[1].mean - expected.mean).amax() < 1e-14);
    assert!((belief.modes()[1].covariance - expected.covariance).amax() < 1e-13);
}

#[test]
fn one_step_has_the_moments_of_the_exact_mixture() {
    // Over one step from one Gaussian each the filter is exact: four hypotheses, and pairs that share a mode after the step
    // are two Gaussians in the update, so start both modes alike and there is nothing left to approximate.
    let (noise, measured, variance) = ([0.5, 8.0], 3.0, 2.0);
    let stay = matrix![0.7, 0.3; 0.4, 0.6];
    let mut belief = Interacting::new([scalar(1.0, 4.0); 2], vector![0.25, 0.75]).expect("sound");
    belief.predict(&markov(stay), |mode, state| {
        state.predict_linear(&matrix![1.1], &matrix![noise[mode]]);
    });
    let log_likelihood = belief
        .update(|_, state| {
            let residual = vector![measured] - state.mean;
            Ok(state.update_linear(&residual, &matrix![1.0], &matrix![variance])?.log_likelihood)
        })
        .expect("regular");

    let (mut total, mut mean, mut square, mut second) = (0.0, 0.0, 0.0, 0.0);
    for (mode, noise) in noise.iter().enumerate() {
        let predicted = 1.1 * 1.1 * 4.0 + noise;
        let innovation = predicted + variance;
        let residual = measured - 1.1;
        let chance = 0.25 * stay[(0, mode)] + 0.75 * stay[(1, mode)];
        let weight = chance * libm::exp(-0.5 * residual * residual / innovation)
            / (std::f64::consts::TAU * innovation).sqrt();
        let estimate = 1.1 + predicted / innovation * residual;
        total += weight;
        mean += weight * estimate;
        square += weight * (predicted * variance / innovation + estimate * estimate);
        second += if mode == 1 { weight } else { 0.0 };
    }
    let combined = belief.combined();
    assert!((belief.probabilities()[1] - second / total).abs() < 1e-15);
    assert!((log_likelihood - libm::log(total)).abs() < 1e-14);
    assert!((combined.mean[0] - mean / total).abs() < 1e-14);
    let variance = square / total - mean * mean / (total * total);
    assert!((combined.covariance[(0, 0)] - variance).abs() < 1e-13);
}

#[test]
fn likelihoods_that_underflow_still_weigh_the_modes() {
    let mut belief = Interacting::new([scalar(0.0, 1.0); 2], vector![0.5, 0.5]).expect("sound");
    let log = belief.update(|mode, _| Ok(-5_000.0 - mode as f64)).expect("finite");
    assert!((belief.probabilities()[1] - 1.0 / (1.0 + libm::exp(1.0))).abs() < 1e-15);
    assert!((log - (-5_000.0 + libm::log(0.5 + 0.5 * libm::exp(-1.0)))).abs() < 1e-12);
    // What is ruled out stays out, until a floor lets it back.
    belief.update(|mode, _| Ok(if mode == 0 { f64::NEG_INFINITY } else { 0.0 })).expect("one is left");
    assert_eq!(*belief.probabilities(), vector![0.0, 1.0]);
    belief.floor_probabilities(1e-3).expect("a floor");
    assert!((belief.probabilities()[0] - 1e-3 / 1.001).abs() < 1e-18);
}

#[test]
fn a_mode_out_of_reach_does_no_harm() {
    let mut belief =
        Interacting::new([scalar(0.0, 1.0), scalar(10.0, 2.0)], vector![0.0, 1.0]).expect("sound");
    let one_way = markov(matrix![0.9, 0.1; 0.0, 1.0]);
    belief.predict(&one_way, |_, state| state.predict_linear(&Matrix1::identity(), &matrix![1.0]));
    let update = |_: usize, state: &mut Gaussian<1>| {
        let residual = vector![9.0] - state.mean;
        Ok(state.update_linear(&residual, &matrix![1.0], &matrix![3.0])?.log_likelihood)
    };
    belief.update(update).expect("regular");
    assert_eq!(*belief.probabilities(), vector![0.0, 1.0]);
    assert_eq!(belief.combined(), belief.modes()[1]);
    assert_eq!(belief.combined(), scalar(9.5, 1.5));
}

#[test]
fn what_is_no_probability_is_an_error_that_says_which() {
    let transition = |from_to: Matrix2<f64>| ModeTransition::new(from_to).expect_err("no Markov matrix");
    assert_eq!(
        transition(matrix![1.0, 0.0; -0.1, 1.1]),
        ModeError::Transition { from: 1, to: 0, value: -0.1 }
    );
    assert_eq!(transition(matrix![0.5, 0.4; 0.0, 1.0]), ModeError::Row { from: 0, sum: 0.9 });
    assert!(matches!(
        transition(matrix![f64::NAN, 0.0; 0.0, 1.0]),
        ModeError::Transition { from: 0, to: 0, .. }
    ));
    let modes = [scalar(0.0, 1.0); 2];
    let belief = |probabilities: Vector2<f64>| Interacting::new(modes, probabilities);
    assert_eq!(belief(vector![1.5, -0.5]), Err(ModeError::Probability { mode: 0, value: 1.5 }));
    assert_eq!(belief(vector![0.5, 0.25]), Err(ModeError::Sum(0.75)));
    let mut sound = belief(vector![0.5, 0.5]).expect("sound");
    for floor in [-1e-12, 0.51, f64::NAN] {
        assert!(
            matches!(sound.floor_probabilities(floor), Err(ModeError::Floor { modes: 2, .. })),
            "{floor}"
        );
    }
}

#[test]
fn an_update_that_fails_leaves_the_belief_as_it_was() {
    let mut belief = Interacting::new([scalar(0.0, 1.0); 2], vector![0.5, 0.5]).expect("sound");
    let before = belief;
    let moved = |log: f64| {
        move |mode: usize, state: &mut Gaussian<1>| {
            state.mean[0] += 1.0;
            Ok(if mode == 1 { log } else { f64::NEG_INFINITY })
        }
    };
    assert!(matches!(belief.update(moved(f64::NAN)), Err(ModeError::Likelihood { mode: 1, .. })));
    assert!(matches!(belief.update(moved(f64::INFINITY)), Err(ModeError::Likelihood { mode: 1, .. })));
    assert_eq!(belief.update(moved(f64::NEG_INFINITY)), Err(ModeError::Unexplained));
    let reason = NotPositiveDefinite { size: 1, index: 0, pivot: -1.0 };
    assert_eq!(belief.update(|_, _| Err(reason.into())), Err(ModeError::Covariance(reason)));
    assert_eq!(belief, before);
}
