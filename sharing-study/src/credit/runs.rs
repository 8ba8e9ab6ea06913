//! Credit from runs: what each nation's sensors add to what the trackers make of them.

use super::Over;
use crate::gain::{Measure, Reader};
use crate::outcome::{Contribution, Credit, NodeOutcome};
use crate::run::{RunPlan, run_regime};
use crate::shapley::exact;
use crate::statistics::{mean, t_interval};
use crate::study::{StudyError, pool, setup_of};
use crate::sweep::RunOptions;
use crate::variant;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Scan};
use rayon::prelude::*;
use sensor_sim::{Scenario, simulate};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More nations than runs are made for: each doubles their number.
pub const MOST_NATIONS: usize = 6;

/// What is asked of the runs.
#[derive(Clone, Copy, Debug)]
pub struct RunQuestion<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The regime under which the nations share what they have.
    pub regime: &'a Regime,
    /// Who receives.
    pub receivers: &'a [NodeId],
    /// In what something is gained.
    pub measures: &'a [Measure],
    /// What the gain is counted from.
    pub over: Over,
}

/// A coalition of nations, ready to be run: the others' sensors are off.
struct Coalition {
    nations: usize,
    scenario: Scenario,
}

impl RunQuestion<'_> {
    /// Each nation's credit for each receiver and measure that has a value in some run, with 95 % intervals over runs that are paired:
    /// every coalition sees the same flight and the same noise. Whoever changes nothing for any coalition gets exactly nothing.
    ///
    /// `progress` is told how many of how many (run, coalition) pairs are done, from whichever thread finished one.
    ///
    /// # Errors
    /// [`StudyError`]; [`StudyError::Nothing`] without runs or with more than [`MOST_NATIONS`] nations.
    pub fn credit(
        &self,
        options: &RunOptions,
        progress: &(dyn Fn(u32, u32) + Sync),
    ) -> Result<Vec<Credit>, StudyError> {
        let nations = self.scenario.nodes.len();
        if options.runs == 0 || nations > MOST_NATIONS {
            return Err(StudyError::Nothing);
        }
        let coalitions: Vec<Coalition> = (0..1 << nations).map(|nations| self.coalition(nations)).collect();
        let flights = self.scenario.fly()?;
        let impact_s = flights.first().ok_or(StudyError::NoFlight)?.trajectory().impact_s();
        let reader = Reader { measures: self.measures, areas: &self.scenario.areas, impact_s };
        let setup = setup_of(self.scenario)?;
        let (done, total) = (AtomicU32::new(0), options.runs.saturating_mul(coalitions.len() as u32));
        let one_run = |run: u32| -> Result<Vec<Vec<NodeOutcome>>, StudyError> {
            let simulation = simulate(self.scenario, &flights, options.seed, run)?;
            let scans: Vec<Arc<Scan>> = simulation.scans.into_iter().map(Arc::new).collect();
            let of = |coalition: &Coalition| {
                let seen: Vec<Arc<Scan>> =
                    scans.iter().filter(|scan| sees(&setup, coalition.nations, scan)).cloned().collect();
                let plan = RunPlan {
                    setup: &setup,
                    regime: (0, self.regime),
                    seed: (options.seed, run),
                    times_s: &reader.times_s(),
                    scenario: &coalition.scenario,
                };
                let outcomes = run_regime(&plan, &seen, &simulation.truth)?.outcomes;
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                Ok(outcomes)
            };
            coalitions.par_iter().map(of).collect()
        };
        let pool = pool(options.threads)?;
        // Collected by index: the result does not depend on the threads.
        let runs: Vec<Vec<Vec<NodeOutcome>>> =
            pool.install(|| (0..options.runs).into_par_iter().map(one_run).collect::<Result<_, _>>())?;
        let cells =
            self.receivers.iter().flat_map(|node| self.measures.iter().map(move |measure| (node, measure)));
        Ok(cells.filter_map(|(node, measure)| self.of_cell(&reader, &runs, *node, *measure)).collect())
    }

    fn coalition(&self, nations: usize) -> Coalition {
        let owner = |sensor: fusion_core::types::SensorId| {
            self.scenario.sensors.get(usize::from(sensor.0)).map_or(0, |sensor| usize::from(sensor.owner.0))
        };
        let scenario = variant::without(self.scenario, |sensor| nations >> owner(sensor) & 1 == 0);
        Coalition { nations, scenario }
    }

    fn of_cell(
        &self,
        reader: &Reader<'_>,
        runs: &[Vec<Vec<NodeOutcome>>],
        node: NodeId,
        measure: Measure,
    ) -> Option<Credit> {
        let receiver = usize::from(node.0);
        let is_player = |nation: usize| self.over == Over::Nothing || nation != receiver;
        let players: Vec<usize> =
            (0..self.scenario.nodes.len()).filter(|nation| is_player(*nation)).collect();
        let given = if is_player(receiver) { 0 } else { 1 << receiver };
        // A coalition of players, as one of nations.
        let nations = |coalition: usize| {
            let members = players.iter().enumerate().filter(|(player, _)| coalition >> player & 1 == 1);
            members.fold(given, |all, (_, nation)| all | 1_usize << nation)
        };
        let values = |run: &Vec<Vec<NodeOutcome>>| -> Option<Vec<f64>> {
            let value =
                |coalition| Some(-reader.value(run.get(nations(coalition))?.get(receiver)?, measure)?);
            (0..1 << players.len()).map(value).collect()
        };
        let values: Vec<Vec<f64>> = runs.iter().filter_map(values).collect();
        let parts: Vec<Vec<f64>> = values.iter().map(|values| exact(players.len(), values)).collect();
        let totals: Vec<f64> = values.iter().map(|values| values[values.len() - 1] - values[0]).collect();
        let name =
            |nation: usize| self.scenario.nodes.get(nation).map_or(String::new(), |node| node.name.clone());
        let contribution = |(player, nation): (usize, &usize)| {
            let parts: Vec<f64> = parts.iter().map(|parts| parts[player]).collect();
            Some(Contribution { name: name(*nation), value: mean(&parts)?, interval: t_interval(&parts) })
        };
        let (measure, unit) = measure.name();
        Some(Credit {
            measure: format!("{measure}{}, as {} delivers", self.over.words(), self.regime.name),
            unit: unit.to_owned(),
            receiver: name(receiver),
            contributions: players.iter().enumerate().map(contribution).collect::<Option<_>>()?,
            total: mean(&totals)?,
        })
    }
}

/// Whether a coalition has a sensor.
fn sees(setup: &Setup, nations: usize, scan: &Scan) -> bool {
    setup.sensor(scan.sensor).is_some_and(|sensor| nations >> usize::from(sensor.owner.0) & 1 == 1)
}
