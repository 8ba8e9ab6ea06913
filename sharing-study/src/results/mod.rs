//! A study's rows as tables for other programs: one of outcomes, one of samples, one of areas, in Parquet.
//!
//! Rows stand in the order of scenario, run, regime, node, and then time or area, as the plan names them. The bytes are a
//! function of the rows: row groups have a fixed size, and no file says when or where it was written. `docs/RESULTS.md` is
//! the table of all columns, and a test holds it against the ones here.

mod columns;
mod write;

pub use columns::{AREAS, Column, Kind, OUTCOMES, SAMPLES, Table};
pub use write::{ROWS_IN_GROUP, ResultsError, TableWriter};

use crate::outcome::{AreaOutcome, NodeOutcome, Sample};
use crate::study::{RunRecord, Study};
use std::io::Write;

/// What a row is made from: the keys of all tables, and what each adds.
#[derive(Clone, Copy)]
struct Row<'a> {
    scenario: &'a str,
    regime: &'a str,
    node: &'a str,
    outcome: &'a NodeOutcome,
    received_bytes: u64,
    time_s: f64,
    sample: &'a Sample,
    area: &'a AreaOutcome,
    area_name: &'a str,
    answers: bool,
}

/// Writes the three tables of a study, each as it is handed the runs.
pub struct Results<W: Write + Send> {
    outcomes: TableWriter<W>,
    samples: TableWriter<W>,
    areas: TableWriter<W>,
}

impl<W: Write + Send> Results<W> {
    /// Begins the tables of outcomes, samples and areas.
    ///
    /// # Errors
    /// [`ResultsError`] where nothing can be written.
    pub fn new(outcomes: W, samples: W, areas: W) -> Result<Self, ResultsError> {
        Ok(Results {
            outcomes: TableWriter::new(outcomes, &OUTCOMES)?,
            samples: TableWriter::new(samples, &SAMPLES)?,
            areas: TableWriter::new(areas, &AREAS)?,
        })
    }

    /// Adds one run of a scenario. The tables stand in the order of the calls.
    ///
    /// # Errors
    /// [`ResultsError`] where nothing can be written.
    pub fn push(
        &mut self,
        scenario: &str,
        study: &Study<'_>,
        record: &RunRecord,
    ) -> Result<(), ResultsError> {
        let (nodes, times_s, areas) = (study.node_names(), study.times_s(), study.areas());
        for outcome in &record.outcomes {
            let regime = study.regimes().get(outcome.regime);
            let node = nodes.get(usize::from(outcome.node.0)).map_or("", String::as_str);
            let links = regime.map_or(&[][..], |regime| &regime.links).iter();
            let carried = record.link_bytes.get(outcome.regime).into_iter().flatten();
            let received = links.zip(carried).filter(|(link, _)| link.to == node).map(|(_, bytes)| bytes);
            let row = Row {
                scenario,
                regime: regime.map_or("", |regime| &regime.name),
                node,
                outcome,
                received_bytes: received.sum(),
                time_s: 0.0,
                sample: &Sample::default(),
                area: &AreaOutcome { threatened: false, reached_s: None, alerted_s: None },
                area_name: "",
                answers: false,
            };
            self.outcomes.push(&row)?;
            for (time_s, sample) in times_s.iter().zip(&outcome.samples) {
                self.samples.push(&Row { time_s: *time_s, sample, ..row })?;
            }
            for (area, found) in areas.iter().zip(&outcome.areas) {
                let answers = area.warned_by.contains(&outcome.node);
                self.areas.push(&Row { area: found, area_name: &area.name, answers, ..row })?;
            }
        }
        Ok(())
    }

    /// Ends the tables, and gives back what they were written to: outcomes, samples, areas.
    ///
    /// # Errors
    /// [`ResultsError`] where nothing can be written.
    pub fn finish(self) -> Result<[W; 3], ResultsError> {
        Ok([self.outcomes.finish()?, self.samples.finish()?, self.areas.finish()?])
    }
}
