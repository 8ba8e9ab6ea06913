//! On linear problems every form is the Kalman filter.

use super::{POSITIONS, Positions, acceleration_root, covariance, difference, orbit};
use fusion_core::assess::{Band, Verdict, judge};
use fusion_core::filter::{
    Gaussian, Information, Innovation, SigmaRule, SquareRootGaussian, UnitDiagonalGaussian,
};
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::Cholesky;
use nalgebra::{Matrix2, Matrix4, Vector2, Vector4, vector};
use proptest::prelude::*;

/// Numbers in [-1, 1] for the matrices of a scene.
fn parts<const R: usize, const C: usize>(stream: &mut Stream) -> nalgebra::SMatrix<f64, R, C> {
    nalgebra::SMatrix::from_fn(|_, _| stream.between(-1.0, 1.0))
}

/// One random linear problem of 4 states and 2 measurements in which no number is far from the others.
struct Step {
    transition: Matrix4<f64>,
    noise_root: nalgebra::Matrix4x2<f64>,
    jacobian: nalgebra::Matrix2x4<f64>,
    noise: Matrix2<f64>,
    measured: Vector2<f64>,
}

fn step(stream: &mut Stream) -> Step {
    Step {
        transition: Matrix4::identity() + parts::<4, 4>(stream) * 0.3,
        noise_root: parts(stream) * 0.5,
        jacobian: parts(stream),
        noise: covariance(&parts(stream), 0.7),
        measured: parts::<2, 1>(stream) * 3.0,
    }
}

fn prior(stream: &mut Stream) -> Gaussian<4> {
    Gaussian { mean: parts::<4, 1>(stream), covariance: covariance(&parts(stream), 2.0) }
}

fn same<const M: usize>(ours: &Innovation<M>, theirs: &Innovation<M>) -> f64 {
    let squared = ours.normalised_squared - theirs.normalised_squared;
    let likelihood = ours.log_likelihood - theirs.log_likelihood;
    let covariance = (ours.covariance - theirs.covariance).amax();
    let residual = (ours.residual - theirs.residual).amax();
    squared.abs().max(likelihood.abs()).max(covariance).max(residual)
}

/// The measurement of a step as a model.
struct Linear(nalgebra::Matrix2x4<f64>);

impl fusion_core::filter::MeasurementModel<4, 2> for Linear {
    fn predict(&self, state: &Vector4<f64>) -> Vector2<f64> {
        self.0 * state
    }

    fn jacobian(&self, _state: &Vector4<f64>) -> nalgebra::Matrix2x4<f64> {
        self.0
    }
}

