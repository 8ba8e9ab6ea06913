//! A sweep from runs: the same flight and the same noise at the baseline and at every value.

use super::crossover::over_runs;
use super::{SweepError, SweepPlan};
use crate::gain::{Measure, Reader};
use crate::outcome::{NodeOutcome, Sweep, SweepPoint};
use crate::run::{RunPlan, run_regime};
use crate::statistics::{mean, t_interval};
use crate::study::{StudyError, pool, setup_of};
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Scan};
use rayon::prelude::*;
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, Truth, simulate};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How a sweep is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Number of runs, each at every value.
    pub runs: u32,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Threads; none takes one for each processor. The result does not depend on it.
    pub threads: Option<usize>,
}

/// What each (receiver, measure) is in one run, at the baseline and so; none where it has no meaning.
type Pairs = Vec<Option<[f64; 2]>>;

/// A scenario at one value, ready to be run.
struct Stage<'a> {
    scenario: Cow<'a, Scenario>,
    setup: Arc<Setup>,
}

impl SweepPlan<'_> {
    /// The sweep from paired runs, with 95 % intervals; one result for each receiver and measure that has a value in some run.
    ///
    /// `progress` is told how many of how many runs at a value are done, from whichever thread finished one.
    ///
    /// # Errors
    /// [`SweepError`].
    pub fn from_runs(
        &self,
        options: &RunOptions,
        progress: &(dyn Fn(u32, u32) + Sync),
    ) -> Result<Vec<Sweep>, SweepError> {
        self.check()?;
        if options.runs == 0 {
            return Err(StudyError::Nothing.into());
        }
        pool(options.threads)
            .map_err(StudyError::from)?
            .install(|| self.run_all(options, progress))
            .map_err(SweepError::from)
    }

    fn run_all(
        &self,
        options: &RunOptions,
        progress: &(dyn Fn(u32, u32) + Sync),
    ) -> Result<Vec<Sweep>, StudyError> {
        let flights = self.scenario.fly().map_err(StudyError::from)?;
        let impact_s = flights.first().ok_or(StudyError::NoFlight)?.trajectory().impact_s();
        // One for all values where the links are varied, one for each where sensors are.
        let staged = if self.quantity.is_of_sensors() { self.values } else { &self.values[..1] };
        let stages: Vec<Stage<'_>> =
            staged.iter().map(|value| self.stage(*value)).collect::<Result<_, _>>()?;
        let total = options.runs.saturating_mul(self.values.len() as u32);
        let done = AtomicU32::new(0);
        let tell = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        let reader = Reader { measures: self.measures, areas: &self.scenario.areas, impact_s };
        // Collected by index: the result does not depend on the threads.
        let runs: Vec<Vec<Pairs>> = (0..options.runs)
            .into_par_iter()
            .map(|run| self.one_run(&stages, &flights, (options.seed, run), &reader, &tell))
            .collect::<Result<_, _>>()?;
        let sweep = |(index, cell)| self.sweep_of_runs(index, cell, &runs, options.seed);
        Ok(self.cells().enumerate().filter_map(sweep).collect())
    }

    fn stage(&self, value: f64) -> Result<Stage<'_>, StudyError> {
        let scenario = self.scenario_at(value);
        Ok(Stage { setup: setup_of(&scenario)?, scenario })
    }

    /// One run at every value.
    fn one_run(
        &self,
        stages: &[Stage<'_>],
        flights: &[Flight],
        seed: (u64, u32),
        reader: &Reader<'_>,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Pairs>, StudyError> {
        let of_stage = |stage: &Stage<'_>, values: &[f64]| -> Result<Vec<Pairs>, StudyError> {
            let simulation = simulate(&stage.scenario, flights, seed.0, seed.1)?;
            let scans: Vec<Arc<Scan>> = simulation.scans.into_iter().map(Arc::new).collect();
            let outcomes = |regime: &Regime| {
                self.outcomes(stage, regime, seed, (&scans, &simulation.truth), &reader.times_s())
            };
            let from = outcomes(self.baseline)?;
            let at = |value: &f64| {
                let to = outcomes(&self.regime_at(*value))?;
                done();
                let pair = |(node, measure): (NodeId, Measure)| {
                    let of = |rows: &[NodeOutcome]| reader.value(rows.get(usize::from(node.0))?, measure);
                    Some([of(&from)?, of(&to)?])
                };
                Ok(self.cells().map(pair).collect())
            };
            values.par_iter().map(at).collect()
        };
        if let [stage] = stages {
            return of_stage(stage, self.values);
        }
        let pairs = stages.par_iter().zip(self.values.par_chunks(1));
        let parts: Vec<Vec<Pairs>> =
            pairs.map(|(stage, value)| of_stage(stage, value)).collect::<Result<_, _>>()?;
        Ok(parts.concat())
    }

    fn outcomes(
        &self,
        stage: &Stage<'_>,
        regime: &Regime,
        seed: (u64, u32),
        (scans, truth): (&[Arc<Scan>], &Truth),
        times_s: &[f64],
    ) -> Result<Vec<NodeOutcome>, StudyError> {
        let plan =
            RunPlan { setup: &stage.setup, regime: (0, regime), seed, times_s, scenario: &stage.scenario };
        Ok(run_regime(&plan, scans, truth)?.outcomes)
    }

    /// What all runs say of one receiver and measure; only runs that have it count.
    fn sweep_of_runs(
        &self,
        index: usize,
        cell: (NodeId, Measure),
        runs: &[Vec<Pairs>],
        seed: u64,
    ) -> Option<Sweep> {
        let of_run =
            |run: &Vec<Pairs>| run.iter().map(|pairs| pairs[index]).collect::<Option<Vec<[f64; 2]>>>();
        let rows: Vec<Vec<[f64; 2]>> = runs.iter().filter_map(of_run).collect();
        let gains: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().map(|[from, to]| from - to).collect()).collect();
        let column = |value: usize, of: &dyn Fn(&[f64; 2]) -> f64| -> Vec<f64> {
            rows.iter().map(|row| of(&row[value])).collect()
        };
        let points = self.values.iter().enumerate().map(|(value, &x)| {
            let gains = column(value, &|[from, to]| from - to);
            Some(SweepPoint {
                x,
                from: mean(&column(value, &|pair| pair[0]))?,
                to: mean(&column(value, &|pair| pair[1]))?,
                mean: mean(&gains)?,
                interval: t_interval(&gains),
            })
        });
        let points: Vec<SweepPoint> = points.collect::<Option<_>>()?;
        // A mean that nowhere can be told from zero passes it by chance.
        let is_told = |point: &SweepPoint| point.interval.is_some_and(|interval| !interval.contains(0.0));
        let crossover = points.iter().any(is_told).then(|| over_runs(self.values, &gains, seed)).flatten();
        Some(Sweep { crossover, ..self.sweep_of(cell, points) })
    }
}
