//! Whether a filter's covariances are true: normalised errors against the band that consistent ones fill.

use crate::math::chi_square::{self, ChiSquareError};
use crate::math::symmetric::{NotPositiveDefinite, mahalanobis_squared};
use nalgebra::{SMatrix, SVector};
use thiserror::Error;

/// A band that could not tell errors this many times too large or too small in variance from honest ones gives no
/// verdict of consistency.
pub const DETECTABLE_FACTOR: f64 = 2.0;

/// Normalised estimation error squared, dimensionless: `eᵀ P⁻¹ e` of an error (truth minus estimate, any units) and the
/// covariance that the filter claims for it.
///
/// Its mean is N for a consistent filter. One value says little: average over independent runs and [`judge`].
///
/// # Errors
///
/// [`NotPositiveDefinite`].
///
/// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), equation 5.4.2-3.
///
/// ```
/// use fusion_core::assess::nees;
/// use nalgebra::{matrix, vector};
/// // One sigma off in each of two components: 2.
/// assert_eq!(nees(&vector![30.0, 2.0], &matrix![900.0, 0.0; 0.0, 4.0])?, 2.0);
/// # Ok::<(), fusion_core::math::symmetric::NotPositiveDefinite>(())
/// ```
pub fn nees<const N: usize>(
    error: &SVector<f64, N>,
    covariance: &SMatrix<f64, N, N>,
) -> Result<f64, NotPositiveDefinite> {
    mahalanobis_squared(error, covariance)
}

/// Normalised innovation squared, dimensionless: `νᵀ S⁻¹ ν` of a measurement's residual and its predicted covariance.
///
/// Needs no truth, but tests only what the sensors see: a filter can pass it and be wrong in what they do not.
///
/// # Errors
///
/// [`NotPositiveDefinite`].
///
/// Bar-Shalom, Li and Kirubarajan (2001), equation 5.4.2-10.
pub fn nis<const M: usize>(
    residual: &SVector<f64, M>,
    innovation_covariance: &SMatrix<f64, M, M>,
) -> Result<f64, NotPositiveDefinite> {
    mahalanobis_squared(residual, innovation_covariance)
}

/// Why there is no verdict on consistency.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConsistencyError {
    /// No chi-square band for these degrees of freedom or this probability.
    #[error(transparent)]
    ChiSquare(#[from] ChiSquareError),
    /// A normalised error that is negative, infinite or not a number.
    #[error("the normalised error of run {run} is {value}")]
    Value {
        /// The run.
        run: usize,
        /// What stands there.
        value: f64,
    },
    /// The band was made for another number of runs.
    #[error("{values} runs against a band for {band}")]
    Runs {
        /// Values given.
        values: usize,
        /// Runs that the band is for.
        band: usize,
    },
}

/// The band that the mean of normalised errors over independent runs stays in when the filter is consistent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Low end, dimensionless.
    pub low: f64,
    /// The mean of a consistent filter: the number of components.
    pub expected: f64,
    /// High end, dimensionless.
    pub high: f64,
    /// Number of independent runs that the mean is over.
    pub runs: usize,
}

impl Band {
    /// For one value a run, each of `degrees_of_freedom` components: the chi-square band of their sum, divided by `runs`.
    ///
    /// Not for values averaged over the times of a run: those are correlated, and this band is for something else. Take
    /// [`crate::assess::OracleNees::band`] there.
    ///
    /// # Errors
    ///
    /// [`ConsistencyError::ChiSquare`] for no degrees of freedom, no runs, more than a million of both together, or a
    /// probability that is not between 0 and 1.
    ///
    /// Bar-Shalom, Li and Kirubarajan (2001), equation 5.4.2-7.
    ///
    /// ```
    /// use fusion_core::assess::Band;
    /// let band = Band::chi_square(2, 50, 0.95)?;
    /// assert!((band.low - 1.484).abs() < 1e-3 && (band.high - 2.591).abs() < 1e-3);
    /// # Ok::<(), fusion_core::assess::ConsistencyError>(())
    /// ```
    pub fn chi_square(
        degrees_of_freedom: u32,
        runs: usize,
        probability: f64,
    ) -> Result<Band, ConsistencyError> {
        let runs_32 = u32::try_from(runs).unwrap_or(u32::MAX);
        let (low, high) = chi_square::band(degrees_of_freedom.saturating_mul(runs_32), probability)?;
        let count = runs as f64;
        Ok(Band { low: low / count, expected: f64::from(degrees_of_freedom), high: high / count, runs })
    }

    /// Whether errors [`DETECTABLE_FACTOR`] times too large or too small in variance would fall outside.
    pub fn has_statistical_power(&self) -> bool {
        self.high <= DETECTABLE_FACTOR * self.expected && self.low >= self.expected / DETECTABLE_FACTOR
    }
}

