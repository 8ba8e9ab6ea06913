//! What a study found, in numbers: for each receiving node and each regime every measure with its interval and its paired
//! differences.
//!
//! Runs without a track count. An error is given over the runs that have an estimate, together with their share, and
//! again over all runs with a missing estimate counted as the cap; a time is a restricted mean up to impact. Paired
//! differences are own less reference: negative is earlier or nearer.
//!
//! The summary is a function of the [`StudyResult`] alone and its JSON is the same to the byte each time. The name of a
//! field, or of the field that holds a [`Measure`], ends in its unit.

mod areas;
mod build;
mod disagreements;
mod impact;
mod pairing;
mod reported;
mod rows;

use crate::outcome::StudyResult;
use crate::statistics::{Difference, Interval, Proportion, RestrictedTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use disagreements::{Disagreement, Disagreements};
pub(crate) use impact::{EFFICIENCY_TOLERANCE, LEAST_BOUND_RATIO, estimate};
pub use pairing::Pairing;
pub(crate) use reported::overflight;
pub use reported::{AlertBeside, CountBeside, ReportedSummary, Verdict};
pub use rows::SummaryError;

/// Seconds after burnout at which the impact error is tabulated.
pub const AFTER_BURNOUT_S: [f64; 7] = [5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// A study in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Title of the scenario.
    pub title: String,
    /// Seed of the study.
    pub seed: u64,
    /// Runs done.
    pub runs: u32,
    /// Share of intervals that hold the true value.
    pub confidence: f64,
    /// Name of the regime against which headlines are differences.
    pub baseline: String,
    /// Name of the regime without links, if it was studied.
    pub siloed: Option<String>,
    /// Burnout, seconds since launch.
    pub burnout_s: f64,
    /// Impact, seconds since launch: the horizon of restricted times.
    pub impact_s: f64,
    /// Error that stands for a missing estimate in capped means, m.
    pub cap_m: f64,
    /// The regimes, with what their links carried.
    pub regimes: Vec<RegimeSummary>,
    /// The receiving nodes.
    pub nodes: Vec<NodeSummary>,
    /// Where the two kinds of interval disagree on a difference.
    pub disagreements: Disagreements,
    /// What was publicly reported of the event, beside the model; none where the scenario has no such record.
    pub reported: Option<ReportedSummary>,
}

/// One regime, whoever receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegimeSummary {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub description: String,
    /// Each link.
    pub links: Vec<LinkSummary>,
    /// Mean bytes in a run, all links together.
    pub total_bytes: f64,
}

/// One link of a regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkSummary {
    /// From where to where.
    pub label: String,
    /// Mean bytes in a run.
    pub mean_bytes: f64,
    /// Mean bit rate from launch to impact, bit/s.
    pub mean_rate_bit_s: f64,
}

/// One receiving node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeSummary {
    /// Its name.
    pub name: String,
    /// Of the areas it answers for, the one threatened in most runs, the earliest reached first; none if none is.
    pub most_threatened_area: Option<String>,
    /// What it knew under each regime, in the order of [`Summary::regimes`].
    pub regimes: Vec<NodeRegime>,
}

