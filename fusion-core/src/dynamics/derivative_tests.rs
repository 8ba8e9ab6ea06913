//! Every model's derivative and transition matrix against central differences, in all eight octants.

use super::propagate::rates;
use super::{
    Boost, Coast, ConstantAcceleration, ConstantVelocity, CoordinatedTurn, Dynamics, LiftingReentry, Reentry,
    Singer, ThrustAlongVelocity, propagate, step,
};
use nalgebra::{SMatrix, SVector, Vector3};

const COAST: Coast = Coast { density_m2_s3: 1.0 };
const BOOST: Boost = Boost { density_m2_s5: 1.0 };
const THRUST: ThrustAlongVelocity =
    ThrustAlongVelocity { density_m2_s3: 1.0, thrust_density_m2_s5: 1.0, growth_density_1_s3: 1.0 };
const REENTRY: Reentry = Reentry { density_m2_s3: 1.0, log_density_1_s: 0.0 };
const LIFTING: LiftingReentry =
    LiftingReentry { density_m2_s3: 1.0, log_density_1_s: 0.0, lift_density_m4_kg2_s: 0.0 };
const STRAIGHT: ConstantVelocity = ConstantVelocity { density_m2_s3: 1.0 };
const ACCELERATED: ConstantAcceleration = ConstantAcceleration { density_m2_s5: 1.0 };
const SINGER: Singer = Singer { damping_1_s: 0.05, density_m2_s5: 1.0 };
const TURN: CoordinatedTurn = CoordinatedTurn { density_m2_s3: 1.0, turn_density_rad2_s3: 1.0 };

/// What a model has beyond position and velocity: a value to be at, and a step for the difference. Steps are sizes of
/// their own, never shares of a coordinate, which may be negative or nothing.
type Further<'a> = &'a [(f64, f64)];

const ACCELERATION: Further<'_> = &[(30.0, 0.1), (-10.0, 0.1), (5.0, 0.1)];
const LOG_AREA: (f64, f64) = (-8.5, 1e-4);
const LIFTS: Further<'_> = &[LOG_AREA, (1.5e-4, 1e-6), (-2.5e-4, 1e-6)];

/// Low in the air, high in it, above it, and at geosynchronous radius.
const RADII_M: [f64; 6] = [6.372e6, 6.39e6, 6.41e6, 6.5e6, 7.645e6, 42.164e6];
/// The same without those from which a missile would be underground before the end of a span.
const HIGH_RADII_M: [f64; 4] = [6.41e6, 6.5e6, 7.645e6, 42.164e6];

/// A state in each octant at each radius.
fn states<const N: usize, const R: usize>(
    radii_m: [f64; R],
    further: Further<'_>,
) -> impl Iterator<Item = (String, SVector<f64, N>)> {
    let places = (0..8).flat_map(move |octant| radii_m.map(|radius_m| (octant, radius_m)));
    places.map(move |(octant, radius_m)| {
        let sign = |bit: usize| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
        let place = Vector3::new(0.55 * sign(0), 0.6 * sign(1), 0.58 * sign(2)).normalize() * radius_m;
        let parts = place.iter().copied().chain([-2_100.0, 1_500.0, 900.0]);
        let parts = parts.chain(further.iter().map(|(value, _)| *value));
        (format!("octant {octant}, radius {radius_m} m"), SVector::from_iterator(parts))
    })
}

/// The step of a column's difference: 10 m, 0.1 m/s, or what the further state has.
fn step_size(column: usize, further: Further<'_>) -> f64 {
    match column {
        0..3 => 10.0,
        3..6 => 0.1,
        _ => further[column - 6].1,
    }
}

/// The derivative of a function of the state by central differences.
fn differences<const N: usize>(
    function: impl Fn(&SVector<f64, N>) -> SVector<f64, N>,
    state: &SVector<f64, N>,
    further: Further<'_>,
) -> SMatrix<f64, N, N> {
    let mut by_state = SMatrix::<f64, N, N>::zeros();
    for column in 0..N {
        let size = step_size(column, further);
        let (mut forward, mut backward) = (*state, *state);
        forward[column] += size;
        backward[column] -= size;
        by_state.set_column(column, &((function(&forward) - function(&backward)) / (2.0 * size)));
    }
    by_state
}

