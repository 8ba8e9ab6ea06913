//! Where a radar is told to look, and what it sees better there.

use crate::mount::Cued;
use fusion_core::measurement::Station;
use fusion_core::types::{Beam, RadarModel};
use nalgebra::Vector3;
use std::f64::consts::{PI, TAU};

/// Where a sensor is told to look: by what its node knows, not by the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointing {
    /// Around a point, Earth-centred Earth-fixed, m: where something is believed to be.
    At(Vector3<f64>),
    /// Over a point on the ground, from the lowest elevation upwards: something was launched there.
    Over(Vector3<f64>),
}

impl Pointing {
    /// Whether a direction (unit vector, Earth-centred Earth-fixed) lies where a radar looks that is told so.
    pub(super) fn covers(
        &self,
        station: &Station<'_>,
        model: &RadarModel,
        direction: &Vector3<f64>,
        half_width_rad: f64,
    ) -> bool {
        let (azimuth_rad, elevation_rad) = angles(station, direction);
        match self {
            Pointing::At(point_m) => {
                let towards = (point_m - station.position_m).normalize();
                towards.dot(direction) >= libm::cos(half_width_rad)
            }
            Pointing::Over(point_m) => {
                let (middle_rad, _) = angles(station, &(point_m - station.position_m));
                let off_rad = libm::remainder(azimuth_rad - middle_rad, TAU).abs();
                off_rad <= half_width_rad
                    && elevation_rad <= model.minimum_elevation_rad + 2.0 * half_width_rad
            }
        }
    }

    /// The beams with which a phased array looks there: one, or as many as lie side by side over the width.
    pub(super) fn beams(&self, station: &Station<'_>, model: &RadarModel, cued: &Cued) -> Vec<Beam> {
        let (Pointing::At(point_m) | Pointing::Over(point_m)) = self;
        let (azimuth_rad, elevation_rad) = angles(station, &(point_m - station.position_m));
        let half_rad = cued.half_width_rad;
        let lowest_rad = match self {
            Pointing::At(_) => (elevation_rad - half_rad).max(model.minimum_elevation_rad),
            Pointing::Over(_) => model.minimum_elevation_rad,
        };
        let highest_rad = match self {
            Pointing::At(_) => elevation_rad + half_rad,
            Pointing::Over(_) => lowest_rad + 2.0 * half_rad,
        };
        // Squares inside round beams leave no gap.
        let step_rad = model.beam_half_width_rad * std::f64::consts::SQRT_2;
        let across = steps(2.0 * half_rad, step_rad);
        let upwards = steps(highest_rad - lowest_rad, step_rad);
        let along = |from: f64, width: f64, count: u32, index: u32| {
            from + width * (f64::from(index) + 0.5) / f64::from(count)
        };
        let mut beams = Vec::new();
        for row in 0..upwards {
            for column in 0..across {
                let azimuth_rad = along(azimuth_rad - half_rad, 2.0 * half_rad, across, column);
                let elevation_rad = along(lowest_rad, highest_rad - lowest_rad, upwards, row);
                beams.push(Beam {
                    azimuth_rad: libm::remainder(azimuth_rad, TAU),
                    elevation_rad: elevation_rad.min(0.5 * PI),
                });
            }
        }
        beams
    }
}

/// How many beams lie side by side over a width; below the horizon none.
fn steps(width_rad: f64, step_rad: f64) -> u32 {
    const MOST: f64 = 30.0;
    if width_rad <= 0.0 { 0 } else { (width_rad / step_rad).ceil().clamp(1.0, MOST) as u32 }
}

/// Azimuth clockwise from north and elevation of a direction, radians.
fn angles(station: &Station<'_>, direction: &Vector3<f64>) -> (f64, f64) {
    let enu = station.ecef_from_enu.tr_mul(direction);
    (libm::atan2(enu.x, enu.y), libm::atan2(enu.z, libm::hypot(enu.x, enu.y)))
}
