//! The coarse gate against all pairs: none may be missing, and few may be too many.

use super::*;
use crate::math::chance::Stream;
use crate::types::LineOfSight;

/// One track's number and one plot's for each pair.
type Pairs = Vec<(usize, usize)>;

fn near_pairs(gating: &mut Gating, tracks: &[PositionModes], plots: &[Observation], gate: Gate) -> Pairs {
    gating.fill(plots.iter(), gate);
    let mut pairs = Vec::new();
    for (row, track) in tracks.iter().enumerate() {
        pairs.extend(gating.plots_near(track).iter().map(|&column| (row, column)));
    }
    pairs
}

fn gated_pairs(tracks: &[PositionModes], plots: &[Observation], gate: Gate) -> Pairs {
    let all = (0..tracks.len()).flat_map(|row| (0..plots.len()).map(move |column| (row, column)));
    all.filter(|&(row, column)| {
        let modes = tracks[row].live().filter_map(|mode| innovation(mode, &plots[column]));
        modes.into_iter().any(|(squared, _)| squared <= gate.threshold(&plots[column]))
    })
    .collect()
}

/// A number over decades.
fn decades(chance: &mut Stream, low: f64, high: f64) -> f64 {
    libm::exp(chance.between(libm::log(low), libm::log(high)))
}

fn direction(chance: &mut Stream) -> Vector3<f64> {
    Vector3::new(chance.normal(), chance.normal(), chance.normal()).normalize()
}

/// An ellipsoid of any shape and attitude, of deviations between two bounds, m.
fn covariance(chance: &mut Stream, low_m: f64, high_m: f64) -> Matrix3<f64> {
    let mut sum = Matrix3::zeros();
    for _ in 0..3 {
        let axis = direction(chance) * decades(chance, low_m, high_m);
        sum += axis * axis.transpose();
    }
    sum + Matrix3::identity() * (low_m * low_m)
}

/// How far and how well known the tracks of one kind of scene are, and how good its sensor is.
struct Scene {
    range_m: (f64, f64),
    /// Of all directions, how far from one the tracks may be: 2 is all around.
    width: f64,
    track_sigma_m: (f64, f64),
    angle_sigma_rad: (f64, f64),
    range_sigma_m: (f64, f64),
    /// Share of plots with range.
    with_range: f64,
}

impl Scene {
    /// Tracks of up to three modes, and for each track some plots at the edge of its gate and about it.
    fn draw(&self, chance: &mut Stream, count: usize) -> (Vec<PositionModes>, Vec<Observation>) {
        let origin_m = direction(chance) * 6.37e6;
        let towards = direction(chance);
        let (mut tracks, mut plots) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let along = (towards + direction(chance) * self.width * chance.uniform()).normalize();
            let mean_m = origin_m + along * decades(chance, self.range_m.0, self.range_m.1);
            let mut mode = || PositionMode {
                probability: if chance.uniform() < 0.5 { 0.3 } else { 0.0 },
                mean_m: mean_m + direction(chance) * decades(chance, 1.0, 10.0 * self.track_sigma_m.1),
                covariance_m2: covariance(chance, self.track_sigma_m.0, self.track_sigma_m.1),
            };
            let modes = [mode(), mode(), PositionMode { probability: 0.4, ..mode() }];
            tracks.push(PositionModes::new(modes));
            for mode in modes {
                plots.extend(self.plot(chance, &origin_m, &mode));
            }
        }
        (tracks, plots)
    }

    fn plot(&self, chance: &mut Stream, origin_m: &Vector3<f64>, mode: &PositionMode) -> Option<Observation> {
        let angle_sigma =
            |chance: &mut Stream| decades(chance, self.angle_sigma_rad.0, self.angle_sigma_rad.1);
        let angle_sigmas_rad = [angle_sigma(chance), angle_sigma(chance)];
        let range_sigma_m = decades(chance, self.range_sigma_m.0, self.range_sigma_m.1);
        let factor = Cholesky::new(&mode.covariance_m2).ok()?;
        // Mostly about as far out as the gate reaches.
        let aside = direction(chance) * chance.between(0.0, 8.0);
        let offset_m = mode.mean_m + factor.lower() * aside - origin_m;
        let noise = direction(chance) * chance.between(0.0, 6.0);
        let across = direction(chance) * (offset_m.norm() * angle_sigmas_rad[0] * noise.x);
        let frame = LineOfSight::new(*origin_m, &(offset_m + across), &direction(chance))?;
        let has_range = chance.uniform() < self.with_range;
        Some(Observation {
            line_of_sight: frame,
            range_m: has_range.then(|| offset_m.norm() + range_sigma_m * noise.y),
            range_variance_m2: range_sigma_m * range_sigma_m,
            angle_variances_rad2: angle_sigmas_rad.map(|sigma| sigma * sigma),
            range_rate: None,
            sees_plume_only: false,
        })
    }
}

const RADAR: Scene = Scene {
    range_m: (100e3, 2_000e3),
    width: 0.7,
    track_sigma_m: (30.0, 1_000.0),
    angle_sigma_rad: (3e-4, 3e-3),
    range_sigma_m: (5.0, 100.0),
    with_range: 1.0,
};

const GATE: Gate = Gate { two: 18.42, three: 21.11 };

