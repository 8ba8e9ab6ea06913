//! Covariance intersection: best weights to the last bits, and never too sure of itself.

use super::*;
use crate::math::chance::Stream;
use crate::share::random_tests::{Pair, covariance, excess};
use nalgebra::{Matrix3, matrix};

#[test]
fn where_one_estimate_holds_all_of_the_other_it_is_taken_alone() {
    let small = Matrix3::identity();
    for weight in [intersection_weight, intersection_weight_by_trace] {
        assert_eq!(weight(&small, &(small * 4.0)), Ok(1.0));
        assert_eq!(weight(&(small * 4.0), &small), Ok(0.0));
        assert_eq!(weight(&small, &small), Ok(1.0), "nothing new: the first is kept");
    }
}

/// The criterion of the fused covariance as anybody would write it, by nalgebra.
fn value(a: &SMatrix<f64, 4, 4>, b: &SMatrix<f64, 4, 4>, weight: f64, criterion: Criterion) -> f64 {
    let invert = |matrix: &SMatrix<f64, 4, 4>| matrix.try_inverse().expect("regular");
    let fused = invert(&(invert(a) * weight + invert(b) * (1.0 - weight)));
    match criterion {
        Criterion::Determinant => libm::log(fused.determinant()),
        Criterion::Trace => libm::log(fused.trace()),
    }
}

#[test]
fn the_weight_of_two_is_the_best_to_a_millionth() {
    let mut chance = Stream::new("weights", 1, &[]);
    let (mut inside, mut at_an_end) = (0, 0);
    for _ in 0..2_000 {
        let (a, b) = (covariance::<4>(&mut chance), covariance::<4>(&mut chance));
        for criterion in [Criterion::Determinant, Criterion::Trace] {
            let weight = weight_by(&a, &b, criterion).expect("covariances");
            // The slope by a step small enough for the curve, where a millionth to either side must show in its sign.
            let slope = |at: f64| value(&a, &b, at + 1e-4, criterion) - value(&a, &b, at - 1e-4, criterion);
            if weight == 0.0 || weight == 1.0 {
                at_an_end += 1;
                let inward = if weight == 0.0 { 1e-3 } else { -1e-3 };
                assert!(value(&a, &b, weight + inward, criterion) > value(&a, &b, weight, criterion));
                continue;
            }
            if !(0.01..0.99).contains(&weight) {
                continue;
            }
            inside += 1;
            // The exact slope, by the derivative of the inverse.
            let exact = |at: f64| {
                let invert = |matrix: &SMatrix<f64, 4, 4>| matrix.try_inverse().expect("regular");
                let difference = invert(&a) - invert(&b);
                let fused = invert(&(invert(&b) + difference * at));
                match criterion {
                    Criterion::Determinant => -(fused * difference).trace(),
                    Criterion::Trace => -(fused * difference * fused).trace(),
                }
            };
            assert!(exact(weight - 1e-6) < 0.0 && exact(weight + 1e-6) > 0.0, "{weight} {criterion:?}");
            assert!(slope(weight - 1e-2) < 0.0 && slope(weight + 1e-2) > 0.0, "{weight} {criterion:?}");
        }
    }
    assert!(inside > 1_000 && at_an_end > 100, "{inside} {at_an_end}");
}

#[test]
fn the_weights_of_many_are_the_best() {
    let mut chance = Stream::new("many weights", 1, &[]);
    for case in 0..300 {
        let count = 2 + case % 5;
        let all: Vec<SMatrix<f64, 4, 4>> = (0..count).map(|_| covariance::<4>(&mut chance)).collect();
        for criterion in [Criterion::Determinant, Criterion::Trace] {
            let weights = intersection_weights(&all, criterion).expect("covariances");
            assert!(
                (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12 && weights.iter().all(|one| *one >= 0.0)
            );
            let fused = |weights: &[f64]| {
                let weighted: Vec<(f64, Gaussian<4>)> = weights
                    .iter()
                    .zip(&all)
                    .map(|(weight, covariance)| {
                        (*weight, Gaussian { mean: SVector::zeros(), covariance: *covariance })
                    })
                    .collect();
                let covariance = covariance_intersection_of(&weighted).expect("covariances").covariance;
                match criterion {
                    Criterion::Determinant => libm::log(covariance.determinant()),
                    Criterion::Trace => libm::log(covariance.trace()),
                }
            };
            let best = fused(&weights);
            // Convex: who is not beaten near by, nor by any corner, is not beaten.
            for other in 0..40 {
                let mut to: Vec<f64> = (0..count).map(|_| chance.exponential()).collect();
                if other < count {
                    to = (0..count).map(|index| f64::from(u8::from(index == other))).collect();
                }
                let total: f64 = to.iter().sum();
                for step in [1e-4, 1e-2, 1.0] {
                    let moved: Vec<f64> =
                        weights.iter().zip(&to).map(|(one, to)| one + step * (to / total - one)).collect();
                    assert!(fused(&moved) > best - 1e-9, "case {case}: {weights:?} beaten by {moved:?}");
                }
            }
            if count == 2 {
                let weight = weight_by(&all[0], &all[1], criterion).expect("covariances");
                assert!((weights[0] - weight).abs() < 1e-6, "{} {weight}", weights[0]);
            }
        }
    }
}

#[test]
fn it_is_never_too_sure_whatever_the_correlation() {
    let mut chance = Stream::new("any correlation", 1, &[]);
    let (mut naive_fails, mut worst) = (0, f64::NEG_INFINITY);
    for _ in 0..3_000 {
        let strength = chance.between(0.0, 0.999);
        let pair = Pair::<4>::of_any_correlation(&mut chance, strength);
        let weight = intersection_weight(&pair.first.covariance, &pair.second.covariance).expect("positive");
        let fuse =
            |a: &Gaussian<4>, b: &Gaussian<4>| covariance_intersection(a, b, weight).expect("positive");
        let claimed = fuse(&pair.first, &pair.second).covariance;
        worst = worst.max(excess(&pair.error_of(&pair.gain_of(fuse)), &claimed));
        let naive = |a: &Gaussian<4>, b: &Gaussian<4>| {
            crate::share::fuse_correlated(a, b, &SMatrix::zeros()).expect("positive")
        };
        let claimed = naive(&pair.first, &pair.second).covariance;
        naive_fails += u32::from(excess(&pair.error_of(&pair.gain_of(naive)), &claimed) > 0.01);
    }
    assert!(worst < 1e-9, "{worst}");
    assert!(naive_fails > 2_000, "{naive_fails}: the problems must matter");
}

#[test]
fn the_bound_on_a_difference_holds_and_is_reached() {
    let mut chance = Stream::new("difference", 1, &[]);
    for _ in 0..2_000 {
        let pair = Pair::<4>::of_any_correlation(&mut chance, 0.999);
        let (a, b) = (pair.first.covariance, pair.second.covariance);
        let truth = a + b - pair.cross - pair.cross.transpose();
        assert!(excess(&truth, &difference_bound(&a, &b, chance.between(0.05, 0.95))) < 1e-9);
    }
    // Of opposite errors in the proportion of the deviations.
    let bound = difference_bound(&matrix![4.0], &matrix![1.0], 2.0 / 3.0);
    assert!((bound[(0, 0)] - 9.0).abs() < 1e-12);
}
