use super::*;
use crate::assess::{Verdict, judge};
use nalgebra::{Matrix2, Matrix4, Vector4, matrix, vector};

/// Two axes of position and velocity; one is measured at every step, the other at every fifth.
fn problem() -> LinearProblem<4> {
    let step = |number: usize| {
        let mut measurements = vec![ScalarMeasurement { row: vector![1.0, 0.0, 0.0, 0.0], variance: 25.0 }];
        if number.is_multiple_of(5) {
            measurements.push(ScalarMeasurement { row: vector![0.6, 0.8, 0.0, 0.1], variance: 400.0 });
        }
        LinearStep {
            transition: matrix![
                1.0, 0.0, 1.0, 0.0;
                0.0, 1.0, 0.0, 1.0;
                0.0, 0.0, 1.0, 0.0;
                0.0, 0.0, 0.0, 1.0
            ],
            // Piecewise constant acceleration: singular.
            process_noise: matrix![
                0.25, 0.0, 0.5, 0.0;
                0.0, 0.25, 0.0, 0.5;
                0.5, 0.0, 1.0, 0.0;
                0.0, 0.5, 0.0, 1.0
            ] * 0.04,
            measurements,
        }
    };
    LinearProblem {
        initial_covariance: Matrix4::from_diagonal(&Vector4::new(1e4, 1e4, 100.0, 100.0)),
        steps: (0..60).map(step).collect(),
        sampled: (10..60).step_by(2).collect(),
        degrees_of_freedom: 3,
    }
}

#[test]
fn the_mean_is_the_number_of_components() {
    for degrees_of_freedom in 1..=4 {
        let problem = LinearProblem { degrees_of_freedom, ..problem() };
        let nees = problem.nees(4_000, 7).expect("valid");
        let standard_error = nees.standard_deviation / 4_000.0_f64.sqrt();
        let off = (nees.mean - degrees_of_freedom as f64) / standard_error;
        assert!(off.abs() < 3.5, "{degrees_of_freedom}: {nees:?}, {off} standard errors off");
    }
}

#[test]
fn one_sampled_step_is_chi_square() {
    let problem = LinearProblem { sampled: vec![33], ..problem() };
    let nees = problem.nees(20_000, 3).expect("valid");
    // Variance 2 n: the spread of three components is 6^(1/2), known to about 1 % from this many runs.
    assert!((nees.standard_deviation / 6.0_f64.sqrt() - 1.0).abs() < 0.03, "{nees:?}");
}

#[test]
fn the_band_holds_nineteen_batches_of_twenty_where_the_chi_square_band_does_not() {
    let problem = problem();
    let runs = 20;
    let nees = problem.nees(4_000, 11).expect("valid");
    let band = nees.band(runs, 0.95).expect("a probability");
    let naive = Band::chi_square(3 * 25, runs, 0.95).expect("valid");
    let (mut inside, mut inside_naive) = (0, 0);
    let batches = 1_000;
    let per_run = problem.nees_per_run(runs * batches, 12).expect("valid");
    for batch in per_run.chunks(runs) {
        let consistency = judge(batch, &band).expect("valid");
        inside += usize::from(consistency.verdict == Verdict::Consistent);
        inside_naive += usize::from((naive.low..naive.high).contains(&(25.0 * consistency.mean)));
    }
    // Binomial: 950 ± 7.
    assert!((925..=975).contains(&inside), "{inside} of {batches} batches in the band");
    assert!(inside_naive < 800, "the naive band holds {inside_naive}: steps of a run are not independent");
}

#[test]
fn a_filter_that_is_wrong_by_a_factor_is_found_out() {
    let problem = problem();
    let band = problem.nees(4_000, 11).expect("valid").band(50, 0.95).expect("a probability");
    let per_run = problem.nees_per_run(50, 13).expect("valid");
    let scaled = |factor: f64| per_run.iter().map(|value| factor * value).collect::<Vec<_>>();
    assert_eq!(judge(&scaled(1.0), &band).expect("valid").verdict, Verdict::Consistent);
    assert_eq!(judge(&scaled(1.5), &band).expect("valid").verdict, Verdict::Overconfident);
    assert_eq!(judge(&scaled(0.67), &band).expect("valid").verdict, Verdict::Underconfident);
}

#[test]
fn the_same_seed_gives_the_same_runs_and_more_runs_go_on() {
    let problem = problem();
    let few = problem.nees_per_run(5, 1).expect("valid");
    assert_eq!(few, problem.nees_per_run(9, 1).expect("valid")[..5]);
    assert_ne!(few, problem.nees_per_run(5, 2).expect("valid"));
}

#[test]
fn roots_of_singular_noise() {
    let singular = matrix![0.25, 0.5; 0.5, 1.0];
    let root = semidefinite_root(&singular).expect("semidefinite");
    assert!((root * root.transpose() - singular).amax() < 1e-15);
    assert_eq!(semidefinite_root(&Matrix2::zeros()), Some(Matrix2::zeros()));
    assert_eq!(semidefinite_root(&matrix![0.0, 0.0; 0.0, 4.0]), Some(matrix![0.0, 0.0; 0.0, 2.0]));
    for indefinite in [matrix![-1.0, 0.0; 0.0, 1.0], matrix![1.0, 2.0; 2.0, 1.0], matrix![0.0, 1.0; 1.0, 1.0]]
    {
        assert_eq!(semidefinite_root(&indefinite), None, "{indefinite}");
    }
    assert_eq!(semidefinite_root(&matrix![f64::NAN, 0.0; 0.0, 1.0]), None);
}

#[test]
fn nonsense_is_named() {
    let good = problem();
    let error = |change: fn(&mut LinearProblem<4>)| {
        let mut problem = good.clone();
        change(&mut problem);
        problem.nees(10, 1).expect_err("nonsense")
    };
    assert_eq!(error(|p| p.degrees_of_freedom = 0), OracleError::Components { given: 0, size: 4 });
    assert_eq!(error(|p| p.degrees_of_freedom = 5), OracleError::Components { given: 5, size: 4 });
    assert_eq!(error(|p| p.sampled = vec![]), OracleError::Sampled(None));
    assert_eq!(error(|p| p.sampled = vec![60]), OracleError::Sampled(Some(60)));
    assert_eq!(error(|p| p.steps[7].measurements[0].variance = 0.0), OracleError::Noise { step: 7 });
    assert_eq!(error(|p| p.steps[7].process_noise[(0, 0)] = -1.0), OracleError::Noise { step: 7 });
    assert!(matches!(
        error(|p| p.initial_covariance[(3, 3)] = 0.0),
        OracleError::Covariance { step: None, .. }
    ));
    assert!(matches!(
        error(|p| {
            p.steps[4].transition[(0, 0)] = f64::NAN;
        }),
        OracleError::Covariance { step: Some(4), .. }
    ));
    assert_eq!(good.nees(1, 1), Err(OracleError::Runs(1)));
}
