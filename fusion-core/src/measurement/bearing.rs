//! A sonar's bearing: one number, the azimuth around the sensor's vertical.

use super::{Component, Station};
use crate::types::{Plot, SensorKind};
use nalgebra::Vector3;

/// A bearing turned, once, into two horizontal directions at its sensor.
///
/// An observation of one number, of something under water: no track of what flies takes it in, so that
/// [`super::Observation`] stays what radars and infrared sensors share. As there, nothing wraps: north is no special
/// direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bearing {
    /// Where the sensor is, Earth-centred Earth-fixed, m.
    pub origin_m: Vector3<f64>,
    /// Horizontal unit vector towards what was heard.
    pub along: Vector3<f64>,
    /// Horizontal unit vector to the right of it.
    pub right: Vector3<f64>,
    /// Variance of the azimuth, rad².
    pub variance_rad2: f64,
}

impl Bearing {
    /// The bearing of a sonar's plot at this look; none when sensor or plot are of another kind, or the azimuth is not finite.
    pub fn new(station: &Station<'_>, plot: &Plot) -> Option<Self> {
        let (SensorKind::Sonar(sonar), &Plot::Bearing { azimuth_rad }) = (&station.sensor.kind, plot) else {
            return None;
        };
        let along = station.direction(azimuth_rad, 0.0);
        along.iter().all(|part| part.is_finite()).then(|| Bearing {
            origin_m: station.position_m,
            along,
            right: along.cross(&station.up()),
            variance_rad2: sonar.bearing_sigma_rad * sonar.bearing_sigma_rad,
        })
    }

    /// Compares the bearing with a predicted Earth-fixed position, m, at any height.
    ///
    /// None when the position's own bearing is not within 84 degrees of the measured one, where a tangent means nothing, or
    /// when it lies straight above or below the sensor.
    pub fn predict(&self, position_m: &Vector3<f64>) -> Option<Component> {
        let offset_m = position_m - self.origin_m;
        let (along_m, right_m) = (offset_m.dot(&self.along), offset_m.dot(&self.right));
        let distance_m = (along_m * along_m + right_m * right_m).sqrt();
        if !along_m.is_finite() || along_m <= 0.1 * distance_m {
            return None;
        }
        let tangent = right_m / along_m;
        Some(Component {
            residual: -tangent,
            gradient: (self.right - self.along * tangent) / along_m,
            variance: self.variance_rad2,
        })
    }
}
