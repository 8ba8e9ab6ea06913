//! What one run gives: the raw rows that every table, interval and picture of a study is made from.

use crate::statistics::Interval;
use fusion_core::types::NodeId;
use sensor_sim::Reported;
use serde::{Deserialize, Serialize};

/// What one node knew under one regime in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeOutcome {
    /// Number of the run, from zero. All regimes of a run see the same flight and the same noise.
    pub run: u32,
    /// Index in the study's list of regimes.
    pub regime: usize,
    /// The receiving node.
    pub node: NodeId,
    /// Seconds from launch to the first track of the missile, confirmed or not.
    pub first_track_s: Option<f64>,
    /// Seconds from launch to the first confirmed track of the missile.
    pub confirmed_s: Option<f64>,
    /// Seconds from launch until the impact ellipse was small enough to act on, as the scenario says.
    pub actionable_s: Option<f64>,
    /// Distance between the estimated and the true launch point, m, of the last estimate.
    pub launch_point_error_m: Option<f64>,
    /// Fraction of the time from launch to impact with a confirmed track on the missile.
    pub custody_fraction: f64,
    /// Most confirmed tracks of what was launched, pieces included, that the node had at one time.
    pub missiles_counted: u32,
    /// Missiles that the node had counted by the end, those that had come down included.
    pub missiles_so_far: u32,
    /// Missiles flown.
    pub missiles_flown: u32,
    /// Single integrated air picture measures over the flight.
    pub siap: SiapOutcome,
    /// What happened to each named area, in the scenario's order.
    pub areas: Vec<AreaOutcome>,
    /// The node's knowledge on the study's time grid ([`StudyDescription::times_s`]).
    pub samples: Vec<Sample>,
}

/// SIAP measures of one node over one flight (Votruba et al., 2001).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiapOutcome {
    /// Completeness: share of the truth that is tracked.
    pub completeness: f64,
    /// Ambiguity: confirmed tracks for each tracked object.
    pub ambiguity: f64,
    /// Spuriousness: share of confirmed tracks on nothing.
    pub spuriousness: f64,
}

/// One named area in one run, at one node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaOutcome {
    /// Whether the true impact lies in it or the true ground track crosses it.
    pub threatened: bool,
    /// Seconds from launch to the overflight or impact, where threatened.
    pub reached_s: Option<f64>,
    /// Seconds from launch to the alert, the time to disseminate included; none when it was not alerted.
    pub alerted_s: Option<f64>,
}

impl AreaOutcome {
    /// Whether it was alerted without a threat.
    #[must_use]
    pub fn is_in_vain(&self) -> bool {
        !self.threatened && self.alerted_s.is_some()
    }

    /// Whether it was threatened, and alerted too late or never.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.threatened && !self.is_in_time()
    }

    /// Whether it was threatened and alerted before it was reached.
    #[must_use]
    pub fn is_in_time(&self) -> bool {
        let alerted = self.alerted_s.filter(|_| self.threatened);
        alerted.is_some_and(|alerted| self.reached_s.is_none_or(|reached| alerted < reached))
    }

    /// Reached less alerted, s, where it was threatened and alerted; negative is too late.
    #[must_use]
    pub fn lead_s(&self) -> Option<f64> {
        Some(self.reached_s.filter(|_| self.threatened)? - self.alerted_s?)
    }

    /// The same wherever it was threatened, with a late or missing alert as zero, s.
    #[must_use]
    pub fn counted_lead_s(&self) -> Option<f64> {
        let reached = self.reached_s.filter(|_| self.threatened);
        reached.map(|_| self.lead_s().map_or(0.0, |lead_s| lead_s.max(0.0)))
    }
}

/// What a node knew at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Whether the node had a confirmed track of the missile.
    pub has_track: bool,
    /// Error of the estimated position, m.
    pub position_error_m: Option<f64>,
    /// Normalised estimation error squared of position and velocity (6 degrees of freedom).
    pub nees: Option<f64>,
    /// The predicted impact, when the track has one.
    pub impact: Option<ImpactSample>,
    /// GOSPA (p = 2, alpha = 2, c = 10 km) of the node's picture, m.
    pub gospa: GospaSample,
}

/// A predicted impact beside the truth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImpactSample {
    /// Distance on the ground between the predicted and the true impact, m.
    pub error_m: f64,
    /// Predicted minus true time of impact, s.
    pub time_error_s: f64,
    /// Geodetic latitude of the predicted impact, degrees.
    pub latitude_deg: f64,
    /// Longitude of the predicted impact, degrees.
    pub longitude_deg: f64,
    /// Semi-major axis of the 95 % ellipse, m.
    pub ellipse_major_m: f64,
    /// Semi-minor axis of the 95 % ellipse, m.
    pub ellipse_minor_m: f64,
    /// Direction of the major axis, radians clockwise from north.
    pub ellipse_azimuth_rad: f64,
    /// Whether the 95 % ellipse holds the true impact.
    pub covers_truth: bool,
}

/// GOSPA and its parts (Rahmathullah et al., 2017), all m.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GospaSample {
    /// The metric.
    pub total_m: f64,
    /// Root of the part from localisation.
    pub localisation_m: f64,
    /// Root of the part from missed objects.
    pub missed_m: f64,
    /// Root of the part from false tracks.
    pub false_m: f64,
}

