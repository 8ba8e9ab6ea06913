//! What the models must have in common with nature.

use super::gravity::{
    EARTH_GRAVITATIONAL_PARAMETER_M3_S2, EARTH_J2, apparent_acceleration, gravitational_acceleration,
};
use super::{CoordinatedTurn, LiftingReentry, Reentry, ThrustAlongVelocity, propagate, transition};
use crate::types::{
    EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, Geodetic, ecef_from_enu, ecef_from_geodetic,
    geodetic_from_ecef,
};
use nalgebra::{SVector, Vector3, Vector4};

const LIFTING: LiftingReentry =
    LiftingReentry { density_m2_s3: 0.0, log_density_1_s: 0.0, lift_density_m4_kg2_s: 0.0 };
const THRUST: ThrustAlongVelocity =
    ThrustAlongVelocity { density_m2_s3: 0.0, thrust_density_m2_s5: 0.0, growth_density_1_s3: 0.0 };

fn state<const N: usize>(place: Geodetic, enu_m_s: [f64; 3], further: &[f64]) -> SVector<f64, N> {
    let position_m = ecef_from_geodetic(place);
    let velocity_m_s = ecef_from_enu(place) * Vector3::from(enu_m_s);
    SVector::from_iterator(position_m.iter().chain(velocity_m_s.iter()).chain(further).copied())
}

fn parts<const N: usize>(state: &SVector<f64, N>) -> (Vector3<f64>, Vector3<f64>) {
    (state.fixed_rows::<3>(0).into(), state.fixed_rows::<3>(3).into())
}

/// East, north, up.
fn local_velocity<const N: usize>(state: &SVector<f64, N>) -> Vector3<f64> {
    let (position_m, velocity_m_s) = parts(state);
    ecef_from_enu(geodetic_from_ecef(&position_m)).transpose() * velocity_m_s
}

/// What gravity and the rotation leave alone, J/kg: kinetic energy and the potentials of both.
fn energy<const N: usize>(state: &SVector<f64, N>) -> f64 {
    let (position_m, velocity_m_s) = parts(state);
    let radius_m = position_m.norm();
    let sine = position_m.z / radius_m;
    let flattening = EARTH_RADIUS_EQUATORIAL_M / radius_m;
    let gravity = -EARTH_GRAVITATIONAL_PARAMETER_M3_S2 / radius_m
        * (1.0 - EARTH_J2 * flattening * flattening * (1.5 * sine * sine - 0.5));
    let axis_m2 = position_m.xy().norm_squared();
    let rotation = -0.5 * EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S * axis_m2;
    0.5 * velocity_m_s.norm_squared() + gravity + rotation
}

/// North at 2,000 m/s, 30 km up, falling 5 degrees, with 30 s of lift and a given drag.
fn after_lift(log_area: f64, turn_m2_kg: f64, climb_m2_kg: f64) -> [SVector<f64, 9>; 2] {
    let place = Geodetic::from_degrees(-36.0, -125.0, 30e3);
    let before = state::<9>(place, [0.0, 1_992.4, -174.3], &[log_area, turn_m2_kg, climb_m2_kg]);
    [before, propagate(&LIFTING, &before, 30.0, 0.05).0]
}

#[test]
fn lift_turns_the_velocity_and_does_no_work() {
    // ln(Cd A / m) of -60 is no drag.
    let [_, without] = after_lift(-60.0, 0.0, 0.0);
    for (turn, climb) in [(3e-4, 0.0), (0.0, 3e-4), (-2e-4, 2e-4)] {
        let [before, after] = after_lift(-60.0, turn, climb);
        let turned_rad = parts(&without).1.angle(&parts(&after).1);
        assert!(turned_rad > 0.1, "{turned_rad} rad");
        let lost = (energy(&after) - energy(&before)) / (0.5 * parts(&before).1.norm_squared());
        assert!(lost.abs() < 1e-9, "turn {turn}, climb {climb}: {lost:e} of the kinetic energy");
    }
    // Drag does work: a tenth of the kinetic energy and more.
    let [before, after] = after_lift(-libm::log(5_000.0), 0.0, 3e-4);
    assert!(energy(&after) - energy(&before) < -1e5);
}

