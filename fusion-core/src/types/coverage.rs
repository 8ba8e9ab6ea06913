//! What a sensor covers: geometry only, without refraction.

use super::{
    EARTH_RADIUS_EQUATORIAL_M, FLATTENING, InfraredModel, RadarModel, Sensor, SensorKind, height_and_up,
};
use nalgebra::Vector3;
use std::f64::consts::{FRAC_PI_2, PI};

impl Sensor {
    /// Whether a place (Earth-centred Earth-fixed, m) lies in the sensor's coverage; the bounds belong to it.
    ///
    /// A radar: range, elevation and azimuth sector, and below the local horizontal also whether the Earth is in the
    /// way. An infrared sensor: field of view, and not hidden behind the Earth; that a plume burns and is above the
    /// clouds ([`InfraredModel::minimum_target_height_m`]) is the caller's to ask. The detection probability holds
    /// inside. False for a place that is not finite or is the sensor's own.
    pub fn covers(&self, position_m: &Vector3<f64>) -> bool {
        let offset_m = position_m - self.position_m;
        match &self.kind {
            SensorKind::Radar(model) => radar_covers(&self.position_m, &offset_m, model),
            SensorKind::Infrared(model) => infrared_covers(&self.position_m, &offset_m, model),
        }
    }
}

impl Sensor {
    /// Whether an object at a place (Earth-centred Earth-fixed, m) can be seen there: covered, and for an infrared sensor
    /// above the clouds. That its plume burns is the caller's to ask.
    pub fn can_see(&self, position_m: &Vector3<f64>) -> bool {
        let above_the_clouds = match &self.kind {
            SensorKind::Radar(_) => true,
            SensorKind::Infrared(model) => height_and_up(position_m).0 >= model.minimum_target_height_m,
        };
        above_the_clouds && self.covers(position_m)
    }

    /// Whether the sensor sees burning plumes only.
    pub fn sees_plumes_only(&self) -> bool {
        matches!(self.kind, SensorKind::Infrared(_))
    }
}

fn radar_covers(origin_m: &Vector3<f64>, offset_m: &Vector3<f64>, model: &RadarModel) -> bool {
    let squared = offset_m.norm_squared();
    // Most places fail here, before the local frame has cost anything. Written so that NaN is outside.
    let near_enough = squared <= model.maximum_range_m * model.maximum_range_m;
    if !(near_enough && squared > 0.0 && squared >= model.minimum_range_m * model.minimum_range_m) {
        return false;
    }
    let range_m = squared.sqrt();
    let up = ellipsoid_normal(origin_m);
    let upward_m = offset_m.dot(&up);
    // The sine grows with the elevation over its whole range, so that sines may be compared.
    let sine_of_bound = |bound_rad: f64| libm::sin(bound_rad.clamp(-FRAC_PI_2, FRAC_PI_2));
    if upward_m < range_m * sine_of_bound(model.minimum_elevation_rad)
        || upward_m > range_m * sine_of_bound(model.maximum_elevation_rad)
        || (upward_m < 0.0 && earth_hides(origin_m, offset_m))
    {
        return false;
    }
    if model.azimuth_half_width_rad >= PI {
        return true;
    }
    // At a pole of the Earth every direction is south or north; the x axis serves as east there.
    let east = Vector3::new(-up.y, up.x, 0.0).try_normalize(1e-12).unwrap_or_else(Vector3::x);
    let (east_m, north_m) = (offset_m.dot(&east), offset_m.dot(&up.cross(&east)));
    let (sine, cosine) = libm::sincos(model.azimuth_centre_rad);
    east_m * sine + north_m * cosine
        >= (east_m * east_m + north_m * north_m).sqrt() * libm::cos(model.azimuth_half_width_rad)
}

fn infrared_covers(origin_m: &Vector3<f64>, offset_m: &Vector3<f64>, model: &InfraredModel) -> bool {
    let along_m = offset_m.dot(&model.boresight);
    let (right, up) = Sensor::infrared_axes(model);
    let half_width_m = along_m * libm::tan(model.half_width_rad);
    along_m > 0.0
        && offset_m.dot(&right).abs() <= half_width_m
        && offset_m.dot(&up).abs() <= half_width_m
        && !earth_hides(origin_m, offset_m)
}

