//! Frames: geodetic coordinates, Earth-centred Earth-fixed, local east-north-up, line of sight.

use crate::math::real::Real;
use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

/// Equatorial radius of the WGS-84 ellipsoid, m.
pub const EARTH_RADIUS_EQUATORIAL_M: f64 = 6_378_137.0;
/// Flattening of the WGS-84 ellipsoid.
pub const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// Rotation rate of the Earth, rad/s (WGS-84).
pub const EARTH_ROTATION_RAD_S: f64 = 7.292_115e-5;

const ECCENTRICITY_SQUARED: f64 = FLATTENING * (2.0 - FLATTENING);

/// A place on or above the WGS-84 ellipsoid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geodetic {
    /// Geodetic latitude, radians, north positive.
    pub latitude_rad: f64,
    /// Longitude, radians, east positive.
    pub longitude_rad: f64,
    /// Height above the ellipsoid, m.
    pub height_m: f64,
}

impl Geodetic {
    /// From degrees and metres, as a person writes them.
    pub fn from_degrees(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Self {
        Geodetic {
            latitude_rad: latitude_deg.to_radians(),
            longitude_rad: longitude_deg.to_radians(),
            height_m,
        }
    }
}

/// Earth-centred Earth-fixed position (m) of a place.
pub fn ecef_from_geodetic(place: Geodetic) -> Vector3<f64> {
    let (sin_latitude, cos_latitude) = libm::sincos(place.latitude_rad);
    let (sin_longitude, cos_longitude) = libm::sincos(place.longitude_rad);
    let prime_vertical_m =
        EARTH_RADIUS_EQUATORIAL_M / (1.0 - ECCENTRICITY_SQUARED * sin_latitude * sin_latitude).sqrt();
    let equatorial_m = (prime_vertical_m + place.height_m) * cos_latitude;
    Vector3::new(
        equatorial_m * cos_longitude,
        equatorial_m * sin_longitude,
        (prime_vertical_m * (1.0 - ECCENTRICITY_SQUARED) + place.height_m) * sin_latitude,
    )
}

/// Place of an Earth-centred Earth-fixed position (m).
///
/// Better than 3e-8 m from the surface to 42,000 km. Not for points within a few kilometres of the Earth's centre,
/// where height is not defined; there the result is finite but arbitrary. For height alone use [`height_and_up`].
pub fn geodetic_from_ecef(position_m: &Vector3<f64>) -> Geodetic {
    let equatorial_m = (position_m.x * position_m.x + position_m.y * position_m.y).sqrt();
    let (sin_latitude, cos_latitude) = latitude_sine_cosine(equatorial_m, position_m.z, 3);
    Geodetic {
        latitude_rad: libm::atan2(sin_latitude, cos_latitude),
        longitude_rad: libm::atan2(position_m.y, position_m.x),
        height_m: height_at(equatorial_m, position_m.z, sin_latitude, cos_latitude),
    }
}

/// Height above the ellipsoid, m, and the unit vector of the local vertical, without trigonometry.
///
/// What the equations of motion need for the density of the air: within 1e-6 m up to 2,000 km and 0.1 m at
/// geosynchronous height. For places use [`geodetic_from_ecef`].
pub fn height_and_up(position_m: &Vector3<f64>) -> (f64, Vector3<f64>) {
    heights_and_ups(position_m)
}

/// [`height_and_up`] of one position, or of several side by side.
#[inline(always)]
pub fn heights_and_ups<S: Real>(position_m: &Vector3<S>) -> (S, Vector3<S>) {
    let equatorial_m = (position_m.x * position_m.x + position_m.y * position_m.y).sqrt();
    let (sin_latitude, cos_latitude) = latitude_sine_cosine(equatorial_m, position_m.z, 1);
    let outward = cos_latitude / equatorial_m.max(S::splat(f64::MIN_POSITIVE));
    (
        height_at(equatorial_m, position_m.z, sin_latitude, cos_latitude),
        Vector3::new(position_m.x * outward, position_m.y * outward, sin_latitude),
    )
}

/// Sine and cosine of the geodetic latitude, by Bowring's parametric latitude in algebraic form.
///
/// Bowring, *Survey Review* 23 (1976), 323-327. Three rounds reach rounding error up to geosynchronous height; the height
/// of one round is as good, as its error is of second order.
#[inline(always)]
fn latitude_sine_cosine<S: Real>(equatorial_m: S, polar_m: S, rounds: u32) -> (S, S) {
    const POLAR_RADIUS_M: f64 = EARTH_RADIUS_EQUATORIAL_M * (1.0 - FLATTENING);
    const SECOND_ECCENTRICITY_SQUARED: f64 = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED);
    let shrink = S::splat(1.0 - FLATTENING);
    let polar_part_m = S::splat(SECOND_ECCENTRICITY_SQUARED * POLAR_RADIUS_M);
    let equatorial_part_m = S::splat(ECCENTRICITY_SQUARED * EARTH_RADIUS_EQUATORIAL_M);
    let (mut sine, mut cosine) = unit(polar_m, equatorial_m * shrink);
    let mut latitude = (sine, cosine);
    for round in 0..rounds {
        if round > 0 {
            (sine, cosine) = unit(shrink * latitude.0, latitude.1);
        }
        latitude = unit(
            polar_m + polar_part_m * sine * sine * sine,
            equatorial_m - equatorial_part_m * cosine * cosine * cosine,
        );
    }
    latitude
}

