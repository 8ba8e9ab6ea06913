//! Two objects that fly through one resolution cell together: one plot for a minute, and then two again.

use super::scenario_tests::*;
use super::{Node, PictureTrack, Setup, TrackerConfig};
use crate::association::Method;
use crate::filter::Kinematic;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::measurement::Station;
use crate::types::{Geodetic, LineOfSight, Plot, RadarModel, Resolution, Scan, Sensor, SensorKind, TrackId};
use crate::warning::WarningConfig;
use nalgebra::{SVector, Vector3, Vector6};
use std::sync::Arc;

const CELL: Resolution = Resolution { range_m: 150.0, across_rad: 0.025 };
/// The middle of the passage, s.
const NEAREST_S: f64 = 110.0;
const UNTIL_S: u32 = 200;
/// Both tracks are there by then, s.
const KNOWN_S: u32 = 30;
const RUNS: u64 = 40;

/// How the second object flies, seen from the first along, right of and above the radar's line of sight.
#[derive(Clone, Copy, Debug)]
struct Passage {
    nearest_m: [f64; 3],
    velocity_m_s: [f64; 3],
}

/// What became of the tracks, over all runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Outcome {
    /// Looks at both together.
    merged_looks: u32,
    /// Runs in which a track ended, in which a third was confirmed, and in which two changed places.
    deleted: u32,
    ghosts: u32,
    switched: u32,
    /// Mean squared error of both states after the passage, in the node's own covariance, over its expectation: where
    /// both are there and in their places.
    inconsistency: f64,
}

fn setup(known: Option<Resolution>, association: Method) -> Arc<Setup> {
    let mut sensor = radar(0, Geodetic::from_degrees(37.2, 127.0, 300.0), 0.3);
    if let SensorKind::Radar(radar) = &mut sensor.kind {
        radar.resolution = known;
    }
    let tracker = TrackerConfig { association, ..TrackerConfig::default() };
    let warning = WarningConfig::default();
    Arc::new(
        Setup::new(vec!["korea".into()], vec![sensor], Vec::new(), warning, tracker, START).expect("valid"),
    )
}

/// Both flights.
fn flights(sensor: &Sensor, passage: &Passage) -> [Flight; 2] {
    let first = Flight::coasting();
    let middle: Vector3<f64> = first.at(NEAREST_S).fixed_rows::<3>(0).into();
    let station = Station::of(sensor);
    let frame =
        LineOfSight::new(sensor.position_m, &(middle - sensor.position_m), &station.up()).expect("a line");
    let turned = |[along, right, up]: [f64; 3]| frame.along * along + frame.right * right + frame.up * up;
    let velocity_m_s = turned(passage.velocity_m_s);
    let mut start = first.start;
    let offset_m = turned(passage.nearest_m) - velocity_m_s * NEAREST_S;
    let offset = offset_m.iter().chain(velocity_m_s.iter()).copied();
    start += SVector::<f64, 9>::from_iterator(offset.chain([0.0; 3]));
    [first, Flight { start, burnout_s: 0.0 }]
}

/// One look: both objects, as one where the cell does not tell them apart, and clutter.
fn look(sensor: &Sensor, flights: &[Flight; 2], sequence: u32, seed: u64) -> (Scan, bool) {
    let SensorKind::Radar(model) = &sensor.kind else { panic!("a radar") };
    let after_s = sensor.first_look_s + f64::from(sequence);
    let mut chance = Stream::new("merging", seed, &[u64::from(sequence)]);
    let station = Station::of(sensor);
    let offsets_m: [Vector3<f64>; 2] =
        [0, 1].map(|index: usize| flights[index].at(after_s).fixed_rows::<3>(0) - sensor.position_m);
    let [one, other] = offsets_m;
    let is_one = (one.norm() - other.norm()).abs() < CELL.range_m
        && libm::atan2(one.cross(&other).norm(), one.dot(&other)) < CELL.across_rad;
    let echoes = if is_one { vec![(one + other) * 0.5] } else { vec![one, other] };
    let mut plots = Vec::new();
    for offset_m in echoes {
        if chance.uniform() < sensor.detection_probability {
            plots.push(measured(model, &station.ecef_from_enu.tr_mul(&offset_m), &mut chance));
        }
    }
    for _ in 0..chance.poisson(sensor.clutter_per_scan) {
        plots.push(Plot::radar(
            chance.between(model.minimum_range_m, model.maximum_range_m),
            chance.between(0.0, std::f64::consts::TAU),
            chance.between(model.minimum_elevation_rad, model.maximum_elevation_rad),
        ));
    }
    (Scan::of_field(sensor.id, sequence, START.plus_seconds(after_s), plots), is_one)
}

fn measured(model: &RadarModel, enu_m: &Vector3<f64>, chance: &mut Stream) -> Plot {
    let elevation_rad = libm::asin(enu_m.z / enu_m.norm());
    let [right, up] = chance.normal_pair();
    let azimuth_rad =
        libm::atan2(enu_m.x, enu_m.y) + model.right_sigma_rad * right / libm::cos(elevation_rad);
    Plot::radar(
        enu_m.norm() + model.range_sigma_m * chance.normal(),
        azimuth_rad.rem_euclid(std::f64::consts::TAU),
        elevation_rad + model.up_sigma_rad * up,
    )
}

