//! Powered flight.

use super::Dynamics;
use super::coast::free_flight;
use super::model::{length, velocity};
use super::transition::{constant_acceleration_noise, constant_velocity_noise, in_three_axes};
use crate::math::real::{Real, identity, zeros};
use nalgebra::{SMatrix, SVector, Vector3};

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

/// Powered flight with thrust along the velocity, as in a gravity turn. States: position, velocity, thrust acceleration a
/// (m/s²), its growth b (1/s).
///
/// Constant mass flow at constant thrust: a' = a b and b' = b², so that a / b, the exhaust's speed, stays. A growth of
/// zero without variance or noise stays zero: that is the model of constant thrust acceleration. The velocity is the one
/// in the Earth-fixed frame. Not for the vertical rise and the pitch-over, where the thrust does not lie along the velocity
/// ([`Boost`]), and not across a staging. The noise of a reaches the velocity in the next step: steps of a second or so.
///
/// Li and Jilkov, "Survey of maneuvering target tracking, part II" (2001), on the boost phase: gravity turn with constant mass flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThrustAlongVelocity {
    /// Power spectral density of white acceleration noise, m²/s³: what the direction is off by.
    pub density_m2_s3: f64,
    /// Power spectral density of the thrust acceleration's random walk, m²/s⁵.
    pub thrust_density_m2_s5: f64,
    /// Power spectral density of the growth's random walk, 1/s³.
    pub growth_density_1_s3: f64,
}

impl Dynamics<9> for Boost {
    fn acceleration<S: Real>(&self, state: &SVector<S, 9>) -> (Vector3<S>, SMatrix<S, 3, 9>) {
        let (free_m_s2, mut jacobian) = free_flight(state);
        jacobian.fixed_view_mut::<3, 3>(0, 6).fill_diagonal(S::one());
        (free_m_s2 + state.fixed_rows::<3>(6), jacobian)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 9, 9> {
        in_three_axes(&constant_acceleration_noise(seconds, self.density_m2_s5))
    }
}

impl Dynamics<8> for ThrustAlongVelocity {
    fn acceleration<S: Real>(&self, state: &SVector<S, 8>) -> (Vector3<S>, SMatrix<S, 3, 8>) {
        let (free_m_s2, mut jacobian) = free_flight(state);
        let (velocity_m_s, thrust_m_s2) = (velocity(state), state[6]);
        let speed_m_s = length(&velocity_m_s);
        let direction = velocity_m_s / speed_m_s;
        let mut by_velocity = jacobian.fixed_view_mut::<3, 3>(0, 3);
        by_velocity += (identity() - direction * direction.transpose()) * (thrust_m_s2 / speed_m_s);
        jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&direction);
        (free_m_s2 + direction * thrust_m_s2, jacobian)
    }

    fn further_rates<S: Real>(&self, state: &SVector<S, 8>) -> Option<(SVector<S, 8>, SMatrix<S, 8, 8>)> {
        let (thrust_m_s2, growth_1_s) = (state[6], state[7]);
        let mut rates = zeros();
        rates[6] = thrust_m_s2 * growth_1_s;
        rates[7] = growth_1_s * growth_1_s;
        let mut jacobian = zeros();
        jacobian[(6, 6)] = growth_1_s;
        jacobian[(6, 7)] = thrust_m_s2;
        jacobian[(7, 7)] = growth_1_s + growth_1_s;
        Some((rates, jacobian))
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 8, 8> {
        let mut noise: SMatrix<f64, 8, 8> =
            in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3));
        noise[(6, 6)] = self.thrust_density_m2_s5 * seconds;
        noise[(7, 7)] = self.growth_density_1_s3 * seconds;
        noise
    }
}