/// What was studied: the names and the grid that the rows refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyDescription {
    /// Title of the scenario.
    pub title: String,
    /// One paragraph on the scenario, with what is notional about it.
    pub summary: String,
    /// Seed of the study.
    pub seed: u64,
    /// Runs done.
    pub runs: u32,
    /// The regimes in order of rows.
    pub regimes: Vec<RegimeDescription>,
    /// Index of the regime against which headlines are differences (`bilateral`).
    pub baseline: usize,
    /// Names of the nodes, by identity.
    pub nodes: Vec<String>,
    /// The named areas.
    pub areas: Vec<AreaDescription>,
    /// Seconds since launch of each sample.
    pub times_s: Vec<f64>,
    /// Burnout, seconds since launch.
    pub burnout_s: f64,
    /// Impact, seconds since launch, of the nominal flight.
    pub impact_s: f64,
    /// The true ground track: latitude (deg), longitude (deg), height (km), seconds since launch.
    pub ground_track: Vec<[f64; 4]>,
    /// Sensors for the map: name, nation's node, latitude (deg), longitude (deg); satellites are left out.
    pub sensors: Vec<SensorDescription>,
    /// Error at which a missing estimate is counted in capped means, m.
    pub cap_m: f64,
    /// Seconds from a node's decision to the alert's arrival at the people: all that the model has between them.
    pub dissemination_s: f64,
    /// What was publicly reported of the event.
    pub reported: Reported,
}

/// A regime as the report shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeDescription {
    /// Short name, as in `--regime`.
    pub name: String,
    /// What it stands for, with its assumptions.
    pub description: String,
    /// Mean bytes that each of its links carried in a run: label and bytes.
    pub link_bytes: Vec<(String, f64)>,
}

/// A named area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaDescription {
    /// Its name.
    pub name: String,
    /// Nodes that answer for warning it.
    pub warned_by: Vec<NodeId>,
    /// Corners: latitude (deg), longitude (deg).
    pub polygon: Vec<[f64; 2]>,
}

/// A sensor on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorDescription {
    /// Its name.
    pub name: String,
    /// The nation that owns it.
    pub owner: NodeId,
    /// Latitude, degrees.
    pub latitude_deg: f64,
    /// Longitude, degrees.
    pub longitude_deg: f64,
}

/// The physical bound for one regime and one node: root-mean-square horizontal impact error, m, on the study's grid;
/// none before burnout or where the data does not determine an impact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Index of the regime.
    pub regime: usize,
    /// The receiving node.
    pub node: NodeId,
    /// For each time of the grid.
    pub impact_rms_m: Vec<Option<f64>>,
}

/// The band in which the mean NEES of a perfect filter's runs lies 95 % of the time, for one regime and node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsistencyBand {
    /// Index of the regime.
    pub regime: usize,
    /// The node.
    pub node: NodeId,
    /// Lower end of the band, for the number of runs done.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// From this many seconds after launch, 20 s after burnout.
    pub from_s: f64,
    /// To this many seconds after launch, where re-entry begins.
    pub to_s: f64,
}

/// Everything that a study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// What was studied.
    pub description: StudyDescription,
    /// One row for each (run, regime, node), in that order.
    pub outcomes: Vec<NodeOutcome>,
    /// The bound for each (regime, node).
    pub bounds: Vec<Bound>,
    /// The consistency band of each (regime, node) that has one.
    pub consistency: Vec<ConsistencyBand>,
}

impl StudyResult {
    /// Takes the regime of this name as the one against which differences are; false where there is none.
    #[must_use]
    pub fn take_baseline(&mut self, name: &str) -> bool {
        let found = self.description.regimes.iter().position(|regime| regime.name == name);
        self.description.baseline = found.unwrap_or(self.description.baseline);
        found.is_some()
    }
}

/// Who contributes what to one measure at one receiver: Shapley values, so that they add up to the whole gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// The measure and what it is under: `Impact error 300 s after launch, as realtime-2023 delivers`.
    pub measure: String,
    /// Unit of every value: `km`, `s`.
    pub unit: String,
    /// Name of the receiving node.
    pub receiver: String,
    /// Each sensor's or nation's part of the gain; above zero is better.
    pub contributions: Vec<Contribution>,
    /// The gain of all of them together over none.
    pub total: f64,
}

/// One sensor's or nation's part of a gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Its name.
    pub name: String,
    /// Its Shapley value, in the unit of the [`Credit`].
    pub value: f64,
    /// 95 % interval; none where the value is exact.
    pub interval: Option<Interval>,
}

/// What a receiver gains while one quantity of the sharing is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// What is varied: `link delay`.
    pub quantity: String,
    /// Its unit, empty for none.
    pub unit: String,
    /// What is gained and when: `Impact error 90 s after launch`. Sweeps of one quantity at one receiver share a picture.
    pub measure: String,
    /// Its unit.
    pub measure_unit: String,
    /// Name of the regime whose links are varied, with what is special about the sweep.
    pub regime: String,
    /// Name of the regime that it is compared with.
    pub baseline: String,
    /// Name of the receiving node.
    pub receiver: String,
    /// In order of `x`.
    pub points: Vec<SweepPoint>,
    /// Where the gain comes to nothing, if within the range.
    pub crossover: Option<Crossover>,
}

/// A point of a [`Sweep`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The quantity.
    pub x: f64,
    /// The measure under the baseline.
    pub from: f64,
    /// The measure with the quantity at `x`.
    pub to: f64,
    /// The gain, what the baseline has more; above zero is better.
    pub mean: f64,
    /// Its 95 % interval; none where it is worked out and not drawn.
    pub interval: Option<Interval>,
}

/// Where a link stops being worth having.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossover {
    /// Value of the quantity at which the gain is zero.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}
