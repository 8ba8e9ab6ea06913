//! Makes the summary: one cell for each node and regime.

use super::rows::{Cell, Rows, SummaryError};
use super::{
    Consistency, GospaMeasure, LinkSummary, MissileMeasure, NeesMeasure, NodeRegime, NodeSummary,
    RegimeSummary, SiapMeasure, Summary, TimeMeasure, areas, disagreements, impact, reported,
};
use crate::outcome::{
    AreaOutcome, ConsistencyBand, GospaSample, NodeOutcome, RegimeDescription, StudyResult,
};
use crate::regimes::SILOED;
use crate::statistics::{self, CONFIDENCE, Interval, Proportion, RestrictedTime};

pub(super) fn summarise(result: &StudyResult) -> Result<Summary, SummaryError> {
    let description = &result.description;
    let rows = Rows::of(result)?;
    let siloed = description.regimes.iter().position(|regime| regime.name == SILOED);
    let nodes: Vec<NodeSummary> = description
        .nodes
        .iter()
        .enumerate()
        .map(|(node, name)| NodeSummary {
            name: name.clone(),
            most_threatened_area: areas::most_threatened(result, &rows, node),
            regimes: (0..description.regimes.len())
                .map(|regime| node_regime(result, &rows, node, regime, siloed))
                .collect(),
        })
        .collect();
    Ok(Summary {
        title: description.title.clone(),
        seed: description.seed,
        runs: description.runs,
        confidence: CONFIDENCE,
        baseline: description.regimes[description.baseline].name.clone(),
        siloed: siloed.map(|index| description.regimes[index].name.clone()),
        burnout_s: description.burnout_s,
        impact_s: description.impact_s,
        cap_m: description.cap_m,
        regimes: description.regimes.iter().map(|regime| links(regime, description.impact_s)).collect(),
        disagreements: disagreements::of(&nodes),
        reported: reported::of(result, &rows),
        nodes,
    })
}

fn links(regime: &RegimeDescription, flight_s: f64) -> RegimeSummary {
    let link = |(label, bytes): &(String, f64)| LinkSummary {
        label: label.clone(),
        mean_bytes: *bytes,
        mean_rate_bit_s: if flight_s > 0.0 { 8.0 * bytes / flight_s } else { 0.0 },
    };
    RegimeSummary {
        name: regime.name.clone(),
        description: regime.description.clone(),
        links: regime.link_bytes.iter().map(link).collect(),
        // Folded from zero: the sum of nothing is minus zero.
        total_bytes: regime.link_bytes.iter().fold(0.0, |total, (_, bytes)| total + bytes),
    }
}

fn node_regime(
    result: &StudyResult,
    rows: &Rows<'_>,
    node: usize,
    regime: usize,
    siloed: Option<usize>,
) -> NodeRegime {
    let description = &result.description;
    let cell = Cell {
        own: rows.runs(node, regime),
        baseline: (regime != description.baseline).then(|| rows.runs(node, description.baseline)),
        siloed: siloed.filter(|index| *index != regime).map(|index| rows.runs(node, index)),
        seed: description.seed,
    };
    let horizon_s = description.impact_s;
    let duty = areas::answered_for(result, node);
    NodeRegime {
        regime: description.regimes[regime].name.clone(),
        runs: cell.own.iter().flatten().count(),
        first_track_s: time(&cell, horizon_s, |row| row.first_track_s),
        confirmed_s: time(&cell, horizon_s, |row| row.confirmed_s),
        actionable_s: time(&cell, horizon_s, |row| row.actionable_s),
        launch_point: impact::error(&cell, description.cap_m, |row| row.launch_point_error_m),
        impact: impact::at_named_times(result, &cell, node, regime),
        coast_coverage_fraction: impact::coast_coverage(result, &cell),
        custody_fraction: cell.measure(|row| Some(row.custody_fraction)),
        missiles: missiles(&cell),
        gospa: gospa(result, &cell),
        siap: siap(&cell),
        nees: nees(result, &cell, node, regime),
        areas: duty.iter().filter_map(|area| areas::measure(result, &cell, *area)).collect(),
        areas_warned_in_vain: cell.measure(|row| Some(areas::count(row, &duty, AreaOutcome::is_in_vain))),
        areas_missed: cell.measure(|row| Some(areas::count(row, &duty, AreaOutcome::is_missed))),
    }
}

