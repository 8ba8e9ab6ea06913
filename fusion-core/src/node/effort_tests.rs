//! More than a node can work on: what matters goes on, what is left out is counted, and the order of arrival does not matter.

use super::effort::{Effort, Windows};
use super::order_tests::{assert_same, delayed};
use super::scan::{Look, Seen};
use super::scenario_tests::*;
use super::{Node, Setup, TickResult, TrackerConfig};
use crate::association::{Method, gated_log_likelihood};
use crate::filter::{PositionMode, PositionModes};
use crate::math::chance::Stream;
use crate::measurement::{Observation, Station};
use crate::types::{Scan, SensorId};
use nalgebra::{Matrix3, Vector3};
use std::sync::Arc;

const LOOKS: u32 = 60;
/// The flood begins with this look.
const FLOODED_FROM: u32 = 30;
const FALSE_PLOTS: f64 = 600.0;
/// About as much as the flood of one radar takes.
const LITTLE_WORK: u32 = 1_000;

/// Both radars see clutter everywhere from some look on, which the node knows.
fn flooded(tracker: TrackerConfig) -> World {
    let calm = World::new(setup(0.5, tracker), Flight::coasting(), LOOKS, 3);
    let flood = World::new(setup(FALSE_PLOTS, tracker), Flight::coasting(), LOOKS, 3);
    let both = calm.scans.into_iter().zip(flood.scans);
    let scans = both.map(|(calm, flood)| if calm.sequence < FLOODED_FROM { calm } else { flood }).collect();
    World { scans, ..flood }
}

/// Ticks at which plots had gone into a confirmed track since the last, from a second on.
fn ticks_with_news(results: &[TickResult], from: u32) -> usize {
    let later = results.iter().skip(from as usize);
    later.filter(|result| result.reports.iter().any(|report| report.tracklet.is_some())).count()
}

#[test]
fn a_confirmed_missile_is_followed_through_a_flood_and_what_is_left_out_is_counted() {
    for association in [Method::NearestNeighbour, Method::Joint, Method::MultipleHypotheses] {
        let config = TrackerConfig { association, ..TrackerConfig::default() };
        let calm = World::new(setup(0.5, config), Flight::coasting(), LOOKS, 3);
        let mut undisturbed = Node::new(KOREA, Arc::clone(&calm.setup));
        let before = run(&mut undisturbed, at_once(&calm.scans_of(KOREA)), LOOKS);
        assert_eq!(undisturbed.counts().shed_plots, 0);

        let world = flooded(TrackerConfig { work_per_tick: LITTLE_WORK / 2, ..config });
        let scans = world.scans_of(KOREA);
        let mut node = Node::new(KOREA, Arc::clone(&world.setup));
        let after = run(&mut node, at_once(&scans), LOOKS);
        let (expected, found) =
            (ticks_with_news(&before, FLOODED_FROM), ticks_with_news(&after, FLOODED_FROM));
        assert!(expected >= 25 && found >= expected - 1, "{association:?}: {found} of {expected} ticks");
        let last = after.last().expect("a tick");
        assert_eq!(last.picture.confirmed().count(), 1, "{association:?}");
        let truth = world.flight.at(f64::from(LOOKS));
        let error_m =
            last.picture.confirmed().map(|track| (track.kinematic.mean - truth).fixed_rows::<3>(0).norm());
        assert!(error_m.fold(0.0, f64::max) < 1_000.0, "{association:?}");
        let counts = node.counts();
        let given: usize = scans.iter().map(|scan| scan.plots.len()).sum();
        let (shed, given) = (counts.shed_plots + counts.shed_beginnings, given as u64);
        assert!(shed > given / 2 && shed < given, "{association:?}: {counts:?} of {given}");
    }
}

#[test]
fn what_is_left_out_does_not_depend_on_the_order_of_arrival() {
    let world = flooded(TrackerConfig { work_per_tick: LITTLE_WORK, ..TrackerConfig::default() });
    let in_order = at_once(&world.scans);
    let heard = |arrivals| {
        let mut node = Node::new(KOREA, Arc::clone(&world.setup));
        let last = run(&mut node, arrivals, LOOKS + 20).pop().expect("a tick");
        (node, last)
    };
    let (prompt, late) = (heard(in_order.clone()), heard(delayed(&in_order, 15.0, 7)));
    assert!(late.0.counts().replayed > 100 && late.0.counts().too_late == 0);
    assert!(prompt.0.counts().shed_plots > 1_000);
    assert_same(&prompt, &late);
    assert_eq!(prompt.0.counts().shed_steps, late.0.counts().shed_steps);
}

