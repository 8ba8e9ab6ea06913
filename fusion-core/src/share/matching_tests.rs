//! Matching of two sets of tracks: the likeliest pairing, by any order, with a common translation, with honest gates.

use super::*;
use crate::math::chance::Stream;
use crate::share::random_tests::{Pair, covariance};
use nalgebra::{Matrix4, SMatrix, SVector, Vector4};

const SPACE_M: f64 = 100_000.0;
const SPEED_M_S: f64 = 1_000.0;

/// As many objects as there are on average, in so large a space of position and velocity.
fn log_density(objects: usize) -> f64 {
    libm::log(objects as f64 / (2.0 * SPACE_M * 2.0 * SPACE_M * 2.0 * SPEED_M_S * 2.0 * SPEED_M_S))
}

fn rules(shift_sigma_m: f64, objects: usize) -> MatchRules<'static, 4> {
    let mut shift_covariance = Matrix4::zeros();
    shift_covariance.fixed_view_mut::<2, 2>(0, 0).fill_diagonal(shift_sigma_m * shift_sigma_m);
    MatchRules {
        gate_probability: 0.9999,
        log_density: log_density(objects),
        correlation: Correlation::Independent,
        shift_covariance,
    }
}

/// Tracks of a row of objects by two nodes, the second shifted and turned about in its order; which is whose.
struct Scene {
    first: Vec<Gaussian<4>>,
    second: Vec<Gaussian<4>>,
    partners: Vec<Option<usize>>,
    shift_m: Vector4<f64>,
}

fn scene(case: u64, spacing_m: f64, shift_sigma_m: f64) -> Scene {
    let mut chance = Stream::new("row", case, &[]);
    let objects = 6;
    let shift_m = Vector4::new(chance.normal(), chance.normal(), 0.0, 0.0) * shift_sigma_m;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    // Each node misses one of the row.
    let missed = [case as usize % objects, (case as usize / 7) % objects];
    let mut owners = Vec::new();
    for object in 0..objects {
        let truth = Vector4::new(
            spacing_m * (object as f64 + 0.3 * chance.normal()),
            spacing_m * 0.5 * chance.normal(),
            300.0 * chance.normal(),
            300.0 * chance.normal(),
        );
        let mut track = |bias: Vector4<f64>| {
            let covariance = covariance::<4>(&mut chance);
            let root = *Cholesky::new(&covariance).expect("positive").lower();
            let error = root * Vector4::from_fn(|_, _| chance.normal());
            Gaussian { mean: truth + bias + error, covariance }
        };
        let (one, other) = (track(shift_m), track(Vector4::zeros()));
        if object != missed[0] {
            first.push(one);
            owners.push(object);
        }
        if object != missed[1] {
            second.insert(second.len() * (case as usize % 2), (object, other));
        }
    }
    let partners = owners.iter().map(|owner| second.iter().position(|(object, _)| object == owner)).collect();
    Scene { first, second: second.into_iter().map(|(_, track)| track).collect(), partners, shift_m }
}

#[test]
fn a_row_that_is_shifted_by_more_than_its_spacing_is_matched_and_the_shift_told() {
    let (mut right, mut right_without, mut squared, mut claimed) = (0, 0, 0.0, 0.0);
    const CASES: u64 = 200;
    for case in 0..CASES {
        let Scene { first, second, partners, shift_m } = scene(case, 2_000.0, 3_000.0);
        let matching = match_tracks(&first, &second, &rules(3_000.0, 6)).expect("valid");
        if matching.partners == partners {
            right += 1;
            let error = (matching.shift.mean - shift_m).fixed_rows::<2>(0).into_owned();
            let covariance: SMatrix<f64, 2, 2> = matching.shift.covariance.fixed_view::<2, 2>(0, 0).into();
            squared += Cholesky::new(&covariance).expect("positive").mahalanobis_squared(&error);
            claimed += 2.0;
        }
        assert_eq!(
            matching.shift.mean.fixed_rows::<2>(2).norm(),
            0.0,
            "no shift of velocities was asked for"
        );
        let without = match_tracks(&first, &second, &rules(0.0, 6)).expect("valid");
        right_without += u32::from(without.partners == partners);
    }
    assert!(right >= 190, "{right} of {CASES}");
    assert!(right_without < 20, "{right_without} of {CASES}: without a shift it could not be");
    // Chi-square with two degrees of freedom for each: four deviations.
    assert!((squared - claimed).abs() < 4.0 * (2.0 * claimed).sqrt(), "{squared} {claimed}");
}

