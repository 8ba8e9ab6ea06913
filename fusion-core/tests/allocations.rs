//! Once its memory has grown, a node takes plots in and draws its picture without allocating.
//!
//! Two radars (one measures range rates), a satellite and a sonar of one node and a radar of another; four objects in free
//! flight; clutter in every look, so that tracks begin and end all the time. At first there is three times as much clutter: memory
//! grows to the greatest load, and what is counted afterwards is not whether a record was broken.

use allocation_counter::measure;
use fusion_core::association::Method;
use fusion_core::dynamics::{Coast, propagate};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::{Station, noise_free_plot};
use fusion_core::node::{Inbox, Node, Setup, TickResult, TrackerConfig, build};
use fusion_core::share::{Delay, Level, LinkConfig, Regime};
use fusion_core::types::*;
use fusion_core::warning::{Area, WarningConfig};
use nalgebra::{Vector3, Vector6};
use std::sync::Arc;

const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);
const OWN: NodeId = NodeId(0);
const OTHER: NodeId = NodeId(1);
/// Until then there is more clutter, s, and until then memory may grow: twice the history of 30 s after the surge.
const SURGE_S: f64 = 90.0;
const WARM_S: u32 = 150;
const UNTIL_S: u32 = 300;
/// Every fifth look of one radar comes this late.
const LATE_S: f64 = 4.0;

fn sensor(id: u16, owner: NodeId, position_m: Vector3<f64>, kind: SensorKind) -> Sensor {
    Sensor {
        id: SensorId(id),
        name: format!("sensor {id}"),
        owner,
        position_m,
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.1 + 0.2 * f64::from(id),
        detection_probability: 0.9,
        clutter_per_scan: 2.0,
        kind,
    }
}

fn radar(id: u16, owner: NodeId, latitude: f64, range_rate_sigma_m_s: Option<f64>) -> Sensor {
    let model = RadarModel {
        maximum_range_m: 1_500e3,
        range_rate_sigma_m_s,
        // So wide that the tracks may be in one.
        resolution: Some(Resolution { range_m: 60e3, across_rad: 0.3 }),
        ..RadarModel::default()
    };
    let place = ecef_from_geodetic(Geodetic::from_degrees(latitude, 128.0, 300.0));
    sensor(id, owner, place, SensorKind::Radar(model))
}

fn setup(association: Method) -> Arc<Setup> {
    let centre = ecef_from_geodetic(Geodetic::from_degrees(40.0, 130.0, 0.0));
    let satellite = InfraredModel {
        aim_m: centre,
        half_width_rad: 0.01,
        minimum_target_height_m: 10e3,
        angle_sigma_rad: 2e-5,
    };
    let sonar = SonarModel { maximum_range_m: 300e3, bearing_sigma_rad: 0.02 };
    let sensors = vec![
        radar(0, OWN, 37.2, None),
        radar(1, OWN, 36.8, Some(5.0)),
        sensor(2, OWN, centre.normalize() * 4.2e7, SensorKind::Infrared(satellite)),
        sensor(3, OWN, centre, SensorKind::Sonar(sonar)),
        radar(4, OTHER, 36.0, None),
    ];
    let corners_deg: [[f64; 2]; 4] = [[10.0, 90.0], [10.0, 91.0], [11.0, 91.0], [11.0, 90.0]];
    let far_away = Area {
        name: "far away".into(),
        warned_by: vec![OWN, OTHER],
        corners_rad: corners_deg.map(|corner| corner.map(f64::to_radians)).to_vec(),
    };
    let tracker = TrackerConfig { association, history_s: 30.0, ..TrackerConfig::default() };
    let names = vec!["own".into(), "other".into()];
    let setup = Setup::new(names, sensors, vec![far_away], WarningConfig::default(), tracker, START);
    Arc::new(setup.expect("a valid configuration"))
}

/// Position and velocity of the objects at some seconds after the start.
fn objects(seconds: f64) -> [Vector6<f64>; 4] {
    [0.0, 1.0, 2.0, 3.0].map(|number| {
        let place = Geodetic::from_degrees(38.5 + 0.4 * number, 126.0 + 0.7 * number, 200e3);
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(1_500.0, 300.0 * number - 400.0, 1_900.0);
        let position_m = ecef_from_geodetic(place);
        let start = Vector6::from_iterator(position_m.iter().chain(velocity_m_s.iter()).copied());
        propagate(&Coast { density_m2_s3: 0.0 }, &start, seconds, 5.0).0
    })
}

