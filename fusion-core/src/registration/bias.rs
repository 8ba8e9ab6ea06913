//! The biases of one radar, and what they do to plots and tracks.

use crate::dynamics::Dynamics;
use crate::measurement::Station;
use crate::types::{Plot, Scan};
use nalgebra::{Matrix4, SMatrix, SVector, Vector3, Vector4, Vector6};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, TAU};

/// How far a radar's reports are off: reported minus true.
///
/// Constant while they are estimated: not for an antenna that wears its bias with the azimuth, nor for a clock that drifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Biases {
    /// Of the range, m.
    pub range_m: f64,
    /// Of the azimuth, clockwise from north, radians.
    pub azimuth_rad: f64,
    /// Of the elevation, radians.
    pub elevation_rad: f64,
    /// Of the clock, s: a look that is stamped `t` was at `t - time_s`.
    pub time_s: f64,
}

/// What is known of a radar's biases before anything was compared: standard deviations about zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasPrior {
    /// Of the range, m.
    pub range_sigma_m: f64,
    /// Of the azimuth, radians.
    pub azimuth_sigma_rad: f64,
    /// Of the elevation, radians.
    pub elevation_sigma_rad: f64,
    /// Of the clock, s.
    pub time_sigma_s: f64,
}

impl Default for BiasPrior {
    /// A radar that moves and that nobody has aligned: 500 m, 3 mrad, 3 mrad, 0.1 s. An assumption.
    fn default() -> Self {
        BiasPrior {
            range_sigma_m: 500.0,
            azimuth_sigma_rad: 3e-3,
            elevation_sigma_rad: 3e-3,
            time_sigma_s: 0.1,
        }
    }
}

impl BiasPrior {
    /// The deviations in the order range, azimuth, elevation, time.
    pub fn sigmas(&self) -> Vector4<f64> {
        Vector4::new(self.range_sigma_m, self.azimuth_sigma_rad, self.elevation_sigma_rad, self.time_sigma_s)
    }

    /// The covariance in the order range, azimuth, elevation, time.
    pub fn covariance(&self) -> Matrix4<f64> {
        Matrix4::from_diagonal(&self.sigmas().map(|sigma| sigma * sigma))
    }
}

impl Biases {
    /// In the order range, azimuth, elevation, time.
    pub fn vector(&self) -> Vector4<f64> {
        Vector4::new(self.range_m, self.azimuth_rad, self.elevation_rad, self.time_s)
    }

    /// From the order range, azimuth, elevation, time.
    pub fn from_vector(vector: &Vector4<f64>) -> Self {
        let [range_m, azimuth_rad, elevation_rad, time_s] = [vector.x, vector.y, vector.z, vector.w];
        Biases { range_m, azimuth_rad, elevation_rad, time_s }
    }

    /// A radar's plot without the biases of range and angles; any other plot, and one that lies nearer than the range's bias,
    /// as it is. The clock's is the scan's to correct: [`Biases::correct_scan`].
    ///
    /// ```
    /// use fusion_core::registration::Biases;
    /// use fusion_core::types::Plot;
    /// let biases = Biases { range_m: 500.0, azimuth_rad: 0.003, elevation_rad: 0.003, time_s: 0.1 };
    /// let Plot::Radar { range_m, azimuth_rad, .. } = biases.correct(&Plot::radar(80_500.0, 0.001, 0.2)) else { panic!() };
    /// assert_eq!(range_m, 80_000.0);
    /// assert!((azimuth_rad - (std::f64::consts::TAU - 0.002)).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn correct(&self, plot: &Plot) -> Plot {
        match *plot {
            Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise }
                if range_m > self.range_m =>
            {
                // A remainder just below zero is rounded up to the whole turn.
                let turned_rad = (azimuth_rad - self.azimuth_rad).rem_euclid(TAU);
                Plot::Radar {
                    range_m: range_m - self.range_m,
                    azimuth_rad: if turned_rad < TAU { turned_rad } else { 0.0 },
                    elevation_rad: (elevation_rad - self.elevation_rad).clamp(-FRAC_PI_2, FRAC_PI_2),
                    range_rate_m_s,
                    signal_to_noise,
                }
            }
            other => other,
        }
    }

    /// A scan without the biases: its plots corrected and its time that at which it was. The place of a sensor that moves
    /// stays as it is, a metre off for a ship and a tenth of a second.
    #[must_use]
    pub fn correct_scan(&self, scan: &Scan) -> Scan {
        Scan {
            time: scan.time.plus_seconds(-self.time_s),
            plots: scan.plots.iter().map(|plot| self.correct(plot)).collect(),
            ..scan.clone()
        }
    }
}

/// How a track made of one radar's plots is moved by that radar's biases: derivative of its position (m) and velocity (m/s) by
/// range, azimuth, elevation and time.
///
/// Rotations of what flies about the radar, stretching of what lies ahead, and the way flown in a wrong second. Of a track of a
/// few seconds; over minutes a path so moved is no path that `model` would take, and a filter gives way in between.
pub fn state_shift(
    station: &Station<'_>,
    model: &impl Dynamics<6>,
    state: &Vector6<f64>,
) -> Option<SMatrix<f64, 6, 4>> {
    let offset_m: Vector3<f64> = state.fixed_rows::<3>(0) - station.position_m;
    let velocity_m_s: Vector3<f64> = state.fixed_rows::<3>(3).into();
    let (range_m, vertical) = (offset_m.norm(), station.up());
    let aside = offset_m.cross(&vertical);
    let aside_m = aside.norm();
    if !range_m.is_normal() || aside_m <= 1e-9 * range_m {
        return None;
    }
    let (along, right) = (offset_m / range_m, aside / aside_m);
    let aside_m_s = velocity_m_s.cross(&vertical);
    let right_1_s = (aside_m_s - right * right.dot(&aside_m_s)) / aside_m;
    let across_m_s = velocity_m_s - along * along.dot(&velocity_m_s);
    let (acceleration_m_s2, _) = model.acceleration::<f64>(&SVector::from(*state));
    let columns = [
        (along, across_m_s / range_m),
        (offset_m.cross(&vertical), velocity_m_s.cross(&vertical)),
        (right.cross(&offset_m), right.cross(&velocity_m_s) + right_1_s.cross(&offset_m)),
        (-velocity_m_s, -acceleration_m_s2),
    ];
    let mut shift = SMatrix::<f64, 6, 4>::zeros();
    for (index, (position, velocity)) in columns.iter().enumerate() {
        shift.fixed_view_mut::<3, 1>(0, index).copy_from(position);
        shift.fixed_view_mut::<3, 1>(3, index).copy_from(velocity);
    }
    Some(shift)
}