/// What the mean of normalised errors says of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The mean is inside the band, and the band is narrow enough to mean something.
    Consistent,
    /// Above the band: errors are larger than the covariance claims.
    Overconfident,
    /// Below the band: errors are smaller than the covariance claims.
    Underconfident,
    /// Inside a band so wide that [`DETECTABLE_FACTOR`] in variance would go unseen.
    TooFewRuns,
}

/// A verdict and the figures behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consistency {
    /// What to call it.
    pub verdict: Verdict,
    /// Mean over the runs, dimensionless.
    pub mean: f64,
    /// What it was held against.
    pub band: Band,
}

/// Holds the mean of one normalised error a run (at one time, or averaged over the run) against the band made for it.
///
/// The runs must be independent. An overconfident or underconfident mean is told however few the runs; consistency
/// only where the band [has power](Band::has_statistical_power).
///
/// # Errors
///
/// [`ConsistencyError::Runs`] when the band is for another number of runs, [`ConsistencyError::Value`] for a value that
/// is no squared error.
///
/// ```
/// use fusion_core::assess::{Band, Verdict, judge};
/// let band = Band::chi_square(6, 8, 0.95)?;
/// assert_eq!(judge(&[5.0, 7.0, 6.0, 6.5, 4.0, 8.0, 6.0, 5.5], &band)?.verdict, Verdict::Consistent);
/// assert_eq!(judge(&[50.0, 70.0, 60.0, 65.0, 40.0, 80.0, 60.0, 55.0], &band)?.verdict, Verdict::Overconfident);
/// # Ok::<(), fusion_core::assess::ConsistencyError>(())
/// ```
pub fn judge(per_run: &[f64], band: &Band) -> Result<Consistency, ConsistencyError> {
    if per_run.len() != band.runs {
        return Err(ConsistencyError::Runs { values: per_run.len(), band: band.runs });
    }
    let mut sum = 0.0;
    for (run, &value) in per_run.iter().enumerate() {
        if !(0.0..f64::INFINITY).contains(&value) {
            return Err(ConsistencyError::Value { run, value });
        }
        sum += value;
    }
    let mean = if per_run.is_empty() { band.expected } else { sum / per_run.len() as f64 };
    let verdict = if mean > band.high {
        Verdict::Overconfident
    } else if mean < band.low {
        Verdict::Underconfident
    } else if per_run.is_empty() || !band.has_statistical_power() {
        Verdict::TooFewRuns
    } else {
        Verdict::Consistent
    };
    Ok(Consistency { verdict, mean, band: *band })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_its_place() {
        let band = Band::chi_square(6, 50, 0.95).expect("valid");
        assert!(band.has_statistical_power());
        let verdict = |value: f64| judge(&[value; 50], &band).expect("valid").verdict;
        assert_eq!(verdict(6.0), Verdict::Consistent);
        assert_eq!(verdict(band.high - 1e-9), Verdict::Consistent);
        assert_eq!(verdict(band.low + 1e-9), Verdict::Consistent);
        assert_eq!(verdict(band.high + 1e-9), Verdict::Overconfident);
        assert_eq!(verdict(band.low - 1e-9), Verdict::Underconfident);
    }

    #[test]
    fn few_runs_can_condemn_but_not_acquit() {
        let band = Band::chi_square(2, 3, 0.95).expect("valid");
        assert!(!band.has_statistical_power());
        assert_eq!(judge(&[2.0; 3], &band).expect("valid").verdict, Verdict::TooFewRuns);
        assert_eq!(judge(&[200.0; 3], &band).expect("valid").verdict, Verdict::Overconfident);
        assert_eq!(judge(&[0.01; 3], &band).expect("valid").verdict, Verdict::Underconfident);
    }

    #[test]
    fn nonsense_is_named() {
        assert!(matches!(Band::chi_square(6, 0, 0.95), Err(ConsistencyError::ChiSquare(_))));
        assert!(matches!(Band::chi_square(6, usize::MAX, 0.95), Err(ConsistencyError::ChiSquare(_))));
        assert!(matches!(Band::chi_square(6, 10, 95.0), Err(ConsistencyError::ChiSquare(_))));
        let band = Band::chi_square(6, 2, 0.95).expect("valid");
        assert_eq!(judge(&[6.0], &band), Err(ConsistencyError::Runs { values: 1, band: 2 }));
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(matches!(judge(&[6.0, bad], &band), Err(ConsistencyError::Value { run: 1, .. })));
        }
        let empty = Band { runs: 0, ..band };
        assert_eq!(judge(&[], &empty).expect("valid").verdict, Verdict::TooFewRuns);
    }
}
