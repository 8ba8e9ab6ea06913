//! Filters that know the mode, on truths drawn from their own models: how near they come to the bound.

mod phase;

use super::looks::{Look, falls_below_s};
use super::{AccuracyError, Options, Progress, Study, Table};
use fusion_core::dynamics::{Boost, Coast, Dynamics, Reentry};
use fusion_core::filter::{AIR_RULE, MissileModels, SigmaRule};
use fusion_core::types::{Scan, Sensor, Time};
use nalgebra::{SVector, Vector3, Vector6};
pub(super) use phase::Phase;
use sensor_sim::{Scenario, Simulation, TruthObject, simulate};

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "matched",
    about: "boost, coast and re-entry with the mode known and truths drawn from the filter's own model",
    runs: 2000,
    run,
};

const OVERFLIGHT: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");
const LOFTED: &str = include_str!("../../../../fixtures/lofted-2022-11-18/scenario.toml");

/// A time of the overflight at which all its sensors look, s.
const MID_FLIGHT_S: f64 = 300.0;

/// The boost is entered then, s after launch.
const BOOST_FROM_S: f64 = 60.0;
/// Re-entry is judged between these heights, m.
const AIR_FROM_M: f64 = 100e3;
const AIR_TO_M: f64 = 10e3;

/// What a track knows of position (m) and velocity (m/s) in each axis: one that has coasted to the air, and a poor one.
const COASTED: [f64; 2] = [100.0, 5.0];
const POOR: [f64; 2] = [1e3, 50.0];

/// A scenario flown once without perturbations, for its sensors' looks and a course to draw truths around.
pub(super) struct Stage {
    models: MissileModels,
    sensors: Vec<Sensor>,
    scans: Vec<Scan>,
    object: TruthObject,
}

impl Stage {
    pub(super) fn new(text: &str, seed: u64) -> Result<Self, AccuracyError> {
        let scenario = Scenario::parse(text)?.perturbed_by(0.0);
        let flights = scenario.fly()?;
        let Simulation { scans, truth } = simulate(&scenario, &flights, seed, 0)?;
        let setup = sharing_study::study::setup_of(&scenario)?;
        let object = truth.objects.into_iter().next().ok_or("the scenario has no flight")?;
        // Rays that do not bend: these studies are about filters.
        let sensors = setup.sensors.iter().map(|sensor| sensor.with_refractivity(0.0)).collect();
        Ok(Stage { models: setup.models, sensors, scans, object })
    }

    fn kinematic_at(&self, at_s: f64) -> Result<Vector6<f64>, AccuracyError> {
        let state = self.object.trajectory.state_at(at_s).ok_or("not in flight then")?;
        Ok(Vector6::from_iterator(state.position_m.iter().chain(state.velocity_m_s.iter()).copied()))
    }

    /// The looks of its sensors in a span after a launch, s.
    fn looks(&self, launch: Time, span_s: (f64, f64)) -> Vec<Look<'_>> {
        Look::between(&self.sensors, &self.scans, launch, span_s)
    }

    /// The first second at which the falling missile is below a height, m.
    fn falls_below_s(&self, height_m: f64) -> Result<f64, AccuracyError> {
        falls_below_s(&self.object.trajectory, height_m)
    }
}

/// Powered flight, from a track a kilometre off.
fn boost(stage: &Stage) -> Result<Phase<'_, 9, Boost>, AccuracyError> {
    let mean = stage.kinematic_at(BOOST_FROM_S)?;
    Ok(Phase {
        name: "boost",
        model: stage.models.boost,
        mean: SVector::from_iterator(
            mean.iter().copied().chain(thrust_at(stage, BOOST_FROM_S)?.iter().copied()),
        ),
        sigmas: spread(POOR, &[10.0; 3]),
        from_s: BOOST_FROM_S,
        rule: None,
        looks: stage.looks(stage.object.launch_time, (BOOST_FROM_S, stage.object.trajectory.burnout_s())),
        burns: true,
        settling_updates: 10.0,
        target: 1.10,
    })
}

/// Free flight, from a track a kilometre off to the air.
pub(super) fn coast(stage: &Stage) -> Result<Phase<'_, 6, Coast>, AccuracyError> {
    let from_s = stage.object.trajectory.burnout_s() + 5.0;
    Ok(Phase {
        name: "coast",
        model: stage.models.coast,
        mean: stage.kinematic_at(from_s)?,
        sigmas: spread(POOR, &[]),
        from_s,
        rule: None,
        looks: stage.looks(stage.object.launch_time, (from_s, stage.falls_below_s(AIR_FROM_M)?)),
        burns: false,
        settling_updates: 0.0,
        target: 1.03,
    })
}

