//! Ten thousand steps of random scenes leave every covariance symmetric and positive definite.

use super::{POSITIONS, PlanarRadar, acceleration_root, orbit, variances};
use fusion_core::filter::{
    Gaussian, Innovation, MeasurementModel, SigmaRule, SquareRootGaussian, UnitDiagonalGaussian,
};
use fusion_core::math::chance::Stream;
use fusion_core::math::symmetric::{Cholesky, NotPositiveDefinite};
use nalgebra::{Matrix2, Matrix4, Matrix4x2, Vector2, Vector4, vector};
use proptest::prelude::*;

const STEPS: usize = 10_000;

/// What differs from scene to scene; the radar's azimuth passes its cut at every turn.
#[derive(Clone, Copy, Debug)]
struct Scene {
    seed: u64,
    /// Standard deviations: range (m) and azimuth (rad) of the radar, acceleration (m/s2), the prior's position (m).
    range_m: f64,
    azimuth_rad: f64,
    acceleration_m_s2: f64,
    position_m: f64,
    detection_probability: f64,
}

/// One filter: how it moves, how it takes a measurement of the truth, what it believes.
trait Form: Sized {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite>;
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite>;
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite>;
    fn belief(&self) -> Gaussian<4>;
}

/// A look: polar for the filters of nonlinear measurements, the position with the same accuracies for the others.
struct Seen {
    polar: Vector2<f64>,
    polar_noise: Matrix2<f64>,
    position: Vector2<f64>,
    position_noise: Matrix2<f64>,
}

fn scene() -> impl Strategy<Value = Scene> {
    (any::<u64>(), -1.0..2.0_f64, -4.5..-2.0_f64, -3.0..1.0_f64, 1.5..3.5_f64, 0.3..1.0_f64).prop_map(
        |(seed, range, azimuth, acceleration, position, detection_probability)| {
            let power = |exponent| libm::pow(10.0, exponent);
            Scene {
                seed,
                range_m: power(range),
                azimuth_rad: power(azimuth),
                acceleration_m_s2: power(acceleration),
                position_m: power(position),
                detection_probability,
            }
        },
    )
}

/// Follows a scene to its end; the truth goes round the radar without noise, so every filter must stay near it.
fn follow<F: Form>(scene: &Scene) -> Result<(), TestCaseError> {
    let stream = &mut Stream::new("soundness", scene.seed, &[]);
    let rate_rad_s = 0.01;
    let mut truth = vector![50_000.0, 0.0, 0.0, 500.0];
    let spread = vector![scene.position_m, 30.0, scene.position_m, 30.0];
    let prior = Gaussian {
        mean: truth + Vector4::from_fn(|row, _| spread[row] * stream.normal()),
        covariance: Matrix4::from_diagonal(&spread.component_mul(&spread)),
    };
    let mut filter = F::new(&prior)?;
    for step in 0..STEPS {
        let seconds = stream.between(0.1, 5.0);
        let transition = orbit(rate_rad_s, seconds);
        truth = transition * truth;
        filter.predict(&transition, &acceleration_root(scene.acceleration_m_s2, seconds))?;
        let (draws, is_seen) =
            (Vector2::from(stream.normal_pair()), stream.uniform() < scene.detection_probability);
        if is_seen {
            filter.update(&seen(scene, &truth, &draws))?;
        }
        let belief = filter.belief();
        prop_assert_eq!(belief.covariance, belief.covariance.transpose(), "step {}", step);
        let factor = Cholesky::new(&belief.covariance);
        prop_assert!(factor.is_ok(), "step {}: {:?}", step, factor);
    }
    let distance =
        Cholesky::new(&filter.belief().covariance)?.mahalanobis_squared(&(filter.belief().mean - truth));
    prop_assert!(distance < 40.0, "a truth without noise is {} off in the end", distance);
    Ok(())
}

