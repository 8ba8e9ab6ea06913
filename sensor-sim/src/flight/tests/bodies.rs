//! Stages that fall back, failures and break-ups.

use super::*;

pub fn three_stages() -> FlightPlan {
    let stage = |burn_s, pause_s, after_s| StagePlan {
        burn_s,
        pause_s,
        speed_share: 1.0,
        dropped: Some(Dropped { after_s, ballistic_coefficient_kg_m2: 400.0, separation_m_s: 5.0 }),
    };
    FlightPlan {
        stages: vec![stage(70.0, 4.0, 2.0), stage(60.0, 10.0, 10.0), stage(50.0, 0.0, 30.0)],
        ..plan(1_200.0, 8_000.0, 60.0)
    }
}

pub fn two_stages_lofted() -> FlightPlan {
    let stage = |burn_s, pause_s, speed_share| StagePlan { burn_s, pause_s, speed_share, dropped: None };
    FlightPlan { stages: vec![stage(145.0, 3.0, 1.0), stage(145.0, 0.0, 1.5)], ..lofted() }
}

fn nominal() -> Variation {
    Variation { ballistic_coefficient_kg_m2: 5_000.0, failure: None, kicks: Vec::new() }
}

fn kinds(bodies: &[Body]) -> Vec<BodyKind> {
    bodies.iter().map(|body| body.kind).collect()
}

#[test]
fn stages_begin_where_the_payload_is_fall_behind_and_land_nearer() {
    let flight = Flight::solve(&three_stages()).expect("a flight");
    let bodies = flight.bodies(&nominal()).expect("bodies");
    let stages = [BodyKind::Stage(1), BodyKind::Stage(2), BodyKind::Stage(3)];
    assert_eq!(kinds(&bodies), [&[BodyKind::Payload], stages.as_slice()].concat());
    let payload = &bodies[0].trajectory;
    assert_eq!(payload, flight.trajectory());
    assert_eq!((payload.begins_s(), payload.burnout_s()), (0.0, 194.0));
    let mut nearer_m = 0.0;
    for (body, begins_s) in bodies[1..].iter().zip([72.0, 144.0, 224.0]) {
        let trajectory = &body.trajectory;
        assert_eq!((trajectory.begins_s(), trajectory.burnout_s()), (begins_s, begins_s));
        assert_eq!(body.ballistic_coefficient_kg_m2, 400.0);
        assert_eq!(trajectory.state_at(begins_s - 1e-6), None);
        let (left, top) = (payload.state_at(begins_s - 1e-9), trajectory.state_at(begins_s));
        let (left, top) = (left.expect("flying"), top.expect("let go"));
        assert!((left.position_m - top.position_m).norm() < 1e-3);
        // Five metres per second slower, straight backwards.
        let relative_m_s = top.velocity_m_s - left.velocity_m_s;
        assert!((relative_m_s + left.velocity_m_s.normalize() * 5.0).norm() < 1e-3, "{relative_m_s}");
        assert_eq!(top.phase, Phase::Coast);
        assert!((trajectory.range_m() - payload.range_m()).is_sign_negative());
        assert!(trajectory.range_m() > nearer_m && trajectory.impact_s() > begins_s);
        assert!(trajectory.apogee_m() < payload.apogee_m() + 1.0 && trajectory.apogee_s() >= begins_s);
        nearer_m = trajectory.range_m();
        println!("{:?}: down at {:.0} km", body.kind, nearer_m / 1e3);
    }
    // A stage that is let go without a push and with the drag of the payload flies on beside it.
    let mut plan = three_stages();
    plan.stages[2].dropped =
        Some(Dropped { after_s: 30.0, ballistic_coefficient_kg_m2: 5_000.0, separation_m_s: 0.0 });
    let beside = &Flight::solve(&plan).expect("a flight").bodies(&nominal()).expect("bodies")[3].trajectory;
    assert!((beside.range_m() - payload.range_m()).abs() < 0.5, "{}", beside.range_m());
}

