//! The extended and the unscented filter on elevation, azimuth and range, as the run says: with `alpha`, `beta` and `kappa`
//! it is unscented.

use super::kalman::{motion, steps};
use super::step::Step;
use super::{Deviations, EXACT, Place, ReferenceError};
use fusion_core::filter::{Gaussian, Innovation, MeasurementModel, SigmaRule};
use nalgebra::{Matrix3, Matrix3x6, Vector3, Vector6, vector};

/// A middle sigma point that weighs so much less than nothing costs no digit of [`EXACT`]; ten times as much costs one.
const HARMLESS_WEIGHT: f64 = 10.0;

pub(super) fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError> {
    let mut deviations = Deviations::new();
    for run in document.get("runs")?.list()? {
        follow(&run, &mut deviations)?;
    }
    Ok(deviations)
}

fn follow(run: &Place<'_>, deviations: &mut Deviations) -> Result<(), ReferenceError> {
    let inputs = run.get("inputs")?;
    let rule = match run.optional("alpha") {
        Some(alpha) => Some(SigmaRule {
            alpha: alpha.number()?,
            beta: run.get("beta")?.number()?,
            kappa: run.get("kappa")?.number()?,
        }),
        None => None,
    };
    let model = ElevationAzimuthRange { sensor_m: inputs.get("sensor_position")?.vector()? };
    let noise = inputs.get("R")?.matrix::<3, 3>()?;
    let mut state =
        Gaussian { mean: inputs.get("x0")?.vector::<6>()?, covariance: inputs.get("P0")?.matrix()? };
    for (index, (measured, output)) in steps(&inputs, &run.get("outputs")?)?.into_iter().enumerate() {
        let (transition, process_noise) = motion::<6>(&inputs, index)?;
        match &rule {
            None => state.predict_linear(&transition, &process_noise),
            Some(rule) => {
                let predicted = state.predict_unscented(rule, |state| transition * state, &process_noise);
                output.calculated(predicted)?;
            }
        }
        let tolerance = rule.map_or(EXACT, |rule| EXACT * lost_digits(rule));
        let mut step = Step { output: &output, deviations, tolerance };
        step.vector("predicted_mean", &state.mean)?;
        step.covariance("predicted_cov", &state.covariance)?;
        if let Some(place) = measured.present() {
            let measured = place.vector::<3>()?;
            if rule.is_none() {
                step.matrix("H", &model.jacobian(&state.mean))?;
            }
            let innovation = match &rule {
                None => state.update_extended(&measured, &noise, &model, 1),
                Some(rule) => state.update_unscented(&measured, &noise, &model, rule),
            };
            compare_innovation(&mut step, &measured, &place.calculated(innovation)?)?;
        }
        step.vector("posterior_mean", &state.mean)?;
        step.covariance("posterior_cov", &state.covariance)?;
    }
    Ok(())
}

fn compare_innovation(
    step: &mut Step<'_, '_>,
    measured: &Vector3<f64>,
    innovation: &Innovation<3>,
) -> Result<(), ReferenceError> {
    if let Some(theirs) = step.output.optional("predicted_measurement") {
        // On their side of the cut.
        let theirs = theirs.vector::<3>()?;
        let ours = theirs + wrapped(&(measured - innovation.residual - theirs));
        step.vector("predicted_measurement", &ours)?;
    }
    step.vector("innovation", &innovation.residual)?;
    step.covariance("innovation_cov", &innovation.covariance)?;
    step.number("nis", innovation.normalised_squared)?;
    step.number("log_likelihood", innovation.log_likelihood)
}

/// By what factor results of this rule are less exact: covariances are differences of numbers that many times as large.
fn lost_digits(rule: SigmaRule) -> f64 {
    let middle = 1.0 - 6.0 / (rule.alpha * rule.alpha * (6.0 + rule.kappa));
    (middle.abs() / HARMLESS_WEIGHT).max(1.0)
}

/// Elevation from the x-y plane and azimuth from x towards y (rad), and range (m), of a state `[x, vx, y, vy, z, vz]`.
struct ElevationAzimuthRange {
    sensor_m: Vector3<f64>,
}

impl ElevationAzimuthRange {
    fn offset_m(&self, state: &Vector6<f64>) -> Vector3<f64> {
        vector![state[0], state[2], state[4]] - self.sensor_m
    }
}

impl MeasurementModel<6, 3> for ElevationAzimuthRange {
    fn predict(&self, state: &Vector6<f64>) -> Vector3<f64> {
        let offset = self.offset_m(state);
        let range = offset.norm();
        vector![libm::asin(offset.z / range), libm::atan2(offset.y, offset.x), range]
    }

    fn jacobian(&self, state: &Vector6<f64>) -> Matrix3x6<f64> {
        let offset = self.offset_m(state);
        let (range, level) = (offset.norm(), libm::hypot(offset.x, offset.y));
        let by_position = Matrix3::from_rows(&[
            vector![-offset.x * offset.z / level, -offset.y * offset.z / level, level].transpose()
                / (range * range),
            vector![-offset.y, offset.x, 0.0].transpose() / (level * level),
            offset.transpose() / range,
        ]);
        let mut jacobian = Matrix3x6::zeros();
        for axis in 0..3 {
            jacobian.set_column(2 * axis, &by_position.column(axis));
        }
        jacobian
    }

    fn difference(&self, first: &Vector3<f64>, second: &Vector3<f64>) -> Vector3<f64> {
        wrapped(&(first - second))
    }

    /// Circular means of the angles, the plain one of the range.
    fn mean(&self, weighted: &[(f64, Vector3<f64>)]) -> Vector3<f64> {
        let circular = |index: usize| {
            let (mut sine, mut cosine) = (0.0, 0.0);
            for (weight, measurement) in weighted {
                sine += weight * libm::sin(measurement[index]);
                cosine += weight * libm::cos(measurement[index]);
            }
            libm::atan2(sine, cosine)
        };
        let range = weighted.iter().fold(0.0, |sum, (weight, measurement)| sum + weight * measurement[2]);
        vector![circular(0), circular(1), range]
    }
}

/// A difference of measurements with its angles in [-pi, pi].
fn wrapped(difference: &Vector3<f64>) -> Vector3<f64> {
    let turn = std::f64::consts::TAU;
    vector![libm::remainder(difference[0], turn), libm::remainder(difference[1], turn), difference[2]]
}
