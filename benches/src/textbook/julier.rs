//! A vehicle that comes in from space with an unknown drag coefficient.

use super::{Problem, range_and_angle, range_and_angle_difference, range_and_angle_jacobian};
use fusion_core::filter::{Gaussian, MeasurementModel};
use fusion_core::math::chance::Stream;
use nalgebra::{Matrix2, Matrix2x5, Matrix5, Vector2, Vector5, vector};

/// The re-entry problem of Julier and Uhlmann, in kilometres as everybody prints it.
///
/// State: position from the Earth's centre (km) and velocity (km/s) in a plane, and the logarithm of the drag coefficient
/// relative to [`Julier::drag_per_km`]. Explicit Euler steps for truth and filters alike, so this is a problem in discrete
/// time and no model of a flight: with Runge-Kutta steps the path differs by hundreds of metres.
/// Julier and Uhlmann, "Unscented filtering and nonlinear estimation", *Proceedings of the IEEE* 92(3) (2004), section
/// VI-A, with the noises of the corrections and of the EKF/UKF toolbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Julier {
    /// Drag coefficient at the surface for a fifth state of zero, 1/km; negative, as drag is against the velocity.
    pub drag_per_km: f64,
    /// Scale height of the air, km.
    pub scale_height_km: f64,
    /// The Earth's gravitational parameter, km3/s2.
    pub gravity_km3_s2: f64,
    /// Radius at which the air has its surface density, km.
    pub earth_radius_km: f64,
    /// One step, s.
    pub step_s: f64,
    /// Where the radar stands, km.
    pub radar_km: Vector2<f64>,
    /// Variances of range (km2) and angle (rad2).
    pub measurement_variances: Vector2<f64>,
    /// What truth is drawn from; of the covariance only the diagonal counts, which may hold zeros.
    pub truth_start: Gaussian<5>,
    /// What the filters start from, one step before the first measurement.
    pub filter_start: Gaussian<5>,
    /// Variances of the truth's process noise of one step.
    pub truth_noise: Vector5<f64>,
    /// Variances of the process noise of one step that the filters assume.
    pub filter_noise: Vector5<f64>,
}

impl Julier {
    /// The setting of the EKF/UKF toolbox: range to 1 m, angle to 0.17 mrad; the filters start from a drag that is off.
    pub fn toolbox() -> Self {
        let start = |log_drag: f64, variance: f64| Gaussian {
            mean: vector![6500.4, 349.14, -1.8093, -6.7967, log_drag],
            covariance: Matrix5::from_diagonal(&vector![1e-6, 1e-6, 1e-6, 1e-6, variance]),
        };
        Julier {
            drag_per_km: -0.59783,
            scale_height_km: 13.406,
            gravity_km3_s2: 3.986e5,
            earth_radius_km: 6374.0,
            step_s: 0.1,
            radar_km: vector![6374.0, 0.0],
            measurement_variances: vector![1e-6, 1.7e-4 * 1.7e-4],
            truth_start: start(0.6932, 0.0),
            filter_start: start(0.0, 1.0),
            truth_noise: vector![0.0, 0.0, 2.4064e-5, 2.4064e-5, 0.0],
            filter_noise: vector![0.0, 0.0, 2.4064e-5, 2.4064e-5, 1e-6],
        }
    }

    /// The same with the angle to 17 mrad, as the paper prints it.
    pub fn as_printed() -> Self {
        Julier { measurement_variances: vector![1e-6, 1.7e-2 * 1.7e-2], ..Julier::toolbox() }
    }

    /// The same as [`Julier::toolbox`] with truth drawn from what the filters assume, so that a good filter is consistent.
    pub fn matched() -> Self {
        let toolbox = Julier::toolbox();
        Julier { truth_start: toolbox.filter_start, truth_noise: toolbox.filter_noise, ..toolbox }
    }