/// Whether the straight way from `origin_m` over `offset_m` passes through the ellipsoid before it ends.
fn earth_hides(origin_m: &Vector3<f64>, offset_m: &Vector3<f64>) -> bool {
    // Stretched along the axis the ellipsoid is a sphere, and a straight line stays straight.
    let stretch = |vector: &Vector3<f64>| Vector3::new(vector.x, vector.y, vector.z / (1.0 - FLATTENING));
    let (origin_m, offset_m) = (stretch(origin_m), stretch(offset_m));
    let nearest = -origin_m.dot(&offset_m) / offset_m.norm_squared();
    (0.0..1.0).contains(&nearest)
        && (origin_m + offset_m * nearest).norm_squared()
            < EARTH_RADIUS_EQUATORIAL_M * EARTH_RADIUS_EQUATORIAL_M
}

/// Unit normal of the ellipsoid under a place: "up" of the local frame.
///
/// Bowring's iteration as in [`super::geodetic_from_ecef`], on tangents alone; two rounds are exact to 1e-11 rad from
/// the surface to geosynchronous height.
fn ellipsoid_normal(position_m: &Vector3<f64>) -> Vector3<f64> {
    let equatorial_m = (position_m.x * position_m.x + position_m.y * position_m.y).sqrt();
    if equatorial_m < 1e-3 {
        return Vector3::new(0.0, 0.0, if position_m.z < 0.0 { -1.0 } else { 1.0 });
    }
    let eccentricity_squared = FLATTENING * (2.0 - FLATTENING);
    let polar_radius_m = EARTH_RADIUS_EQUATORIAL_M * (1.0 - FLATTENING);
    let second_eccentricity_squared = eccentricity_squared / (1.0 - eccentricity_squared);
    let mut parametric = position_m.z / equatorial_m
        * (1.0 - FLATTENING)
        * (1.0 + second_eccentricity_squared * polar_radius_m / position_m.norm());
    let mut tangent = 0.0;
    for _ in 0..2 {
        let cosine = 1.0 / (1.0 + parametric * parametric).sqrt();
        let sine = parametric * cosine;
        tangent = (position_m.z + second_eccentricity_squared * polar_radius_m * sine * sine * sine)
            / (equatorial_m - eccentricity_squared * EARTH_RADIUS_EQUATORIAL_M * cosine * cosine * cosine);
        parametric = (1.0 - FLATTENING) * tangent;
    }
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    Vector3::new(position_m.x / equatorial_m * cosine, position_m.y / equatorial_m * cosine, tangent * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, NodeId, SensorId, ecef_from_enu, ecef_from_geodetic};

    fn sensor(place: Geodetic, kind: SensorKind) -> Sensor {
        Sensor {
            id: SensorId(0),
            name: "test".into(),
            owner: NodeId(0),
            position_m: ecef_from_geodetic(place),
            revisit_s: 1.0,
            first_look_s: 0.0,
            detection_probability: 0.9,
            clutter_per_scan: 0.0,
            kind,
        }
    }

    fn radar(azimuth_centre_deg: f64, half_width_deg: f64, minimum_elevation_deg: f64) -> SensorKind {
        SensorKind::Radar(RadarModel {
            minimum_range_m: 10e3,
            maximum_range_m: 800e3,
            minimum_elevation_rad: minimum_elevation_deg.to_radians(),
            maximum_elevation_rad: 85_f64.to_radians(),
            azimuth_centre_rad: azimuth_centre_deg.to_radians(),
            azimuth_half_width_rad: half_width_deg.to_radians(),
            range_sigma_m: 30.0,
            right_sigma_rad: 1e-3,
            up_sigma_rad: 1e-3,
        })
    }

    #[test]
    fn the_normal_without_trigonometry_is_up_in_every_octant() {
        for latitude_deg in [-90.0, -67.3, -45.0, -0.001, 0.0, 39.2, 80.5, 90.0] {
            for longitude_deg in [-179.9, -91.0, -0.5, 90.0, 125.673] {
                for height_m in [-100.0, 300.0, 10e3, 35_786e3] {
                    let place = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m);
                    let error = ellipsoid_normal(&ecef_from_geodetic(place)) - ecef_from_enu(place).column(2);
                    assert!(error.norm() < 1e-11, "{latitude_deg} {longitude_deg} {height_m}: {error}");
                }
            }
        }
    }

    #[test]
    fn a_radar_covers_what_its_angles_say_on_every_side_of_the_earth() {
        // A sector over north and one over south: both wrap somewhere.
        for (centre_deg, half_deg) in [(0.0, 60.0), (350.0, 30.0), (180.0, 60.0), (90.0, 120.0), (0.0, 180.0)]
        {
            for (latitude_deg, longitude_deg) in
                [(36.6, 127.5), (-36.6, 127.5), (36.6, -52.5), (-5.0, -170.0)]
            {
                let place = Geodetic::from_degrees(latitude_deg, longitude_deg, 300.0);
                let subject = sensor(place, radar(centre_deg, half_deg, 2.0));
                let rotation = ecef_from_enu(place);
                for azimuth_deg in (0..36).map(|step| f64::from(step) * 10.0 + 1.0) {
                    for (elevation_deg, range_m) in [
                        (1.9, 100e3),
                        (2.1, 100e3),
                        (84.9, 100e3),
                        (85.1, 100e3),
                        (30.0, 9.9e3),
                        (30.0, 801e3),
                    ] {
                        let (azimuth, elevation) =
                            (f64::to_radians(azimuth_deg), f64::to_radians(elevation_deg));
                        let direction = Vector3::new(
                            libm::cos(elevation) * libm::sin(azimuth),
                            libm::cos(elevation) * libm::cos(azimuth),
                            libm::sin(elevation),
                        );
                        let turned_deg = (azimuth_deg - centre_deg).rem_euclid(360.0);
                        let expected = (2.0..=85.0).contains(&elevation_deg)
                            && (10e3..=800e3).contains(&range_m)
                            && turned_deg.min(360.0 - turned_deg) <= half_deg;
                        let position_m = subject.position_m + rotation * direction * range_m;
                        assert_eq!(
                            subject.covers(&position_m),
                            expected,
                            "{centre_deg} {azimuth_deg} {elevation_deg}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_airborne_radar_looks_down_to_the_horizon_and_not_through_the_earth() {
        let place = Geodetic::from_degrees(37.3, 136.3, 10e3);
        let subject = sensor(place, radar(0.0, 180.0, -10.0));
        let at = |latitude_deg: f64, height_m: f64| {
            subject.covers(&ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, 136.3, height_m)))
        };
        // The horizon of 10 km of height is 357 km away: 3.2 degrees of latitude.
        assert!(at(40.0, 100.0) && !at(42.0, 100.0) && at(42.0, 30e3));
    }

    #[test]
    fn a_satellite_sees_its_field_of_view_on_this_side_of_the_earth() {
        let place = Geodetic::from_degrees(0.0, 110.0, 35_786e3);
        let aim_m = ecef_from_geodetic(Geodetic::from_degrees(40.0, 130.0, 0.0));
        let boresight = (aim_m - ecef_from_geodetic(place)).normalize();
        let kind = |half_width_deg: f64| {
            SensorKind::Infrared(InfraredModel {
                boresight,
                half_width_rad: half_width_deg.to_radians(),
                minimum_target_height_m: 10e3,
                angle_sigma_rad: 5e-5,
            })
        };
        let (narrow, wide) = (sensor(place, kind(1.0)), sensor(place, kind(15.0)));
        let target = |latitude_deg: f64, longitude_deg: f64, height_m: f64| {
            ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
        };
        assert!(narrow.covers(&target(40.0, 130.0, 20e3)) && !narrow.covers(&target(20.0, 110.0, 20e3)));
        assert!(wide.covers(&target(20.0, 110.0, 20e3)));
        // Straight behind the Earth, and behind its limb: hidden when low, seen when high enough.
        assert!(!wide.covers(&target(0.0, -70.0, 20e3)));
        assert!(!wide.covers(&target(85.0, 110.0, 5e3)) && wide.covers(&target(85.0, 110.0, 60e3)));
        // Behind the satellite.
        assert!(!wide.covers(&(wide.position_m * 1.5)));
    }

    #[test]
    fn what_is_not_finite_is_not_covered() {
        let place = Geodetic::from_degrees(36.6, 127.5, 300.0);
        let subject = sensor(place, radar(0.0, 180.0, -90.0));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(!subject.covers(&Vector3::new(bad, 0.0, 0.0)));
        }
        assert!(!subject.covers(&subject.position_m));
    }
}