fn time(cell: &Cell<'_>, horizon_s: f64, time: impl Fn(&NodeOutcome) -> Option<f64>) -> Option<TimeMeasure> {
    let times: Vec<Option<f64>> = cell.own.iter().flatten().map(|row| time(row)).collect();
    let restricted = |row: &NodeOutcome| Some(time(row).map_or(horizon_s, |time| time.min(horizon_s)));
    let (against_baseline, against_siloed) = cell.differences(restricted);
    Some(TimeMeasure { restricted: RestrictedTime::of(&times, horizon_s)?, against_baseline, against_siloed })
}

fn missiles(cell: &Cell<'_>) -> Option<MissileMeasure> {
    let right = cell.own.iter().flatten().filter(|row| row.missiles_so_far == row.missiles_flown).count();
    Some(MissileMeasure {
        counted: cell.measure(|row| Some(f64::from(row.missiles_counted)))?,
        so_far: cell.measure(|row| Some(f64::from(row.missiles_so_far)))?,
        flown_mean: statistics::mean(&cell.values(|row| Some(f64::from(row.missiles_flown))))?,
        right: Proportion::of(right, cell.own.iter().flatten().count())?,
    })
}

/// Instants of the grid from launch to impact.
pub(super) fn in_flight(result: &StudyResult) -> Vec<usize> {
    let description = &result.description;
    let inside = |time: &f64| (0.0..=description.impact_s).contains(time);
    (0..description.times_s.len()).filter(|index| inside(&description.times_s[*index])).collect()
}

fn gospa(result: &StudyResult, cell: &Cell<'_>) -> Option<GospaMeasure> {
    let instants = in_flight(result);
    let over_flight = |part: fn(&GospaSample) -> f64| {
        cell.measure(|row| {
            let values: Vec<f64> = instants.iter().map(|index| part(&row.samples[*index].gospa)).collect();
            statistics::mean(&values)
        })
    };
    Some(GospaMeasure {
        total_m: over_flight(|sample| sample.total_m)?,
        localisation_m: over_flight(|sample| sample.localisation_m)?,
        missed_m: over_flight(|sample| sample.missed_m)?,
        false_m: over_flight(|sample| sample.false_m)?,
    })
}

fn siap(cell: &Cell<'_>) -> Option<SiapMeasure> {
    Some(SiapMeasure {
        completeness_fraction: cell.measure(|row| Some(row.siap.completeness))?,
        ambiguity: cell.measure(|row| Some(row.siap.ambiguity))?,
        spuriousness_fraction: cell.measure(|row| Some(row.siap.spuriousness))?,
    })
}

fn nees(result: &StudyResult, cell: &Cell<'_>, node: usize, regime: usize) -> NeesMeasure {
    let found =
        result.consistency.iter().find(|band| band.regime == regime && band.node.0 as usize == node).copied();
    let Some(band) = found else {
        return NeesMeasure {
            mean: None,
            band: None,
            window_s: None,
            runs: 0,
            verdict: Consistency::TooFewRuns,
        };
    };
    let times = &result.description.times_s;
    let coasting: Vec<usize> =
        (0..times.len()).filter(|index| (band.from_s..=band.to_s).contains(&times[*index])).collect();
    let of_row = |row: &NodeOutcome| -> Vec<f64> {
        let samples = coasting.iter().map(|index| &row.samples[*index]);
        samples.filter(|sample| sample.has_track).filter_map(|sample| sample.nees).collect()
    };
    let by_run: Vec<Vec<f64>> =
        cell.own.iter().flatten().map(|row| of_row(row)).filter(|values| !values.is_empty()).collect();
    let mean = statistics::mean(&by_run.concat());
    NeesMeasure {
        mean,
        band: Some(Interval { low: band.low, high: band.high }),
        window_s: Some([band.from_s, band.to_s]),
        runs: by_run.len(),
        verdict: verdict(mean, &band, by_run.len(), cell.own.iter().flatten().count()),
    }
}

fn verdict(mean: Option<f64>, band: &ConsistencyBand, with_track: usize, runs: usize) -> Consistency {
    match mean {
        Some(mean) if 2 * with_track >= runs => {
            if mean > band.high {
                Consistency::Overconfident
            } else if mean < band.low {
                Consistency::Cautious
            } else {
                Consistency::Consistent
            }
        }
        _ => Consistency::TooFewRuns,
    }
}
