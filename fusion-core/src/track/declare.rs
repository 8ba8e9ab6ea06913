//! Whether a track is something that no aircraft is.

use crate::filter::Kinematic;
use crate::types::height_and_up;

/// Higher than any ordinary aircraft flies, m, and faster, m/s.
const AIRCRAFT_CEILING_M: f64 = 30_000.0;
const AIRCRAFT_SPEED_M_S: f64 = 1_000.0;
/// How many standard deviations beyond it must be.
const SIGMAS: f64 = 3.0;
/// So many plumes seen from orbit say the same: no aircraft makes one.
const PLUMES: u32 = 3;

/// Whether an object is, beyond reasonable doubt, no aircraft: higher or faster than one, or with a plume.
///
/// What it says of the tracks of a node decides which of them may raise a warning. It does not tell missiles from what
/// falls off them, nor rockets to orbit from missiles.
pub fn is_beyond_aircraft(kinematic: &Kinematic, plumes: u32) -> bool {
    let (height_m, up) = height_and_up(&kinematic.mean.fixed_rows::<3>(0).into());
    let deviation = |first: usize, axis: &nalgebra::Vector3<f64>| {
        let part = kinematic.covariance.fixed_view::<3, 3>(first, first);
        axis.dot(&(part * axis)).max(0.0).sqrt()
    };
    let velocity_m_s: nalgebra::Vector3<f64> = kinematic.mean.fixed_rows::<3>(3).into();
    let speed_m_s = velocity_m_s.norm();
    let ahead = velocity_m_s / speed_m_s.max(f64::MIN_POSITIVE);
    plumes >= PLUMES
        || height_m - SIGMAS * deviation(0, &up) > AIRCRAFT_CEILING_M
        || speed_m_s - SIGMAS * deviation(3, &ahead) > AIRCRAFT_SPEED_M_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Geodetic, ecef_from_enu, ecef_from_geodetic};
    use nalgebra::{Matrix6, Vector3, Vector6};

    fn object(height_m: f64, speed_m_s: f64, sigmas: (f64, f64)) -> Kinematic {
        let place = Geodetic::from_degrees(38.0, 128.0, height_m);
        let position_m = ecef_from_geodetic(place);
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(0.6, 0.8, 0.0) * speed_m_s;
        let variances =
            [sigmas.0, sigmas.0, sigmas.0, sigmas.1, sigmas.1, sigmas.1].map(|sigma| sigma * sigma);
        Kinematic {
            mean: Vector6::from_iterator(position_m.iter().chain(velocity_m_s.iter()).copied()),
            covariance: Matrix6::from_diagonal(&Vector6::from(variances)),
        }
    }

    #[test]
    fn airliners_and_fighters_are_aircraft_and_what_is_only_badly_known_is_not_declared() {
        for (height_m, speed_m_s, sigmas, plumes, expected) in [
            (11_000.0, 250.0, (100.0, 10.0), 0, false),
            (18_000.0, 700.0, (300.0, 50.0), 0, false),
            (40_000.0, 700.0, (300.0, 50.0), 0, true),
            (40_000.0, 700.0, (5_000.0, 200.0), 0, false),
            (15_000.0, 1_200.0, (300.0, 50.0), 0, true),
            (15_000.0, 1_200.0, (300.0, 90.0), 0, false),
            (15_000.0, 0.0, (300.0, 2_700.0), 2, false),
            (15_000.0, 0.0, (300.0, 2_700.0), 3, true),
        ] {
            let kinematic = object(height_m, speed_m_s, sigmas);
            assert_eq!(is_beyond_aircraft(&kinematic, plumes), expected, "{height_m} m, {speed_m_s} m/s");
        }
    }
}