#[test]
fn a_radar_that_sees_clutter_everywhere_does_not_blind_the_node_to_what_another_begins() {
    let mut setup = Setup::clone(&setup(0.5, TrackerConfig::default()));
    setup.sensors[0].clutter_per_scan = 4_000.0;
    // It looks often, so that tracks on its clutter take all there is room for, and the missile lies outside its sector.
    setup.sensors[0].revisit_s = 0.25;
    let setup = Arc::new(setup);
    let world = World::new(Arc::clone(&setup), Flight::coasting(), 4 * LOOKS, 5);
    let (flood, other) = (world.scans_of(KOREA), world.scans_of(JAPAN));
    let blind = flood.iter().map(|scan| {
        // What came first in each look is the missile's, where it was detected.
        let false_plots = scan.plots.iter().skip(1).copied().collect();
        Arc::new(Scan { plots: false_plots, ..Scan::clone(scan) })
    });
    let scans: Vec<_> = blind.chain(other).collect();
    let mut node = Node::new(KOREA, setup);
    let results = run(&mut node, at_once(&scans), 12);
    assert!(node.counts().shed_beginnings > 10_000, "{:?}", node.counts());
    // At the first tick: later, misses make room now and then.
    let begun = results[0].picture.tracks.iter().any(|track| track.id.0 >> 48 == 1);
    assert!(begun, "nothing began on a plot of the second radar");
}

#[test]
fn half_of_all_work_is_in_equal_parts_for_each_sensor() {
    let setup = setup(0.5, TrackerConfig { work_per_tick: 400, ..TrackerConfig::default() });
    let mut effort = Effort::default();
    let mut attend = |sensor: u16, plots: usize| {
        let scan =
            Scan { plots: vec![crate::types::Plot::radar(1e5, 0.0, 0.5); plots], ..empty_scan(sensor) };
        let station = Station::at_scan(&setup.sensors[usize::from(sensor)], &scan);
        let look = Look { node: KOREA, setup: &setup, station: &station, scan: &scan };
        effort.attend(&look, &[], &mut Vec::new()).is_whole
    };
    assert!(!attend(0, 201), "more than half");
    assert!(attend(0, 200));
    assert!(!attend(0, 1), "its own part is spent as well");
    assert!(!attend(1, 101), "more than a quarter");
    assert!(attend(1, 100));
    assert!(!attend(1, 1));
    effort.begin_tick();
    let mut copy = Effort::default();
    copy.clone_from(&effort);
    assert_eq!(format!("{copy:?}"), format!("{effort:?}"));
}

#[test]
fn of_unconfirmed_tracks_the_likeliest_are_stepped_and_of_confirmed_ones_all() {
    // Enough for each tick, and not for all together.
    let calm = setup(40.0, TrackerConfig { work_per_tick: 10_000, ..TrackerConfig::default() });
    let world = World::new(Arc::clone(&calm), Flight::coasting(), 40, 3);
    let mut node = Node::new(KOREA, calm);
    run(&mut node, at_once(&world.scans), 40);
    assert_eq!((node.counts().shed_plots, node.counts().shed_steps), (0, 0));
    let tracks = &node.history.tracker.tracks;
    let unconfirmed = tracks.iter().filter(|track| !track.is_confirmed()).count();
    assert!(unconfirmed > 40 && unconfirmed < tracks.len(), "{unconfirmed} of {}", tracks.len());
    let setup = setup(40.0, TrackerConfig { work_per_tick: 200, ..TrackerConfig::default() });
    let scan = empty_scan(0);
    let station = Station::at_scan(&setup.sensors[0], &scan);
    let look = Look { node: KOREA, setup: &setup, station: &station, scan: &scan };
    let (mut effort, mut visible) = (Effort::default(), (0..tracks.len()).collect());
    let attention = effort.attend(&look, tracks, &mut visible);
    // Half of the work is left, and a step counts as five.
    const STEPPED: usize = 20;
    assert!(!attention.is_whole && attention.beginnings == 0);
    assert_eq!(visible.len(), tracks.len() - unconfirmed + STEPPED);
    assert!(visible.is_sorted());
    assert_eq!(effort.shed.steps, (unconfirmed - STEPPED) as u64);
    let is_in = |index: &usize| visible.binary_search(index).is_ok();
    let score = |index: &usize| tracks[*index].score.log_ratio();
    let (kept, left_out): (Vec<usize>, Vec<usize>) =
        (0..tracks.len()).filter(|index| !tracks[*index].is_confirmed()).partition(is_in);
    let least = kept.iter().map(score).fold(f64::INFINITY, f64::min);
    let greatest = left_out.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
    assert!(least >= greatest, "{least} is stepped and {greatest} is not");
    assert!(left_out.iter().any(|index| score(index) < least), "all are as likely: nothing shown");
}

