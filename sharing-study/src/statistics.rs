//! Estimates with their intervals: what turns rows of runs into numbers that may be compared.
//!
//! Every function takes plain slices in the order of runs. None of them is for censored data but
//! [`RestrictedTime`]; an event that never came must not be left out of a mean without saying so.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Share of intervals that hold the true value, for every interval of a study.
pub const CONFIDENCE: f64 = 0.95;

/// Resamples of a bootstrap: the ends of a 95 % interval rest on 25 resamples each.
pub const BOOTSTRAP_RESAMPLES: usize = 1000;

/// Quantile of the standard normal distribution at 97.5 %.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// The two ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Arithmetic mean; none of an empty slice.
///
/// ```
/// assert_eq!(sharing_study::statistics::mean(&[1.0, 2.0, 6.0]), Some(3.0));
/// ```
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Middle value, or the mean of the two in the middle; none of an empty slice.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(0.5 * (sorted[middle - 1] + sorted[middle])),
    }
}

/// Standard deviation of a sample (divisor n - 1); none of fewer than two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Root of the mean of the squares; none of an empty slice.
#[must_use]
pub fn root_mean_square(values: &[f64]) -> Option<f64> {
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    mean(&squares).map(f64::sqrt)
}

/// The 97.5 % quantile of Student's t with that many degrees of freedom.
///
/// Rounded to nine decimals, because its series goes through the platform's logarithm: the last bits may change from
/// machine to machine and must not reach a result.
fn student_975(degrees_of_freedom: usize) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).ok()?;
    Some((law.inverse_cdf(0.5 + 0.5 * CONFIDENCE) * 1e9).round() / 1e9)
}

/// Two-sided 95 % Student t interval of a mean; none of fewer than two values.
///
/// Assumes independent values whose mean is near enough to normal; with very skew values and few runs look at
/// [`bootstrap_interval`] beside it.
#[must_use]
pub fn t_interval(values: &[f64]) -> Option<Interval> {
    let (centre, deviation) = (mean(values)?, standard_deviation(values)?);
    let half = student_975(values.len() - 1)? * deviation / (values.len() as f64).sqrt();
    Some(Interval { low: centre - half, high: centre + half })
}

/// Two-sided 95 % bootstrap percentile interval of a mean; none of fewer than two values.
///
/// Reference: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. The same seed gives the
/// same interval. Not for fewer than about ten values: it is too narrow there.
#[must_use]
pub fn bootstrap_interval(values: &[f64], seed: u64) -> Option<Interval> {
    if values.len() < 2 {
        return None;
    }
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let count = values.len() as u64;
    // The upper half of a 32 x 32 bit product: uniform to within 2^-32 x count.
    let mut draw = || values[((u64::from(chance.next_u32()) * count) >> 32) as usize];
    let mut means: Vec<f64> = (0..BOOTSTRAP_RESAMPLES)
        .map(|_| (0..values.len()).map(|_| draw()).sum::<f64>() / values.len() as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - CONFIDENCE);
    Some(Interval { low: quantile_of_sorted(&means, tail), high: quantile_of_sorted(&means, 1.0 - tail) })
}

/// Quantile by linear interpolation between order statistics (R's type 7) of a sorted slice that is not empty.
pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let place = probability * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Mean of what one arrangement gives less what another gives, over runs that saw the same flight and noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Mean difference, in the unit of the measure.
    pub mean: f64,
    /// 95 % Student t interval; none with fewer than two pairs.
    pub interval: Option<Interval>,
    /// 95 % bootstrap percentile interval; none with fewer than two pairs.
    pub bootstrap: Option<Interval>,
    /// Runs in which both have a value.
    pub pairs: usize,
}

/// What the interval of a difference lets one say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The whole interval lies below zero.
    Less,
    /// The whole interval lies above zero.
    More,
    /// The interval includes zero, or there is none: no difference can be told.
    Undecided,
}

impl Difference {
    /// Pairs run with run; a run in which either has no value is left out and shows in [`Difference::pairs`].
    ///
    /// None without a pair.
    #[must_use]
    pub fn paired(values: &[Option<f64>], reference: &[Option<f64>], seed: u64) -> Option<Difference> {
        let differences: Vec<f64> =
            values.iter().zip(reference).filter_map(|(value, base)| Some((*value)? - (*base)?)).collect();
        Some(Difference {
            mean: mean(&differences)?,
            interval: t_interval(&differences),
            bootstrap: bootstrap_interval(&differences, seed),
            pairs: differences.len(),
        })
    }

    /// What the t interval lets one say. Differences that are all the same, and not zero, are decided.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match self.interval {
            Some(interval) if interval.high < 0.0 => Direction::Less,
            Some(interval) if interval.low > 0.0 => Direction::More,
            _ => Direction::Undecided,
        }
    }
}

/// A time after launch that may never come: its mean up to a horizon, and how often it never came.
///
/// The restricted mean survival time (Royston and Parmar, Statistics in Medicine 30, 2011) without censoring before
/// the horizon. A plain mean over runs in which the event came would reward an arrangement that gives up on hard runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RestrictedTime {
    /// Mean with every time that is later than the horizon, or never came, counted as the horizon, s.
    pub mean_s: f64,
    /// 95 % Student t interval of it, s.
    pub interval_s: Option<Interval>,
    /// Median of the same restricted times, s.
    pub median_s: f64,
    /// Share of runs in which the event never came before the horizon.
    pub never_fraction: f64,
}

/// Each time, or the horizon where it is later or never came.
#[must_use]
pub fn restrict(times_s: &[Option<f64>], horizon_s: f64) -> Vec<f64> {
    times_s.iter().map(|time_s| restricted(*time_s, horizon_s)).collect()
}

/// A time, or the horizon where it is later or never came.
#[must_use]
pub fn restricted(time_s: Option<f64>, horizon_s: f64) -> f64 {
    time_s.map_or(horizon_s, |time_s| time_s.min(horizon_s))
}

impl RestrictedTime {
    /// Of one time for each run; none without runs.
    #[must_use]
    pub fn of(times_s: &[Option<f64>], horizon_s: f64) -> Option<RestrictedTime> {
        let restricted = restrict(times_s, horizon_s);
        let never = times_s.iter().filter(|time| time.is_none_or(|time| time > horizon_s)).count();
        Some(RestrictedTime {
            mean_s: mean(&restricted)?,
            interval_s: t_interval(&restricted),
            median_s: median(&restricted)?,
            never_fraction: never as f64 / times_s.len() as f64,
        })
    }
}

/// A share of runs with its Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proportion {
    /// Runs in which it was so, over runs.
    pub share: f64,
    /// 95 % Wilson score interval.
    pub interval: Interval,
    /// Runs.
    pub of: usize,
}

impl Proportion {
    /// Of `successes` in `of` runs; none without runs.
    ///
    /// Wilson score interval without continuity correction: E. B. Wilson, Journal of the American Statistical Association
    /// 22 (1927), 209-212.
    #[must_use]
    pub fn of(successes: usize, of: usize) -> Option<Proportion> {
        if of == 0 {
            return None;
        }
        let (n, z2) = (of as f64, NORMAL_975 * NORMAL_975);
        let share = successes as f64 / n;
        let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half =
            NORMAL_975 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).max(0.0).sqrt();
        let interval = Interval {
            low: if successes == 0 { 0.0 } else { centre - half },
            high: if successes == of { 1.0 } else { centre + half },
        };
        Some(Proportion { share, interval, of })
    }
}

#[cfg(test)]
mod tests;
