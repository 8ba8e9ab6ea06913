//! Radar and sonar measurements as plain functions of a state: for filters of any kind, and for other people's figures.
//!
//! A state begins with its position, x, y, z (of the planar models x, y), followed by the velocity where it is measured;
//! what comes after matters to none of them. Axes are those of the state, not turned into a sensor's east, north and up.
//! The trackers use none of these: [`crate::measurement::Observation`] has no azimuth that wraps and no singular zenith.

use super::MeasurementModel;
use nalgebra::{SMatrix, SVector, Vector2, Vector3};
use std::f64::consts::{PI, TAU};

/// Elevation and azimuth (rad) and range (m) of a position in three dimensions, in this order.
///
/// Elevation is counted from the x-y plane towards +z, azimuth is atan2(y, x): from +x towards +y, which with x east and
/// y north is *not* the compass bearing. Not for a position straight above the sensor, where azimuth has no derivative.
///
/// ```
/// use fusion_core::filter::{ElevationAzimuthRange, MeasurementModel};
/// use nalgebra::{Vector3, vector};
/// let radar = ElevationAzimuthRange { sensor_m: Vector3::new(0.0, 0.0, 20.0) };
/// let measured = radar.predict(&vector![-3e3, -4e3, 20.0]);
/// assert!((measured - vector![0.0, -2.214_297, 5e3]).norm() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElevationAzimuthRange {
    /// Where the sensor is, in the axes of the state, m.
    pub sensor_m: Vector3<f64>,
}

/// Range (m) and elevation (rad) of a position in a vertical plane, in this order: x along the ground, y up.
///
/// Elevation is atan2(y, x), so that behind the sensor it goes on to π. Not for a position at the sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeElevation {
    /// Where the sensor is in the plane, m.
    pub sensor_m: Vector2<f64>,
}

/// Azimuth alone (rad), atan2(y, x), of a position in a plane or in three dimensions.
///
/// Not for a position straight above the sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BearingOnly {
    /// Where the sensor is in the plane, m.
    pub sensor_m: Vector2<f64>,
}

/// Rate of change of range (m/s) of a position and velocity in three dimensions.
///
/// Not for a position at the sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeRate {
    /// Where the sensor is, in the axes of the state, m.
    pub sensor_m: Vector3<f64>,
    /// How it moves, in the axes of the state, m/s.
    pub sensor_velocity_m_s: Vector3<f64>,
}

impl<const N: usize> MeasurementModel<N, 3> for ElevationAzimuthRange {
    fn predict(&self, state: &SVector<f64, N>) -> SVector<f64, 3> {
        let offset_m = part::<0, 3, N>(state) - self.sensor_m;
        let across_m = libm::hypot(offset_m.x, offset_m.y);
        Vector3::new(
            libm::atan2(offset_m.z, across_m),
            libm::atan2(offset_m.y, offset_m.x),
            libm::hypot(across_m, offset_m.z),
        )
    }

    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, 3, N> {
        let offset_m = part::<0, 3, N>(state) - self.sensor_m;
        let across_squared = offset_m.x * offset_m.x + offset_m.y * offset_m.y;
        let (across_m, squared) = (across_squared.sqrt(), offset_m.norm_squared());
        let lift = -offset_m.z / (across_m * squared);
        let rows = [
            [offset_m.x * lift, offset_m.y * lift, across_m / squared],
            [-offset_m.y / across_squared, offset_m.x / across_squared, 0.0],
            (offset_m / squared.sqrt()).into(),
        ];
        SMatrix::from_fn(|row, column| if column < 3 { rows[row][column] } else { 0.0 })
    }

    fn difference(&self, first: &SVector<f64, 3>, second: &SVector<f64, 3>) -> SVector<f64, 3> {
        let plain = first - second;
        Vector3::new(wrapped(plain[0]), wrapped(plain[1]), plain[2])
    }

    fn mean(&self, weighted: &[(f64, SVector<f64, 3>)]) -> SVector<f64, 3> {
        Vector3::new(circular_mean(weighted, 0), circular_mean(weighted, 1), plain_mean(weighted, 2))
    }
}

