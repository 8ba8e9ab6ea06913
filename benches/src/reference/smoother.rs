//! The Rauch-Tung-Striebel smoother over a linear filter's run.

use super::json::for_sizes;
use super::{Deviations, EXACT, Place, ReferenceError, kalman};
use fusion_core::filter::{FilteredStep, Gaussian, Motion, smooth_interval};

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let inputs = document.get("inputs")?;
    let (state, measured) = (inputs.get("x0")?, inputs.get("H")?);
    for_sizes!(state, state.length()?, measured.length()?, run(&inputs, &document.get("outputs")?))
}

fn run<const N: usize, const M: usize>(
    inputs: &Place<'_>,
    outputs: &Place<'_>,
) -> Result<Deviations, ReferenceError> {
    let prior = Gaussian { mean: inputs.get("x0")?.vector()?, covariance: inputs.get("P0")?.matrix()? };
    let (jacobian, noise) = (inputs.get("H")?.matrix::<M, N>()?, inputs.get("R")?.matrix::<M, M>()?);
    let (mut before, mut steps) = (prior, Vec::new());
    for (index, measured) in inputs.get("measurements")?.list()?.iter().enumerate() {
        let (transition, process_noise) = kalman::motion::<N>(inputs, index)?;
        let mut step = FilteredStep::predict(&before, &Motion::linear(transition, process_noise));
        if let Some(measured) = measured.present() {
            let residual = measured.vector::<M>()? - jacobian * step.filtered.mean;
            measured.calculated(step.filtered.update_linear(&residual, &jacobian, &noise))?;
        }
        before = step.filtered;
        steps.push(step);
    }
    let smoothed = outputs.calculated(smooth_interval(&prior, &steps))?;
    let (means, covariances) = (outputs.get("smoothed_mean")?.list()?, outputs.get("smoothed_cov")?.list()?);
    if (means.len(), covariances.len()) != (steps.len(), steps.len()) {
        return Err(outputs.unsupported(format!("{} smoothed means and covariances", steps.len())));
    }
    let mut deviations = Deviations::new();
    let mut compare = |ours: &Gaussian<N>, mean: &Place<'_>, covariance: &Place<'_>| {
        let (mean, covariance) = (mean.vector::<N>()?, covariance.matrix::<N, N>()?);
        deviations.relative("smoothed mean", EXACT, ours.mean.as_slice(), mean.as_slice())?;
        deviations.relative("smoothed covariance", EXACT, ours.covariance.as_slice(), covariance.as_slice())
    };
    for (ours, (mean, covariance)) in smoothed[1..].iter().zip(means.iter().zip(&covariances)) {
        compare(ours, mean, covariance)?;
    }
    if let Some(first) = outputs.optional("smoothed_t0") {
        compare(&smoothed[0], &first.get("mean")?, &first.get("cov")?)?;
    }
    Ok(deviations)
}