/// What one node knew under one regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRegime {
    /// Name of the regime.
    pub regime: String,
    /// Runs there are.
    pub runs: usize,
    /// From launch to the first track, confirmed or not.
    pub first_track_s: Option<TimeMeasure>,
    /// From launch to the first confirmed track.
    pub confirmed_s: Option<TimeMeasure>,
    /// From launch until the impact ellipse was small enough to act on, as the scenario says.
    pub actionable_s: Option<TimeMeasure>,
    /// Distance between the last estimated and the true launch point.
    pub launch_point: Option<ErrorMeasure>,
    /// The predicted impact at the times of [`AFTER_BURNOUT_S`] that lie before impact and on the grid.
    pub impact: Vec<ImpactMeasure>,
    /// Share of coasting instants at which the 95 % ellipse held the true impact, mean over runs; 0.95 is right.
    pub coast_coverage_fraction: Option<Measure>,
    /// Fraction of the flight with a confirmed track.
    pub custody_fraction: Option<Measure>,
    /// Missiles counted against flown.
    pub missiles: Option<MissileMeasure>,
    /// GOSPA (p = 2, alpha = 2, c = 10 km), mean over the grid from launch to impact.
    pub gospa: Option<GospaMeasure>,
    /// Single integrated air picture measures.
    pub siap: Option<SiapMeasure>,
    /// Whether its covariances tell the truth.
    pub nees: NeesMeasure,
    /// The areas that the node answers for.
    pub areas: Vec<AreaMeasure>,
    /// Areas that it answers for and alerted without a threat, for each run.
    pub areas_warned_in_vain: Option<Measure>,
    /// Areas that it answers for, threatened, and alerted too late or never, for each run.
    pub areas_missed: Option<Measure>,
}

/// A number for each run: its mean and what the regime changed. The unit is in the name of the field that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// Mean over the runs that have it.
    pub mean: f64,
    /// 95 % Student t interval of the mean.
    pub interval: Option<Interval>,
    /// Median.
    pub median: f64,
    /// Standard deviation from run to run.
    pub standard_deviation: Option<f64>,
    /// Runs that have it.
    pub runs: usize,
    /// Paired difference to the baseline; none for the baseline itself.
    pub against_baseline: Option<Difference>,
    /// Paired difference to the regime without links; none for that regime itself.
    pub against_siloed: Option<Difference>,
}

/// A time after launch that may never come; differences are of restricted times, over all runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeMeasure {
    /// Mean up to impact, and how often it never came.
    pub restricted: RestrictedTime,
    /// Paired difference to the baseline, s.
    pub against_baseline: Option<Difference>,
    /// Paired difference to the regime without links, s.
    pub against_siloed: Option<Difference>,
}

/// An error that only exists where there is an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorMeasure {
    /// Share of runs that have an estimate.
    pub with_estimate: Proportion,
    /// Over the runs that have one; differences over the runs in which both have one.
    pub given_estimate_m: Option<Measure>,
    /// Root mean square over the runs that have one, m.
    pub rms_m: Option<f64>,
    /// Over all runs: no estimate, or a worse one than the cap, counts as the cap.
    pub capped_m: Measure,
}

/// The predicted impact at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImpactMeasure {
    /// The time asked for, seconds after burnout.
    pub after_burnout_s: f64,
    /// The instant of the grid that stands for it, seconds since launch.
    pub time_s: f64,
    /// Share of runs with a confirmed track, with or without a predicted impact.
    pub with_track: Proportion,
    /// Distance on the ground between predicted and true impact, of confirmed tracks.
    pub error: ErrorMeasure,
    /// Root mean square error of the predicted time of impact, s.
    pub time_error_rms_s: Option<f64>,
    /// Median semi-major axis of the 95 % ellipse, m.
    pub ellipse_major_m: Option<f64>,
    /// Share of the ellipses that held the true impact; 0.95 is right.
    pub coverage: Option<Proportion>,
    /// What the physics of the sensors heard from allows: root mean square error, m.
    pub bound_rms_m: Option<f64>,
    /// Bound over root mean square error: 1 is all that the data allows.
    pub efficiency: Option<f64>,
    /// Share of the possible gain over the baseline that was realised, ln(E_base / E) / ln(B_base / B); none where the
    /// two efficiencies differ by more than 10 % or the bound is not at least 5 % better.
    pub share_of_possible: Option<f64>,
    /// What pairing with the baseline gained for the difference of the errors given an estimate; none for the baseline.
    pub pairing: Option<Pairing>,
}

