use super::*;
use fusion_core::types::{Geodetic, geodetic_from_ecef};
#[test]
fn quick() {
    let plan = FlightPlan {
        launch: Geodetic::from_degrees(39.2, 125.67, 0.0),
        azimuth_rad: 72f64.to_radians(),
        apogee_m: 800e3,
        range_m: 3700e3,
        boost_s: 145.0,
        ballistic_coefficient_kg_m2: 5000.0,
    };
    let f = Flight::solve(&plan).unwrap();
    let t = f.trajectory();
    println!(
        "{} {} {} {:?} {}",
        t.burnout_speed_m_s(),
        t.burnout_angle_rad().to_degrees(),
        t.impact_s(),
        t.impact(),
        geodetic_from_ecef(&t.burnout_state().0).height_m
    );
    println!("{:?}", t.burnout_state());
}
