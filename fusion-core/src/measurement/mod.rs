//! What a sensor would have seen: coverage, residual, gradient, noise.

mod bearing;
mod coverage;
mod launch_site;
mod line_of_sight;
mod reach;
mod refraction;
mod station;

pub use bearing::Bearing;
pub use launch_site::LaunchSite;
pub use line_of_sight::{Projection, project};
pub use refraction::{
    MEAN_EARTH_RADIUS_M, REFRACTIVITY_SCALE_HEIGHT_M, STANDARD_REFRACTIVITY, apparent, straighten,
};
pub use station::Station;

use crate::types::{LineOfSight, Plot, RadarModel, SensorKind, height_and_up};
use nalgebra::{Matrix3, Vector3, Vector6};
use serde::{Deserialize, Serialize};

/// One measured number against a predicted position.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Measured minus predicted, m or radians.
    pub residual: f64,
    /// Derivative of the prediction by the Earth-fixed position, 1 or radians per metre.
    pub gradient: Vector3<f64>,
    /// Variance of the measurement's noise, m² or rad².
    pub variance: f64,
}

/// A measured number, such as a range rate, against a predicted position and velocity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateComponent {
    /// Measured minus predicted, in the measurement's unit: m/s of a rate.
    pub residual: f64,
    /// Derivative of the prediction by the Earth-fixed position (of a rate 1/s) and velocity (1).
    pub gradient: Vector6<f64>,
    /// Variance of the measurement's noise, in its unit squared.
    pub variance: f64,
}

