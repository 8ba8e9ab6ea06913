use super::*;
use nalgebra::{Matrix2, Matrix3, Vector3, matrix};

fn after(time_s: f64) -> Matrix3<f64> {
    matrix![1.0, time_s, 0.5 * time_s * time_s; 0.0, 1.0, time_s; 0.0, 0.0, 1.0]
}

#[test]
fn without_process_noise_both_forms_agree() {
    let prior = Matrix3::from_diagonal(&Vector3::new(4e8, 2.5e5, 100.0));
    let mut steps = PosteriorBound::from_prior(&prior).expect("a covariance");
    let mut epoch = EpochInformation::from_prior(&prior).expect("a covariance");
    for look in 1..=40 {
        let noise = matrix![30.0 + f64::from(look % 3), 1.0; 1.0, 2.0];
        let seen = measurement_information(&matrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.3], &noise).expect("noise");
        let detection_probability = 0.5 + 0.5 / f64::from(look);
        steps.predict(&after(1.0), &Matrix3::zeros()).expect("has a prior");
        steps.add(&seen, detection_probability).expect("a probability");
        epoch.add(&seen, &after(f64::from(look)), detection_probability).expect("a probability");
    }
    let (stepped, carried) =
        (steps.covariance().expect("determined"), epoch.covariance_of(&after(40.0)).expect("determined"));
    let scale = stepped.diagonal().map(f64::sqrt);
    let error = (stepped - carried).component_div(&(scale * scale.transpose())).amax();
    assert!(error < 1e-9, "{error:e}");
}

#[test]
fn a_line_through_many_looks_is_known_as_well_as_least_squares_says() {
    // Variance of the slope: 12 sigma² / (n (n² - 1)) at unit spacing.
    let seen = measurement_information(&matrix![1.0, 0.0], &matrix![9.0]).expect("noise");
    let mut flight = EpochInformation::without_prior();
    assert!(matches!(flight.covariance(), Err(BoundError::NotPositiveDefinite(_))));
    let count = 25.0;
    for look in 0..25 {
        flight.add(&seen, &matrix![1.0, f64::from(look); 0.0, 1.0], 1.0).expect("a probability");
    }
    let slope = flight.covariance().expect("determined")[(1, 1)];
    assert!((slope / (12.0 * 9.0 / (count * (count * count - 1.0))) - 1.0).abs() < 1e-12, "{slope}");
}

#[test]
fn a_probability_of_detection_is_a_share_of_the_information() {
    let seen = Matrix2::from_diagonal_element(12.0);
    let mut bound = PosteriorBound::from_information(&Matrix2::identity());
    bound.add(&seen, 0.25).expect("a probability");
    assert_eq!(bound.covariance(), Ok(Matrix2::from_diagonal_element(0.25)));
    for bad in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(bound.add(&seen, bad), Err(BoundError::DetectionProbability(_))), "{bad}");
    }
}
