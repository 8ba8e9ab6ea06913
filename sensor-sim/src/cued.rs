//! Radars that are told where to look, in the loop with the nodes that tell them.

use crate::chance::Seed;
use crate::scenario::Scenario;
use crate::sensor::{Looker, Pointing};
use crate::simulate::SimulationError;
use crate::truth::Truth;
use fusion_core::types::{NodeId, Scan, SensorId, Time};

/// The radars of a scenario that look longer where they are told to (`cued`), through one run.
///
/// For a study: what nodes know by a look decides how it goes, so that it cannot be recorded beforehand. Told nothing, the radars
/// give the scans of [`crate::simulate`], with the same draws for each (sensor, look, object): what a longer look sees besides is
/// all that differs.
pub struct CuedLooks<'a> {
    start: Time,
    truth: &'a Truth,
    lookers: Vec<(NodeId, SensorId, Looker<'a>)>,
}

impl<'a> CuedLooks<'a> {
    /// Before the first look of a run, given what truly flies in it.
    pub fn new(scenario: &'a Scenario, truth: &'a Truth, seed: Seed) -> Self {
        let pairs = scenario.sensors.iter().zip(&scenario.mounts).filter(|(_, mount)| mount.cued.is_some());
        let looker = |pair: (&'a _, &'a _)| Looker::new(pair, scenario.start, seed);
        let lookers = pairs.map(|pair| (pair.0.owner, pair.0.id, looker(pair))).collect();
        CuedLooks { start: scenario.start, truth, lookers }
    }

    /// Whether nobody is told anything.
    pub fn is_empty(&self) -> bool {
        self.lookers.is_empty()
    }

    /// Whether a sensor's looks come from here.
    pub fn holds(&self, sensor: SensorId) -> bool {
        self.lookers.iter().any(|(_, known, _)| *known == sensor)
    }

    /// All looks up to `until`, after those given before, by sensor and then by time; `cues` says where an owner tells its radars
    /// to look at an instant.
    ///
    /// # Errors
    /// [`SimulationError::Sensor`] where a sensor cannot be followed.
    pub fn until(
        &mut self,
        until: Time,
        cues: impl Fn(NodeId, Time) -> Vec<Pointing>,
    ) -> Result<Vec<Scan>, SimulationError> {
        let (start, truth) = (self.start, self.truth);
        let sky = |time_s: f64| truth.targets_at(start.plus_seconds(time_s));
        let mut scans = Vec::new();
        for (owner, sensor, looker) in &mut self.lookers {
            let cues = |time_s: f64| cues(*owner, start.plus_seconds(time_s));
            let looks = looker.until(until.seconds_since(start), &sky, &cues);
            let name = || format!("number {}", sensor.0);
            scans.extend(looks.map_err(|fault| SimulationError::Sensor { name: name(), fault })?);
        }
        Ok(scans)
    }
}
