use super::boost::Boost;
use super::integrate::integrate;
use super::solve::TOLERANCE;
use super::trajectory::free_flight;
use super::*;
use fusion_core::dynamics::gravity::{
    EARTH_GRAVITATIONAL_PARAMETER_M3_S2 as MU, EARTH_J2, apparent_acceleration,
};
use fusion_core::types::{
    EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, Geodetic, ecef_from_geodetic, geodetic_from_ecef,
};
use nalgebra::{Vector3, Vector6};
use std::ops::ControlFlow;

fn overflight() -> FlightPlan {
    FlightPlan {
        launch: Geodetic::from_degrees(39.2, 125.673, 0.0),
        azimuth_rad: 72_f64.to_radians(),
        apogee_m: 800e3,
        range_m: 3_700e3,
        boost_s: 145.0,
        ballistic_coefficient_kg_m2: 5_000.0,
    }
}

fn lofted() -> FlightPlan {
    FlightPlan { apogee_m: 6_040.9e3, range_m: 999.2e3, boost_s: 290.0, ..overflight() }
}

fn short() -> FlightPlan {
    FlightPlan { apogee_m: 100e3, range_m: 400e3, boost_s: 70.0, ..overflight() }
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

fn worst_drift(derivative: impl Fn(&Vector6<f64>) -> Vector6<f64>, j2: f64, kept: usize) -> f64 {
    let mut start = Vector6::zeros();
    let launch_m = ecef_from_geodetic(Geodetic::from_degrees(39.2, 125.673, 400e3));
    start.fixed_rows_mut::<3>(0).copy_from(&launch_m);
    start
        .fixed_rows_mut::<3>(3)
        .copy_from(&(launch_m.normalize() * 2_000.0 + Vector3::new(-3e3, -1e3, 2.2e3)));
    let before = invariants(&start, j2);
    let radius_m = EARTH_RADIUS_EQUATORIAL_M;
    let allowed = Vector6::new(radius_m, radius_m, radius_m, 7_905.0, 7_905.0, 7_905.0) * TOLERANCE;
    let mut worst: f64 = 0.0;
    integrate(
        |_, state| derivative(state),
        (0.0, start),
        900.0,
        &allowed,
        |step| {
            let after = invariants(&step.at(step.end_s()), j2);
            for (left, right) in before.iter().zip(after).take(kept) {
                worst = worst.max((right / left - 1.0).abs());
            }
            ControlFlow::Continue(())
        },
    )
    .expect("a coast");
    worst
}

#[test]
fn a_coast_keeps_energy_and_angular_momentum_in_the_inertial_frame() {
    let point_mass = |state: &Vector6<f64>| {
        let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
        let velocity_m_s: Vector3<f64> = state.fixed_rows::<3>(3).into();
        let radius_m = position_m.norm();
        let acceleration_m_s2 = position_m * (-MU / (radius_m * radius_m * radius_m))
            + apparent_acceleration(&position_m, &velocity_m_s);
        let mut slope = Vector6::zeros();
        slope.fixed_rows_mut::<3>(0).copy_from(&velocity_m_s);
        slope.fixed_rows_mut::<3>(3).copy_from(&acceleration_m_s2);
        slope
    };
    let worst = worst_drift(point_mass, 0.0, 3);
    assert!(worst < 1e-9, "point mass: {worst:e}");
    // With J2 the energy and the axial momentum stay, above the air, for the very equations that flights use.
    let worst = worst_drift(|state| free_flight(state, 5_000.0), EARTH_J2, 2);
    assert!(worst < 1e-9, "with J2: {worst:e}");
}

#[test]
fn half_the_tolerance_moves_the_impact_by_less_than_a_metre() {
    for plan in [overflight(), lofted(), short()] {
        let fine = Flight::solve_with(&plan, TOLERANCE).expect("a flight");
        let (speed, angle) = (fine.trajectory().burnout_speed_m_s(), fine.trajectory().burnout_angle_rad());
        let again = |tolerance: f64| {
            let small_m = tolerance * EARTH_RADIUS_EQUATORIAL_M;
            let boost = Boost::new(plan.launch, plan.azimuth_rad, plan.boost_s, speed, angle, small_m)
                .expect("a burn");
            Trajectory::fly(boost, plan.launch, plan.azimuth_rad, 5_000.0, tolerance).expect("a flight")
        };
        let (normal, half, finest) = (again(TOLERANCE), again(TOLERANCE / 2.0), again(TOLERANCE / 1e3));
        let place = |trajectory: &Trajectory| ecef_from_geodetic(trajectory.impact());
        let moved_m = (place(&normal) - place(&half)).norm();
        let error_m = (place(&normal) - place(&finest)).norm();
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
    for time_s in [1.0, 10.0, 14.4, 14.6, 80.0, 144.9, 145.1, 400.0, 700.0, 1_050.0, 1_100.0, 1_140.0] {
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
    assert!((velocity_m_s.norm() - trajectory.burnout_speed_m_s()).abs() < 1e-6);
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
                let plan = FlightPlan {
                    launch: Geodetic::from_degrees(latitude_deg, 125.0, 100.0),
                    azimuth_rad: f64::to_radians(azimuth_deg),
                    apogee_m: apogee_km * 1e3,
                    range_m: range_km * 1e3,
                    boost_s,
                    ballistic_coefficient_kg_m2: 5_000.0,
                };
                if let Err(error) = Flight::solve(&plan) {
                    panic!("{azimuth_deg} deg {apogee_km} km {range_km} km from {latitude_deg}: {error}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_flown_says_why() {
    let refuse = |plan: FlightPlan| Flight::solve(&plan).expect_err("not a flight");
    let low = refuse(FlightPlan { apogee_m: 60e3, range_m: 2_000e3, boost_s: 200.0, ..overflight() });
    assert!(matches!(low, FlightError::ApogeeBelowBurnout { .. }), "{low}");
    let long = refuse(FlightPlan { apogee_m: 60e3, range_m: 15_000e3, boost_s: 10.0, ..overflight() });
    assert!(matches!(long, FlightError::RangeTooLong { .. }), "{long}");
    for (plan, key) in [
        (FlightPlan { range_m: f64::NAN, ..overflight() }, "range_km"),
        (FlightPlan { apogee_m: f64::INFINITY, ..overflight() }, "apogee_km"),
        (FlightPlan { boost_s: -1.0, ..overflight() }, "boost_s"),
        (FlightPlan { ballistic_coefficient_kg_m2: 0.0, ..overflight() }, "ballistic_coefficient_kg_m2"),
        (FlightPlan { azimuth_rad: 7.0, ..overflight() }, "azimuth_deg"),
    ] {
        let error = refuse(plan);
        let FlightError::OutOfRange { key: found, allowed, .. } = &error else { panic!("{error}") };
        assert_eq!(*found, key);
        assert!(error.to_string().contains(allowed));
    }
}
