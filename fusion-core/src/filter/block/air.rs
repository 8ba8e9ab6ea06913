//! The air around a track: height above the ellipsoid with fewer roots and divisions, and the density there.

use crate::dynamics::atmosphere::Cubics;
use crate::math::real::Real;
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, FLATTENING};

/// The eccentricity of the ellipsoid, squared.
const E2: f64 = FLATTENING * (2.0 - FLATTENING);

/// Density, kg/m³, its slope with height, kg/m⁴, and the unit vector of the local vertical.
pub(super) struct Air<S> {
    pub density_kg_m3: S,
    pub slope_kg_m4: S,
    pub up: [S; 3],
}

impl<S: Real> Air<S> {
    /// At a place, m, Earth-fixed. Not within some kilometres of the Earth's centre.
    #[inline(always)]
    pub(super) fn around(position_m: &[S; 3], cubics: &Cubics) -> Self {
        let (height_m, up) = height_and_up(position_m);
        let (density_kg_m3, slope_kg_m4) = cubics.at(height_m);
        Air { density_kg_m3, slope_kg_m4, up }
    }
}

/// Height above the ellipsoid, m, and the unit vector of the local vertical: [`crate::types::heights_and_ups`] to rounding.
///
/// Bowring's formula with one round. The sine and cosine of the parametric latitude go into it as cubes only, and these need
/// the third power of 1/√(z² + (1 - e²) p²): that of 1/r, which gravity has, and a series in e² p²/r². What is left is
/// a division and two roots.
#[inline(always)]
fn height_and_up<S: Real>(position_m: &[S; 3]) -> (S, [S; 3]) {
    const SHRINK: f64 = 1.0 - FLATTENING;
    const POLAR_PART_M: f64 = E2 * EARTH_RADIUS_EQUATORIAL_M / SHRINK;
    const EQUATORIAL_PART_M: f64 = E2 * EARTH_RADIUS_EQUATORIAL_M * SHRINK * SHRINK * SHRINK;
    let number = S::splat;
    let [x, y, z] = *position_m;
    let (equatorial_m2, polar_m2) = (x * x + y * y, z * z);
    let square_m2 = x * x + y * y + z * z;
    // The same as in gravity, so that a compiler works it out once.
    let inverse_square = S::one() / square_m2;
    let inverse_cube = inverse_square * inverse_square * square_m2.sqrt();

    // (1 - e² part)^(-3/2); the next term is 5e-9 of one at most, 3e-11 rad of the vertical. Terms in pairs wait less.
    let part = equatorial_m2 * inverse_square;
    let series = (S::one() + number(1.5 * E2) * part)
        + (part * part) * (number(1.875 * E2 * E2) + number(2.187_5 * E2 * E2 * E2) * part);
    let cube = inverse_cube * series;
    let outward = S::one() - (number(EQUATORIAL_PART_M) * equatorial_m2) * cube;
    let northward_m = z + (number(POLAR_PART_M) * polar_m2 * z) * cube;

    let (outward_m2, northward_m2) = (equatorial_m2 * outward, northward_m * northward_m);
    let length_m2 = northward_m2 + outward_m2 * outward;
    let per_length = length_m2.sqrt() * (S::one() / length_m2);
    let curvature_m = (length_m2 - number(E2) * northward_m2).sqrt();
    let height_m =
        ((outward_m2 + z * northward_m) - number(EARTH_RADIUS_EQUATORIAL_M) * curvature_m) * per_length;
    let outward = outward * per_length;
    let sine = northward_m * per_length;
    (height_m, [x * outward, y * outward, sine])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};

    #[test]
    fn heights_from_the_ground_to_the_top_of_the_air_come_back_at_every_latitude() {
        for latitude_deg in [-90.0, -67.3, -45.0, -0.001, 0.0, 12.0, 39.2, 45.0, 80.5, 90.0] {
            for height_m in [-400.0, 0.0, 8_848.0, 60e3, 200e3, 800e3, 2e6] {
                let place = Geodetic::from_degrees(latitude_deg, 125.673, height_m);
                let (back_m, up) = height_and_up(&ecef_from_geodetic(place).into());
                let tolerance_m = if height_m > 300e3 { 1e-6 } else { 1e-8 };
                assert!((back_m - height_m).abs() < tolerance_m, "{latitude_deg} {height_m}: {back_m}");
                let aside = (ecef_from_enu(place).column(2) - nalgebra::Vector3::from(up)).norm();
                assert!(aside < 1e-9 || height_m > 300e3, "{latitude_deg} {height_m}: {aside:e}");
            }
        }
    }
}
