//! A falling body of known ballistic coefficient.

use super::{Problem, range_and_angle, range_and_angle_difference, range_and_angle_jacobian};
use fusion_core::filter::{Gaussian, MeasurementModel};
use fusion_core::math::chance::Stream;
use nalgebra::{Matrix2, Matrix2x4, Matrix4, Matrix4x2, Vector2, Vector4, matrix, vector};

/// The re-entry problem of Farina, Ristic and Benvenuti, over a flat Earth.
///
/// State: `[x, vx, y, vy]`, ground distance from the radar and height, m and m/s. The radar stands at the origin and
/// measures range (m) and elevation (rad). Drag and gravity act as accelerations constant over a step, and so does the
/// process noise's spectral density: `q [[T^3/3, T^2/2], [T^2/2, T]]` an axis.
/// Farina, Ristic and Benvenuti, "Tracking a ballistic target: comparison of several nonlinear filters", *IEEE Transactions
/// on Aerospace and Electronic Systems* 38(3) (2002), 854-867.
#[derive(Clone, Debug, PartialEq)]
pub struct Farina {
    /// Weight over drag area, kg/(m s2): the ballistic coefficient in the paper's unit.
    pub ballistic_kg_m_s2: f64,
    /// Gravity, m/s2.
    pub gravity_m_s2: f64,
    /// One step, s.
    pub step_s: f64,
    /// Spectral density of the acceleration's noise, m2/s3.
    pub noise_density_m2_s3: f64,
    /// Standard deviation of range, m.
    pub range_sigma_m: f64,
    /// Standard deviation of elevation, rad.
    pub elevation_sigma_rad: f64,
    /// The true state at the beginning, at which the first measurement is taken.
    pub start: Vector4<f64>,
}

impl Farina {
    /// Number of measurements, the first at the start.
    pub const MEASUREMENTS: usize = 60;

    /// The paper's radar: 100 m and 17 mrad.
    pub fn paper() -> Self {
        let (sine, cosine) = libm::sincos(190.0 * std::f64::consts::PI / 180.0);
        Farina {
            ballistic_kg_m_s2: 40_000.0,
            gravity_m_s2: 9.81,
            step_s: 2.0,
            noise_density_m2_s3: 1.0,
            range_sigma_m: 100.0,
            elevation_sigma_rad: 0.017,
            start: vector![232_000.0, 2290.0 * cosine, 88_000.0, 2290.0 * sine],
        }
    }

    /// The same with a radar of 100 m and 1 mrad.
    pub fn modern() -> Self {
        Farina { elevation_sigma_rad: 1e-3, ..Farina::paper() }
    }

    /// A measurement as a position (x, y) with its first-order covariance, m and m2.
    ///
    /// Not for angles so poor that range times sigma squared counts beside the range's own sigma: biased there.
    pub fn converted(&self, measured: &Vector2<f64>) -> (Vector2<f64>, Matrix2<f64>) {
        let range_m = measured[0];
        let (sine, cosine) = libm::sincos(measured[1]);
        let jacobian = matrix![cosine, -range_m * sine; sine, range_m * cosine];
        (vector![cosine, sine] * range_m, jacobian * self.measurement_noise() * jacobian.transpose())
    }

    /// What the filters start from, at the time of the second measurement: the position of the second, the velocity from
    /// the difference of both, with the covariances of both; the process noise between them is left out.
    pub fn two_point_start(&self, first: &Vector2<f64>, second: &Vector2<f64>) -> Gaussian<4> {
        let (before_m, before_covariance) = self.converted(first);
        let (now_m, now_covariance) = self.converted(second);
        let velocity_m_s = (now_m - before_m) / self.step_s;
        let cross = now_covariance / self.step_s;
        let velocity_covariance = (before_covariance + now_covariance) / (self.step_s * self.step_s);
        Gaussian {
            mean: vector![now_m[0], velocity_m_s[0], now_m[1], velocity_m_s[1]],
            covariance: Matrix4::from_fn(|row, column| match (row % 2, column % 2) {
                (0, 0) => now_covariance[(row / 2, column / 2)],
                (1, 1) => velocity_covariance[(row / 2, column / 2)],
                _ => cross[(row / 2, column / 2)],
            }),
        }
    }

