//! Propagation of a state and its transition matrix through time.

use super::Dynamics;
use nalgebra::{SMatrix, SVector};

/// Longest Runge-Kutta step outside the air, s: 0.2 mm of error in a step on a suborbital path.
pub const LONGEST_STEP_S: f64 = 20.0;

/// Carries a state over `seconds` (negative goes back) and gives the transition matrix with it.
///
/// Fixed-step fourth-order Runge-Kutta on the state and its variational equations, in equal steps no longer than
/// `longest_step_s`. Not for motion through dense air in steps above a second.
pub fn propagate<const N: usize>(
    model: &impl Dynamics<N>,
    state: &SVector<f64, N>,
    seconds: f64,
    longest_step_s: f64,
) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
    let steps = libm::ceil(seconds.abs() / longest_step_s).max(1.0);
    let step_s = seconds / steps;
    let mut state = *state;
    let mut transition = SMatrix::identity();
    for _ in 0..steps as u64 {
        (state, transition) = step(model, &state, &transition, step_s);
    }
    (state, transition)
}

/// One Runge-Kutta step of `seconds` of a state and of the transition matrix that led to it.
pub fn step<const N: usize>(
    model: &impl Dynamics<N>,
    state: &SVector<f64, N>,
    transition: &SMatrix<f64, N, N>,
    seconds: f64,
) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
    let half = 0.5 * seconds;
    let (k1, m1) = rates(model, state, transition);
    let (k2, m2) = rates(model, &(state + k1 * half), &(transition + m1 * half));
    let (k3, m3) = rates(model, &(state + k2 * half), &(transition + m2 * half));
    let (k4, m4) = rates(model, &(state + k3 * seconds), &(transition + m3 * seconds));
    let sixth = seconds / 6.0;
    (state + (k1 + (k2 + k3) * 2.0 + k4) * sixth, transition + (m1 + (m2 + m3) * 2.0 + m4) * sixth)
}

/// Derivatives of state and transition matrix: position's is velocity, velocity's the acceleration, the rest stays.
fn rates<const N: usize>(
    model: &impl Dynamics<N>,
    state: &SVector<f64, N>,
    transition: &SMatrix<f64, N, N>,
) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
    let (acceleration_m_s2, jacobian) = model.acceleration(state);
    let mut state_rate = SVector::<f64, N>::zeros();
    let mut transition_rate = SMatrix::<f64, N, N>::zeros();
    for axis in 0..3 {
        state_rate[axis] = state[axis + 3];
        state_rate[axis + 3] = acceleration_m_s2[axis];
    }
    transition_rate.fixed_rows_mut::<3>(0).copy_from(&transition.fixed_rows::<3>(3));
    transition_rate.fixed_rows_mut::<3>(3).copy_from(&(jacobian * transition));
    (state_rate, transition_rate)
}

#[cfg(test)]
mod tests {
    use super::super::{Coast, Reentry};
    use super::*;
    use crate::types::{Geodetic, ecef_from_geodetic};
    use nalgebra::Vector3;

    fn falling_state() -> SVector<f64, 7> {
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(39.0, 160.0, 90_000.0));
        let velocity_m_s = -position_m.normalize() * 2_500.0 + Vector3::new(-2_000.0, -900.0, 100.0);
        SVector::from_iterator(
            position_m.iter().chain(velocity_m_s.iter()).copied().chain([-libm::log(5_000.0)]),
        )
    }

    #[test]
    fn the_transition_matrix_is_the_derivative_of_the_flow() {
        let model = Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };
        let state = falling_state();
        let (_, transition) = propagate(&model, &state, 20.0, 0.25);
        for column in 0..7 {
            let size = [20.0, 20.0, 20.0, 0.05, 0.05, 0.05, 1e-4][column];
            let mut forward = state;
            forward[column] += size;
            let mut backward = state;
            backward[column] -= size;
            let difference = (propagate(&model, &forward, 20.0, 0.25).0
                - propagate(&model, &backward, 20.0, 0.25).0)
                / (2.0 * size);
            let error = (transition.column(column) - difference).norm();
            assert!(error < 1e-5 * difference.norm(), "column {column}: {error:e}");
        }
    }

    #[test]
    fn forward_and_back_is_where_one_began_and_long_steps_are_good_enough() {
        let model = Coast { density_m2_s3: 0.0 };
        let state: SVector<f64, 6> = falling_state().fixed_rows::<6>(0).into();
        let (there, _) = propagate(&model, &state, -600.0, LONGEST_STEP_S);
        let (back, _) = propagate(&model, &there, 600.0, LONGEST_STEP_S);
        assert!((back - state).norm() < 0.05, "{}", (back - state).norm());
        let (fine, _) = propagate(&model, &state, -600.0, 1.0);
        assert!((fine - there).norm() < 0.05, "{}", (fine - there).norm());
    }
}
