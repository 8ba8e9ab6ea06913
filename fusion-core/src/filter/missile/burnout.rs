//! When a coasting object burnt out: kept beside its state, and sharpened by what is seen afterwards.

use super::mixing::moment_match;
use crate::filter::Gaussian;
use crate::math::symmetric::solve;
use nalgebra::{SMatrix, Vector6};
use serde::{Deserialize, Serialize};

/// How long ago an object burnt out, if it did, as one more state of the coasting model that does nothing but age.
///
/// The instant is correlated with the velocity that it left the object with. So every later look at the coasting object
/// dates it anew: a fixed point is smoothed by carrying it along as a state.
///
/// Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), section 8.6 has the
/// other smoothers; Anderson and Moore, *Optimal Filtering* (1979), section 7.2 this one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burnout {
    /// Seconds since the burnout, at the instant of the filter's state.
    pub ago_s: f64,
    /// Its variance, s².
    pub variance_s2: f64,
    /// Its covariance with the coasting position (m s) and velocity (m).
    pub covariance: Vector6<f64>,
}

/// What is known of it less well than this is no date, s.
const LEAST_KNOWN_SIGMA_S: f64 = 30.0;
/// After so long later looks say nothing new of the instant, s.
const SETTLED_AFTER_S: f64 = 60.0;

impl Burnout {
    /// Of an object that nobody has seen burn: some time ago, as broad as a boost is long.
    pub(crate) fn unknown(mean_s: f64) -> Self {
        Burnout { ago_s: mean_s, variance_s2: mean_s * mean_s, covariance: Vector6::zeros() }
    }

    /// Standard deviation of the instant, s.
    pub fn sigma_s(&self) -> f64 {
        self.variance_s2.sqrt()
    }

    /// Whether anybody has seen it burn: before that there is only a broad prior.
    pub fn is_known(&self) -> bool {
        self.sigma_s() < LEAST_KNOWN_SIGMA_S
    }

    /// Whether later looks can still say something of it.
    pub(super) fn is_open(&self) -> bool {
        self.ago_s < SETTLED_AFTER_S
    }

    /// Lets time pass over a step with this transition of position and velocity. Once it is settled it no longer goes with
    /// them: they will be updated without it, and a covariance of before would be wrong then.
    pub(super) fn age(&mut self, seconds: f64, transition: &SMatrix<f64, 6, 6>) {
        self.ago_s += seconds;
        self.covariance = if self.is_open() { transition * self.covariance } else { Vector6::zeros() };
    }

    /// The coasting state with the age as its seventh component.
    pub(super) fn joined(&self, coast: &Gaussian<6>) -> Gaussian<7> {
        let mut covariance = SMatrix::<f64, 7, 7>::zeros();
        covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&coast.covariance);
        covariance.fixed_view_mut::<6, 1>(0, 6).copy_from(&self.covariance);
        covariance.fixed_view_mut::<1, 6>(6, 0).copy_from(&self.covariance.transpose());
        covariance[(6, 6)] = self.variance_s2;
        Gaussian { mean: coast.mean.push(self.ago_s), covariance }
    }

    /// The burnout once more is known of the coasting state than `before`, by something that says nothing else of it.
    pub(super) fn follow(&self, before: &Gaussian<6>, after: &Gaussian<6>) -> Burnout {
        let Ok(slope) = solve(&before.covariance, &self.covariance) else {
            return Burnout { covariance: Vector6::zeros(), ..*self };
        };
        let covariance = after.covariance * slope;
        Burnout {
            ago_s: self.ago_s + slope.dot(&(after.mean - before.mean)),
            variance_s2: self.variance_s2 - slope.dot(&(self.covariance - covariance)),
            covariance,
        }
    }

    /// The two parts of a joined state.
    pub(super) fn split(joined: &Gaussian<7>) -> (Gaussian<6>, Burnout) {
        let burnout = Burnout {
            ago_s: joined.mean[6],
            variance_s2: joined.covariance[(6, 6)],
            covariance: joined.covariance.fixed_view::<6, 1>(0, 6).into(),
        };
        (joined.leading::<6>(), burnout)
    }
}

/// Moment-matches two weighted coasting states with their ages.
pub(super) fn match_dated(
    (first_weight, first): (f64, (&Gaussian<6>, &Burnout)),
    (second_weight, second): (f64, (&Gaussian<6>, &Burnout)),
) -> (Gaussian<6>, Burnout) {
    Burnout::split(&moment_match(
        (first_weight, &first.1.joined(first.0)),
        (second_weight, &second.1.joined(second.0)),
    ))
}
