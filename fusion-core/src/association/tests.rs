//! Which plot goes to which track, and which plots a gate lets in.

use super::*;
use crate::filter::{Gaussian, MissileFilter, MissileModels};
use crate::math::chance::Stream;
use crate::math::chi_square::{band, quantile};
use crate::types::LineOfSight;
use nalgebra::SVector;

/// A radar at the Earth's surface that looks along x, and a plot of it 400 km away: range and two angles.
fn plot(offset_m: Vector3<f64>) -> Observation {
    let origin_m = Vector3::new(6.37e6, 0.0, 0.0);
    let direction = Vector3::new(400e3, 0.0, 0.0) + offset_m;
    Observation {
        line_of_sight: LineOfSight::new(origin_m, &direction, &Vector3::z()).expect("a direction"),
        range_m: Some(direction.norm()),
        range_variance_m2: 900.0,
        angle_variances_rad2: [1e-6, 1e-6],
        range_rate: None,
        sees_plume_only: false,
    }
}

fn place(offset_m: Vector3<f64>) -> Vector3<f64> {
    Vector3::new(6.37e6 + 400e3, 0.0, 0.0) + offset_m
}

fn track_at(offset_m: Vector3<f64>, sigma_m: f64) -> MissileFilter {
    let covariance = Matrix3::identity() * (sigma_m * sigma_m);
    MissileFilter::from_position(&place(offset_m), &covariance, 0.5, &MissileModels::for_tests())
}

fn gate() -> Gate {
    Gate { two: quantile(2, 0.9999).expect("valid"), three: quantile(3, 0.9999).expect("valid") }
}

fn assigned(
    tracks: &[MissileFilter],
    plots: &[Observation],
    detection_probability: f64,
) -> Vec<Option<usize>> {
    let positions: Vec<PositionModes> = tracks.iter().map(MissileFilter::positions).collect();
    let predicted: Vec<Predicted<'_>> = positions
        .iter()
        .map(|positions| Predicted {
            positions,
            detection_probability,
            resolved_probability: 1.0,
            existence: 1.0,
        })
        .collect();
    let candidacies: Vec<Candidacy<'_>> =
        plots.iter().map(|observation| Candidacy { observation, false_density: 1e-7 }).collect();
    nearest_neighbour(&predicted, &candidacies, gate()).expect("finite costs")
}

#[test]
fn the_whole_scan_is_assigned_at_best_where_the_nearest_pair_first_is_not() {
    // The first plot is nearest to both tracks. Given to the second, which it is nearest to of all, it leaves the first
    // track none within its gate; given to the first, both have one.
    let along = |offset_m: f64| Vector3::new(offset_m, 0.0, 0.0);
    let tracks = [track_at(along(0.0), 50.0), track_at(along(200.0), 50.0)];
    let plots = [plot(along(120.0)), plot(along(350.0))];
    let squared = |track: &MissileFilter, plot: &Observation| {
        let positions = track.positions();
        innovation(positions.live().next().expect("a mode"), plot).expect("in front").0
    };
    assert!(squared(&tracks[1], &plots[0]) < squared(&tracks[0], &plots[0]));
    assert!(squared(&tracks[0], &plots[1]) > gate().three);
    assert_eq!(assigned(&tracks, &plots, 0.9), [Some(0), Some(1)]);
    // Whatever the order in which they stand.
    let turned = [tracks[1], tracks[0]];
    assert_eq!(assigned(&turned, &[plots[1], plots[0]], 0.9), [Some(0), Some(1)]);
    // Less certain tracks could each have either plot: the sum of the costs decides, not the best pair.
    let vague =
        tracks.map(|track| track_at(track.coast.mean.fixed_rows::<3>(0) - place(Vector3::zeros()), 100.0));
    let plots = [plots[0], plot(along(320.0))];
    assert!(vague.iter().all(|track| plots.iter().all(|plot| squared(track, plot) < gate().three)));
    assert!(squared(&vague[1], &plots[0]) < squared(&vague[0], &plots[0]).min(squared(&vague[1], &plots[1])));
    assert_eq!(assigned(&vague, &plots, 0.9), [Some(0), Some(1)]);
    // Without the second plot the nearer track has the first.
    assert_eq!(assigned(&tracks, &plots[..1], 0.9), [None, Some(0)]);
}

