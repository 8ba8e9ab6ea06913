//! Motion of what flies on wings and holds its height: no gravity, no apparent forces, as lift takes them up.

use super::Dynamics;
use super::model::{cross_matrix, velocity};
use super::transition::{
    constant_acceleration, constant_acceleration_noise, constant_velocity, constant_velocity_noise,
    in_three_axes, singer, singer_noise,
};
use crate::math::real::{Real, identity, zeros};
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, FLATTENING, heights_and_ups};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// A straight line at constant speed, with white acceleration noise. States: position, velocity.
///
/// The line leaves the curved Earth by 5 m in half a minute at 250 m/s. Not for what falls: [`super::Coast`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConstantVelocity {
    /// Power spectral density of the acceleration noise, m²/s³.
    pub density_m2_s3: f64,
}

/// An acceleration that walks at random. States: position, velocity, acceleration (m/s²).
///
/// Not for long predictions: the variance of the position grows with the fifth power of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConstantAcceleration {
    /// Power spectral density of the jerk, m²/s⁵.
    pub density_m2_s5: f64,
}

/// An acceleration that dies away and is driven anew: manoeuvres of a typical length. States: position, velocity,
/// acceleration (m/s²).
///
/// Singer (1970), see [`singer_noise`]. Not for a steady turn, whose acceleration turns: [`CoordinatedTurn`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Singer {
    /// Inverse of the manoeuvres' mean length, 1/s.
    pub damping_1_s: f64,
    /// Power spectral density of what drives the acceleration, m²/s⁵: twice its standing variance times the damping.
    pub density_m2_s5: f64,
}

/// A turn about the local vertical at a rate that walks at random. States: position, velocity, turn rate (rad/s,
/// anticlockwise seen from above).
///
/// The vertical is that of the place, so steps are integrated: no longer than a tenth of a radian of turn. Not for steep
/// climbs: the vertical part of the velocity stays as it is. The walk of the turn rate reaches the velocity in the next span
/// only: not for spans of many seconds.
///
/// Li and Jilkov, "Survey of maneuvering target tracking, part I" (2003), section V.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoordinatedTurn {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
    /// Power spectral density of the turn rate's random walk, rad²/s³.
    pub turn_density_rad2_s3: f64,
}

impl Dynamics<6> for ConstantVelocity {
    fn acceleration<S: Real>(&self, _: &SVector<S, 6>) -> (Vector3<S>, SMatrix<S, 3, 6>) {
        (zeros(), zeros())
    }

    fn linear_transition(&self, seconds: f64) -> Option<SMatrix<f64, 6, 6>> {
        Some(in_three_axes(&constant_velocity(seconds)))
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 6, 6> {
        in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3))
    }
}

impl Dynamics<9> for ConstantAcceleration {
    fn acceleration<S: Real>(&self, state: &SVector<S, 9>) -> (Vector3<S>, SMatrix<S, 3, 9>) {
        accelerated(state)
    }

    fn linear_transition(&self, seconds: f64) -> Option<SMatrix<f64, 9, 9>> {
        Some(in_three_axes(&constant_acceleration(seconds)))
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 9, 9> {
        in_three_axes(&constant_acceleration_noise(seconds, self.density_m2_s5))
    }
}

impl Dynamics<9> for Singer {
    fn acceleration<S: Real>(&self, state: &SVector<S, 9>) -> (Vector3<S>, SMatrix<S, 3, 9>) {
        accelerated(state)
    }

    fn further_rates<S: Real>(&self, state: &SVector<S, 9>) -> Option<(SVector<S, 9>, SMatrix<S, 9, 9>)> {
        let mut jacobian = zeros::<S, 9, 9>();
        jacobian.fixed_view_mut::<3, 3>(6, 6).fill_diagonal(S::splat(-self.damping_1_s));
        Some((jacobian * state, jacobian))
    }

    fn linear_transition(&self, seconds: f64) -> Option<SMatrix<f64, 9, 9>> {
        Some(in_three_axes(&singer(seconds, self.damping_1_s)))
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 9, 9> {
        in_three_axes(&singer_noise(seconds, self.damping_1_s, self.density_m2_s5))
    }
}

impl Dynamics<7> for CoordinatedTurn {
    fn acceleration<S: Real>(&self, state: &SVector<S, 7>) -> (Vector3<S>, SMatrix<S, 3, 7>) {
        let (position_m, velocity_m_s, rate_rad_s) =
            (state.fixed_rows::<3>(0).into(), velocity(state), state[6]);
        let (up, up_by_position) = vertical(&position_m);
        let to_the_left = up.cross(&velocity_m_s);
        let mut jacobian = zeros::<S, 3, 7>();
        let by_position = cross_matrix(&velocity_m_s) * up_by_position * -rate_rad_s;
        jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(&by_position);
        jacobian.fixed_view_mut::<3, 3>(0, 3).copy_from(&(cross_matrix(&up) * rate_rad_s));
        jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&to_the_left);
        (to_the_left * rate_rad_s, jacobian)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 7, 7> {
        let mut noise: SMatrix<f64, 7, 7> =
            in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3));
        noise[(6, 6)] = self.turn_density_rad2_s3 * seconds;
        noise
    }
}

fn accelerated<S: Real>(state: &SVector<S, 9>) -> (Vector3<S>, SMatrix<S, 3, 9>) {
    let mut jacobian = zeros::<S, 3, 9>();
    jacobian.fixed_view_mut::<3, 3>(0, 6).fill_diagonal(S::one());
    (state.fixed_rows::<3>(6).into(), jacobian)
}

/// The local vertical and its derivative by position, 1/m: it turns by a metre over the radius of curvature, which is
/// another along the meridian than across it.
fn vertical<S: Real>(position_m: &Vector3<S>) -> (Vector3<S>, Matrix3<S>) {
    const ECCENTRICITY_SQUARED: f64 = FLATTENING * (2.0 - FLATTENING);
    let (height_m, up) = heights_and_ups(position_m);
    let shrink = S::one() - S::splat(ECCENTRICITY_SQUARED) * up.z * up.z;
    let across_m = S::splat(EARTH_RADIUS_EQUATORIAL_M) / shrink.sqrt();
    let along_m = across_m * S::splat(1.0 - ECCENTRICITY_SQUARED) / shrink;
    let (by_across, by_along) = (S::one() / (across_m + height_m), S::one() / (along_m + height_m));
    // Nothing at the poles, where both radii are the same.
    let equatorial = (up.x * up.x + up.y * up.y).sqrt().max(S::splat(f64::MIN_POSITIVE));
    let east = Vector3::new(-up.y, up.x, S::zero()) / equatorial;
    let north = up.cross(&east);
    let turning =
        (identity() - up * up.transpose()) * by_across + north * north.transpose() * (by_along - by_across);
    (up, turning)
}
