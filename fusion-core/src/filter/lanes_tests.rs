//! Four tracks side by side have the bits that each has alone.

use super::missile::mixing::{coast_from_boost, moment_match, reentry_from_coast};
use super::{Gaussian, ScalarUpdate};
use crate::dynamics::{
    Boost, Coast, CoordinatedTurn, Dynamics, LiftingReentry, Reentry, Singer, ThrustAlongVelocity, propagate,
    step,
};
use crate::math::{lanes::Lanes, real::Real};
use crate::measurement::project;
use crate::types::{height_and_up, heights_and_ups};
use nalgebra::{SMatrix, SVector, Vector3};
use proptest::prelude::*;

/// Puts four matrices side by side.
fn pack<const R: usize, const C: usize>(four: &[SMatrix<f64, R, C>; 4]) -> SMatrix<Lanes, R, C> {
    SMatrix::from_fn(|row, column| Lanes(four.map(|matrix| matrix[(row, column)])))
}

fn pack_gaussians<const N: usize>(four: &[Gaussian<N>; 4]) -> Gaussian<N, Lanes> {
    Gaussian { mean: pack(&four.map(|one| one.mean)), covariance: pack(&four.map(|one| one.covariance)) }
}

/// Fails where any bit of any of the four differs.
fn same_bits<const R: usize, const C: usize>(block: &SMatrix<Lanes, R, C>, four: &[SMatrix<f64, R, C>; 4]) {
    for (lane, one) in four.iter().enumerate() {
        for (index, (ours, alone)) in block.iter().zip(one.iter()).enumerate() {
            let together = ours.0[lane];
            assert_eq!(together.to_bits(), alone.to_bits(), "lane {lane}, {index}: {together:e}, {alone:e}");
        }
    }
}

fn same_gaussian_bits<const N: usize>(block: &Gaussian<N, Lanes>, four: &[Gaussian<N>; 4]) {
    same_bits(&block.mean, &four.map(|one| one.mean));
    same_bits(&block.covariance, &four.map(|one| one.covariance));
}

fn same_scalar_bits(block: Lanes, four: [f64; 4]) {
    same_bits(&SMatrix::<Lanes, 1, 1>::new(block), &four.map(SMatrix::<f64, 1, 1>::new));
}

/// Numbers in -1..1 from which everything of one lane is made.
type Parts = [f64; 32];

/// A state of `N`, with what it has beyond velocity near `further`: lanes lie in the air and above it by turns, so that
/// every block holds both.
fn state<const N: usize>(parts: &Parts, lane: usize, further: [f64; 3]) -> SVector<f64, N> {
    let radius_m =
        if lane.is_multiple_of(2) { 6.372e6 + 5e4 * parts[0].abs() } else { 6.6e6 + 3e6 * parts[0].abs() };
    let place = Vector3::new(parts[1], parts[2], parts[3] + 0.01).normalize() * radius_m;
    let velocity = Vector3::new(parts[4], parts[5], parts[6]) * 5e3;
    let further = std::array::from_fn::<_, 3, _>(|index| further[index] * (1.0 + 0.2 * parts[7 + index]));
    SVector::from_iterator(place.iter().chain(velocity.iter()).chain(&further).copied())
}

fn belief<const N: usize>(parts: &Parts, lane: usize, further: [f64; 3]) -> Gaussian<N> {
    let factor = SMatrix::<f64, N, N>::from_fn(|row, column| {
        let scale = [300.0, 300.0, 300.0, 20.0, 20.0, 20.0, 0.5, 0.5, 0.5][row];
        scale * (parts[(7 * row + 5 * column) % 32] + if row == column { 1.5 } else { 0.0 })
    });
    Gaussian { mean: state(parts, lane, further), covariance: factor * factor.transpose() }
}