#[test]
fn no_pair_in_the_gate_is_missed_whatever_the_geometry() {
    let scenes = [
        RADAR,
        // All around, to below the horizon.
        Scene { width: 2.0, ..RADAR },
        // Wide covariances, hundreds of kilometres.
        Scene { width: 2.0, track_sigma_m: (100.0, 500e3), ..RADAR },
        // Beside the sensor, and behind it.
        Scene { range_m: (10.0, 50e3), width: 2.0, track_sigma_m: (10.0, 30e3), ..RADAR },
        // A coarse sensor: everything is about the greatest angle that bounds a direction.
        Scene { width: 2.0, track_sigma_m: (1e3, 50e3), angle_sigma_rad: (1e-3, 0.3), ..RADAR },
        // A satellite; then both kinds in a scan.
        Scene { range_m: (3e7, 4.2e7), width: 0.1, angle_sigma_rad: (1e-6, 5e-5), with_range: 0.0, ..RADAR },
        Scene { width: 2.0, track_sigma_m: (30.0, 100e3), with_range: 0.5, ..RADAR },
        // So certain that rounding is all there is to fear.
        Scene {
            track_sigma_m: (0.01, 0.1),
            angle_sigma_rad: (1e-8, 1e-6),
            range_sigma_m: (0.01, 0.1),
            ..RADAR
        },
    ];
    let mut gating = Gating::default();
    for (number, scene) in scenes.iter().enumerate() {
        for round in 0..25 {
            let mut chance = Stream::new("gating", number as u64, &[round]);
            let (tracks, plots) = scene.draw(&mut chance, 40);
            let gate = if round % 5 == 0 { Gate { two: 0.5, three: 1.0 } } else { GATE };
            let near = near_pairs(&mut gating, &tracks, &plots, gate);
            assert!(near.is_sorted_by(|one, next| one < next), "pairs out of order or named twice");
            let gated = gated_pairs(&tracks, &plots, gate);
            // Else the test shows nothing.
            assert!(gate != GATE || gated.len() > 20, "scene {number}: {} pairs in gates", gated.len());
            for pair in gated {
                assert!(
                    near.binary_search(&pair).is_ok(),
                    "scene {number}, round {round}: {pair:?} is missing"
                );
            }
        }
    }
}

#[test]
fn what_is_near_is_mostly_in_the_gate() {
    let mut gating = Gating::default();
    // As a radar has tracks that it has followed for a while: a kilometre apart, or a hundred.
    for with_range in [1.0, 0.0] {
        let scene = Scene { track_sigma_m: (50.0, 200.0), with_range, ..RADAR };
        let (tracks, plots) = scene.draw(&mut Stream::new("gating, few", 1, &[]), 600);
        let near = near_pairs(&mut gating, &tracks, &plots, GATE).len();
        let gated = gated_pairs(&tracks, &plots, GATE).len();
        assert!(near < 2 * gated, "{near} pairs near, {gated} in gates");
    }
}

/// A plot without range, known to ten milliradians.
fn coarse(origin_m: Vector3<f64>, direction: Vector3<f64>) -> Observation {
    Observation {
        line_of_sight: LineOfSight::new(origin_m, &direction, &Vector3::z()).expect("a direction"),
        range_m: None,
        range_variance_m2: 0.0,
        angle_variances_rad2: [1e-4; 2],
        range_rate: None,
        sees_plume_only: false,
    }
}

fn certain(mean_m: Vector3<f64>) -> PositionModes {
    PositionModes::new([PositionMode { probability: 1.0, mean_m, covariance_m2: Matrix3::identity() }; 3])
}

#[test]
fn directions_across_the_middle_of_the_scan_are_found_where_their_components_turn_back() {
    // The middle is x. At y, a turn changes the component along y by half its square only.
    let plots = [Vector3::x(), Vector3::y(), -Vector3::y()].map(|along| coarse(Vector3::zeros(), along));
    let aside = [Vector3::x(), -Vector3::x(), Vector3::z(), -Vector3::z()];
    let tracks = aside.map(|axis| certain((Vector3::y() + axis * 0.04) * 1e5));
    let near = near_pairs(&mut Gating::default(), &tracks, &plots, GATE);
    assert_eq!(near, [(0, 1), (1, 1), (2, 1), (3, 1)]);
    assert_eq!(near, gated_pairs(&tracks, &plots, GATE));
}

#[test]
fn a_plot_from_another_place_than_the_first_is_near_every_track() {
    let elsewhere_m = Vector3::new(0.0, 5e5, 0.0);
    let track = certain(Vector3::new(1e5, 0.0, 0.0));
    let plots = [coarse(Vector3::zeros(), -Vector3::x()), coarse(elsewhere_m, Vector3::new(1e5, -5e5, 0.0))];
    let near = near_pairs(&mut Gating::default(), &[track], &plots, GATE);
    assert_eq!(near, [(0, 1)]);
    assert_eq!(near, gated_pairs(&[track], &plots, GATE));
}

#[test]
fn nothing_is_near_where_there_is_nothing() {
    let mut gating = Gating::default();
    let track = certain(Vector3::new(1e5, 0.0, 0.0));
    assert!(gating.plots_near(&track).is_empty(), "before any scan");
    gating.fill([coarse(Vector3::zeros(), Vector3::x())].iter(), GATE);
    assert_eq!(gating.plots_near(&track), [0]);
    // At the sensor, and nowhere.
    for mean_m in [Vector3::zeros(), Vector3::repeat(f64::NAN), Vector3::repeat(f64::INFINITY)] {
        assert!(gating.plots_near(&certain(mean_m)).is_empty(), "{mean_m}");
    }
    gating.fill([].iter(), GATE);
    assert!(gating.plots_near(&track).is_empty(), "an empty scan");
}
