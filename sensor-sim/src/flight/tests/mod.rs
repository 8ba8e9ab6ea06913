//! Flights of one stage: coasts, steps, phases, the solver.

#![expect(clippy::print_stdout, reason = "figures for whoever runs the tests with --nocapture")]

mod bodies;
mod gravity_turn;
mod pull_up;

use super::leg::{Motion, falling, fly_freely, join};
use super::solve::TOLERANCE;
use super::*;
use fusion_core::dynamics::gravity::{
    EARTH_GRAVITATIONAL_PARAMETER_M3_S2 as MU, EARTH_J2, apparent_acceleration,
};
use fusion_core::types::{
    EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, Geodetic, ecef_from_geodetic, geodetic_from_ecef,
};
use nalgebra::{Vector3, Vector6};

fn plan(apogee_km: f64, range_km: f64, boost_s: f64) -> FlightPlan {
    let sunan = Geodetic::from_degrees(39.2, 125.673, 0.0);
    let azimuth_rad = 72_f64.to_radians();
    FlightPlan::single_stage(sunan, azimuth_rad, apogee_km * 1e3, range_km * 1e3, boost_s, 5_000.0)
}

fn overflight() -> FlightPlan {
    plan(800.0, 3_700.0, 145.0)
}

fn lofted() -> FlightPlan {
    plan(6_040.9, 999.2, 290.0)
}

fn short() -> FlightPlan {
    plan(100.0, 400.0, 70.0)
}

fn linear(plan: FlightPlan) -> FlightPlan {
    FlightPlan { profile: BoostProfile::LinearPitch, ..plan }
}

fn with_boost(plan: FlightPlan, boost_s: f64) -> FlightPlan {
    FlightPlan { stages: vec![StagePlan::only(boost_s)], ..plan }
}

/// Energy and angular momentum (its norm and axial part) in an inertial frame that coincides with the Earth's now.
fn invariants(state: &Vector6<f64>, j2: f64) -> [f64; 3] {
    let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
    let fixed_m_s: Vector3<f64> = state.fixed_rows::<3>(3).into();
    let velocity_m_s = fixed_m_s + Vector3::new(0.0, 0.0, EARTH_ROTATION_RAD_S).cross(&position_m);
    let (radius_m, sine) = (position_m.norm(), position_m.z / position_m.norm());
    let flattening = j2 * (EARTH_RADIUS_EQUATORIAL_M / radius_m) * (EARTH_RADIUS_EQUATORIAL_M / radius_m);
    let potential = -MU / radius_m * (1.0 - flattening * (1.5 * sine * sine - 0.5));
    let momentum = position_m.cross(&velocity_m_s);
    [0.5 * velocity_m_s.norm_squared() + potential, momentum.z, momentum.norm()]
}

fn worst_drift(force: impl Fn(&Vector3<f64>, &Vector3<f64>) -> Vector3<f64>, j2: f64, kept: usize) -> f64 {
    let launch_m = ecef_from_geodetic(Geodetic::from_degrees(39.2, 125.673, 400e3));
    let start = join(&launch_m, &(launch_m.normalize() * 2_000.0 + Vector3::new(-3e3, -1e3, 2.2e3)));
    let before = invariants(&start, j2);
    let (leg, _) = fly_freely(force, (0.0, start), 900.0, |_| 1.0, TOLERANCE).expect("a coast");
    let Motion::Free(steps) = leg.motion else { panic!("not free") };
    let mut worst: f64 = 0.0;
    for step in steps {
        let after = invariants(&step.at(step.end_s()), j2);
        for (left, right) in before.iter().zip(after).take(kept) {
            worst = worst.max((right / left - 1.0).abs());
        }
    }
    worst
}

#[test]
fn a_coast_keeps_energy_and_angular_momentum_in_the_inertial_frame() {
    let point_mass = |position_m: &Vector3<f64>, velocity_m_s: &Vector3<f64>| {
        let radius_m = position_m.norm();
        position_m * (-MU / (radius_m * radius_m * radius_m))
            + apparent_acceleration(position_m, velocity_m_s)
    };
    let worst = worst_drift(point_mass, 0.0, 3);
    assert!(worst < 1e-9, "point mass: {worst:e}");
    // With J2 the energy and the axial momentum stay, above the air, for the very equations that flights use.
    let worst = worst_drift(|place, velocity| falling(place, velocity, 5_000.0, None), EARTH_J2, 2);
    assert!(worst < 1e-9, "with J2: {worst:e}");
}

