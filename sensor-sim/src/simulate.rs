//! A run: a scenario, its flights, a seed and a number in; truth and scans out.

use crate::chance::{Purpose, Seed};
use crate::flight::{Body, BodyKind, Failure, Flight, FlightError, FlightPlan, Kick, Variation};
use crate::scenario::{FlightEntry, Perturb, Scenario};
use crate::sensor::{SensorFault, Site, looks, number_of_slots};
use crate::truth::{Mover, Truth, TruthObject};
use fusion_core::types::{ObjectId, Scan, ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef};
use nalgebra::Vector3;
use thiserror::Error;

/// More looks than one run may have.
pub const MAXIMUM_LOOKS: usize = 5_000_000;

/// More plots than one run may be expected to have.
pub const MAXIMUM_PLOTS: f64 = 20e6;

/// The draws of a body are those of its flight and its number in it, in so many bits; of aircraft and submarines, above all
/// of these.
const BODY_BITS: u32 = 12;
const MOVER_DRAWS: u32 = 1 << 31;

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
    /// A flight as it is drawn for this run is not possible.
    #[error("flight `{name}` of run {run}: {error}")]
    Flight {
        /// Name of the flight.
        name: String,
        /// Number of the run.
        run: u32,
        /// What is wrong.
        error: FlightError,
    },
    /// A satellite's elements cannot be carried to a look.
    #[error("sensor `{name}`: {fault}")]
    Sensor {
        /// Name of the sensor.
        name: String,
        /// What is wrong.
        fault: SensorFault,
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
/// What differs between runs is the noise and what the scenario's [`Perturb`] says; without that the burn is always that
/// of `flights` ([`Scenario::fly`], to be called once).
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
    check_size(scenario, end_s)?;
    let sky = |time_s: f64| truth.targets_at(scenario.start.plus_seconds(time_s));
    // Where it is launched in this run.
    let site = |(entry, object): (&FlightEntry, &TruthObject)| {
        let start = object.trajectory.state_at(0.0)?;
        Some(Site { place: geodetic_from_ecef(&start.position_m), launch_s: entry.launch_s })
    };
    let sites: Vec<Site> = scenario.flights.iter().zip(truth.missiles()).filter_map(site).collect();
    let mut scans = Vec::new();
    for pair in scenario.sensors.iter().zip(&scenario.mounts) {
        let of_sensor = looks(pair, scenario.start, end_s, seed, sky, &sites);
        scans
            .extend(of_sensor.map_err(|fault| SimulationError::Sensor { name: pair.0.name.clone(), fault })?);
    }
    scans.sort_by_key(|scan| (scan.time, scan.sensor));
    Ok(Simulation { scans, truth })
}

/// What flies in a run: the flights as they are drawn for it, with what falls off them, and what moves besides.
///
/// # Errors
/// [`SimulationError`] when the flights are not the scenario's, or one as it is drawn cannot be flown.
pub fn fly_truth(scenario: &Scenario, flights: &[Flight], seed: Seed) -> Result<Truth, SimulationError> {
    if flights.len() != scenario.flights.len() {
        return Err(SimulationError::Flights { expected: scenario.flights.len(), given: flights.len() });
    }
    let (mut objects, mut dropped) = (Vec::with_capacity(flights.len()), Vec::new());
    for (index, (entry, flight)) in (0_u32..).zip(scenario.flights.iter().zip(flights)) {
        let bodies = fly_entry(entry, flight, &scenario.perturb, (index, seed))
            .map_err(|error| SimulationError::Flight { name: entry.name.clone(), run: seed.run, error })?;
        for (number, body) in (0_u32..).zip(bodies) {
            let draws = index << BODY_BITS | number;
            let object = object_of(scenario, entry, body, draws);
            if object.is_missile() { objects.push(object) } else { dropped.push(object) }
        }
    }
    objects.append(&mut dropped);
    for (id, object) in (0_u32..).zip(&mut objects) {
        object.id = ObjectId(id);
    }
    let first = objects.len() as u32;
    let mover = |(id, entry): (u32, &crate::scenario::MoverEntry)| Mover {
        id: ObjectId(id),
        name: entry.name.clone(),
        draws: MOVER_DRAWS | (id - first),
        course: entry.course.clone(),
        begins: scenario.start.plus_seconds(entry.begins_s),
        lasts_s: entry.lasts_s,
        cross_section_m2: entry.cross_section_m2,
        is_under_water: entry.is_under_water,
    };
    let movers = (first..).zip(&scenario.movers).map(mover).collect();
    Ok(Truth { objects, movers })
}

