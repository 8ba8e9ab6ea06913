//! Where a gain comes to nothing, and how sure that is.

use crate::outcome::Crossover;
use crate::statistics::{BOOTSTRAP_RESAMPLES, CONFIDENCE, Interval, mean, quantile_of_sorted};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A ten-thousandth of what lies between two values.
const HALVINGS: usize = 13;

/// Which way a gain passes zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// From worth having to not.
    Falling,
    /// From not worth having to worth it.
    Rising,
}

/// The first place at which a curve through these points, straight between them, passes from above zero to zero or below, or the
/// other way.
fn crossing(xs: &[f64], gains: &[f64], wanted: Option<Way>) -> Option<(f64, Way)> {
    let pairs = xs.windows(2).zip(gains.windows(2));
    let mut found = pairs.filter_map(|(x, gain)| {
        let way = match (gain[0] > 0.0, gain[1] > 0.0) {
            (true, false) => Way::Falling,
            (false, true) => Way::Rising,
            _ => return None,
        };
        Some((x[0] + (x[1] - x[0]) * gain[0] / (gain[0] - gain[1]), way))
    });
    found.find(|(_, way)| wanted.is_none_or(|wanted| wanted == *way))
}

/// Where a gain that is worked out comes to nothing, the values of the quantity ascending: between the two values where its sign
/// first changes, by halving what lies between; none where it does not change.
///
/// # Errors
/// What `gain_at` gives.
pub(super) fn worked_out<E>(
    xs: &[f64],
    gains: &[f64],
    mut gain_at: impl FnMut(f64) -> Result<f64, E>,
) -> Result<Option<Crossover>, E> {
    let mut pairs = xs.windows(2).zip(gains.windows(2));
    let Some((x, gain)) = pairs.find(|(_, gain)| (gain[0] > 0.0) != (gain[1] > 0.0)) else { return Ok(None) };
    let (mut low, mut high) = (x[0], x[1]);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        let is_as_low = (gain_at(middle)? > 0.0) == (gain[0] > 0.0);
        *if is_as_low { &mut low } else { &mut high } = middle;
    }
    Ok(Some(Crossover { value: 0.5 * (low + high), interval: None }))
}

/// Where the mean gain over runs comes to nothing, with the 95 % bootstrap percentile interval over whole runs.
///
/// `gains[run]` has a gain for each of `xs`. A resample that does not pass zero the same way counts as passing it at the end of the
/// range at which it would: an interval that reaches an end of the range says that the crossing may lie beyond. No interval with
/// fewer than two runs.
pub(super) fn over_runs(xs: &[f64], gains: &[Vec<f64>], seed: u64) -> Option<Crossover> {
    let curve = |runs: &[usize]| -> Vec<f64> {
        let at = |index: usize| runs.iter().map(|run| gains[*run][index]).collect::<Vec<f64>>();
        (0..xs.len()).map(|index| mean(&at(index)).unwrap_or(0.0)).collect()
    };
    let all: Vec<usize> = (0..gains.len()).collect();
    let (value, way) = crossing(xs, &curve(&all), None)?;
    let (first, last) = (*xs.first()?, *xs.last()?);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let count = gains.len() as u64;
    // The upper half of a 32 x 32 bit product: uniform to within 2^-32 x count.
    let mut draw = || ((u64::from(chance.next_u32()) * count) >> 32) as usize;
    let mut values: Vec<f64> = (0..BOOTSTRAP_RESAMPLES)
        .map(|_| {
            let runs: Vec<usize> = (0..gains.len()).map(|_| draw()).collect();
            let resampled = curve(&runs);
            let is_gain = resampled.first().is_some_and(|gain| *gain > 0.0);
            // Still to come where it starts on the side from which it would pass, else passed before the range began.
            let beyond = if is_gain == (way == Way::Falling) { last } else { first };
            crossing(xs, &resampled, Some(way)).map_or(beyond, |(value, _)| value)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - CONFIDENCE);
    let interval =
        Interval { low: quantile_of_sorted(&values, tail), high: quantile_of_sorted(&values, 1.0 - tail) };
    Some(Crossover { value, interval: (gains.len() > 1).then_some(interval) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XS: [f64; 4] = [0.0, 10.0, 20.0, 40.0];

    #[test]
    fn a_curve_is_followed_in_straight_lines_to_where_it_first_passes_zero() {
        let at = |gains: [f64; 4]| crossing(&XS, &gains, None).map(|(value, _)| value);
        assert_eq!(at([3.0, 1.0, -1.0, 1.0]), Some(15.0));
        assert_eq!(at([3.0, 1.0, 0.0, 0.0]), Some(20.0));
        assert_eq!(at([-3.0, -1.0, -0.5, 1.5]), Some(25.0));
        assert_eq!(at([3.0, 2.0, 1.0, 0.5]), None);
        assert_eq!(at([0.0; 4]), None);
    }

    #[test]
    fn what_is_worked_out_is_followed_along_the_curve_itself() {
        let of = |gain: fn(f64) -> f64| {
            worked_out(&XS, &XS.map(gain), |x| Ok::<f64, ()>(gain(x))).unwrap().map(|found| found.value)
        };
        // A straight line would say 12.5 and 20.
        assert!((of(|x| 144.0 - x * x).unwrap() - 12.0).abs() < 1e-3);
        assert!((of(|x| (13.0 - x).max(0.0)).unwrap() - 13.0).abs() < 1e-3);
        assert!((of(|x| x - 30.0).unwrap() - 30.0).abs() < 2e-3);
        assert_eq!((of(|_| 1.0), of(|_| 0.0)), (None, None));
        assert_eq!(worked_out(&XS, &[1.0, -1.0, 0.0, 0.0], |_| Err("out")), Err("out"));
    }

    #[test]
    fn the_interval_holds_the_true_place_about_as_often_as_it_says() {
        let mut chance = ChaCha8Rng::seed_from_u64(5);
        let mut uniform = || f64::from(chance.next_u32()) / f64::from(u32::MAX);
        let (mut inside, mut found) = (0, 0);
        for seed in 0..100 {
            // A gain of 15 - x and an error that stays within a run: the mean passes zero at 15 in truth.
            let run = |offset: f64| XS.iter().map(|x| 15.0 - x + 12.0 * (offset - 0.5)).collect();
            let gains: Vec<Vec<f64>> = (0..20).map(|_| run(uniform())).collect();
            let crossover = over_runs(&XS, &gains, seed).unwrap();
            found += 1;
            inside += u32::from(crossover.interval.unwrap().contains(15.0));
        }
        // 95 % less what a bootstrap of 20 runs is short of; three standard deviations of the count are 6.5.
        assert!((86..=99).contains(&inside), "{inside} of {found}");
    }

    #[test]
    fn a_crossing_that_may_lie_beyond_the_range_has_an_interval_up_to_its_end() {
        let gains = [vec![5.0, 4.0, 3.0, 2.5], vec![5.0, 1.0, -2.0, -3.0]];
        let crossover = over_runs(&XS, &gains, 1).unwrap();
        assert_eq!(crossover.interval.unwrap().high, 40.0);
        assert!(crossover.value > 20.0 && over_runs(&XS, &gains[..1], 1).is_none());
        assert_eq!(over_runs(&XS, &gains[1..], 1).unwrap().interval, None);
    }
}
