//! The filters that are compared.

use crate::textbook::{Farina, Julier, Problem};
use fusion_core::filter::{Gaussian, SigmaRule};
use fusion_core::math::symmetric::NotPositiveDefinite;
use nalgebra::{Vector2, matrix};

type Outcome = Result<(), NotPositiveDefinite>;

/// A filter: how it predicts a problem's state by a step, and how it takes a measurement in.
pub(super) struct Method<const N: usize, P> {
    pub name: &'static str,
    /// What the reference files call it, where they have it.
    pub reference: Option<&'static str>,
    pub predict: fn(&P, &mut Gaussian<N>) -> Outcome,
    pub update: fn(&P, &mut Gaussian<N>, &Vector2<f64>) -> Outcome,
}

/// Gauss-Newton steps of the iterated filter, at most.
const ITERATIONS: usize = 20;
/// N + kappa = 3: the fourth moments of a Gaussian. Alpha and beta for five states as the toolbox has them.
const UNSCENTED_5: SigmaRule = SigmaRule { alpha: 0.5, beta: 2.0, kappa: -2.0 };
const UNSCENTED_4: SigmaRule = SigmaRule { alpha: 1.0, beta: 0.0, kappa: -1.0 };

pub(super) fn of_julier() -> Vec<Method<5, Julier>> {
    let unscented = Method {
        name: "unscented",
        reference: Some("ukf_alpha0.5_beta2_kappa-2"),
        predict: |problem, state| sigma_predict(problem, state, &UNSCENTED_5),
        update: |problem, state, measured| sigma_update(problem, state, measured, &UNSCENTED_5),
    };
    of_any_problem(["ekf", "ckf"], unscented).into()
}

pub(super) fn of_farina() -> Vec<Method<4, Farina>> {
    let unscented = Method {
        name: "unscented",
        reference: Some("ukf_k-1_polar"),
        predict: |problem, state| sigma_predict(problem, state, &UNSCENTED_4),
        update: |problem, state, measured| sigma_update(problem, state, measured, &UNSCENTED_4),
    };
    let mut methods = Vec::from(of_any_problem(["ekf_polar", "ckf_polar"], unscented));
    methods.extend([
        Method {
            name: "extended, converted",
            reference: Some("ekf_converted"),
            predict: extended,
            update: converted,
        },
        Method {
            name: "unscented, converted",
            reference: Some("ukf_k-1_converted"),
            predict: |problem, state| sigma_predict(problem, state, &UNSCENTED_4),
            update: converted,
        },
    ]);
    methods
}

/// The filters without settings of their own, by the names that the reference files have for the extended and the cubature
/// one, around an unscented one.
fn of_any_problem<const N: usize, P: Problem<N>>(
    [extended_name, cubature_name]: [&'static str; 2],
    unscented: Method<N, P>,
) -> [Method<N, P>; 4] {
    [
        Method {
            name: "extended",
            reference: Some(extended_name),
            predict: extended,
            update: iterated::<N, _, 1>,
        },
        Method {
            name: "iterated extended",
            reference: None,
            predict: extended,
            update: iterated::<N, _, ITERATIONS>,
        },
        unscented,
        Method {
            name: "cubature",
            reference: Some(cubature_name),
            predict: |problem, state| sigma_predict(problem, state, &SigmaRule::CUBATURE),
            update: |problem, state, measured| sigma_update(problem, state, measured, &SigmaRule::CUBATURE),
        },
    ]
}

fn extended<const N: usize, P: Problem<N>>(problem: &P, state: &mut Gaussian<N>) -> Outcome {
    let (mean, jacobian) = (problem.step(&state.mean), problem.step_jacobian(&state.mean));
    state.predict_extended(&mean, &jacobian, &problem.process_noise());
    Ok(())
}

fn iterated<const N: usize, P: Problem<N>, const ITERATIONS: usize>(
    problem: &P,
    state: &mut Gaussian<N>,
    measured: &Vector2<f64>,
) -> Outcome {
    state.update_extended(measured, &problem.measurement_noise(), problem, ITERATIONS).map(|_| ())
}

fn sigma_predict<const N: usize, P: Problem<N>>(
    problem: &P,
    state: &mut Gaussian<N>,
    rule: &SigmaRule,
) -> Outcome {
    state.predict_unscented(rule, |state| problem.step(state), &problem.process_noise())
}

fn sigma_update<const N: usize, P: Problem<N>>(
    problem: &P,
    state: &mut Gaussian<N>,
    measured: &Vector2<f64>,
    rule: &SigmaRule,
) -> Outcome {
    state.update_unscented(measured, &problem.measurement_noise(), problem, rule).map(|_| ())
}

/// The measurement turned into a position first.
fn converted(problem: &Farina, state: &mut Gaussian<4>, measured: &Vector2<f64>) -> Outcome {
    let (position_m, noise_m2) = problem.converted(measured);
    let jacobian = matrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0];
    state.update_linear(&(position_m - jacobian * state.mean), &jacobian, &noise_m2).map(|_| ())
}