    /// The state's rate of change, per s: position (km/s), velocity (km/s2), and a log drag that stays.
    pub fn rate(&self, state: &Vector5<f64>) -> Vector5<f64> {
        let (drag, gravity) = self.drag_and_gravity(state);
        let [x, y, vx, vy] = [state[0], state[1], state[2], state[3]];
        vector![vx, vy, drag * vx + gravity * x, drag * vy + gravity * y, 0.0]
    }

    fn offset_km(&self, state: &Vector5<f64>) -> Vector2<f64> {
        state.fixed_rows::<2>(0) - self.radar_km
    }

    /// Acceleration per velocity by drag (1/s) and per position by gravity (1/s2).
    fn drag_and_gravity(&self, state: &Vector5<f64>) -> (f64, f64) {
        let radius_km = state.fixed_rows::<2>(0).norm();
        let speed_km_s = state.fixed_rows::<2>(2).norm();
        let height_km = radius_km - self.earth_radius_km;
        let drag = self.drag_per_km
            * libm::exp(state[4])
            * libm::exp(-height_km / self.scale_height_km)
            * speed_km_s;
        (drag, -self.gravity_km3_s2 / (radius_km * radius_km * radius_km))
    }
}

impl Problem<5> for Julier {
    fn truth_start(&self, stream: &mut Stream) -> Vector5<f64> {
        let deviations = self.truth_start.covariance.diagonal().map(f64::sqrt);
        self.truth_start.mean + deviations.component_mul(&normals(stream))
    }

    fn truth_step(&self, state: &Vector5<f64>, stream: &mut Stream) -> Vector5<f64> {
        self.step(state) + self.truth_noise.map(f64::sqrt).component_mul(&normals(stream))
    }

    fn step(&self, state: &Vector5<f64>) -> Vector5<f64> {
        state + self.rate(state) * self.step_s
    }

    fn step_jacobian(&self, state: &Vector5<f64>) -> Matrix5<f64> {
        let (drag, gravity) = self.drag_and_gravity(state);
        let position: Vector2<f64> = state.fixed_rows::<2>(0).into();
        let velocity: Vector2<f64> = state.fixed_rows::<2>(2).into();
        let radius_km = position.norm();
        let thinning = drag / (self.scale_height_km * radius_km);
        let by_position = Matrix2::from_diagonal_element(gravity)
            - position * position.transpose() * (3.0 * gravity / (radius_km * radius_km))
            - velocity * position.transpose() * thinning;
        let by_velocity = Matrix2::from_diagonal_element(drag)
            + velocity * velocity.transpose() * (drag / velocity.norm_squared());
        let mut rate = Matrix5::zeros();
        rate.fixed_view_mut::<2, 2>(0, 2).fill_diagonal(1.0);
        rate.fixed_view_mut::<2, 2>(2, 0).copy_from(&by_position);
        rate.fixed_view_mut::<2, 2>(2, 2).copy_from(&by_velocity);
        rate.fixed_view_mut::<2, 1>(2, 4).copy_from(&(velocity * drag));
        Matrix5::identity() + rate * self.step_s
    }

    fn process_noise(&self) -> Matrix5<f64> {
        Matrix5::from_diagonal(&self.filter_noise)
    }

    fn measurement_noise(&self) -> Matrix2<f64> {
        Matrix2::from_diagonal(&self.measurement_variances)
    }
}

impl MeasurementModel<5, 2> for Julier {
    fn predict(&self, state: &Vector5<f64>) -> Vector2<f64> {
        range_and_angle(&self.offset_km(state))
    }

    fn jacobian(&self, state: &Vector5<f64>) -> Matrix2x5<f64> {
        let mut jacobian = Matrix2x5::zeros();
        jacobian.fixed_view_mut::<2, 2>(0, 0).copy_from(&range_and_angle_jacobian(&self.offset_km(state)));
        jacobian
    }

    fn difference(&self, first: &Vector2<f64>, second: &Vector2<f64>) -> Vector2<f64> {
        range_and_angle_difference(first, second)
    }
}

fn normals(stream: &mut Stream) -> Vector5<f64> {
    Vector5::from_fn(|_, _| stream.normal())
}
