//! An adaptive integrator for the truth: Dormand-Prince 5(4) with its own dense output.
//!
//! Ours, so that its bits are pinned with this repository: only additions, multiplications and square roots, and a
//! step controller that uses `libm`. Dormand and Prince, *J. Comput. Appl. Math.* 6 (1980) 19-26; dense output and
//! controller as in Hairer, Nørsett and Wanner, *Solving Ordinary Differential Equations I*, II.4 and II.6.

use nalgebra::SVector;
use std::ops::ControlFlow;
use thiserror::Error;

/// Times of the stages as fractions of the step.
const NODES: [f64; 7] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];

/// Weights of the earlier stages in each stage; the last row is the fifth-order solution (first same as last).
const STAGES: [[f64; 6]; 7] = [
    [0.0; 6],
    [1.0 / 5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19_372.0 / 6_561.0, -25_360.0 / 2_187.0, 64_448.0 / 6_561.0, -212.0 / 729.0, 0.0, 0.0],
    [9_017.0 / 3_168.0, -355.0 / 33.0, 46_732.0 / 5_247.0, 49.0 / 176.0, -5_103.0 / 18_656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1_113.0, 125.0 / 192.0, -2_187.0 / 6_784.0, 11.0 / 84.0],
];

/// Fifth-order minus fourth-order weights: the error estimate.
const ERROR: [f64; 7] = [
    71.0 / 57_600.0,
    0.0,
    -71.0 / 16_695.0,
    71.0 / 1_920.0,
    -17_253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// Weights of the fourth-order dense output.
const DENSE: [f64; 7] = [
    -12_715_105_075.0 / 11_282_082_432.0,
    0.0,
    87_487_479_700.0 / 32_700_410_799.0,
    -10_690_763_975.0 / 1_880_347_072.0,
    701_980_252_875.0 / 199_316_789_632.0,
    -1_453_857_185.0 / 822_651_844.0,
    69_997_945.0 / 29_380_423.0,
];

/// More steps than any flight needs (a few hundred): a bound, so that no input can keep the integrator busy.
const MAXIMUM_STEPS: usize = 20_000;

/// The integrator could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum IntegrationError {
    /// The step became too small or the state not finite.
    #[error("the integration broke down {0} s after launch")]
    Breakdown(f64),
    /// The largest number of steps was reached.
    #[error("the integration took more than {MAXIMUM_STEPS} steps and had reached {0} s after launch")]
    TooManySteps(f64),
}

/// One accepted step, which knows the solution everywhere inside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step<const N: usize> {
    /// Begin of the step, s.
    pub start_s: f64,
    /// Its length, s.
    pub length_s: f64,
    parts: [SVector<f64, N>; 5],
}

impl<const N: usize> Step<N> {
    /// End of the step, s.
    pub fn end_s(&self) -> f64 {
        self.start_s + self.length_s
    }

    /// The solution at an instant of the step: fourth order, continuous with a continuous slope.
    pub fn at(&self, time_s: f64) -> SVector<f64, N> {
        let done = (time_s - self.start_s) / self.length_s;
        let left = 1.0 - done;
        let [begin, rise, first, second, third] = &self.parts;
        begin + (rise + (first + (second + third * left) * done) * left) * done
    }

    /// The instant in the step at which `value` changes its sign, by bisection; it must differ between the ends.
    pub fn root(&self, value: impl Fn(&SVector<f64, N>) -> f64) -> f64 {
        let (mut low_s, mut high_s) = (self.start_s, self.end_s());
        let low_is_positive = value(&self.at(low_s)) > 0.0;
        // Fifty halvings bring any step below a nanosecond's rounding.
        for _ in 0..50 {
            let middle_s = 0.5 * (low_s + high_s);
            if (value(&self.at(middle_s)) > 0.0) == low_is_positive {
                low_s = middle_s;
            } else {
                high_s = middle_s;
            }
        }
        high_s
    }
}