fn predicts_the_same<const N: usize>(
    model: &impl Dynamics<N>,
    further: [f64; 3],
    parts: &[Parts; 4],
    seconds: f64,
) {
    let mut four: [Gaussian<N>; 4] = std::array::from_fn(|lane| belief(&parts[lane], lane, further));
    let mut block = pack_gaussians(&four);
    let (acceleration, jacobian) = model.acceleration(&block.mean);
    let alone = four.map(|one| model.acceleration(&one.mean));
    same_bits(&acceleration, &alone.map(|one| one.0));
    same_bits(&jacobian, &alone.map(|one| one.1));
    let (moved, transition) = propagate(model, &block.mean, -seconds, 1.0);
    let alone = four.map(|one| propagate(model, &one.mean, -seconds, 1.0));
    same_bits(&moved, &alone.map(|one| one.0));
    same_bits(&transition, &alone.map(|one| one.1));
    let (moved, transition) = step(model, &block.mean, &block.covariance, seconds);
    let alone = four.map(|one| step(model, &one.mean, &one.covariance, seconds));
    same_bits(&moved, &alone.map(|one| one.0));
    same_bits(&transition, &alone.map(|one| one.1));
    block.predict(model, seconds, 1.0);
    four.iter_mut().for_each(|one| {
        one.predict(model, seconds, 1.0);
    });
    same_gaussian_bits(&block, &four);
}

fn updates_the_same<const N: usize>(parts: &[Parts; 4]) {
    let mut four: [Gaussian<N>; 4] = std::array::from_fn(|lane| belief(&parts[lane], lane, THRUST));
    let mut block = pack_gaussians(&four);
    let (before, before_alone) = (block, four);
    let mut total = ScalarUpdate::<Lanes>::default();
    let mut totals = [ScalarUpdate::<f64>::default(); 4];
    for round in 0..3 {
        let gradients: [Vector3<f64>; 4] =
            parts.map(|part| Vector3::new(part[20 + round], part[21 + round], part[22 + round]));
        let (residuals, variances) = (
            parts.map(|part| 500.0 * part[25 + round]),
            parts.map(|part| 1.0 + 400.0 * part[28 + round].abs()),
        );
        let update = block.update_scalar(&pack(&gradients), Lanes(residuals), Lanes(variances), &before.mean);
        total = total.and(update);
        for lane in 0..4 {
            totals[lane] = totals[lane].and(four[lane].update_scalar(
                &gradients[lane],
                residuals[lane],
                variances[lane],
                &before_alone[lane].mean,
            ));
        }
    }
    block.symmetrise();
    four.iter_mut().for_each(Gaussian::symmetrise);
    same_gaussian_bits(&block, &four);
    same_gaussian_bits(&block.leading::<3>(), &four.map(|one| one.leading::<3>()));
    same_scalar_bits(total.log_likelihood, totals.map(|one| one.log_likelihood));
    same_scalar_bits(
        total.normalised_innovation_squared,
        totals.map(|one| one.normalised_innovation_squared),
    );
}

/// Thrust acceleration, m/s².
const THRUST: [f64; 3] = [30.0, -20.0, 10.0];

