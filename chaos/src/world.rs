//! The small world, and what a seed draws of it: which flights and noise, which links, how nodes track.

use fusion_core::association::Method;
use fusion_core::math::chance::Stream;
use fusion_core::node::{NetworkError, Setup, SetupError};
use fusion_core::share::{Delay, FusionRule, Level, LinkConfig, Regime};
use fusion_core::types::{Scan, Time};
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, ScenarioError, SimulationError, Truth, simulate};
use std::sync::Arc;
use thiserror::Error;

/// Why a world could not be made: a fault of this crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The scenario.
    #[error("the world of the simulator: {0}")]
    Scenario(#[from] ScenarioError),
    /// The flights.
    #[error("the world of the simulator: {0}")]
    Simulation(#[from] SimulationError),
    /// The trackers.
    #[error("the world of the simulator: {0}")]
    Setup(#[from] SetupError),
    /// The links.
    #[error("the world of the simulator: {0}")]
    Network(#[from] NetworkError),
}

/// How long a run lasts, s: faults end by [`FAULTS_END_S`], and what is left is for the nodes to recover in.
pub const RUN_S: u32 = 150;
/// When faults may begin and have ended, s after the start.
pub const FAULTS_BEGIN_S: f64 = 25.0;
/// See [`FAULTS_BEGIN_S`].
pub const FAULTS_END_S: f64 = 85.0;

/// What all seeds have in common: the scenario with its flights flown.
#[derive(Debug)]
pub struct World {
    scenario: Scenario,
    flights: Vec<Flight>,
}

/// What one seed drew.
pub(crate) struct Drawn {
    pub setup: Arc<Setup>,
    pub regime: Regime,
    pub scans: Vec<Scan>,
    pub truth: Truth,
    pub until: Time,
    /// Whether nodes test what their peers tell.
    pub is_wary: bool,
}

impl World {
    /// Flies the flights.
    ///
    /// # Errors
    /// [`WorldError::Scenario`].
    pub fn new() -> Result<Self, WorldError> {
        let scenario = Scenario::parse(include_str!("world.toml"))?;
        let flights = scenario.fly()?;
        Ok(World { scenario, flights })
    }

    pub(crate) fn draw(&self, seed: u64) -> Result<Drawn, WorldError> {
        let mut chance = Stream::new("chaos world", seed, &[]);
        let mut scenario = self.scenario.clone();
        let flights = if chance.uniform() < 0.5 { 1 } else { 2 };
        scenario.flights.truncate(flights);
        let methods = [Method::NearestNeighbour, Method::Joint, Method::MultipleHypotheses];
        // The default three times out of five.
        scenario.tracker.association =
            *pick(&mut chance, &[methods[0], methods[0], methods[0], methods[1], methods[2]]);
        let is_wary = chance.uniform() < 0.3;
        if is_wary {
            scenario.tracker.peer_doubt_probability = 1e-6;
            scenario.tracker.peer_quarantine_probability = 1e-9;
        }
        let simulation = simulate(&scenario, self.flights.get(..flights).unwrap_or_default(), seed, 0)?;
        let until = scenario.start.plus_seconds(f64::from(RUN_S));
        let scans = simulation.scans.into_iter().filter(|scan| scan.time <= until).collect();
        let regime = regime(&mut chance);
        let setup = Setup::new(
            scenario.node_names(),
            scenario.sensors,
            scenario.areas,
            scenario.warning,
            scenario.tracker,
            scenario.start,
        )?;
        Ok(Drawn { setup: Arc::new(setup), regime, scans, truth: simulation.truth, until, is_wary })
    }
}

pub(crate) fn pick<'a, T>(chance: &mut Stream, of: &'a [T]) -> &'a T {
    let index = (chance.uniform() * of.len() as f64) as usize;
    &of[index.min(of.len() - 1)]
}

fn regime(chance: &mut Stream) -> Regime {
    let kinds = [
        &[][..],
        &[("west", "east")],
        &[("east", "west")],
        &[("west", "east"), ("east", "west")],
        &[("west", "east"), ("east", "west")],
    ];
    let ends = pick(chance, &kinds);
    let level = *pick(chance, &[Level::Tracks, Level::Tracks, Level::Measurements, Level::Cues]);
    let fusion = *pick(
        chance,
        &[FusionRule::Information, FusionRule::Information, FusionRule::CovarianceIntersection],
    );
    let links = ends.iter().map(|(from, to)| {
        let low_s = chance.between(0.0, 2.0);
        let delay = Delay::Uniform { low_s, high_s: low_s + chance.between(0.1, 4.0) };
        let cut_s = chance.between(FAULTS_BEGIN_S, FAULTS_END_S - 10.0);
        let outages_s = if chance.uniform() < 0.4 { vec![[cut_s, cut_s + 10.0]] } else { Vec::new() };
        LinkConfig {
            delay,
            fusion,
            outages_s,
            store_and_forward: chance.uniform() < 0.5,
            loss_probability: chance.between(0.0, 0.2),
            duplication_probability: chance.between(0.0, 0.2),
            ..LinkConfig::plain(from, to, level)
        }
    });
    let links = links.collect();
    Regime { name: "chaos".into(), description: String::new(), assumptions: String::new(), links }
}
