//! The gradients of range, right, up and range rate against central differences, in all eight octants.

use super::Observation;
use crate::types::{Geodetic, LineOfSight, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{Vector3, Vector6};

/// A sensor, a target near its line of sight, and the target's velocity; Earth-fixed.
type Scene = (String, Observation, Vector3<f64>, Vector3<f64>);

/// What a sensor sees that looks a little beside the target: residuals are not small, gradients not symmetric.
fn scene(name: String, sensor_m: Vector3<f64>, target: Geodetic) -> Scene {
    let (target_m, local) = (ecef_from_geodetic(target), ecef_from_enu(target));
    let offset_m = target_m - sensor_m;
    let beside_m = local * Vector3::new(0.05, -0.03, 0.04) * offset_m.norm();
    let line_of_sight = LineOfSight::new(sensor_m, &(offset_m + beside_m), &sensor_m).expect("a direction");
    let observation = Observation {
        line_of_sight,
        range_m: Some(offset_m.norm() + 300.0),
        range_variance_m2: 400.0,
        angle_variances_rad2: [1e-6; 2],
        range_rate: Some((-1_000.0, 4.0)),
        sees_plume_only: false,
    };
    (name, observation, target_m, local * Vector3::new(-2_000.0, 900.0, 1_500.0))
}

/// Latitudes and longitudes in degrees, one in each octant.
pub(super) const OCTANTS: [(f64, f64); 8] = [
    (40.0, 50.0),
    (40.0, 140.0),
    (40.0, -50.0),
    (40.0, -140.0),
    (-40.0, 50.0),
    (-40.0, 140.0),
    (-40.0, -50.0),
    (-40.0, -140.0),
];

/// A ground sensor and a geosynchronous one (of an inclined orbit, so that it is in the octant too) for a target 90 km
/// up in each octant.
fn scenes() -> impl Iterator<Item = Scene> {
    OCTANTS.into_iter().flat_map(|(latitude_deg, longitude_deg)| {
        let target = Geodetic::from_degrees(latitude_deg, longitude_deg, 90e3);
        let ground = Geodetic::from_degrees(latitude_deg - 2.0, longitude_deg + 1.5, 100.0);
        let high = Geodetic::from_degrees(latitude_deg / 4.0, longitude_deg - 12.0, 35_786e3);
        [("ground", ground), ("geosynchronous", high)].map(|(kind, place)| {
            scene(format!("{kind} {latitude_deg} {longitude_deg}"), ecef_from_geodetic(place), target)
        })
    })
}

/// The four residuals: range, right, up, range rate.
fn residuals(observation: &Observation, position_m: &Vector3<f64>, velocity_m_s: &Vector3<f64>) -> [f64; 4] {
    let prediction = observation.predict(position_m).expect("in front");
    let [range, right, up] = prediction.components() else { panic!("three components") };
    let rate = observation.predict_rate(position_m, velocity_m_s).expect("a rate");
    [range.residual, right.residual, up.residual, rate.residual]
}

#[test]
fn gradients_match_central_differences_for_ground_and_geosynchronous_sensors_in_every_octant() {
    for (name, observation, target_m, velocity_m_s) in scenes() {
        let prediction = observation.predict(&target_m).expect("in front");
        let rate = observation.predict_rate(&target_m, &velocity_m_s).expect("a rate");
        let mut gradients = [Vector6::zeros(); 4];
        for (gradient, component) in gradients.iter_mut().zip(prediction.components()) {
            gradient.fixed_rows_mut::<3>(0).copy_from(&component.gradient);
        }
        gradients[3] = rate.gradient;
        for column in 0..6 {
            // A hundred metres: at 36,000 km, smaller steps drown in rounding.
            let size = if column < 3 { 100.0 } else { 1.0 };
            let at = |step: f64| {
                let (mut position_m, mut velocity) = (target_m, velocity_m_s);
                if column < 3 {
                    position_m[column] += step
                } else {
                    velocity[column - 3] += step
                }
                residuals(&observation, &position_m, &velocity)
            };
            let (forward, backward) = (at(size), at(-size));
            for (index, gradient) in gradients.iter().enumerate() {
                // Residuals are measured minus predicted.
                let difference = (backward[index] - forward[index]) / (2.0 * size);
                // Metres, tangents and metres per second of 42,000 km and 3 km/s keep so many digits.
                let rounding = [3e-8, 1e-15, 1e-15, 2e-12][index] / size;
                let scale = 1e-6 * gradient.fixed_rows::<3>(3 * (column / 3)).norm() + rounding;
                let error = (gradient[column] - difference).abs();
                assert!(
                    error < scale,
                    "{name}, component {index}, column {column}: {error:e} above {scale:e}"
                );
            }
        }
    }
}
