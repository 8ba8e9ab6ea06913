//! The Rauch-Tung-Striebel smoother against what must hold of any smoother.

use super::{FilteredStep, FixedLagSmoother, Motion, smooth_interval};
use crate::dynamics::{Coast, Dynamics};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, matrix, vector};
use proptest::prelude::*;

/// One axis at a nearly constant velocity over `seconds`, with this power spectral density of white acceleration.
fn nearly_constant_velocity(seconds: f64, density_m2_s3: f64) -> Motion<2> {
    let t = seconds;
    let noise = matrix![t * t * t / 3.0, t * t / 2.0; t * t / 2.0, t] * density_m2_s3;
    Motion::linear(matrix![1.0, t; 0.0, 1.0], noise)
}

/// A filter over position measurements; no measurement where there is none.
fn filter(
    prior: &Gaussian<2>,
    motions: &[Motion<2>],
    measured_m: &[Option<f64>],
    variance_m2: f64,
) -> Vec<FilteredStep<2>> {
    let mut before = *prior;
    let mut steps = Vec::new();
    for (motion, measured_m) in motions.iter().zip(measured_m) {
        let mut step = FilteredStep::predict(&before, motion);
        if let Some(measured_m) = measured_m {
            let residual = vector![measured_m - step.filtered.mean[0]];
            step.filtered
                .update_linear(&residual, &matrix![1.0, 0.0], &matrix![variance_m2])
                .expect("a variance");
        }
        before = step.filtered;
        steps.push(step);
    }
    steps
}

/// A run of random step lengths, with every fourth measurement missing.
fn random_run(seed: u64, density_m2_s3: f64) -> (Gaussian<2>, Vec<FilteredStep<2>>) {
    let mut chance = Stream::new("smoother", seed, &[]);
    let prior =
        Gaussian { mean: vector![chance.normal(), 10.0], covariance: matrix![400.0, 30.0; 30.0, 25.0] };
    let motions: Vec<_> =
        (0..25).map(|_| nearly_constant_velocity(chance.between(0.2, 3.0), density_m2_s3)).collect();
    let measured: Vec<_> = (0..25)
        .map(|step| (step % 4 != 3).then(|| 20.0 * chance.normal() + 10.0 * f64::from(step)))
        .collect();
    let steps = filter(&prior, &motions, &measured, 100.0);
    (prior, steps)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_free_data_comes_back(
        position_m in -1e5..1e5_f64, velocity_m_s in -3e3..3e3_f64,
        off_m in -1e3..1e3_f64, off_m_s in -50.0..50.0_f64, seconds in 0.5..10.0_f64,
    ) {
        // Zero process noise and measurements of the trajectory itself, from a prior that is wrong and says so: all that is
        // left of the prior is its weight against 30 measurements, and the mean is linear in that.
        let truth: Vec<Vector2<f64>> = (0..=30)
            .map(|step| vector![position_m + velocity_m_s * seconds * f64::from(step), velocity_m_s])
            .collect();
        let motions = [nearly_constant_velocity(seconds, 0.0); 30];
        let measured: Vec<_> = truth[1..].iter().map(|state| Some(state[0])).collect();
        // A prior in the right place: nothing moves but by rounding.
        let prior = Gaussian { mean: truth[0], covariance: matrix![1e6, 0.0; 0.0, 1e4] };
        let smoothed = smooth_interval(&prior, &filter(&prior, &motions, &measured, 25.0)).expect("regular");
        for (state, truth) in smoothed.iter().zip(&truth) {
            prop_assert!((state.mean - truth).amax() < 1e-12 * (1.0 + truth.amax()) * 30.0);
        }
        // A wrong one: every smoothed state lies on one trajectory, the filtered ones do not.
        let prior = Gaussian { mean: truth[0] + vector![off_m, off_m_s], ..prior };
        let steps = filter(&prior, &motions, &measured, 25.0);
        let smoothed = smooth_interval(&prior, &steps).expect("regular");
        for pair in smoothed.windows(2) {
            prop_assert!((motions[0].transition * pair[0].mean - pair[1].mean).amax() < 1e-12 * (1.0 + truth[30].amax() + truth[0].amax()) * 100.0);
        }
        prop_assert!((smoothed[0].mean - truth[0]).amax() <= 1e-3 * off_m.abs().max(off_m_s.abs()) + 1e-6);
    }

    #[test]
    fn smoothed_covariances_never_exceed_filtered_ones(seed in 0_u64..1_000_000, density in 0.0..50.0_f64) {
        let (prior, steps) = random_run(seed, density);
        let smoothed = smooth_interval(&prior, &steps).expect("regular");
        let filtered = std::iter::once(&prior).chain(steps.iter().map(|step| &step.filtered));
        for (filtered, smoothed) in filtered.zip(&smoothed) {
            // In the filtered covariance's own units, so that one tolerance does for metres and metres per second.
            let root = Cholesky::new(&filtered.covariance).expect("a covariance");
            let ratio = root.whiten(&root.whiten(&smoothed.covariance).transpose());
            let values = ((ratio + ratio.transpose()) * 0.5).symmetric_eigenvalues();
            prop_assert!(values.max() <= 1.0 + 1e-9 && values.min() > 0.0, "{values}");
        }
    }

    #[test]
    fn a_fixed_lag_is_the_fixed_interval_of_its_window(seed in 0_u64..1_000_000, lag in 0_usize..30) {
        let (prior, steps) = random_run(seed, 2.0);
        let mut smoother = FixedLagSmoother::new(prior, lag);
        for count in 1..=steps.len() {
            let lagged = smoother.push(steps[count - 1]).expect("regular");
            let interval = smooth_interval(&prior, &steps[..count]).expect("regular");
            prop_assert_eq!(lagged, count.checked_sub(lag).map(|place| interval[place]));
        }
    }
}

