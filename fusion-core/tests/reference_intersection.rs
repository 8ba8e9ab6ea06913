//! Covariance intersection against Stone Soup and scipy (`fixtures/reference/05_covariance_intersection.json`).

use fusion_core::filter::Gaussian;
use fusion_core::math::symmetric::{inverse, log_determinant};
use fusion_core::share::{covariance_intersection, intersection_weight};
use nalgebra::{SMatrix, SVector};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/reference/05_covariance_intersection.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    file["cases"].as_array().expect("a list of cases").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn vector<const N: usize>(value: &Value) -> SVector<f64, N> {
    SVector::from_fn(|row, _| number(&value[row]))
}

fn matrix<const N: usize>(value: &Value) -> SMatrix<f64, N, N> {
    SMatrix::from_fn(|row, column| number(&value[row][column]))
}

fn check<const N: usize>(case: &Value) {
    let name = &case["case"];
    let first = Gaussian { mean: vector::<N>(&case["a"]), covariance: matrix(&case["A"]) };
    let second = Gaussian { mean: vector::<N>(&case["b"]), covariance: matrix(&case["B"]) };
    let fused = covariance_intersection(&first, &second, number(&case["omega"])).expect("covariances");

    let theirs = matrix::<N>(&case["fused_cov"]);
    let sigmas = theirs.diagonal().map(f64::sqrt);
    let error = (fused.covariance - theirs).component_div(&(sigmas * sigmas.transpose())).amax();
    assert!(error < 1e-9, "case {name}: covariance off by {error:e}");
    let mean = vector::<N>(&case["fused_mean"]);
    let error = (fused.mean - mean).norm() / mean.norm();
    assert!(error < 1e-9, "case {name}: mean off by {error:e}");

    let weight = intersection_weight(&first.covariance, &second.covariance).expect("covariances");
    let error = weight - number(&case["omega_min_det"]);
    assert!(error.abs() < 1e-5, "case {name}: weight off by {error:e}");
    let [a, b] = [first, second].map(|part| inverse(&part.covariance).expect("covariance"));
    let criterion = -log_determinant(&(a * weight + b * (1.0 - weight))).expect("positive definite");
    let theirs = number(&case["logdet_at_min"]);
    assert!((criterion / theirs - 1.0).abs() < 1e-9, "case {name}: {criterion} against {theirs}");
}

#[test]
fn fusion_and_weight_agree_with_stone_soup_and_scipy() {
    let cases = cases();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        match case["dim"].as_u64() {
            Some(2) => check::<2>(case),
            Some(3) => check::<3>(case),
            Some(6) => check::<6>(case),
            other => panic!("a dimension of {other:?}"),
        }
    }
}

#[test]
fn where_one_estimate_holds_all_of_the_other_it_is_taken_alone() {
    let small = SMatrix::<f64, 3, 3>::identity();
    assert_eq!(intersection_weight(&small, &(small * 4.0)), Ok(1.0));
    assert_eq!(intersection_weight(&(small * 4.0), &small), Ok(0.0));
}
