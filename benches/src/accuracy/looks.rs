//! The looks of a scenario's sensors at one flight, what they would see, and the linear problem that they make of it.

use super::AccuracyError;
use fusion_core::assess::{LinearProblem, LinearStep, ScalarMeasurement};
use fusion_core::dynamics::{Dynamics, propagate};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::{Observation, Station, detection_probability_at, noise_free_plot};
use fusion_core::share::{InformationRow, rows_of};
use fusion_core::types::{LineOfSight, Scan, Sensor, Time, height_and_up};
use nalgebra::{Matrix6, SMatrix, SVector, Vector3, Vector6};
use sensor_sim::flight::Trajectory;

/// Longest integration step of these studies, s: short enough for the air.
pub const LONGEST_STEP_S: f64 = 0.5;

/// Perfect filters that are simulated for a band.
pub const ORACLE_RUNS: usize = 400;

/// The first second after launch at which a missile on its way down is below a height, m.
pub fn falls_below_s(trajectory: &Trajectory, height_m: f64) -> Result<f64, AccuracyError> {
    let below = |at_s: &f64| {
        trajectory.state_at(*at_s).is_some_and(|state| height_and_up(&state.position_m).0 < height_m)
    };
    let mut seconds = (trajectory.apogee_s() as u32..trajectory.impact_s() as u32).map(f64::from);
    Ok(seconds.find(below).ok_or("it never falls so low")?)
}

/// One look of one sensor.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// When, s after launch.
    pub at_s: f64,
    /// Who looked, from where, at what.
    pub station: Station<'a>,
}

impl<'a> Look<'a> {
    /// The looks between two times after `launch`, in order; the scans only say when which sensor looked, and where.
    ///
    /// `sensors` are those whose plots are to be made, in the order of their identities.
    pub fn between(
        sensors: &'a [Sensor],
        scans: &'a [Scan],
        launch: Time,
        (from_s, to_s): (f64, f64),
    ) -> Vec<Self> {
        let look = |scan: &'a Scan| {
            let at_s = scan.time.seconds_since(launch);
            let sensor = sensors.get(usize::from(scan.sensor.0))?;
            (from_s < at_s && at_s <= to_s).then(|| Look { at_s, station: Station::at_scan(sensor, scan) })
        };
        scans.iter().filter_map(look).collect()
    }

    /// The probability that an object at a position and velocity gives a plot here, and that plot without noise; none when
    /// it can't.
    pub fn exact(&self, state: &Vector6<f64>, burns: bool) -> Option<(f64, Observation)> {
        let (position_m, velocity_m_s) = halves(state);
        if (self.station.sensor.sees_plumes_only() && !burns) || !self.station.can_see(&position_m) {
            return None;
        }
        let plot = noise_free_plot(&self.station, &position_m, &velocity_m_s)?;
        let probability =
            detection_probability_at(&self.station, (position_m - self.station.position_m).norm());
        Some((probability, Observation::new(&self.station, &plot)?))
    }
}

/// Position, m, and velocity, m/s.
pub fn halves(state: &Vector6<f64>) -> (Vector3<f64>, Vector3<f64>) {
    (state.fixed_rows::<3>(0).into(), state.fixed_rows::<3>(3).into())
}

/// An observation with its own noise added, in the line-of-sight frame where that noise is defined.
pub fn with_noise(exact: &Observation, station: &Station<'_>, chance: &mut Stream) -> Option<Observation> {
    let frame = &exact.line_of_sight;
    let [right, up] = exact.angle_variances_rad2.map(|variance| variance.sqrt() * chance.normal());
    let direction = frame.along + frame.right * libm::tan(right) + frame.up * libm::tan(up);
    let mut noisy =
        Observation { line_of_sight: LineOfSight::new(frame.origin_m, &direction, &station.up())?, ..*exact };
    noisy.range_m = exact.range_m.map(|range_m| range_m + exact.range_variance_m2.sqrt() * chance.normal());
    noisy.range_rate =
        exact.range_rate.map(|(rate, variance)| (rate + variance.sqrt() * chance.normal(), variance));
    Some(noisy)
}

/// A flight linearised about its course: between looks it moves, at each it is told so much.
#[derive(Clone, Debug)]
pub struct Linearised<const N: usize> {
    initial_covariance: SMatrix<f64, N, N>,
    steps: Vec<(SMatrix<f64, N, N>, SMatrix<f64, N, N>, Matrix6<f64>)>,
}

impl<const N: usize> Linearised<N> {
    /// From the course at each look (the first entry is where it begins, s after launch), with what each look tells of
    /// position and velocity.
    pub fn new(
        model: &impl Dynamics<N>,
        initial_covariance: SMatrix<f64, N, N>,
        course: &[(f64, SVector<f64, N>)],
        information: &[Matrix6<f64>],
    ) -> Self {
        let steps = course.windows(2).zip(information).map(|(pair, information)| {
            let seconds = pair[1].0 - pair[0].0;
            let (_, transition) = propagate(model, &pair[0].1, seconds, LONGEST_STEP_S);
            (transition, model.process_noise(seconds), *information)
        });
        Linearised { initial_covariance, steps: steps.collect() }
    }

    /// The problem for a perfect filter, whose NEES of `components` is taken after every look from `first` on.
    pub fn problem(&self, first: usize, components: usize) -> LinearProblem<N> {
        let steps = self.steps.iter().map(|(transition, process_noise, information)| {
            let mut storage = [InformationRow::default(); 6];
            let rows = rows_of(information, &Vector6::zeros(), &Vector6::zeros(), &mut storage);
            let measurements = rows.iter().map(|(gradient, _, variance)| {
                let row = SVector::<f64, N>::from_fn(|axis, _| if axis < 6 { gradient[axis] } else { 0.0 });
                ScalarMeasurement { row, variance: *variance }
            });
            LinearStep {
                transition: *transition,
                process_noise: *process_noise,
                measurements: measurements.collect(),
            }
        });
        LinearProblem {
            initial_covariance: self.initial_covariance,
            steps: steps.collect(),
            sampled: (first..self.steps.len()).collect(),
            degrees_of_freedom: components,
        }
    }
}