/// Sine and cosine of an angle from numbers in their proportion.
#[inline(always)]
fn unit<S: Real>(sine: S, cosine: S) -> (S, S) {
    let length = (sine * sine + cosine * cosine).sqrt().max(S::splat(f64::MIN_POSITIVE));
    (sine / length, cosine / length)
}

/// The projection on the local vertical: well conditioned from the equator to the poles.
#[inline(always)]
fn height_at<S: Real>(equatorial_m: S, polar_m: S, sin_latitude: S, cos_latitude: S) -> S {
    let curvature = (S::one() - S::splat(ECCENTRICITY_SQUARED) * sin_latitude * sin_latitude).sqrt();
    equatorial_m * cos_latitude + polar_m * sin_latitude - S::splat(EARTH_RADIUS_EQUATORIAL_M) * curvature
}

/// Rotation whose columns are local east, north and up at a place, as Earth-centred Earth-fixed unit vectors.
///
/// `ecef_from_enu(place) * enu` turns a vector from the local frame into ECEF; the transpose turns it back.
pub fn ecef_from_enu(place: Geodetic) -> Matrix3<f64> {
    let (sin_latitude, cos_latitude) = libm::sincos(place.latitude_rad);
    let (sin_longitude, cos_longitude) = libm::sincos(place.longitude_rad);
    Matrix3::from_columns(&[
        Vector3::new(-sin_longitude, cos_longitude, 0.0),
        Vector3::new(-sin_latitude * cos_longitude, -sin_latitude * sin_longitude, cos_latitude),
        Vector3::new(cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude),
    ])
}

/// A line of sight: a sensor's position and three orthonormal vectors, all Earth-centred Earth-fixed.
///
/// The residual of a predicted position is three dot products and two divisions, with no azimuth to wrap and no
/// singular zenith; radar and infrared share it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineOfSight {
    /// Where the sensor is, m.
    pub origin_m: Vector3<f64>,
    /// Unit vector from the sensor towards what it measured.
    pub along: Vector3<f64>,
    /// Unit vector to the right of `along`, in the plane perpendicular to `reference_up`.
    pub right: Vector3<f64>,
    /// Unit vector that completes the frame: `right × along`, upwards for a sensor that looks at the horizon.
    pub up: Vector3<f64>,
}

