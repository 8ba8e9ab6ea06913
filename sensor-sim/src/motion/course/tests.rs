use super::*;
use crate::flight::geodesic;
use fusion_core::types::geodetic_from_ecef;

const STANDARD_RATE_RAD_S: f64 = 3.0 * std::f64::consts::PI / 180.0;

fn leg(seconds: f64, turn_rad_s: f64) -> Leg {
    Leg { seconds, turn_rad_s, climb_m_s: 0.0, acceleration_m_s2: 0.0 }
}

fn plan(latitude_deg: f64, height_m: f64, heading_deg: f64, speed_m_s: f64, legs: Vec<Leg>) -> CoursePlan {
    CoursePlan {
        start: Geodetic::from_degrees(latitude_deg, 20.0, height_m),
        heading_rad: heading_deg.to_radians(),
        speed_m_s,
        legs,
        repeats: false,
    }
}

#[test]
fn straight_on_is_the_geodesic_of_another_formula() {
    for (latitude_deg, heading_deg) in
        [(0.0, 90.0), (52.0, 90.0), (52.0, 37.0), (-60.0, 250.0), (86.0, 2.0), (30.0, 0.0)]
    {
        let course =
            Course::new(&plan(latitude_deg, 0.0, heading_deg, 250.0, vec![]), 7_200.0).expect("a course");
        let start = Geodetic::from_degrees(latitude_deg, 20.0, 0.0);
        for time_s in [600.0, 3_599.5, 7_200.0] {
            let place = geodetic_from_ecef(&course.state_at(time_s).0);
            let (length_m, azimuth_rad) = geodesic(start, place).expect("a way");
            let aside_rad = libm::remainder(azimuth_rad - heading_deg.to_radians(), std::f64::consts::TAU);
            assert!((length_m - 250.0 * time_s).abs() < 0.01, "{heading_deg}: {}", length_m - 250.0 * time_s);
            assert!((aside_rad * length_m).abs() < 0.02, "{heading_deg}: {}", aside_rad * length_m);
            assert!(place.height_m.abs() < 0.01, "{heading_deg}: {}", place.height_m);
        }
    }
}

#[test]
fn a_flight_over_the_pole_goes_on_south() {
    let course = Course::new(&plan(89.0, 0.0, 0.0, 250.0, vec![]), 3_600.0).expect("a course");
    let place = geodetic_from_ecef(&course.state_at(3_600.0).0);
    // A degree of the meridian at the pole has 111,694 m.
    assert!((place.longitude_rad.to_degrees() + 160.0).abs() < 1e-6, "{}", place.longitude_rad.to_degrees());
    let beyond_deg = (900e3 - 111_694.0) / 111_694.0;
    assert!((place.latitude_rad.to_degrees() - (90.0 - beyond_deg)).abs() < 0.01);
}

#[test]
fn speed_is_constant_and_velocity_is_the_derivative_of_position() {
    let legs = vec![
        leg(600.0, 0.0),
        leg(60.0, STANDARD_RATE_RAD_S),
        Leg { climb_m_s: 8.0, acceleration_m_s2: 0.2, ..leg(300.0, -0.01) },
    ];
    let course = Course::new(&plan(47.0, 9_000.0, 300.0, 200.0, legs), 3_600.0).expect("a course");
    for (time_s, speed_m_s, climb_m_s) in [
        (1.0, 200.0, 0.0),
        (599.0, 200.0, 0.0),
        (631.7, 200.0, 0.0),
        (760.0, 220.0, 8.0),
        (900.0, 248.0, 8.0),
        (3_000.0, 260.0, 0.0),
    ] {
        let (_, velocity_m_s) = course.state_at(time_s);
        assert!((velocity_m_s.norm() - libm::hypot(speed_m_s, climb_m_s)).abs() < 1e-9, "{time_s}");
        let difference = (course.state_at(time_s + 0.01).0 - course.state_at(time_s - 0.01).0) / 0.02;
        assert!(
            (difference - velocity_m_s).norm() < 1e-4,
            "{time_s}: {}",
            (difference - velocity_m_s).norm()
        );
    }
    // 8 m/s for 300 s.
    let place = geodetic_from_ecef(&course.state_at(2_000.0).0);
    assert!((place.height_m - 11_400.0).abs() < 0.01, "{}", place.height_m);
}

