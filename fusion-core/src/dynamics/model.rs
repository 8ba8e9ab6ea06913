//! Models of motion: boost, coast, re-entry.
//!
//! Every state begins with position (m) and velocity (m/s) in the Earth-fixed frame; what a model adds stays constant
//! but for a random walk. So a model is its acceleration and the derivative of that acceleration.

use super::atmosphere::{TOP_OF_ATMOSPHERE_M, air_at};
use super::gravity::{apparent_acceleration, gravitational_acceleration, gravity_gradient};
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, height_and_up};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// A model of motion with `N` states, the first six of them position and velocity.
pub trait Dynamics<const N: usize> {
    /// Acceleration in the Earth-fixed frame, m/s², and its derivative with respect to the state (3 × N).
    fn acceleration(&self, state: &SVector<f64, N>) -> (Vector3<f64>, SMatrix<f64, 3, N>);

    /// Covariance that the model's noise adds over `seconds`.
    fn process_noise(&self, seconds: f64) -> SMatrix<f64, N, N>;
}

/// Powered flight: a non-gravitational acceleration vector that walks at random. States: position, velocity,
/// acceleration (m/s²).
///
/// Says nothing about the direction of thrust, and so holds while a missile pitches over, where a model with thrust
/// along the velocity is overconfident. Not for prediction over more than some tens of seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boost {
    /// Power spectral density of the acceleration's random walk, m²/s⁵.
    pub density_m2_s5: f64,
}

/// Free flight: gravity with J2 and the apparent forces of the rotating frame. States: position, velocity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coast {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
}

/// Flight through the air: free flight and drag. States: position, velocity, logarithm of the inverse ballistic
/// coefficient, ln(Cd A / m) with Cd A / m in m²/kg.
///
/// Li and Jilkov, "Survey of maneuvering target tracking, part II" (2001), section 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reentry {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
    /// Power spectral density of the random walk of the logarithm, 1/s.
    pub log_density_1_s: f64,
}

impl Dynamics<9> for Boost {
    fn acceleration(&self, state: &SVector<f64, 9>) -> (Vector3<f64>, SMatrix<f64, 3, 9>) {
        let (free_m_s2, free_jacobian) = free_flight(&position(state), &velocity(state));
        let mut jacobian = SMatrix::<f64, 3, 9>::zeros();
        jacobian.fixed_view_mut::<3, 6>(0, 0).copy_from(&free_jacobian);
        jacobian.fixed_view_mut::<3, 3>(0, 6).fill_diagonal(1.0);
        (free_m_s2 + state.fixed_rows::<3>(6), jacobian)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 9, 9> {
        let t = seconds;
        let (t2, t3, t4, t5) = (t * t, t * t * t, t * t * t * t, t * t * t * t * t);
        let q = self.density_m2_s5;
        let rows = [
            [q * t5 / 20.0, q * t4 / 8.0, q * t3 / 6.0],
            [q * t4 / 8.0, q * t3 / 3.0, q * t2 / 2.0],
            [q * t3 / 6.0, q * t2 / 2.0, q * t],
        ];
        let mut noise = SMatrix::<f64, 9, 9>::zeros();
        for (row, values) in rows.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                noise.fixed_view_mut::<3, 3>(3 * row, 3 * column).fill_diagonal(*value);
            }
        }
        noise
    }
}

impl Dynamics<6> for Coast {
    fn acceleration(&self, state: &SVector<f64, 6>) -> (Vector3<f64>, SMatrix<f64, 3, 6>) {
        free_flight(&position(state), &velocity(state))
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 6, 6> {
        white_acceleration(self.density_m2_s3, seconds)
    }
}

impl Dynamics<7> for Reentry {
    fn acceleration(&self, state: &SVector<f64, 7>) -> (Vector3<f64>, SMatrix<f64, 3, 7>) {
        let (position_m, velocity_m_s) = (position(state), velocity(state));
        let (free_m_s2, free_jacobian) = free_flight(&position_m, &velocity_m_s);
        let mut jacobian = SMatrix::<f64, 3, 7>::zeros();
        jacobian.fixed_view_mut::<3, 6>(0, 0).copy_from(&free_jacobian);
        // The radius is a cheap lower bound of the height that spares the ellipsoid outside the atmosphere.
        if position_m.norm_squared() > ABOVE_THE_AIR_M * ABOVE_THE_AIR_M {
            return (free_m_s2, jacobian);
        }
        let (height_m, up) = height_and_up(&position_m);
        let air = air_at(height_m);
        let speed_m_s = velocity_m_s.norm();
        let half_area_m2_kg = 0.5 * libm::exp(state[6]);
        let rate_1_s = half_area_m2_kg * air.density_kg_m3 * speed_m_s;
        let drag_m_s2 = velocity_m_s * -rate_1_s;

        let by_height = velocity_m_s * (-half_area_m2_kg * air.slope_kg_m4 * speed_m_s);
        let mut by_position = jacobian.fixed_view_mut::<3, 3>(0, 0);
        by_position += by_height * up.transpose();
        let direction = velocity_m_s / speed_m_s.max(f64::MIN_POSITIVE);
        let mut by_velocity = jacobian.fixed_view_mut::<3, 3>(0, 3);
        by_velocity -= (Matrix3::identity() + direction * direction.transpose()) * rate_1_s;
        jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&drag_m_s2);
        (free_m_s2 + drag_m_s2, jacobian)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 7, 7> {
        let mut noise = SMatrix::<f64, 7, 7>::zeros();
        noise.fixed_view_mut::<6, 6>(0, 0).copy_from(&white_acceleration(self.density_m2_s3, seconds));
        noise[(6, 6)] = self.log_density_1_s * seconds;
        noise
    }
}

const ABOVE_THE_AIR_M: f64 = EARTH_RADIUS_EQUATORIAL_M + TOP_OF_ATMOSPHERE_M;

fn position<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    Vector3::new(state[0], state[1], state[2])
}

