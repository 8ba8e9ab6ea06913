//! What the errors are held against, from the Jacobians at the truths of many runs.

use super::run::Benchmark;
use crate::accuracy::AccuracyError;
use fusion_core::assess::{BoundError, PosteriorBound, measurement_information};
use fusion_core::math::symmetric::{NotPositiveDefinite, inverse, symmetrise};
use nalgebra::{SMatrix, SVector};

/// Bounds of the position's root mean square error at each sampled step.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// The recursion along each truth, and the root of the mean of the variances: what a Kalman filter reaches that is told
    /// the Jacobians at the truth. It is what filters are held against, and what the file of Julier's problem prints; a theorem it is not.
    pub along: Vec<f64>,
    /// The posterior bound to the letter, with the expectations of information over all truths. It holds for any filter, but
    /// where truths differ in the direction from which they are seen it says little: a range to a metre from one direction
    /// here and from another there counts as if every truth were seen from both.
    pub posterior: Vec<f64>,
}

/// What the recursion needs of one step at one truth, or of its sum over truths.
#[derive(Clone, Copy)]
struct Step<const N: usize> {
    /// F, from the state before.
    transition: SMatrix<f64, N, N>,
    /// Fᵀ Q⁻¹ F.
    weighted: SMatrix<f64, N, N>,
    /// Hᵀ R⁻¹ H, at the state after.
    measurement: SMatrix<f64, N, N>,
}

/// One truth: its steps, and its own bound.
pub(super) struct Along<const N: usize> {
    prior_information: SMatrix<f64, N, N>,
    steps: Vec<Step<N>>,
    /// Squares of the position's bound at the sampled steps.
    squares: Vec<f64>,
}

impl<const N: usize> Along<N> {
    pub(super) fn truth<B: Benchmark<N>>(
        problem: &B,
        prior: &SMatrix<f64, N, N>,
        truths: &[SVector<f64, N>],
    ) -> Result<Self, AccuracyError> {
        let (noise, measurement_noise) = (problem.process_noise(), problem.measurement_noise());
        let precision = inverse_of_what_is_noisy(&noise)?;
        let step = |pair: &[SVector<f64, N>]| -> Result<Step<N>, NotPositiveDefinite> {
            let transition = problem.step_jacobian(&pair[0]);
            Ok(Step {
                transition,
                weighted: transition.transpose() * precision * transition,
                measurement: measurement_information(&problem.jacobian(&pair[1]), &measurement_noise)?,
            })
        };
        let steps = truths.windows(2).map(step).collect::<Result<Vec<_>, _>>()?;
        let prior_information = inverse(prior)?;
        let inputs = steps.iter().map(|step| (step.transition, SMatrix::zeros(), step.measurement));
        let squares = position_squares::<N, B>(&prior_information, &noise, inputs)?;
        Ok(Along { prior_information, steps, squares })
    }
}

/// Sums over truths.
pub(super) struct Sums<const N: usize> {
    runs: f64,
    sum: Option<Along<N>>,
}

impl<const N: usize> Sums<N> {
    pub(super) fn new() -> Self {
        Sums { runs: 0.0, sum: None }
    }

    pub(super) fn add(&mut self, along: Along<N>) {
        self.runs += 1.0;
        let Some(sum) = &mut self.sum else {
            self.sum = Some(along);
            return;
        };
        sum.prior_information += along.prior_information;
        for (sum, step) in sum.steps.iter_mut().zip(&along.steps) {
            sum.transition += step.transition;
            sum.weighted += step.weighted;
            sum.measurement += step.measurement;
        }
        for (sum, square) in sum.squares.iter_mut().zip(&along.squares) {
            *sum += square;
        }
    }

    /// The bounds of all truths together.
    pub(super) fn bounds<B: Benchmark<N>>(&self, problem: &B) -> Result<Bounds, AccuracyError> {
        let sum = self.sum.as_ref().ok_or("no runs")?;
        let noise = problem.process_noise();
        let precision = inverse_of_what_is_noisy(&noise)?;
        let prior_information = sum.prior_information / self.runs;
        let mean = sum.steps.iter().map(|step| Step {
            transition: step.transition / self.runs,
            weighted: step.weighted / self.runs,
            measurement: step.measurement / self.runs,
        });
        // D¹¹ = E[Fᵀ Q⁻¹ F] is more than what the mean transition gives. What it is more adds to the information before the
        // step, and the rest is the recursion with the mean transition, which also serves states without noise.
        let steps = mean.map(|step| {
            let of_mean = step.transition.transpose() * precision * step.transition;
            (step.transition, symmetrise(&(step.weighted - of_mean)), step.measurement)
        });
        let roots = |squares: Vec<f64>| squares.into_iter().map(f64::sqrt).collect();
        Ok(Bounds {
            along: roots(sum.squares.iter().map(|square| square / self.runs).collect()),
            posterior: roots(position_squares::<N, B>(&prior_information, &noise, steps)?),
        })
    }
}

/// Squares of the position's bound at the sampled steps, from the transition of each step, what is known besides before
/// it, and the information of the measurement after it.
///
/// Tichavský, Muravchik and Nehorai (1998), equations 21 and 34 to 36.
fn position_squares<const N: usize, B: Benchmark<N>>(
    prior_information: &SMatrix<f64, N, N>,
    noise: &SMatrix<f64, N, N>,
    steps: impl Iterator<Item = (SMatrix<f64, N, N>, SMatrix<f64, N, N>, SMatrix<f64, N, N>)>,
) -> Result<Vec<f64>, BoundError> {
    let mut bound = PosteriorBound::from_information(prior_information);
    let mut squares = Vec::new();
    for (index, (transition, before, measurement)) in steps.enumerate() {
        bound.add(&before, 1.0)?;
        bound.predict(&transition, noise)?;
        bound.add(&measurement, 1.0)?;
        if B::is_sampled(index + 1) {
            let covariance = bound.covariance()?;
            let [x, y] = B::POSITION.map(|place| covariance[(place, place)]);
            squares.push(x + y);
        }
    }
    Ok(squares)
}

/// The inverse of a covariance on the states that have noise, zero on those that have none.
fn inverse_of_what_is_noisy<const N: usize>(
    noise: &SMatrix<f64, N, N>,
) -> Result<SMatrix<f64, N, N>, NotPositiveDefinite> {
    let is_still = |place: usize| noise[(place, place)] == 0.0;
    let mut filled = *noise;
    (0..N).filter(|&place| is_still(place)).for_each(|place| filled[(place, place)] = 1.0);
    let mut precision = inverse(&filled)?;
    (0..N).filter(|&place| is_still(place)).for_each(|place| precision[(place, place)] = 0.0);
    Ok(precision)
}