#[test]
fn a_standard_rate_turn_comes_round_in_two_minutes_with_the_right_radius() {
    for (turn_rad_s, side_deg) in [(STANDARD_RATE_RAD_S, 90.0), (-STANDARD_RATE_RAD_S, -90.0)] {
        let course = Course::new(&plan(60.0, 0.0, 30.0, 180.0, vec![leg(120.0, turn_rad_s)]), 200.0)
            .expect("a course");
        let (start_m, start_m_s) = course.state_at(0.0);
        let (end_m, end_m_s) = course.state_at(120.0);
        // The area of the turn on the sphere turns the heading a little: r² / R² times pi, a microradian.
        assert!((end_m - start_m).norm() < 0.02, "{}", (end_m - start_m).norm());
        assert!((end_m_s - start_m_s).norm() < 2e-3, "{}", (end_m_s - start_m_s).norm());
        let across_m = course.state_at(60.0).0;
        let radius_m = 180.0 / STANDARD_RATE_RAD_S;
        assert!(((across_m - start_m).norm() - 2.0 * radius_m).abs() < 0.02);
        let way = geodetic_from_ecef(&across_m);
        let (_, azimuth_rad) = geodesic(geodetic_from_ecef(&start_m), way).expect("a way");
        assert!((azimuth_rad.to_degrees() - 30.0 - side_deg).abs() < 0.02, "{}", azimuth_rad.to_degrees());
    }
}

#[test]
fn a_race_track_comes_back_for_an_hour() {
    let half_turn = leg(60.0, STANDARD_RATE_RAD_S);
    let legs = vec![leg(240.0, 0.0), half_turn, leg(240.0, 0.0), half_turn];
    let course =
        Course::new(&CoursePlan { repeats: true, ..plan(40.0, 9_000.0, 80.0, 200.0, legs) }, 3_600.0)
            .expect("a course");
    let (start_m, _) = course.state_at(0.0);
    for round in 1..=6 {
        let off_m = (course.state_at(600.0 * f64::from(round)).0 - start_m).norm();
        // Not closed exactly: on a sphere the area of a round (3.6e8 m², 9e-6 sr) turns the next one by as much:
        // 0.43 m at the far end.
        assert!(off_m < 0.43 * f64::from(round), "{round}: {off_m}");
        assert!(
            (geodetic_from_ecef(&course.state_at(600.0 * f64::from(round)).0).height_m - 9_000.0).abs()
                < 0.01
        );
    }
    // The far end: 48 km away and a turn's diameter aside.
    let (far_m, _) = course.state_at(3_300.0);
    let expected_m = libm::hypot(48_000.0, 2.0 * 200.0 / STANDARD_RATE_RAD_S);
    assert!(
        ((far_m - start_m).norm() - expected_m).abs() < 20.0,
        "{} {expected_m}",
        (far_m - start_m).norm()
    );
}

#[test]
fn a_tight_integration_by_other_means_ends_at_the_same_place() {
    // Latitude, longitude and heading by Runge-Kutta in steps of 0.1 s, with the usual equations of navigation.
    let legs = vec![leg(900.0, 0.0), leg(300.0, 0.002), Leg { climb_m_s: 5.0, ..leg(1_200.0, -0.0005) }];
    let plan = plan(55.0, 3_000.0, 110.0, 230.0, legs.clone());
    let course = Course::new(&plan, 3_600.0).expect("a course");
    let e2 = FLATTENING * (2.0 - FLATTENING);
    let mut state = Vector3::new(plan.start.latitude_rad, plan.start.longitude_rad, plan.heading_rad);
    let mut height_m = 3_000.0;
    for index in 0..36_000 {
        let time_s = f64::from(index) * 0.1;
        let (turn, climb) = match time_s + 0.05 {
            t if t < 900.0 => (0.0, 0.0),
            t if t < 1_200.0 => (0.002, 0.0),
            t if t < 2_400.0 => (-0.0005, 5.0),
            _ => (0.0, 0.0),
        };
        let rate = |state: &Vector3<f64>, later_s: f64| {
            let (sine, cosine) = libm::sincos(state.x);
            let bulge = 1.0 - e2 * sine * sine;
            let prime_m = EARTH_RADIUS_EQUATORIAL_M / bulge.sqrt();
            let meridian_m = prime_m * (1.0 - e2) / bulge;
            let here_m = height_m + climb * later_s;
            let (east, north) = libm::sincos(state.z);
            let longitude = 230.0 * east / ((prime_m + here_m) * cosine);
            Vector3::new(230.0 * north / (meridian_m + here_m), longitude, turn + longitude * sine)
        };
        let a = rate(&state, 0.0);
        let b = rate(&(state + a * 0.05), 0.05);
        let c = rate(&(state + b * 0.05), 0.05);
        let d = rate(&(state + c * 0.1), 0.1);
        state += (a + 2.0 * b + 2.0 * c + d) * (0.1 / 6.0);
        height_m += climb * 0.1;
    }
    let place = Geodetic { latitude_rad: state.x, longitude_rad: state.y, height_m };
    let off_m = (ecef_from_geodetic(place) - course.state_at(3_600.0).0).norm();
    assert!(off_m < 0.02, "{off_m}");
}

