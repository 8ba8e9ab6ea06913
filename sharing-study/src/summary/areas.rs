//! Areas: who was warned, how long before, who in vain and who not.

use super::AreaMeasure;
use super::rows::{Cell, Rows};
use crate::outcome::{AreaOutcome, NodeOutcome, StudyResult};
use crate::statistics::{self, Proportion};

/// Indices of the areas that a node answers for.
pub(super) fn answered_for(result: &StudyResult, node: usize) -> Vec<usize> {
    let areas = result.description.areas.iter().enumerate();
    areas
        .filter(|(_, area)| area.warned_by.iter().any(|id| id.0 as usize == node))
        .map(|(index, _)| index)
        .collect()
}

/// How many of a row's areas are so.
pub(super) fn count(row: &NodeOutcome, areas: &[usize], is_so: fn(&AreaOutcome) -> bool) -> f64 {
    areas.iter().filter(|area| is_so(&row.areas[**area])).count() as f64
}

pub(super) fn measure(result: &StudyResult, cell: &Cell<'_>, area: usize) -> Option<AreaMeasure> {
    let outcomes: Vec<&AreaOutcome> = cell.own.iter().flatten().map(|row| &row.areas[area]).collect();
    let count = |is_so: &dyn Fn(&AreaOutcome) -> bool| outcomes.iter().filter(|area| is_so(area)).count();
    let threatened = count(&|area| area.threatened);
    let alerted = count(&|area| area.threatened && area.alerted_s.is_some());
    let reached = cell.values(|row| row.areas[area].reached_s.filter(|_| row.areas[area].threatened));
    Some(AreaMeasure {
        name: result.description.areas[area].name.clone(),
        threatened: Proportion::of(threatened, outcomes.len())?,
        reached_s: statistics::mean(&reached),
        alerted: Proportion::of(alerted, threatened),
        alerted_in_time: Proportion::of(count(&AreaOutcome::is_in_time), threatened),
        alerted_in_vain: Proportion::of(count(&AreaOutcome::is_in_vain), outcomes.len() - threatened),
        lead_given_alert_s: cell.measure(|row| row.areas[area].lead_s()),
        lead_s: cell.measure(|row| row.areas[area].counted_lead_s()),
    })
}

/// The area threatened in most runs, the earliest reached first. Threats are the truth's and the same in every regime.
pub(super) fn most_threatened(result: &StudyResult, rows: &Rows<'_>, node: usize) -> Option<String> {
    let mut best: Option<(usize, f64, usize)> = None;
    for area in answered_for(result, node) {
        let outcomes =
            rows.runs(node, result.description.baseline).iter().flatten().map(|row| &row.areas[area]);
        let reached: Vec<f64> =
            outcomes.filter(|area| area.threatened).filter_map(|area| area.reached_s).collect();
        let Some(mean_s) = statistics::mean(&reached) else { continue };
        let better = |(count, time, _): (usize, f64, usize)| {
            reached.len() > count || (reached.len() == count && mean_s < time)
        };
        if best.is_none_or(better) {
            best = Some((reached.len(), mean_s, area));
        }
    }
    best.map(|(_, _, area)| result.description.areas[area].name.clone())
}
