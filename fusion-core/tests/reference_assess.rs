//! The metrics, the bound and the small matrices against numbers that others made (`fixtures/reference`).
//!
//! 05: Stone Soup's covariance intersection. 06: OSPA and GOSPA by brute force over all assignments. 17: the posterior
//! Cramér-Rao recursion by numpy.

use fusion_core::assess::{PosteriorBound, gospa, measurement_information, ospa};
use fusion_core::math::symmetric::{inverse, log_determinant};
use nalgebra::{Matrix2, SMatrix, Vector3, matrix};
use proptest::prelude::*;
use serde_json::Value;

fn reference(name: &str) -> Value {
    let path = format!("{}/../fixtures/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not a list: {value}"))
}

fn points(value: &Value) -> Vec<Vector3<f64>> {
    list(value).iter().map(|point| Vector3::from_iterator(list(point).iter().map(number))).collect()
}

fn square<const N: usize>(value: &Value) -> SMatrix<f64, N, N> {
    SMatrix::from_fn(|row, column| number(&value[row][column]))
}

fn assert_close(ours: f64, theirs: f64, relative: f64, what: &str) {
    assert!((ours - theirs).abs() <= relative * theirs.abs(), "{what}: {ours} against {theirs}");
}

#[test]
fn ospa_and_gospa_agree_with_brute_force() {
    let file = reference("06_ospa_gospa.json");
    let cases = list(&file["cases"]);
    assert_eq!(cases.len(), 8);
    for case in cases {
        let name = format!("case {}", case["case"]);
        let (estimates, truths) = (points(&case["estimates"]), points(&case["truths"]));
        let (order, cutoff_m) = (number(&case["p"]), number(&case["c"]));
        let distance_m = ospa(&estimates, &truths, order, cutoff_m).expect("valid");
        assert_close(distance_m, number(&case["ospa"]), 1e-9, &name);
        let ours = gospa(&estimates, &truths, order, cutoff_m).expect("valid");
        let theirs = &case["gospa_alpha2"];
        assert_close(ours.distance_m, number(&theirs["distance"]), 1e-9, &name);
        assert_close(ours.localisation_power, number(&theirs["localisation_p"]), 1e-9, &name);
        assert_close(ours.missed_power, number(&theirs["missed_p"]), 1e-9, &name);
        assert_close(ours.false_power, number(&theirs["false_p"]), 1e-9, &name);
        let assigned = ours.estimate_of_truth.iter().flatten().count();
        for (count, field) in
            [(ours.missed, "n_missed"), (ours.false_tracks, "n_false"), (assigned, "n_assigned")]
        {
            assert_eq!(Some(count as u64), theirs[field].as_u64(), "{name}: {field}");
        }
    }
}

#[test]
fn the_bound_is_the_covariance_of_the_filter() {
    let file = reference("17_pcrlb_linear.json");
    let (time_s, density) = (number(&file["T"]), number(&file["q"]));
    let transition = matrix![1.0, time_s; 0.0, 1.0];
    let noise: Matrix2<f64> = matrix![
        time_s * time_s * time_s / 3.0, time_s * time_s / 2.0;
        time_s * time_s / 2.0, time_s
    ] * density;
    let prior = matrix![number(&file["P0"][0]), 0.0; 0.0, number(&file["P0"][1])];
    let sensors: [(&str, &[f64]); 3] = [("A R=1", &[1.0]), ("B R=4", &[4.0]), ("A+B shared", &[1.0, 4.0])];
    for (name, variances) in sensors {
        let expected = file["results"][name]["P_at"].as_object().expect("an object");
        let mut bound = PosteriorBound::from_prior(&prior).expect("a covariance");
        let mut compared = 0;
        for step in 1..=30 {
            bound.predict(&transition, &noise).expect("has a prior");
            for variance in variances {
                let seen = measurement_information(&matrix![1.0, 0.0], &matrix![*variance]).expect("noise");
                bound.add(&seen, 1.0).expect("a probability");
            }
            let Some(theirs) = expected.get(&step.to_string()) else { continue };
            let (ours, theirs) = (bound.covariance().expect("determined"), square::<2>(theirs));
            let error = (ours - theirs).component_div(&theirs).amax();
            assert!(error < 1e-9, "{name}, step {step}: {error:e}");
            compared += 1;
        }
        assert_eq!(compared, expected.len());
    }
}

