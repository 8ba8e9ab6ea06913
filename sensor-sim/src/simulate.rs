//! A run: a scenario, its flights, a seed and a number in; truth and scans out.

use crate::chance::{Purpose, Seed};
use crate::flight::{Flight, FlightError};
use crate::scenario::Scenario;
use crate::sensor::look;
use crate::truth::{Truth, TruthObject};
use fusion_core::types::{ObjectId, Scan, Sensor};
use thiserror::Error;

/// More looks than one run may have.
pub const MAXIMUM_LOOKS: usize = 5_000_000;

/// More plots than one run may be expected to have.
pub const MAXIMUM_PLOTS: f64 = 20e6;

/// What one run gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// Every look of every sensor, in the order of (time, sensor), the empty ones too.
    pub scans: Vec<Scan>,
    /// What truly flew.
    pub truth: Truth,
}

/// Why a scenario could not be run.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The flights handed in are not the scenario's.
    #[error("the scenario has {expected} flights and {given} were handed in; take those of Scenario::fly")]
    Flights {
        /// Flights of the scenario.
        expected: usize,
        /// Flights handed in.
        given: usize,
    },
    /// A flight with the drag of this run is not possible.
    #[error("flight `{name}` of run {run}: {error}")]
    Flight {
        /// Name of the flight.
        name: String,
        /// Number of the run.
        run: u32,
        /// What is wrong.
        error: FlightError,
    },
    /// The sensors look too often for so long a scenario.
    #[error(
        "the sensors would look {looks} times; at most {MAXIMUM_LOOKS} looks are simulated: give a greater revisit_s \
         or fewer sensors"
    )]
    TooManyLooks {
        /// Number of looks.
        looks: usize,
    },
    /// The scans would not fit in memory.
    #[error(
        "about {plots:.0} plots are to be expected; at most {MAXIMUM_PLOTS:.0} are simulated: give a smaller \
         clutter_per_scan, a greater revisit_s or fewer sensors and flights"
    )]
    TooManyPlots {
        /// Number of plots to be expected at most.
        plots: f64,
    },
}

/// Simulates one run. The same arguments give the same bits on every machine.
///
/// What differs between runs is the noise and, where the scenario says so, each object's ballistic coefficient; the
/// burn is always that of `flights` ([`Scenario::fly`], to be called once).
///
/// # Errors
/// [`SimulationError`].
pub fn simulate(
    scenario: &Scenario,
    flights: &[Flight],
    seed: u64,
    run: u32,
) -> Result<Simulation, SimulationError> {
    let seed = Seed { seed, run };
    let truth = fly_truth(scenario, flights, seed)?;
    let end_s = scenario.duration_s(flights);
    let looks = check_size(scenario, end_s)?;
    let mut scans = Vec::with_capacity(looks);
    for sensor in &scenario.sensors {
        for sequence in 0..number_of_looks(sensor, end_s) as u32 {
            let time = scenario.start.plus_seconds(look_s(sensor, sequence));
            let objects = truth.objects.iter().filter_map(|object| Some((object.id, object.state_at(time)?)));
            scans.push(look(sensor, sequence, time, objects, sensor.detection_probability, seed));
        }
    }
    scans.sort_by_key(|scan| (scan.time, scan.sensor));
    Ok(Simulation { scans, truth })
}

/// What flies in a run: the flights with this run's ballistic coefficients.
///
/// # Errors
/// [`SimulationError`] when the flights are not the scenario's, or one doesn't come down.
pub fn fly_truth(scenario: &Scenario, flights: &[Flight], seed: Seed) -> Result<Truth, SimulationError> {
    if flights.len() != scenario.flights.len() {
        return Err(SimulationError::Flights { expected: scenario.flights.len(), given: flights.len() });
    }
    let mut objects = Vec::with_capacity(flights.len());
    for (index, (entry, flight)) in scenario.flights.iter().zip(flights).enumerate() {
        let id = ObjectId(index as u32);
        let nominal = entry.plan.ballistic_coefficient_kg_m2;
        let sigma = scenario.perturb.ballistic_coefficient_log_sigma;
        let (coefficient, trajectory) = if sigma > 0.0 {
            let draw = seed.stream(Purpose::Object, 0, 0, id.0).normal();
            let coefficient = nominal * libm::exp(sigma * draw);
            let flown = flight.with_ballistic_coefficient(coefficient);
            let trajectory = flown.map_err(|error| SimulationError::Flight {
                name: entry.name.clone(),
                run: seed.run,
                error,
            })?;
            (coefficient, trajectory)
        } else {
            (nominal, flight.trajectory().clone())
        };
        objects.push(TruthObject {
            id,
            name: entry.name.clone(),
            launch_time: scenario.start.plus_seconds(entry.launch_s),
            ballistic_coefficient_kg_m2: coefficient,
            trajectory,
        });
    }
    Ok(Truth { objects })
}

/// The number of looks of all sensors, when that and the plots in them are within bounds.
fn check_size(scenario: &Scenario, end_s: f64) -> Result<usize, SimulationError> {
    let (mut looks, mut plots) = (0_usize, 0.0);
    for sensor in &scenario.sensors {
        let count = number_of_looks(sensor, end_s);
        looks = looks.saturating_add(count);
        plots += count as f64 * (sensor.clutter_per_scan + scenario.flights.len() as f64);
    }
    if looks > MAXIMUM_LOOKS {
        return Err(SimulationError::TooManyLooks { looks });
    }
    if plots > MAXIMUM_PLOTS {
        return Err(SimulationError::TooManyPlots { plots });
    }
    Ok(looks)
}

/// Instant of a look, s after the scenario's start.
fn look_s(sensor: &Sensor, sequence: u32) -> f64 {
    sensor.first_look_s + f64::from(sequence) * sensor.revisit_s
}

fn number_of_looks(sensor: &Sensor, end_s: f64) -> usize {
    let span_s = end_s - sensor.first_look_s;
    // A cast saturates; the number of looks is then too great and refused.
    if span_s < 0.0 { 0 } else { ((span_s / sensor.revisit_s) as usize).saturating_add(1) }
}