impl LineOfSight {
    /// The frame of a sensor at `origin_m` that looks along `direction` (need not be a unit vector).
    ///
    /// `reference_up` says where "up" is; where it is parallel to `direction` (a radar that looks at its zenith, a
    /// satellite at its nadir) any perpendicular pair serves, and one is chosen. None when `direction` has no
    /// length.
    pub fn new(
        origin_m: Vector3<f64>,
        direction: &Vector3<f64>,
        reference_up: &Vector3<f64>,
    ) -> Option<Self> {
        let along = direction.try_normalize(0.0).filter(|unit| unit.iter().all(|part| part.is_finite()))?;
        let right = along.cross(reference_up);
        let right = if right.norm_squared() > 1e-24 * reference_up.norm_squared() {
            right.normalize()
        } else {
            // The axis least aligned with the line of sight always gives a usable perpendicular.
            along.cross(&Vector3::ith(along.iamin(), 1.0)).normalize()
        };
        Some(LineOfSight { origin_m, along, right, up: right.cross(&along) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_from_the_surface_to_geosynchronous_come_back_in_every_octant() {
        for latitude_deg in [-90.0, -67.3, -45.0, -0.001, 0.0, 12.0, 39.2, 45.0, 80.5, 90.0] {
            for longitude_deg in [-179.9, -91.0, -0.5, 0.0, 90.0, 125.673, 179.9] {
                for height_m in [-400.0, 0.0, 8_848.0, 221_059.8, 800e3, 1.5e6, 6.2e6, 35_786e3] {
                    let position_m =
                        ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m));
                    let back_m = ecef_from_geodetic(geodetic_from_ecef(&position_m));
                    let error_m = (back_m - position_m).norm();
                    assert!(error_m < 3e-8, "{latitude_deg} {longitude_deg} {height_m}: {error_m:e} m");
                    let height_error_m = geodetic_from_ecef(&position_m).height_m - height_m;
                    assert!(height_error_m.abs() < 3e-8, "{latitude_deg} {height_m}: {height_error_m:e} m");
                }
            }
        }
    }

    #[test]
    fn the_fast_height_is_the_height() {
        for latitude_deg in [-90.0, -60.0, -30.0, 0.0, 15.0, 39.2, 45.0, 75.0] {
            for (height_m, tolerance_m) in
                [(-100.0, 1e-6), (5e4, 1e-6), (8e5, 1e-6), (2e6, 1e-6), (35_786e3, 0.1)]
            {
                let position_m = ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, 125.0, height_m));
                let error_m = height_and_up(&position_m).0 - height_m;
                assert!(error_m.abs() < tolerance_m, "{latitude_deg} {height_m}: {error_m:e} m");
            }
        }
    }

    #[test]
    fn agrees_with_another_library() {
        use sguaba::{Coordinate, systems::Ecef, systems::Wgs84};
        use uom::si::{
            angle::radian,
            f64::{Angle, Length},
            length::meter,
        };
        for (latitude_deg, longitude_deg, height_m) in
            [(39.2, 125.673, 20.0), (-33.0, -70.0, 800e3), (71.0, 150.0, 2.0e6), (1.0, 100.0, 35_786e3)]
        {
            let place = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m);
            let theirs = Coordinate::<Ecef>::from_wgs84(
                &Wgs84::builder()
                    .latitude(Angle::new::<radian>(place.latitude_rad))
                    .expect("a latitude")
                    .longitude(Angle::new::<radian>(place.longitude_rad))
                    .altitude(Length::new::<meter>(height_m))
                    .build(),
            );
            let ours = ecef_from_geodetic(place);
            let parts = [theirs.x(), theirs.y(), theirs.z()].map(|part| part.get::<meter>());
            let error_m = (ours - Vector3::from(parts)).norm();
            assert!(error_m < 1e-5, "{latitude_deg} {longitude_deg}: {error_m:e} m");
        }
    }

    #[test]
    fn east_north_up_is_a_rotation_with_up_along_the_ellipsoid_normal() {
        let place = Geodetic::from_degrees(39.2, 125.673, 0.0);
        let rotation = ecef_from_enu(place);
        assert!((rotation.transpose() * rotation - Matrix3::identity()).norm() < 1e-15);
        let higher_m = ecef_from_geodetic(Geodetic { height_m: 1_000.0, ..place });
        let up = (higher_m - ecef_from_geodetic(place)) / 1_000.0;
        assert!((rotation.column(2) - up).norm() < 1e-12);
    }

    #[test]
    fn a_line_of_sight_at_the_zenith_is_still_a_frame() {
        let up = Vector3::new(0.3, -0.5, 0.8);
        let frame = LineOfSight::new(Vector3::zeros(), &(up * 1e6), &up).expect("a direction");
        let axes = Matrix3::from_columns(&[frame.along, frame.right, frame.up]);
        assert!((axes.transpose() * axes - Matrix3::identity()).norm() < 1e-14);
        assert_eq!(LineOfSight::new(Vector3::zeros(), &Vector3::zeros(), &up), None);
    }
}