#[test]
fn turn_is_to_the_right_and_climb_is_upwards() {
    let [_, straight] = after_lift(-60.0, 0.0, 0.0);
    let [_, turned] = after_lift(-60.0, 3e-4, 0.0);
    let [_, climbed] = after_lift(-60.0, 0.0, 3e-4);
    let by_turn = local_velocity(&turned) - local_velocity(&straight);
    let by_climb = local_velocity(&climbed) - local_velocity(&straight);
    // North bound: the right hand is east.
    assert!(by_turn.x > 200.0 && by_turn.z.abs() < 0.1 * by_turn.x, "{by_turn}");
    assert!(by_climb.z > 200.0 && by_climb.x.abs() < 0.1 * by_climb.z, "{by_climb}");
}

#[test]
fn without_lift_it_is_the_model_without_lift() {
    let [before, after] = after_lift(-libm::log(5_000.0), 0.0, 0.0);
    let plain = Reentry { density_m2_s3: 0.0, log_density_1_s: 0.0 };
    let (expected, _) = propagate(&plain, &before.fixed_rows::<7>(0).into(), 30.0, 0.05);
    assert!((after.fixed_rows::<7>(0) - expected).norm() < 1e-7);
}

#[test]
fn thrust_that_grows_gains_the_speed_of_the_rocket_equation() {
    // 15 m/s² and an exhaust of 2,250 m/s: 0.4 of the mass is gone after 60 s.
    let (thrust_m_s2, growth_1_s, burn_s) = (15.0, 1.0 / 150.0, 60.0);
    let place = Geodetic::from_degrees(40.0, -70.0, 2e3);
    let mut now = state::<8>(place, [300.0, 400.0, 700.0], &[thrust_m_s2, growth_1_s]);
    let before_m_s = parts(&now).1.norm();
    let step_s = 0.05;
    let mut by_gravity_m_s = 0.0;
    let along = |now: &SVector<f64, 8>| {
        let (position_m, velocity_m_s) = parts(now);
        let free =
            gravitational_acceleration(&position_m) + apparent_acceleration(&position_m, &velocity_m_s);
        free.dot(&velocity_m_s) / velocity_m_s.norm()
    };
    for _ in 0..1_200 {
        let next = propagate(&THRUST, &now, step_s, step_s).0;
        by_gravity_m_s += 0.5 * step_s * (along(&now) + along(&next));
        now = next;
    }
    let gained_m_s = parts(&now).1.norm() - before_m_s - by_gravity_m_s;
    let left = 1.0 - growth_1_s * burn_s;
    let rocket_m_s = -thrust_m_s2 / growth_1_s * libm::log(left);
    assert!((rocket_m_s - 1_149.36).abs() < 0.01);
    assert!((gained_m_s - rocket_m_s).abs() < 1e-3, "{gained_m_s} against {rocket_m_s} m/s");
    assert!((now[6] - thrust_m_s2 / left).abs() < 1e-7 && (now[7] - growth_1_s / left).abs() < 1e-10);
    // Without growth the thrust acceleration stays as it is, to the bit.
    let constant = state::<8>(place, [300.0, 400.0, 700.0], &[thrust_m_s2, 0.0]);
    assert_eq!(propagate(&THRUST, &constant, burn_s, 0.5).0.fixed_rows::<2>(6), constant.fixed_rows::<2>(6));
}

#[test]
fn a_coordinated_turn_is_the_planar_one_about_the_local_vertical() {
    let model = CoordinatedTurn { density_m2_s3: 0.0, turn_density_rad2_s3: 0.0 };
    for (latitude_deg, longitude_deg) in [(40.0, 50.0), (-40.0, -140.0), (89.9, 10.0), (-0.1, 170.0)] {
        let place = Geodetic::from_degrees(latitude_deg, longitude_deg, 1e4);
        for rate_rad_s in [0.05, -0.05] {
            let start = state::<7>(place, [200.0, 100.0, 0.0], &[rate_rad_s]);
            let (after, _) = propagate(&model, &start, 40.0, 0.5);
            let planar = transition::known_turn(40.0, rate_rad_s) * Vector4::new(0.0, 200.0, 0.0, 100.0);
            let offset_m = ecef_from_enu(place).transpose() * (parts(&after).0 - parts(&start).0);
            // Over a circle of 9 km the vertical leans by a milliradian.
            let error_m = (offset_m - Vector3::new(planar[0], planar[2], 0.0)).norm();
            assert!(error_m < 10.0, "{latitude_deg} {rate_rad_s}: {error_m} m at {offset_m}");
            assert!((parts(&after).1.norm() - parts(&start).1.norm()).abs() < 1e-6);
        }
    }
}
