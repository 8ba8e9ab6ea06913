//! Free flight.

use super::Dynamics;
use super::gravity::{apparent_acceleration, gravitational_acceleration, gravity_gradient};
use super::model::{position, velocity};
use super::transition::{constant_velocity_noise, in_three_axes};
use crate::math::real::{Real, zeros};
use crate::types::EARTH_ROTATION_RAD_S;
use nalgebra::{SMatrix, SVector, Vector3};

/// Free flight: gravity with J2 and the apparent forces of the rotating frame. States: position, velocity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coast {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
}

impl Dynamics<6> for Coast {
    fn acceleration<S: Real>(&self, state: &SVector<S, 6>) -> (Vector3<S>, SMatrix<S, 3, 6>) {
        free_flight(state)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 6, 6> {
        in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3))
    }
}

/// Gravity and apparent forces, with their derivative by a state that begins with position and velocity.
#[inline(always)]
pub(super) fn free_flight<const N: usize, S: Real>(state: &SVector<S, N>) -> (Vector3<S>, SMatrix<S, 3, N>) {
    let (position_m, velocity_m_s) = (position(state), velocity(state));
    let acceleration_m_s2 =
        gravitational_acceleration(&position_m) + apparent_acceleration(&position_m, &velocity_m_s);
    let mut jacobian = zeros::<S, 3, N>();
    jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(&gravity_gradient(&position_m));
    let rate = EARTH_ROTATION_RAD_S;
    jacobian[(0, 0)] += S::splat(rate * rate);
    jacobian[(1, 1)] += S::splat(rate * rate);
    jacobian[(0, 4)] = S::splat(2.0 * rate);
    jacobian[(1, 3)] = S::splat(-2.0 * rate);
    (acceleration_m_s2, jacobian)
}
