//! Two nations with a sensor of each kind, and a missile that one radar follows.

use fusion_core::node::{Node, Setup, TickResult, TrackerConfig};
use fusion_core::types::{
    Geodetic, InfraredModel, NodeId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, SonarModel, Time,
    ecef_from_geodetic,
};
use fusion_core::warning::{Area, WarningConfig};
use nalgebra::Cholesky;
use recording::Header;
use std::sync::{Arc, LazyLock};

/// 2017-09-14 21:57:00 UTC.
pub const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);
pub const JAPAN: NodeId = NodeId(0);
pub const STATES: NodeId = NodeId(1);
pub const RADAR: u16 = 0;
/// Seconds for which the prepared node has followed the missile.
pub const FOLLOWED_S: u32 = 20;

fn sensors() -> Vec<Sensor> {
    let radar = |range_rate_sigma_m_s| {
        SensorKind::Radar(RadarModel { range_rate_sigma_m_s, refractivity: 313.0, ..RadarModel::default() })
    };
    let infrared = SensorKind::Infrared(InfraredModel {
        aim_m: ecef_from_geodetic(Geodetic::from_degrees(40.0, 135.0, 0.0)),
        half_width_rad: 0.15,
        minimum_target_height_m: 8_000.0,
        angle_sigma_rad: 1e-4,
    });
    let sonar = SensorKind::Sonar(SonarModel { maximum_range_m: 1e5, bearing_sigma_rad: 0.02 });
    let places = [
        (40.0, 140.0, 100.0),
        (38.0, 132.0, 10.0),
        (0.0, 127.0, 35_786e3),
        (39.0, 131.0, 0.0),
        (37.0, 127.0, 0.0),
    ];
    let kinds = [radar(Some(5.0)), radar(None), infrared, sonar, SensorKind::Cue];
    let sensor = |(index, ((latitude, longitude, height_m), kind))| Sensor {
        id: SensorId(index),
        name: format!("sensor {index}"),
        owner: NodeId(index % 2),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(latitude, longitude, height_m)),
        navigation_sigma_m: if index == 1 { 20.0 } else { 0.0 },
        revisit_s: 1.0,
        first_look_s: 0.0,
        detection_probability: 0.9,
        clutter_per_scan: 0.3,
        kind,
    };
    (0..).zip(places.into_iter().zip(kinds)).map(sensor).collect()
}

/// What a recording of these sensors says of them.
pub fn header() -> Header {
    Header {
        scenario: "hostile".to_owned(),
        scenario_digest: [7; 32],
        seed: 1,
        run: 0,
        start: START,
        sensors: sensors(),
        nodes: vec!["japan".to_owned(), "united-states".to_owned()],
        areas: vec![Area {
            name: "Hokkaido".to_owned(),
            warned_by: vec![JAPAN],
            corners_rad: vec![[0.72, 2.44], [0.79, 2.44], [0.77, 2.54]],
        }],
        tracker: TrackerConfig { history_s: 20.0, registration: true, ..TrackerConfig::default() },
        warning: WarningConfig::default(),
        note: String::new(),
    }
}

pub fn setup() -> Arc<Setup> {
    static SETUP: LazyLock<Arc<Setup>> = LazyLock::new(|| {
        let Header { nodes, sensors, areas, warning, tracker, start, .. } = header();
        Arc::new(Setup::new(nodes, sensors, areas, warning, tracker, start).expect("a good setup"))
    });
    Arc::clone(&SETUP)
}

/// Where the first radar sees the missile, `at_s` after the start.
pub fn missile(at_s: f64) -> Plot {
    let (range_m, rate_m_s) = (6e5 - 3_000.0 * at_s + 5.0 * at_s * at_s, -3_000.0 + 10.0 * at_s);
    Plot::Radar {
        range_m,
        azimuth_rad: 5.0 + 1e-3 * at_s,
        elevation_rad: 0.3 + 5e-3 * at_s,
        range_rate_m_s: Some(rate_m_s),
        signal_to_noise: None,
    }
}

/// A node that has followed the missile for [`FOLLOWED_S`], with its last tick.
pub fn prepared(id: NodeId) -> (Node, TickResult) {
    static PREPARED: LazyLock<[(Node, TickResult); 2]> = LazyLock::new(|| [follow(JAPAN), follow(STATES)]);
    PREPARED[usize::from(id.0)].clone()
}

fn follow(id: NodeId) -> (Node, TickResult) {
    let mut node = Node::new(id, setup());
    let mut last = node.tick(START.plus_seconds(0.0));
    for second in 1..=FOLLOWED_S {
        let at = START.plus_seconds(f64::from(second));
        let scan = Scan::of_field(SensorId(RADAR), second, at, vec![missile(f64::from(second))]);
        node.receive_scan(Arc::new(scan));
        last = node.tick(at);
        check(&node, &last);
    }
    assert!(!last.picture.tracks.is_empty(), "the missile is not followed");
    (node, last)
}

/// What holds of a node at every tick, whatever it was told.
pub fn check(node: &Node, result: &TickResult) {
    let counts = node.counts();
    assert!(counts.too_late <= counts.scans + counts.messages, "{counts:?}");
    for track in &result.picture.tracks {
        let kinematic = &track.kinematic;
        assert!(kinematic.mean.iter().all(|number| number.is_finite()), "{track:?}");
        assert!(Cholesky::new(kinematic.covariance).is_some(), "not positive definite: {track:?}");
        let total: f64 = track.mode_probabilities.iter().sum();
        assert!((total - 1.0).abs() < 1e-6, "{track:?}");
    }
    assert!(result.picture.tracks.is_sorted_by_key(|track| track.id));
}
