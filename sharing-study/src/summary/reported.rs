//! What was publicly reported of the event, and beside it what the model did.
//!
//! Times that were announced are rounded, mostly to the minute, and so is the launch from which they count: a delay between
//! the two may be off by the sum of both half widths, and a difference within that is no difference.

use super::areas;
use super::rows::Rows;
use crate::outcome::{AreaOutcome, StudyResult};
use crate::statistics::{self, Proportion};
use schemars::JsonSchema;
use sensor_sim::scenario::{ReportedCount, ReportedEvent, What};
use serde::{Deserialize, Serialize};

/// The public record of an event beside the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedSummary {
    /// What was announced to have happened when.
    pub events: Vec<ReportedEvent>,
    /// How many missiles were announced.
    pub counts: Vec<ReportedCount>,
    /// How far announced delays after launch may be off by the launch alone, s: its rounding, and its span where it has one.
    pub launch_half_width_s: f64,
    /// All that the model has between a node's decision and the people, s. The record has people's decisions as well.
    pub dissemination_s: f64,
    /// Each announced alert of each area beside the model's, for the nation that announced it, or each that answers for it.
    pub alerts: Vec<AlertBeside>,
    /// Each announced count beside the model's.
    pub missiles: Vec<CountBeside>,
}

/// An announced alert of an area beside the model's under one regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertBeside {
    /// Name of the node that answers for the area.
    pub node: String,
    /// Name of the regime.
    pub regime: String,
    /// Name of the area.
    pub area: String,
    /// From launch to the announced alert, s: from and until.
    pub reported_s: [f64; 2],
    /// How far that may be off by rounding alone, s.
    pub half_width_s: f64,
    /// Share of the runs in which the model alerts it, whether or not it is threatened.
    pub alerted: Proportion,
    /// From launch to the model's alert, s, mean over these runs.
    pub model_s: Option<f64>,
    /// Middle of the announced time less the model's, s.
    pub reported_less_model_s: Option<f64>,
    /// What that says.
    pub verdict: Verdict,
    /// From the announced alert to the announced overflight, s: least and most; negative is too late.
    pub reported_margin_s: Option<[f64; 2]>,
    /// How far that may be off by rounding alone, s.
    pub margin_half_width_s: Option<f64>,
    /// From the model's alert until the model's flight reaches the area, s, mean over the runs that have both.
    pub model_margin_s: Option<f64>,
}

/// What an announced time says beside one of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The model has no such time.
    NoAlert,
    /// The announced one is earlier than the model's, by more than rounding.
    Earlier,
    /// The two cannot be told apart.
    WithinRounding,
    /// The announced one is later than the model's, by more than rounding.
    Later,
}

/// An announced number of missiles beside the model's under one regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CountBeside {
    /// Name of the node.
    pub node: String,
    /// Name of the regime.
    pub regime: String,
    /// Announced.
    pub reported: u32,
    /// Whether it was announced as "at least".
    pub at_least: bool,
    /// Counted by the end in the model, mean over runs.
    pub counted_mean: f64,
    /// Flown in the model, mean over runs.
    pub flown_mean: f64,
}

impl Verdict {
    /// Of an announced span, that may be off by a half width, beside a time of the model; all s.
    pub(super) fn of([from_s, until_s]: [f64; 2], half_width_s: f64, model_s: Option<f64>) -> Verdict {
        match model_s {
            None => Verdict::NoAlert,
            Some(model_s) if model_s < from_s - half_width_s => Verdict::Later,
            Some(model_s) if model_s > until_s + half_width_s => Verdict::Earlier,
            Some(_) => Verdict::WithinRounding,
        }
    }
}