/// Flies the passage once before a node that knows this of the radar's cell.
fn fly(setup: &Arc<Setup>, passage: &Passage, seed: u64) -> Outcome {
    let sensor = &setup.sensors[0];
    let flights = flights(sensor, passage);
    let mut node = Node::new(KOREA, Arc::clone(setup));
    let mut known: Option<[TrackId; 2]> = None;
    let mut outcome = Outcome::default();
    for second in 1..=UNTIL_S {
        let (scan, is_one) = look(sensor, &flights, second - 1, seed);
        outcome.merged_looks += u32::from(is_one);
        node.receive_scan(Arc::new(scan));
        let mut tracks = node.tick(START.plus_seconds(f64::from(second))).picture.tracks;
        tracks.retain(|track| track.is_confirmed);
        let truths = [flights[0].at(f64::from(second)), flights[1].at(f64::from(second))];
        let nearest = |truth: &Vector6<f64>| {
            let off_m = |track: &PictureTrack| (track.kinematic.mean - truth).fixed_rows::<3>(0).norm();
            let track = tracks.iter().min_by(|one, other| off_m(one).total_cmp(&off_m(other)));
            track.map(|track| track.id)
        };
        let now = [nearest(&truths[0]), nearest(&truths[1])];
        if second == KNOWN_S {
            let [Some(one), Some(other)] = now else { panic!("seed {seed}: nothing is tracked") };
            assert!(one != other && tracks.len() == 2, "seed {seed}: not two tracks before the passage");
            known = Some([one, other]);
        }
        let Some(known) = known else { continue };
        outcome.ghosts = outcome.ghosts.max(u32::from(tracks.len() > 2));
        let both = known.map(|id| tracks.iter().find(|track| track.id == id));
        outcome.deleted = u32::from(both.contains(&None));
        outcome.switched = u32::from(outcome.deleted == 0 && now != known.map(Some));
        let errors = both.iter().zip(truths).filter_map(|(track, truth)| {
            let Kinematic { mean, covariance } = track.as_ref()?.kinematic;
            Some(Cholesky::new(&covariance).ok()?.mahalanobis_squared(&(mean - truth)))
        });
        let is_kept = outcome.deleted + outcome.switched == 0;
        outcome.inconsistency = if is_kept { errors.sum::<f64>() / 12.0 } else { 0.0 };
    }
    outcome
}

/// All runs of a passage.
fn outcome(known: Option<Resolution>, association: Method, passage: &Passage) -> Outcome {
    let setup = setup(known, association);
    (0..RUNS).map(|seed| fly(&setup, passage, seed)).fold(Outcome::default(), |sum, run| Outcome {
        merged_looks: run.merged_looks,
        deleted: sum.deleted + run.deleted,
        ghosts: sum.ghosts + run.ghosts,
        switched: sum.switched + run.switched,
        inconsistency: sum.inconsistency + run.inconsistency / RUNS as f64,
    })
}

/// One passes below the other, 50 m nearer.
const BELOW: Passage = Passage { nearest_m: [50.0, 100.0, 0.0], velocity_m_s: [0.0, 0.0, 90.0] };
/// One slowly falls behind the other, 3.6 km beside it: the middle lies in neither one's gate.
const BESIDE: Passage = Passage { nearest_m: [0.0, 3_000.0, 2_000.0], velocity_m_s: [-1.5, 0.0, 0.0] };

const METHODS: [Method; 3] = [Method::NearestNeighbour, Method::Joint, Method::MultipleHypotheses];

#[test]
fn two_tracks_outlive_a_minute_of_one_plot_and_keep_their_names() {
    for association in METHODS {
        for passage in [BELOW, BESIDE] {
            let outcome = outcome(Some(CELL), association, &passage);
            assert!(outcome.merged_looks > 50, "{passage:?}: {outcome:?}");
            let bad = outcome.deleted + outcome.ghosts + outcome.switched;
            assert!(bad * 20 <= RUNS as u32, "{association:?} {passage:?}: {outcome:?}");
            // What the one plot is worth to either is not overrated by much.
            assert!(outcome.inconsistency < 3.0, "{association:?} {passage:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_node_that_does_not_know_the_cell_loses_tracks_there_or_confirms_ghosts() {
    for association in METHODS {
        for passage in [BELOW, BESIDE] {
            let outcome = outcome(None, association, &passage);
            let bad = outcome.deleted + outcome.ghosts + outcome.switched;
            assert!(bad * 5 > RUNS as u32, "{association:?} {passage:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_cell_changes_nothing_for_one_object() {
    let alone = |known: Option<Resolution>| {
        let setup = setup(known, Method::NearestNeighbour);
        let sensor = &setup.sensors[0];
        // The second is on the other side of the country.
        let far = Passage { nearest_m: [-150e3, 200e3, 0.0], velocity_m_s: [0.0; 3] };
        let flights = flights(sensor, &far);
        let mut node = Node::new(KOREA, Arc::clone(&setup));
        (0..60)
            .map(|sequence| {
                node.receive_scan(Arc::new(look(sensor, &flights, sequence, 1).0));
                node.tick(START.plus_seconds(f64::from(sequence + 1))).picture
            })
            .collect::<Vec<_>>()
    };
    assert!(alone(None) == alone(Some(CELL)));
}
