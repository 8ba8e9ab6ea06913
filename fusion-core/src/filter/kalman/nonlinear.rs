//! What a filter must know of a measurement that is no linear function of the state.

use nalgebra::{SMatrix, SVector};

/// A measurement of `M` numbers of a state of `N`.
///
/// The last two methods are for numbers that wrap: a model that measures azimuths wraps its residual and takes circular
/// means.
pub trait MeasurementModel<const N: usize, const M: usize> {
    /// What would be measured of a state without noise, in the measurement's units.
    fn predict(&self, state: &SVector<f64, N>) -> SVector<f64, M>;

    /// The M x N derivative of [`MeasurementModel::predict`] by the state.
    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, M, N>;

    /// The difference between two measurements, first minus second, with angles wrapped.
    fn difference(&self, first: &SVector<f64, M>, second: &SVector<f64, M>) -> SVector<f64, M> {
        first - second
    }

    /// The weighted mean of measurements whose weights add up to one; weights may be negative.
    fn mean(&self, weighted: &[(f64, SVector<f64, M>)]) -> SVector<f64, M> {
        weighted.iter().fold(SVector::zeros(), |sum, (weight, value)| sum + value * *weight)
    }
}