#[test]
fn a_pause_is_a_coast_and_the_speed_has_no_jump() {
    let plan = three_stages();
    let flight = Flight::solve(&plan).expect("a flight");
    let at = |time_s: f64| flight.trajectory().state_at(time_s).expect("flying");
    for (time_s, phase) in [
        (69.9, Phase::Boost),
        (70.0, Phase::Coast),
        (73.9, Phase::Coast),
        (74.0, Phase::Boost),
        (133.9, Phase::Boost),
        (134.0, Phase::Coast),
        (143.9, Phase::Coast),
        (144.0, Phase::Boost),
        (193.9, Phase::Boost),
        (194.0, Phase::Coast),
    ] {
        assert_eq!(at(time_s).phase, phase, "{time_s} s");
        let (before, after) = (at(time_s - 1e-4), at(time_s + 1e-4));
        assert!((before.velocity_m_s - after.velocity_m_s).norm() < 0.05, "{time_s} s");
        assert!((before.position_m - after.position_m).norm() < 2.0, "{time_s} s");
    }
    // Equal shares: each burn gains as much, the pauses only lose to gravity.
    let gain = |from_s, to_s| at(to_s).velocity_m_s.norm() - at(from_s).velocity_m_s.norm();
    let each_m_s = flight.point().speed_m_s / 3.0;
    for (from_s, to_s) in [(0.0, 70.0 - 1e-9), (74.0, 134.0 - 1e-9), (144.0, 194.0 - 1e-9)] {
        assert!((gain(from_s, to_s) - each_m_s).abs() < 1e-3, "{}", gain(from_s, to_s));
    }
    let lost_m_s = gain(134.0, 144.0);
    assert!(lost_m_s < 0.0 && lost_m_s > -98.0, "{lost_m_s}");
}

#[test]
fn a_lofted_flight_of_two_stages_is_found() {
    let flight = Flight::solve(&two_stages_lofted()).expect("a flight");
    let trajectory = flight.trajectory();
    assert!(
        (trajectory.apogee_m() - 6_040.9e3).abs() < 0.05 && (trajectory.range_m() - 999.2e3).abs() < 0.05
    );
    assert_eq!(trajectory.burnout_s(), 293.0);
    println!("down after {:.0} s; 4135 s were reported", trajectory.impact_s());
}

#[test]
fn when_the_thrust_stops_the_flight_is_lower_and_shorter_and_keeps_its_stages() {
    let flight = Flight::solve(&three_stages()).expect("a flight");
    let mut before = (0.0, 0.0);
    for (at_s, expected) in [
        (1.0, vec![BodyKind::Payload]),
        (5.0, vec![BodyKind::Payload]), // still steered
        (40.0, vec![BodyKind::Payload]),
        (71.0, vec![BodyKind::Payload]), // in the pause, before the separation
        (100.0, vec![BodyKind::Payload, BodyKind::Stage(1)]),
        (190.0, vec![BodyKind::Payload, BodyKind::Stage(1), BodyKind::Stage(2)]),
    ] {
        let failure = Some(Failure { at_s, fragments: 0 });
        let bodies = flight.bodies(&Variation { failure, ..nominal() }).expect("bodies");
        assert_eq!(kinds(&bodies), expected, "{at_s} s");
        let failed = &bodies[0].trajectory;
        assert_eq!(failed.burnout_s(), at_s);
        assert_eq!(failed.state_at(at_s + 1e-3).map(|state| state.phase), Some(Phase::Coast));
        let same = |trajectory: &Trajectory| trajectory.state_at(0.9 * at_s).expect("flying").position_m;
        assert_eq!(same(failed), same(flight.trajectory()));
        let reached = (failed.apogee_m(), failed.range_m());
        assert!(reached.0 > before.0 && reached.1 > before.1, "{at_s} s: {reached:?}");
        assert!(reached.0 < 1_200e3 && reached.1 < 8_000e3, "{at_s} s: {reached:?}");
        before = reached;
    }
}

