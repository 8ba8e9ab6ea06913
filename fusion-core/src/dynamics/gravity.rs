//! Gravity of the WGS-84 Earth with J2, and the apparent forces of the rotating frame.

use crate::math::real::{Real, identity};
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S};
use nalgebra::{Matrix3, Vector3};

/// Gravitational parameter of the Earth, m³/s² (WGS-84).
pub const EARTH_GRAVITATIONAL_PARAMETER_M3_S2: f64 = 3.986_004_418e14;
/// Second zonal harmonic of the Earth's gravity, dimensionless (WGS-84).
pub const EARTH_J2: f64 = 1.082_629_821_3e-3;

pub(crate) const J2_FACTOR_M5_S2: f64 = 1.5
    * EARTH_J2
    * EARTH_GRAVITATIONAL_PARAMETER_M3_S2
    * EARTH_RADIUS_EQUATORIAL_M
    * EARTH_RADIUS_EQUATORIAL_M;

/// Gravitational acceleration with J2, m/s², at an Earth-centred position (m) whose z axis is the Earth's axis.
///
/// Without the centrifugal term: see [`apparent_acceleration`]. Li and Jilkov, "Survey of maneuvering target
/// tracking, part II" (2001), equation 13.
#[inline(always)]
pub fn gravitational_acceleration<S: Real>(position_m: &Vector3<S>) -> Vector3<S> {
    let [x, y, z] = [position_m.x, position_m.y, position_m.z];
    let inverse_square = S::one() / (x * x + y * y + z * z);
    let inverse_cube = inverse_square * inverse_square.sqrt();
    let axial = S::splat(5.0) * position_m.z * position_m.z * inverse_square;
    let oblate = S::splat(J2_FACTOR_M5_S2) * inverse_cube * inverse_square;
    let central = S::splat(-EARTH_GRAVITATIONAL_PARAMETER_M3_S2) * inverse_cube;
    Vector3::new(
        position_m.x * (central - oblate * (S::one() - axial)),
        position_m.y * (central - oblate * (S::one() - axial)),
        position_m.z * (central - oblate * (S::splat(3.0) - axial)),
    )
}

/// Derivative of [`gravitational_acceleration`] with respect to position, 1/s²; symmetric.
#[inline(always)]
pub fn gravity_gradient<S: Real>(position_m: &Vector3<S>) -> Matrix3<S> {
    let number = S::splat;
    let inverse_square = S::one() / position_m.dot(position_m);
    let inverse_cube = inverse_square * inverse_square.sqrt();
    let central = number(EARTH_GRAVITATIONAL_PARAMETER_M3_S2) * inverse_cube;
    let oblate = number(J2_FACTOR_M5_S2) * inverse_cube * inverse_square;
    let z2 = position_m.z * position_m.z * inverse_square;
    let outer = position_m * position_m.transpose() * inverse_square;

    let mut gradient = outer * (number(3.0) * central + oblate * (number(5.0) - number(35.0) * z2))
        - identity() * (central + oblate * (S::one() - number(5.0) * z2));
    // What the flattening adds along the axis: the 3 in place of the 1 on z, and d(5 z²/r²)/dz.
    gradient[(2, 2)] -= number(2.0) * oblate;
    let axial = position_m * (number(10.0) * oblate * position_m.z * inverse_square);
    for row in 0..3 {
        gradient[(row, 2)] += axial[row];
        gradient[(2, row)] += axial[row];
    }
    gradient
}

/// Centrifugal and Coriolis acceleration, m/s², of a body at `position_m` with `velocity_m_s` in the Earth-fixed frame.
#[inline(always)]
pub fn apparent_acceleration<S: Real>(position_m: &Vector3<S>, velocity_m_s: &Vector3<S>) -> Vector3<S> {
    let (rate, two) = (S::splat(EARTH_ROTATION_RAD_S), S::splat(2.0));
    Vector3::new(
        rate * (rate * position_m.x + two * velocity_m_s.y),
        rate * (rate * position_m.y - two * velocity_m_s.x),
        S::zero(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gravity_at_the_equator_and_the_pole_is_the_published_normal_gravity() {
        // WGS-84 normal gravity: 9.780325 m/s² at the equator, 9.832185 at the pole (the J4 term adds a few 1e-6).
        let equator = Vector3::new(EARTH_RADIUS_EQUATORIAL_M, 0.0, 0.0);
        let weight =
            gravitational_acceleration(&equator) + apparent_acceleration(&equator, &Vector3::zeros());
        assert!((weight.norm() - 9.780_325_3).abs() < 2e-4, "{weight}");
        let pole = gravitational_acceleration(&Vector3::new(0.0, 0.0, 6_356_752.314_2));
        assert!((pole.norm() - 9.832_184_9).abs() < 2e-4, "{pole}");
    }

    #[test]
    fn the_gradient_is_the_derivative_in_every_octant() {
        for octant in 0..8 {
            let sign = |bit: i32| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
            let position_m = Vector3::new(3.1e6 * sign(0), 4.0e6 * sign(1), 4.2e6 * sign(2));
            let gradient = gravity_gradient(&position_m);
            for axis in 0..3 {
                let step_m = Vector3::ith(axis, 100.0);
                let difference = (gravitational_acceleration(&(position_m + step_m))
                    - gravitational_acceleration(&(position_m - step_m)))
                    / 200.0;
                let error = (gradient.column(axis) - difference).norm();
                assert!(error < 1e-14, "octant {octant} axis {axis}: {error:e}");
            }
        }
    }
}
