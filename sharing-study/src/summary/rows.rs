//! The rows of a study by node, regime and run, checked, so that pairs can be made without looking for them.

use super::Measure;
use crate::outcome::{NodeOutcome, StudyResult};
use crate::statistics::{self, Difference};
use thiserror::Error;

/// Why no summary can be made: the rows do not fit their description.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// There is nothing to summarise.
    #[error("the study has no {0}")]
    Empty(&'static str),
    /// An index points outside what there is.
    #[error("row {row}: {what} {index} does not exist; there are {known}")]
    OutOfRange {
        /// Number of the row, from zero.
        row: usize,
        /// What the index counts.
        what: &'static str,
        /// The index.
        index: usize,
        /// How many there are.
        known: usize,
    },
    /// The baseline is none of the regimes.
    #[error("the baseline is regime {index}; there are {known}")]
    Baseline {
        /// Its index.
        index: usize,
        /// How many there are.
        known: usize,
    },
    /// Two rows for one run, regime and node.
    #[error("row {row}: run {run} of regime {regime} at node {node} is there twice")]
    Twice {
        /// Number of the second row, from zero.
        row: usize,
        /// The run.
        run: u32,
        /// The regime.
        regime: usize,
        /// The node.
        node: u16,
    },
    /// A list has another length than the description says.
    #[error("row {row}: {found} {what}, expected {expected}")]
    Length {
        /// Number of the row, from zero.
        row: usize,
        /// What is listed.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A value is not a finite number.
    #[error("row {row}: {what} is not a finite number")]
    NotFinite {
        /// Number of the row, from zero.
        row: usize,
        /// The field.
        what: &'static str,
    },
}

/// The rows of one node under one regime, one place for each run.
pub(super) type Runs<'a> = Vec<Option<&'a NodeOutcome>>;

/// All rows: by node, then regime.
pub(super) struct Rows<'a> {
    by_node: Vec<Vec<Runs<'a>>>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(result: &'a StudyResult) -> Result<Rows<'a>, SummaryError> {
        let description = &result.description;
        let (nodes, regimes) = (description.nodes.len(), description.regimes.len());
        for (what, count) in [("runs", description.runs as usize), ("regimes", regimes), ("nodes", nodes)] {
            if count == 0 {
                return Err(SummaryError::Empty(what));
            }
        }
        if description.baseline >= regimes {
            return Err(SummaryError::Baseline { index: description.baseline, known: regimes });
        }
        // No more places than the rows can fill: a wrong number of runs must not decide how much is allocated.
        let runs = (description.runs as usize).min(result.outcomes.len());
        let mut by_node = vec![vec![vec![None; runs]; regimes]; nodes];
        for (row, outcome) in result.outcomes.iter().enumerate() {
            check(row, outcome, result)?;
            let (node, run) = (outcome.node.0 as usize, outcome.run as usize);
            for (what, index, known) in
                [("node", node, nodes), ("regime", outcome.regime, regimes), ("run", run, runs)]
            {
                if index >= known {
                    return Err(SummaryError::OutOfRange { row, what, index, known });
                }
            }
            let place = &mut by_node[node][outcome.regime][run];
            if place.replace(outcome).is_some() {
                let (run, regime, node) = (outcome.run, outcome.regime, outcome.node.0);
                return Err(SummaryError::Twice { row, run, regime, node });
            }
        }
        Ok(Rows { by_node })
    }

    pub(super) fn runs(&self, node: usize, regime: usize) -> &Runs<'a> {
        &self.by_node[node][regime]
    }
}

fn check(row: usize, outcome: &NodeOutcome, result: &StudyResult) -> Result<(), SummaryError> {
    let description = &result.description;
    for (what, found, expected) in [
        ("samples", outcome.samples.len(), description.times_s.len()),
        ("areas", outcome.areas.len(), description.areas.len()),
    ] {
        if found != expected {
            return Err(SummaryError::Length { row, what, found, expected });
        }
    }
    let siap = outcome.siap;
    let mut values = vec![
        ("first_track_s", outcome.first_track_s),
        ("confirmed_s", outcome.confirmed_s),
        ("actionable_s", outcome.actionable_s),
        ("launch_point_error_m", outcome.launch_point_error_m),
        ("custody_fraction", Some(outcome.custody_fraction)),
        ("siap", Some(siap.completeness + siap.ambiguity + siap.spuriousness)),
    ];
    for area in &outcome.areas {
        values.extend([("areas.reached_s", area.reached_s), ("areas.alerted_s", area.alerted_s)]);
    }
    for sample in &outcome.samples {
        let gospa = sample.gospa;
        let parts = gospa.total_m + gospa.localisation_m + gospa.missed_m + gospa.false_m;
        values.extend([("samples.nees", sample.nees), ("samples.gospa", Some(parts))]);
        if let Some(impact) = sample.impact {
            let axes = impact.ellipse_major_m + impact.ellipse_minor_m + impact.ellipse_azimuth_rad;
            let place = impact.latitude_deg + impact.longitude_deg;
            values.extend([
                ("samples.impact.error_m", Some(impact.error_m)),
                ("samples.impact.time_error_s", Some(impact.time_error_s)),
                ("samples.impact.ellipse", Some(axes + place)),
            ]);
        }
    }
    match values.into_iter().find(|(_, value)| value.is_some_and(|value| !value.is_finite())) {
        Some((what, _)) => Err(SummaryError::NotFinite { row, what }),
        None => Ok(()),
    }
}

/// One node under one regime beside the two regimes it is compared with.
pub(super) struct Cell<'a> {
    pub(super) own: &'a Runs<'a>,
    pub(super) baseline: Option<&'a Runs<'a>>,
    pub(super) siloed: Option<&'a Runs<'a>>,
    pub(super) seed: u64,
}

impl Cell<'_> {
    /// The value of each run that has a row.
    pub(super) fn values(&self, value: impl Fn(&NodeOutcome) -> Option<f64>) -> Vec<f64> {
        self.own.iter().filter_map(|row| row.and_then(&value)).collect()
    }

    /// Paired differences to the baseline and to the regime without links.
    pub(super) fn differences(
        &self,
        value: impl Fn(&NodeOutcome) -> Option<f64>,
    ) -> (Option<Difference>, Option<Difference>) {
        let each =
            |runs: &Runs<'_>| -> Vec<Option<f64>> { runs.iter().map(|row| row.and_then(&value)).collect() };
        let own = each(self.own);
        let to = |reference: Option<&Runs<'_>>| Difference::paired(&own, &each(reference?), self.seed);
        (to(self.baseline), to(self.siloed))
    }

    /// Mean, interval and differences of one number for each run; none where no run has it.
    pub(super) fn measure(&self, value: impl Fn(&NodeOutcome) -> Option<f64>) -> Option<Measure> {
        let values = self.values(&value);
        let (against_baseline, against_siloed) = self.differences(&value);
        Some(Measure {
            mean: statistics::mean(&values)?,
            interval: statistics::t_interval(&values),
            median: statistics::median(&values)?,
            standard_deviation: statistics::standard_deviation(&values),
            runs: values.len(),
            against_baseline,
            against_siloed,
        })
    }
}
