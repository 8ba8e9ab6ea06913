//! The bound of the impact against the flight of a belief that has the bound's covariance.

use fusion_core::filter::Gaussian;
use fusion_core::types::{NodeId, Time};
use fusion_core::warning::fly_to_ground;
use nalgebra::SMatrix;
use sensor_sim::{Scenario, simulate};
use sharing_study::bound::FlightGeometry;
use sharing_study::paths::DataDelays;
use sharing_study::regimes::builtin;
use sharing_study::study::setup_of;

#[test]
fn the_impact_bound_is_the_ellipse_of_a_belief_with_the_bounds_covariance() {
    let text = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
    let scenario = Scenario::parse(text).expect("it parses").perturbed_by(0.0);
    let flights = scenario.fly().expect("it flies");
    let simulation = simulate(&scenario, &flights, 7, 0).expect("it runs");
    let object = simulation.truth.missiles().next().expect("a missile");
    let setup = setup_of(&scenario).expect("a setup");
    let geometry = FlightGeometry::new(&setup, object, &simulation.scans);
    let burnout_s = object.trajectory.burnout_s();
    for regime in builtin().expect("they parse") {
        let delays = DataDelays::new(&regime, &setup.nodes).expect("it fits");
        for node in (0..3).map(NodeId) {
            // At burnout, and from the state 100 s later carried there.
            for (time_s, tolerance) in [(burnout_s, 1e-9), (burnout_s + 100.0, 0.01)] {
                let bound = geometry.bound(0, node, &delays, &[time_s]).impact_rms_m[0];
                let Some(motion) = geometry.covariance_at(node, &delays, time_s) else {
                    assert_eq!(bound, None);
                    continue;
                };
                let state = object.trajectory.state_at(time_s).expect("it flies");
                let mut covariance = SMatrix::<f64, 7, 7>::zeros();
                covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&motion);
                covariance[(6, 6)] = setup.models.log_area_variance;
                let motion = state.position_m.iter().chain(&state.velocity_m_s).copied();
                let mean = motion.chain([setup.models.log_area_mean]);
                let belief = Gaussian { mean: nalgebra::SVector::from_iterator(mean), covariance };
                let impact = fly_to_ground(&belief, Time::from_nanoseconds(0), |_| {}).expect("it lands");
                let flown_m = impact.covariance_m2.trace().sqrt();
                let bound_m = bound.expect("determined");
                let error = (bound_m / flown_m - 1.0).abs();
                assert!(error < tolerance, "{} {node:?} {time_s} s: {bound_m} {flown_m}", regime.name);
            }
        }
    }
}
