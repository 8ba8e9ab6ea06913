//! A study: one scenario, several regimes, many runs.

use crate::bound::FlightGeometry;
use crate::consistency::{band, judged_times};
use crate::outcome::{
    AreaDescription, Bound, ConsistencyBand, RegimeDescription, SensorDescription, StudyDescription,
    StudyResult,
};
use crate::paths::DataDelays;
use crate::regimes::BASELINE;
use crate::run::{RegimeRun, RunError, RunPlan, run_regime};
use fusion_core::node::{Setup, SetupError};
use fusion_core::share::{Regime, RegimeError};
use fusion_core::types::{NodeId, Scan, SensorKind, geodetic_from_ecef};
use rayon::prelude::*;
use sensor_sim::flight::{Flight, Phase, Trajectory};
use sensor_sim::{Scenario, ScenarioError, Simulation, SimulationError, simulate};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use thiserror::Error;

/// Error at which a missing impact estimate counts in capped means, m.
pub const CAP_M: f64 = 100_000.0;

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
/// `progress` is told how many of how many (run, regime) pairs are done, from whichever thread finished one.
///
/// # Errors
/// [`StudyError`].
pub fn run_study(
    scenario: &Scenario,
    regimes: &[Regime],
    options: &StudyOptions,
    progress: &(dyn Fn(u32, u32) + Sync),
) -> Result<StudyResult, StudyError> {
    if regimes.is_empty() || options.runs == 0 {
        return Err(StudyError::Nothing);
    }
    if !(1.0..=600.0).contains(&options.grid_s) {
        return Err(StudyError::Grid(options.grid_s));
    }
    let setup = setup_of(scenario)?;
    let flights = scenario.fly()?;
    let nominal = flights.first().ok_or(StudyError::NoFlight)?.trajectory();
    let study = Study {
        scenario,
        regimes,
        options,
        setup: &setup,
        flights: &flights,
        nominal,
        times_s: grid(nominal.impact_s(), options.grid_s),
        delays: regimes
            .iter()
            .map(|regime| DataDelays::new(regime, &setup.nodes))
            .collect::<Result<_, _>>()?,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build()?;
    pool.install(|| study.run(progress))
}

fn grid(end_s: f64, step_s: f64) -> Vec<f64> {
    (0..).map(|index| f64::from(index) * step_s).take_while(|time_s| *time_s < end_s).collect()
}

struct Study<'a> {
    scenario: &'a Scenario,
    regimes: &'a [Regime],
    options: &'a StudyOptions,
    setup: &'a Arc<Setup>,
    flights: &'a [Flight],
    nominal: &'a Trajectory,
    times_s: Vec<f64>,
    delays: Vec<DataDelays>,
}