fn intersect<const N: usize>(case: &Value) {
    let omega = number(&case["omega"]);
    let inverses =
        [square::<N>(&case["A"]), square::<N>(&case["B"])].map(|m| inverse(&m).expect("covariance"));
    let at = |omega: f64| inverse(&(inverses[0] * omega + inverses[1] * (1.0 - omega))).expect("covariance");
    let theirs = square::<N>(&case["fused_cov"]);
    let scale = theirs.diagonal().map(f64::sqrt);
    let error = (at(omega) - theirs).component_div(&(scale * scale.transpose())).amax();
    assert!(error < 1e-9, "case {}: {error:e}", case["case"]);
    let smallest = at(number(&case["omega_min_det"]));
    let ours = log_determinant(&smallest).expect("covariance");
    assert_close(ours, number(&case["logdet_at_min"]), 1e-9, &format!("case {}", case["case"]));
}

#[test]
fn inverses_and_determinants_agree_with_another_library() {
    let file = reference("05_covariance_intersection.json");
    for case in list(&file["cases"]) {
        match case["dim"].as_u64() {
            Some(2) => intersect::<2>(case),
            Some(3) => intersect::<3>(case),
            Some(6) => intersect::<6>(case),
            other => panic!("a dimension of {other:?}"),
        }
    }
}

fn some_points() -> impl Strategy<Value = Vec<Vector3<f64>>> {
    let point = prop::array::uniform3(-100.0..100.0_f64).prop_map(Vector3::from);
    prop::collection::vec(point, 0..6)
}

proptest! {
    #[test]
    fn both_are_metrics(
        a in some_points(),
        b in some_points(),
        c in some_points(),
        order in prop_oneof![Just(1.0), Just(2.0), 1.0..4.0_f64],
        cutoff_m in 1.0..300.0_f64,
    ) {
        let distances = [
            |x: &[Vector3<f64>], y: &[Vector3<f64>], p, c| ospa(x, y, p, c).expect("valid"),
            |x: &[Vector3<f64>], y: &[Vector3<f64>], p, c| gospa(x, y, p, c).expect("valid").distance_m,
        ];
        for distance_m in distances {
            let between = |x: &[Vector3<f64>], y: &[Vector3<f64>]| distance_m(x, y, order, cutoff_m);
            prop_assert_eq!(between(&a, &a), 0.0);
            prop_assert!((between(&a, &b) - between(&b, &a)).abs() < 1e-9);
            prop_assert!(between(&a, &c) <= between(&a, &b) + between(&b, &c) + 1e-9);
            // The order in which points stand is no part of a set.
            let backwards: Vec<_> = a.iter().rev().copied().collect();
            prop_assert!((between(&backwards, &b) - between(&a, &b)).abs() < 1e-9);
        }
        prop_assert!(ospa(&a, &b, order, cutoff_m).expect("valid") <= cutoff_m * (1.0 + 1e-12));
    }

    #[test]
    fn the_parts_add_up(a in some_points(), b in some_points(), order in 1.0..4.0_f64, cutoff_m in 1.0..300.0_f64) {
        let result = gospa(&a, &b, order, cutoff_m).expect("valid");
        let sum = result.localisation_power + result.missed_power + result.false_power;
        let whole = libm::pow(result.distance_m, order);
        prop_assert!((sum - whole).abs() <= 1e-9 * whole, "{sum} {whole}");
        let assigned = result.estimate_of_truth.iter().flatten().count();
        prop_assert_eq!((result.missed + assigned, result.false_tracks + assigned), (b.len(), a.len()));
        let swapped = gospa(&b, &a, order, cutoff_m).expect("valid");
        prop_assert_eq!((swapped.missed, swapped.false_tracks), (result.false_tracks, result.missed));
    }
}
