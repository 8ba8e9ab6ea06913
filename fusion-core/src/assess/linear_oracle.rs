//! What a perfect filter would show: the spread of its time-averaged NEES, by simulation.

use super::consistency::{Band, ConsistencyError};
use crate::math::chance::Stream;
use crate::math::chi_square;
use crate::math::symmetric::{Cholesky, NotPositiveDefinite, symmetrise};
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// One component measured: `z = h · state + noise`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalarMeasurement<const N: usize> {
    /// The row of the measurement matrix.
    pub row: SVector<f64, N>,
    /// Variance of the noise, in the measurement's units squared.
    pub variance: f64,
}

/// One step of a linear problem: move, then measure.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearStep<const N: usize> {
    /// N x N transition from the step before.
    pub transition: SMatrix<f64, N, N>,
    /// N x N covariance of the process noise; may be singular or zero.
    pub process_noise: SMatrix<f64, N, N>,
    /// What is measured after the move, with independent noises; may be empty.
    pub measurements: Vec<ScalarMeasurement<N>>,
}

/// A linear-Gaussian problem whose perfect filter is the Kalman filter.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearProblem<const N: usize> {
    /// N x N covariance before the first step.
    pub initial_covariance: SMatrix<f64, N, N>,
    /// The steps, in the order of time.
    pub steps: Vec<LinearStep<N>>,
    /// The steps, by their place, after which the NEES is taken.
    pub sampled: Vec<usize>,
    /// How many components, from the first, the NEES is of.
    pub degrees_of_freedom: usize,
}

/// Why a problem has no oracle.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum OracleError {
    /// A covariance along the way is not positive definite, after this step (none: the initial one).
    #[error("after step {step:?}: {reason}")]
    Covariance {
        /// The step.
        step: Option<usize>,
        /// Which pivot.
        reason: NotPositiveDefinite,
    },
    /// A process noise that is not positive semidefinite, or the variance of a measurement that is not positive.
    #[error("step {step} has a noise that is no covariance")]
    Noise {
        /// The step.
        step: usize,
    },
    /// A sampled step that does not exist, or none at all.
    #[error("the NEES is sampled after step {0:?}, which does not exist")]
    Sampled(Option<usize>),
    /// No components, or more than the state has.
    #[error("a NEES of {given} components of a state of {size}")]
    Components {
        /// Components asked for.
        given: usize,
        /// Components of the state.
        size: usize,
    },
    /// Fewer than two runs have no spread.
    #[error("{0} runs have no spread; two are the least")]
    Runs(usize),
}

/// Mean and spread over many runs of a perfect filter's time-averaged NEES.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OracleNees {
    /// Mean; the number of components but for the chance of the simulation.
    pub mean: f64,
    /// Standard deviation from run to run.
    pub standard_deviation: f64,
    /// Components of the NEES: the exact mean.
    pub degrees_of_freedom: usize,
}

impl OracleNees {
    /// The band that the mean of `runs` runs of a perfect filter is in with this probability: the number of components
    /// plus and minus a normal quantile (1.96 for 0.95) times the standard deviation over the root of `runs`.
    ///
    /// Normal by the central limit: not for a handful of runs with few sampled steps, whose mean is skewed upwards.
    ///
    /// # Errors
    ///
    /// [`ConsistencyError::ChiSquare`] for a probability that is not between 0 and 1.
    pub fn band(&self, runs: usize, probability: f64) -> Result<Band, ConsistencyError> {
        let sigmas = chi_square::quantile(1, probability)?.sqrt();
        let half = sigmas * self.standard_deviation / (runs as f64).sqrt();
        let expected = self.degrees_of_freedom as f64;
        Ok(Band { low: expected - half, expected, high: expected + half, runs })
    }
}

/// What is the same in every run: the covariances do not depend on the data.
struct PlannedStep<const N: usize> {
    transition: SMatrix<f64, N, N>,
    noise_root: SMatrix<f64, N, N>,
    /// For each measurement: its row, its gain and the standard deviation of its noise.
    updates: Vec<(SVector<f64, N>, SVector<f64, N>, f64)>,
    times_sampled: usize,
    factor: Cholesky<N>,
}

impl<const N: usize> LinearProblem<N> {
    /// Mean and spread of the time-averaged NEES over `runs` simulated perfect filters.
    ///
    /// The NEES of one run at different times is correlated, so that its average over time has no chi-square
    /// distribution; this is what a real filter's average is to be held against. The problem is the real one linearised
    /// about its truth: where the real one is far from linear over its own uncertainty, no filter is this good.
    ///
    /// # Errors
    ///
    /// [`OracleError`].
    ///
    /// ```
    /// use fusion_core::assess::{LinearProblem, LinearStep, ScalarMeasurement};
    /// use nalgebra::{matrix, vector};
    /// let step = LinearStep {
    ///     transition: matrix![1.0, 1.0; 0.0, 1.0],
    ///     process_noise: matrix![0.25, 0.5; 0.5, 1.0] * 0.01,
    ///     measurements: vec![ScalarMeasurement { row: vector![1.0, 0.0], variance: 4.0 }],
    /// };
    /// let problem = LinearProblem {
    ///     initial_covariance: matrix![100.0, 0.0; 0.0, 10.0],
    ///     steps: vec![step; 50],
    ///     sampled: (0..50).collect(),
    ///     degrees_of_freedom: 2,
    /// };
    /// let nees = problem.nees(2_000, 1)?;
    /// assert!((nees.mean - 2.0).abs() < 0.1);
    /// // Fifty independent samples would have 0.28.
    /// assert!(nees.standard_deviation > 0.6);
    /// # Ok::<(), fusion_core::assess::OracleError>(())
    /// ```
    pub fn nees(&self, runs: usize, seed: u64) -> Result<OracleNees, OracleError> {
        if runs < 2 {
            return Err(OracleError::Runs(runs));
        }
        let per_run = self.nees_per_run(runs, seed)?;
        let mean = per_run.iter().sum::<f64>() / runs as f64;
        let squares: f64 = per_run.iter().map(|value| (value - mean) * (value - mean)).sum();
        let standard_deviation = (squares / (runs - 1) as f64).sqrt();
        Ok(OracleNees { mean, standard_deviation, degrees_of_freedom: self.degrees_of_freedom })
    }

