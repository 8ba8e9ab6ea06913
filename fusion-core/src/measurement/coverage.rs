//! What a sensor covers.

use super::Station;
use super::refraction::{greatest_bending, of_ray_at};
use crate::types::{
    EARTH_RADIUS_EQUATORIAL_M, FLATTENING, InfraredModel, RadarModel, Regard, SensorKind, height_and_up,
};
use nalgebra::Vector3;
use std::f64::consts::{FRAC_PI_2, PI};

impl Station<'_> {
    /// Whether a place (Earth-centred Earth-fixed, m) lies in what the sensor looks at; the bounds belong to it.
    ///
    /// A radar: range, elevation and azimuth sector, and below the local horizontal also whether the Earth is in the
    /// way; with a refractivity the least elevation is that of the bent ray. An infrared sensor: field of view, and not
    /// hidden behind the Earth; that a plume burns and is above the clouds ([`InfraredModel::minimum_target_height_m`])
    /// is the caller's to ask. Sonars and cues cover nothing that flies. False for a place that is not finite or is the
    /// sensor's own.
    pub fn covers(&self, position_m: &Vector3<f64>) -> bool {
        let offset_m = position_m - self.position_m;
        match &self.sensor.kind {
            SensorKind::Radar(model) => self.radar_covers(&offset_m, model),
            SensorKind::Infrared(model) => self.infrared_covers(&offset_m, model),
            SensorKind::Sonar(_) | SensorKind::Cue => false,
        }
    }

    /// Whether an object at a place (Earth-centred Earth-fixed, m) can be seen there: covered, and for an infrared sensor
    /// above the clouds. That its plume burns is the caller's to ask.
    pub fn can_see(&self, position_m: &Vector3<f64>) -> bool {
        let above_the_clouds = match &self.sensor.kind {
            SensorKind::Infrared(model) => height_and_up(position_m).0 >= model.minimum_target_height_m,
            SensorKind::Radar(_) | SensorKind::Sonar(_) | SensorKind::Cue => true,
        };
        above_the_clouds && self.covers(position_m)
    }

    fn radar_covers(&self, offset_m: &Vector3<f64>, model: &RadarModel) -> bool {
        let squared = offset_m.norm_squared();
        // Most places fail here, before anything else has cost. Written so that NaN is outside.
        let near_enough = squared <= model.maximum_range_m * model.maximum_range_m;
        if !(near_enough && squared > 0.0 && squared >= model.minimum_range_m * model.minimum_range_m) {
            return false;
        }
        let range_m = squared.sqrt();
        let enu_m = self.ecef_from_enu.tr_mul(offset_m);
        // The sine grows with the elevation over its whole range, so that sines may be compared.
        let sine_of_bound = |bound_rad: f64| libm::sin(bound_rad.clamp(-FRAC_PI_2, FRAC_PI_2));
        let is_low = enu_m.z < range_m * sine_of_bound(model.minimum_elevation_rad);
        if enu_m.z > range_m * sine_of_bound(model.maximum_elevation_rad)
            || !in_sector(&enu_m, model.azimuth_centre_rad, model.azimuth_half_width_rad)
            || (is_low && !self.is_lifted_above(model, range_m, enu_m.z))
            || (enu_m.z < 0.0 && earth_hides(&self.position_m, offset_m))
        {
            return false;
        }
        self.regards(offset_m, range_m, &enu_m, model)
    }

    /// Whether the bent ray to a place below the least elevation leaves the radar above it: whether the place lies above the ray
    /// that leaves at the least elevation.
    fn is_lifted_above(&self, model: &RadarModel, range_m: f64, upward_m: f64) -> bool {
        let (refractivity, least_rad) = (model.refractivity, model.minimum_elevation_rad);
        let elevation_rad = libm::asin((upward_m / range_m).clamp(-1.0, 1.0));
        if refractivity <= 0.0 || elevation_rad < least_rad - greatest_bending(refractivity, least_rad) {
            return false;
        }
        let (height_m, _) = height_and_up(&self.position_m);
        elevation_rad >= of_ray_at(height_m, refractivity, range_m, least_rad)
    }

    /// Whether this look was at the place.
    fn regards(
        &self,
        offset_m: &Vector3<f64>,
        range_m: f64,
        enu_m: &Vector3<f64>,
        model: &RadarModel,
    ) -> bool {
        match self.regard {
            Regard::Field => true,
            Regard::Sector { centre_rad, half_width_rad } => in_sector(enu_m, *centre_rad, *half_width_rad),
            Regard::Beams(beams) => {
                let least_m = range_m * libm::cos(model.beam_half_width_rad);
                let sees = |beam: &crate::types::Beam| {
                    offset_m.dot(&self.direction(beam.azimuth_rad, beam.elevation_rad)) >= least_m
                };
                beams.iter().any(sees)
            }
        }
    }

    fn infrared_covers(&self, offset_m: &Vector3<f64>, model: &InfraredModel) -> bool {
        let Some([boresight, right, up]) = self.infrared_axes() else { return false };
        let along_m = offset_m.dot(&boresight);
        let half_width_m = along_m * libm::tan(model.half_width_rad);
        along_m > 0.0
            && offset_m.dot(&right).abs() <= half_width_m
            && offset_m.dot(&up).abs() <= half_width_m
            && !earth_hides(&self.position_m, offset_m)
    }
}