fn velocity<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    Vector3::new(state[3], state[4], state[5])
}

/// Gravity and apparent forces, with their derivative by position and velocity.
fn free_flight(position_m: &Vector3<f64>, velocity_m_s: &Vector3<f64>) -> (Vector3<f64>, SMatrix<f64, 3, 6>) {
    let acceleration_m_s2 =
        gravitational_acceleration(position_m) + apparent_acceleration(position_m, velocity_m_s);
    let mut jacobian = SMatrix::<f64, 3, 6>::zeros();
    jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(&gravity_gradient(position_m));
    let rate = EARTH_ROTATION_RAD_S;
    jacobian[(0, 0)] += rate * rate;
    jacobian[(1, 1)] += rate * rate;
    jacobian[(0, 4)] = 2.0 * rate;
    jacobian[(1, 3)] = -2.0 * rate;
    (acceleration_m_s2, jacobian)
}

fn white_acceleration(density: f64, seconds: f64) -> SMatrix<f64, 6, 6> {
    let mut noise = SMatrix::<f64, 6, 6>::zeros();
    noise.fixed_view_mut::<3, 3>(0, 0).fill_diagonal(density * seconds * seconds * seconds / 3.0);
    noise.fixed_view_mut::<3, 3>(0, 3).fill_diagonal(density * seconds * seconds / 2.0);
    noise.fixed_view_mut::<3, 3>(3, 0).fill_diagonal(density * seconds * seconds / 2.0);
    noise.fixed_view_mut::<3, 3>(3, 3).fill_diagonal(density * seconds);
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the analytic derivative with central differences in every octant, in the air and above it.
    fn check<const N: usize>(model: &impl Dynamics<N>, extra: &[f64]) {
        for octant in 0..8 {
            for radius in [1.002, 1.006, 1.02, 1.2, 6.6] {
                let sign = |bit: usize| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
                let mut state = SVector::<f64, N>::zeros();
                let place = Vector3::new(0.55 * sign(0), 0.6 * sign(1), 0.58 * sign(2)).normalize();
                state.fixed_rows_mut::<3>(0).copy_from(&(place * 6.371e6 * radius));
                state.fixed_rows_mut::<3>(3).copy_from(&Vector3::new(-2100.0, 1500.0, 900.0));
                for (index, value) in extra.iter().enumerate() {
                    state[6 + index] = *value;
                }
                let (_, jacobian) = model.acceleration(&state);
                for column in 0..N {
                    let step = [10.0, 10.0, 10.0, 0.1, 0.1, 0.1, 1e-4, 1e-4, 1e-4][column];
                    let mut forward = state;
                    forward[column] += step;
                    let mut backward = state;
                    backward[column] -= step;
                    let difference =
                        (model.acceleration(&forward).0 - model.acceleration(&backward).0) / (2.0 * step);
                    let error = (jacobian.column(column) - difference).norm();
                    let scale = difference.norm() * 1e-5 + 2e-11;
                    assert!(error < scale, "octant {octant} radius {radius} column {column}: {error:e}");
                }
            }
        }
    }

    #[test]
    fn derivatives_match_central_differences_in_every_octant() {
        check(&Boost { density_m2_s5: 1.0 }, &[30.0, -10.0, 5.0]);
        check(&Coast { density_m2_s3: 1.0 }, &[]);
        check(&Reentry { density_m2_s3: 1.0, log_density_1_s: 0.0 }, &[-libm::log(5_000.0)]);
    }
}
