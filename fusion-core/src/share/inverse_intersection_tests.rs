//! Inverse covariance intersection: honest under its assumption, and how it fails without.

use super::*;
use crate::math::chance::Stream;
use crate::share::random_tests::{Pair, excess};
use crate::share::{covariance_intersection, intersection_weight};

const CASES: usize = 3_000;

fn fused<const N: usize>(a: &Gaussian<N>, b: &Gaussian<N>) -> (f64, Gaussian<N>) {
    let weight =
        inverse_intersection_weight(&a.covariance, &b.covariance, Criterion::Determinant).expect("positive");
    (weight, inverse_covariance_intersection(a, b, weight).expect("positive"))
}

#[test]
fn it_is_never_too_sure_of_what_shares_information() {
    let mut chance = Stream::new("common", 1, &[]);
    let (mut worst, mut gained) = (f64::NEG_INFINITY, 0.0);
    for _ in 0..CASES {
        let pair = Pair::<4>::of_common_information(&mut chance);
        let (weight, claimed) = fused(&pair.first, &pair.second);
        // At any weight, not only at the best.
        for weight in [weight, chance.uniform()] {
            let fuse = |a: &Gaussian<4>, b: &Gaussian<4>| {
                inverse_covariance_intersection(a, b, weight).expect("positive")
            };
            let claimed = fuse(&pair.first, &pair.second).covariance;
            worst = worst.max(excess(&pair.error_of(&pair.gain_of(fuse)), &claimed));
        }
        let weight = intersection_weight(&pair.first.covariance, &pair.second.covariance).expect("positive");
        let cautious =
            covariance_intersection(&pair.first, &pair.second, weight).expect("positive").covariance;
        let ratio = claimed.covariance.determinant() / cautious.determinant();
        assert!(ratio < 1.0 + 1e-9, "{ratio}: never less certain than covariance intersection");
        gained += libm::log(ratio) / CASES as f64;
    }
    assert!(worst < 1e-9, "{worst}");
    assert!(gained < -0.2, "{gained}: and more on the whole");
}

#[test]
fn without_its_assumption_it_is_too_sure() {
    let mut chance = Stream::new("any", 1, &[]);
    let mut too_sure = 0;
    for _ in 0..CASES {
        let pair = Pair::<4>::of_any_correlation(&mut chance, 0.99);
        let (weight, claimed) = fused(&pair.first, &pair.second);
        let gain = pair.gain_of(|a, b| inverse_covariance_intersection(a, b, weight).expect("positive"));
        too_sure += usize::from(excess(&pair.error_of(&gain), &claimed.covariance) > 0.01);
    }
    assert!(2 * too_sure > CASES, "{too_sure} of {CASES}");
}

#[test]
fn its_weight_is_the_best() {
    let mut chance = Stream::new("weights", 1, &[]);
    let mut inside = 0;
    for _ in 0..CASES {
        let pair = Pair::<4>::of_common_information(&mut chance);
        let (a, b) = (pair.first.covariance, pair.second.covariance);
        for criterion in [Criterion::Determinant, Criterion::Trace] {
            let best = inverse_intersection_weight(&a, &b, criterion).expect("positive");
            let value = |weight: f64| {
                let invert = |matrix: SMatrix<f64, 4, 4>| matrix.try_inverse().expect("regular");
                let information = invert(a) + invert(b) - invert(a * weight + b * (1.0 - weight));
                match criterion {
                    Criterion::Determinant => -libm::log(information.determinant()),
                    Criterion::Trace => libm::log(invert(information).trace()),
                }
            };
            let least = (0..=200).map(|step| value(f64::from(step) / 200.0)).fold(f64::INFINITY, f64::min);
            assert!(value(best) < least + 1e-10, "{} {least}", value(best));
            if (0.01..0.99).contains(&best) {
                inside += 1;
                // A step whose slope is above the rounding: the least lies within it, and so a millionth by the curve's symmetry.
                let [left, middle, right] = [best - 1e-3, best, best + 1e-3].map(value);
                let vertex = best + 0.5e-3 * (left - right) / (left - 2.0 * middle + right);
                assert!((vertex - best).abs() < 1e-4, "{vertex} {best}");
            }
        }
    }
    assert!(inside > CASES / 2, "{inside}");
}

#[test]
fn the_same_again_changes_nothing_and_what_is_less_certain_adds_nothing() {
    let mut chance = Stream::new("same", 1, &[]);
    let pair = Pair::<4>::of_common_information(&mut chance);
    for other in [1.0, 3.0] {
        let mut second = pair.first;
        second.covariance *= other;
        second.mean[0] += 1e-3;
        let (weight, fused) = fused(&pair.first, &second);
        assert_eq!(weight, 0.0);
        assert_eq!(fused.mean, pair.first.mean);
        assert!(excess(&fused.covariance, &pair.first.covariance).abs() < 1e-9);
    }
    assert!(
        inverse_covariance_intersection(
            &pair.first,
            &Gaussian { covariance: SMatrix::zeros(), ..pair.second },
            0.5
        )
        .is_err()
    );
}