#[test]
fn no_plot_goes_to_a_track_that_the_sensor_cannot_see_or_that_is_far_away() {
    let tracks = [track_at(Vector3::zeros(), 50.0)];
    let near = [plot(Vector3::new(10.0, 0.0, 0.0))];
    assert_eq!(assigned(&tracks, &near, 0.9), [Some(0)]);
    assert_eq!(assigned(&tracks, &near, 1.0), [Some(0)]);
    assert_eq!(assigned(&tracks, &near, 0.0), [None]);
    assert_eq!(assigned(&tracks, &[plot(Vector3::new(5e3, 0.0, 0.0))], 0.9), [None]);
    assert_eq!(assigned(&tracks, &[], 0.9), [None]);
    assert!(assigned(&[], &near, 0.9).is_empty());
}

#[test]
fn each_mode_has_a_gate_of_its_own_so_that_burnout_is_not_shut_out() {
    // Thrust of 40 m/s² over 10 s: boost and coast lie 2 km apart, and boost is all but sure.
    let mut track = track_at(Vector3::zeros(), 40.0);
    track.probabilities = [0.99, 0.01, 0.0];
    let apart = Vector3::new(-2_000.0, 0.0, 0.0);
    track.coast.mean.fixed_rows_mut::<3>(0).copy_from(&place(apart));
    let burnt_out = plot(apart);
    let Gaussian { mean, covariance } = track.kinematic();
    let mean_m: SVector<f64, 3> = mean.fixed_rows::<3>(0).into();
    let matched =
        PositionMode { probability: 1.0, mean_m, covariance_m2: covariance.fixed_view::<3, 3>(0, 0).into() };
    let (squared, _) = innovation(&matched, &burnt_out).expect("in front");
    assert!(squared > 2.0 * gate().three, "a moment-matched gate takes it: {squared}");
    assert_eq!(assigned(&[track], &[burnt_out], 0.9), [Some(0)]);
    // The likelihood is that of the mixture, here of its coasting part.
    let log = gated_log_likelihood(&track.positions(), &burnt_out, gate().three).expect("in a gate");
    let coasting = track.positions();
    let coasting = coasting.live().nth(1).expect("coast");
    let (_, alone) = innovation(coasting, &burnt_out).expect("in front");
    assert!((log - alone - libm::log(0.01)).abs() < 1e-9);
    // Half way fits neither.
    let between = plot(apart * 0.5);
    assert_eq!(gated_log_likelihood(&track.positions(), &between, gate().three), None);
}

#[test]
fn true_plots_have_a_chi_square_innovation_and_pass_the_gate_as_often_as_it_says() {
    const DRAWS: u32 = 4_000;
    let mut chance = Stream::new("innovation", 1, &[]);
    // Long in one direction, as after a coarse sensor's plots.
    let sigmas = Vector3::new(60.0, 900.0, 250.0);
    for angles_only in [false, true] {
        let degrees_of_freedom = if angles_only { 2 } else { 3 };
        let gate_90 = quantile(degrees_of_freedom, 0.9).expect("valid");
        let (mut total, mut inside) = (0.0, 0);
        for _ in 0..DRAWS {
            let mut normal = || Vector3::new(chance.normal(), chance.normal(), chance.normal());
            let truth = sigmas.component_mul(&normal());
            let noise = normal();
            let exact = plot(truth);
            let frame = exact.line_of_sight;
            let direction = frame.along + frame.right * (1e-3 * noise.y) + frame.up * (1e-3 * noise.z);
            let seen = Observation {
                line_of_sight: LineOfSight::new(frame.origin_m, &direction, &Vector3::z())
                    .expect("a direction"),
                range_m: exact.range_m.filter(|_| !angles_only).map(|range_m| range_m + 30.0 * noise.x),
                ..exact
            };
            let mode = PositionMode {
                probability: 1.0,
                mean_m: place(Vector3::zeros()),
                covariance_m2: Matrix3::from_diagonal(&sigmas.component_mul(&sigmas)),
            };
            let (squared, _) = innovation(&mode, &seen).expect("in front");
            total += squared;
            inside += u32::from(squared <= gate_90);
        }
        let (low, high) = band(degrees_of_freedom * DRAWS, 0.999).expect("valid");
        assert!((low..high).contains(&total), "{total} not in {low} to {high}");
        // Three deviations of a binomial at 0.9.
        assert!(inside.abs_diff(3_600) < 57, "{inside} of {DRAWS} inside");
    }
}