impl<const N: usize> MeasurementModel<N, 2> for RangeElevation {
    fn predict(&self, state: &SVector<f64, N>) -> SVector<f64, 2> {
        let offset_m = part::<0, 2, N>(state) - self.sensor_m;
        Vector2::new(libm::hypot(offset_m.x, offset_m.y), libm::atan2(offset_m.y, offset_m.x))
    }

    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, 2, N> {
        let offset_m = part::<0, 2, N>(state) - self.sensor_m;
        let rows = [(offset_m / offset_m.norm()).into(), azimuth_gradient(&offset_m)];
        SMatrix::from_fn(|row, column| if column < 2 { rows[row][column] } else { 0.0 })
    }

    fn difference(&self, first: &SVector<f64, 2>, second: &SVector<f64, 2>) -> SVector<f64, 2> {
        let plain = first - second;
        Vector2::new(plain[0], wrapped(plain[1]))
    }

    fn mean(&self, weighted: &[(f64, SVector<f64, 2>)]) -> SVector<f64, 2> {
        Vector2::new(plain_mean(weighted, 0), circular_mean(weighted, 1))
    }
}

impl<const N: usize> MeasurementModel<N, 1> for BearingOnly {
    fn predict(&self, state: &SVector<f64, N>) -> SVector<f64, 1> {
        let offset_m = part::<0, 2, N>(state) - self.sensor_m;
        SVector::<f64, 1>::new(libm::atan2(offset_m.y, offset_m.x))
    }

    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, 1, N> {
        let gradient = azimuth_gradient(&(part::<0, 2, N>(state) - self.sensor_m));
        SMatrix::from_fn(|_, column| if column < 2 { gradient[column] } else { 0.0 })
    }

    fn difference(&self, first: &SVector<f64, 1>, second: &SVector<f64, 1>) -> SVector<f64, 1> {
        (first - second).map(wrapped)
    }

    fn mean(&self, weighted: &[(f64, SVector<f64, 1>)]) -> SVector<f64, 1> {
        SVector::<f64, 1>::new(circular_mean(weighted, 0))
    }
}

impl<const N: usize> MeasurementModel<N, 1> for RangeRate {
    fn predict(&self, state: &SVector<f64, N>) -> SVector<f64, 1> {
        let (along, _, velocity_m_s) = self.along(state);
        SVector::<f64, 1>::new(along.dot(&velocity_m_s))
    }

    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, 1, N> {
        let (along, range_m, velocity_m_s) = self.along(state);
        let by_position = (velocity_m_s - along * along.dot(&velocity_m_s)) / range_m;
        SMatrix::from_fn(|_, column| match column {
            0..3 => by_position[column],
            3..6 => along[column - 3],
            _ => 0.0,
        })
    }
}

impl RangeRate {
    /// Unit vector to the object, its range (m), its velocity against the sensor (m/s).
    fn along<const N: usize>(&self, state: &SVector<f64, N>) -> (Vector3<f64>, f64, Vector3<f64>) {
        let offset_m = part::<0, 3, N>(state) - self.sensor_m;
        let range_m = offset_m.norm();
        (offset_m / range_m, range_m, part::<3, 3, N>(state) - self.sensor_velocity_m_s)
    }
}

/// `K` components of a state from `FIRST` on; what measures more than the state has does not compile.
fn part<const FIRST: usize, const K: usize, const N: usize>(state: &SVector<f64, N>) -> SVector<f64, K> {
    const { assert!(FIRST + K <= N, "the state is smaller than what is measured of it") };
    SVector::from_fn(|row, _| state[FIRST + row])
}

fn azimuth_gradient(offset_m: &Vector2<f64>) -> [f64; 2] {
    [-offset_m.y / offset_m.norm_squared(), offset_m.x / offset_m.norm_squared()]
}

/// The same angle in [−π, π).
fn wrapped(angle_rad: f64) -> f64 {
    (angle_rad + PI).rem_euclid(TAU) - PI
}

/// The direction of the weighted sum of unit vectors: Mardia and Jupp, *Directional Statistics* (2000), section 2.2.
fn circular_mean<const M: usize>(weighted: &[(f64, SVector<f64, M>)], row: usize) -> f64 {
    let (mut sines, mut cosines) = (0.0, 0.0);
    for (weight, value) in weighted {
        let (sine, cosine) = libm::sincos(value[row]);
        (sines, cosines) = (sines + weight * sine, cosines + weight * cosine);
    }
    libm::atan2(sines, cosines)
}

fn plain_mean<const M: usize>(weighted: &[(f64, SVector<f64, M>)], row: usize) -> f64 {
    weighted.iter().map(|(weight, value)| weight * value[row]).sum()
}

#[cfg(test)]
#[path = "radar_models_tests.rs"]
mod tests;
