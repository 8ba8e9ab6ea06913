//! A missile in a plane through boost, coast and re-entry, for filters of interacting modes.

use super::range_and_angle;
use fusion_core::filter::{
    Gaussian, Interacting, InteractingStep, MeasurementModel, ModeError, ModeTransition, Motion,
};
use fusion_core::math::chance::Stream;
use nalgebra::{Matrix2, Matrix2x6, Matrix6, Vector2, Vector3, Vector6, matrix, vector};

const GRAVITY_M3_S2: f64 = 3.986_004_418e14;
const EARTH_RADIUS_M: f64 = 6_371_000.0;
const SURFACE_DENSITY_KG_M3: f64 = 1.225;
const SCALE_HEIGHT_M: f64 = 7_200.0;
const GREATEST_HEIGHT_M: f64 = 2e6;
const GREATEST_THRUST_M_S2: f64 = 80.0;
/// Logarithms of 1e-5 and 1e-2 m2/kg.
const LOG_AREAS: [f64; 2] = [-11.512_925_464_970_229, -4.605_170_185_988_091];
/// Runge-Kutta steps of a filter's scan; truth takes [`TRUTH_STEPS`].
const FILTER_STEPS: u32 = 4;
const TRUTH_STEPS: u32 = 100;
/// Steps of the central differences, by component of the state.
const DIFFERENCES: [f64; 6] = [1.0, 1.0, 0.01, 0.01, 1e-3, 1e-4];

/// The three modes, in their order.
const MODES: [Forces; 3] = [
    Forces { has_thrust: true, has_drag: false },
    Forces { has_thrust: false, has_drag: false },
    Forces { has_thrust: false, has_drag: true },
];

/// What acts beside gravity.
#[derive(Clone, Copy, Debug)]
struct Forces {
    has_thrust: bool,
    has_drag: bool,
}

/// A notional problem with modes that share one state: position from the Earth's centre (m) and velocity (m/s) in a plane,
/// thrust acceleration along the velocity (m/s2), and the logarithm of Cd A / m (m2/kg). The Earth is a sphere that does
/// not turn.
///
/// The form follows Li and Jilkov, "Survey of maneuvering target tracking, part II" (2001); the numbers are invented. Not a
/// model of any missile: truth has thrust along the velocity at a constant acceleration, which no mode doubts.
#[derive(Clone, Debug, PartialEq)]
pub struct Phases {
    /// Time between measurements, s.
    pub scan_s: f64,
    /// Standard deviations of range (m) and elevation (rad).
    pub sigmas: Vector2<f64>,
    /// Where the radar stands, along the surface from the launch point, m.
    pub radar_downrange_m: f64,
    /// Markov matrix of boost, coast, re-entry.
    pub transition: ModeTransition<3>,
    /// Mode probabilities at the beginning.
    pub probabilities: Vector3<f64>,
    /// Covariance at the beginning.
    pub covariance: Matrix6<f64>,
    /// Power spectral density of white acceleration noise of each mode, m2/s3.
    pub densities_m2_s3: Vector3<f64>,
    /// Variances that a scan adds to thrust ((m/s2)2) and logarithm, by mode.
    pub added: [Vector2<f64>; 3],
}

impl Phases {
    /// State of truth at its beginning, [`Phases::TRUTH_START_S`] after launch.
    pub const TRUTH_START: Vector6<f64> = Vector6::new(
        1612.028195949912,
        6381928.3607429555,
        127.19671216980696,
        622.5569281756021,
        46.0,
        -8.006367567650246,
    );
    /// Time of [`Phases::TRUTH_START`] after launch, s.
    pub const TRUTH_START_S: f64 = 30.0;
    /// Burnout after launch, s.
    pub const BURNOUT_S: f64 = 90.0;

    /// The problem as published with its results: a radar 600 km ahead, one look a second.
    ///
    /// # Errors
    ///
    /// None that can occur: its Markov matrix is one.
    pub fn notional() -> Result<Self, ModeError> {
        Ok(Phases {
            scan_s: 1.0,
            sigmas: vector![50.0, 1.5e-3],
            radar_downrange_m: 600e3,
            transition: ModeTransition::new(matrix![
                0.97, 0.03, 0.0;
                0.0, 0.99, 0.01;
                0.0, 0.005, 0.995
            ])?,
            probabilities: vector![0.9, 0.1, 1e-6] / 1.000_001,
            covariance: Matrix6::from_diagonal(&vector![4e6, 4e6, 4e4, 4e4, 225.0, 1.0]),
            densities_m2_s3: vector![4.0, 0.01, 1.0],
            added: [vector![1.0, 1e-4], vector![0.01, 1e-4], vector![0.01, 0.01]],
        })
    }

    /// The belief before the first scan: every mode alike.
    ///
    /// # Errors
    ///
    /// [`ModeError`] for mode probabilities that are none.
    pub fn start(&self, mean: Vector6<f64>) -> Result<Interacting<6, 3>, ModeError> {
        Interacting::new([Gaussian { mean, covariance: self.covariance }; 3], self.probabilities)
    }