/// A plot turned, once, into a line-of-sight frame at its sensor: two or three independent measured numbers of the position,
/// and perhaps the range rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The frame whose first axis points where the plot was seen.
    pub line_of_sight: LineOfSight,
    /// Measured slant range, m; none for a sensor of angles only.
    pub range_m: Option<f64>,
    /// Variance of range, m².
    pub range_variance_m2: f64,
    /// Variances to the right and upwards across the line of sight, rad².
    pub angle_variances_rad2: [f64; 2],
    /// Measured range rate, m/s, and its variance, m²/s²; none where there is none.
    pub range_rate: Option<(f64, f64)>,
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
    /// The line-of-sight form of a plot of this sensor at this look; none when the plot is not of the sensor's kind, is not
    /// of something that flies ([`Bearing`] and [`LaunchSite`] are for those), or has no direction (numbers that are not
    /// finite).
    ///
    /// A radar's plot is straightened for the refraction of the standard atmosphere that its model names, its noise
    /// follows the plot's own signal-to-noise ratio, and the navigation of a sensor that moves adds to it, as if it were new
    /// in every look: what is left of it in a track of many looks is claimed too small.
    pub fn new(station: &Station<'_>, plot: &Plot) -> Option<Self> {
        match (&station.sensor.kind, plot) {
            (SensorKind::Radar(radar), Plot::Radar { .. }) => of_radar(station, radar, plot),
            (SensorKind::Infrared(infrared), &Plot::Infrared { right_rad, up_rad }) => {
                let [boresight, right, up] = station.infrared_axes()?;
                let direction = boresight + right * libm::tan(right_rad) + up * libm::tan(up_rad);
                Some(Observation {
                    line_of_sight: LineOfSight::new(station.position_m, &direction, &up)?,
                    range_m: None,
                    range_variance_m2: 0.0,
                    angle_variances_rad2: [infrared.angle_sigma_rad * infrared.angle_sigma_rad; 2],
                    range_rate: None,
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
        let seen = project(&offset_m, &frame.along, &frame.right, &frame.up);
        if !seen.along_m.is_finite() || seen.along_m <= 0.1 * seen.range_m {
            return None;
        }
        let across = |(tangent, gradient): (f64, Vector3<f64>), variance: f64| Component {
            residual: -tangent,
            gradient,
            variance,
        };
        let right = across(seen.right, self.angle_variances_rad2[0]);
        let up = across(seen.up, self.angle_variances_rad2[1]);
        Some(match self.range_m {
            None => Prediction { components: [right, up, right], count: 2 },
            Some(range_m) => {
                let range = Component {
                    residual: range_m - seen.range_m,
                    gradient: seen.range_gradient,
                    variance: self.range_variance_m2,
                };
                Prediction { components: [range, right, up], count: 3 }
            }
        })
    }

    /// Compares the measured range rate with a predicted Earth-fixed position (m) and velocity (m/s); none where none was
    /// measured.
    pub fn predict_rate(
        &self,
        position_m: &Vector3<f64>,
        velocity_m_s: &Vector3<f64>,
    ) -> Option<RateComponent> {
        let (measured_m_s, variance) = self.range_rate?;
        let offset_m = position_m - self.line_of_sight.origin_m;
        let range_m = offset_m.norm();
        let along = offset_m / range_m;
        let rate_m_s = along.dot(velocity_m_s);
        let by_position = (velocity_m_s - along * rate_m_s) / range_m;
        let gradient = Vector6::from_iterator(by_position.iter().chain(along.iter()).copied());
        range_m.is_normal().then_some(RateComponent { residual: measured_m_s - rate_m_s, gradient, variance })
    }

    /// All measured numbers against a predicted position (m) and velocity (m/s), the range rate last, each with its derivative
    /// by both; none where [`Observation::predict`] gives none.
    pub fn rows(
        &self,
        position_m: &Vector3<f64>,
        velocity_m_s: &Vector3<f64>,
    ) -> Option<impl Iterator<Item = RateComponent> + use<>> {
        let prediction = self.predict(position_m)?;
        let of_position = (0..prediction.count).map(move |index| {
            let Component { residual, gradient, variance } = prediction.components[index];
            RateComponent {
                residual,
                gradient: Vector6::new(gradient.x, gradient.y, gradient.z, 0.0, 0.0, 0.0),
                variance,
            }
        });
        Some(of_position.chain(self.predict_rate(position_m, velocity_m_s)))
    }

    /// The same observation of which only a share is an object's: worth as much as one with noise of so much more variance.
    #[must_use]
    pub fn with_share(&self, share: f64) -> Self {
        let worth = |variance: f64| variance / share;
        Observation {
            range_variance_m2: worth(self.range_variance_m2),
            angle_variances_rad2: self.angle_variances_rad2.map(worth),
            range_rate: self.range_rate.map(|(rate_m_s, variance)| (rate_m_s, worth(variance))),
            ..*self
        }
    }

    /// The same observation of what lies off the measured place by an unknown offset with this second moment, m²: the noise
    /// grows by it. Range rates are left as they are.
    #[must_use]
    pub fn with_offset(&self, moment_m2: &Matrix3<f64>) -> Self {
        let frame = &self.line_of_sight;
        let along = |axis: &Vector3<f64>| axis.dot(&(moment_m2 * axis));
        let square = self.range_m.map_or(f64::INFINITY, |range_m| range_m * range_m);
        let [right, up] = self.angle_variances_rad2;
        Observation {
            range_variance_m2: self.range_variance_m2 + along(&frame.along),
            angle_variances_rad2: [right + along(&frame.right) / square, up + along(&frame.up) / square],
            ..*self
        }
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

/// Range rates of false plots lie anywhere between minus and plus this, m/s.
pub const GREATEST_FALSE_RATE_M_S: f64 = 8_000.0;

/// Weakest and strongest echo, as power ratios, whose noise the law of the signal-to-noise ratio is trusted for: below and
/// above, other errors rule.
const TRUSTED_RATIOS: (f64, f64) = (5.0, 1e4);

/// How much greater the variances of a plot are than the model's, by its signal-to-noise ratio: they go with its inverse.
///
/// Skolnik, *Introduction to Radar Systems*, 3rd edition (2001), section 6.3. One where the radar has no
/// [`crate::types::SignalModel`].
pub fn variance_factor(radar: &RadarModel, signal_to_noise: Option<f64>) -> f64 {
    match (&radar.signal, signal_to_noise) {
        (Some(signal), Some(ratio)) => {
            signal.reference_ratio / ratio.clamp(TRUSTED_RATIOS.0, TRUSTED_RATIOS.1)
        }
        _ => 1.0,
    }
}

fn of_radar(station: &Station<'_>, radar: &RadarModel, plot: &Plot) -> Option<Observation> {
    let &Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise } = plot else {
        return None;
    };
    let (range_m, elevation_rad) = if radar.refractivity > 0.0 {
        let (height_m, _) = height_and_up(&station.position_m);
        straighten(height_m, radar.refractivity, range_m, elevation_rad)
    } else {
        (range_m, elevation_rad)
    };
    let direction = station.direction(azimuth_rad, elevation_rad);
    let factor = variance_factor(radar, signal_to_noise);
    let navigation_m2 = station.sensor.navigation_sigma_m * station.sensor.navigation_sigma_m;
    let near_m = range_m.max(1.0);
    let across = |sigma_rad: f64| sigma_rad * sigma_rad * factor + navigation_m2 / (near_m * near_m);
    Some(Observation {
        line_of_sight: LineOfSight::new(station.position_m, &direction, &station.up())?,
        range_m: Some(range_m),
        range_variance_m2: radar.range_sigma_m * radar.range_sigma_m * factor + navigation_m2,
        angle_variances_rad2: [across(radar.right_sigma_rad), across(radar.up_sigma_rad)],
        range_rate: range_rate_m_s
            .zip(radar.range_rate_sigma_m_s)
            .map(|(rate_m_s, sigma_m_s)| (rate_m_s, sigma_m_s * sigma_m_s * factor)),
        sees_plume_only: false,
    })
}

/// Probability that a nominal target in the coverage gives a plot at that range, m.
pub fn detection_probability_at(station: &Station<'_>, range_m: f64) -> f64 {
    let greatest = station.sensor.detection_probability;
    match &station.sensor.kind {
        SensorKind::Radar(RadarModel { signal: Some(signal), .. }) => {
            signal.detection_probability(signal.mean_ratio(range_m)).min(greatest)
        }
        _ => greatest,
    }
}

/// The plot that a sensor without noise would give of a place (Earth-fixed, m) and velocity (m/s), whether it covers it or
/// not; none for a sensor that gives no plots of what flies.
///
/// For bounds and tests; a simulator adds noise in the line-of-sight frame instead. The way is straight: give it to a
/// station whose radar has no refractivity. The signal-to-noise ratio is the mean one of the plots that a nominal
/// target gives, so that the information in it, times the detection probability, is the mean information of a look.
pub fn noise_free_plot(
    station: &Station<'_>,
    position_m: &Vector3<f64>,
    velocity_m_s: &Vector3<f64>,
) -> Option<Plot> {
    let offset_m = position_m - station.position_m;
    match &station.sensor.kind {
        SensorKind::Radar(model) => {
            let enu_m = station.ecef_from_enu.tr_mul(&offset_m);
            let range_m = enu_m.norm();
            Some(Plot::Radar {
                range_m,
                azimuth_rad: libm::atan2(enu_m.x, enu_m.y).rem_euclid(std::f64::consts::TAU),
                elevation_rad: libm::asin(enu_m.z / range_m),
                range_rate_m_s: model.range_rate_sigma_m_s.map(|_| offset_m.dot(velocity_m_s) / range_m),
                // Of those that pass the threshold: an exponential begins anew where it is cut.
                signal_to_noise: model.signal.map(|signal| {
                    let ratio = signal.mean_ratio(range_m);
                    // One draw decides on detection and power: a cap on the probability is a higher threshold.
                    let greatest = station.sensor.detection_probability.max(f64::MIN_POSITIVE);
                    signal.threshold().max(-(1.0 + ratio) * libm::log(greatest)) + ratio
                }),
            })
        }
        SensorKind::Infrared(_) => {
            let [boresight, right, up] = station.infrared_axes()?;
            let along_m = offset_m.dot(&boresight);
            Some(Plot::Infrared {
                right_rad: libm::atan(offset_m.dot(&right) / along_m),
                up_rad: libm::atan(offset_m.dot(&up) / along_m),
            })
        }
        SensorKind::Sonar(_) | SensorKind::Cue => None,
    }
}

/// Density of false plots at an observation, in the units of its own components: 1/(m rad²) for a radar, 1/rad² for
/// an infrared sensor, with the plots spread evenly over the coverage in range, azimuth and elevation.
pub fn clutter_density(station: &Station<'_>, observation: &Observation) -> f64 {
    // A sensor without clutter still has a likelihood ratio: one false plot in a million looks.
    let false_plots = station.sensor.clutter_per_scan.max(1e-6);
    match &station.sensor.kind {
        SensorKind::Radar(radar) => {
            let sin_elevation = observation.line_of_sight.along.dot(&station.up());
            let cos_elevation = (1.0 - sin_elevation * sin_elevation).max(1e-4).sqrt();
            false_plots / (coverage_volume(radar) * cos_elevation)
        }
        SensorKind::Infrared(infrared) => {
            false_plots / (4.0 * infrared.half_width_rad * infrared.half_width_rad)
        }
        // They give no observations.
        SensorKind::Sonar(_) | SensorKind::Cue => false_plots,
    }
}

/// Volume of a radar's coverage in its own coordinates, m rad².
pub fn coverage_volume(radar: &RadarModel) -> f64 {
    (radar.maximum_range_m - radar.minimum_range_m)
        * 2.0
        * radar.azimuth_half_width_rad.min(std::f64::consts::PI)
        * (radar.maximum_elevation_rad - radar.minimum_elevation_rad)
}

#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod ground_tests;
#[cfg(test)]
mod tests;