/// Whether a direction (east, north, up) lies in a sector of azimuth.
pub(super) fn in_sector(enu_m: &Vector3<f64>, centre_rad: f64, half_width_rad: f64) -> bool {
    if half_width_rad >= PI {
        return true;
    }
    let (sine, cosine) = libm::sincos(centre_rad);
    enu_m.x * sine + enu_m.y * cosine
        >= (enu_m.x * enu_m.x + enu_m.y * enu_m.y).sqrt() * libm::cos(half_width_rad)
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
pub(super) fn ellipsoid_normal(position_m: &Vector3<f64>) -> Vector3<f64> {
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
    use crate::types::{Beam, Geodetic, Sensor, ecef_from_enu, ecef_from_geodetic};

    fn sensor(place: Geodetic, kind: SensorKind) -> Sensor {
        Sensor::for_tests(ecef_from_geodetic(place), kind)
    }

    fn radar(azimuth_centre_deg: f64, half_width_deg: f64, minimum_elevation_deg: f64) -> SensorKind {
        SensorKind::Radar(RadarModel {
            minimum_range_m: 10e3,
            maximum_range_m: 800e3,
            minimum_elevation_rad: minimum_elevation_deg.to_radians(),
            maximum_elevation_rad: 85_f64.to_radians(),
            azimuth_centre_rad: azimuth_centre_deg.to_radians(),
            azimuth_half_width_rad: half_width_deg.to_radians(),
            ..RadarModel::default()
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
                            Station::of(&subject).covers(&position_m),
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
            Station::of(&subject).covers(&ecef_from_geodetic(Geodetic::from_degrees(
                latitude_deg,
                136.3,
                height_m,
            )))
        };
        // The horizon of 10 km of height is 357 km away: 3.2 degrees of latitude.
        assert!(at(40.0, 100.0) && !at(42.0, 100.0) && at(42.0, 30e3));
    }

    #[test]
    fn a_satellite_sees_its_field_of_view_on_this_side_of_the_earth() {
        let place = Geodetic::from_degrees(0.0, 110.0, 35_786e3);
        let aim_m = ecef_from_geodetic(Geodetic::from_degrees(40.0, 130.0, 0.0));
        let kind = |half_width_deg: f64| {
            SensorKind::Infrared(InfraredModel {
                aim_m,
                half_width_rad: half_width_deg.to_radians(),
                minimum_target_height_m: 10e3,
                angle_sigma_rad: 5e-5,
            })
        };
        let (narrow, wide) = (sensor(place, kind(1.0)), sensor(place, kind(15.0)));
        let target = |latitude_deg: f64, longitude_deg: f64, height_m: f64| {
            ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
        };
        assert!(
            Station::of(&narrow).covers(&target(40.0, 130.0, 20e3))
                && !Station::of(&narrow).covers(&target(20.0, 110.0, 20e3))
        );
        assert!(Station::of(&wide).covers(&target(20.0, 110.0, 20e3)));
        // Straight behind the Earth, and behind its limb: hidden when low, seen when high enough.
        assert!(!Station::of(&wide).covers(&target(0.0, -70.0, 20e3)));
        assert!(
            !Station::of(&wide).covers(&target(85.0, 110.0, 5e3))
                && Station::of(&wide).covers(&target(85.0, 110.0, 60e3))
        );
        // Behind the satellite.
        assert!(!Station::of(&wide).covers(&(wide.position_m * 1.5)));
    }

    #[test]
    fn a_look_covers_only_what_it_looked_at() {
        let place = Geodetic::from_degrees(36.6, 127.5, 300.0);
        let subject = sensor(place, radar(0.0, 180.0, 2.0));
        let at = |azimuth_deg: f64, elevation_deg: f64| {
            let station = Station::of(&subject);
            station.position_m
                + station.direction(azimuth_deg.to_radians(), elevation_deg.to_radians()) * 100e3
        };
        let sector = Regard::Sector { centre_rad: 350_f64.to_radians(), half_width_rad: 20_f64.to_radians() };
        let beam = |azimuth_deg: f64, elevation_deg: f64| Beam {
            azimuth_rad: azimuth_deg.to_radians(),
            elevation_rad: elevation_deg.to_radians(),
        };
        // Half a beam is 0.02 rad, 1.146 degrees.
        let beams = Regard::Beams(vec![beam(90.0, 10.0), beam(270.0, 40.0)]);
        let covers = |regard: &Regard, azimuth_deg: f64, elevation_deg: f64| {
            Station::new(&subject, subject.position_m, regard).covers(&at(azimuth_deg, elevation_deg))
        };
        assert!(covers(&Regard::Field, 90.0, 10.0) && !covers(&sector, 90.0, 10.0));
        for (azimuth_deg, expected) in [(329.9, false), (330.1, true), (9.9, true), (10.1, false)] {
            assert_eq!(covers(&sector, azimuth_deg, 10.0), expected, "{azimuth_deg}");
        }
        for (azimuth_deg, elevation_deg, expected) in [
            (90.0, 11.1, true),
            (90.0, 11.2, false),
            (91.15, 10.0, true),
            (91.18, 10.0, false),
            // At 40 degrees of elevation an azimuth is worth less.
            (271.45, 40.0, true),
            (271.55, 40.0, false),
            (180.0, 10.0, false),
        ] {
            assert_eq!(covers(&beams, azimuth_deg, elevation_deg), expected, "{azimuth_deg} {elevation_deg}");
        }
        assert!(!covers(&Regard::Beams(Vec::new()), 90.0, 10.0));
    }

    #[test]
    fn a_moving_sensor_covers_what_lies_around_it_now() {
        let (before, now) =
            (Geodetic::from_degrees(36.6, 127.5, 0.0), Geodetic::from_degrees(46.6, 147.5, 0.0));
        let subject = sensor(before, radar(0.0, 180.0, 2.0));
        let target_m = ecef_from_geodetic(Geodetic::from_degrees(47.0, 148.0, 50e3));
        assert!(!Station::of(&subject).covers(&target_m));
        assert!(Station::new(&subject, ecef_from_geodetic(now), &Regard::Field).covers(&target_m));
    }

    #[test]
    fn rays_that_bend_reach_further_down() {
        let model = RadarModel {
            maximum_range_m: 800e3,
            minimum_elevation_rad: 2_f64.to_radians(),
            ..RadarModel::default()
        };
        let place = Geodetic::from_degrees(36.6, 127.5, 300.0);
        let straight = sensor(place, SensorKind::Radar(model.clone()));
        let bent = sensor(place, SensorKind::Radar(RadarModel { refractivity: 313.0, ..model }));
        let at = |elevation_deg: f64| {
            let station = Station::of(&straight);
            station.position_m + station.direction(0.3, elevation_deg.to_radians()) * 400e3
        };
        let covers = |subject: &Sensor, elevation_deg: f64| Station::of(subject).covers(&at(elevation_deg));
        // A ray that leaves at 2 degrees arrives about 0.2 degrees lower at 400 km.
        assert!(covers(&straight, 2.01) && covers(&bent, 2.01));
        assert!(!covers(&straight, 1.9) && covers(&bent, 1.9));
        assert!(!covers(&bent, 1.6) && !covers(&bent, 0.0));
    }

    #[test]
    fn what_is_not_finite_is_not_covered() {
        let place = Geodetic::from_degrees(36.6, 127.5, 300.0);
        let subject = sensor(place, radar(0.0, 180.0, -90.0));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(!Station::of(&subject).covers(&Vector3::new(bad, 0.0, 0.0)));
        }
        assert!(!Station::of(&subject).covers(&subject.position_m));
    }
}
