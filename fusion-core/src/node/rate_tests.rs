//! What a range rate does to a track: the right one helps, one of somebody else's does no harm.

use super::scenario_tests::setup;
use super::{Node, TrackerConfig};
use crate::dynamics::{Coast, propagate};
use crate::measurement::{Station, noise_free_plot};
use crate::types::{Geodetic, NodeId, Plot, Scan, SensorId, SensorKind, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{Vector3, Vector6};
use std::sync::Arc;

#[test]
fn a_plot_in_the_gate_with_a_strangers_range_rate_is_a_miss() {
    let mut setup = super::Setup::clone(&setup(0.1, TrackerConfig::default()));
    let SensorKind::Radar(radar) = &mut setup.sensors[0].kind else { panic!("a radar") };
    radar.range_rate_sigma_m_s = Some(5.0);
    let setup = Arc::new(setup);
    let place = Geodetic::from_degrees(39.0, 129.0, 250e3);
    let velocity_m_s = ecef_from_enu(place) * Vector3::new(2_500.0, 800.0, 600.0);
    let start = Vector6::from_iterator(ecef_from_geodetic(place).iter().chain(velocity_m_s.iter()).copied());
    let mut node = Node::new(NodeId(0), Arc::clone(&setup));
    let station = Station::of(&setup.sensors[0]);
    let mut result = node.tick(setup.start.plus_seconds(1.0));
    for look in 0..40_u32 {
        let time_s = 1.5 + f64::from(look);
        let (state, _) = propagate(&Coast { density_m2_s3: 0.0 }, &start, time_s, 1.0);
        let (position_m, velocity_m_s) = (state.fixed_rows::<3>(0).into(), state.fixed_rows::<3>(3).into());
        let mut plot = noise_free_plot(&station, &position_m, &velocity_m_s).expect("a plot");
        if let (30, Plot::Radar { range_rate_m_s: Some(rate_m_s), .. }) = (look, &mut plot) {
            *rate_m_s += 2_000.0;
        }
        node.receive_scan(Arc::new(Scan::of_field(
            SensorId(0),
            look,
            setup.start.plus_seconds(time_s),
            vec![plot],
        )));
        result = node.tick(setup.start.plus_seconds(time_s + 0.5));
        if look > 10 {
            let tracks: Vec<_> = result.picture.confirmed().collect();
            assert_eq!(tracks.len(), 1, "look {look}");
            let (now, _) = propagate(&Coast { density_m2_s3: 0.0 }, &start, time_s + 0.5, 1.0);
            let error_m_s = (tracks[0].kinematic.mean - now).fixed_rows::<3>(3).norm();
            assert!(error_m_s < 100.0, "look {look}: {error_m_s} m/s");
        }
    }
    assert_eq!(result.picture.missiles().count(), 1);
    // One in a hundred such is a piece whose beginning nobody saw.
    let (mean, sigma) = result.picture.missile_count();
    assert!((0.98..1.0).contains(&mean) && (0.05..0.15).contains(&sigma), "{mean} ± {sigma}");
}
