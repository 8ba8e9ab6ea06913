//! What the extended and the unscented filters do where models bend.

use super::{PlanarRadar, difference, variances};
use fusion_core::filter::{Gaussian, MeasurementModel, SigmaRule};
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::inverse;
use nalgebra::{Matrix1, Matrix3, Matrix4, Vector1, Vector2, Vector3, Vector4, matrix, vector};
use proptest::prelude::*;

/// A wide prior and a sharp radar: the iterated filter's own case.
fn wide() -> Gaussian<4> {
    let spread = vector![9e6, 100.0, 9e6, 100.0];
    Gaussian { mean: vector![30_000.0, 100.0, 20_000.0, -50.0], covariance: Matrix4::from_diagonal(&spread) }
}

/// Minus the logarithm of the posterior density, but for a constant.
fn cost(state: &Vector4<f64>, prior: &Gaussian<4>, measured: &Vector2<f64>) -> f64 {
    let residual = PlanarRadar.difference(measured, &PlanarRadar.predict(state));
    let noise = inverse(&variances(10.0, 1e-3)).expect("definite");
    let from_prior = state - prior.mean;
    let prior_inverse = inverse(&prior.covariance).expect("definite");
    0.5 * (residual.dot(&(noise * residual)) + from_prior.dot(&(prior_inverse * from_prior)))
}

#[test]
fn one_iteration_is_the_extended_filter() {
    let (measured, noise) = (vector![38_000.0, 0.7], variances(10.0, 1e-3));
    let mut by_hand = wide();
    let residual = measured - PlanarRadar.predict(&by_hand.mean);
    let jacobian = PlanarRadar.jacobian(&by_hand.mean);
    let expected = by_hand.update_linear(&residual, &jacobian, &noise).expect("definite");
    for iterations in [0, 1] {
        let mut state = wide();
        let innovation =
            state.update_extended(&measured, &noise, &PlanarRadar, iterations).expect("definite");
        assert_eq!((state, innovation), (by_hand, expected));
    }
}

#[test]
fn iterations_end_at_the_likeliest_state() {
    let (measured, noise) = (vector![38_000.0, 0.7], variances(10.0, 1e-3));
    let run = |iterations| {
        let mut state = wide();
        let innovation =
            state.update_extended(&measured, &noise, &PlanarRadar, iterations).expect("definite");
        (state, innovation)
    };
    let (once, first) = run(1);
    let (converged, innovation) = run(20);
    assert_eq!(innovation, first, "the innovation is that of the prediction");
    let costs = [once, run(2).0, run(3).0, converged].map(|state| cost(&state.mean, &wide(), &measured));
    assert!(costs[1] < 0.5 * costs[0] && costs[3] <= costs[2], "{costs:?}");
    // No neighbour is likelier: a quarter of a sigma along each state.
    for index in 0..4 {
        for sign in [-0.25, 0.25] {
            let mut other = converged.mean;
            other[index] += sign * converged.covariance[(index, index)].sqrt();
            assert!(cost(&other, &wide(), &measured) > costs[3]);
        }
    }
    // More iterations change nothing once converged, and the covariance is that of the last linearisation.
    assert!(difference(&run(21).0, &converged) < 1e-6);
    let mut again = wide();
    let jacobian = PlanarRadar.jacobian(&converged.mean);
    again.update_linear(&vector![0.0, 0.0], &jacobian, &noise).expect("definite");
    again.mean = converged.mean;
    assert!(difference(&converged, &again) < 1e-5, "{:e}", difference(&converged, &again));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sigma_points_have_the_mean_of_a_quadratic(seed: u64, alpha in 0.1..1.5_f64, kappa in 0.0..3.0_f64) {
        let stream = &mut Stream::new("quadratic", seed, &[]);
        let bend = [(); 3].map(|()| Matrix3::from_fn(|_, _| stream.between(-1.0, 1.0)));
        let parts = Matrix3::from_fn(|_, _| stream.between(-1.0, 1.0));
        let before = Gaussian {
            mean: Vector3::from_fn(|_, _| stream.between(-2.0, 2.0)),
            covariance: super::covariance(&parts, 1.0),
        };
        let square = |x: &Vector3<f64>| Vector3::from_fn(|row, _| x.dot(&(bend[row] * x)));
        for rule in [SigmaRule::CUBATURE, SigmaRule { alpha, beta: 2.0, kappa }] {
            let mut state = before;
            state.predict_unscented(&rule, square, &(Matrix3::identity() * 1e3))?;
            let exact = square(&before.mean)
                + Vector3::from_fn(|row, _| (bend[row] * before.covariance).trace());
            prop_assert!((state.mean - exact).amax() < 1e-11, "{} against {exact}", state.mean);
        }
    }

    /// For one state and kappa of zero, beta of two gives the variance of a square whatever alpha is; so does kappa of two
    /// with beta of zero and alpha of one, which has a Gaussian's fourth moment.
    #[test]
    fn sigma_points_have_the_variance_of_a_square(mean in -5.0..5.0_f64, sigma in 0.1..3.0_f64, alpha in 0.2..1.2_f64) {
        let variance = sigma * sigma;
        let rules = [SigmaRule { alpha, beta: 2.0, kappa: 0.0 }, SigmaRule { alpha: 1.0, beta: 0.0, kappa: 2.0 }];
        for rule in rules {
            let mut state = Gaussian { mean: vector![mean], covariance: matrix![variance] };
            state.predict_unscented(&rule, |x: &Vector1<f64>| x.component_mul(x), &Matrix1::zeros())?;
            let exact = 4.0 * mean * mean * variance + 2.0 * variance * variance;
            prop_assert!((state.mean[0] - mean * mean - variance).abs() < 1e-11);
            prop_assert!((state.covariance[(0, 0)] / exact - 1.0).abs() < 1e-10);
        }
    }
}

