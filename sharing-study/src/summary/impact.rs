//! Errors of predicted points beside what the physics allows.

use super::pairing::pairing;
use super::rows::Cell;
use super::{AFTER_BURNOUT_S, ErrorMeasure, ImpactMeasure, Measure};
use crate::outcome::{ImpactSample, NodeOutcome, Sample, StudyDescription, StudyResult};
use crate::statistics::{self, Proportion};

/// Efficiencies that differ by more than this factor are not compared: the rest of the difference is the filter's.
pub(crate) const EFFICIENCY_TOLERANCE: f64 = 1.1;

/// A bound that improves by less than this factor leaves nothing to share in.
pub(crate) const LEAST_BOUND_RATIO: f64 = 1.05;

/// The predicted impact of a confirmed track.
pub(crate) fn estimate(sample: &Sample) -> Option<ImpactSample> {
    sample.impact.filter(|_| sample.has_track)
}

/// An error of each run that may be missing.
pub(super) fn error(
    cell: &Cell<'_>,
    cap_m: f64,
    error_m: impl Fn(&NodeOutcome) -> Option<f64>,
) -> Option<ErrorMeasure> {
    let values = cell.values(&error_m);
    Some(ErrorMeasure {
        with_estimate: Proportion::of(values.len(), cell.own.iter().flatten().count())?,
        given_estimate_m: cell.measure(&error_m),
        rms_m: statistics::root_mean_square(&values),
        capped_m: cell.measure(|row| Some(error_m(row).map_or(cap_m, |error| error.min(cap_m))))?,
    })
}

/// The instant of the grid nearest to a time; none where the grid does not reach it or the flight is over.
pub(crate) fn nearest_instant(description: &StudyDescription, time_s: f64) -> Option<usize> {
    crate::measure::nearest_instant(&description.times_s, description.impact_s, time_s)
}

pub(super) fn at_named_times(
    result: &StudyResult,
    cell: &Cell<'_>,
    node: usize,
    regime: usize,
) -> Vec<ImpactMeasure> {
    let at = |after_s: &f64| {
        let instant = nearest_instant(&result.description, result.description.burnout_s + after_s)?;
        at_instant(result, cell, (node, regime), instant, *after_s)
    };
    AFTER_BURNOUT_S.iter().filter_map(at).collect()
}

fn at_instant(
    result: &StudyResult,
    cell: &Cell<'_>,
    (node, regime): (usize, usize),
    instant: usize,
    after_burnout_s: f64,
) -> Option<ImpactMeasure> {
    let description = &result.description;
    let of_row = |row: &NodeOutcome| estimate(&row.samples[instant]);
    let estimates: Vec<ImpactSample> = cell.own.iter().flatten().filter_map(|row| of_row(row)).collect();
    let rows = cell.own.iter().flatten().count();
    let tracked = cell.own.iter().flatten().filter(|row| row.samples[instant].has_track).count();
    let each = |value: fn(&ImpactSample) -> f64| estimates.iter().map(value).collect::<Vec<f64>>();
    let error = error(cell, description.cap_m, |row| of_row(row).map(|impact| impact.error_m))?;
    let bound_rms_m = bound(result, node, regime, instant);
    let base = cell.baseline.and_then(|runs| {
        let errors: Vec<f64> =
            runs.iter().flatten().filter_map(|row| of_row(row)).map(|impact| impact.error_m).collect();
        Some((statistics::root_mean_square(&errors)?, bound(result, node, description.baseline, instant)?))
    });
    let own = error.rms_m.zip(bound_rms_m);
    Some(ImpactMeasure {
        after_burnout_s,
        time_s: description.times_s[instant],
        with_track: Proportion::of(tracked, rows)?,
        error,
        time_error_rms_s: statistics::root_mean_square(&each(|impact| impact.time_error_s)),
        ellipse_major_m: statistics::median(&each(|impact| impact.ellipse_major_m)),
        coverage: Proportion::of(
            estimates.iter().filter(|impact| impact.covers_truth).count(),
            estimates.len(),
        ),
        bound_rms_m,
        efficiency: own.filter(|(rms_m, _)| *rms_m > 0.0).map(|(rms_m, bound_m)| bound_m / rms_m),
        share_of_possible: own.zip(base).and_then(|(own, base)| share_of_possible(own, base)),
        pairing: pairing(cell, |row| of_row(row).map(|impact| impact.error_m)),
    })
}

fn bound(result: &StudyResult, node: usize, regime: usize, instant: usize) -> Option<f64> {
    let found = result.bounds.iter().find(|bound| bound.regime == regime && bound.node.0 as usize == node)?;
    found.impact_rms_m.get(instant).copied().flatten().filter(|bound_m| bound_m.is_finite() && *bound_m > 0.0)
}

/// ln(E_base / E) / ln(B_base / B), each argument (error, bound) in m.
pub(super) fn share_of_possible(own: (f64, f64), base: (f64, f64)) -> Option<f64> {
    if [own.0, own.1, base.0, base.1].iter().any(|value| *value <= 0.0) {
        return None;
    }
    let efficiencies = (own.1 / own.0) / (base.1 / base.0);
    let bounds = base.1 / own.1;
    let comparable = (1.0 / EFFICIENCY_TOLERANCE..=EFFICIENCY_TOLERANCE).contains(&efficiencies)
        && bounds >= LEAST_BOUND_RATIO;
    comparable.then(|| libm::log(base.0 / own.0) / libm::log(bounds))
}

/// Share of the instants after burnout whose ellipse holds the truth, for each run.
pub(super) fn coast_coverage(result: &StudyResult, cell: &Cell<'_>) -> Option<Measure> {
    let description = &result.description;
    let coasting: Vec<usize> = super::build::in_flight(result)
        .into_iter()
        .filter(|index| description.times_s[*index] > description.burnout_s)
        .collect();
    cell.measure(|row| {
        let held: Vec<f64> = coasting
            .iter()
            .filter_map(|index| estimate(&row.samples[*index]))
            .map(|impact| f64::from(u8::from(impact.covers_truth)))
            .collect();
        statistics::mean(&held)
    })
}
