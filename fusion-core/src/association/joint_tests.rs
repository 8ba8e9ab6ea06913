//! Joint association against brute force, and what must hold whatever the weights.

use super::{Association, JointError, joint_probabilities, probabilistic_update};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use nalgebra::{Matrix2, Matrix4, SMatrix, Vector2, Vector4};
use proptest::prelude::*;

const LIMIT: usize = 100_000;

/// Counts through all (measurements + 1)^targets choices and keeps those that use no measurement twice.
fn brute_force(log_weights: &[Vec<f64>], log_misses: &[f64]) -> Vec<Vec<f64>> {
    let (targets, choices) = (log_misses.len(), log_weights[0].len() + 1);
    let mut sums = vec![vec![0.0; choices]; targets];
    let mut total = 0.0;
    for code in 0..choices.pow(targets as u32) {
        let chosen: Vec<usize> = (0..targets).map(|t| code / choices.pow(t as u32) % choices).collect();
        let is_shared = |t: usize| chosen[t] > 0 && chosen[..t].contains(&chosen[t]);
        if (0..targets).any(is_shared) {
            continue;
        }
        let log = |t: usize| if chosen[t] == 0 { log_misses[t] } else { log_weights[t][chosen[t] - 1] };
        let weight = libm::exp((0..targets).map(log).sum());
        total += weight;
        (0..targets).for_each(|t| sums[t][chosen[t]] += weight);
    }
    sums.iter().map(|row| row.iter().map(|sum| sum / total).collect()).collect()
}

fn row(association: &Association) -> Vec<f64> {
    std::iter::once(association.missed).chain(association.measurements.iter().copied()).collect()
}

fn assert_close(ours: &[Association], theirs: &[Vec<f64>], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (ours, theirs) in row(ours).iter().zip(theirs) {
            assert!((ours - theirs).abs() <= tolerance, "{ours} against {theirs}");
        }
    }
}

/// Weights of one to four targets and up to five measurements; a third of the pairs outside of the gate.
fn problem(seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut stream = Stream::new("joint", seed, &[]);
    let targets = 1 + (stream.uniform() * 4.0) as usize;
    let measurements = (stream.uniform() * 6.0) as usize;
    let mut weight = || if stream.uniform() < 0.33 { f64::NEG_INFINITY } else { stream.between(-6.0, 6.0) };
    let weights = (0..targets).map(|_| (0..measurements).map(|_| weight()).collect()).collect();
    (weights, (0..targets).map(|_| stream.between(-4.0, 0.0)).collect())
}

#[test]
fn agrees_with_brute_force() {
    for seed in 0..300 {
        let (weights, misses) = problem(seed);
        let ours = joint_probabilities(&weights, &misses, LIMIT).expect("small");
        assert_close(&ours, &brute_force(&weights, &misses), 1e-13);
    }
}

#[test]
fn the_order_of_targets_and_measurements_is_no_part_of_it() {
    for seed in 0..100 {
        let (weights, misses) = problem(seed);
        let straight = joint_probabilities(&weights, &misses, LIMIT).expect("small");
        let backwards = |row: &Vec<f64>| row.iter().rev().copied().collect::<Vec<_>>();
        let turned: Vec<_> = weights.iter().rev().map(backwards).collect();
        let misses = backwards(&misses);
        let mut turned = joint_probabilities(&turned, &misses, LIMIT).expect("small");
        turned.reverse();
        turned.iter_mut().for_each(|association| association.measurements.reverse());
        let expected: Vec<_> = straight.iter().map(row).collect();
        assert_close(&turned, &expected, 1e-13);
    }
}

#[test]
fn targets_without_a_common_measurement_are_on_their_own() {
    let impossible = f64::NEG_INFINITY;
    let weights = [vec![1.0, -0.5, impossible, impossible], vec![impossible, impossible, 2.0, impossible]];
    let misses = [-1.0, -2.0];
    let together = joint_probabilities(&weights, &misses, LIMIT).expect("small");
    for target in 0..2 {
        let alone =
            joint_probabilities(&weights[target..=target], &misses[target..=target], LIMIT).expect("small");
        assert_close(&together[target..=target], &[row(&alone[0])], 1e-15);
    }
    // One target: each weight over their sum.
    let sum: f64 = [-2.0, 2.0].map(libm::exp).iter().sum();
    assert!((together[1].measurements[2] - libm::exp(2.0) / sum).abs() < 1e-15);
}