/// None where nothing was reported.
pub(super) fn of(result: &StudyResult, rows: &Rows<'_>) -> Option<ReportedSummary> {
    let description = &result.description;
    let reported = &description.reported;
    if reported.is_empty() {
        return None;
    }
    let width_s = |launch: &ReportedEvent| launch.span_s()[1] - launch.span_s()[0] + launch.half_width_s;
    let launch_half_width_s = reported.launch().map_or(0.0, width_s);
    let alerts = reported.events.iter().filter(|event| event.what == What::Alert);
    Some(ReportedSummary {
        events: reported.events.clone(),
        counts: reported.counts.clone(),
        launch_half_width_s,
        dissemination_s: description.dissemination_s,
        alerts: alerts.flat_map(|alert| beside(result, rows, alert, launch_half_width_s)).collect(),
        missiles: reported.counts.iter().flat_map(|count| counted(result, rows, count)).collect(),
    })
}

/// An announced alert beside the model, for each of its areas, nation and regime.
fn beside(
    result: &StudyResult,
    rows: &Rows<'_>,
    alert: &ReportedEvent,
    launch_half_width_s: f64,
) -> Vec<AlertBeside> {
    let description = &result.description;
    let mut found = Vec::new();
    for (node, node_name) in description.nodes.iter().enumerate() {
        if alert.by.as_ref().is_some_and(|by| by != node_name) {
            continue;
        }
        for area in areas::answered_for(result, node) {
            let name = &description.areas[area].name;
            if !alert.areas.contains(name) {
                continue;
            }
            let overflight = overflight(&description.reported.events, name);
            let margin = overflight.map(|over| {
                let ([alert_s, alert_until_s], [over_s, over_until_s]) = (alert.span_s(), over.span_s());
                [over_s - alert_until_s, over_until_s - alert_s]
            });
            for (regime, described) in description.regimes.iter().enumerate() {
                let outcomes: Vec<&AreaOutcome> =
                    rows.runs(node, regime).iter().flatten().map(|row| &row.areas[area]).collect();
                let alerted_s: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.alerted_s).collect();
                let leads_s: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.lead_s()).collect();
                let Some(alerted) = Proportion::of(alerted_s.len(), outcomes.len()) else { continue };
                let (model_s, half_width_s) =
                    (statistics::mean(&alerted_s), alert.half_width_s + launch_half_width_s);
                let [from_s, until_s] = alert.span_s();
                found.push(AlertBeside {
                    node: node_name.clone(),
                    regime: described.name.clone(),
                    area: name.clone(),
                    reported_s: [from_s, until_s],
                    half_width_s,
                    alerted,
                    model_s,
                    reported_less_model_s: model_s.map(|model_s| 0.5 * (from_s + until_s) - model_s),
                    verdict: Verdict::of([from_s, until_s], half_width_s, model_s),
                    reported_margin_s: margin,
                    margin_half_width_s: overflight.map(|over| over.half_width_s + alert.half_width_s),
                    model_margin_s: statistics::mean(&leads_s),
                });
            }
        }
    }
    found
}

/// The announced overflight of an area: one that names it and was not taken back.
pub(crate) fn overflight<'e>(events: &'e [ReportedEvent], area: &str) -> Option<&'e ReportedEvent> {
    let mut stand = events.iter().filter(|event| event.what == What::Overflight && !event.withdrawn);
    stand.find(|event| event.areas.iter().any(|name| name == area))
}

fn counted(result: &StudyResult, rows: &Rows<'_>, count: &ReportedCount) -> Vec<CountBeside> {
    let description = &result.description;
    let Some(node) = description.nodes.iter().position(|name| *name == count.by) else { return Vec::new() };
    let of_regime = |(regime, described): (usize, &crate::outcome::RegimeDescription)| {
        let rows = rows.runs(node, regime).iter().flatten();
        let (counted, flown): (Vec<f64>, Vec<f64>) =
            rows.map(|row| (f64::from(row.missiles_so_far), f64::from(row.missiles_flown))).unzip();
        Some(CountBeside {
            node: count.by.clone(),
            regime: described.name.clone(),
            reported: count.missiles,
            at_least: count.at_least,
            counted_mean: statistics::mean(&counted)?,
            flown_mean: statistics::mean(&flown)?,
        })
    };
    description.regimes.iter().enumerate().filter_map(of_regime).collect()
}