fn empty_scan(sensor: u16) -> Scan {
    Scan::of_field(SensorId(sensor), 0, START.plus_seconds(1.0), Vec::new())
}

#[test]
fn no_plot_that_a_gate_would_take_is_left_out() {
    let setup = setup(0.5, TrackerConfig::default());
    let mut chance = Stream::new("windows", 1, &[]);
    let scan = empty_scan(0);
    let station = Station::at_scan(&setup.sensors[0], &scan);
    let look = Look { node: KOREA, setup: &setup, station: &station, scan: &scan };
    let (mut taken, mut left_out) = (0, 0);
    for _ in 0..300 {
        let seen: Vec<Seen> = (0..3).map(|_| anything(&mut chance, &station)).collect();
        let mut windows = Windows::default();
        windows.fill(&look, &seen);
        for _ in 0..100 {
            let near = &seen[(chance.uniform() * 3.0) as usize].positions;
            let mode = near.live().next().expect("a mode");
            let spread_m = mode.covariance_m2.trace().sqrt();
            let place_m = mode.mean_m + Vector3::from_fn(|_, _| 3.0 * spread_m * chance.normal());
            let enu_m = station.ecef_from_enu.tr_mul(&(place_m - station.position_m));
            let azimuth_rad = libm::atan2(enu_m.x, enu_m.y).rem_euclid(std::f64::consts::TAU);
            let plot =
                crate::types::Plot::radar(enu_m.norm(), azimuth_rad, libm::asin(enu_m.z / enu_m.norm()));
            let Some(observation) = Observation::new(&station, &plot) else { continue };
            let threshold = setup.gate.threshold(&observation);
            let is_gated = seen
                .iter()
                .any(|seen| gated_log_likelihood(&seen.positions, &observation, threshold).is_some());
            assert!(!is_gated || windows.may_hold(&plot), "{plot:?} {seen:?}");
            taken += u32::from(is_gated);
            left_out += u32::from(!windows.may_hold(&plot));
        }
    }
    assert!(taken > 1_000 && left_out > 1_000, "{taken} taken, {left_out} left out");
}

/// A track somewhere in front of a radar, known well or badly.
fn anything(chance: &mut Stream, station: &Station<'_>) -> Seen {
    let direction = station.direction(chance.between(0.0, std::f64::consts::TAU), chance.between(0.1, 1.2));
    let mean_m = station.position_m + direction * chance.between(100e3, 1_200e3);
    let sigma_m = libm::pow(10.0, chance.between(1.0, 4.5));
    let covariance_m2 = Matrix3::from_diagonal(&Vector3::from_fn(|_, _| {
        let axis_m = sigma_m * chance.between(0.1, 1.0);
        axis_m * axis_m
    }));
    let impossible = PositionMode { probability: 0.0, mean_m, covariance_m2 };
    Seen {
        index: 0,
        branch: None,
        positions: PositionModes::new([
            impossible,
            PositionMode { probability: 1.0, ..impossible },
            impossible,
        ]),
        detection_probability: 0.9,
        resolved_probability: 1.0,
        offset_m2: Matrix3::zeros(),
    }
}
