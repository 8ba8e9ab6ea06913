//! How certain it is that a track stands for an object: the sequential probability ratio test.

use serde::{Deserialize, Serialize};

/// The running logarithm of the likelihood ratio "an object" against "false plots", with what was decided from it.
///
/// Sittler (1964); Blackman and Popoli, *Design and Analysis of Modern Tracking Systems* (1999), section 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    log_ratio: f64,
    plots: u32,
    confirmed: bool,
}

/// Thresholds of the test, from the probabilities of error that are accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreLimits {
    confirm_above: f64,
    delete_below: f64,
}

/// What the test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Undecided,
    /// There is an object.
    Confirmed,
    /// There is none.
    Rejected,
}

/// Plots that a track needs before it may be confirmed: two give a velocity, the third checks it.
const PLOTS_TO_CONFIRM: u32 = 3;
/// The ratio does not grow beyond this: a long and certain past must not outweigh that an object is gone.
const GREATEST_LOG_RATIO: f64 = 25.0;

impl ScoreLimits {
    /// From the probability that a track on nothing is confirmed and that a track on an object is rejected.
    ///
    /// Wald's thresholds: ln((1 − β) / α) and ln(β / (1 − α)).
    pub fn new(false_track_probability: f64, missed_track_probability: f64) -> Self {
        ScoreLimits {
            confirm_above: libm::log((1.0 - missed_track_probability) / false_track_probability),
            delete_below: libm::log(missed_track_probability / (1.0 - false_track_probability)),
        }
    }
}

impl Score {
    /// The score of an object seen once: nothing for and nothing against it.
    pub fn first_plot() -> Self {
        Score { log_ratio: 0.0, plots: 1, confirmed: false }
    }

    /// The score of an object that another node has confirmed.
    pub fn introduced(limits: &ScoreLimits) -> Self {
        Score { log_ratio: limits.confirm_above, plots: PLOTS_TO_CONFIRM, confirmed: true }
    }

    /// A plot went in; `log_ratio` is the logarithm of Pd times its likelihood over the density of false plots.
    pub fn hit(&mut self, log_ratio: f64) {
        self.log_ratio = (self.log_ratio + log_ratio).min(GREATEST_LOG_RATIO);
        self.plots += 1;
    }

    /// Another node that has confirmed the object has seen it again.
    pub fn support(&mut self, limits: &ScoreLimits) {
        self.log_ratio = self.log_ratio.max(limits.confirm_above);
        self.confirmed = true;
    }

    /// A sensor that could have seen it did not; `log_probability` is ln(1 − Pd), over the modes.
    pub fn miss(&mut self, log_probability: f64) {
        self.log_ratio += log_probability;
    }

    /// The probability that there is an object.
    pub fn existence(&self) -> f64 {
        1.0 / (1.0 + libm::exp(-self.log_ratio))
    }

    /// Takes over the probability that there is an object, worked out with other tracks in view.
    pub fn set_existence(&mut self, existence: f64) {
        let log_odds = libm::log(existence) - libm::log1p(-existence);
        self.log_ratio = log_odds.clamp(-GREATEST_LOG_RATIO, GREATEST_LOG_RATIO);
    }

    /// A plot went in that says nothing more: its likelihood is in the existence.
    pub fn count_plot(&mut self) {
        self.plots += 1;
    }

    /// Decides; a confirmed track stays confirmed until it is rejected.
    pub fn verdict(&mut self, limits: &ScoreLimits) -> Verdict {
        if self.log_ratio < limits.delete_below {
            return Verdict::Rejected;
        }
        if self.log_ratio > limits.confirm_above && self.plots >= PLOTS_TO_CONFIRM {
            self.confirmed = true;
        }
        if self.confirmed { Verdict::Confirmed } else { Verdict::Undecided }
    }

    /// Whether the track has been confirmed.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// How likely it is that there never was an object, beside what is known of it: a logarithm, above zero where the test
    /// would reject it.
    pub fn log_odds_of_nothing(&self, limits: &ScoreLimits) -> f64 {
        limits.delete_below - self.log_ratio
    }

    /// The logarithm of the likelihood ratio.
    pub fn log_ratio(&self) -> f64 {
        self.log_ratio
    }

    /// How many plots went in.
    pub fn plots(&self) -> u32 {
        self.plots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_walds_and_three_plots_are_needed() {
        let limits = ScoreLimits::new(1e-6, 1e-3);
        assert!((limits.confirm_above - 13.814_51).abs() < 1e-4);
        assert!((limits.delete_below + 6.907_75).abs() < 1e-4);
        let mut score = Score::first_plot();
        score.hit(14.0);
        assert_eq!(score.verdict(&limits), Verdict::Undecided);
        score.hit(0.0);
        assert_eq!(score.verdict(&limits), Verdict::Confirmed);
        for _ in 0..9 {
            score.miss(libm::log1p(-0.9));
        }
        assert_eq!(score.verdict(&limits), Verdict::Confirmed, "confirmed until rejected");
        score.miss(libm::log1p(-0.9));
        assert_eq!(score.verdict(&limits), Verdict::Rejected);
    }
}
