//! Flights, sensors and scenario files: truth and scans out.
//!
//! ```text
//! scenario file ─► flight ─► truth ─► look of each sensor (noise, coverage, clutter) ─► scans
//! ```
//!
//! A flight is what a newspaper reports: place, bearing, apogee, range, burn time. Sensors are generic classes from
//! open literature. Everything is a function of the scenario, a seed and the number of the run, with the same bits on
//! every machine: no clock, no file, no thread.
//!
//! ```
//! use sensor_sim::{Scenario, simulate};
//!
//! let text = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
//! let scenario = Scenario::parse(text)?;
//! let flights = scenario.fly()?; // once
//! assert_eq!(flights[0].trajectory().apogee_m().round(), 800_000.0);
//!
//! let run = simulate(&scenario, &flights, 1, 0)?; // for each run
//! assert_eq!(run.scans.len(), 7_809);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

/// Flights from public observables: solved for apogee and range, flown to the ground.
pub mod flight;

/// What truly flew, for tests, studies and the truth file.
pub mod truth;

/// How the air truly bends and delays a radar's ray.
pub mod refraction;

/// How things move that are not missiles: ships, aircraft, satellites.
pub mod motion;

/// Random streams, one for each thing that happens, and the draws from them.
pub mod chance;

/// What a sensor reports of a look: detections with noise, and false plots.
pub mod sensor;

/// Scenario files, read and checked.
pub mod scenario;

/// What a sensor really is: what carries it, when it looks, what is wrong with it.
pub mod mount;

mod cued;
mod simulate;

pub use cued::CuedLooks;
pub use scenario::{Reported, Scenario, ScenarioError, TextPosition};
pub use simulate::{MAXIMUM_LOOKS, MAXIMUM_PLOTS, Simulation, SimulationError, fly_truth, simulate};
pub use truth::{Truth, TruthObject, TruthSample};