/// One look: what is there with noise, and clutter all over the coverage.
fn look(sensor: &Sensor, sequence: u32, seed: u64) -> Scan {
    let after_s = sensor.first_look_s + f64::from(sequence);
    let mut chance = Stream::new("look", seed, &[u64::from(sensor.id.0), u64::from(sequence)]);
    let station = Station::of(sensor);
    let mut plots = Vec::new();
    let clutter = sensor.clutter_per_scan * if after_s < SURGE_S { 3.0 } else { 1.0 };
    match &sensor.kind {
        SensorKind::Radar(model) => {
            for object in objects(after_s) {
                let (position_m, velocity_m_s) =
                    (object.fixed_rows::<3>(0).into(), object.fixed_rows::<3>(3).into());
                let seen = station.covers(&position_m) && chance.uniform() < sensor.detection_probability;
                let plot = noise_free_plot(&station, &position_m, &velocity_m_s).filter(|_| seen);
                plots.extend(plot.map(|plot| noisy(plot, model, &mut chance)));
            }
            for _ in 0..chance.poisson(clutter) {
                let range_m = chance.between(model.minimum_range_m, model.maximum_range_m);
                let (azimuth_rad, elevation_rad) =
                    (chance.between(0.0, std::f64::consts::TAU), chance.between(0.01, 1.5));
                let range_rate_m_s = model.range_rate_sigma_m_s.map(|_| chance.between(-3e3, 3e3));
                plots.push(Plot::Radar {
                    range_m,
                    azimuth_rad,
                    elevation_rad,
                    range_rate_m_s,
                    signal_to_noise: None,
                });
            }
        }
        SensorKind::Infrared(model) => {
            let width_rad = model.half_width_rad;
            for _ in 0..chance.poisson(clutter) {
                let (right_rad, up_rad) =
                    (chance.between(-width_rad, width_rad), chance.between(-width_rad, width_rad));
                plots.push(Plot::Infrared { right_rad, up_rad });
            }
        }
        SensorKind::Sonar(_) | SensorKind::Cue => {
            plots.extend(
                (chance.uniform() < 0.2)
                    .then(|| Plot::Bearing { azimuth_rad: chance.between(0.0, std::f64::consts::TAU) }),
            );
        }
    }
    Scan::of_field(sensor.id, sequence, START.plus_seconds(after_s), plots)
}

fn noisy(plot: Plot, model: &RadarModel, chance: &mut Stream) -> Plot {
    let Plot::Radar { range_m, azimuth_rad, elevation_rad, range_rate_m_s, signal_to_noise } = plot else {
        return plot;
    };
    let mut noise = |sigma: f64| sigma * chance.normal();
    Plot::Radar {
        range_m: range_m + noise(model.range_sigma_m),
        azimuth_rad: (azimuth_rad + noise(model.right_sigma_rad) / libm::cos(elevation_rad))
            .rem_euclid(std::f64::consts::TAU),
        elevation_rad: elevation_rad + noise(model.up_sigma_rad),
        range_rate_m_s: range_rate_m_s.map(|rate_m_s| rate_m_s + noise(5.0)),
        signal_to_noise,
    }
}

/// All scans in order of time, each with the instant at which it arrives.
fn arrivals(setup: &Setup, seed: u64) -> Vec<(Time, Arc<Scan>)> {
    let mut arrivals = Vec::new();
    for sequence in 0..UNTIL_S {
        for sensor in &setup.sensors {
            let scan = Arc::new(look(sensor, sequence, seed));
            let is_late = sensor.id.0 == 0 && sequence % 5 == 0;
            arrivals.push((scan.time.plus_seconds(if is_late { LATE_S } else { 0.0 }), scan));
        }
    }
    arrivals.sort_by_key(|(arrival, scan)| (*arrival, scan.sensor));
    arrivals
}