#[test]
fn an_azimuth_behind_the_cut_is_no_surprise() {
    // Mean and points lie on both sides of the cut at pi.
    let prior = Gaussian {
        mean: vector![-20_000.0, 0.0, 10.0, 0.0],
        covariance: Matrix4::from_diagonal(&vector![1e4, 1.0, 1e4, 1.0]),
    };
    let measured = vector![20_010.0, -std::f64::consts::PI + 1e-3];
    // The same scene turned by a right angle has no cut near it.
    let turn = matrix![0.0, 0.0, -1.0, 0.0; 0.0, 0.0, 0.0, -1.0; 1.0, 0.0, 0.0, 0.0; 0.0, 1.0, 0.0, 0.0];
    let turned = Gaussian { mean: turn * prior.mean, covariance: turn * prior.covariance * turn.transpose() };
    let aside = vector![20_010.0, -0.5 * std::f64::consts::PI + 1e-3];
    let noise = variances(10.0, 1e-3);
    for rule in [SigmaRule::CUBATURE, SigmaRule { alpha: 0.5, beta: 2.0, kappa: -1.0 }] {
        let (mut at_cut, mut away) = (prior, turned);
        let ours = at_cut.update_unscented(&measured, &noise, &PlanarRadar, &rule).expect("definite");
        let theirs = away.update_unscented(&aside, &noise, &PlanarRadar, &rule).expect("definite");
        assert!((ours.residual - theirs.residual).amax() < 1e-10);
        let back = Gaussian {
            mean: turn.transpose() * away.mean,
            covariance: turn.transpose() * away.covariance * turn,
        };
        assert!(difference(&at_cut, &back) < 1e-9, "{:e}", difference(&at_cut, &back));
    }
}

#[test]
fn what_has_no_factor_is_an_error_and_changes_nothing() {
    let bad = Gaussian { covariance: -wide().covariance, ..wide() };
    let (measured, noise) = (vector![38_000.0, 0.7], variances(10.0, 1e-3));
    let rule = SigmaRule::CUBATURE;
    let mut state = bad;
    assert!(state.update_unscented(&measured, &noise, &PlanarRadar, &rule).is_err());
    assert!(state.predict_unscented(&rule, |x| *x, &Matrix4::zeros()).is_err());
    assert!(state.update_extended(&measured, &noise, &PlanarRadar, 3).is_err());
    assert_eq!(state, bad);
    let mut state = wide();
    assert!(state.update_unscented(&measured, &(noise * -1e9), &PlanarRadar, &rule).is_err());
    assert!(state.update_extended(&measured, &(noise * -1e9), &PlanarRadar, 3).is_err());
    // Rules without spread: kappa too low, alpha of zero, no number.
    for (alpha, kappa) in [(1.0, -4.0), (1.0, -5.0), (0.0, 1.0), (f64::NAN, 0.0)] {
        let rule = SigmaRule { alpha, beta: 2.0, kappa };
        assert!(state.update_unscented(&measured, &noise, &PlanarRadar, &rule).is_err(), "{rule:?}");
    }
    assert_eq!(state, wide());
}