#[test]
fn it_finds_the_likeliest_of_all_pairings() {
    /// Every pairing, judged as one Gaussian of all differences.
    fn best(
        pairs: &[Vec<Gaussian<4>>],
        row: usize,
        used: &mut Vec<Option<usize>>,
        rules: &MatchRules<'_, 4>,
    ) -> f64 {
        if row == pairs.len() {
            let mut shift = Gaussian { mean: Vector4::zeros(), covariance: rules.shift_covariance };
            let mut ratio = 0.0;
            for (row, column) in used.iter().enumerate() {
                let Some(column) = column else { continue };
                let difference = &pairs[row][*column];
                let residual = difference.mean - shift.mean;
                let told = shift
                    .update_linear(&residual, &Matrix4::identity(), &difference.covariance)
                    .expect("positive");
                ratio += told.log_likelihood - rules.log_density;
            }
            return ratio;
        }
        let mut greatest = f64::NEG_INFINITY;
        for column in std::iter::once(None).chain((0..pairs[row].len()).map(Some)) {
            if column.is_some() && used.contains(&column) {
                continue;
            }
            used.push(column);
            greatest = greatest.max(best(pairs, row + 1, used, rules));
            used.pop();
        }
        greatest
    }
    let mut as_good = 0;
    for case in 0..60 {
        let Scene { first, second, .. } = scene(case, 1_500.0, 2_000.0);
        let (first, second) = (&first[..4], &second[..4]);
        // A gate that shuts nothing out that is worth a match.
        let rules = MatchRules { gate_probability: 1.0 - 1e-12, ..rules(2_000.0, 6) };
        let pairs: Vec<Vec<Gaussian<4>>> = first
            .iter()
            .map(|one| {
                let difference = |other: &Gaussian<4>| Gaussian {
                    mean: one.mean - other.mean,
                    covariance: one.covariance + other.covariance,
                };
                second.iter().map(difference).collect()
            })
            .collect();
        let greatest = best(&pairs, 0, &mut Vec::new(), &rules);
        let found = match_tracks(first, second, &rules).expect("valid");
        let mut fixed = Gaussian { mean: Vector4::zeros(), covariance: rules.shift_covariance };
        let mut ratio = 0.0;
        for (row, column) in found.partners.iter().enumerate() {
            let Some(column) = column else { continue };
            let difference = &pairs[row][*column];
            let residual = difference.mean - fixed.mean;
            let told = fixed
                .update_linear(&residual, &Matrix4::identity(), &difference.covariance)
                .expect("positive");
            ratio += told.log_likelihood - rules.log_density;
        }
        assert!(ratio < greatest + 1e-6);
        as_good += u32::from(ratio > greatest - 1e-6);
    }
    // The hypotheses are those of single pairs: the best pairing may be near none of them.
    assert!(as_good >= 57, "{as_good} of 60");
}

#[test]
fn the_order_of_the_tracks_does_not_matter() {
    let Scene { first, second, .. } = scene(5, 2_000.0, 1_000.0);
    let one = match_tracks(&first, &second, &rules(1_000.0, 6)).expect("valid");
    let turned: Vec<Gaussian<4>> = second.iter().rev().copied().collect();
    let other = match_tracks(&first, &turned, &rules(1_000.0, 6)).expect("valid");
    let back: Vec<Option<usize>> =
        other.partners.iter().map(|partner| partner.map(|place| second.len() - 1 - place)).collect();
    assert_eq!(one.partners, back);
}

/// Shares of true pairs within a gate of 0.99.
fn share_in_gate(strength: f64, sign: f64) -> [f64; 3] {
    const PAIRS: usize = 4_000;
    let mut chance = Stream::new("gate", 1, &[]);
    let gate = quantile(4, 0.99).expect("valid");
    let mut shares = [0.0; 3];
    for _ in 0..PAIRS {
        let pair = Pair::<4>::of_any_correlation(&mut chance, strength);
        // Errors in proportion, so that the correlation is that of every direction.
        let mut cross = pair.first.covariance * (sign * strength);
        let mut second = pair.first;
        if sign == 0.0 {
            (cross, second) = (pair.cross, pair.second);
        }
        let truth = pair.first.covariance + second.covariance - cross - cross.transpose();
        let root = *Cholesky::new(&truth).expect("positive").lower();
        let mut one = pair.first;
        one.mean = root * SVector::from_fn(|_, _| chance.normal());
        second.mean = SVector::zeros();
        let known = move |_, _| cross;
        for (share, correlation) in shares.iter_mut().zip([
            Correlation::Independent,
            Correlation::Known(&known),
            Correlation::Unknown,
        ]) {
            let covariance = correlation.of_difference((0, &one), (0, &second)).expect("positive");
            let squared = Cholesky::new(&covariance).expect("positive").mahalanobis_squared(&one.mean);
            *share += f64::from(u8::from(squared < gate)) / PAIRS as f64;
        }
    }
    shares
}

#[test]
fn gates_hold_what_they_say_where_the_correlation_is_known_or_bounded() {
    // Three deviations of 0.99 over 4,000 pairs: 0.005.
    let [independent, known, bounded] = share_in_gate(0.9, -1.0);
    assert!(independent < 0.9, "{independent}: opposite errors fall out of a gate for independent ones");
    assert!((known - 0.99).abs() < 0.005 && bounded > 0.985, "{known} {bounded}");
    let [independent, known, bounded] = share_in_gate(0.9, 1.0);
    assert!(independent > 0.999 && bounded > 0.999, "{independent} {bounded}");
    assert!((known - 0.99).abs() < 0.005, "{known}");
    let [_, known, bounded] = share_in_gate(0.99, 0.0);
    assert!((known - 0.99).abs() < 0.005 && bounded > 0.985, "{known} {bounded}");
}

#[test]
fn empty_sets_and_numbers_that_are_none_match_nothing() {
    let Scene { first, second, .. } = scene(3, 2_000.0, 0.0);
    assert_eq!(match_tracks::<4>(&[], &second, &rules(0.0, 6)).expect("valid").partners, []);
    assert_eq!(match_tracks(&first, &[], &rules(9.0, 6)).expect("valid").partners, vec![None; first.len()]);
    let mut unsound = second.clone();
    unsound[0].mean[0] = f64::NAN;
    unsound[1].covariance[(0, 0)] = f64::NAN;
    for correlation in [Correlation::Independent, Correlation::Unknown] {
        let rules = MatchRules { correlation, ..rules(1_000.0, 6) };
        let matching = match_tracks(&first, &unsound, &rules).expect("valid");
        assert!(!matching.partners.contains(&Some(0)) && !matching.partners.contains(&Some(1)));
        assert!(match_tracks(&first, &second, &MatchRules { gate_probability: 1.0, ..rules }).is_err());
    }
}
