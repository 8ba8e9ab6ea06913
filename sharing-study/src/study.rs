//! A study: one scenario, several regimes, many runs.

mod describe;

pub use describe::CAP_M;

use crate::measure::Frame;
use crate::outcome::{NodeOutcome, StudyResult};
use crate::paths::DataDelays;
use crate::regimes::BASELINE;
use crate::run::{RegimeRun, RunError, RunPlan, run_regime};
use fusion_core::node::{Setup, SetupError};
use fusion_core::share::{Regime, RegimeError};
use fusion_core::types::Scan;
use fusion_core::warning::Area;
use rayon::prelude::*;
use sensor_sim::flight::{Flight, Trajectory};
use sensor_sim::{Scenario, ScenarioError, SimulationError, simulate};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// How a study is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudyOptions {
    /// Number of runs, each of every regime.
    pub runs: u32,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Threads; none takes one for each processor. The result does not depend on it.
    pub threads: Option<usize>,
    /// Seconds between samples.
    pub grid_s: f64,
}

impl Default for StudyOptions {
    fn default() -> Self {
        StudyOptions { runs: 20, seed: 1, threads: None, grid_s: 5.0 }
    }
}

/// Why a study could not be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// There is nothing to fly.
    #[error("the scenario has no flight, so there is nothing to measure against")]
    NoFlight,
    /// There is nothing to compare.
    #[error("a study needs at least one regime and one run")]
    Nothing,
    /// The samples are too close or too far apart.
    #[error("grid_s = {0} is not allowed; it must be 1 to 600")]
    Grid(f64),
    /// The scenario does not fly.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A run of the simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The trackers' configuration is not usable.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A regime does not fit the scenario.
    #[error(transparent)]
    Regime(#[from] RegimeError),
    /// A run ended early.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What a run gave could not be kept.
    #[error("the result of a run cannot be kept: {0}")]
    Keep(#[source] KeepError),
    /// The threads could not be started.
    #[error("the worker threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// The setup of a scenario's nodes.
///
/// # Errors
/// [`SetupError`] when the trackers' configuration is out of range.
pub fn setup_of(scenario: &Scenario) -> Result<Arc<Setup>, SetupError> {
    Ok(Arc::new(Setup::new(
        scenario.node_names(),
        scenario.sensors.clone(),
        scenario.areas.clone(),
        scenario.warning,
        scenario.tracker,
        scenario.start,
    )?))
}

/// Runs every regime on the same flights and the same noise, `runs` times, and works out the bounds.
///
/// `progress` is told how many of how many (run, regime) pairs are done, from whichever thread finished one. All rows lie in
/// memory; [`Study`] hands them out one run at a time.
///
/// # Errors
/// [`StudyError`].
pub fn run_study(
    scenario: &Scenario,
    regimes: &[Regime],
    options: &StudyOptions,
    progress: &(dyn Fn(u32, u32) + Sync),
) -> Result<StudyResult, StudyError> {
    if options.runs == 0 {
        return Err(StudyError::Nothing);
    }
    let study = Study::new(scenario, regimes, options.seed, options.grid_s)?;
    let pairs = options.runs.saturating_mul(regimes.len() as u32);
    let done = AtomicU32::new(0);
    let records = Mutex::new(Vec::new());
    let runs: Vec<u32> = (0..options.runs).collect();
    let keep = |record: RunRecord| {
        // A thread that panicked has ended the study: what it left half done is nobody's.
        records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        Ok(())
    };
    let one_more = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, pairs);
    study.run(&runs, options.threads, &one_more, &keep)?;
    study.result(records.into_inner().unwrap_or_else(PoisonError::into_inner), options.threads)
}

/// Times from zero to before `end_s`, s.
fn grid(end_s: f64, step_s: f64) -> Vec<f64> {
    (0..).map(|index| f64::from(index) * step_s).take_while(|time_s| *time_s < end_s).collect()
}

/// What one run gave under every regime: the row that a study keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Number of the run, from zero.
    pub run: u32,
    /// One row for each regime and node, in that order.
    pub outcomes: Vec<NodeOutcome>,
    /// Bytes that each link carried, by regime and by link in the regime's order.
    pub link_bytes: Vec<Vec<u64>>,
}

/// Why the result of a run could not be kept.
pub type KeepError = Box<dyn std::error::Error + Send + Sync>;

/// A scenario under several regimes, ready to be run: any runs, in any order, on any number of threads or machines.
///
/// What a run gives depends on the scenario, the regime, the seed and the number of the run alone, not on which other runs
/// or regimes there are.
#[derive(Debug)]
pub struct Study<'a> {
    scenario: &'a Scenario,
    regimes: &'a [Regime],
    seed: u64,
    setup: Arc<Setup>,
    flights: Vec<Flight>,
    times_s: Vec<f64>,
    delays: Vec<DataDelays>,
}

