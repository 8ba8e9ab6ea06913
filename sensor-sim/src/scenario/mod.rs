//! Scenario files: what flies, who looks, who warns whom.
//!
//! The file is TOML with units in the names of the keys; `fixtures/overflight-2017-09-15/scenario.toml` is a commented
//! example. [`Scenario::parse`] checks everything and gives SI units and identities that are places in lists.

mod error;
mod file;
mod resolve;

pub use error::ScenarioError;

use crate::flight::{Flight, FlightPlan};
use fusion_core::{
    node::TrackerConfig,
    share::Regime,
    types::{Sensor, Time},
    warning::{Area, WarningConfig},
};

/// A checked scenario, in SI units.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name, for files.
    pub name: String,
    /// Title, for people.
    pub title: String,
    /// What it is about, for people.
    pub summary: String,
    /// The instant from which all the scenario's seconds are counted.
    pub start: Time,
    /// How long the sensors go on after the last impact, s.
    pub tail_s: f64,
    /// What flies; the index is the object's identity.
    pub flights: Vec<FlightEntry>,
    /// What differs from run to run.
    pub perturb: Perturb,
    /// Every sensor; the index is its identity.
    pub sensors: Vec<Sensor>,
    /// Every node; the index is its identity.
    pub nodes: Vec<Node>,
    /// The areas that are warned.
    pub areas: Vec<Area>,
    /// How the nodes track.
    pub tracker: TrackerConfig,
    /// When the nodes warn.
    pub warning: WarningConfig,
    /// Sharing arrangements that the file brings along; their links are checked against the nodes.
    pub regimes: Vec<Regime>,
    digest: [u8; 32],
}

/// One flight of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightEntry {
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub plan: FlightPlan,
    /// Launch, s after the scenario's start.
    pub launch_s: f64,
}

/// What differs from run to run, besides the noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perturb {
    /// Standard deviation of the logarithm of each object's ballistic coefficient. The burn stays the nominal one.
    pub ballistic_coefficient_log_sigma: f64,
}

/// A node: one nation's fusion centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Short name, as sensors, areas and links give it.
    pub name: String,
    /// Title, for people.
    pub title: String,
}

impl Scenario {
    /// Reads and checks a scenario file's text.
    ///
    /// Flights are only checked for sense here; whether they can be flown shows in [`Scenario::fly`].
    ///
    /// # Errors
    /// [`ScenarioError`] with line and column, or with the table, the key, its value and what is allowed.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        resolve::parse(text)
    }

    /// BLAKE3 digest of the text that was parsed: recordings carry it.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The names of the nodes in the order of their identities, as [`Regime::resolve`] wants them.
    pub fn node_names(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.name.clone()).collect()
    }

    /// Finds every flight's burnout state. Call it once; it is the slow part (some milliseconds a flight).
    ///
    /// # Errors
    /// [`ScenarioError::Flight`] with the name of the flight and what can't be flown.
    pub fn fly(&self) -> Result<Vec<Flight>, ScenarioError> {
        let solve = |entry: &FlightEntry| {
            Flight::solve(&entry.plan)
                .map_err(|error| ScenarioError::Flight { name: entry.name.clone(), error })
        };
        self.flights.iter().map(solve).collect()
    }

    /// How long the sensors look, s after the start: until the last nominal impact and the tail. The same for every
    /// run, so that all runs have the same looks.
    pub fn duration_s(&self, flights: &[Flight]) -> f64 {
        let impacts_s = self
            .flights
            .iter()
            .zip(flights)
            .map(|(entry, flight)| entry.launch_s + flight.trajectory().impact_s());
        impacts_s.fold(0.0, f64::max) + self.tail_s
    }
}

#[cfg(test)]
mod tests;