/// The steps go with the fifth root of the tolerance: a 32nd of it halves them.
#[test]
fn half_the_step_moves_the_impact_by_less_than_a_metre() {
    let staged = [bodies::three_stages(), bodies::two_stages_lofted(), pull_up::quasi_ballistic()];
    let plain = [overflight(), lofted(), short()];
    for plan in plain.clone().into_iter().chain(plain.map(linear)).chain(staged) {
        let flight = Flight::solve(&plan).expect("a flight");
        let again = |tolerance: f64| plan.fly(flight.point(), tolerance).expect("a flight");
        let (normal, half, finest) = (again(TOLERANCE), again(TOLERANCE / 32.0), again(TOLERANCE / 1e3));
        let place = |trajectory: &Trajectory| ecef_from_geodetic(trajectory.impact());
        let moved_m = (place(&normal) - place(&half)).norm();
        let error_m = (place(&normal) - place(&finest)).norm();
        println!("{:.0} km: {moved_m:.4} m with half the step, {error_m:.4} m", plan.range_m / 1e3);
        assert!(moved_m < 1.0 && error_m < 2.0, "{moved_m} m, {error_m} m");
        interpolation_agrees(&normal, &finest);
    }
}

/// The dense output between steps against a finer integration whose steps lie elsewhere.
fn interpolation_agrees(normal: &Trajectory, finest: &Trajectory) {
    let last_s = normal.impact_s().min(finest.impact_s());
    let (mut worst_m, mut worst_m_s) = (0.0_f64, 0.0_f64);
    for part in 0..=4_000 {
        let time_s = last_s * f64::from(part) / 4_000.0;
        let (left, right) =
            (normal.state_at(time_s).expect("flying"), finest.state_at(time_s).expect("flying"));
        worst_m = worst_m.max((left.position_m - right.position_m).norm());
        worst_m_s = worst_m_s.max((left.velocity_m_s - right.velocity_m_s).norm());
    }
    assert!(worst_m < 0.1 && worst_m_s < 0.01, "{worst_m} m, {worst_m_s} m/s");
}

#[test]
fn the_velocity_is_the_slope_of_the_position_in_all_phases() {
    let flight = Flight::solve(&overflight()).expect("a flight");
    let trajectory = flight.trajectory();
    let step_s = 1e-3;
    for time_s in
        [1.0, 7.2, 10.0, 14.4, 21.7, 21.8, 80.0, 144.9, 145.1, 400.0, 700.0, 1_050.0, 1_100.0, 1_140.0]
    {
        let position_m = |time_s| trajectory.state_at(time_s).expect("flying").position_m;
        let slope = (position_m(time_s + step_s) - position_m(time_s - step_s)) / (2.0 * step_s);
        let error = (slope - trajectory.state_at(time_s).expect("flying").velocity_m_s).norm();
        assert!(error < 0.01, "{time_s} s: {error} m/s");
    }
}

#[test]
fn phases_follow_one_another_and_the_ends_are_where_they_should_be() {
    let plan = FlightPlan { launch: Geodetic { height_m: 1_500.0, ..overflight().launch }, ..overflight() };
    let flight = Flight::solve(&plan).expect("a flight");
    let trajectory = flight.trajectory();
    let at = |time_s: f64| trajectory.state_at(time_s);
    assert_eq!(at(-1e-9), None);
    assert_eq!(at(trajectory.impact_s() + 1e-6), None);
    assert_eq!(at(f64::NAN), None);
    let start = at(0.0).expect("the launch");
    assert!((start.position_m - ecef_from_geodetic(plan.launch)).norm() < 1e-6);
    assert_eq!((start.velocity_m_s.norm(), start.phase), (0.0, Phase::Boost));
    assert_eq!(at(145.0).expect("burnout").phase, Phase::Coast);
    let end = at(trajectory.impact_s()).expect("the impact");
    assert!(geodetic_from_ecef(&end.position_m).height_m.abs() < 1e-3 && end.phase == Phase::Reentry);
    // Coast until 100 km on the way down, though the burn passes that height.
    let phases = (0..=trajectory.impact_s() as u32 * 10).filter_map(|tenth| at(f64::from(tenth) / 10.0));
    for state in phases {
        let height_m = geodetic_from_ecef(&state.position_m).height_m;
        assert_eq!(state.phase == Phase::Reentry, state.phase != Phase::Boost && height_m < 100e3);
    }
    // A short flight burns out below 100 km and coasts up through it.
    let low = Flight::solve(&short()).expect("a flight");
    let (burnout_m, _) = low.trajectory().burnout_state();
    assert!(geodetic_from_ecef(&burnout_m).height_m < 99e3);
    assert_eq!(low.trajectory().state_at(70.1).map(|state| state.phase), Some(Phase::Coast));
    // No jump of position at burnout, and the speed is the one asked for.
    let (position_m, velocity_m_s) = trajectory.burnout_state();
    let coast = at(145.0).expect("burnout");
    assert!(
        (coast.position_m - position_m).norm() < 1e-6 && (coast.velocity_m_s - velocity_m_s).norm() < 1e-9
    );
    assert!((velocity_m_s.norm() - flight.point().speed_m_s).abs() < 1e-6);
    let top = geodetic_from_ecef(&at(trajectory.apogee_s()).expect("flying").position_m);
    assert!((top.height_m - 800e3).abs() < 0.1 && (trajectory.range_m() - 3_700e3).abs() < 0.1);
}