impl<'a> Study<'a> {
    /// Flies the scenario and checks the regimes against it. `grid_s`: seconds between samples, 1 to 600.
    ///
    /// # Errors
    /// [`StudyError`]; [`StudyError::NoFlight`] where nothing is launched, as there is no truth to measure against then.
    pub fn new(
        scenario: &'a Scenario,
        regimes: &'a [Regime],
        seed: u64,
        grid_s: f64,
    ) -> Result<Self, StudyError> {
        if regimes.is_empty() {
            return Err(StudyError::Nothing);
        }
        if !(1.0..=600.0).contains(&grid_s) {
            return Err(StudyError::Grid(grid_s));
        }
        let setup = setup_of(scenario)?;
        let flights = scenario.fly()?;
        let nominal = flights.first().ok_or(StudyError::NoFlight)?.trajectory();
        let times_s = grid(nominal.impact_s(), grid_s);
        let delays =
            regimes.iter().map(|regime| DataDelays::new(regime, &setup.nodes)).collect::<Result<_, _>>()?;
        Ok(Study { scenario, regimes, seed, setup, flights, times_s, delays })
    }

    /// Does these runs and hands each to `keep` as it ends, in whatever order that is; `progress` is called after each
    /// regime of each. No more rows are in memory than runs are under way.
    ///
    /// # Errors
    /// [`StudyError`], also [`StudyError::Keep`] where `keep` fails: no further run is begun then.
    pub fn run(
        &self,
        runs: &[u32],
        threads: Option<usize>,
        progress: &(dyn Fn() + Sync),
        keep: &(dyn Fn(RunRecord) -> Result<(), KeepError> + Sync),
    ) -> Result<(), StudyError> {
        let one = |run: &u32| keep(self.one_run(*run, progress)?).map_err(StudyError::Keep);
        pool(threads)?.install(|| runs.par_iter().try_for_each(one))
    }

    /// Does one run of every regime, for who orders the runs and the threads; [`Study::run`] does many.
    ///
    /// # Errors
    /// [`StudyError`].
    pub fn record(&self, run: u32) -> Result<RunRecord, StudyError> {
        self.one_run(run, &|| {})
    }

    fn one_run(&self, run: u32, done: &(dyn Fn() + Sync)) -> Result<RunRecord, StudyError> {
        let simulation = simulate(self.scenario, &self.flights, self.seed, run)?;
        let scans: Vec<Arc<Scan>> = simulation.scans.into_iter().map(Arc::new).collect();
        let regimes: Vec<RegimeRun> = self
            .regimes
            .par_iter()
            .enumerate()
            .map(|regime| {
                let plan = RunPlan {
                    setup: &self.setup,
                    regime,
                    seed: (self.seed, run),
                    times_s: &self.times_s,
                    scenario: self.scenario,
                };
                let result = run_regime(&plan, &scans, &simulation.truth)?;
                done();
                Ok(result)
            })
            .collect::<Result<_, RunError>>()?;
        let (outcomes, link_bytes): (Vec<_>, Vec<_>) =
            regimes.into_iter().map(|regime| (regime.outcomes, regime.link_bytes)).unzip();
        Ok(RunRecord { run, outcomes: outcomes.concat(), link_bytes })
    }

    /// What these runs found together, with the bounds. The order of the records does not matter.
    ///
    /// # Errors
    /// [`StudyError::Nothing`] without records; what the bounds need may fail as in [`Study::new`].
    pub fn result(
        &self,
        mut records: Vec<RunRecord>,
        threads: Option<usize>,
    ) -> Result<StudyResult, StudyError> {
        if records.is_empty() {
            return Err(StudyError::Nothing);
        }
        records.sort_by_key(|record| record.run);
        let runs = records.len() as u32;
        let (bounds, consistency) = pool(threads)?.install(|| self.bounds(runs))?;
        let description = self.describe(&records)?;
        let outcomes = records.into_iter().flat_map(|record| record.outcomes).collect();
        Ok(StudyResult { description, outcomes, bounds, consistency })
    }

    /// What a measure has to know of the study.
    ///
    /// # Errors
    /// [`StudyError::NoFlight`], which [`Study::new`] has ruled out.
    pub fn frame(&self) -> Result<Frame<'_>, StudyError> {
        let nominal = self.nominal()?;
        let (burnout_s, impact_s) = (nominal.burnout_s(), nominal.impact_s());
        Ok(Frame { times_s: &self.times_s, burnout_s, impact_s, areas: &self.setup.areas })
    }

    /// The regimes, in the order of the rows.
    #[must_use]
    pub fn regimes(&self) -> &[Regime] {
        self.regimes
    }

    /// Names of the nodes, by identity.
    #[must_use]
    pub fn node_names(&self) -> &[String] {
        &self.setup.nodes
    }

    /// Seconds since launch of each sample.
    #[must_use]
    pub fn times_s(&self) -> &[f64] {
        &self.times_s
    }

    /// The named areas.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.setup.areas
    }

    /// Place of the regime against which headlines are differences: `bilateral`, or the first where it is not studied.
    #[must_use]
    pub fn baseline(&self) -> usize {
        self.regimes.iter().position(|regime| regime.name == BASELINE).unwrap_or(0)
    }

    fn nominal(&self) -> Result<&Trajectory, StudyError> {
        Ok(self.flights.first().ok_or(StudyError::NoFlight)?.trajectory())
    }
}

/// The threads of a study; none takes one for each processor.
pub(crate) fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build()
}