#[test]
fn plots_and_ticks_of_a_warm_node_allocate_nothing() {
    // Multiple hypotheses are a list of each new track's own, which is new with it.
    let cases = [Method::NearestNeighbour, Method::Joint]
        .into_iter()
        .flat_map(|method| (0..4).map(move |seed| (method, seed)));
    for (method, seed) in cases {
        let setup = setup(method);
        let arrivals = arrivals(&setup, seed);
        let mut coming = arrivals.iter().filter(|(_, scan)| scan.sensor.0 < 4).peekable();
        let mut node = Node::new(OWN, Arc::clone(&setup));
        let mut result = TickResult::empty(OWN, START);
        let (mut cold, mut warm, mut plots, mut contacts, mut begun, mut replayed) = (0, 0, 0, 0, 0, 0);
        for second in 1..=UNTIL_S {
            let now = START.plus_seconds(f64::from(second));
            let before: Vec<TrackId> = result.picture.tracks.iter().map(|track| track.id).collect();
            let replayed_before = node.counts().replayed;
            let mut taken = 0;
            let allocated = measure(|| {
                while let Some((_, scan)) = coming.next_if(|(arrival, _)| *arrival <= now) {
                    taken += scan.plots.len();
                    node.receive_scan(Arc::clone(scan));
                }
                node.tick_into(now, &mut result);
            });
            if second <= WARM_S {
                cold += allocated.count_total;
                continue;
            }
            warm += allocated.count_total;
            plots += taken;
            contacts += result.events.len();
            begun += result.picture.tracks.iter().filter(|track| !before.contains(&track.id)).count();
            replayed += node.counts().replayed - replayed_before;
        }
        // The scene must be what it says, or the figure is worth nothing.
        assert_eq!(result.picture.missiles().filter(|track| track.impact.is_some()).count(), 4);
        assert!(
            plots > 1_500 && contacts > 10 && begun > 500 && replayed > 300,
            "{plots} {contacts} {begun} {replayed}"
        );
        assert!(cold > 100, "nothing was counted");
        assert_eq!(warm, 0, "{method:?}, seed {seed}: for {plots} plots");
    }
}

#[test]
fn nodes_that_talk_allocate_for_their_messages_only() {
    let setup = setup(Method::NearestNeighbour);
    let arrivals = arrivals(&setup, 1);
    let link = |from: &str, to: &str| LinkConfig {
        delay: Delay::Constant { seconds: 0.3 },
        ..LinkConfig::plain(from, to, Level::Tracks)
    };
    let links = vec![link("own", "other"), link("other", "own")];
    let regime =
        Regime { name: "both".into(), description: String::new(), assumptions: String::new(), links };
    let (mut routing, mut nodes) = build(&setup, &regime, 1).expect("a regime of these nodes");
    let mut inboxes = [Inbox::default(), Inbox::default()];
    let mut results = [TickResult::empty(OWN, START), TickResult::empty(OTHER, START)];
    let (mut ends, mut sent, mut coming) = (Vec::new(), Vec::new(), arrivals.iter().peekable());
    let (mut warm, mut messages) = (0, 0);
    for second in 1..=UNTIL_S {
        let now = START.plus_seconds(f64::from(second));
        let mut told = 0;
        let allocated = measure(|| {
            while let Some((_, scan)) = coming.next_if(|(arrival, _)| *arrival <= now) {
                routing.route_into(scan, &mut ends).expect("a sensor of the setup");
                for (to, arrival) in ends.drain(..) {
                    inboxes[usize::from(to.0)].add_scan(arrival, Arc::clone(scan));
                }
            }
            for ((index, node), result) in nodes.iter_mut().enumerate().zip(&mut results) {
                node.tick_into(now, &mut inboxes[index], result, &mut sent);
                told += sent.len();
                for delivery in sent.drain(..) {
                    inboxes[usize::from(delivery.to.0)].add_delivery(delivery);
                }
            }
        });
        if second > WARM_S {
            warm += allocated.count_total;
            messages += told;
        }
    }
    assert!(results.iter().all(|result| result.picture.missiles().count() == 4));
    assert!(messages > 1_000);
    // A fact is boxed for its way, shared by the receiver's history and kept once more for the receiver's own links; lists of
    // what is sent and the memory of what was heard are the rest.
    assert!(warm <= 4 * messages as u64, "{warm} for {messages} messages");
}