fn lane_parts() -> impl Strategy<Value = [Parts; 4]> {
    prop::array::uniform4(prop::array::uniform32(-1.0..1.0_f64))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn predictions_have_the_bits_of_four_separate_ones(parts in lane_parts(), seconds in 0.01..3.0_f64) {
        predicts_the_same(&Boost { density_m2_s5: 1.0 }, THRUST, &parts, seconds);
        predicts_the_same(&Coast { density_m2_s3: 1e-3 }, THRUST, &parts, seconds);
        let reentry = Reentry { density_m2_s3: 1e-3, log_density_1_s: 1e-4 };
        predicts_the_same(&reentry, [-8.0; 3], &parts, seconds);
    }

    #[test]
    fn predictions_of_the_other_models_have_the_bits_of_four_separate_ones(parts in lane_parts(), seconds in 0.01..3.0_f64) {
        let lifting = LiftingReentry { density_m2_s3: 1e-3, log_density_1_s: 1e-4, lift_density_m4_kg2_s: 1e-12 };
        predicts_the_same(&lifting, [-8.0, 2e-4, -1e-4], &parts, seconds);
        let thrust = ThrustAlongVelocity { density_m2_s3: 1.0, thrust_density_m2_s5: 1.0, growth_density_1_s3: 1e-8 };
        predicts_the_same(&thrust, [30.0, 0.01, 0.0], &parts, seconds);
        predicts_the_same(&Singer { damping_1_s: 0.05, density_m2_s5: 1.0 }, THRUST, &parts, seconds);
        let turn = CoordinatedTurn { density_m2_s3: 1.0, turn_density_rad2_s3: 1e-6 };
        predicts_the_same(&turn, [0.05; 3], &parts, seconds);
    }

    #[test]
    fn updates_have_the_bits_of_four_separate_ones(parts in lane_parts()) {
        updates_the_same::<6>(&parts);
        updates_the_same::<7>(&parts);
        updates_the_same::<9>(&parts);
    }

    #[test]
    fn mixing_has_the_bits_of_four_separate_ones(parts in lane_parts(), seconds in 0.01..3.0_f64) {
        let boosts: [Gaussian<9>; 4] = std::array::from_fn(|lane| belief(&parts[lane], lane, THRUST));
        let coasts: [Gaussian<6>; 4] = std::array::from_fn(|lane| belief(&parts[3 - lane], lane, THRUST));
        let burnt_out = coast_from_boost(&pack_gaussians(&boosts), seconds);
        let burnt_out_alone = boosts.map(|boost| coast_from_boost(&boost, seconds));
        same_gaussian_bits(&burnt_out, &burnt_out_alone);
        let entering = reentry_from_coast(&burnt_out, -8.0, 0.1);
        same_gaussian_bits(&entering, &burnt_out_alone.map(|coast| reentry_from_coast(&coast, -8.0, 0.1)));
        let weights = [parts.map(|part| part[30].abs()), parts.map(|part| part[31].abs())];
        let mixed = moment_match(
            (Lanes(weights[0]), &pack_gaussians(&coasts)),
            (Lanes(weights[1]), &burnt_out),
        );
        let alone = std::array::from_fn(|lane| {
            moment_match((weights[0][lane], &coasts[lane]), (weights[1][lane], &burnt_out_alone[lane]))
        });
        same_gaussian_bits(&mixed, &alone);
    }

    #[test]
    fn projections_and_heights_have_the_bits_of_four_separate_ones(parts in lane_parts()) {
        let places: [SVector<f64, 6>; 4] = std::array::from_fn(|lane| state(&parts[lane], lane, THRUST));
        let places: [Vector3<f64>; 4] = places.map(|place| place.fixed_rows::<3>(0).into());
        let (heights_m, ups) = heights_and_ups(&pack(&places));
        same_scalar_bits(heights_m, places.map(|place| height_and_up(&place).0));
        same_bits(&ups, &places.map(|place| height_and_up(&place).1));
        let axes: [[Vector3<f64>; 4]; 3] = std::array::from_fn(|axis| {
            parts.map(|part| Vector3::new(part[10 + axis], part[13 + axis], part[16 + axis]))
        });
        let seen = project(&pack(&places), &pack(&axes[0]), &pack(&axes[1]), &pack(&axes[2]));
        let alone: [_; 4] =
            std::array::from_fn(|lane| project(&places[lane], &axes[0][lane], &axes[1][lane], &axes[2][lane]));
        same_scalar_bits(seen.range_m, alone.map(|one| one.range_m));
        same_scalar_bits(seen.along_m, alone.map(|one| one.along_m));
        same_bits(&seen.range_gradient, &alone.map(|one| one.range_gradient));
        same_scalar_bits(seen.right.0, alone.map(|one| one.right.0));
        same_bits(&seen.right.1, &alone.map(|one| one.right.1));
        same_scalar_bits(seen.up.0, alone.map(|one| one.up.0));
        same_bits(&seen.up.1, &alone.map(|one| one.up.1));
    }

    #[test]
    fn every_operation_is_the_one_on_a_single_number(
        ours in prop::array::uniform4(any::<f64>()),
        theirs in prop::array::uniform4(any::<f64>()),
    ) {
        let (a, b) = (Lanes(ours), Lanes(theirs));
        // Which of two NaNs comes out is nobody's promise.
        let same = |block: Lanes, one: &dyn Fn(f64, f64) -> f64| {
            for lane in 0..4 {
                let (together, alone) = (block.0[lane], one(ours[lane], theirs[lane]));
                assert!(together.to_bits() == alone.to_bits() || (together.is_nan() && alone.is_nan()));
            }
        };
        same(a + b, &|a, b| a + b);
        same(a - b, &|a, b| a - b);
        same(a * b, &|a, b| a * b);
        same(a / b, &|a, b| a / b);
        same(-a, &|a, _| -a);
        same(Real::sqrt(a), &|a, _| a.sqrt());
        same(Real::exp(a), &|a, _| libm::exp(a));
        same(Real::log(a), &|a, _| libm::log(a));
        same(a.max(b), &|a, b| if a > b { a } else { b });
        same(a.min(b), &|a, b| if a < b { a } else { b });
        same(Real::select(a.is_above(b), a, b), &|a, b| if a > b { a } else { b });
        prop_assert_eq!(Lanes::any(a.is_above(b)), (0..4).any(|lane| ours[lane] > theirs[lane]));
    }
}