impl Study<'_> {
    fn run(&self, progress: &(dyn Fn(u32, u32) + Sync)) -> Result<StudyResult, StudyError> {
        let pairs = self.options.runs.saturating_mul(self.regimes.len() as u32);
        let done = AtomicU32::new(0);
        // Collected by index: the order of the results is that of the runs, whichever thread made them.
        let runs: Vec<Vec<RegimeRun>> = (0..self.options.runs)
            .into_par_iter()
            .map(|run| self.one_run(run, || progress(done.fetch_add(1, Ordering::Relaxed) + 1, pairs)))
            .collect::<Result<_, _>>()?;
        let (bounds, consistency) = self.bounds()?;
        let description = self.describe(&runs);
        let outcomes = runs.into_iter().flatten().flat_map(|regime| regime.outcomes).collect();
        Ok(StudyResult { description, outcomes, bounds, consistency })
    }

    fn one_run(&self, run: u32, done: impl Fn() + Sync) -> Result<Vec<RegimeRun>, StudyError> {
        let simulation = simulate(self.scenario, self.flights, self.options.seed, run)?;
        let scans: Vec<Arc<Scan>> = simulation.scans.into_iter().map(Arc::new).collect();
        self.regimes
            .par_iter()
            .enumerate()
            .map(|regime| {
                let plan = RunPlan {
                    setup: self.setup,
                    regime,
                    seed: (self.options.seed, run),
                    times_s: &self.times_s,
                    scenario: self.scenario,
                };
                let result = run_regime(&plan, &scans, &simulation.truth)?;
                done();
                Ok(result)
            })
            .collect()
    }

    /// Bounds and bands for the nominal flight.
    fn bounds(&self) -> Result<(Vec<Bound>, Vec<ConsistencyBand>), StudyError> {
        let nominal = self.scenario.perturbed_by(0.0);
        let Simulation { scans, truth } = simulate(&nominal, self.flights, self.options.seed, 0)?;
        let object = truth.objects.first().ok_or(StudyError::NoFlight)?;
        let geometry = FlightGeometry::new(self.setup, object, &scans);
        let reentry_s = reentry_s(self.nominal);
        let judged_s: Vec<f64> = judged_times(&self.times_s, self.nominal.burnout_s(), reentry_s)
            .map(|(_, time_s)| time_s)
            .collect();
        let pairs: Vec<(usize, NodeId)> = (0..self.regimes.len())
            .flat_map(|regime| (0..self.setup.nodes.len()).map(move |node| (regime, NodeId(node as u16))))
            .collect();
        let results: Vec<(Bound, Option<ConsistencyBand>)> = pairs
            .par_iter()
            .map(|&(regime, node)| {
                let delays = &self.delays[regime];
                let bound = geometry.bound(regime, node, delays, &self.times_s);
                let runs = (self.options.runs, self.options.seed);
                (bound, band(&geometry, (regime, node), delays, &judged_s, runs))
            })
            .collect();
        let (bounds, bands): (Vec<_>, Vec<_>) = results.into_iter().unzip();
        Ok((bounds, bands.into_iter().flatten().collect()))
    }

    fn describe(&self, runs: &[Vec<RegimeRun>]) -> StudyDescription {
        let name = |node: NodeId| self.setup.nodes.get(usize::from(node.0)).cloned().unwrap_or_default();
        let regimes = self
            .regimes
            .iter()
            .enumerate()
            .map(|(index, regime)| RegimeDescription {
                name: regime.name.clone(),
                description: match regime.assumptions.as_str() {
                    "" => regime.description.clone(),
                    assumptions => format!("{} {assumptions}", regime.description),
                },
                link_bytes: regime
                    .links
                    .iter()
                    .enumerate()
                    .map(|(link, config)| {
                        let total: u64 = runs.iter().map(|run| run[index].link_bytes[link]).sum();
                        (format!("{} → {}", config.from, config.to), total as f64 / runs.len() as f64)
                    })
                    .collect(),
            })
            .collect();
        StudyDescription {
            title: self.scenario.title.clone(),
            summary: self.scenario.summary.clone(),
            seed: self.options.seed,
            runs: self.options.runs,
            regimes,
            baseline: self.regimes.iter().position(|regime| regime.name == BASELINE).unwrap_or(0),
            nodes: (0..self.setup.nodes.len()).map(|node| name(NodeId(node as u16))).collect(),
            areas: self.areas(),
            times_s: self.times_s.clone(),
            burnout_s: self.nominal.burnout_s(),
            impact_s: self.nominal.impact_s(),
            ground_track: self.ground_track(),
            sensors: self.sensors(),
            cap_m: CAP_M,
        }
    }

    fn areas(&self) -> Vec<AreaDescription> {
        let describe = |area: &fusion_core::warning::Area| AreaDescription {
            name: area.name.clone(),
            warned_by: area.warned_by.clone(),
            polygon: area.corners_rad.iter().map(|corner| corner.map(f64::to_degrees)).collect(),
        };
        self.setup.areas.iter().map(describe).collect()
    }

    fn ground_track(&self) -> Vec<[f64; 4]> {
        let times_s = grid(self.nominal.impact_s(), 10.0).into_iter().chain([self.nominal.impact_s()]);
        times_s
            .filter_map(|time_s| {
                let place = geodetic_from_ecef(&self.nominal.state_at(time_s)?.position_m);
                let (latitude, longitude) =
                    (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees());
                Some([latitude, longitude, place.height_m * 1e-3, time_s])
            })
            .collect()
    }

    fn sensors(&self) -> Vec<SensorDescription> {
        let on_the_map =
            self.setup.sensors.iter().filter(|sensor| matches!(sensor.kind, SensorKind::Radar(_)));
        on_the_map
            .map(|sensor| {
                let place = geodetic_from_ecef(&sensor.position_m);
                SensorDescription {
                    name: sensor.name.clone(),
                    owner: sensor.owner,
                    latitude_deg: place.latitude_rad.to_degrees(),
                    longitude_deg: place.longitude_rad.to_degrees(),
                }
            })
            .collect()
    }
}

/// When re-entry begins, s after launch.
fn reentry_s(trajectory: &Trajectory) -> f64 {
    let end_s = trajectory.impact_s();
    let is_reentering =
        |time_s: &f64| trajectory.state_at(*time_s).is_some_and(|state| state.phase == Phase::Reentry);
    grid(end_s, 1.0).into_iter().find(is_reentering).unwrap_or(end_s)
}