    /// Density of the air, kg/m3, and its relative decrease with height, 1/m.
    fn air(&self, height_m: f64) -> (f64, f64) {
        let (surface, per_m) = if height_m < 9144.0 { (1.227, 1.093e-4) } else { (1.754, 1.49e-4) };
        (surface * libm::exp(-per_m * height_m), per_m)
    }

    /// Drag over velocity times speed, 1/m, and its relative decrease with height, 1/m.
    fn drag(&self, height_m: f64) -> (f64, f64) {
        let (density, per_m) = self.air(height_m);
        (0.5 * self.gravity_m_s2 * density / self.ballistic_kg_m_s2, per_m)
    }

    /// What a constant acceleration does in one step.
    fn by_acceleration(&self) -> Matrix4x2<f64> {
        let (t, half) = (self.step_s, 0.5 * self.step_s * self.step_s);
        matrix![half, 0.0; t, 0.0; 0.0, half; 0.0, t]
    }

    fn transition(&self) -> Matrix4<f64> {
        let t = self.step_s;
        matrix![1.0, t, 0.0, 0.0; 0.0, 1.0, 0.0, 0.0; 0.0, 0.0, 1.0, t; 0.0, 0.0, 0.0, 1.0]
    }
}

impl Problem<4> for Farina {
    fn truth_start(&self, _stream: &mut Stream) -> Vector4<f64> {
        self.start
    }

    fn truth_step(&self, state: &Vector4<f64>, stream: &mut Stream) -> Vector4<f64> {
        // The Cholesky factor of one axis' noise.
        let scale = (self.noise_density_m2_s3 * self.step_s).sqrt();
        let root_three = 3.0_f64.sqrt();
        let mut noise = || {
            let [one, other] = stream.normal_pair();
            [scale * self.step_s / root_three * one, scale * 0.5 * (root_three * one + other)]
        };
        let ([x, vx], [y, vy]) = (noise(), noise());
        self.step(state) + vector![x, vx, y, vy]
    }

    fn step(&self, state: &Vector4<f64>) -> Vector4<f64> {
        let velocity = vector![state[1], state[3]];
        let (drag, _) = self.drag(state[2]);
        let acceleration = velocity * (-drag * velocity.norm()) - vector![0.0, self.gravity_m_s2];
        self.transition() * state + self.by_acceleration() * acceleration
    }

    fn step_jacobian(&self, state: &Vector4<f64>) -> Matrix4<f64> {
        let velocity = vector![state[1], state[3]];
        let speed = velocity.norm();
        let (drag, thinning) = self.drag(state[2]);
        let by_height = velocity * (drag * speed * thinning);
        let by_velocity =
            (Matrix2::from_diagonal_element(speed) + velocity * velocity.transpose() / speed) * -drag;
        let acceleration = matrix![
            0.0, by_velocity[(0, 0)], by_height[0], by_velocity[(0, 1)];
            0.0, by_velocity[(1, 0)], by_height[1], by_velocity[(1, 1)]
        ];
        self.transition() + self.by_acceleration() * acceleration
    }

    fn process_noise(&self) -> Matrix4<f64> {
        let (t, q) = (self.step_s, self.noise_density_m2_s3);
        let axis = matrix![t * t * t / 3.0, 0.5 * t * t; 0.5 * t * t, t] * q;
        let mut noise = Matrix4::zeros();
        noise.fixed_view_mut::<2, 2>(0, 0).copy_from(&axis);
        noise.fixed_view_mut::<2, 2>(2, 2).copy_from(&axis);
        noise
    }

    fn measurement_noise(&self) -> Matrix2<f64> {
        let variance = |sigma: f64| sigma * sigma;
        Matrix2::from_diagonal(&vector![variance(self.range_sigma_m), variance(self.elevation_sigma_rad)])
    }
}

impl MeasurementModel<4, 2> for Farina {
    fn predict(&self, state: &Vector4<f64>) -> Vector2<f64> {
        range_and_angle(&vector![state[0], state[2]])
    }

    fn jacobian(&self, state: &Vector4<f64>) -> Matrix2x4<f64> {
        let position = range_and_angle_jacobian(&vector![state[0], state[2]]);
        let mut jacobian = Matrix2x4::zeros();
        jacobian.set_column(0, &position.column(0));
        jacobian.set_column(2, &position.column(1));
        jacobian
    }

    fn difference(&self, first: &Vector2<f64>, second: &Vector2<f64>) -> Vector2<f64> {
        range_and_angle_difference(first, second)
    }
}