/// Missiles counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissileMeasure {
    /// Most confirmed tracks of what was launched, pieces included, at one time: fewer than flown where one is down before
    /// the next is up, more where one breaks up.
    pub counted: Measure,
    /// Counted by the end, those that had come down included: what is to be compared with those flown.
    pub so_far: Measure,
    /// Flown, mean over runs.
    pub flown_mean: f64,
    /// Share of runs in which as many were counted by the end as had flown.
    pub right: Proportion,
}

/// GOSPA and its parts, mean over the flight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GospaMeasure {
    /// The metric.
    pub total_m: Measure,
    /// Part from localisation.
    pub localisation_m: Measure,
    /// Part from missed objects.
    pub missed_m: Measure,
    /// Part from false tracks.
    pub false_m: Measure,
}

/// Single integrated air picture measures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiapMeasure {
    /// Share of the truth that is tracked.
    pub completeness_fraction: Measure,
    /// Confirmed tracks for each tracked object.
    pub ambiguity: Measure,
    /// Share of confirmed tracks on nothing.
    pub spuriousness_fraction: Measure,
}

/// Normalised estimation error squared while coasting; 6 is right on average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeesMeasure {
    /// Mean over the coasting instants and runs that have one.
    pub mean: Option<f64>,
    /// Where the mean of a perfect filter lies 95 % of the time.
    pub band: Option<Interval>,
    /// The window, seconds since launch.
    pub window_s: Option<[f64; 2]>,
    /// Runs with at least one value in the window.
    pub runs: usize,
    /// What that means.
    pub verdict: Consistency,
}

/// What a mean NEES says about a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consistency {
    /// Inside the band: covariances are as large as the errors.
    Consistent,
    /// Above the band: errors are larger than the covariances say.
    Overconfident,
    /// Below the band: covariances are larger than the errors.
    Cautious,
    /// No band, or fewer than half of the runs have a track in the window.
    TooFewRuns,
}

/// One named area that the node answers for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaMeasure {
    /// Its name.
    pub name: String,
    /// Share of runs in which it is threatened.
    pub threatened: Proportion,
    /// When it is reached, seconds since launch, mean over the runs in which it is threatened.
    pub reached_s: Option<f64>,
    /// Share of the threatened runs in which it was alerted, in time or not.
    pub alerted: Option<Proportion>,
    /// Share of the threatened runs in which it was alerted before it was reached.
    pub alerted_in_time: Option<Proportion>,
    /// Share of the other runs in which it was alerted in vain.
    pub alerted_in_vain: Option<Proportion>,
    /// Reached less alerted, over threatened runs with an alert; negative is too late.
    pub lead_given_alert_s: Option<Measure>,
    /// The same over all threatened runs, an alert that came too late or never counted as zero.
    pub lead_s: Option<Measure>,
}

impl Summary {
    /// Makes the summary of a study.
    ///
    /// # Errors
    /// [`SummaryError`] where rows do not fit the description or hold a value that is no finite number.
    pub fn of(result: &StudyResult) -> Result<Summary, SummaryError> {
        build::summarise(result)
    }

    /// The JSON Schema (2020-12) of a summary.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Summary).to_value()
    }

    /// One node under one regime.
    #[must_use]
    pub fn cell(&self, node: usize, regime: usize) -> Option<&NodeRegime> {
        self.nodes.get(node)?.regimes.get(regime)
    }

    /// Index of a regime by its name.
    #[must_use]
    pub fn regime_index(&self, name: &str) -> Option<usize> {
        self.regimes.iter().position(|regime| regime.name == name)
    }
}

impl NodeRegime {
    /// The predicted impact at one of the times of [`AFTER_BURNOUT_S`].
    #[must_use]
    pub fn impact_at(&self, after_burnout_s: f64) -> Option<&ImpactMeasure> {
        self.impact.iter().find(|impact| impact.after_burnout_s == after_burnout_s)
    }

    /// One of the node's areas by its name.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<&AreaMeasure> {
        self.areas.iter().find(|area| area.name == name)
    }
}

#[cfg(test)]
mod tests;