fn seen(scene: &Scene, truth: &Vector4<f64>, draws: &Vector2<f64>) -> Seen {
    let sigma = vector![scene.range_m, scene.azimuth_rad];
    let polar = PlanarRadar.predict(truth) + sigma.component_mul(draws);
    let (sine, cosine) = libm::sincos(PlanarRadar.predict(truth)[1]);
    let axes = Matrix2::new(cosine, -sine, sine, cosine);
    let sigma_m = vector![scene.range_m, scene.azimuth_rad * 50_000.0];
    Seen {
        polar: vector![polar[0], libm::remainder(polar[1], std::f64::consts::TAU)],
        polar_noise: variances(scene.range_m, scene.azimuth_rad),
        position: POSITIONS * truth + axes * sigma_m.component_mul(draws),
        position_noise: axes * variances(sigma_m[0], sigma_m[1]) * axes.transpose(),
    }
}

struct Linear(Gaussian<4>);
struct Extended(Gaussian<4>);
struct Unscented<const IS_CUBATURE: bool>(Gaussian<4>);

impl Form for Linear {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite> {
        Ok(Linear(*prior))
    }
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite> {
        self.0.predict_linear(transition, &(root * root.transpose()));
        Ok(())
    }
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite> {
        self.0.update_linear(&(seen.position - POSITIONS * self.0.mean), &POSITIONS, &seen.position_noise)?;
        Ok(())
    }
    fn belief(&self) -> Gaussian<4> {
        self.0
    }
}

impl Form for Extended {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite> {
        Ok(Extended(*prior))
    }
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite> {
        let mean = transition * self.0.mean;
        self.0.predict_extended(&mean, transition, &(root * root.transpose()));
        Ok(())
    }
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite> {
        self.0.update_extended(&seen.polar, &seen.polar_noise, &PlanarRadar, 3)?;
        Ok(())
    }
    fn belief(&self) -> Gaussian<4> {
        self.0
    }
}

impl<const IS_CUBATURE: bool> Unscented<IS_CUBATURE> {
    const RULE: SigmaRule =
        if IS_CUBATURE { SigmaRule::CUBATURE } else { SigmaRule { alpha: 0.5, beta: 2.0, kappa: -1.0 } };
}

impl<const IS_CUBATURE: bool> Form for Unscented<IS_CUBATURE> {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite> {
        Ok(Unscented(*prior))
    }
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite> {
        self.0.predict_unscented(&Self::RULE, |x| transition * x, &(root * root.transpose()))
    }
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite> {
        self.0.update_unscented(&seen.polar, &seen.polar_noise, &PlanarRadar, &Self::RULE)?;
        Ok(())
    }
    fn belief(&self) -> Gaussian<4> {
        self.0
    }
}

impl Form for SquareRootGaussian<4> {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite> {
        SquareRootGaussian::new(prior)
    }
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite> {
        self.predict_linear(transition, root);
        Ok(())
    }
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite> {
        let residual = seen.position - POSITIONS * self.mean;
        self.update_linear(&residual, &POSITIONS, &seen.position_noise)?;
        Ok(())
    }
    fn belief(&self) -> Gaussian<4> {
        self.gaussian()
    }
}

impl Form for UnitDiagonalGaussian<4> {
    fn new(prior: &Gaussian<4>) -> Result<Self, NotPositiveDefinite> {
        UnitDiagonalGaussian::new(prior)
    }
    fn predict(
        &mut self,
        transition: &Matrix4<f64>,
        root: &Matrix4x2<f64>,
    ) -> Result<(), NotPositiveDefinite> {
        self.predict_linear(transition, root)
    }
    fn update(&mut self, seen: &Seen) -> Result<(), NotPositiveDefinite> {
        let factor = Cholesky::new(&seen.position_noise)?;
        let (rows, numbers) = (factor.whiten(&POSITIONS), factor.whiten(&seen.position));
        for row in 0..2 {
            let gradient = rows.row(row).transpose();
            let _: Innovation<1> =
                self.update_scalar(numbers[row] - gradient.dot(&self.mean), &gradient, 1.0)?;
        }
        Ok(())
    }
    fn belief(&self) -> Gaussian<4> {
        self.gaussian()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn covariances_stay_sound(scene in scene()) {
        follow::<Linear>(&scene)?;
        follow::<Extended>(&scene)?;
        follow::<Unscented<false>>(&scene)?;
        follow::<Unscented<true>>(&scene)?;
        follow::<SquareRootGaussian<4>>(&scene)?;
        follow::<UnitDiagonalGaussian<4>>(&scene)?;
    }
}
