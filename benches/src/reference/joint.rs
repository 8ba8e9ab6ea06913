//! Joint probabilistic data association: probabilities and moment-matched posteriors of linear cases.

use super::json::for_sizes;
use super::kalman::motion;
use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::association::{joint_probabilities, probabilistic_update};
use fusion_core::filter::Gaussian;
use fusion_core::math::symmetric::Cholesky;
use nalgebra::SVector;

/// More joint events than any file of this kind can have been made of.
const EVENTS: usize = 10_000_000;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for case in document.get("cases")?.list()? {
        // H has a row for each measured number, and a column for each state.
        let rows = case.get("inputs")?.get("H")?.list()?;
        let states = rows.first().map_or(Ok(0), Place::length)?;
        for_sizes!(case, states, rows.len(), case_of(&case, &mut deviations))?;
    }
    Ok(deviations)
}

/// The numbers of a list of lists, one after the other.
fn flat(rows: &Place<'_>) -> Result<Vec<f64>, ReferenceError> {
    Ok(rows.list()?.iter().map(Place::numbers).collect::<Result<Vec<_>, _>>()?.concat())
}

fn case_of<const N: usize, const M: usize>(
    case: &Place<'_>,
    deviations: &mut Deviations,
) -> Result<(), ReferenceError> {
    let inputs = case.get("inputs")?;
    let number = |key: &str| inputs.get(key)?.number();
    let (detection, in_gate, density) = (number("Pd")?, number("Pg")?, number("clutter_density")?);
    let gate = inputs.optional("gate_chi2").map_or(Ok(f64::INFINITY), |gate| gate.number())?;
    let (jacobian, noise) = (inputs.get("H")?.matrix::<M, N>()?, inputs.get("R")?.matrix::<M, M>()?);
    let (transition, process_noise) = motion::<N>(&inputs, 0)?;
    let measurements: Vec<SVector<f64, M>> =
        inputs.get("measurements")?.list()?.iter().map(Place::vector).collect::<Result<_, _>>()?;

    let (mut states, mut log_weights) = (Vec::new(), Vec::new());
    let (mut predicted, mut innovations) = (Vec::new(), Vec::new());
    let (means, covariances) = (inputs.get("prior_means")?.list()?, inputs.get("prior_covs")?.list()?);
    for (mean, covariance) in means.iter().zip(&covariances) {
        let mut state = Gaussian::<N> { mean: mean.vector()?, covariance: covariance.matrix()? };
        state.predict_linear(&transition, &process_noise);
        let innovation = jacobian * state.covariance * jacobian.transpose() + noise;
        let factor = case.calculated(Cholesky::new(&innovation))?;
        let log_norm = 0.5 * (M as f64 * libm::log(std::f64::consts::TAU) + factor.log_determinant());
        let log_weight = |measured: &SVector<f64, M>| {
            let squared = factor.mahalanobis_squared(&(measured - jacobian * state.mean));
            let is_gated = squared <= gate;
            if is_gated {
                libm::log(detection / density) - 0.5 * squared - log_norm
            } else {
                f64::NEG_INFINITY
            }
        };
        predicted.extend_from_slice((jacobian * state.mean).as_slice());
        innovations.extend_from_slice(innovation.as_slice());
        log_weights.push(measurements.iter().map(log_weight).collect::<Vec<_>>());
        states.push(state);
    }
    if let Some(theirs) = case.optional("predicted_measurements") {
        deviations.relative("predicted measurements", EXACT, &predicted, &flat(&theirs)?)?;
    }
    if let Some(theirs) = case.optional("innovation_covs") {
        // Symmetric, so that rows and columns are the same.
        let theirs = theirs.list()?.iter().map(flat).collect::<Result<Vec<_>, _>>()?.concat();
        deviations.relative("innovation covariances", EXACT, &innovations, &theirs)?;
    }
    let log_misses = vec![libm::log1p(-detection * in_gate); states.len()];
    let shares = case.calculated(joint_probabilities(&log_weights, &log_misses, EVENTS))?;

    let (rows, posteriors) = (case.get("association_probabilities")?.list()?, case.get("posterior")?.list()?);
    let counts = [shares.len() as f64; 3];
    let theirs = [rows.len() as f64, posteriors.len() as f64, covariances.len() as f64];
    deviations.absolute("targets, counted", 0.0, &counts, &theirs)?;
    for (((share, state), row), posterior) in shares.iter().zip(&states).zip(&rows).zip(&posteriors) {
        let ours: Vec<f64> =
            std::iter::once(share.missed).chain(share.measurements.iter().copied()).collect();
        deviations.absolute("association probabilities", EXACT, &ours, &row.numbers()?)?;
        let residuals = measurements.iter().map(|measured| measured - jacobian * state.mean);
        let weighted: Vec<_> = share.measurements.iter().copied().zip(residuals).collect();
        let updated = case.calculated(probabilistic_update(state, &weighted, &jacobian, &noise))?;
        let mean = posterior.get("mean")?.vector::<N>()?;
        deviations.relative("posterior mean", EXACT, updated.mean.as_slice(), mean.as_slice())?;
        let covariance = posterior.get("cov")?.matrix::<N, N>()?;
        deviations.relative(
            "posterior covariance",
            EXACT,
            updated.covariance.as_slice(),
            covariance.as_slice(),
        )?;
    }
    Ok(())
}