#[test]
fn outside_its_time_a_course_goes_on_along_the_tangent() {
    let course = Course::new(&plan(10.0, 0.0, 45.0, 15.0, vec![]), 100.0).expect("a course");
    let (start_m, start_m_s) = course.state_at(0.0);
    assert_eq!(course.state_at(-4.0), (start_m - start_m_s * 4.0, start_m_s));
    let (end_m, end_m_s) = course.state_at(100.0);
    assert_eq!(course.state_at(103.0), (end_m + end_m_s * 3.0, end_m_s));
    assert!(course.state_at(f64::NAN).0.x.is_nan());
    // Standing still, for no time.
    let still = Course::new(&plan(90.0, 0.0, 45.0, 0.0, vec![]), 0.0).expect("a course");
    assert!(still.state_at(1e4).0.z > 6.35e6 && still.state_at(1e4).1.norm() == 0.0);
}

#[test]
fn what_is_wrong_is_named() {
    let good = || plan(50.0, 1_000.0, 0.0, 100.0, vec![leg(60.0, 0.0)]);
    let key_of = |plan: CoursePlan, until_s: f64| match Course::new(&plan, until_s) {
        Err(CourseError::OutOfRange { leg, key, .. }) => (leg, key),
        other => panic!("{other:?}"),
    };
    let with = |changed: Leg| CoursePlan { legs: vec![leg(60.0, 0.0), changed], ..good() };
    assert_eq!(key_of(good(), f64::NAN), (None, "until_s"));
    assert_eq!(key_of(CoursePlan { speed_m_s: 1_001.0, ..good() }, 60.0), (None, "speed_m_s"));
    assert_eq!(key_of(CoursePlan { heading_rad: f64::INFINITY, ..good() }, 60.0), (None, "heading_rad"));
    assert_eq!(key_of(plan(50.0, -501.0, 0.0, 1.0, vec![]), 60.0), (None, "height_m"));
    assert_eq!(key_of(with(leg(0.5, 0.0)), 600.0), (Some(2), "seconds"));
    assert_eq!(key_of(with(leg(60.0, 0.36)), 600.0), (Some(2), "turn_rad_s"));
    assert_eq!(key_of(with(Leg { climb_m_s: -20.0, ..leg(100.0, 0.0) }), 600.0), (Some(2), "height_m"));
    let slowing = Leg { acceleration_m_s2: -2.0, ..leg(60.0, 0.0) };
    assert_eq!(key_of(with(slowing), 600.0), (Some(2), "speed_m_s"));
    let error = Course::new(&with(slowing), 600.0).expect_err("too slow").to_string();
    assert!(error.starts_with("leg 2: speed_m_s = -20 "), "{error}");
    // A fault that lies behind the end of the time doesn't matter.
    assert!(Course::new(&with(slowing), 60.0).is_ok());
    let busy = CoursePlan { legs: vec![leg(1.0, 0.1)], repeats: true, ..good() };
    assert!(matches!(Course::new(&busy, 100_000.0), Err(CourseError::TooManyLegs { .. })));
}
