//! Transition and noise matrices of linear motion: constant velocity, constant acceleration, Singer, known turn rate.

use super::{Deviations, Place, ReferenceError};
use fusion_core::dynamics::transition::{
    constant_acceleration, constant_acceleration_noise, constant_velocity, constant_velocity_noise,
    known_turn, known_turn_noise, singer, singer_noise,
};
use nalgebra::SMatrix;

/// Tolerance for what both sides have in closed form.
const CLOSED_FORM: f64 = 1e-12;
/// Tolerance for Singer's model, whose noise the files have by numerical integration.
const INTEGRATED: f64 = 1e-8;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for output in document.get("outputs")?.list()? {
        let model = output.get("model")?;
        let (seconds, density) = (output.get("dt")?.number()?, output.get("q")?);
        // What follows the name in brackets says what the states are.
        match model.text()?.split(' ').next().unwrap_or_default() {
            "ConstantVelocity" => {
                let ours = [constant_velocity(seconds), constant_velocity_noise(seconds, density.number()?)];
                compare(&mut deviations, "constant velocity", CLOSED_FORM, ours, &output)?;
            }
            "ConstantAcceleration" => {
                let ours =
                    [constant_acceleration(seconds), constant_acceleration_noise(seconds, density.number()?)];
                compare(&mut deviations, "constant acceleration", CLOSED_FORM, ours, &output)?;
            }
            "Singer" => {
                let damping = output.get("damping")?.number()?;
                let ours = [singer(seconds, damping), singer_noise(seconds, damping, density.number()?)];
                compare(&mut deviations, "Singer", INTEGRATED, ours, &output)?;
            }
            "KnownTurnRate" => {
                let rate = output.get("turn_rate")?.number()?;
                let ours =
                    [known_turn(seconds, rate), known_turn_noise(seconds, density.vector::<2>()?.into())];
                compare(&mut deviations, "known turn rate", CLOSED_FORM, ours, &output)?;
            }
            _ => return Err(model.unsupported("the name of a linear model of motion")),
        }
    }
    Ok(deviations)
}

/// Compares transition and noise in their own size, as noise over short spans is small and right only where its digits
/// are: a transition relative to each entry (or a thousandth), a noise relative to its standard deviations.
fn compare<const N: usize>(
    deviations: &mut Deviations,
    name: &str,
    tolerance: f64,
    [transition, noise]: [SMatrix<f64, N, N>; 2],
    output: &Place<'_>,
) -> Result<(), ReferenceError> {
    let theirs = output.get("F")?.matrix::<N, N>()?;
    let scale = theirs.map(|entry| entry.abs().max(1e-3));
    let [ours, theirs] = [transition, theirs].map(|matrix| matrix.component_div(&scale));
    deviations.relative(&format!("{name}: transition"), tolerance, ours.as_slice(), theirs.as_slice())?;

    let theirs = output.get("Q")?.matrix::<N, N>()?;
    let scale = SMatrix::<f64, N, N>::from_fn(|row, column| {
        (theirs[(row, row)] * theirs[(column, column)]).abs().sqrt().max(f64::MIN_POSITIVE)
    });
    let [ours, theirs] = [noise, theirs].map(|matrix| matrix.component_div(&scale));
    deviations.relative(&format!("{name}: noise"), tolerance, ours.as_slice(), theirs.as_slice())
}
