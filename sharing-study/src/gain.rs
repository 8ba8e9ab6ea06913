//! In what something is gained, and how it is read from a run.

use crate::outcome::NodeOutcome;
use crate::statistics::restricted;
use crate::study::CAP_M;
use fusion_core::warning::Area;

/// In what something is gained. All are better when smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Error of the predicted impact, km, at a time, s after launch; with no estimate, and at most, the cap.
    ImpactError(f64),
    /// When the area that is reached first of those that the receiver answers for is alerted, s after launch; at the latest
    /// when it is reached.
    Warning,
    /// When the missile's track is confirmed, s after launch; at the latest at impact.
    Confirmed,
    /// When the impact is known well enough to act on, s after launch; at the latest at impact.
    Actionable,
    /// By how many the missiles counted by the end are off.
    Miscounted,
}

impl Measure {
    /// Its name and its unit.
    #[must_use]
    pub fn name(self) -> (String, &'static str) {
        match self {
            Measure::ImpactError(time_s) => (format!("Impact error {time_s:.0} s after launch"), "km"),
            Measure::Warning => ("Time of the first area's warning".to_owned(), "s"),
            Measure::Confirmed => ("Time of the confirmed track".to_owned(), "s"),
            Measure::Actionable => ("Time of an impact to act on".to_owned(), "s"),
            Measure::Miscounted => ("Missiles miscounted".to_owned(), "missiles"),
        }
    }
}

/// An impact error as a measure counts it, km: none, and anything worse, as the cap.
pub(crate) fn capped_km(error_m: Option<f64>) -> f64 {
    error_m.map_or(CAP_M, |error_m| error_m.min(CAP_M)) * 1e-3
}

/// Reads measures from runs whose samples lie at the times of their impact errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    /// The measures, in the order of the samples.
    pub measures: &'a [Measure],
    /// The areas of the scenario.
    pub areas: &'a [Area],
    /// Impact of the nominal flight, s after launch.
    pub impact_s: f64,
}

impl Reader<'_> {
    /// The instants of the samples, s after launch.
    pub fn times_s(&self) -> Vec<f64> {
        let time_s = |measure: &Measure| match measure {
            Measure::ImpactError(time_s) => Some(*time_s),
            _ => None,
        };
        self.measures.iter().filter_map(time_s).collect()
    }

    /// A measure of one run; none where the receiver answers for no threatened area.
    pub fn value(&self, outcome: &NodeOutcome, measure: Measure) -> Option<f64> {
        match measure {
            Measure::ImpactError(time_s) => {
                let index = self.times_s().iter().position(|other| *other == time_s)?;
                let sample = outcome.samples.get(index)?;
                let impact = sample.impact.filter(|_| sample.has_track);
                Some(capped_km(impact.map(|impact| impact.error_m)))
            }
            Measure::Warning => {
                let areas = self.areas.iter().zip(&outcome.areas);
                let own = areas.filter(|(area, _)| area.warned_by.contains(&outcome.node));
                let reached = own.filter_map(|(_, area)| Some((area.reached_s?, area.alerted_s)));
                let (reached_s, alerted_s) = reached.min_by(|a, b| a.0.total_cmp(&b.0))?;
                Some(restricted(alerted_s, reached_s))
            }
            Measure::Confirmed => Some(restricted(outcome.confirmed_s, self.impact_s)),
            Measure::Actionable => Some(restricted(outcome.actionable_s, self.impact_s)),
            Measure::Miscounted => {
                Some((f64::from(outcome.missiles_so_far) - f64::from(outcome.missiles_flown)).abs())
            }
        }
    }
}
