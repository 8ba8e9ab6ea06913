//! Sensor models: where a sensor is, what it covers, how well it measures. Notional, from open literature.

use super::{NodeId, SensorId, ecef_from_enu, geodetic_from_ecef};
use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

/// A sensor as a node knows it: the model its filter uses, not the one its simulator may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Its identity: the index in the list of sensors.
    pub id: SensorId,
    /// Name as written in the scenario.
    pub name: String,
    /// The nation that owns it: who owns a sensor decides who has its data.
    pub owner: NodeId,
    /// Earth-centred Earth-fixed position, m.
    pub position_m: Vector3<f64>,
    /// Seconds between looks.
    pub revisit_s: f64,
    /// Instant of the first look, seconds after the scenario's start.
    pub first_look_s: f64,
    /// Probability that an object in its coverage gives a plot.
    pub detection_probability: f64,
    /// Expected number of false plots in one look, spread evenly over the coverage in the sensor's coordinates.
    pub clutter_per_scan: f64,
    /// What kind of sensor, with what only that kind has.
    pub kind: SensorKind,
}

/// What kind of sensor it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SensorKind {
    /// Measures range and direction.
    Radar(RadarModel),
    /// Measures the direction of a burning plume.
    Infrared(InfraredModel),
}

/// A radar: range, azimuth, elevation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RadarModel {
    /// Least range of its coverage, m.
    pub minimum_range_m: f64,
    /// Greatest range of its coverage, m.
    pub maximum_range_m: f64,
    /// Least elevation, radians above the local horizontal.
    pub minimum_elevation_rad: f64,
    /// Greatest elevation, radians.
    pub maximum_elevation_rad: f64,
    /// Centre of the azimuth sector, radians clockwise from north.
    pub azimuth_centre_rad: f64,
    /// Half the width of the azimuth sector, radians; π and more means all round.
    pub azimuth_half_width_rad: f64,
    /// Standard deviation of range, m.
    pub range_sigma_m: f64,
    /// Standard deviation across the line of sight to the right, radians of arc (not of azimuth: an azimuth error is
    /// this divided by the cosine of the elevation).
    pub right_sigma_rad: f64,
    /// Standard deviation across the line of sight upwards (elevation), radians.
    pub up_sigma_rad: f64,
}

/// A staring or scanning infrared sensor on a geosynchronous satellite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InfraredModel {
    /// Unit vector of the boresight, Earth-centred Earth-fixed: the plots' angles are counted from it.
    pub boresight: Vector3<f64>,
    /// Half the width of the square field of view, radians in each of the two angles.
    pub half_width_rad: f64,
    /// Least geodetic height, m, at which a plume is seen (clouds and absorption below).
    pub minimum_target_height_m: f64,
    /// Standard deviation of each of the two angles, radians.
    pub angle_sigma_rad: f64,
}

impl Sensor {
    /// Rotation whose columns are east, north and up at the sensor, as Earth-centred Earth-fixed vectors.
    pub fn ecef_from_enu(&self) -> Matrix3<f64> {
        ecef_from_enu(geodetic_from_ecef(&self.position_m))
    }

    /// The axes (right, up) of an infrared sensor's two angles, perpendicular to its boresight, the up axis nearest to
    /// the Earth's north.
    pub fn infrared_axes(model: &InfraredModel) -> (Vector3<f64>, Vector3<f64>) {
        let right = model.boresight.cross(&Vector3::z()).normalize();
        (right, right.cross(&model.boresight))
    }
}

#[cfg(test)]
impl RadarModel {
    /// A radar that sees all round to 1,000 km, for the tests of every stage.
    pub(crate) fn for_tests() -> Self {
        RadarModel {
            minimum_range_m: 1e3,
            maximum_range_m: 1e6,
            minimum_elevation_rad: 0.0,
            maximum_elevation_rad: 1.5,
            azimuth_centre_rad: 0.0,
            azimuth_half_width_rad: 4.0,
            range_sigma_m: 30.0,
            right_sigma_rad: 1e-3,
            up_sigma_rad: 1e-3,
        }
    }
}

#[cfg(test)]
impl Sensor {
    /// The first sensor of the first node, for the tests of every stage: a look a second.
    pub(crate) fn for_tests(position_m: Vector3<f64>, kind: SensorKind) -> Self {
        Sensor {
            id: SensorId(0),
            name: "sensor".into(),
            owner: NodeId(0),
            position_m,
            revisit_s: 1.0,
            first_look_s: 0.0,
            detection_probability: 0.9,
            clutter_per_scan: 0.3,
            kind,
        }
    }
}