/// Integrates `derivative(time_s, state)` from `start` to `end_s`, or until `visit` breaks off.
///
/// `tolerance` is the error allowed in one step for each component, in its own unit. `visit` sees every accepted step
/// in order and may keep it, look for events in it and stop.
///
/// # Errors
/// [`IntegrationError`] when the state is no longer finite or the steps are too many.
pub(crate) fn integrate<const N: usize>(
    derivative: impl Fn(f64, &SVector<f64, N>) -> SVector<f64, N>,
    start: (f64, SVector<f64, N>),
    end_s: f64,
    tolerance: &SVector<f64, N>,
    mut visit: impl FnMut(Step<N>) -> ControlFlow<()>,
) -> Result<(), IntegrationError> {
    let (mut time_s, mut state) = start;
    let mut slope = derivative(time_s, &state);
    let mut length_s = (0.01 * (end_s - time_s)).min(1.0);
    for _ in 0..MAXIMUM_STEPS {
        let last = time_s + length_s >= end_s;
        if last {
            length_s = end_s - time_s;
        }
        let mut slopes = [slope; 7];
        let mut reached = state;
        for stage in 1..7 {
            let mut change = SVector::<f64, N>::zeros();
            for (weight, earlier) in STAGES[stage].iter().zip(&slopes).take(stage) {
                change += earlier * *weight;
            }
            reached = state + change * length_s;
            slopes[stage] = derivative(time_s + NODES[stage] * length_s, &reached);
        }
        let error = weighted(&ERROR, &slopes) * length_s;
        let squares =
            error.zip_fold(tolerance, 0.0, |sum, error, allowed| sum + (error / allowed) * (error / allowed));
        let ratio = (squares / N as f64).sqrt();
        if ratio <= 1.0 {
            let rise = reached - state;
            let bend = slope * length_s - rise;
            let other = rise - slopes[6] * length_s - bend;
            let third = weighted(&DENSE, &slopes) * length_s;
            let step = Step { start_s: time_s, length_s, parts: [state, rise, bend, other, third] };
            if visit(step).is_break() || last {
                return Ok(());
            }
            (time_s, state, slope) = (time_s + length_s, reached, slopes[6]);
        }
        // The error of a step goes with its fifth power; a not-a-number ratio shrinks the step.
        let factor = if ratio.is_finite() { 0.9 * libm::pow(ratio.max(1e-10), -0.2) } else { 0.1 };
        length_s *= factor.clamp(0.2, 5.0);
        if !(length_s > 1e-9 && state.iter().all(|part| part.is_finite())) {
            return Err(IntegrationError::Breakdown(time_s));
        }
    }
    Err(IntegrationError::TooManySteps(time_s))
}

fn weighted<const N: usize>(weights: &[f64; 7], slopes: &[SVector<f64, N>; 7]) -> SVector<f64, N> {
    let mut sum = SVector::<f64, N>::zeros();
    for (weight, slope) in weights.iter().zip(slopes) {
        sum += slope * *weight;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Vector2;

    #[test]
    fn an_oscillator_comes_round_and_the_dense_output_is_as_good_as_the_steps() {
        let mut steps = Vec::new();
        let derivative = |_: f64, state: &Vector2<f64>| Vector2::new(state.y, -state.x);
        integrate(derivative, (0.0, Vector2::new(1.0, 0.0)), 20.0, &Vector2::repeat(1e-9), |step| {
            steps.push(step);
            ControlFlow::Continue(())
        })
        .expect("a smooth problem");
        for step in &steps {
            for part in 0..=8 {
                let time_s = step.start_s + step.length_s * f64::from(part) / 8.0;
                let error = (step.at(time_s) - Vector2::new(libm::cos(time_s), -libm::sin(time_s))).norm();
                assert!(error < 1e-7, "{time_s}: {error:e}");
            }
        }
        assert!(steps.len() < 400, "{} steps", steps.len());
        let crossing = steps.iter().find(|step| step.at(step.end_s()).x < 0.0).expect("a quarter turn");
        assert!((crossing.root(|state| state.x) - std::f64::consts::FRAC_PI_2).abs() < 1e-8);
    }

    #[test]
    fn a_problem_that_runs_away_is_an_error() {
        let derivative = |_: f64, state: &Vector2<f64>| state.component_mul(state);
        let keep_on = |_| ControlFlow::Continue(());
        let result =
            integrate(derivative, (0.0, Vector2::new(1.0, 1.0)), 2.0, &Vector2::repeat(1e-9), keep_on);
        assert!(matches!(result, Err(IntegrationError::Breakdown(_) | IntegrationError::TooManySteps(_))));
    }
}
