//! Where Student's t and the bootstrap do not say the same of a difference.

use super::{ErrorMeasure, Measure, NodeRegime, NodeSummary, TimeMeasure};
use crate::statistics::{Difference, Interval};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often the two intervals of a difference disagree on whether there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disagreements {
    /// Differences that have both intervals.
    pub compared: usize,
    /// Those where one interval holds zero and the other does not: read them as undecided.
    pub found: Vec<Disagreement>,
}

/// One difference on which the two intervals disagree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disagreement {
    /// The receiver.
    pub node: String,
    /// The regime.
    pub regime: String,
    /// The measure, by its place in [`NodeRegime`].
    pub measure: String,
    /// Whether it is the difference to the baseline; otherwise to the regime without links.
    pub is_to_baseline: bool,
    /// Student's t.
    pub interval: Interval,
    /// The bootstrap.
    pub bootstrap: Interval,
}

/// Of all differences of a summary.
pub(super) fn of(nodes: &[NodeSummary]) -> Disagreements {
    let mut all = Disagreements::default();
    for node in nodes {
        for regime in &node.regimes {
            for (measure, differences) in measures(regime) {
                for (is_to_baseline, difference) in [true, false].into_iter().zip(differences) {
                    let Some(difference) = difference else { continue };
                    let Some((interval, bootstrap)) = difference.interval.zip(difference.bootstrap) else {
                        continue;
                    };
                    all.compared += 1;
                    if interval.contains(0.0) != bootstrap.contains(0.0) {
                        all.found.push(Disagreement {
                            node: node.name.clone(),
                            regime: regime.regime.clone(),
                            measure: measure.clone(),
                            is_to_baseline,
                            interval,
                            bootstrap,
                        });
                    }
                }
            }
        }
    }
    all
}

type Differences = [Option<Difference>; 2];

/// Every measure of a receiver under a regime, with its differences to the baseline and to no sharing.
fn measures(cell: &NodeRegime) -> Vec<(String, Differences)> {
    let measure = |found: &Measure| [found.against_baseline, found.against_siloed];
    let time = |found: &TimeMeasure| [found.against_baseline, found.against_siloed];
    let mut all: Vec<(String, Differences)> = Vec::new();
    let mut add =
        |name: &str, found: Option<Differences>| all.extend(found.map(|found| (name.to_owned(), found)));
    add("first_track_s", cell.first_track_s.as_ref().map(time));
    add("confirmed_s", cell.confirmed_s.as_ref().map(time));
    add("actionable_s", cell.actionable_s.as_ref().map(time));
    let mut error = |name: &str, found: &ErrorMeasure| {
        add(&format!("{name}.given_estimate_m"), found.given_estimate_m.as_ref().map(measure));
        add(&format!("{name}.capped_m"), Some(measure(&found.capped_m)));
    };
    if let Some(launch_point) = &cell.launch_point {
        error("launch_point", launch_point);
    }
    for impact in &cell.impact {
        error(&format!("impact[{} s].error", impact.after_burnout_s), &impact.error);
    }
    add("coast_coverage_fraction", cell.coast_coverage_fraction.as_ref().map(measure));
    add("custody_fraction", cell.custody_fraction.as_ref().map(measure));
    add("missiles.counted", cell.missiles.as_ref().map(|found| measure(&found.counted)));
    add("missiles.so_far", cell.missiles.as_ref().map(|found| measure(&found.so_far)));
    if let Some(gospa) = &cell.gospa {
        add("gospa.total_m", Some(measure(&gospa.total_m)));
        add("gospa.localisation_m", Some(measure(&gospa.localisation_m)));
        add("gospa.missed_m", Some(measure(&gospa.missed_m)));
        add("gospa.false_m", Some(measure(&gospa.false_m)));
    }
    if let Some(siap) = &cell.siap {
        add("siap.completeness_fraction", Some(measure(&siap.completeness_fraction)));
        add("siap.ambiguity", Some(measure(&siap.ambiguity)));
        add("siap.spuriousness_fraction", Some(measure(&siap.spuriousness_fraction)));
    }
    for area in &cell.areas {
        let name = |field: &str| format!("areas[{}].{field}", area.name);
        add(&name("lead_given_alert_s"), area.lead_given_alert_s.as_ref().map(measure));
        add(&name("lead_s"), area.lead_s.as_ref().map(measure));
    }
    add("areas_warned_in_vain", cell.areas_warned_in_vain.as_ref().map(measure));
    add("areas_missed", cell.areas_missed.as_ref().map(measure));
    all
}
