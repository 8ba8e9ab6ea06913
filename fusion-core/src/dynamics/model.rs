//! What a model of motion says, and what all of them share.

use crate::math::real::Real;
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// A model of motion with `N` states, the first six of them position (m) and velocity (m/s) in the Earth-fixed frame.
pub trait Dynamics<const N: usize> {
    /// Acceleration in the Earth-fixed frame, m/s², and its derivative with respect to the state (3 × N).
    fn acceleration<S: Real>(&self, state: &SVector<S, N>) -> (Vector3<S>, SMatrix<S, 3, N>);

    /// Rates of the states beyond the sixth and their derivative with respect to the state; the first six rows are not read.
    ///
    /// None, the default, where those states are constant but for a random walk.
    fn further_rates<S: Real>(&self, _state: &SVector<S, N>) -> Option<(SVector<S, N>, SMatrix<S, N, N>)> {
        None
    }

    /// The transition matrix over `seconds`, of a model that is linear: no integration, no error. None, the default, for
    /// others.
    fn linear_transition(&self, _seconds: f64) -> Option<SMatrix<f64, N, N>> {
        None
    }

    /// Covariance that the model's noise adds over `seconds`.
    fn process_noise(&self, seconds: f64) -> SMatrix<f64, N, N>;
}

pub(crate) fn position<const N: usize, S: Real>(state: &SVector<S, N>) -> Vector3<S> {
    Vector3::new(state[0], state[1], state[2])
}

pub(crate) fn velocity<const N: usize, S: Real>(state: &SVector<S, N>) -> Vector3<S> {
    Vector3::new(state[3], state[4], state[5])
}

/// Length of a vector, never nothing, so that it may divide.
pub(super) fn length<S: Real>(vector: &Vector3<S>) -> S {
    vector.dot(vector).sqrt().max(S::splat(f64::MIN_POSITIVE))
}

/// The matrix that multiplies as the cross product does: `cross_matrix(a) * b = a × b`.
pub(super) fn cross_matrix<S: Real>(vector: &Vector3<S>) -> Matrix3<S> {
    let (zero, [x, y, z]) = (S::zero(), [vector.x, vector.y, vector.z]);
    Matrix3::new(zero, -z, y, z, zero, -x, -y, x, zero)
}
