//! The gravity turn.

use super::*;
use crate::flight::ascent::PITCHED_SHARE;
use crate::flight::leg::gravity;

/// What is not gravity must act along the velocity. Across it remain the errors of the difference (1e-4 m/s² of its
/// third derivative) and of the interpolated direction (1e-9 of 5 km/s over the 0.2 s): a thousandth of a m/s² is
/// well above both; the Coriolis term, the smallest there is, is 0.5.
#[test]
fn on_the_turn_only_gravity_acts_across_the_velocity() {
    for plan in [overflight(), lofted(), short(), bodies::three_stages(), bodies::two_stages_lofted()] {
        let flight = Flight::solve(&plan).expect("a flight");
        let (mut worst_m_s2, mut least_thrust_m_s2) = (0.0_f64, f64::INFINITY);
        for (index, (ignition_s, burnout_s)) in plan.burns_s().enumerate() {
            // The growth of the speed begins with an infinite slope of its slope: stay off a second.
            let begin_s = if index == 0 { PITCHED_SHARE * burnout_s } else { ignition_s } + 1.0;
            for part in 0..=200 {
                let time_s = begin_s + (burnout_s - 0.2 - begin_s) * f64::from(part) / 200.0;
                let at = |time_s| flight.trajectory().state_at(time_s).expect("flying");
                let state = at(time_s);
                assert_eq!(state.phase, Phase::Boost);
                let slope = (at(time_s + 0.1).velocity_m_s - at(time_s - 0.1).velocity_m_s) / 0.2;
                let thrust_m_s2 = slope - gravity(&state.position_m, &state.velocity_m_s);
                let along = state.velocity_m_s.normalize();
                worst_m_s2 = worst_m_s2.max((thrust_m_s2 - along * thrust_m_s2.dot(&along)).norm());
                least_thrust_m_s2 = least_thrust_m_s2.min(thrust_m_s2.dot(&along));
            }
        }
        println!("across {worst_m_s2:.1e} m/s², along at least {least_thrust_m_s2:.1} m/s²");
        assert!(worst_m_s2 < 1e-3, "{worst_m_s2}");
        assert!(least_thrust_m_s2 > 5.0, "{least_thrust_m_s2}");
    }
}

/// In the time of the burn the Earth turns by 0.6° under the flight, and the climb is bent to the west.
#[test]
fn the_turn_leaves_the_plane_of_the_launch_only_by_the_rotation_of_the_earth() {
    for (plan, most_deg) in [(overflight(), 1.5), (short(), 0.75)] {
        let flight = Flight::solve(&plan).expect("a flight");
        let axes = fusion_core::types::ecef_from_enu(plan.launch);
        let (sine, cosine) = libm::sincos(plan.azimuth_rad);
        let to_the_right = axes.column(0) * cosine - axes.column(1) * sine;
        let (_, velocity_m_s) = flight.trajectory().burnout_state();
        let off_deg = libm::asin(to_the_right.dot(&velocity_m_s) / velocity_m_s.norm()).to_degrees();
        println!("velocity at burnout {off_deg:+.2} deg to the right of the plane");
        assert!(off_deg.abs() < most_deg && off_deg > 0.1, "{off_deg}");
    }
}

#[test]
fn the_pitch_over_is_smooth() {
    let flight = Flight::solve(&overflight()).expect("a flight");
    let angle_deg = |time_s: f64| {
        let state = flight.trajectory().state_at(time_s).expect("flying");
        let up = fusion_core::types::ecef_from_enu(geodetic_from_ecef(&state.position_m));
        let climb = up.column(2).dot(&state.velocity_m_s) / state.velocity_m_s.norm();
        libm::asin(climb.min(1.0)).to_degrees()
    };
    let angles: Vec<f64> = (1..1_450).map(|tenth| angle_deg(f64::from(tenth) / 10.0)).collect();
    assert!((angles[60] - 90.0).abs() < 1e-5, "{}", angles[60]);
    let steps = angles.windows(2).map(|pair| pair[0] - pair[1]);
    let steepest = steps.fold(0.0_f64, |most, step| most.max(step.abs()));
    assert!(steepest < 0.3, "{steepest} deg in a tenth of a second");
    assert!(angles.windows(2).all(|pair| pair[1] < pair[0] + 1e-5), "always over");
}
