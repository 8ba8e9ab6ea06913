use super::*;
use rand_chacha::rand_core::Rng;

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} within {tolerance}");
}

/// Student's sleep data (R `datasets::sleep`; Student, Biometrika 6, 1908): extra hours of ten patients on two drugs.
const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn a_paired_difference_agrees_with_student_1908() {
    // R: t.test(extra ~ group, data = sleep, paired = TRUE): mean -1.58, interval -2.4598858 to -0.7001142, df = 9.
    let difference = Difference::paired(&some(&DRUG_1), &some(&DRUG_2), 1).unwrap();
    let interval = difference.interval.unwrap();
    close(difference.mean, -1.58, 1e-12);
    close(interval.low, -2.459_885_8, 1e-6);
    close(interval.high, -0.700_114_2, 1e-6);
    assert_eq!((difference.pairs, difference.direction()), (10, Direction::Less));
}

#[test]
fn the_bootstrap_is_near_the_normal_interval_and_the_same_for_the_same_seed() {
    let differences: Vec<f64> = DRUG_1.iter().zip(DRUG_2).map(|(a, b)| a - b).collect();
    let first = bootstrap_interval(&differences, 7).unwrap();
    assert_eq!(Some(first), bootstrap_interval(&differences, 7));
    assert_ne!(Some(first), bootstrap_interval(&differences, 8));
    // Its spread is that of the plug-in standard error, s sqrt(9/10) / sqrt(10) = 0.369: -1.58 +- 0.72, skew to the left
    // by the one patient with a difference of -4.6.
    close(first.low, -2.38, 0.12);
    close(first.high, -0.97, 0.12);
    assert_eq!(bootstrap_interval(&[1.0], 7), None);
}

#[test]
fn runs_without_a_value_are_left_out_of_pairs_and_counted() {
    let values = [Some(3.0), None, Some(5.0), Some(1.0)];
    let reference = [Some(1.0), Some(9.0), Some(2.0), None];
    let difference = Difference::paired(&values, &reference, 1).unwrap();
    assert_eq!((difference.mean, difference.pairs), (2.5, 2));
    assert_eq!(Difference::paired(&[None], &[Some(1.0)], 1), None);
}

#[test]
fn an_interval_with_zero_in_it_decides_nothing() {
    let difference = Difference::paired(&some(&[1.0, -1.0, 2.0]), &some(&[0.0, 0.0, 0.0]), 1).unwrap();
    assert_eq!(difference.direction(), Direction::Undecided);
    let constant = Difference::paired(&some(&[2.0, 2.0]), &some(&[0.0, 0.0]), 1).unwrap();
    assert_eq!(constant.direction(), Direction::More);
    let single = Difference::paired(&some(&[2.0]), &some(&[0.0]), 1).unwrap();
    assert_eq!((single.interval, single.direction()), (None, Direction::Undecided));
}

#[test]
fn quantiles_of_student_agree_with_the_printed_table() {
    // Abramowitz and Stegun, table 26.10 (97.5 %).
    for (degrees, expected) in [(1, 12.706), (2, 4.303), (9, 2.262), (30, 2.042), (120, 1.980)] {
        close(student_975(degrees).unwrap(), expected, 5e-4);
    }
}

#[test]
fn means_medians_and_deviations() {
    let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
    assert_eq!((mean(&values), median(&values)), (Some(5.0), Some(4.5)));
    close(standard_deviation(&values).unwrap(), (32.0_f64 / 7.0).sqrt(), 1e-15);
    close(root_mean_square(&values).unwrap(), 29.0_f64.sqrt(), 1e-15);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(
        (mean(&[]), median(&[]), standard_deviation(&[1.0]), t_interval(&[1.0])),
        (None, None, None, None)
    );
}

#[test]
fn a_time_that_never_came_counts_as_the_horizon() {
    let times = [Some(100.0), None, Some(250.0), Some(900.0)];
    let restricted = RestrictedTime::of(&times, 600.0).unwrap();
    // 100, 600, 250, 600: mean 387.5, median 425; two of four never came in time.
    assert_eq!((restricted.mean_s, restricted.median_s, restricted.never_fraction), (387.5, 425.0, 0.5));
    assert_eq!(RestrictedTime::of(&[], 600.0), None);
}

#[test]
fn wilson_agrees_with_newcombe_1998() {
    // R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for (successes, of, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let interval = Proportion::of(successes, of).unwrap().interval;
        close(interval.low, low, 5e-5);
        close(interval.high, high, 5e-5);
    }
    assert_eq!(Proportion::of(20, 20).unwrap().interval.high, 1.0);
    assert_eq!(Proportion::of(0, 0), None);
}

/// Draws near normal (sum of twelve uniforms less six), of any stream.
fn normal(chance: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| f64::from(chance.next_u32()) / 4_294_967_296.0).sum::<f64>() - 6.0
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    const TRIALS: usize = 1500;
    let mut chance = ChaCha8Rng::seed_from_u64(20_170_915);
    let (mut by_t, mut by_bootstrap, mut by_wilson) = (0, 0, 0);
    for trial in 0..TRIALS {
        // A flight's own difficulty is common to both arrangements and cancels; the true difference is -0.7.
        let flights: Vec<f64> = (0..25).map(|_| 10.0 * normal(&mut chance)).collect();
        let base: Vec<f64> = flights.iter().map(|flight| flight + normal(&mut chance)).collect();
        let shared: Vec<f64> = flights.iter().map(|flight| flight - 0.7 + normal(&mut chance)).collect();
        let difference = Difference::paired(&some(&shared), &some(&base), trial as u64).unwrap();
        by_t += usize::from(difference.interval.unwrap().contains(-0.7));
        by_bootstrap += usize::from(difference.bootstrap.unwrap().contains(-0.7));
        let successes = (0..60).filter(|_| chance.next_u32() < u32::MAX / 5).count();
        by_wilson += usize::from(Proportion::of(successes, 60).unwrap().interval.contains(0.2));
    }
    let share = |hits: usize| hits as f64 / TRIALS as f64;
    // Standard error of a share of 0.95 in 1500 trials: 0.0056. The percentile bootstrap of 25 pairs is known to be narrow.
    close(share(by_t), 0.95, 0.018);
    close(share(by_bootstrap), 0.935, 0.025);
    close(share(by_wilson), 0.95, 0.025);
}
