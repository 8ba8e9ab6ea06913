//! Measures that may be asked for by name: one number for each run, regime and receiver.

use crate::outcome::NodeOutcome;
use crate::statistics::{mean, restricted};
use crate::summary::AFTER_BURNOUT_S;
use fusion_core::warning::Area;

/// A measure with a name. Less is better but for `custody` and `lead`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// Distance between predicted and true impact this many seconds after burnout, m; none without an estimate.
    ImpactError(f64),
    /// Distance between estimated and true launch point, m; none without an estimate.
    LaunchPointError,
    /// From launch to the first track, s; at most to impact.
    FirstTrack,
    /// From launch to the first confirmed track, s; at most to impact.
    Confirmed,
    /// From launch until the impact ellipse was small enough to act on, s; at most to impact.
    Actionable,
    /// Share of the flight with a confirmed track.
    Custody,
    /// GOSPA over the flight, m.
    Gospa,
    /// Warning lead, s, mean over the threatened areas that the receiver answers for, late or never as zero; none without.
    Lead,
}

/// What a measure has to know of the study beside the row.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Seconds since launch of each sample.
    pub times_s: &'a [f64],
    /// Burnout of the nominal flight, s since launch.
    pub burnout_s: f64,
    /// Impact of the nominal flight, s since launch.
    pub impact_s: f64,
    /// The named areas.
    pub areas: &'a [Area],
}

impl Measured {
    /// Every measure that has a name.
    pub fn all() -> impl Iterator<Item = Measured> {
        let others = [
            Measured::LaunchPointError,
            Measured::FirstTrack,
            Measured::Confirmed,
            Measured::Actionable,
            Measured::Custody,
            Measured::Gospa,
            Measured::Lead,
        ];
        AFTER_BURNOUT_S.into_iter().map(Measured::ImpactError).chain(others)
    }

    /// The measure of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Measured> {
        Measured::all().find(|measured| measured.name() == name)
    }

    /// Its name, such as `impact-error-30`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Measured::ImpactError(after_s) => format!("impact-error-{after_s}"),
            Measured::LaunchPointError => "launch-point-error".to_owned(),
            Measured::FirstTrack => "first-track".to_owned(),
            Measured::Confirmed => "confirmed".to_owned(),
            Measured::Actionable => "actionable".to_owned(),
            Measured::Custody => "custody".to_owned(),
            Measured::Gospa => "gospa".to_owned(),
            Measured::Lead => "lead".to_owned(),
        }
    }

    /// Its value in one row; none where the row has none, or the study no such instant.
    #[must_use]
    pub fn value(self, row: &NodeOutcome, frame: &Frame<'_>) -> Option<f64> {
        let until_impact = |time_s: Option<f64>| Some(restricted(time_s, frame.impact_s));
        match self {
            Measured::ImpactError(after_s) => {
                let instant = nearest_instant(frame.times_s, frame.impact_s, frame.burnout_s + after_s)?;
                let sample = row.samples.get(instant).filter(|sample| sample.has_track)?;
                Some(sample.impact?.error_m)
            }
            Measured::LaunchPointError => row.launch_point_error_m,
            Measured::FirstTrack => until_impact(row.first_track_s),
            Measured::Confirmed => until_impact(row.confirmed_s),
            Measured::Actionable => until_impact(row.actionable_s),
            Measured::Custody => Some(row.custody_fraction),
            Measured::Gospa => {
                let total_m: f64 = row.samples.iter().map(|sample| sample.gospa.total_m).sum();
                (!row.samples.is_empty()).then(|| total_m / row.samples.len() as f64)
            }
            Measured::Lead => {
                let duty =
                    frame.areas.iter().zip(&row.areas).filter(|(area, _)| area.warned_by.contains(&row.node));
                let leads: Vec<f64> = duty.filter_map(|(_, area)| area.counted_lead_s()).collect();
                mean(&leads)
            }
        }
    }
}

/// The instant of a grid nearest to a time; none where the grid does not reach it or the flight is over.
pub(crate) fn nearest_instant(times_s: &[f64], impact_s: f64, time_s: f64) -> Option<usize> {
    let distance = |index: usize| (times_s[index] - time_s).abs();
    let nearest = (0..times_s.len()).min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    let before = nearest.checked_sub(1).map_or(0.0, |index| times_s[nearest] - times_s[index]);
    let after = times_s.get(nearest + 1).map_or(0.0, |next| next - times_s[nearest]);
    let reach = 0.5 * before.max(after) + 1e-9;
    (distance(nearest) <= reach && time_s < impact_s).then_some(nearest)
}
