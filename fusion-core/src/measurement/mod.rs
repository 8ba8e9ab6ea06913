//! What a sensor would have seen of a position: residual, gradient, noise.

use crate::types::{LineOfSight, Plot, RadarModel, Sensor, SensorKind};
use nalgebra::{Matrix3, Vector3};

/// One measured number against a predicted position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// Measured minus predicted, m or radians.
    pub residual: f64,
    /// Derivative of the prediction by the Earth-fixed position, 1 or radians per metre.
    pub gradient: Vector3<f64>,
    /// Variance of the measurement's noise, m² or rad².
    pub variance: f64,
}

/// A plot turned, once, into a line-of-sight frame at its sensor: two or three independent measured numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The frame whose first axis points where the plot was seen.
    pub line_of_sight: LineOfSight,
    /// Measured slant range, m; none for a sensor of angles only.
    pub range_m: Option<f64>,
    /// Variance of range, m².
    pub range_variance_m2: f64,
    /// Variances to the right and upwards across the line of sight, rad².
    pub angle_variances_rad2: [f64; 2],
    /// Whether only a burning plume gives such a plot.
    pub sees_plume_only: bool,
}

/// The components of one observation against one predicted position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    components: [Component; 3],
    count: usize,
}

impl Observation {
    /// The line-of-sight form of a plot of this sensor; none when the plot is not of the sensor's kind or has no
    /// direction (numbers that are not finite).
    pub fn new(sensor: &Sensor, plot: &Plot) -> Option<Self> {
        match (&sensor.kind, plot) {
            (SensorKind::Radar(radar), &Plot::Radar { range_m, azimuth_rad, elevation_rad }) => {
                let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_rad);
                let (sin_elevation, cos_elevation) = libm::sincos(elevation_rad);
                let frame = sensor.ecef_from_enu();
                let direction = frame
                    * Vector3::new(cos_elevation * sin_azimuth, cos_elevation * cos_azimuth, sin_elevation);
                let up: Vector3<f64> = frame.column(2).into();
                Some(Observation {
                    line_of_sight: LineOfSight::new(sensor.position_m, &direction, &up)?,
                    range_m: Some(range_m),
                    range_variance_m2: radar.range_sigma_m * radar.range_sigma_m,
                    angle_variances_rad2: [
                        radar.right_sigma_rad * radar.right_sigma_rad,
                        radar.up_sigma_rad * radar.up_sigma_rad,
                    ],
                    sees_plume_only: false,
                })
            }
            (SensorKind::Infrared(infrared), &Plot::Infrared { right_rad, up_rad }) => {
                let (right, up) = Sensor::infrared_axes(infrared);
                let direction = infrared.boresight + right * libm::tan(right_rad) + up * libm::tan(up_rad);
                Some(Observation {
                    line_of_sight: LineOfSight::new(sensor.position_m, &direction, &up)?,
                    range_m: None,
                    range_variance_m2: 0.0,
                    angle_variances_rad2: [infrared.angle_sigma_rad * infrared.angle_sigma_rad; 2],
                    sees_plume_only: true,
                })
            }
            _ => None,
        }
    }

    /// How many numbers were measured: 3 with range, 2 without.
    pub fn dimension(&self) -> usize {
        if self.range_m.is_some() { 3 } else { 2 }
    }

    /// Compares the observation with a predicted Earth-fixed position, m.
    ///
    /// None when the position is not in front of the sensor within 84 degrees of the line of sight, where the angles
    /// of a tangent plane mean nothing.
    pub fn predict(&self, position_m: &Vector3<f64>) -> Option<Prediction> {
        let frame = &self.line_of_sight;
        let offset_m = position_m - frame.origin_m;
        let distance_m = offset_m.norm();
        let along_m = offset_m.dot(&frame.along);
        if !along_m.is_finite() || along_m <= 0.1 * distance_m {
            return None;
        }
        let inverse_along = 1.0 / along_m;
        let across = |axis: &Vector3<f64>, variance: f64| {
            let tangent = offset_m.dot(axis) * inverse_along;
            Component {
                residual: -tangent,
                gradient: (axis - frame.along * tangent) * inverse_along,
                variance,
            }
        };
        let right = across(&frame.right, self.angle_variances_rad2[0]);
        let up = across(&frame.up, self.angle_variances_rad2[1]);
        Some(match self.range_m {
            None => Prediction { components: [right, up, right], count: 2 },
            Some(range_m) => {
                let range = Component {
                    residual: range_m - distance_m,
                    gradient: offset_m / distance_m,
                    variance: self.range_variance_m2,
                };
                Prediction { components: [range, right, up], count: 3 }
            }
        })
    }

    /// The measured position, m, and its covariance, m²; none for a sensor of angles only.
    pub fn position(&self) -> Option<(Vector3<f64>, Matrix3<f64>)> {
        let range_m = self.range_m?;
        let frame = &self.line_of_sight;
        let spread = |axis: &Vector3<f64>, variance_m2: f64| axis * axis.transpose() * variance_m2;
        let square = range_m * range_m;
        let covariance = spread(&frame.along, self.range_variance_m2)
            + spread(&frame.right, self.angle_variances_rad2[0] * square)
            + spread(&frame.up, self.angle_variances_rad2[1] * square);
        Some((frame.origin_m + frame.along * range_m, covariance))
    }
}

impl Prediction {
    /// The measured numbers: range (where there is one), right, up.
    pub fn components(&self) -> &[Component] {
        &self.components[..self.count]
    }
}

