//! Plots and scans: what a sensor reports.

use super::{SensorId, Time};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

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
        /// Rate of change of the range, m/s, with the sensor's own motion taken out; none where it is not measured.
        range_rate_m_s: Option<f64>,
        /// The echo's power over the mean noise; none where the radar does not say.
        signal_to_noise: Option<f64>,
    },
    /// An infrared sensor's line of sight, as two angles from the sensor's boresight.
    Infrared {
        /// Angle to the right of the boresight, radians: the tangent-plane coordinate's arc tangent.
        right_rad: f64,
        /// Angle above the boresight, radians.
        up_rad: f64,
    },
    /// What a passive sonar hears: a direction only.
    Bearing {
        /// Azimuth clockwise from north, radians in [0, 2π).
        azimuth_rad: f64,
    },
    /// A report that a launch is being prepared: about where, and when.
    Cue {
        /// Geodetic latitude, radians.
        latitude_rad: f64,
        /// Longitude, radians.
        longitude_rad: f64,
        /// Standard deviation of the place in each horizontal axis, m.
        sigma_m: f64,
        /// The launch is expected no earlier than this.
        from: Time,
        /// And no later than this.
        until: Time,
    },
}

impl Plot {
    /// A radar's plot of range and direction alone.
    pub fn radar(range_m: f64, azimuth_rad: f64, elevation_rad: f64) -> Self {
        Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s: None, signal_to_noise: None }
    }

    /// Whether every number of the plot is finite and within what such a sensor can report.
    pub fn is_valid(&self) -> bool {
        match *self {
            Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise } => {
                range_m > 0.0
                    && range_m.is_finite()
                    && (0.0..TAU).contains(&azimuth_rad)
                    && (-FRAC_PI_2..=FRAC_PI_2).contains(&elevation_rad)
                    && range_rate_m_s.is_none_or(f64::is_finite)
                    && signal_to_noise.is_none_or(|ratio| ratio > 0.0 && ratio.is_finite())
            }
            Plot::Infrared { right_rad, up_rad } => right_rad.abs() < FRAC_PI_2 && up_rad.abs() < FRAC_PI_2,
            Plot::Bearing { azimuth_rad } => (0.0..TAU).contains(&azimuth_rad),
            Plot::Cue { latitude_rad, longitude_rad, sigma_m, from, until } => {
                (-FRAC_PI_2..=FRAC_PI_2).contains(&latitude_rad)
                    && (-PI..=PI).contains(&longitude_rad)
                    && sigma_m > 0.0
                    && sigma_m.is_finite()
                    && from <= until
            }
        }
    }
}

/// What part of its coverage a sensor looked at. Only there does seeing nothing mean anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Regard {
    /// All of it.
    #[default]
    Field,
    /// A sector of azimuth: a piece of a rotating radar's turn.
    Sector {
        /// Middle of the sector, radians clockwise from north.
        centre_rad: f64,
        /// Half its width, radians.
        half_width_rad: f64,
    },
    /// Around some directions only: track dwells of a phased-array radar.
    Beams(Vec<Beam>),
}

/// The direction of one dwell, in the local frame of the sensor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beam {
    /// Azimuth clockwise from north, radians.
    pub azimuth_rad: f64,
    /// Elevation above the local horizontal, radians.
    pub elevation_rad: f64,
}

/// One look of one sensor, with the plots it gave, also when it gave none: what was looked at and not seen is evidence
/// too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Which sensor looked.
    pub sensor: SensorId,
    /// Number of the look, counted up by the sensor from zero without gaps.
    pub sequence: u32,
    /// The instant to which every plot refers.
    pub time: Time,
    /// Where a sensor that moves was, by its own navigation: Earth-centred Earth-fixed, m. None for one that stands.
    pub origin_m: Option<Vector3<f64>>,
    /// What it looked at.
    pub regard: Regard,
    /// What was reported, detections and false alarms alike, in no meaningful order.
    pub plots: Vec<Plot>,
}

impl Scan {
    /// A look of a sensor that stands over its whole field of regard.
    pub fn of_field(sensor: SensorId, sequence: u32, time: Time, plots: Vec<Plot>) -> Self {
        Scan { sensor, sequence, time, origin_m: None, regard: Regard::Field, plots }
    }
}
