//! The linear Kalman filter: any state, any measurement that is a matrix of it, missing measurements as null.

use super::json::for_sizes;
use super::step::Step;
use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::filter::Gaussian;
use nalgebra::{SMatrix, matrix};

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let inputs = document.get("inputs")?;
    let (states, measured) = (inputs.get("x0")?.length()?, inputs.get("H")?.length()?);
    for_sizes!(inputs, states, measured, run(document, &inputs))
}

fn run<const N: usize, const M: usize>(
    document: &Place<'_>,
    inputs: &Place<'_>,
) -> Result<Deviations, ReferenceError> {
    let (jacobian, noise) = (inputs.get("H")?.matrix::<M, N>()?, inputs.get("R")?.matrix::<M, M>()?);
    let mut state =
        Gaussian { mean: inputs.get("x0")?.vector::<N>()?, covariance: inputs.get("P0")?.matrix()? };
    let mut deviations = Deviations::new();
    for (index, (measured, output)) in steps(inputs, &document.get("outputs")?)?.into_iter().enumerate() {
        let (transition, process_noise) = motion::<N>(inputs, index)?;
        let mut step = Step { output: &output, deviations: &mut deviations, tolerance: EXACT };
        state.predict_linear(&transition, &process_noise);
        step.vector("predicted_mean", &state.mean)?;
        step.covariance("predicted_cov", &state.covariance)?;
        if let Some(measured) = measured.present() {
            let residual = measured.vector::<M>()? - jacobian * state.mean;
            let innovation = measured.calculated(state.update_linear(&residual, &jacobian, &noise))?;
            step.vector("innovation", &innovation.residual)?;
            step.covariance("innovation_cov", &innovation.covariance)?;
            step.number("nis", innovation.normalised_squared)?;
            step.number("log_likelihood", innovation.log_likelihood)?;
        }
        step.vector("posterior_mean", &state.mean)?;
        step.covariance("posterior_cov", &state.covariance)?;
    }
    Ok(deviations)
}

/// Each measurement, perhaps null, with the outputs of its step.
pub(super) fn steps<'a>(
    inputs: &Place<'a>,
    outputs: &Place<'a>,
) -> Result<Vec<(Place<'a>, Place<'a>)>, ReferenceError> {
    let (measurements, outputs) = (inputs.get("measurements")?.list()?, outputs.list()?);
    if measurements.len() != outputs.len() {
        let (ours, theirs) = (measurements.len(), outputs.len());
        return Err(ReferenceError::Lengths { quantity: "steps".to_owned(), ours, theirs });
    }
    Ok(measurements.into_iter().zip(outputs).collect())
}

/// Transition and process noise of a step: the file's own F and Q, or else white-noise acceleration of density `q` over `dt`
/// or over the step's member of `dts`, for axes of position and velocity that follow one another.
pub(super) fn motion<const N: usize>(
    inputs: &Place<'_>,
    index: usize,
) -> Result<(SMatrix<f64, N, N>, SMatrix<f64, N, N>), ReferenceError> {
    if let (Some(transition), Some(noise)) = (inputs.optional("F"), inputs.optional("Q")) {
        return Ok((transition.matrix()?, noise.matrix()?));
    }
    if N % 2 == 1 {
        return Err(inputs.unsupported("of position and velocity by axis, or with F and Q"));
    }
    let t = match inputs.optional("dts") {
        Some(steps) => {
            let lengths = steps.list()?;
            lengths.get(index).ok_or_else(|| steps.unsupported("as long as the measurements"))?.number()?
        }
        None => inputs.get("dt")?.number()?,
    };
    let axis_noise = matrix![t * t * t / 3.0, t * t / 2.0; t * t / 2.0, t] * inputs.get("q")?.number()?;
    let (mut transition, mut noise) = (SMatrix::<f64, N, N>::identity(), SMatrix::<f64, N, N>::zeros());
    for axis in (0..N).step_by(2) {
        transition[(axis, axis + 1)] = t;
        noise.view_mut((axis, axis), (2, 2)).copy_from(&axis_noise);
    }
    Ok((transition, noise))
}
