//! A circle of three hubs that pass on all they hear, for five minutes of free flight.

use super::{judged, link, root_mean_square, tracks};
use crate::accuracy::{AccuracyError, Cell, Options, Progress, Table};
use fusion_core::assess::nees;
use fusion_core::dynamics::{Coast, propagate_state};
use fusion_core::math::chance::Stream;
use fusion_core::measurement::{Station, noise_free_plot};
use fusion_core::node::{Network, PictureTrack, Setup, TrackerConfig};
use fusion_core::share::FusionRule;
use fusion_core::types::{
    Geodetic, NodeId, Plot, RadarModel, Scan, Sensor, SensorId, SensorKind, Time, ecef_from_enu,
    ecef_from_geodetic,
};
use fusion_core::warning::WarningConfig;
use nalgebra::{Vector3, Vector6};
use std::sync::Arc;

const START: Time = Time::from_nanoseconds(1_505_426_220_000_000_000);
const LAST_S: u32 = 300;
const DELAY_S: f64 = 0.5;
const NODES: [&str; 3] = ["korea", "japan", "united-states"];
/// From whom to whom, by place in the list.
const CIRCLE: [(usize, usize); 3] = [(0, 2), (2, 1), (1, 0)];
const PLACES: [(f64, f64); 3] = [(37.2, 127.0), (36.8, 128.4), (38.0, 125.5)];

const WAYS: [(&str, Option<FusionRule>); 5] = [
    ("siloed", None),
    ("information", Some(FusionRule::Information)),
    ("covariance intersection", Some(FusionRule::CovarianceIntersection)),
    ("inverse covariance intersection", Some(FusionRule::InverseCovarianceIntersection)),
    ("naive", Some(FusionRule::Naive)),
];

/// At the end, at one node: squared position error of the track nearest to the missile (m²), its NEES, and how many tracks.
type Known = [(f64, f64, f64); NODES.len()];

struct Scene {
    setup: Arc<Setup>,
    /// Time, sensor and true position of each look.
    looks: Vec<(f64, usize, Vector3<f64>)>,
    end: Vector6<f64>,
}

pub fn table(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let scene = Scene::new()?;
    let mut all: Vec<[Known; WAYS.len()]> = Vec::with_capacity(options.runs);
    progress.fold_runs(
        "circle",
        options.runs,
        |run| scene.run(options.seed, run),
        |known| {
            all.push(known);
            Ok::<(), AccuracyError>(())
        },
    )?;
    let mut rows = Vec::new();
    for (way, (name, _)) in WAYS.iter().enumerate() {
        for (node, node_name) in NODES.iter().enumerate() {
            let of = |what: fn(&(f64, f64, f64)) -> f64| -> Vec<f64> {
                all.iter().map(|known| what(&known[way][node])).collect()
            };
            let mut row =
                vec![(*name).into(), (*node_name).into(), root_mean_square(&of(|known| known.0), 1)];
            row.extend(judged(&of(|known| known.1))?);
            row.push(Cell::Number(of(|known| known.2).iter().sum::<f64>() / all.len() as f64, 2));
            rows.push(row);
        }
    }
    Ok(Table {
        title: format!(
            "Korea to the United States to Japan to Korea, each passing on all it hears, after five minutes, {} runs",
            options.runs
        ),
        columns: vec!["rule", "node", "RMSE m", "NEES", "band", "verdict", "tracks"],
        rows,
        notes: vec![
            "A missile in free flight and a radar for each node; links of half a second, with `forward`. Where there is more than one track, the nearest is judged.".into(),
        ],
    })
}

impl Scene {
    fn new() -> Result<Self, AccuracyError> {
        let sensors: Vec<Sensor> = (0..).zip(PLACES).map(|(number, place)| radar(number, place)).collect();
        // The truth has no noise in its course.
        let tracker = TrackerConfig { coast_acceleration_density_m2_s3: 1e-12, ..TrackerConfig::default() };
        let names = NODES.map(str::to_owned).to_vec();
        let setup = Setup::new(names, sensors, Vec::new(), WarningConfig::default(), tracker, START)?;
        let place = Geodetic::from_degrees(39.2, 126.5, 160e3);
        let velocity_m_s = ecef_from_enu(place) * Vector3::new(1_800.0, 900.0, 1_400.0);
        let position_m = ecef_from_geodetic(place);
        let start = Vector6::from_iterator(position_m.iter().chain(velocity_m_s.iter()).copied());
        let at = |after_s: f64| propagate_state(&Coast { density_m2_s3: 0.0 }, &start, after_s, 5.0);
        let mut looks = Vec::new();
        for second in 0..LAST_S {
            for (index, sensor) in setup.sensors.iter().enumerate() {
                let after_s = f64::from(second) + sensor.first_look_s;
                looks.push((after_s, index, at(after_s).fixed_rows::<3>(0).into()));
            }
        }
        Ok(Scene { end: at(f64::from(LAST_S)), setup: Arc::new(setup), looks })
    }

