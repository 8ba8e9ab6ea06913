//! The plain filters against each other, against closed forms and against what chance should do to them.

mod conditioning;
mod forms;
mod nonlinear;
mod soundness;

use fusion_core::filter::{Gaussian, MeasurementModel};
use nalgebra::{Matrix2, Matrix2x4, Matrix4, Matrix4x2, SMatrix, Vector2, Vector4, matrix, vector};

/// Range (m) and azimuth (rad, from x towards y) from the origin of a state `[x, vx, y, vy]`.
pub struct PlanarRadar;

impl MeasurementModel<4, 2> for PlanarRadar {
    fn predict(&self, state: &Vector4<f64>) -> Vector2<f64> {
        vector![libm::hypot(state[0], state[2]), libm::atan2(state[2], state[0])]
    }

    fn jacobian(&self, state: &Vector4<f64>) -> Matrix2x4<f64> {
        let (x, y) = (state[0], state[2]);
        let range = libm::hypot(x, y);
        matrix![
            x / range, 0.0, y / range, 0.0;
            -y / (range * range), 0.0, x / (range * range), 0.0
        ]
    }

    fn difference(&self, first: &Vector2<f64>, second: &Vector2<f64>) -> Vector2<f64> {
        let difference = first - second;
        vector![difference[0], libm::remainder(difference[1], std::f64::consts::TAU)]
    }

    fn mean(&self, weighted: &[(f64, Vector2<f64>)]) -> Vector2<f64> {
        let (mut range, mut east, mut north) = (0.0, 0.0, 0.0);
        for (weight, measurement) in weighted {
            let (sine, cosine) = libm::sincos(measurement[1]);
            range += weight * measurement[0];
            east += weight * cosine;
            north += weight * sine;
        }
        vector![range, libm::atan2(north, east)]
    }
}

/// Positions of a state `[x, vx, y, vy]` as a measurement model, for the filters that take one.
pub struct Positions;

/// The matrix of [`Positions`].
pub const POSITIONS: Matrix2x4<f64> = matrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0];

impl MeasurementModel<4, 2> for Positions {
    fn predict(&self, state: &Vector4<f64>) -> Vector2<f64> {
        POSITIONS * state
    }

    fn jacobian(&self, _state: &Vector4<f64>) -> Matrix2x4<f64> {
        POSITIONS
    }
}

/// Free flight about the origin on a spring, so that a scene goes round for as long as one likes: exact over `seconds`.
pub fn orbit(rate_rad_s: f64, seconds: f64) -> Matrix4<f64> {
    let (sine, cosine) = libm::sincos(rate_rad_s * seconds);
    let (a, b) = (sine / rate_rad_s, -sine * rate_rad_s);
    matrix![
        cosine, a, 0.0, 0.0;
        b, cosine, 0.0, 0.0;
        0.0, 0.0, cosine, a;
        0.0, 0.0, b, cosine
    ]
}

/// The root of the noise of an acceleration constant over `seconds`, of `sigma` (m/s2): rank 2 in 4 states.
pub fn acceleration_root(sigma: f64, seconds: f64) -> Matrix4x2<f64> {
    let (position, velocity) = (0.5 * seconds * seconds * sigma, seconds * sigma);
    matrix![position, 0.0; velocity, 0.0; 0.0, position; 0.0, velocity]
}

/// The greatest difference of two beliefs: of means in standard deviations of the second, of covariances as correlations.
pub fn difference<const N: usize>(ours: &Gaussian<N>, theirs: &Gaussian<N>) -> f64 {
    let sigma = theirs.covariance.diagonal().map(f64::sqrt);
    let scale: SMatrix<f64, N, N> = sigma * sigma.transpose();
    let mean = (ours.mean - theirs.mean).component_div(&sigma).amax();
    mean.max((ours.covariance - theirs.covariance).component_div(&scale).amax())
}

/// A covariance with correlations from a matrix of numbers in [-1, 1].
pub fn covariance<const N: usize>(parts: &SMatrix<f64, N, N>, sigma: f64) -> SMatrix<f64, N, N> {
    (parts * parts.transpose() + SMatrix::identity() * 0.2) * (sigma * sigma)
}

/// A diagonal matrix of two variances.
pub fn variances(first: f64, second: f64) -> Matrix2<f64> {
    Matrix2::from_diagonal(&vector![first * first, second * second])
}