const RULES: [SigmaRule; 4] = [
    SigmaRule::CUBATURE,
    SigmaRule { alpha: 1.0, beta: 2.0, kappa: -1.0 },
    SigmaRule { alpha: 0.5, beta: 2.0, kappa: -1.0 },
    SigmaRule { alpha: 1.0, beta: 0.0, kappa: 3.0 },
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn factored_forms_are_the_kalman_filter(seed: u64) {
        let stream = &mut Stream::new("factored forms", seed, &[]);
        let mut plain = prior(stream);
        let mut root = SquareRootGaussian::new(&plain)?;
        let mut unit = UnitDiagonalGaussian::new(&plain)?;
        for _ in 0..40 {
            let step = step(stream);
            plain.predict_linear(&step.transition, &(step.noise_root * step.noise_root.transpose()));
            root.predict_linear(&step.transition, &step.noise_root);
            unit.predict_linear(&step.transition, &step.noise_root)?;
            prop_assert!(difference(&root.gaussian(), &plain) < 1e-10);
            prop_assert!(difference(&unit.gaussian(), &plain) < 1e-10);
            let residual = step.measured - step.jacobian * plain.mean;
            // Scalars one by one for the form that takes only those: the noise is made white first.
            let factor = Cholesky::new(&step.noise)?;
            let (rows, numbers) = (factor.whiten(&step.jacobian), factor.whiten(&step.measured));
            let mut squared = 0.0;
            for row in 0..2 {
                let gradient = rows.row(row).transpose();
                let innovation = unit.update_scalar(numbers[row] - gradient.dot(&unit.mean), &gradient, 1.0)?;
                squared += innovation.normalised_squared;
            }
            let ours = root.update_linear(&residual, &step.jacobian, &step.noise)?;
            let theirs = plain.update_linear(&residual, &step.jacobian, &step.noise)?;
            prop_assert!(same(&ours, &theirs) < 1e-10, "{ours:?} against {theirs:?}");
            prop_assert!((squared - theirs.normalised_squared).abs() < 1e-10);
            prop_assert_eq!(*root.root(), root.root().lower_triangle());
            prop_assert!(root.root().diagonal().min() > 0.0);
            prop_assert!(difference(&root.gaussian(), &plain) < 1e-10);
            prop_assert!(difference(&unit.gaussian(), &plain) < 1e-10);
        }
    }

    #[test]
    fn the_information_form_is_the_kalman_filter(seed: u64) {
        let stream = &mut Stream::new("information form", seed, &[]);
        let mut plain = prior(stream);
        let mut known = Information::of_gaussian(&plain)?;
        prop_assert!(difference(&known.gaussian()?, &plain) < 1e-9);
        for _ in 0..40 {
            let step = step(stream);
            let back = step.transition.try_inverse().ok_or_else(|| TestCaseError::reject("singular"))?;
            plain.predict_linear(&step.transition, &(step.noise_root * step.noise_root.transpose()));
            known.predict_linear(&back, &step.noise_root)?;
            prop_assert!(difference(&known.gaussian()?, &plain) < 1e-9);
            let residual = step.measured - step.jacobian * plain.mean;
            plain.update_linear(&residual, &step.jacobian, &step.noise)?;
            known += Information::of_measurement(&step.measured, &step.jacobian, &step.noise)?;
            prop_assert!(difference(&known.gaussian()?, &plain) < 1e-9);
        }
    }

    #[test]
    fn the_nonlinear_filters_are_the_kalman_filter_on_a_linear_problem(seed: u64) {
        let stream = &mut Stream::new("nonlinear filters", seed, &[]);
        let mut plain = prior(stream);
        let mut extended = plain;
        let mut sampled = RULES.map(|rule| (rule, plain));
        for _ in 0..40 {
            let step = step(stream);
            let process_noise = step.noise_root * step.noise_root.transpose();
            let residual = step.measured - step.jacobian * (step.transition * plain.mean);
            plain.predict_linear(&step.transition, &process_noise);
            let theirs = plain.update_linear(&residual, &step.jacobian, &step.noise)?;
            let model = Linear(step.jacobian);
            let mean = step.transition * extended.mean;
            extended.predict_extended(&mean, &step.transition, &process_noise);
            let ours = extended.update_extended(&step.measured, &step.noise, &model, 5)?;
            prop_assert!(same(&ours, &theirs).max(difference(&extended, &plain)) < 1e-10);
            for (rule, state) in &mut sampled {
                state.predict_unscented(rule, |x| step.transition * x, &process_noise)?;
                let ours = state.update_unscented(&step.measured, &step.noise, &model, rule)?;
                let error = same(&ours, &theirs).max(difference(state, &plain));
                prop_assert!(error < 1e-9, "{rule:?}: {error:e}");
            }
        }
    }
}

#[test]
fn independent_information_adds_up_in_any_order() {
    let stream = &mut Stream::new("fusion", 1, &[]);
    let start = prior(stream);
    let pieces: Vec<Step> = (0..5).map(|_| step(stream)).collect();
    let mut one_after_another = start;
    for piece in &pieces {
        let residual = piece.measured - piece.jacobian * one_after_another.mean;
        one_after_another.update_linear(&residual, &piece.jacobian, &piece.noise).expect("definite");
    }
    // Two nodes without a prior, each with its own measurements; then the prior last.
    let mut nodes = [Information::none(); 2];
    for (index, piece) in pieces.iter().enumerate() {
        nodes[index % 2] +=
            Information::of_measurement(&piece.measured, &piece.jacobian, &piece.noise).expect("definite");
    }
    let mut all = nodes[1];
    all += nodes[0];
    all += Information::of_gaussian(&start).expect("definite");
    assert!(difference(&all.gaussian().expect("definite"), &one_after_another) < 1e-12);
}

