//! Quasi-ballistic flights.

use super::*;

fn pulled_up(apogee_km: f64, range_km: f64, below_km: f64, lift_to_drag: f64) -> FlightPlan {
    let pull_up = Some(PullUp { below_height_m: below_km * 1e3, lift_to_drag });
    FlightPlan { pull_up, ..plan(apogee_km, range_km, 60.0) }
}

pub fn quasi_ballistic() -> FlightPlan {
    pulled_up(50.0, 420.0, 30.0, 1.5)
}

/// Heights (m) and climb rates (m/s) at tenths of a second after the apogee.
fn descent(trajectory: &Trajectory) -> Vec<(f64, f64)> {
    let tenths = (trajectory.apogee_s() * 10.0) as u32 + 1..(trajectory.impact_s() * 10.0) as u32;
    let at = |tenth: u32| {
        let state = trajectory.state_at(f64::from(tenth) / 10.0).expect("flying");
        assert_eq!(state.phase, Phase::Reentry);
        let place = geodetic_from_ecef(&state.position_m);
        let up = fusion_core::types::ecef_from_enu(place);
        (place.height_m, up.column(2).dot(&state.velocity_m_s))
    };
    tenths.map(at).collect()
}

/// How often a descent grows steeper after it had grown flatter: once when the pull-up has ended.
fn level_offs(trajectory: &Trajectory) -> Vec<f64> {
    let descent = descent(trajectory);
    let tops = descent.windows(3).filter(|three| three[1].1 > three[0].1 && three[1].1 >= three[2].1);
    tops.map(|three| three[1].0).collect()
}

#[test]
fn reported_quasi_ballistic_flights_are_found() {
    for (apogee_km, range_km) in [(50.0, 420.0), (50.0, 270.0), (60.0, 800.0), (50.0, 850.0)] {
        for (below_km, lift_to_drag) in [(25.0, 1.0), (30.0, 1.5), (35.0, 2.5)] {
            let plan = pulled_up(apogee_km, range_km, below_km, lift_to_drag);
            let flight =
                Flight::solve(&plan).unwrap_or_else(|error| panic!("{apogee_km} {range_km}: {error}"));
            let trajectory = flight.trajectory();
            assert!((trajectory.apogee_m() - apogee_km * 1e3).abs() < 0.05);
            assert!((trajectory.range_m() - range_km * 1e3).abs() < 0.05);
            let tops_m = level_offs(trajectory);
            println!(
                "{apogee_km:.0} km, {range_km:.0} km, below {below_km:.0} km with {lift_to_drag}: {:.0} s, {:.0} m/s \
                 at burnout, level at {tops_m:.0?} m",
                trajectory.impact_s(),
                trajectory.burnout_speed_m_s(),
            );
            assert_eq!(tops_m.len(), 1, "{tops_m:?}");
            assert!(tops_m[0] > 1e3 && tops_m[0] < below_km * 1e3, "{tops_m:?}");
        }
    }
}

#[test]
fn the_path_levels_off_once_and_without_the_pull_up_falls_short() {
    let plan = quasi_ballistic();
    let flight = Flight::solve(&plan).expect("a flight");
    let level_m_s = descent(flight.trajectory()).into_iter().filter(|(height_m, _)| *height_m < 30e3);
    let flattest = level_m_s.fold(f64::NEG_INFINITY, |most, (_, climb_m_s)| most.max(climb_m_s));
    assert!((-5.0..=1.0).contains(&flattest), "{flattest} m/s");
    let plain = FlightPlan { pull_up: None, ..plan };
    let ballistic = plain.fly(flight.point(), TOLERANCE).expect("a flight");
    assert!((ballistic.apogee_m() - 50e3).abs() < 0.05, "the same burn");
    assert!(ballistic.range_m() < 400e3, "{}", ballistic.range_m());
    assert!(level_offs(&ballistic).is_empty());
    println!("without the pull-up {:.0} km instead of 420", ballistic.range_m() / 1e3);
}

#[test]
fn a_pull_up_from_above_the_apogee_or_without_lift_is_no_trouble() {
    let none = Flight::solve(&pulled_up(50.0, 420.0, 30.0, 0.0)).expect("a flight");
    let plain = Flight::solve(&FlightPlan { pull_up: None, ..quasi_ballistic() }).expect("a flight");
    assert!((none.trajectory().impact_s() - plain.trajectory().impact_s()).abs() < 0.1);
    let high = Flight::solve(&pulled_up(50.0, 420.0, 100.0, 1.5)).expect("a flight");
    assert_eq!(level_offs(high.trajectory()).len(), 1);
}
