//! When a change of mode happened, in retrospect.

use thiserror::Error;

/// How much a probability may rise from one time to the next before the chain is taken to go back: rounding.
const RISE_TOLERANCE: f64 = 1e-9;

/// Why a change cannot be dated.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Times and probabilities that are not one for one.
    #[error("{times} times and {probabilities} probabilities")]
    Lengths {
        /// Times given.
        times: usize,
        /// Probabilities given.
        probabilities: usize,
    },
    /// A time that is not after the one before it.
    #[error("time {index}, {value} s, is not after the one before it")]
    Order {
        /// Its place.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A probability that is none, or greater than the one before it.
    #[error("probability {index}, {value}, is none or rises: the chain goes back")]
    Probability {
        /// Its place.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// The first mode is as probable at the end as at the beginning.
    #[error("there was no change between the first and the last time")]
    NoChange,
}

/// The instant of a change of mode that cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeInstant {
    /// Probability that it lies between the first and the last time.
    pub probability: f64,
    /// Mean of the instant, s, given that it does.
    pub mean_s: f64,
    /// Its standard deviation, s, given that it does.
    pub standard_deviation_s: f64,
}

/// Dates a change from the probability, given all data, that the first mode still lasted at each time: the change lies
/// between times k and k + 1 with probability p(k) − p(k + 1), anywhere there alike.
///
/// `times_s` must rise. A mode of [`super::Interacting`] belongs to a whole step, so that its probability is that of the
/// *middle* of the step: hand in middles, or the instant is late by half a step. Not for chains that go back, and not for
/// filtered probabilities: those know nothing of what came after.
///
/// # Errors
///
/// [`ChangeError`].
///
/// ```
/// use fusion_core::filter::change_instant;
/// let burnout = change_instant(&[60.5, 61.5, 62.5, 63.5], &[1.0, 0.75, 0.25, 0.0])?;
/// assert_eq!(burnout.mean_s, 62.0);
/// // Variances: 1/2 between the steps, 1/12 inside them.
/// assert!((burnout.standard_deviation_s - (0.5_f64 + 1.0 / 12.0).sqrt()).abs() < 1e-12);
/// # Ok::<(), fusion_core::filter::ChangeError>(())
/// ```
pub fn change_instant(times_s: &[f64], still: &[f64]) -> Result<ChangeInstant, ChangeError> {
    if times_s.len() != still.len() {
        return Err(ChangeError::Lengths { times: times_s.len(), probabilities: still.len() });
    }
    let (Some(&first_s), Some(&last_s)) = (times_s.first(), times_s.last()) else {
        return Err(ChangeError::NoChange);
    };
    // About the middle, so that squares of a late clock do not swamp what is looked for.
    let middle_s = 0.5 * (first_s + last_s);
    let (mut probability, mut first_moment, mut second_moment) = (0.0, 0.0, 0.0);
    for index in 0..times_s.len() {
        let (time, value) = (times_s[index] - middle_s, still[index]);
        let greatest = if index == 0 { 1.0 } else { still[index - 1] };
        if !(0.0..=greatest + RISE_TOLERANCE).contains(&value) {
            return Err(ChangeError::Probability { index, value });
        }
        if index == 0 {
            continue;
        }
        let before = times_s[index - 1] - middle_s;
        let is_after = time > before && time < f64::INFINITY;
        if !is_after {
            return Err(ChangeError::Order { index, value: times_s[index] });
        }
        let weight = (greatest - value).max(0.0);
        probability += weight;
        first_moment += weight * 0.5 * (before + time);
        second_moment += weight * (before * before + before * time + time * time) / 3.0;
    }
    if probability <= RISE_TOLERANCE {
        return Err(ChangeError::NoChange);
    }
    let mean = first_moment / probability;
    Ok(ChangeInstant {
        probability,
        mean_s: middle_s + mean,
        standard_deviation_s: (second_moment / probability - mean * mean).max(0.0).sqrt(),
    })
}