    /// The time-averaged NEES of each of `runs` simulated perfect filters.
    ///
    /// Run k has a stream of its own: the first runs of a longer simulation are those of a shorter one.
    ///
    /// # Errors
    ///
    /// [`OracleError`].
    pub fn nees_per_run(&self, runs: usize, seed: u64) -> Result<Vec<f64>, OracleError> {
        let initial_root = Cholesky::new(&self.initial_covariance)
            .map_err(|reason| OracleError::Covariance { step: None, reason })?;
        let plan = self.plan()?;
        let run = |number: usize| {
            let mut stream = Stream::new("perfect filter", seed, &[number as u64]);
            self.one_run(&plan, initial_root.lower(), &mut stream)
        };
        Ok((0..runs).map(run).collect())
    }

    /// The Kalman filter's covariances and gains.
    fn plan(&self) -> Result<Vec<PlannedStep<N>>, OracleError> {
        if !(1..=N).contains(&self.degrees_of_freedom) {
            return Err(OracleError::Components { given: self.degrees_of_freedom, size: N });
        }
        if self.sampled.is_empty() {
            return Err(OracleError::Sampled(None));
        }
        let mut times_sampled = vec![0; self.steps.len()];
        for &step in &self.sampled {
            *times_sampled.get_mut(step).ok_or(OracleError::Sampled(Some(step)))? += 1;
        }
        let mut covariance = self.initial_covariance;
        let mut plan = Vec::with_capacity(self.steps.len());
        for (number, step) in self.steps.iter().enumerate() {
            let noise_root =
                semidefinite_root(&step.process_noise).ok_or(OracleError::Noise { step: number })?;
            covariance = step.transition * covariance * step.transition.transpose() + step.process_noise;
            covariance = symmetrise(&covariance);
            let mut updates = Vec::with_capacity(step.measurements.len());
            for ScalarMeasurement { row, variance } in &step.measurements {
                if !(*variance > 0.0 && *variance < f64::INFINITY) {
                    return Err(OracleError::Noise { step: number });
                }
                let gain = covariance * row / (row.dot(&(covariance * row)) + variance);
                // Joseph's form: positive definite whatever the rounding.
                let keep = SMatrix::identity() - gain * row.transpose();
                covariance = keep * covariance * keep.transpose() + gain * gain.transpose() * *variance;
                covariance = symmetrise(&covariance);
                updates.push((*row, gain, variance.sqrt()));
            }
            let factor = Cholesky::new(&covariance)
                .map_err(|reason| OracleError::Covariance { step: Some(number), reason })?;
            plan.push(PlannedStep {
                transition: step.transition,
                noise_root,
                updates,
                times_sampled: times_sampled[number],
                factor,
            });
        }
        Ok(plan)
    }

    /// One filter's error (truth minus estimate) along the plan, and its NEES averaged over the sampled steps.
    fn one_run(
        &self,
        plan: &[PlannedStep<N>],
        initial_root: &SMatrix<f64, N, N>,
        stream: &mut Stream,
    ) -> f64 {
        let mut error: SVector<f64, N> = initial_root * normal_vector(stream);
        let mut sum = 0.0;
        for step in plan {
            error = step.transition * error + step.noise_root * normal_vector(stream);
            for (row, gain, deviation) in &step.updates {
                error -= gain * (row.dot(&error) + deviation * stream.normal());
            }
            if step.times_sampled > 0 {
                // The leading block of the factor is the factor of the leading block.
                let white = step.factor.whiten(&error);
                let nees: f64 = white.iter().take(self.degrees_of_freedom).map(|part| part * part).sum();
                sum += step.times_sampled as f64 * nees;
            }
        }
        sum / self.sampled.len() as f64
    }
}

/// A lower triangular L with `L · Lᵀ` = `matrix`, which may be singular; none if it is indefinite.
fn semidefinite_root<const N: usize>(matrix: &SMatrix<f64, N, N>) -> Option<SMatrix<f64, N, N>> {
    let mut root = SMatrix::<f64, N, N>::zeros();
    for column in 0..N {
        let diagonal = matrix[(column, column)];
        let noise = 16.0 * f64::EPSILON * diagonal;
        let mut pivot = diagonal;
        for before in 0..column {
            pivot -= root[(column, before)] * root[(column, before)];
        }
        if !(pivot >= -noise && pivot < f64::INFINITY) {
            return None;
        }
        // A direction without noise of its own: what is left of its column is rounding.
        let scale = if pivot > noise { pivot.sqrt() } else { 0.0 };
        root[(column, column)] = scale;
        for row in column + 1..N {
            let mut rest = matrix[(row, column)];
            for before in 0..column {
                rest -= root[(row, before)] * root[(column, before)];
            }
            if scale > 0.0 {
                root[(row, column)] = rest / scale;
            } else if rest * rest > 1e-12 * diagonal.max(f64::MIN_POSITIVE) * matrix[(row, row)] {
                return None;
            }
        }
    }
    Some(root)
}

fn normal_vector<const N: usize>(stream: &mut Stream) -> SVector<f64, N> {
    SVector::from_fn(|_, _| stream.normal())
}

#[cfg(test)]
#[path = "linear_oracle_tests.rs"]
mod tests;
