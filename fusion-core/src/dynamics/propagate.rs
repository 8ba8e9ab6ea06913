//! Propagation of a state and its transition matrix through time.

use super::Dynamics;
use crate::math::real::{Real, identity, zeros};
use nalgebra::{SMatrix, SVector, Vector3};

/// Longest Runge-Kutta step outside the air, s: 0.2 mm of error in a step on a suborbital path.
pub const LONGEST_STEP_S: f64 = 20.0;

/// More steps than any span needs: beyond them they get longer, so that every call ends.
const MOST_STEPS: f64 = 1e6;

/// Carries a state over `seconds` (negative goes back) and gives the transition matrix with it.
///
/// Fixed-step fourth-order Runge-Kutta on the state and its variational equations, in equal steps no longer than
/// `longest_step_s`; a linear model's own transition, however long the span. Not for motion through dense air in steps
/// above a second.
pub fn propagate<const N: usize, S: Real>(
    model: &impl Dynamics<N>,
    state: &SVector<S, N>,
    seconds: f64,
    longest_step_s: f64,
) -> (SVector<S, N>, SMatrix<S, N, N>) {
    if let Some(transition) = model.linear_transition(seconds) {
        let transition = transition.map(S::splat);
        return (transition * state, transition);
    }
    let (count, step_s) = equal_steps(seconds, longest_step_s);
    let mut state = *state;
    let mut transition = identity();
    for _ in 0..count {
        (state, transition) = step(model, &state, &transition, step_s);
    }
    (state, transition)
}

/// Carries a state as [`propagate`] does, to the same bits, without its transition matrix: what sigma points need.
pub fn propagate_state<const N: usize, S: Real>(
    model: &impl Dynamics<N>,
    state: &SVector<S, N>,
    seconds: f64,
    longest_step_s: f64,
) -> SVector<S, N> {
    if let Some(transition) = model.linear_transition(seconds) {
        return transition.map(S::splat) * state;
    }
    let (count, step_s) = equal_steps(seconds, longest_step_s);
    let (whole, half, sixth, two) =
        (S::splat(step_s), S::splat(0.5 * step_s), S::splat(step_s / 6.0), S::splat(2.0));
    let rate = |state: &SVector<S, N>| {
        let further = model.further_rates(state).map(|(further, _)| further);
        state_rate(state, &model.acceleration(state).0, further)
    };
    let mut state = *state;
    for _ in 0..count {
        let k1 = rate(&state);
        let k2 = rate(&(state + k1 * half));
        let k3 = rate(&(state + k2 * half));
        let k4 = rate(&(state + k3 * whole));
        state += (k1 + (k2 + k3) * two + k4) * sixth;
    }
    state
}

/// How many equal steps a span takes, and how long each is, s.
pub(crate) fn equal_steps(seconds: f64, longest_step_s: f64) -> (u64, f64) {
    let count = libm::ceil(seconds.abs() / longest_step_s).clamp(1.0, MOST_STEPS);
    (count as u64, seconds / count)
}

/// Position's rate is velocity, velocity's the acceleration, that of the rest nothing or what a model says.
fn state_rate<const N: usize, S: Real>(
    state: &SVector<S, N>,
    acceleration_m_s2: &Vector3<S>,
    further: Option<SVector<S, N>>,
) -> SVector<S, N> {
    let mut rate = further.unwrap_or_else(zeros::<S, N, 1>);
    for axis in 0..3 {
        rate[axis] = state[axis + 3];
        rate[axis + 3] = acceleration_m_s2[axis];
    }
    rate
}

/// One Runge-Kutta step of `seconds` of a state and of the transition matrix that led to it.
pub fn step<const N: usize, S: Real>(
    model: &impl Dynamics<N>,
    state: &SVector<S, N>,
    transition: &SMatrix<S, N, N>,
    seconds: f64,
) -> (SVector<S, N>, SMatrix<S, N, N>) {
    let (whole, half, sixth, two) =
        (S::splat(seconds), S::splat(0.5 * seconds), S::splat(seconds / 6.0), S::splat(2.0));
    let (k1, m1) = rates(model, state, transition);
    let (k2, m2) = rates(model, &(state + k1 * half), &(transition + m1 * half));
    let (k3, m3) = rates(model, &(state + k2 * half), &(transition + m2 * half));
    let (k4, m4) = rates(model, &(state + k3 * whole), &(transition + m3 * whole));
    (state + (k1 + (k2 + k3) * two + k4) * sixth, transition + (m1 + (m2 + m3) * two + m4) * sixth)
}

/// Derivatives of state and transition matrix: position's is velocity, velocity's the acceleration, the rest as the model
/// says.
pub(super) fn rates<const N: usize, S: Real>(
    model: &impl Dynamics<N>,
    state: &SVector<S, N>,
    transition: &SMatrix<S, N, N>,
) -> (SVector<S, N>, SMatrix<S, N, N>) {
    let (acceleration_m_s2, jacobian) = model.acceleration(state);
    let mut transition_rate = zeros::<S, N, N>();
    transition_rate.fixed_rows_mut::<3>(0).copy_from(&transition.fixed_rows::<3>(3));
    transition_rate.fixed_rows_mut::<3>(3).copy_from(&(jacobian * transition));
    let further = model.further_rates(state).map(|(further, jacobian)| {
        let by_state = jacobian * transition;
        for row in 6..N {
            transition_rate.set_row(row, &by_state.row(row));
        }
        further
    });
    (state_rate(state, &acceleration_m_s2, further), transition_rate)
}

#[cfg(test)]
mod tests {
    use super::super::{Coast, Reentry, ThrustAlongVelocity};
    use super::*;
    use crate::types::{Geodetic, ecef_from_geodetic};

    fn falling_state() -> SVector<f64, 7> {
        let position_m = ecef_from_geodetic(Geodetic::from_degrees(39.0, 160.0, 90_000.0));
        let velocity_m_s = -position_m.normalize() * 2_500.0 + Vector3::new(-2_000.0, -900.0, 100.0);
        SVector::from_iterator(
            position_m.iter().chain(velocity_m_s.iter()).copied().chain([-libm::log(5_000.0)]),
        )
    }

    #[test]
    fn a_state_alone_goes_where_it_goes_with_its_transition() {
        let model = Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };
        let state = falling_state();
        assert_eq!(propagate_state(&model, &state, 7.3, 0.25), propagate(&model, &state, 7.3, 0.25).0);
        let boost =
            ThrustAlongVelocity { density_m2_s3: 1.0, thrust_density_m2_s5: 1.0, growth_density_1_s3: 1e-6 };
        let burning = state.fixed_rows::<6>(0).push(30.0).push(0.01);
        assert_eq!(propagate_state(&boost, &burning, 7.3, 0.25), propagate(&boost, &burning, 7.3, 0.25).0);
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
