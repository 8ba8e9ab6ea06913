//! What one look of a sensor says of an object whose place and velocity are known: the ingredient of every bound.

use super::measurement_information;
use crate::measurement::{Observation, Station, detection_probability_at, noise_free_plot};
use nalgebra::{Matrix1, Matrix6, Vector3};

/// Mean information of one look about position and velocity (Earth-fixed; inverse m and m/s squared): that of a plot of a nominal
/// target there, range rate included, times its probability of detection.
///
/// None when the sensor does not look there, or gives no plots of what flies. Whether the object burns, as an infrared
/// sensor needs it, is the caller's to know. The ray counts as straight. The probability weighs the information as
/// [`crate::assess::PosteriorBound::add`] does; clutter and doubt about the origin are not counted.
///
/// Tichavský, Muravchik and Nehorai (1998), equation 14; the factor of missed detections is that of [`crate::assess::PosteriorBound`].
pub fn look_information(
    station: &Station<'_>,
    position_m: &Vector3<f64>,
    velocity_m_s: &Vector3<f64>,
) -> Option<Matrix6<f64>> {
    if !station.can_see(position_m) {
        return None;
    }
    // Rays that do not bend: such a sensor's plots say where things are.
    let sensor = station.sensor.with_refractivity(0.0);
    let straight = Station::new(&sensor, station.position_m, station.regard);
    let plot = noise_free_plot(&straight, position_m, velocity_m_s)?;
    let observation = Observation::new(&straight, &plot)?;
    let probability = detection_probability_at(station, (position_m - station.position_m).norm());
    let mut sum = Matrix6::zeros();
    for row in observation.rows(position_m, velocity_m_s)? {
        sum += measurement_information(&row.gradient.transpose(), &Matrix1::new(row.variance)).ok()?;
    }
    Some(sum * probability)
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