fn object_of(scenario: &Scenario, entry: &FlightEntry, body: Body, draws: u32) -> TruthObject {
    let (name, cross_section_m2) = match body.kind {
        BodyKind::Payload => (entry.name.clone(), entry.cross_section_m2),
        BodyKind::Stage(number) => (format!("{}, stage {number}", entry.name), entry.stage_cross_section_m2),
        BodyKind::Fragment(number) => {
            (format!("{}, piece {number}", entry.name), entry.stage_cross_section_m2)
        }
    };
    TruthObject {
        id: ObjectId(0),
        name,
        kind: body.kind,
        draws,
        launch_time: scenario.start.plus_seconds(entry.launch_s),
        ballistic_coefficient_kg_m2: body.ballistic_coefficient_kg_m2,
        cross_section_m2,
        trajectory: body.trajectory,
    }
}

/// One flight as it is drawn for a run.
fn fly_entry(
    entry: &FlightEntry,
    flight: &Flight,
    perturb: &Perturb,
    (index, seed): (u32, Seed),
) -> Result<Vec<Body>, FlightError> {
    let nominal = entry.plan.ballistic_coefficient_kg_m2;
    let draw = seed.stream(Purpose::Object, 0, 0, index).normal();
    let ballistic_coefficient_kg_m2 = nominal * libm::exp(perturb.ballistic_coefficient_log_sigma * draw);
    let kicks = entry.failure.map_or_else(Vec::new, |failure| {
        let kick = |piece: u32| {
            let mut stream = seed.stream(Purpose::Fragment, 0, piece, index);
            let velocity_m_s = Vector3::from_fn(|_, _| failure.spread_m_s * stream.normal());
            let coefficient = failure.ballistic_coefficient_kg_m2;
            Kick { velocity_m_s, ballistic_coefficient_kg_m2: coefficient * libm::exp(0.3 * stream.normal()) }
        };
        (0..failure.fragments).map(kick).collect()
    });
    let drawn = perturb
        .changes_the_launch()
        .then(|| Flight::solve(&drawn_plan(&entry.plan, perturb, (index, seed))))
        .transpose()?;
    let failure = entry.failure.map(|failure| {
        // With longer or shorter burns it comes at the same part of the powered flight.
        let at_s = drawn.as_ref().map_or(failure.at_s, |drawn| {
            let part = failure.at_s / flight.trajectory().burnout_s();
            (part * drawn.trajectory().burnout_s()).max(1.0)
        });
        Failure { at_s, fragments: failure.fragments }
    });
    let variation = Variation { ballistic_coefficient_kg_m2, failure, kicks };
    drawn.as_ref().unwrap_or(flight).bodies(&variation)
}

/// The plan of a flight with launch place, bearing, burn and apogee as they are drawn for a run.
fn drawn_plan(plan: &FlightPlan, perturb: &Perturb, (index, seed): (u32, Seed)) -> FlightPlan {
    let mut stream = seed.stream(Purpose::Launch, 0, 0, index);
    let [east, north] = stream.normal_pair();
    let moved_m = Vector3::new(east, north, 0.0) * perturb.launch_sigma_m;
    let position_m = ecef_from_geodetic(plan.launch) + ecef_from_enu(plan.launch) * moved_m;
    let [turned, burnt] = stream.normal_pair();
    let longer = libm::exp(perturb.burn_log_sigma * burnt);
    let higher = libm::exp(perturb.apogee_log_sigma * stream.normal());
    let mut drawn = plan.clone();
    drawn.launch =
        fusion_core::types::Geodetic { height_m: plan.launch.height_m, ..geodetic_from_ecef(&position_m) };
    let azimuth_rad = plan.azimuth_rad + perturb.azimuth_sigma_rad * turned;
    drawn.azimuth_rad = crate::sensor::in_full_turn(azimuth_rad);
    drawn.apogee_m *= higher;
    for stage in &mut drawn.stages {
        stage.burn_s *= longer;
    }
    drawn
}

/// Checks that the looks of all sensors and the plots in them are within bounds.
fn check_size(scenario: &Scenario, end_s: f64) -> Result<(), SimulationError> {
    let (mut looks, mut plots) = (0_usize, 0.0);
    // What falls off a flight shows as well.
    let objects: usize =
        scenario.flights.iter().map(FlightEntry::most_objects).sum::<usize>() + scenario.movers.len();
    for (sensor, mount) in scenario.sensors.iter().zip(&scenario.mounts) {
        let count = number_of_slots(sensor, mount, end_s);
        looks = looks.saturating_add(count);
        plots += count as f64 * (sensor.clutter_per_scan + objects as f64);
    }
    if looks > MAXIMUM_LOOKS {
        return Err(SimulationError::TooManyLooks { looks });
    }
    if plots > MAXIMUM_PLOTS {
        return Err(SimulationError::TooManyPlots { plots });
    }
    Ok(())
}
