//! When runs are enough: a sequential rule that looks at fixed numbers of runs only, so that it stops at the same one on
//! any number of threads, stopped and gone on with or not.
//!
//! # The rule
//!
//! For each receiver and each regime but the baseline: the half-width of the 95 % paired t interval of the measure's
//! difference to the baseline is at most a share of the baseline's own mean over the same pairs. A share of the difference
//! itself would never be reached where sharing changes nothing, which is an answer too. Where the baseline is the only
//! regime, it is the interval of its mean. Looked at after 20 runs, and then whenever there are a quarter more.
//!
//! # What it costs
//!
//! Whoever stops when an interval looks narrow stops more often where the spread was underestimated: the interval at the
//! stop holds the truth less often than 95 %. For fixed-width rules of this kind the coverage comes back as the width goes
//! to zero (Y. S. Chow and H. Robbins, Annals of Mathematical Statistics 36 (1965), 457-462); at the sizes used here the least of 20
//! runs and the few looks keep most of it, and `docs/RESULTS.md` says what was measured. Fix the number of runs where the
//! 95 % matter.

use crate::statistics::{mean, t_interval};
use serde::{Deserialize, Serialize};

/// Runs before the first look.
pub const FEWEST_RUNS: u32 = 20;

/// Pairs below which a difference that has any is never precise enough.
pub const FEWEST_PAIRS: usize = 10;

/// Runs until a measure is known well enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// Name of the measure: [`crate::measure::Measured::name`].
    pub measure: String,
    /// Half-width over the baseline's mean at which it is known well enough, as a fraction.
    pub share: f64,
}

impl std::fmt::Display for Until {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} to {} %", self.measure, 100.0 * self.share)
    }
}

/// One measure at one receiver under one regime: a value for each run that has one, in the order of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Under the regime.
    pub own: Vec<Option<f64>>,
    /// Under the baseline; none where it is the mean of [`Series::own`] that is to be known.
    pub baseline: Option<Vec<Option<f64>>>,
}

/// The numbers of runs at which the rule looks, the last of them `most`.
///
/// ```
/// let looks: Vec<u32> = sharing_study::until::looks(60).collect();
/// assert_eq!(looks, [20, 25, 32, 40, 50, 60]);
/// ```
pub fn looks(most: u32) -> impl Iterator<Item = u32> {
    let next = |runs: u32| runs.saturating_add(runs.div_ceil(4));
    std::iter::successors(Some(FEWEST_RUNS.min(most)), move |runs| {
        (*runs < most).then(|| next(*runs).min(most))
    })
}

/// The number of runs at which the rule stops, of those there are; none where it goes on.
///
/// Pure: a function of the values alone. A series without any pair is not judged, as there is nothing to be known; where
/// none is judged the rule goes on.
#[must_use]
pub fn stops_at(series: &[Series], share: f64) -> Option<u32> {
    let runs = series.iter().map(|series| series.own.len()).min()?;
    let all = u32::try_from(runs).unwrap_or(u32::MAX);
    let mut reached = looks(u32::MAX).take_while(|look| *look <= all);
    reached.find(|look| is_enough(series, *look as usize, share))
}

/// Whether every series is known well enough after its first `runs` runs.
#[must_use]
pub fn is_enough(series: &[Series], runs: usize, share: f64) -> bool {
    let judged: Vec<bool> = series
        .iter()
        .filter_map(|series| Some(relative_half_width(series, runs)?.is_some_and(|found| found <= share)))
        .collect();
    !judged.is_empty() && judged.into_iter().all(|is_known| is_known)
}

