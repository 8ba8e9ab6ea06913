//! Scenario files: what flies, who looks, who warns whom.
//!
//! The file is TOML with units in the names of the keys; `fixtures/overflight-2017-09-15/scenario.toml` is a commented
//! example. [`Scenario::parse`] checks everything and gives SI units and identities that are places in lists.
//!
//! ```text
//! text ─► file (serde: keys and types) ─► check (ranges, by the schema) ─► resolve (names, keys together) ─► Scenario
//!              │                              ▲                               ▲
//!              └► schema (made from the structs) ; document (where each key stands, for errors)
//! ```
//!
//! A new key is a field of its table's struct (`heading`, `flight`, `sensor`, `area`) with its range and what it says,
//! and a line where the table is resolved.

// A file is hostile until it is checked.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod area;
mod boundary;
mod check;
mod document;
mod error;
mod file;
mod flight;
mod heading;
mod mover;
mod reported;
mod schema;
mod sensor;

pub use boundary::{Boundary, boundaries};
pub use document::TextPosition;
pub use error::ScenarioError;
pub use reported::{Reported, ReportedCount, ReportedEvent, What};

use crate::flight::{Flight, FlightPlan};
use crate::motion::Course;
use crate::mount::Mount;
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
    /// What is launched; the index is the identity of its front end.
    pub flights: Vec<FlightEntry>,
    /// Aircraft and submarines.
    pub movers: Vec<MoverEntry>,
    /// What differs from run to run.
    pub perturb: Perturb,
    /// Every sensor as its node knows it; the index is its identity.
    pub sensors: Vec<Sensor>,
    /// What each sensor really is, in the same order.
    pub mounts: Vec<Mount>,
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
    /// What was publicly reported of the event; changes nothing that is simulated, nor the digest.
    pub reported: Reported,
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
    /// Radar cross-section of the missile and of what comes down, m².
    pub cross_section_m2: f64,
    /// Radar cross-section of stages and pieces, m².
    pub stage_cross_section_m2: f64,
    /// How it fails, if it does.
    pub failure: Option<FailureEntry>,
}

/// How a flight fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailureEntry {
    /// The thrust stops then, s after launch.
    pub at_s: f64,
    /// Into how many pieces it breaks up.
    pub fragments: u32,
    /// Standard deviation, in each axis, of the pieces' speeds, m/s.
    pub spread_m_s: f64,
    /// Median of their ballistic coefficients, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
}

/// An aircraft or a submarine.
#[derive(Clone, Debug, PartialEq)]
pub struct MoverEntry {
    /// Its name.
    pub name: String,
    /// How it goes.
    pub course: Course,
    /// When it begins, s after the scenario's start.
    pub begins_s: f64,
    /// How long it is there, s.
    pub lasts_s: f64,
    /// Radar cross-section, m².
    pub cross_section_m2: f64,
    /// Whether it is a submarine.
    pub is_under_water: bool,
}

/// What differs from run to run, besides the noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perturb {
    /// Standard deviation of the logarithm of each object's ballistic coefficient.
    pub ballistic_coefficient_log_sigma: f64,
    /// Standard deviation of the launch place in each horizontal axis, m.
    pub launch_sigma_m: f64,
    /// Standard deviation of the bearing at launch, radians.
    pub azimuth_sigma_rad: f64,
    /// Standard deviation of the logarithm of the length of every burn.
    pub burn_log_sigma: f64,
    /// Standard deviation of the logarithm of the apogee.
    pub apogee_log_sigma: f64,
}

impl Perturb {
    /// Whether flights are launched otherwise from run to run, so that each has to be solved anew.
    pub fn changes_the_launch(&self) -> bool {
        [self.launch_sigma_m, self.azimuth_sigma_rad, self.burn_log_sigma, self.apogee_log_sigma]
            .iter()
            .any(|sigma| *sigma > 0.0)
    }

    /// All spreads multiplied by `factor`: zero for the nominal flight in every run.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Perturb {
            ballistic_coefficient_log_sigma: self.ballistic_coefficient_log_sigma * factor,
            launch_sigma_m: self.launch_sigma_m * factor,
            azimuth_sigma_rad: self.azimuth_sigma_rad * factor,
            burn_log_sigma: self.burn_log_sigma * factor,
            apogee_log_sigma: self.apogee_log_sigma * factor,
        }
    }
}

impl FlightEntry {
    /// How many objects it can become: itself, its stages and its pieces.
    pub fn most_objects(&self) -> usize {
        let fragments = self.failure.map_or(0, |failure| failure.fragments as usize);
        self.plan.stages.len().saturating_add(fragments).saturating_add(1)
    }
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
    /// [`ScenarioError`] with line and column, and with the table, the key, its value and what is allowed.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        file::parse(text)
    }

    /// The same with what was publicly reported of the event, from the text of [`Reported::parse`].
    ///
    /// # Errors
    /// [`ScenarioError`] as [`Reported::parse`].
    pub fn with_reported(self, text: &str) -> Result<Scenario, ScenarioError> {
        Ok(Scenario { reported: Reported::parse(text, &self)?, ..self })
    }

    /// The JSON Schema (draft 7) of a scenario file: every key, its range, its default and what it says.
    ///
    /// The same ranges are checked by [`Scenario::parse`]. What takes more than one key to judge is not in it: names
    /// that must exist, keys that belong to another kind of sensor.
    pub fn schema() -> &'static serde_json::Value {
        schema::schema()
    }

    /// The same with every spread between runs multiplied by `factor`: zero for the nominal flight in each.
    #[must_use]
    pub fn perturbed_by(&self, factor: f64) -> Scenario {
        Scenario { perturb: self.perturb.scaled(factor), ..self.clone() }
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

    /// How long the sensors look, s after the start: until the last nominal impact (without a flight, until the last aircraft
    /// has gone) and the tail. The same for every
    /// run, so that all runs have the same looks.
    pub fn duration_s(&self, flights: &[Flight]) -> f64 {
        let gone_s = self.movers.iter().map(|mover| mover.begins_s + mover.lasts_s);
        let impacts_s = self
            .flights
            .iter()
            .zip(flights)
            .map(|(entry, flight)| entry.launch_s + flight.trajectory().impact_s());
        impacts_s.chain(gone_s.filter(|_| self.flights.is_empty())).fold(0.0, f64::max) + self.tail_s
    }
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