#[test]
fn a_break_up_gives_the_pieces_asked_for_and_all_come_down() {
    let flight = Flight::solve(&overflight()).expect("a flight");
    for at_s in [3.0, 15.0, 60.0, 140.0] {
        let kick = |number: u32| Kick {
            velocity_m_s: Vector3::new(30.0, -20.0, 10.0) * f64::from(number % 5) - Vector3::repeat(20.0),
            ballistic_coefficient_kg_m2: [20.0, 200.0, 2_000.0][number as usize % 3],
        };
        let kicks: Vec<Kick> = (0..12).map(kick).collect();
        let failure = Some(Failure { at_s, fragments: 12 });
        let bodies =
            flight.bodies(&Variation { failure, kicks: kicks.clone(), ..nominal() }).expect("bodies");
        assert_eq!(bodies.len(), 13);
        let payload = &bodies[0].trajectory;
        for ((body, kick), number) in bodies[1..].iter().zip(&kicks).zip(1..) {
            assert_eq!(body.kind, BodyKind::Fragment(number));
            let trajectory = &body.trajectory;
            let (piece, whole) = (trajectory.state_at(at_s).expect("let go"), payload.state_at(at_s));
            let relative_m_s = piece.velocity_m_s - whole.expect("flying").velocity_m_s;
            assert!((relative_m_s - kick.velocity_m_s).norm() < 1e-6, "{relative_m_s}");
            let end = trajectory.state_at(trajectory.impact_s()).expect("the impact");
            assert!(end.velocity_m_s.iter().all(|part| part.is_finite()));
            assert!(geodetic_from_ecef(&end.position_m).height_m.abs() < 1e-2, "{at_s} s, {number}");
            assert!(trajectory.impact_s() > at_s && trajectory.range_m() < 3_700e3);
        }
    }
}

#[test]
fn hostile_plans_name_the_key_to_mend() {
    let staged = |edit: fn(&mut Vec<StagePlan>)| {
        let mut plan = three_stages();
        edit(&mut plan.stages);
        plan
    };
    let drop = |edit: fn(&mut Dropped)| {
        let mut plan = three_stages();
        plan.stages[1].dropped.iter_mut().for_each(edit);
        plan
    };
    let pull_up = |below_height_m, lift_to_drag| FlightPlan {
        pull_up: Some(PullUp { below_height_m, lift_to_drag }),
        ..short()
    };
    for (plan, key) in [
        (staged(Vec::clear), "stages"),
        (staged(|stages| stages.insert(0, stages[0])), "stages"),
        (linear(three_stages()), "stages"),
        (staged(|stages| stages[1].burn_s = f64::NAN), "burn_s"),
        (staged(|stages| stages[0].burn_s = -5.0), "burn_s"),
        (staged(|stages| stages[0].pause_s = -1.0), "pause_s"),
        (staged(|stages| stages[1].pause_s = f64::INFINITY), "pause_s"),
        (staged(|stages| stages[2].pause_s = 5.0), "pause_s"),
        (staged(|stages| stages.iter_mut().for_each(|stage| stage.speed_share = 0.0)), "speed_share"),
        (staged(|stages| stages[2].speed_share = -1.0), "speed_share"),
        (drop(|dropped| dropped.after_s = 10.1), "after_s"),
        (drop(|dropped| dropped.after_s = f64::NAN), "after_s"),
        (drop(|dropped| dropped.ballistic_coefficient_kg_m2 = 0.0), "ballistic_coefficient_kg_m2"),
        (drop(|dropped| dropped.separation_m_s = f64::INFINITY), "separation_m_s"),
        (pull_up(f64::NAN, 1.0), "below_height_km"),
        (pull_up(30e3, -1.0), "lift_to_drag"),
    ] {
        refused_for(&plan, key);
    }
    let flight = Flight::solve(&three_stages()).expect("a flight");
    let failure = |at_s, fragments| Some(Failure { at_s, fragments });
    let still = Kick { velocity_m_s: Vector3::zeros(), ballistic_coefficient_kg_m2: 100.0 };
    let wild = Kick { velocity_m_s: Vector3::repeat(f64::NAN), ..still };
    for (failure, kicks, coefficient, key) in [
        (failure(f64::NAN, 0), vec![], 5e3, "at_s"),
        (failure(-3.0, 0), vec![], 5e3, "at_s"),
        (failure(500.0, 0), vec![], 5e3, "at_s"),
        (failure(50.0, u32::MAX), vec![], 5e3, "fragments"),
        (failure(50.0, 2), vec![still], 5e3, "fragments"),
        (None, vec![still], 5e3, "fragments"),
        (failure(50.0, 1), vec![wild], 5e3, "kick_m_s"),
        (failure(50.0, 0), vec![], f64::NAN, "ballistic_coefficient_kg_m2"),
        (None, vec![], 0.0, "ballistic_coefficient_kg_m2"),
    ] {
        let variation = Variation { ballistic_coefficient_kg_m2: coefficient, failure, kicks };
        let error = flight.bodies(&variation).expect_err("hostile");
        assert!(matches!(&error, FlightError::OutOfRange { key: found, .. } if *found == key), "{error}");
    }
}