    fn scans(&self, seed: u64, run: usize) -> Vec<Arc<Scan>> {
        let look = |(number, (after_s, index, position_m)): (usize, &(f64, usize, Vector3<f64>))| {
            let sensor = &self.setup.sensors[*index];
            let sequence = (number / self.setup.sensors.len()) as u32;
            let plots = plots(sensor, position_m, &[seed, run as u64, u64::from(sequence)]);
            Arc::new(Scan::of_field(sensor.id, sequence, START.plus_seconds(*after_s), plots))
        };
        self.looks.iter().enumerate().map(look).collect()
    }

    fn run(&self, seed: u64, run: usize) -> Result<[Known; WAYS.len()], AccuracyError> {
        let scans = self.scans(seed, run);
        let until = START.plus_seconds(f64::from(LAST_S));
        let mut all = [Known::default(); WAYS.len()];
        for (known, (_, rule)) in all.iter_mut().zip(WAYS) {
            let ends = CIRCLE.iter().filter(|_| rule.is_some());
            let ends = ends.map(|(from, to)| (NODES[*from].to_owned(), NODES[*to].to_owned()));
            let regime = tracks("circle", ends, |from, to| {
                let mut link = link(from, to, rule.unwrap_or_default(), DELAY_S, 1.0);
                link.forward = true;
                // Everybody may know everything: the mark of who may know must not be what breaks the circle.
                link.onward = NODES.map(str::to_owned).to_vec();
                link
            });
            let mut network = Network::new(&self.setup, &regime, 1)?;
            let mut seen = 0;
            network.run(&scans, until, |result| {
                if result.picture.time < until {
                    return;
                }
                let off_m =
                    |track: &PictureTrack| (track.kinematic.mean - self.end).fixed_rows::<3>(0).norm();
                let nearest = result.picture.confirmed().min_by(|a, b| off_m(a).total_cmp(&off_m(b)));
                if let Some(track) = nearest
                    && let Ok(nees) = nees(&(self.end - track.kinematic.mean), &track.kinematic.covariance)
                {
                    let squared_m2 = off_m(track) * off_m(track);
                    let count = result.picture.confirmed().count() as f64;
                    known[usize::from(result.picture.node.0)] = (squared_m2, nees, count);
                    seen += 1;
                }
            })?;
            if seen < NODES.len() {
                return Err(format!("run {run}: a node without a track at the end").into());
            }
        }
        Ok(all)
    }
}

fn radar(number: u16, (latitude_deg, longitude_deg): (f64, f64)) -> Sensor {
    let model = RadarModel {
        minimum_range_m: 10e3,
        maximum_range_m: 1_500e3,
        minimum_elevation_rad: 0.02,
        maximum_elevation_rad: 1.5,
        azimuth_half_width_rad: 4.0,
        ..RadarModel::default()
    };
    Sensor {
        id: SensorId(number),
        name: format!("radar {number}"),
        owner: NodeId(number),
        position_m: ecef_from_geodetic(Geodetic::from_degrees(latitude_deg, longitude_deg, 300.0)),
        navigation_sigma_m: 0.0,
        revisit_s: 1.0,
        first_look_s: 0.3 + 0.2 * f64::from(number),
        detection_probability: 0.9,
        clutter_per_scan: 0.0,
        kind: SensorKind::Radar(model),
    }
}

/// One look without clutter.
fn plots(sensor: &Sensor, position_m: &Vector3<f64>, numbers: &[u64; 3]) -> Vec<Plot> {
    let SensorKind::Radar(model) = &sensor.kind else { return Vec::new() };
    let mut chance = Stream::new("circle", numbers[0], &[numbers[1], numbers[2], u64::from(sensor.id.0)]);
    let (is_found, [right, up], along) =
        (chance.uniform() < sensor.detection_probability, chance.normal_pair(), chance.normal());
    let station = Station::of(sensor);
    let exact = noise_free_plot(&station, position_m, &Vector3::zeros());
    let is_covered = station.covers(position_m);
    let Some(Plot::Radar { range_m, azimuth_rad, elevation_rad, .. }) =
        exact.filter(|_| is_found && is_covered)
    else {
        return Vec::new();
    };
    let azimuth_rad = azimuth_rad + model.right_sigma_rad * right / libm::cos(elevation_rad);
    vec![Plot::radar(
        range_m + model.range_sigma_m * along,
        azimuth_rad.rem_euclid(std::f64::consts::TAU),
        elevation_rad + model.up_sigma_rad * up,
    )]
}