#[test]
fn smoothing_is_the_least_squares_of_all_states_at_once() {
    // The normal equations of prior, motion and measurements for all 26 states together.
    let (prior, steps) = random_run(7, 2.0);
    let mut chance = Stream::new("smoother", 7, &[]);
    chance.normal();
    let seconds: Vec<f64> = (0..25).map(|_| chance.between(0.2, 3.0)).collect();
    let mut information = SMatrix::<f64, 52, 52>::zeros();
    let mut vector = SVector::<f64, 52>::zeros();
    let inverse = |matrix: Matrix2<f64>| matrix.try_inverse().expect("regular");
    let weight = inverse(prior.covariance);
    information.fixed_view_mut::<2, 2>(0, 0).copy_from(&weight);
    vector.fixed_rows_mut::<2>(0).copy_from(&(weight * prior.mean));
    for (index, (step, &seconds)) in steps.iter().zip(&seconds).enumerate() {
        let motion = nearly_constant_velocity(seconds, 2.0);
        let weight = inverse(motion.process_noise);
        let mut difference = SMatrix::<f64, 2, 52>::zeros();
        difference.fixed_view_mut::<2, 2>(0, 2 * index).copy_from(&-motion.transition);
        difference.fixed_view_mut::<2, 2>(0, 2 * index + 2).fill_diagonal(1.0);
        information += difference.transpose() * weight * difference;
        if index % 4 != 3 {
            information[(2 * index + 2, 2 * index + 2)] += 0.01;
            vector[2 * index + 2] += 0.01 * (20.0 * chance.normal() + 10.0 * index as f64);
        }
        assert_eq!(step.transition, motion.transition);
    }
    let covariance = information.try_inverse().expect("regular");
    let mean = covariance * vector;
    for (index, state) in smooth_interval(&prior, &steps).expect("regular").iter().enumerate() {
        assert!((state.mean - mean.fixed_rows::<2>(2 * index)).amax() < 1e-9, "mean {index}");
        let expected = covariance.fixed_view::<2, 2>(2 * index, 2 * index);
        assert!((state.covariance - expected).amax() < 1e-9, "covariance {index}");
    }
}

#[test]
fn a_singular_prediction_is_an_error_that_names_its_step() {
    let (prior, mut steps) = random_run(3, 2.0);
    steps[4].predicted.covariance = matrix![1.0, 1.0; 1.0, 1.0];
    let error = smooth_interval(&prior, &steps).expect_err("singular");
    assert_eq!(
        error.to_string(),
        "smoothing back over step 4: the 2 x 2 matrix is not positive definite: pivot 1 is 0e0"
    );
    let mut smoother = FixedLagSmoother::new(prior, 3);
    let errors: Vec<_> = steps.iter().filter_map(|step| smoother.push(*step).err()).collect();
    assert_eq!(errors, [error; 3]);
}

#[test]
fn nothing_to_smooth_gives_the_prior() {
    let (prior, _) = random_run(1, 1.0);
    assert_eq!(smooth_interval(&prior, &[]), Ok(vec![prior]));
}

#[test]
fn an_extended_smoother_finds_where_a_coast_began() {
    // Free flight without process noise: the smoothed prior lies on the true path as well as the last state does.
    let model = Coast { density_m2_s3: 0.0 };
    let start = vector![6_471_000.0, 0.0, 0.0, 800.0, 2_500.0, 300.0];
    let mut truth = start;
    let off = vector![300.0, -200.0, 250.0, 10.0, -8.0, 6.0];
    let sigmas = vector![1e5, 1e5, 1e5, 225.0, 225.0, 225.0];
    let prior = Gaussian { mean: start + off, covariance: SMatrix::from_diagonal(&sigmas) };
    let mut jacobian = SMatrix::<f64, 3, 6>::zeros();
    jacobian.fill_diagonal(1.0);
    let (mut before, mut steps) = (prior, Vec::new());
    for _ in 0..40 {
        truth = Motion::of(&model, &truth, 5.0, 5.0).mean;
        let mut step = FilteredStep::predict(&before, &Motion::of(&model, &before.mean, 5.0, 5.0));
        let residual = (truth - step.filtered.mean).fixed_rows::<3>(0).into_owned();
        step.filtered
            .update_linear(&residual, &jacobian, &(SMatrix::<f64, 3, 3>::identity() * 100.0))
            .expect("regular");
        before = step.filtered;
        steps.push(step);
    }
    assert_eq!(model.process_noise(5.0), SMatrix::<f64, 6, 6>::zeros());
    let smoothed = smooth_interval(&prior, &steps).expect("regular");
    let error = smoothed[0].mean - start;
    assert!(error.fixed_rows::<3>(0).norm() < 0.5, "{error}");
    assert!(error.fixed_rows::<3>(3).norm() < 0.01, "{error}");
    // The one by which the filter was off to begin with.
    assert!(off.fixed_rows::<3>(0).norm() > 400.0);
}
