//! Fusion with a known cross-covariance: the best there is, and carried rightly by two filters.

use super::*;
use crate::assess::{Band, Verdict, judge, nees};
use crate::math::chance::Stream;
use crate::share::random_tests::{Pair, excess};
use nalgebra::{Matrix2, Vector2, matrix, vector};

#[test]
fn it_is_the_best_linear_combination_and_says_so() {
    let mut chance = Stream::new("best", 1, &[]);
    for _ in 0..2_000 {
        let strength = chance.between(0.0, 0.99);
        let pair = Pair::<4>::of_any_correlation(&mut chance, strength);
        let fuse = |a: &Gaussian<4>, b: &Gaussian<4>| fuse_correlated(a, b, &pair.cross).expect("positive");
        let claimed = fuse(&pair.first, &pair.second).covariance;
        let gain = pair.gain_of(fuse);
        let truth = pair.error_of(&gain);
        assert!(excess(&truth, &claimed).abs() < 1e-7 && excess(&claimed, &truth).abs() < 1e-7);
        let other = gain + SMatrix::from_fn(|_, _| 0.03 * chance.normal());
        assert!(excess(&truth, &pair.error_of(&other)) < 1e-9, "another gain is better somewhere");
    }
}

/// Two filters of one object with a sensor each, and process noise that both get: what they know after some steps, and the truth.
struct Run {
    truth: Vector2<f64>,
    filters: [Gaussian<2>; 2],
    cross: CrossCovariance<2>,
}

fn run(seed: u64) -> Run {
    let transition = matrix![1.0, 1.0; 0.0, 1.0];
    let noise = matrix![0.25, 0.5; 0.5, 1.0 + 1e-3];
    let root = *Cholesky::new(&noise).expect("positive").lower();
    let mut chance = Stream::new("two filters", seed, &[]);
    let mut truth = vector![0.0, 0.0];
    let prior = Matrix2::from_diagonal(&vector![100.0, 25.0]);
    let mut filters = [(); 2].map(|()| Gaussian {
        mean: vector![10.0 * chance.normal(), 5.0 * chance.normal()],
        covariance: prior,
    });
    let mut cross = CrossCovariance::of_independent();
    for step in 0..30 {
        truth = transition * truth + root * vector![chance.normal(), chance.normal()];
        cross.predict(&transition, &noise);
        for (index, filter) in filters.iter_mut().enumerate() {
            filter.predict_linear(&transition, &noise);
            // The second looks at every other step only.
            if index == 1 && step % 2 == 1 {
                continue;
            }
            let before = filter.covariance;
            let sigma = [2.0, 1.0][index];
            let residual = vector![truth.x + sigma * chance.normal() - filter.mean.x];
            filter.update_linear(&residual, &matrix![1.0, 0.0], &matrix![sigma * sigma]).expect("positive");
            let after = filter.covariance;
            match index {
                0 => cross.update_first(&before, &after),
                _ => cross.update_second(&before, &after),
            }
            .expect("positive");
        }
    }
    Run { truth, filters, cross }
}

#[test]
fn the_recursion_gives_the_correlation_that_two_filters_have() {
    const RUNS: usize = 4_000;
    let runs: Vec<Run> = (0..RUNS as u64).map(run).collect();
    let mut sample = Matrix2::zeros();
    for Run { truth, filters: [one, other], .. } in &runs {
        sample += (truth - one.mean) * (truth - other.mean).transpose() / RUNS as f64;
    }
    let (one, other, cross) =
        (runs[0].filters[0].covariance, runs[0].filters[1].covariance, runs[0].cross.matrix);
    for row in 0..2 {
        for column in 0..2 {
            // Four deviations of a sample covariance.
            let (product, truth) = (one[(row, row)] * other[(column, column)], cross[(row, column)]);
            let allowed = 4.0 * ((product + truth * truth) / RUNS as f64).sqrt();
            assert!((sample[(row, column)] - truth).abs() < allowed, "{sample} {cross}");
            assert!(truth > 0.2 * product.sqrt(), "a correlation that matters");
        }
    }
    let band = Band::chi_square(2, RUNS, 0.999).expect("valid");
    let verdict = |cross: &dyn Fn(&Run) -> Matrix2<f64>| {
        let squared = |run: &Run| {
            let fused = fuse_correlated(&run.filters[0], &run.filters[1], &cross(run)).expect("positive");
            nees(&(run.truth - fused.mean), &fused.covariance).expect("positive")
        };
        judge(&runs.iter().map(squared).collect::<Vec<_>>(), &band).expect("valid").verdict
    };
    assert_eq!(verdict(&|run| run.cross.matrix), Verdict::Consistent);
    assert_eq!(verdict(&|_| Matrix2::zeros()), Verdict::Overconfident);
}

#[test]
fn what_cannot_be_is_an_error() {
    let one = Gaussian { mean: vector![0.0], covariance: matrix![1.0] };
    assert!(fuse_correlated(&one, &one, &matrix![1.0]).is_err(), "the same twice");
    assert!(fuse_correlated(&one, &one, &matrix![2.0]).is_err(), "more correlated than can be");
    let mut cross = CrossCovariance::of_independent();
    assert!(cross.update_first(&matrix![-1.0], &matrix![1.0]).is_err());
    assert!(cross.update_second(&matrix![0.0], &matrix![1.0]).is_err());
}
