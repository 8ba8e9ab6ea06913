//! Plots and scans: what a sensor reports.

use super::{SensorId, Time};
use serde::{Deserialize, Serialize};

/// One report of one sensor, in the sensor's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plot {
    /// A radar's report, in the local east-north-up frame of the sensor.
    Radar {
        /// Slant range, m.
        range_m: f64,
        /// Azimuth clockwise from north, radians in [0, 2π).
        azimuth_rad: f64,
        /// Elevation above the local horizontal, radians.
        elevation_rad: f64,
    },
    /// An infrared sensor's line of sight, as two angles from the sensor's boresight.
    Infrared {
        /// Angle to the right of the boresight, radians: the tangent-plane coordinate's arc tangent.
        right_rad: f64,
        /// Angle above the boresight, radians.
        up_rad: f64,
    },
}

impl Plot {
    /// Whether every number of the plot is finite and within what such a sensor can report.
    pub fn is_valid(&self) -> bool {
        use std::f64::consts::{FRAC_PI_2, TAU};
        match *self {
            Plot::Radar { range_m, azimuth_rad, elevation_rad } => {
                range_m > 0.0
                    && range_m.is_finite()
                    && (0.0..TAU).contains(&azimuth_rad)
                    && (-FRAC_PI_2..=FRAC_PI_2).contains(&elevation_rad)
            }
            Plot::Infrared { right_rad, up_rad } => right_rad.abs() < FRAC_PI_2 && up_rad.abs() < FRAC_PI_2,
        }
    }
}

/// One look of one sensor over its field of regard, with the plots it gave, also when it gave none: what was
/// looked at and not seen is evidence too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Which sensor looked.
    pub sensor: SensorId,
    /// Number of the look, counted up by the sensor from zero without gaps.
    pub sequence: u32,
    /// The instant to which every plot refers.
    pub time: Time,
    /// What was reported, detections and false alarms alike, in no meaningful order.
    pub plots: Vec<Plot>,
}