#[test]
fn weights_of_any_size_do_not_overflow() {
    // Both want the first measurement by e^2000; one of them must take what it hardly wants.
    let weights = [vec![3_000.0, 1_000.0], vec![3_000.0, 1_000.0 + libm::log(3.0)]];
    let shares = joint_probabilities(&weights, &[-1e4, -1e4], LIMIT).expect("small");
    assert_close(&shares, &[vec![0.0, 0.75, 0.25], vec![0.0, 0.25, 0.75]], 1e-12);
}

#[test]
fn a_cluster_too_large_is_an_error_at_once() {
    let many = vec![vec![0.0; 30]; 30];
    assert_eq!(joint_probabilities(&many, &[0.0; 30], 1_000), Err(JointError::TooLarge(1_000)));
    // No event at all, but 29 factorial ways to find that out.
    let few = vec![vec![0.0; 29]; 30];
    let misses = [f64::NEG_INFINITY; 30];
    assert_eq!(joint_probabilities(&few, &misses, 1_000), Err(JointError::TooLarge(1_000)));
    // Two targets and three measurements: four choices of the first and up to four after each of them.
    let weights = vec![vec![0.0; 3]; 2];
    assert!(joint_probabilities(&weights, &[0.0; 2], 20).is_ok());
    assert!(joint_probabilities(&weights, &[0.0; 2], 19).is_err());
    // Many targets that all were missed have one choice each, and are no cluster.
    let missed = joint_probabilities(&vec![vec![]; 100_000], &vec![0.0; 100_000], 1).expect("one choice");
    assert_eq!(missed[99_999].missed, 1.0);
}

#[test]
fn nonsense_is_named() {
    assert_eq!(joint_probabilities(&[], &[], 1), Ok(vec![]));
    assert_eq!(joint_probabilities(&[vec![]], &[f64::NEG_INFINITY], 1), Err(JointError::Impossible));
    let shape = |target, found, expected| Err(JointError::Shape { target, found, expected });
    assert_eq!(joint_probabilities(&[vec![0.0], vec![]], &[0.0; 2], 9), shape(1, 0, 1));
    assert_eq!(joint_probabilities(&[vec![0.0]], &[0.0; 2], 9), shape(1, 1, 2));
    for bad in [f64::NAN, f64::INFINITY] {
        let error = joint_probabilities(&[vec![0.0, bad]], &[0.0], 9);
        assert!(matches!(error, Err(JointError::Weight { target: 0, measurement: Some(1), .. })));
        let error = joint_probabilities(&[vec![0.0]], &[bad], 9);
        assert!(matches!(error, Err(JointError::Weight { measurement: None, .. })));
    }
}

proptest! {
    #[test]
    fn the_update_is_that_of_the_textbook(
        parts in prop::array::uniform16(-1.0..1.0_f64),
        residuals in prop::collection::vec((0.0..1.0_f64, prop::array::uniform2(-3.0..3.0_f64)), 0..5),
    ) {
        let root = Matrix4::from_column_slice(&parts);
        let prior = Gaussian { mean: Vector4::from_column_slice(&parts[..4]) * 1e6, covariance: root * root.transpose() + Matrix4::identity() };
        let jacobian = SMatrix::<f64, 2, 4>::from_column_slice(&parts[3..11]);
        let noise = Matrix2::new(0.5, 0.1, 0.1, 0.8);
        let whole = 1.0 + residuals.iter().map(|(weight, _)| weight).sum::<f64>();
        let measurements: Vec<(f64, Vector2<f64>)> =
            residuals.iter().map(|(weight, residual)| (weight / whole, Vector2::from(*residual))).collect();
        let ours = probabilistic_update(&prior, &measurements, &jacobian, &noise).expect("positive definite");

        let innovation_covariance = jacobian * prior.covariance * jacobian.transpose() + noise;
        let gain = prior.covariance * jacobian.transpose() * innovation_covariance.try_inverse().expect("regular");
        let (mut combined, mut squares) = (Vector2::zeros(), Matrix2::zeros());
        for (probability, residual) in &measurements {
            combined += residual * *probability;
            squares += residual * residual.transpose() * *probability;
        }
        let some = 1.0 - 1.0 / whole;
        let covariance = prior.covariance - gain * innovation_covariance * gain.transpose() * some
            + gain * (squares - combined * combined.transpose()) * gain.transpose();
        prop_assert!((ours.mean - prior.mean - gain * combined).amax() < 1e-9);
        prop_assert!((ours.covariance - covariance).amax() < 1e-12);
    }
}