#[test]
fn a_state_half_known_is_carried_until_the_rest_is_seen() {
    // Two positions a second apart, no prior: between them the velocity is unknown and no covariance exists.
    let root = acceleration_root(2.0, 1.0);
    let (forth, back) = (orbit(1e-9, 1.0), orbit(1e-9, -1.0));
    let noise = Matrix2::identity() * 9.0;
    let seen = |place: Vector2<f64>| Information::of_measurement(&place, &POSITIONS, &noise).expect("noise");
    let mut known = seen(vector![0.0, 10.0]);
    assert!(known.gaussian().is_err());
    known.predict_linear(&back, &root).expect("semidefinite");
    // What is not known is so up to rounding only, once it has been turned.
    assert!(known.gaussian().map_or(f64::INFINITY, |state| state.covariance[(1, 1)]) > 1e12);
    known += seen(vector![7.0, 8.0]);
    let state = known.gaussian().expect("known by now");
    // Velocity: the difference, less half an acceleration's noise twice over: (9 + 9 + q/4) is the difference's variance,
    // the velocity at the end adds q/4 once more.
    assert!((state.mean - vector![7.0, 7.0, 8.0, -2.0]).amax() < 1e-6, "{}", state.mean);
    assert!((state.covariance[(0, 0)] - 9.0).abs() < 1e-6 && (state.covariance[(1, 1)] - 19.0).abs() < 1e-6);
    let mut wide = Gaussian { mean: Vector4::zeros(), covariance: Matrix4::identity() * 1e8 };
    wide.update_linear(&vector![0.0, 10.0], &POSITIONS, &noise).expect("definite");
    wide.predict_linear(&forth, &(root * root.transpose()));
    let residual = vector![7.0, 8.0] - POSITIONS * wide.mean;
    wide.update_linear(&residual, &POSITIONS, &noise).expect("definite");
    assert!(difference(&wide, &state) < 1e-5);
}

#[test]
fn innovations_of_every_form_are_as_large_as_they_claim() {
    const RUNS: usize = 60;
    const STEPS: usize = 40;
    let (transition, root) = (orbit(0.1, 1.0), acceleration_root(0.5, 1.0));
    let process_noise = root * root.transpose();
    let noise = covariance(&nalgebra::matrix![0.3, -0.8; 0.1, 0.9], 4.0);
    let measurement_root = *Cholesky::new(&noise).expect("definite").lower();
    let start = Gaussian { mean: vector![100.0, 5.0, -40.0, 3.0], covariance: Matrix4::identity() * 25.0 };
    let mut sums = [[0.0; RUNS]; 4];
    for run in 0..RUNS {
        let stream = &mut Stream::new("innovations", 7, &[run as u64]);
        let mut truth = start.mean + Vector4::from_fn(|_, _| 5.0 * stream.normal());
        let (mut extended, mut cubature) = (start, start);
        let mut square_root = SquareRootGaussian::new(&start).expect("definite");
        let mut linear = start;
        for _ in 0..STEPS {
            truth = transition * truth + root * Vector2::from(stream.normal_pair());
            let measured = POSITIONS * truth + measurement_root * Vector2::from(stream.normal_pair());
            linear.predict_linear(&transition, &process_noise);
            let mean = transition * extended.mean;
            extended.predict_extended(&mean, &transition, &process_noise);
            let rule = &SigmaRule::CUBATURE;
            cubature.predict_unscented(rule, |x| transition * x, &process_noise).expect("definite");
            square_root.predict_linear(&transition, &root);
            let residual = measured - POSITIONS * linear.mean;
            let innovations = [
                linear.update_linear(&residual, &POSITIONS, &noise),
                extended.update_extended(&measured, &noise, &Positions, 3),
                cubature.update_unscented(&measured, &noise, &Positions, rule),
                square_root.update_linear(&(measured - POSITIONS * square_root.mean), &POSITIONS, &noise),
            ];
            for (sum, innovation) in sums.iter_mut().zip(innovations) {
                sum[run] += innovation.expect("definite").normalised_squared;
            }
        }
    }
    // Innovations are white, so those of one run add up to a chi-square as well.
    let band = Band::chi_square(2 * STEPS as u32, RUNS, 0.95).expect("valid");
    for sum in &sums {
        assert_eq!(judge(sum, &band).expect("valid").verdict, Verdict::Consistent, "{:?}", judge(sum, &band));
    }
}
