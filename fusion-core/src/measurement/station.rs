//! A sensor where it is at the instant of a look, looking at what it looks at.

use crate::types::{Regard, Scan, Sensor, SensorKind};
use nalgebra::{Matrix3, Vector3};

/// A sensor at one look: its place, its axes, and what part of its coverage it looked at.
///
/// Worked out once for each look; every plot of it and every track that it may have seen share it.
#[derive(Clone, Copy, Debug)]
pub struct Station<'a> {
    /// The sensor.
    pub sensor: &'a Sensor,
    /// Where it is, by its own navigation: Earth-centred Earth-fixed, m.
    pub position_m: Vector3<f64>,
    /// Rotation whose columns are east, north and up at the sensor, as Earth-centred Earth-fixed vectors.
    pub ecef_from_enu: Matrix3<f64>,
    /// What it looks at.
    pub regard: &'a Regard,
}

impl<'a> Station<'a> {
    /// A sensor that stands and looks at its whole coverage.
    pub fn of(sensor: &'a Sensor) -> Self {
        Station::new(sensor, sensor.position_m, &Regard::Field)
    }

    /// A sensor at one of its looks.
    pub fn at_scan(sensor: &'a Sensor, scan: &'a Scan) -> Self {
        Station::new(sensor, scan.origin_m.unwrap_or(sensor.position_m), &scan.regard)
    }

    /// A sensor at a place (Earth-centred Earth-fixed, m) that looks at a part of its coverage.
    pub fn new(sensor: &'a Sensor, position_m: Vector3<f64>, regard: &'a Regard) -> Self {
        let up = super::coverage::ellipsoid_normal(&position_m);
        // At a pole of the Earth every direction is south or north; the x axis serves as east there.
        let east = Vector3::new(-up.y, up.x, 0.0).try_normalize(1e-12).unwrap_or_else(Vector3::x);
        let ecef_from_enu = Matrix3::from_columns(&[east, up.cross(&east), up]);
        Station { sensor, position_m, ecef_from_enu, regard }
    }

    /// Unit vector of the local vertical.
    pub fn up(&self) -> Vector3<f64> {
        self.ecef_from_enu.column(2).into()
    }

    /// The axes (along, right, up) of an infrared sensor's two angles: along its boresight, and perpendicular to it with
    /// the up axis nearest to the Earth's north. None for another kind of sensor, or for one that looks along the
    /// Earth's axis.
    pub fn infrared_axes(&self) -> Option<[Vector3<f64>; 3]> {
        let SensorKind::Infrared(model) = &self.sensor.kind else { return None };
        let boresight = (model.aim_m - self.position_m).try_normalize(1.0)?;
        let right = boresight.cross(&Vector3::z()).try_normalize(1e-9)?;
        Some([boresight, right, right.cross(&boresight)])
    }

    /// Unit vector of a direction given in the local frame, Earth-centred Earth-fixed.
    pub fn direction(&self, azimuth_rad: f64, elevation_rad: f64) -> Vector3<f64> {
        let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_rad);
        let (sin_elevation, cos_elevation) = libm::sincos(elevation_rad);
        self.ecef_from_enu
            * Vector3::new(cos_elevation * sin_azimuth, cos_elevation * cos_azimuth, sin_elevation)
    }
}
