//! What a look certainly does not cover: a cheap no, before it is worked out where an object is.

use super::Station;
use super::coverage::in_sector;
use super::refraction::greatest_bending;
use crate::types::{RadarModel, Regard, SensorKind};
use nalgebra::Vector3;
use std::f64::consts::{FRAC_PI_2, PI};

/// For rounding, radians.
const MARGIN_RAD: f64 = 1e-9;

impl Station<'_> {
    /// False only where [`Station::covers`] is false for every place within `radius_m` of this one (Earth-centred Earth-fixed, m).
    ///
    /// For objects whose place is not known exactly yet. True says little: the horizon, the visible half of the Earth and an infrared
    /// sensor's field of view are not asked for.
    pub fn may_cover(&self, position_m: &Vector3<f64>, radius_m: f64) -> bool {
        match &self.sensor.kind {
            SensorKind::Radar(model) => {
                self.radar_may_cover(&(position_m - self.position_m), radius_m, model)
            }
            SensorKind::Infrared(_) => true,
            SensorKind::Sonar(_) | SensorKind::Cue => false,
        }
    }

    fn radar_may_cover(&self, offset_m: &Vector3<f64>, radius_m: f64, model: &RadarModel) -> bool {
        let range_m = offset_m.norm();
        // Written so that NaN is outside.
        let is_in_range =
            range_m - radius_m <= model.maximum_range_m && range_m + radius_m >= model.minimum_range_m;
        if !is_in_range || radius_m >= range_m {
            return is_in_range;
        }
        // Half the angle that the ball around the place fills.
        let half_rad = libm::asin(radius_m / range_m) + MARGIN_RAD;
        let enu_m = self.ecef_from_enu.tr_mul(offset_m);
        let elevation_rad = libm::asin((enu_m.z / range_m).clamp(-1.0, 1.0));
        let lift_rad = if model.refractivity > 0.0 {
            greatest_bending(model.refractivity, model.minimum_elevation_rad)
        } else {
            0.0
        };
        if elevation_rad + half_rad < model.minimum_elevation_rad - lift_rad
            || elevation_rad - half_rad > model.maximum_elevation_rad
        {
            return false;
        }
        // A cone around the zenith has every azimuth.
        let turned_rad = if elevation_rad.abs() + half_rad < FRAC_PI_2 {
            libm::asin((libm::sin(half_rad) / libm::cos(elevation_rad)).min(1.0)) + MARGIN_RAD
        } else {
            PI
        };
        let is_in_sector = |centre_rad, width_rad: f64| in_sector(&enu_m, centre_rad, width_rad + turned_rad);
        is_in_sector(model.azimuth_centre_rad, model.azimuth_half_width_rad)
            && match self.regard {
                Regard::Field => true,
                Regard::Sector { centre_rad, half_width_rad } => is_in_sector(*centre_rad, *half_width_rad),
                Regard::Beams(beams) => {
                    let least_m = range_m * libm::cos((model.beam_half_width_rad + half_rad).min(PI));
                    beams.iter().any(|beam| {
                        offset_m.dot(&self.direction(beam.azimuth_rad, beam.elevation_rad)) >= least_m
                    })
                }
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::chance::Stream;
    use crate::types::{Beam, Geodetic, Sensor, ecef_from_geodetic};

    /// A look of some radar, and a place somewhere about it.
    fn any_sensor(chance: &mut Stream) -> Sensor {
        let place = Geodetic::from_degrees(chance.between(-80.0, 80.0), chance.between(-180.0, 180.0), 300.0);
        let least_rad = chance.between(-0.1, 0.3);
        let model = RadarModel {
            minimum_range_m: 20e3,
            maximum_range_m: 500e3,
            minimum_elevation_rad: least_rad,
            maximum_elevation_rad: least_rad + chance.between(0.1, 1.2),
            azimuth_centre_rad: chance.between(0.0, 2.0 * PI),
            azimuth_half_width_rad: chance.between(0.1, 4.0),
            refractivity: if chance.uniform() < 0.5 { 313.0 } else { 0.0 },
            beam_half_width_rad: 0.1,
            ..RadarModel::default()
        };
        Sensor::for_tests(ecef_from_geodetic(place), SensorKind::Radar(model))
    }

    fn any_regard(chance: &mut Stream) -> Regard {
        let azimuth_rad = chance.between(0.0, 2.0 * PI);
        match (chance.uniform() * 3.0) as u32 {
            0 => Regard::Field,
            1 => Regard::Sector { centre_rad: azimuth_rad, half_width_rad: chance.between(0.05, 1.0) },
            _ => Regard::Beams(vec![Beam { azimuth_rad, elevation_rad: chance.between(0.0, 1.5) }]),
        }
    }

    #[test]
    fn what_is_covered_is_within_reach_and_most_of_what_is_not_is_not() {
        let mut chance = Stream::new("reach", 1, &[]);
        let (mut covered, mut spared, mut all) = (0, 0, 0);
        for _ in 0..20_000 {
            let (sensor, regard) = (any_sensor(&mut chance), any_regard(&mut chance));
            let station = Station::new(&sensor, sensor.position_m, &regard);
            let range_m = chance.between(1e3, 600e3);
            let seen_m = sensor.position_m
                + station.direction(chance.between(0.0, 2.0 * PI), chance.between(-0.2, 1.57)) * range_m;
            let radius_m = libm::pow(10.0, chance.between(0.0, 5.5));
            let away = Vector3::from_fn(|_, _| chance.normal()).normalize();
            let position_m = seen_m + away * (radius_m * chance.uniform());
            if station.covers(&seen_m) {
                covered += 1;
                assert!(station.may_cover(&position_m, radius_m), "{regard:?} {range_m} {radius_m}");
            } else if radius_m < 1e3 {
                all += 1;
                spared += u32::from(!station.may_cover(&position_m, radius_m));
            }
        }
        assert!(covered > 500 && f64::from(spared) > 0.9 * f64::from(all), "{covered}, {spared} of {all}");
        let sensor = any_sensor(&mut chance);
        assert!(!Station::of(&sensor).may_cover(&Vector3::from_element(f64::NAN), 1.0));
    }
}