    /// One scan of the interacting multiple model filter, each mode an extended Kalman filter.
    ///
    /// # Errors
    ///
    /// [`ModeError`].
    pub fn step(
        &self,
        before: &Interacting<6, 3>,
        measured: Option<&Vector2<f64>>,
    ) -> Result<InteractingStep<6, 3>, ModeError> {
        let mut step =
            InteractingStep::predict(before, self.transition, |mode, about| self.motion(mode, about));
        if let Some(measured) = measured {
            let noise = Matrix2::from_diagonal(&self.sigmas.component_mul(&self.sigmas));
            let update = |_: usize, state: &mut Gaussian<6>| {
                Ok(state.update_extended(measured, &noise, self, 1)?.log_likelihood)
            };
            step.filtered.update(update)?;
            step.filtered.floor_probabilities(1e-12)?;
        }
        Ok(step)
    }

    /// How a mode moves over one scan, its derivative by central differences.
    ///
    /// # Panics
    ///
    /// For a mode that does not exist.
    pub fn motion(&self, mode: usize, about: &Vector6<f64>) -> Motion<6> {
        let forces = MODES[mode];
        let step = |state: &Vector6<f64>| fly(state, forces, self.scan_s, FILTER_STEPS);
        let mut transition = Matrix6::zeros();
        for (column, &difference) in DIFFERENCES.iter().enumerate() {
            let mut offset = Vector6::zeros();
            offset[column] = difference;
            let change = step(&(about + offset)) - step(&(about - offset));
            transition.set_column(column, &(change / (2.0 * difference)));
        }
        let (t, density) = (self.scan_s, self.densities_m2_s3[mode]);
        let [position, both, velocity] = [t * t * t / 3.0, t * t / 2.0, t].map(|part| part * density);
        let added = &self.added[mode];
        let mut process_noise =
            Matrix6::from_diagonal(&vector![position, position, velocity, velocity, added[0], added[1]]);
        for axis in 0..2 {
            process_noise[(axis, axis + 2)] = both;
            process_noise[(axis + 2, axis)] = both;
        }
        Motion { about: *about, mean: step(about), transition, process_noise }
    }

    /// Moves the true state over one scan: drag throughout, thrust until burnout, which is the end of a scan.
    pub fn truth_step(&self, state: &Vector6<f64>, is_burning: bool) -> Vector6<f64> {
        fly(state, Forces { has_thrust: is_burning, has_drag: true }, self.scan_s, TRUTH_STEPS)
    }

    /// Draws a measurement of a true state.
    pub fn measure(&self, state: &Vector6<f64>, stream: &mut Stream) -> Vector2<f64> {
        self.predict(state) + self.sigmas.component_mul(&Vector2::from(stream.normal_pair()))
    }

    /// East and up at the radar from the radar, m, and the matrix that turned them so; east is towards the launch point.
    fn seen_at_radar(&self, state: &Vector6<f64>) -> (Vector2<f64>, Matrix2<f64>) {
        let (sine, cosine) = libm::sincos(self.radar_downrange_m / EARTH_RADIUS_M);
        let turn = matrix![-cosine, sine; sine, cosine];
        (turn * state.fixed_rows::<2>(0) - vector![0.0, EARTH_RADIUS_M], turn)
    }
}

/// Range (m) and elevation (rad) from the radar.
impl MeasurementModel<6, 2> for Phases {
    fn predict(&self, state: &Vector6<f64>) -> Vector2<f64> {
        range_and_angle(&self.seen_at_radar(state).0)
    }

    fn jacobian(&self, state: &Vector6<f64>) -> Matrix2x6<f64> {
        let (point, turn) = self.seen_at_radar(state);
        let mut jacobian = Matrix2x6::zeros();
        jacobian.fixed_columns_mut::<2>(0).copy_from(&(super::range_and_angle_jacobian(&point) * turn));
        jacobian
    }

    fn difference(&self, first: &Vector2<f64>, second: &Vector2<f64>) -> Vector2<f64> {
        super::range_and_angle_difference(first, second)
    }
}

/// Fourth-order Runge-Kutta over `seconds` in equal steps.
fn fly(state: &Vector6<f64>, forces: Forces, seconds: f64, steps: u32) -> Vector6<f64> {
    let step = seconds / f64::from(steps);
    let mut state = *state;
    for _ in 0..steps {
        let first = rates(&state, forces);
        let second = rates(&(state + first * (0.5 * step)), forces);
        let third = rates(&(state + second * (0.5 * step)), forces);
        let fourth = rates(&(state + third * step), forces);
        state += (first + (second + third) * 2.0 + fourth) * (step / 6.0);
    }
    state
}

fn rates(state: &Vector6<f64>, forces: Forces) -> Vector6<f64> {
    let position = state.fixed_rows::<2>(0).into_owned();
    let velocity = state.fixed_rows::<2>(2).into_owned();
    let (radius, speed) = (position.norm(), velocity.norm());
    let mut acceleration = position * (-GRAVITY_M3_S2 / (radius * radius * radius));
    if forces.has_thrust {
        // Added to the speed so that a state at rest has a direction, too.
        acceleration += velocity * (state[4].clamp(0.0, GREATEST_THRUST_M_S2) / (speed + 1e-9));
    }
    if forces.has_drag {
        let height = (radius - EARTH_RADIUS_M).clamp(0.0, GREATEST_HEIGHT_M);
        let density = SURFACE_DENSITY_KG_M3 * libm::exp(-height / SCALE_HEIGHT_M);
        let area = libm::exp(state[5].clamp(LOG_AREAS[0], LOG_AREAS[1]));
        acceleration -= velocity * (0.5 * density * speed * area);
    }
    vector![velocity[0], velocity[1], acceleration[0], acceleration[1], 0.0, 0.0]
}