/// The plot that a sensor without noise would give of a place (Earth-fixed, m), whether it covers it or not.
///
/// For bounds and tests; a simulator adds noise in the line-of-sight frame instead. Angles are not numbers for a place in
/// the sensor itself.
pub fn noise_free_plot(sensor: &Sensor, position_m: &Vector3<f64>) -> Plot {
    let offset_m = position_m - sensor.position_m;
    match &sensor.kind {
        SensorKind::Radar(_) => {
            let enu_m = sensor.ecef_from_enu().transpose() * offset_m;
            let range_m = enu_m.norm();
            Plot::Radar {
                range_m,
                azimuth_rad: libm::atan2(enu_m.x, enu_m.y).rem_euclid(std::f64::consts::TAU),
                elevation_rad: libm::asin(enu_m.z / range_m),
            }
        }
        SensorKind::Infrared(model) => {
            let (right, up) = Sensor::infrared_axes(model);
            let along_m = offset_m.dot(&model.boresight);
            Plot::Infrared {
                right_rad: libm::atan(offset_m.dot(&right) / along_m),
                up_rad: libm::atan(offset_m.dot(&up) / along_m),
            }
        }
    }
}

/// Density of false plots at an observation, in the units of its own components: 1/(m rad²) for a radar, 1/rad² for
/// an infrared sensor, with the plots spread evenly over the coverage in range, azimuth and elevation.
pub fn clutter_density(sensor: &Sensor, observation: &Observation) -> f64 {
    // A sensor without clutter still has a likelihood ratio: one false plot in a million looks.
    let false_plots = sensor.clutter_per_scan.max(1e-6);
    match &sensor.kind {
        SensorKind::Radar(radar) => {
            let up = sensor.position_m.normalize();
            let sin_elevation = observation.line_of_sight.along.dot(&up);
            let cos_elevation = (1.0 - sin_elevation * sin_elevation).max(1e-4).sqrt();
            false_plots / (coverage_volume(radar) * cos_elevation)
        }
        SensorKind::Infrared(infrared) => {
            false_plots / (4.0 * infrared.half_width_rad * infrared.half_width_rad)
        }
    }
}

/// Volume of a radar's coverage in its own coordinates, m rad².
fn coverage_volume(radar: &RadarModel) -> f64 {
    (radar.maximum_range_m - radar.minimum_range_m)
        * 2.0
        * radar.azimuth_half_width_rad.min(std::f64::consts::PI)
        * (radar.maximum_elevation_rad - radar.minimum_elevation_rad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, InfraredModel, ecef_from_geodetic};

    fn radar(place: Geodetic) -> Sensor {
        let model = RadarModel { range_sigma_m: 20.0, up_sigma_rad: 2e-3, ..RadarModel::for_tests() };
        Sensor::for_tests(ecef_from_geodetic(place), SensorKind::Radar(model))
    }

    fn geosynchronous() -> Sensor {
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(0.0, 110.0, 35_786e3));
        let aim_m = ecef_from_geodetic(Geodetic::from_degrees(38.0, 128.0, 0.0));
        let kind = SensorKind::Infrared(InfraredModel {
            boresight: (aim_m - position_m).normalize(),
            half_width_rad: 0.05,
            minimum_target_height_m: 1e4,
            angle_sigma_rad: 5e-5,
        });
        Sensor::for_tests(position_m, kind)
    }

    #[test]
    fn a_noise_free_plot_has_no_residual_and_its_gradient_is_the_derivative() {
        let mut sensors = vec![geosynchronous()];
        for (latitude_deg, longitude_deg) in [
            (40.0, 50.0),
            (40.0, 140.0),
            (40.0, -50.0),
            (40.0, -140.0),
            (-40.0, 50.0),
            (-40.0, 140.0),
            (-40.0, -50.0),
            (-40.0, -140.0),
        ] {
            sensors.push(radar(Geodetic::from_degrees(latitude_deg, longitude_deg, 100.0)));
        }
        for sensor in sensors {
            let offset_m = match sensor.kind {
                SensorKind::Radar(_) => sensor.ecef_from_enu() * Vector3::new(3e5, -2e5, 1.5e5),
                SensorKind::Infrared(_) => {
                    ecef_from_geodetic(Geodetic::from_degrees(39.2, 126.0, 3e4)) - sensor.position_m
                }
            };
            let target_m = sensor.position_m + offset_m;
            let plot = noise_free_plot(&sensor, &target_m);
            let observation = Observation::new(&sensor, &plot).expect("a plot of this sensor");
            let exact = observation.predict(&target_m).expect("in front");
            for component in exact.components() {
                assert!(component.residual.abs() < 2e-8, "{}: {:e}", sensor.name, component.residual);
            }
            for axis in 0..3 {
                let step_m = Vector3::ith(axis, 10.0);
                let forward = observation.predict(&(target_m + step_m)).expect("in front");
                let backward = observation.predict(&(target_m - step_m)).expect("in front");
                for (index, component) in exact.components().iter().enumerate() {
                    let difference =
                        (backward.components()[index].residual - forward.components()[index].residual) / 20.0;
                    let error = (component.gradient[axis] - difference).abs();
                    assert!(error < 1e-8 * component.gradient.norm() + 1e-14, "component {index}: {error:e}");
                }
            }
        }
    }

    #[test]
    fn a_position_behind_the_sensor_and_a_plot_of_another_kind_are_refused() {
        let sensor = radar(Geodetic::from_degrees(36.0, 127.0, 0.0));
        let plot = Plot::Radar { range_m: 3e5, azimuth_rad: 0.0, elevation_rad: 0.3 };
        let observation = Observation::new(&sensor, &plot).expect("a radar plot");
        let mirrored = sensor.position_m - observation.line_of_sight.along * 3e5;
        assert_eq!(observation.predict(&mirrored), None);
        assert_eq!(Observation::new(&sensor, &Plot::Infrared { right_rad: 0.0, up_rad: 0.0 }), None);
    }
}