#[test]
fn a_heavier_body_of_the_same_burn_falls_further() {
    let flight = Flight::solve(&overflight()).expect("a flight");
    let heavy = flight.with_ballistic_coefficient(6_000.0).expect("a flight");
    let same = flight.with_ballistic_coefficient(5_000.0).expect("a flight");
    assert_eq!(&same, flight.trajectory());
    assert_eq!(heavy.burnout_state(), same.burnout_state());
    assert!(heavy.range_m() > same.range_m() && heavy.impact_s() < same.impact_s());
    assert!(matches!(flight.with_ballistic_coefficient(f64::NAN), Err(FlightError::OutOfRange { .. })));
}

#[test]
fn flights_in_every_direction_and_size_are_found() {
    for azimuth_deg in [0.0, 45.0, 135.0, 180.0, 270.0, 315.0] {
        for (apogee_km, range_km, boost_s) in [
            (100.0, 300.0, 60.0),
            (60.0, 400.0, 60.0),
            (300.0, 1_000.0, 90.0),
            (910.0, 450.0, 110.0),
            (1_200.0, 10_000.0, 180.0),
            (1_000.0, 13_000.0, 180.0),
            (250.0, 14_000.0, 120.0),
            (2_000.0, 200.0, 120.0),
            (6_000.0, 1_000.0, 290.0),
        ] {
            for latitude_deg in [39.2, 0.0, -70.0] {
                let launch = Geodetic::from_degrees(latitude_deg, 125.0, 100.0);
                let azimuth_rad = f64::to_radians(azimuth_deg);
                let plan = FlightPlan { launch, azimuth_rad, ..plan(apogee_km, range_km, boost_s) };
                for plan in [linear(plan.clone()), plan] {
                    if let Err(error) = Flight::solve(&plan) {
                        println!(
                            "{:?} {azimuth_deg} deg {apogee_km} km {range_km} km from {latitude_deg}: {error}",
                            plan.profile
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_flown_says_why() {
    let refuse = |plan: FlightPlan| Flight::solve(&plan).expect_err("not a flight");
    for profile in [BoostProfile::LinearPitch, BoostProfile::GravityTurn] {
        let low = refuse(FlightPlan { profile, ..plan(60.0, 2_000.0, 400.0) });
        assert!(matches!(low, FlightError::ApogeeBelowBurnout { .. }), "{profile:?}: {low}");
        let long = refuse(FlightPlan { profile, ..plan(60.0, 15_000.0, 10.0) });
        assert!(matches!(long, FlightError::RangeTooLong { .. }), "{profile:?}: {long}");
    }
    for (plan, key) in [
        (FlightPlan { range_m: f64::NAN, ..overflight() }, "range_km"),
        (FlightPlan { apogee_m: f64::INFINITY, ..overflight() }, "apogee_km"),
        (with_boost(overflight(), -1.0), "boost_s"),
        (FlightPlan { ballistic_coefficient_kg_m2: 0.0, ..overflight() }, "ballistic_coefficient_kg_m2"),
        (FlightPlan { azimuth_rad: 7.0, ..overflight() }, "azimuth_deg"),
    ] {
        refused_for(&plan, key);
    }
}

fn refused_for(plan: &FlightPlan, key: &str) {
    let error = Flight::solve(plan).expect_err("not a flight");
    let FlightError::OutOfRange { key: found, allowed, .. } = &error else { panic!("{error}") };
    assert_eq!(*found, key);
    assert!(error.to_string().contains(allowed));
}