/// Compares the analytic derivative of all rates.
fn check<const N: usize>(model: &impl Dynamics<N>, further: Further<'_>) {
    for (place, state) in states(RADII_M, further) {
        let (_, jacobian) = rates(model, &state, &SMatrix::identity());
        let expected = differences(|state| rates(model, state, &SMatrix::identity()).0, &state, further);
        for column in 0..N {
            let error = (jacobian.column(column) - expected.column(column)).norm();
            let scale = expected.column(column).norm() * 1e-5 + 2e-11;
            assert!(error < scale, "{place}, column {column}: {error:e} above {scale:e}");
        }
    }
}

/// Compares the transition matrix over ten seconds, three rows at a time, as their units differ.
fn check_transition<const N: usize>(model: &impl Dynamics<N>, further: Further<'_>) {
    for (place, state) in states(HIGH_RADII_M, further) {
        let flow = |state: &SVector<f64, N>| propagate(model, state, 10.0, 0.5).0;
        let transition = propagate(model, &state, 10.0, 0.5).1;
        let expected = differences(flow, &state, further);
        for column in 0..N {
            for first in (0..N).step_by(3) {
                let size = (3.min(N - first), 1);
                let expected = expected.view((first, column), size);
                let error = (transition.view((first, column), size) - expected).norm();
                // Positions of 42,000 km have steps of 7e-9 m, velocities of 3 km/s such of 5e-13 m/s.
                let rounding = [5e-8, 5e-12, 5e-14][first / 3] / step_size(column, further);
                let scale = 1e-5 * expected.norm() + rounding;
                assert!(error < scale, "{place}, rows {first}, column {column}: {error:e} above {scale:e}");
            }
        }
    }
}

#[test]
fn derivatives_of_missiles_match_central_differences_in_every_octant() {
    check(&BOOST, ACCELERATION);
    check(&THRUST, &[(30.0, 0.1), (0.006, 1e-5)]);
    check(&COAST, &[]);
    check(&REENTRY, &[LOG_AREA]);
    check(&LIFTING, LIFTS);
}

#[test]
fn derivatives_of_aircraft_match_central_differences_in_every_octant() {
    check(&STRAIGHT, &[]);
    check(&ACCELERATED, ACCELERATION);
    check(&SINGER, ACCELERATION);
    check(&TURN, &[(0.05, 1e-4)]);
    check(&TURN, &[(-0.05, 1e-4)]);
}

#[test]
fn transitions_match_central_differences_of_the_flow_in_every_octant() {
    check_transition(&BOOST, ACCELERATION);
    check_transition(&THRUST, &[(30.0, 0.1), (0.006, 1e-5)]);
    check_transition(&LIFTING, LIFTS);
    check_transition(&SINGER, ACCELERATION);
    check_transition(&TURN, &[(0.05, 1e-4)]);
}

#[test]
fn a_linear_models_transition_is_what_small_steps_lead_to() {
    fn check<const N: usize>(model: &impl Dynamics<N>, further: Further<'_>) {
        for (place, state) in states(RADII_M, further) {
            let (after, transition) = propagate(model, &state, 8.0, f64::INFINITY);
            let mut small = (state, SMatrix::identity());
            for _ in 0..80 {
                small = step(model, &small.0, &small.1, 0.1);
            }
            assert!((after - small.0).norm() < 1e-6, "{place}: {:e}", (after - small.0).norm());
            assert!((transition - small.1).amax() < 1e-9, "{place}: {:e}", (transition - small.1).amax());
        }
    }
    check(&STRAIGHT, &[]);
    check(&ACCELERATED, ACCELERATION);
    check(&SINGER, ACCELERATION);
}