/// Half-width of the interval over the mean of the baseline. The outer none: there is no value at all; the inner: too few.
fn relative_half_width(series: &Series, runs: usize) -> Option<Option<f64>> {
    let own = series.own.iter().take(runs);
    let pairs: Vec<(f64, f64)> = match &series.baseline {
        Some(baseline) => {
            own.zip(baseline).filter_map(|(own, base)| Some(((*own)? - (*base)?, (*base)?))).collect()
        }
        None => own.flatten().map(|value| (*value, *value)).collect(),
    };
    let (values, levels): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let level = mean(&levels)?.abs();
    if values.len() < FEWEST_PAIRS {
        return Some(None);
    }
    let half = t_interval(&values).map(|interval| 0.5 * (interval.high - interval.low));
    Some(half.map(|half| if half == 0.0 { 0.0 } else { half / level }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// Values that go up and down by `spread` about `level`.
    fn about(level: f64, spread: f64, runs: u32) -> Vec<Option<f64>> {
        (0..runs).map(|run| Some(level + if run % 2 == 0 { spread } else { -spread })).collect()
    }

    fn pair(spread: f64, runs: u32) -> Series {
        let baseline = about(100.0, 0.0, runs);
        Series { own: about(80.0, spread, runs), baseline: Some(baseline) }
    }

    #[test]
    fn it_stops_at_the_first_look_that_is_narrow_enough() {
        // Half-width: 2.093 x 10 x sqrt(20 / 19) / sqrt(20) = 4.80 % of 100 after 20 runs, 4.19 % after 25, 3.66 % after 32.
        let series = [pair(10.0, 100)];
        assert_eq!(stops_at(&series, 0.049), Some(20));
        assert_eq!(stops_at(&series, 0.047), Some(25));
        assert_eq!(stops_at(&series, 0.038), Some(32));
        assert_eq!(stops_at(&series, 0.01), None);
        // The widest decides.
        assert_eq!(stops_at(&[pair(1.0, 100), pair(10.0, 100)], 0.047), Some(25));
    }

    #[test]
    fn it_stops_where_it_stopped_whatever_came_after() {
        let found = stops_at(&[pair(10.0, 100)], 0.047);
        for runs in 25..100 {
            assert_eq!(stops_at(&[pair(10.0, runs)], 0.047), found, "{runs}");
        }
        for runs in 0..25 {
            assert_eq!(stops_at(&[pair(10.0, runs)], 0.047), None, "{runs}");
        }
    }

    #[test]
    fn without_a_baseline_it_is_the_mean_that_is_known() {
        let alone = Series { own: about(50.0, 10.0, 40), baseline: None };
        assert_eq!(stops_at(std::slice::from_ref(&alone), 0.1), Some(20));
        assert_eq!(stops_at(&[alone], 0.09), Some(25));
    }

    #[test]
    fn what_is_never_there_is_not_waited_for_and_what_is_rarely_there_is() {
        let never = Series { own: vec![None; 40], baseline: Some(about(1.0, 0.0, 40)) };
        assert_eq!(stops_at(&[never.clone(), pair(1.0, 40)], 0.05), Some(20));
        assert_eq!(stops_at(&[never], 0.05), None);
        let mut rare = pair(0.0, 40);
        rare.own.iter_mut().step_by(2).for_each(|value| *value = None);
        rare.own[0..4].fill(None);
        // Eight pairs of the first 20 runs, eleven of the first 25.
        assert_eq!(stops_at(&[rare], 0.05), Some(25));
    }

    /// Normal to a few per cent: the sum of twelve uniforms.
    fn normal(chance: &mut ChaCha8Rng) -> f64 {
        let uniforms = (0..12).map(|_| f64::from(chance.next_u32()) / f64::from(u32::MAX));
        uniforms.fold(-6.0, |sum, uniform| sum + uniform)
    }

    /// Share of studies whose interval at the stop holds the true difference, and the mean number of runs at it.
    fn coverage(share: f64, studies: u64) -> (f64, f64) {
        let (mut held, mut runs) = (0.0, 0.0);
        for study in 0..studies {
            let mut chance = ChaCha8Rng::seed_from_u64(study);
            let own = (0..400).map(|_| Some(80.0 + 20.0 * normal(&mut chance))).collect();
            let series = [Series { own, baseline: Some(about(100.0, 0.0, 400)) }];
            let stop = stops_at(&series, share).expect("it stops before 400 runs") as usize;
            let differences: Vec<f64> =
                series[0].own.iter().take(stop).flatten().map(|own| own - 100.0).collect();
            held += f64::from(u8::from(t_interval(&differences).expect("an interval").contains(-20.0)));
            runs += stop as f64;
        }
        (held / studies as f64, runs / studies as f64)
    }

    #[test]
    fn stopping_early_costs_little_of_the_coverage() {
        // 4,000 studies: one standard error is 0.35 %.
        for (share, expected_runs) in [(0.08, 28.0), (0.05, 66.0), (0.04, 103.0)] {
            let (held, runs) = coverage(share, 4_000);
            assert!((0.91..0.96).contains(&held), "{held} at a share of {share}");
            assert!((runs / expected_runs - 1.0).abs() < 0.15, "{runs} at a share of {share}");
        }
    }

    #[test]
    fn looks_are_a_quarter_apart_and_end_at_the_most() {
        assert_eq!(looks(7).collect::<Vec<_>>(), [7]);
        assert_eq!(looks(20).collect::<Vec<_>>(), [20]);
        assert_eq!(looks(21).collect::<Vec<_>>(), [20, 21]);
        assert_eq!(looks(0).collect::<Vec<_>>(), [0]);
        assert!(looks(1_000).collect::<Vec<_>>().windows(2).all(|pair| pair[1] > pair[0]));
    }
}
