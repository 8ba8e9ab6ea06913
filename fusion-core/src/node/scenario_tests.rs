//! A small scenario for the tests of this module: two nations with a radar each, one missile, some clutter.

use super::{Node, Setup, TickResult, TrackerConfig};
use crate::dynamics::{Boost, Coast, propagate};
use crate::math::chance::Stream;
use crate::measurement::Station;
use crate::share::Message;
use crate::types::{
    Geodetic, NodeId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, Time, ecef_from_enu,
    ecef_from_geodetic,
};
use crate::warning::WarningConfig;
use nalgebra::{SVector, Vector3, Vector6};
use std::sync::Arc;

pub const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);
pub const KOREA: NodeId = NodeId(0);
pub const JAPAN: NodeId = NodeId(1);

/// The true flight: thrust, constant but for gravity, and free flight after it.
pub struct Flight {
    pub start: SVector<f64, 9>,
    pub burnout_s: f64,
}

/// What the sensors gave of a flight.
pub struct World {
    pub setup: Arc<Setup>,
    pub flight: Flight,
    pub scans: Vec<Arc<Scan>>,
}

impl Flight {
    pub fn boosting() -> Self {
        Flight { start: state(20e3, [200.0, 300.0, 500.0], [16.0, 8.0, 32.0]), burnout_s: 50.0 }
    }

    pub fn coasting() -> Self {
        Flight { start: state(160e3, [1_800.0, 900.0, 1_400.0], [0.0; 3]), burnout_s: 0.0 }
    }

    /// True position and velocity at some seconds after the start.
    pub fn at(&self, seconds: f64) -> Vector6<f64> {
        let burning_s = seconds.min(self.burnout_s);
        let (burnt_out, _) = propagate(&Boost { density_m2_s5: 0.0 }, &self.start, burning_s, 1.0);
        let coasting: Vector6<f64> = burnt_out.fixed_rows::<6>(0).into();
        propagate(&Coast { density_m2_s3: 0.0 }, &coasting, seconds - burning_s, 5.0).0
    }
}

fn state(height_m: f64, velocity_m_s: [f64; 3], thrust_m_s2: [f64; 3]) -> SVector<f64, 9> {
    let place = Geodetic::from_degrees(39.2, 126.5, height_m);
    let local = ecef_from_enu(place);
    let (position, velocity, thrust) =
        (ecef_from_geodetic(place), local * Vector3::from(velocity_m_s), local * Vector3::from(thrust_m_s2));
    SVector::from_iterator(position.iter().chain(velocity.iter()).chain(thrust.iter()).copied())
}

pub fn radar(number: u16, place: Geodetic, clutter_per_scan: f64) -> Sensor {
    Sensor {
        id: SensorId(number),
        name: format!("radar {number}"),
        owner: NodeId(number),
        position_m: ecef_from_geodetic(place),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.3 + 0.4 * f64::from(number),
        detection_probability: 0.9,
        clutter_per_scan,
        kind: SensorKind::Radar(RadarModel {
            minimum_range_m: 10e3,
            maximum_range_m: 1_500e3,
            minimum_elevation_rad: 0.02,
            maximum_elevation_rad: 1.5,
            azimuth_centre_rad: 0.0,
            azimuth_half_width_rad: 4.0,
            ..RadarModel::default()
        }),
    }
}

pub fn setup(clutter_per_scan: f64, tracker: TrackerConfig) -> Arc<Setup> {
    let sensors = vec![
        radar(0, Geodetic::from_degrees(37.2, 127.0, 300.0), clutter_per_scan),
        radar(1, Geodetic::from_degrees(36.8, 128.4, 300.0), clutter_per_scan),
    ];
    let names = vec!["korea".into(), "japan".into()];
    let setup = Setup::new(names, sensors, Vec::new(), WarningConfig::default(), tracker, START);
    Arc::new(setup.expect("a valid configuration"))
}

/// One look of a radar: the missile with the detection probability and noise, and clutter all over the coverage.
pub fn look(sensor: &Sensor, flight: &Flight, sequence: u32, after_s: f64, seed: u64) -> Scan {
    let SensorKind::Radar(radar) = &sensor.kind else { panic!("a radar") };
    let mut chance = Stream::new("look", seed, &[u64::from(sensor.id.0), u64::from(sequence)]);
    let mut plots = Vec::new();
    let station = Station::of(sensor);
    let position_m: Vector3<f64> = flight.at(after_s).fixed_rows::<3>(0).into();
    if chance.uniform() < sensor.detection_probability && station.covers(&position_m) {
        let enu = station.ecef_from_enu.tr_mul(&(position_m - sensor.position_m));
        let elevation = libm::asin(enu.z / enu.norm());
        let [right, up] = chance.normal_pair();
        let azimuth = libm::atan2(enu.x, enu.y) + radar.right_sigma_rad * right / libm::cos(elevation);
        plots.push(Plot::radar(
            enu.norm() + radar.range_sigma_m * chance.normal(),
            azimuth.rem_euclid(std::f64::consts::TAU),
            elevation + radar.up_sigma_rad * up,
        ));
    }
    for _ in 0..chance.poisson(sensor.clutter_per_scan) {
        plots.push(Plot::radar(
            chance.between(radar.minimum_range_m, radar.maximum_range_m),
            chance.between(0.0, std::f64::consts::TAU),
            chance.between(radar.minimum_elevation_rad, radar.maximum_elevation_rad),
        ));
    }
    Scan::of_field(sensor.id, sequence, START.plus_seconds(after_s), plots)
}

impl World {
    pub fn new(setup: Arc<Setup>, flight: Flight, looks: u32, seed: u64) -> Self {
        let mut scans = Vec::new();
        for sequence in 0..looks {
            for sensor in &setup.sensors {
                let after_s = sensor.first_look_s + f64::from(sequence) * sensor.revisit_s;
                scans.push(Arc::new(look(sensor, &flight, sequence, after_s, seed)));
            }
        }
        World { setup, flight, scans }
    }

    /// The scans of one nation's radar.
    pub fn scans_of(&self, node: NodeId) -> Vec<Arc<Scan>> {
        self.scans.iter().filter(|scan| scan.sensor.0 == node.0).cloned().collect()
    }
}

/// Something on its way to a node.
#[derive(Clone, Debug)]
pub enum Arrival {
    Scan(Arc<Scan>),
    Message(Message),
}

/// Ticks a node once a second up to `until_s` and hands it everything that has arrived before each tick.
pub fn run(node: &mut Node, mut arrivals: Vec<(Time, Arrival)>, until_s: u32) -> Vec<TickResult> {
    arrivals.sort_by_key(|(time, _)| *time);
    let mut coming = arrivals.into_iter().peekable();
    let mut results = Vec::new();
    for second in 1..=until_s {
        let now = START.plus_seconds(f64::from(second));
        while let Some((arrival, what)) = coming.next_if(|(arrival, _)| *arrival <= now) {
            match what {
                Arrival::Scan(scan) => node.receive_scan(scan),
                Arrival::Message(message) => node.receive(arrival, message),
            }
        }
        results.push(node.tick(now));
    }
    results
}

/// Scans that arrive when they are made.
pub fn at_once(scans: &[Arc<Scan>]) -> Vec<(Time, Arrival)> {
    scans.iter().map(|scan| (scan.time, Arrival::Scan(Arc::clone(scan)))).collect()
}
