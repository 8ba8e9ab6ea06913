//! What it gains that regimes are compared run by run on the same flights and noise.

use super::rows::Cell;
use crate::outcome::NodeOutcome;
use crate::statistics::{root_mean_square, standard_deviation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Variance of a paired difference to the baseline beside that of runs that are not paired, over the runs in which both
/// have an estimate.
///
/// Two efficient estimators of one thing, one of which has all the data of the other and more, differ by a part that is
/// uncorrelated with the better one's error: with r the ratio of the RMS errors, pairing narrows the variance
/// (r² + 1) / |r² − 1| times. Less than that says that the two do not use what they share in the same way; more, that
/// they err together beyond what their data have in common, as by the same bias.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pairing {
    /// Pairs of runs.
    pub pairs: usize,
    /// Variance of the difference run by run, m².
    pub paired_variance_m2: f64,
    /// Sum of the two variances: that of a difference between runs that have nothing in common, m².
    pub unpaired_variance_m2: f64,
    /// The second over the first: how many times as many unpaired runs give as narrow an interval. None where the two
    /// regimes are the same in every run.
    pub gain: Option<f64>,
    /// RMS error over that of the baseline, r.
    pub rms_ratio: f64,
    /// (r² + 1) / |r² − 1|: the gain between efficient estimators. None where r is 1.
    pub efficient_gain: Option<f64>,
}

/// From this gain on two regimes are the same in every run: their difference is a millionth of a millionth of its parts'
/// variance, as much as rounding leaves of it.
const SAME: f64 = 1e12;

/// Of one error; none for the baseline itself and with fewer than two pairs.
pub(super) fn pairing(cell: &Cell<'_>, error_m: impl Fn(&NodeOutcome) -> Option<f64>) -> Option<Pairing> {
    let value = |row: &Option<&NodeOutcome>| row.and_then(&error_m);
    let pairs =
        cell.own.iter().zip(cell.baseline?).filter_map(|(own, base)| Some((value(own)?, value(base)?)));
    let (own, base): (Vec<f64>, Vec<f64>) = pairs.unzip();
    of(&own, &base)
}

fn of(own: &[f64], base: &[f64]) -> Option<Pairing> {
    let variance = |values: &[f64]| standard_deviation(values).map(|deviation| deviation * deviation);
    let differences: Vec<f64> = own.iter().zip(base).map(|(own, base)| own - base).collect();
    let paired = variance(&differences)?;
    let unpaired = variance(own)? + variance(base)?;
    let rms_ratio = root_mean_square(own)? / root_mean_square(base)?;
    let squared = rms_ratio * rms_ratio;
    let gain = |gain: f64| (gain < SAME).then_some(gain);
    Some(Pairing {
        pairs: own.len(),
        paired_variance_m2: paired,
        unpaired_variance_m2: unpaired,
        gain: gain(unpaired / paired),
        rms_ratio: Some(rms_ratio).filter(|ratio| ratio.is_finite())?,
        efficient_gain: gain((squared + 1.0) / (squared - 1.0).abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_cancels() {
        // Own: ±1 about 10; baseline: the same and ±2 of its own, uncorrelated with it.
        let own = [11.0, 9.0, 11.0, 9.0];
        let base = [13.0, 11.0, 9.0, 7.0];
        let found = of(&own, &base).unwrap();
        // Variances with divisor 3: 4/3 and 20/3, and 16/3 of the difference.
        assert!((found.unpaired_variance_m2 - 8.0).abs() < 1e-12);
        assert!((found.paired_variance_m2 - 16.0 / 3.0).abs() < 1e-12);
        assert!((found.gain.unwrap() - 1.5).abs() < 1e-12);
        // RMS 101 and 105, squared.
        assert!((found.rms_ratio - (101.0_f64 / 105.0).sqrt()).abs() < 1e-12);
        assert!((found.efficient_gain.unwrap() - 206.0 / 4.0).abs() < 1e-9);
    }

    #[test]
    fn the_same_in_every_run_has_no_gain_that_is_a_number() {
        let same = of(&[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0]).unwrap();
        assert_eq!((same.paired_variance_m2, same.gain, same.efficient_gain), (0.0, None, None));
        // Nor has what rounding alone tells apart.
        let rounded = of(&[1.0, 2.0, 4.0], &[1.0, 2.0 + 1e-12, 4.0]).unwrap();
        assert!(rounded.paired_variance_m2 > 0.0);
        assert_eq!((rounded.gain, rounded.efficient_gain), (None, None));
        assert_eq!(of(&[1.0], &[2.0]), None);
        assert_eq!(of(&[0.0, 0.0], &[0.0, 0.0]), None);
    }
}