/// Flight through the air on the course of `falling`, from a track that knows so much, seen by the sensors of `seen_by`,
/// whose launch was at `launch` for that.
fn reentry<'a>(
    name: &'static str,
    falling: &Stage,
    seen_by: &'a Stage,
    launch: Time,
    (track, rule): ([f64; 2], Option<SigmaRule>),
) -> Result<Phase<'a, 7, Reentry>, AccuracyError> {
    let from_s = falling.falls_below_s(AIR_FROM_M)?;
    let models = &seen_by.models;
    let mean = falling.kinematic_at(from_s)?;
    Ok(Phase {
        name,
        model: models.reentry,
        mean: SVector::from_iterator(mean.iter().copied().chain([models.log_area_mean])),
        sigmas: spread(track, &[models.log_area_variance.sqrt()]),
        from_s,
        rule,
        looks: seen_by.looks(launch, (from_s, falling.falls_below_s(AIR_TO_M)?)),
        burns: false,
        settling_updates: 0.0,
        target: 1.08,
    })
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let (plain, lofted) = (Stage::new(OVERFLIGHT, options.seed)?, Stage::new(LOFTED, options.seed)?);
    // The plain sensors no longer look when the lofted missile falls: their looks of mid-flight, moved to that time.
    let moved = plain.object.launch_time.plus_seconds(MID_FLIGHT_S - lofted.falls_below_s(AIR_FROM_M)?);
    let own = lofted.object.launch_time;
    let rows = vec![
        boost(&plain)?.row(options, progress)?,
        coast(&plain)?.row(options, progress)?,
        reentry("re-entry", &lofted, &plain, moved, (COASTED, Some(AIR_RULE)))?.row(options, progress)?,
        reentry("  by extended steps", &lofted, &plain, moved, (COASTED, None))?.row(options, progress)?,
        reentry("  from a poor track", &lofted, &plain, moved, (POOR, Some(AIR_RULE)))?
            .row(options, progress)?,
        reentry("re-entry, sharp radars", &lofted, &lofted, own, (COASTED, Some(AIR_RULE)))?
            .row(options, progress)?,
        reentry("  by extended steps", &lofted, &lofted, own, (COASTED, None))?.row(options, progress)?,
    ];
    Ok(vec![Table {
        title: format!("Matched truth: position RMSE beside the bound along each truth, all sensors, {} runs", options.runs),
        columns: vec![
            "phase",
            "looks",
            "bound first m",
            "bound last m",
            "RMSE / bound",
            "at most",
            "in view",
            "while in view",
            "NEES",
            "perfect filter's band",
            "verdict",
        ],
        rows,
        notes: vec![
            "Sensors and course of overflight-2017-09-15. Its re-entry is seen by nobody: re-entry (100 to 10 km) is that of lofted-2022-11-18, into the same sensors' view, and then with that scenario's own radars, which measure range rates, and close by to a metre. Tracks know 1 km and 50 m/s in each axis when they begin, in re-entry 100 m and 5 m/s.".into(),
            "Every run draws its truth from the filter's own model and prior, and has the bound of its own course: which sensors see it differs from run to run, and information averaged over seen and unseen would promise too much. Missed detections weigh by their probability. The ratio is averaged over all looks of all sensors, in boost after ten updates; then over those that have the missile in view in most runs. Intervals are those of twenty batches of runs.".into(),
        ],
    }])
}

/// Standard deviations of position (m) and velocity (m/s), the same in each axis, and of what a model adds.
fn spread<const N: usize>([position_m, velocity_m_s]: [f64; 2], rest: &[f64]) -> SVector<f64, N> {
    SVector::from_fn(|axis, _| match axis {
        0..3 => position_m,
        3..6 => velocity_m_s,
        _ => rest[axis - 6],
    })
}

/// The non-gravitational acceleration of the course, m/s².
fn thrust_at(stage: &Stage, at_s: f64) -> Result<Vector3<f64>, AccuracyError> {
    let (before, after) = (stage.kinematic_at(at_s - 0.5)?, stage.kinematic_at(at_s + 0.5)?);
    let free = stage.models.coast.acceleration(&stage.kinematic_at(at_s)?).0;
    Ok((after - before).fixed_rows::<3>(3) - free)
}
