//! The life of a track: initiate, confirm, coast, delete; and what it is a track of.

mod branch;
mod class;
mod initiate;
mod recent;
mod resolution;
mod score;

pub use branch::{Branch, Choice, Choices, OPEN_LOOKS};
pub use class::{Class, ClassProbabilities, Evidence, classify};
pub use initiate::{
    FirstBelief, InitiationError, Initiator, first_belief, prior_of_look, prior_of_site, start,
};
pub use recent::Recent;
pub use resolution::unresolved_probability;
pub use score::{Score, ScoreLimits, Verdict};

use crate::filter::{Gaussian, Kinematic, MissileFilter, MissileModels, PositionModes};
use crate::measurement::{Station, detection_probability_at};
use crate::types::{Pedigree, Time, TrackId};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// What a node holds about one object.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its identity at this node.
    pub id: TrackId,
    /// The instant that the filter's state refers to.
    pub time: Time,
    /// The estimate.
    pub filter: MissileFilter,
    /// How certain it is that there is an object.
    pub score: Score,
    /// When the object was first seen by this node or the node that introduced it.
    pub first_seen: Time,
    /// When a plot or news last went in.
    pub last_seen: Time,
    /// Whether any plot of the node's own sensors ever went in.
    pub has_own_plots: bool,
    /// What speaks for and against its being an aircraft, or a piece of something.
    pub evidence: Evidence,
    /// Up to what time the reports of each remote track have gone in.
    pub pedigree: Pedigree,
    /// What the estimate takes to be its plots in the looks that are still open; nothing where none is.
    pub choices: Vec<Choice>,
    /// The other ways to explain these looks.
    pub branches: Vec<Branch>,
    /// The last plots that went in.
    pub recent: Recent,
    /// How often something else than a prediction changed the estimate, as far as [`Track::note_news`] has seen.
    pub news: u32,
    /// Tells the estimate that the last prediction left from others.
    pub mark: u64,
}

impl Clone for Track {
    fn clone(&self) -> Self {
        Track {
            pedigree: self.pedigree.clone(),
            choices: self.choices.clone(),
            branches: self.branches.clone(),
            ..*self
        }
    }

    /// In the memory that the pedigree has: a history copies all tracks at each tick.
    fn clone_from(&mut self, source: &Self) {
        let mut pedigree = std::mem::take(&mut self.pedigree);
        let mut choices = std::mem::take(&mut self.choices);
        let mut branches = std::mem::take(&mut self.branches);
        pedigree.clone_from(&source.pedigree);
        choices.clone_from(&source.choices);
        branches.clone_from(&source.branches);
        *self = Track { pedigree, choices, branches, ..*source };
    }
}

impl Track {
    /// Predicts the track to `time`; an earlier time changes nothing.
    pub fn predict_to(&mut self, time: Time, models: &MissileModels) {
        if time > self.time {
            self.note_news();
            let seconds = time.seconds_since(self.time);
            self.filter.predict(seconds, models);
            self.branches.iter_mut().for_each(|branch| branch.filter.predict(seconds, models));
            self.time = time;
            self.mark = mark_of(&self.filter);
        }
    }

    /// Counts news, where the estimate is no longer the one that the last prediction left. Found by what the estimate is:
    /// whoever changes it has nothing to remember.
    pub fn note_news(&mut self) {
        let mark = mark_of(&self.filter);
        if mark != self.mark {
            (self.news, self.mark) = (self.news.wrapping_add(1), mark);
        }
    }

    /// Whether the track counts as an object: confirmed.
    pub fn is_confirmed(&self) -> bool {
        self.score.is_confirmed()
    }

    /// Whether it counts as something that was launched, a missile or a piece of one: only that may raise a warning.
    pub fn is_launched(&self) -> bool {
        self.is_confirmed() && self.evidence.is_launched()
    }
}

/// Tells one coasting state from others: all that is new moves its mean and its variances.
fn mark_of(filter: &MissileFilter) -> u64 {
    let Gaussian { mean, covariance } = &filter.coast;
    let numbers = (0..6).flat_map(|axis| [mean[axis], covariance[(axis, axis)]]);
    numbers.fold(0, |mark: u64, number| {
        (mark.rotate_left(5) ^ number.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// How far from a track's mean its detection is asked for, in standard deviations along each axis.
const SPREAD_SIGMAS: f64 = 1.5;

/// Whether a look at `time` is worth a prediction: whether any place where [`detection_probability`] would ask for the track may be
/// covered. A track that the look is not at stays where it is, as each prediction costs far more than this.
pub fn may_be_seen(station: &Station<'_>, track: &Track, time: Time) -> bool {
    /// No object is accelerated by more, in thrust or drag.
    const GREATEST_ACCELERATION_M_S2: f64 = 500.0;
    const MARGIN_M: f64 = 100.0;
    if station.sensor.sees_plumes_only() && track.filter.probabilities[0] <= 0.0 {
        return false;
    }
    let seconds = time.seconds_since(track.time).max(0.0);
    let Kinematic { mean, covariance } = track.filter.kinematic();
    let sigma = |first: usize| covariance.fixed_view::<3, 3>(first, first).trace().max(0.0).sqrt();
    let spread_m = SPREAD_SIGMAS * (sigma(0) + sigma(3) * seconds);
    let bend_m = 0.5 * GREATEST_ACCELERATION_M_S2 * seconds * seconds;
    let ahead_m = mean.fixed_rows::<3>(0) + mean.fixed_rows::<3>(3) * seconds;
    station.may_cover(&ahead_m, spread_m + bend_m + MARGIN_M)
}

/// Probability that a sensor gives a plot of a track that is somewhere around its mean.
///
/// The share of seven points (the mean and one and a half standard deviations either way along each axis) that the
/// sensor covers, times its detection probability, and for an infrared sensor times the probability that the plume burns
/// above the clouds. A track known to within a kilometre is its mean.
pub fn detection_probability(station: &Station<'_>, positions: &PositionModes) -> f64 {
    const KNOWN_TO_M: f64 = 1_000.0;
    let (mean_m, deviation_m) = positions.mean_and_deviation();
    let share = if deviation_m.max() < KNOWN_TO_M {
        f64::from(u8::from(station.can_see(&mean_m)))
    } else {
        let mut count = u8::from(station.can_see(&mean_m));
        for (axis, sigma_m) in deviation_m.iter().enumerate() {
            let step_m = Vector3::ith(axis, sigma_m * SPREAD_SIGMAS);
            count += u8::from(station.can_see(&(mean_m + step_m)));
            count += u8::from(station.can_see(&(mean_m - step_m)));
        }
        f64::from(count) / 7.0
    };
    let burning = if station.sensor.sees_plumes_only() { positions.boost_probability() } else { 1.0 };
    if share == 0.0 {
        return 0.0;
    }
    detection_probability_at(station, (mean_m - station.position_m).norm()) * share * burning
}

#[cfg(test)]
mod tests;
