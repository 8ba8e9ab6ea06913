//! Root-mean-square errors with a confidence interval, and beside a bound.

use crate::math::chi_square::{ChiSquareError, quantile};
use nalgebra::SVector;
use thiserror::Error;

/// Why there is no root-mean-square error.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RmseError {
    /// The confidence is not between 0 and 1.
    #[error(transparent)]
    Confidence(#[from] ChiSquareError),
    /// One run has no spread.
    #[error("{0} runs; an interval takes at least two")]
    TooFewRuns(usize),
    /// A run without errors, or with one that is not finite.
    #[error("run {0} has no errors, or one that is not finite")]
    Run(usize),
}

/// A root-mean-square error over independent runs, in the unit of the errors, and the interval in which the true one lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rmse {
    /// Root of the mean squared norm.
    pub value: f64,
    /// Low end of the interval.
    pub low: f64,
    /// High end of the interval.
    pub high: f64,
    /// Independent runs.
    pub runs: usize,
}

impl Rmse {
    /// At one step: one error of each run (truth minus estimate; components of one unit).
    ///
    /// # Errors
    ///
    /// See [`Rmse::over_span`].
    ///
    /// ```
    /// use fusion_core::assess::Rmse;
    /// use nalgebra::vector;
    /// let rmse = Rmse::at_step(&[vector![3.0, 4.0], vector![0.0, 5.0], vector![-5.0, 0.0]], 0.95)?;
    /// assert_eq!((rmse.value, rmse.low, rmse.high), (5.0, 5.0, 5.0)); // all of one length
    /// # Ok::<(), fusion_core::assess::RmseError>(())
    /// ```
    pub fn at_step<const N: usize>(errors: &[SVector<f64, N>], confidence: f64) -> Result<Rmse, RmseError> {
        let squares: Vec<f64> = errors.iter().map(SVector::norm_squared).collect();
        Rmse::of_mean_squares(&squares, confidence)
    }

    /// Over a span: the errors of each run at the steps that are judged; every run weighs the same.
    ///
    /// The interval is the normal one for the logarithm of the mean square, from the spread between the runs: errors within a
    /// run may be correlated and need not be Gaussian, and components may differ in size. It takes some hundred runs:
    /// with ten, an interval of 95 % holds 87 %, with fifty 93 %, with two hundred 94.5 %.
    ///
    /// # Errors
    ///
    /// [`RmseError::TooFewRuns`] below two runs, [`RmseError::Run`] for one that is empty or has an error that is not finite,
    /// [`RmseError::Confidence`].
    pub fn over_span<const N: usize>(
        runs: &[Vec<SVector<f64, N>>],
        confidence: f64,
    ) -> Result<Rmse, RmseError> {
        let mean_square = |errors: &Vec<SVector<f64, N>>| {
            errors.iter().map(SVector::norm_squared).sum::<f64>() / errors.len() as f64
        };
        Rmse::of_mean_squares(&runs.iter().map(mean_square).collect::<Vec<f64>>(), confidence)
    }

    fn of_mean_squares(squares: &[f64], confidence: f64) -> Result<Rmse, RmseError> {
        let deviations = quantile(1, confidence)?.sqrt();
        let count = squares.len() as f64;
        if squares.len() < 2 {
            return Err(RmseError::TooFewRuns(squares.len()));
        }
        // An empty run's mean is no number.
        if let Some(run) = squares.iter().position(|square| !square.is_finite()) {
            return Err(RmseError::Run(run));
        }
        let mean = squares.iter().sum::<f64>() / count;
        let variance =
            squares.iter().map(|square| (square - mean) * (square - mean)).sum::<f64>() / (count - 1.0);
        let of_mean = (variance / count).sqrt();
        // The root's logarithm is half that of the mean square. No errors at all have no spread.
        let half = if mean > 0.0 { 0.5 * deviations * of_mean / mean } else { 0.0 };
        let value = mean.sqrt();
        Ok(Rmse { value, low: value * libm::exp(-half), high: value * libm::exp(half), runs: squares.len() })
    }

    /// This error beside the least that any unbiased filter could have (in the same unit: the root of the trace of a bound's
    /// block): error over bound, 1 for a filter that wastes nothing, with the same interval.
    ///
    /// An interval wholly below 1 says that the bound is not one for these runs, or that what is filtered is biased towards the
    /// truth. Over a span give the root mean square of the bound over its steps.
    ///
    /// ```
    /// # use fusion_core::assess::Rmse;
    /// let rmse = Rmse { value: 12.0, low: 9.0, high: 16.0, runs: 50 };
    /// assert_eq!(rmse.beside(10.0), Rmse { value: 1.2, low: 0.9, high: 1.6, runs: 50 });
    /// ```
    #[must_use]
    pub fn beside(&self, bound: f64) -> Rmse {
        Rmse { value: self.value / bound, low: self.low / bound, high: self.high / bound, runs: self.runs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::chance::Stream;
    use nalgebra::{Vector2, vector};

    /// Correlated within a run, unequal components: the interval holds the true value about as often as it says.
    #[test]
    fn the_interval_holds_the_true_error() {
        const STUDIES: u64 = 2_000;
        let true_rmse = (9.0_f64 + 1.0).sqrt();
        for (runs, expected) in [(10, 0.86..0.90), (50, 0.92..0.945), (200, 0.939..0.957)] {
            let (mut at_step, mut over_span) = (0, 0);
            for study in 0..STUDIES {
                let mut chance = Stream::new("rmse", 1, &[study, runs]);
                let span: Vec<Vec<Vector2<f64>>> = (0..runs)
                    .map(|_| {
                        let mut error = vector![3.0 * chance.normal(), chance.normal()];
                        (0..5)
                            .map(|_| {
                                let fresh = vector![3.0 * chance.normal(), chance.normal()];
                                error = error * 0.8 + fresh * 0.6;
                                error
                            })
                            .collect()
                    })
                    .collect();
                let last: Vec<Vector2<f64>> = span.iter().map(|errors| errors[4]).collect();
                let holds = |rmse: Rmse| u32::from((rmse.low..=rmse.high).contains(&true_rmse));
                at_step += holds(Rmse::at_step(&last, 0.95).expect("valid"));
                over_span += holds(Rmse::over_span(&span, 0.95).expect("valid"));
            }
            for (what, held) in [("step", at_step), ("span", over_span)] {
                let share = f64::from(held) / STUDIES as f64;
                assert!(expected.contains(&share), "{runs} runs, {what}: {share}");
            }
        }
    }

    #[test]
    fn nonsense_is_named() {
        let one = vector![1.0, 0.0];
        assert_eq!(Rmse::at_step(&[one], 0.95), Err(RmseError::TooFewRuns(1)));
        assert_eq!(Rmse::at_step(&[one, vector![f64::NAN, 0.0]], 0.95), Err(RmseError::Run(1)));
        assert_eq!(Rmse::over_span(&[vec![one], vec![]], 0.95), Err(RmseError::Run(1)));
        assert!(matches!(Rmse::at_step(&[one, one], 95.0), Err(RmseError::Confidence(_))));
        let none = Rmse::at_step(&[Vector2::<f64>::zeros(); 3], 0.95).expect("valid");
        assert_eq!((none.value, none.low, none.high), (0.0, 0.0, 0.0));
    }
}
