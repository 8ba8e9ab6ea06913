//! Interacting multiple models over linear filters, step by step.

use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::filter::{Gaussian, Interacting, ModeTransition};
use nalgebra::{SMatrix, SVector};

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for case in document.get("runs")?.list()? {
        run_of_any_size(&case, &mut deviations)?;
    }
    Ok(deviations)
}

/// Sizes of state and measurement: positions with their velocities, or accelerations as well, on one to three axes.
fn run_of_any_size(case: &Place<'_>, deviations: &mut Deviations) -> Result<(), ReferenceError> {
    let inputs = case.get("inputs")?;
    let size = |key: &str| inputs.get(key)?.length();
    match (size("x0")?, size("H")?) {
        (2, 1) => run_of_any_modes::<2, 1>(case, deviations),
        (3, 1) => run_of_any_modes::<3, 1>(case, deviations),
        (4, 2) => run_of_any_modes::<4, 2>(case, deviations),
        (6, 2) => run_of_any_modes::<6, 2>(case, deviations),
        (6, 3) => run_of_any_modes::<6, 3>(case, deviations),
        (9, 3) => run_of_any_modes::<9, 3>(case, deviations),
        (state, measured) => Err(inputs.unsupported(format!(
            "of positions and their one or two derivatives on one to three axes, not {state} states and {measured} measured"
        ))),
    }
}

fn run_of_any_modes<const N: usize, const M: usize>(
    case: &Place<'_>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    let modes = case.get("inputs")?.get("mu0")?;
    match modes.length()? {
        1 => run::<N, M, 1>(case, deviations),
        2 => run::<N, M, 2>(case, deviations),
        3 => run::<N, M, 3>(case, deviations),
        4 => run::<N, M, 4>(case, deviations),
        other => Err(modes.unsupported(format!("of 1 to 4 modes, not {other}"))),
    }
}

fn run<const N: usize, const M: usize, const K: usize>(
    case: &Place<'_>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    let inputs = case.get("inputs")?;
    let start =
        Gaussian { mean: inputs.get("x0")?.vector::<N>()?, covariance: inputs.get("P0")?.matrix::<N, N>()? };
    let (jacobian, noise) = (inputs.get("H")?.matrix::<M, N>()?, inputs.get("R")?.matrix::<M, M>()?);
    let transitions = per_mode::<N, K>(&inputs.get("F")?)?;
    let process_noises = per_mode::<N, K>(&inputs.get("Q")?)?;
    let markov = inputs.get("M")?;
    let markov = markov.calculated(ModeTransition::new(markov.matrix::<K, K>()?))?;
    let probabilities = inputs.get("mu0")?;
    let mut belief = probabilities.calculated(Interacting::new([start; K], probabilities.vector::<K>()?))?;

    let (measurements, outputs) = (inputs.get("measurements")?.list()?, case.get("outputs")?.list()?);
    if measurements.len() != outputs.len() {
        return Err(case.unsupported("of as many outputs as measurements"));
    }
    for (measured, output) in measurements.iter().zip(&outputs) {
        belief.predict(&markov, |mode, state| {
            state.predict_linear(&transitions[mode], &process_noises[mode]);
        });
        if let Some(measured) = measured.present() {
            let value = measured.vector::<M>()?;
            let mut logs = SVector::<f64, K>::zeros();
            let update = |mode: usize, state: &mut Gaussian<N>| {
                let residual = value - jacobian * state.mean;
                logs[mode] = state.update_linear(&residual, &jacobian, &noise)?.log_likelihood;
                Ok(logs[mode])
            };
            measured.calculated(belief.update(update))?;
            let theirs = output.get("likelihoods")?.vector::<K>()?.map(libm::log);
            deviations.relative("log-likelihoods", EXACT, logs.as_slice(), theirs.as_slice())?;
        }
        compare(&belief, output, deviations)?;
    }
    Ok(())
}

/// A square matrix for each mode.
fn per_mode<const N: usize, const K: usize>(
    place: &Place<'_>,
) -> Result<[SMatrix<f64, N, N>; K], ReferenceError> {
    let matrices = place.list()?.iter().map(Place::matrix).collect::<Result<Vec<_>, _>>()?;
    matrices.try_into().map_err(|_| place.unsupported(format!("one matrix for each of {K} modes")))
}

fn compare<const N: usize, const K: usize>(
    belief: &Interacting<N, K>,
    output: &Place<'_>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    let theirs = output.get("mode_probabilities")?.vector::<K>()?;
    deviations.absolute("mode probabilities", EXACT, belief.probabilities().as_slice(), theirs.as_slice())?;
    let combined = belief.combined();
    let mean = output.get("combined_mean")?.vector::<N>()?;
    deviations.relative("combined mean", EXACT, combined.mean.as_slice(), mean.as_slice())?;
    let covariance = output.get("combined_cov")?.matrix::<N, N>()?;
    deviations.relative(
        "combined covariance",
        EXACT,
        combined.covariance.as_slice(),
        covariance.as_slice(),
    )?;
    let (means, covariances) = (output.get("model_means")?, per_mode::<N, K>(&output.get("model_covs")?)?);
    let means = means.matrix::<K, N>()?;
    for (mode, (state, covariance)) in belief.modes().iter().zip(&covariances).enumerate() {
        let mean = means.row(mode).transpose();
        deviations.relative("mean of each mode", EXACT, state.mean.as_slice(), mean.as_slice())?;
        deviations.relative(
            "covariance of each mode",
            EXACT,
            state.covariance.as_slice(),
            covariance.as_slice(),
        )?;
    }
    Ok(())
}
