//! Equivalent measurements: as good as what they stand for where nothing is lost.

use super::*;
use crate::math::chance::Stream;
use nalgebra::{Matrix2, matrix, vector};

/// A receiver that looks itself each second, a sender that reports every `interval` seconds, and a filter of all: the covariances of
/// the receiver and of the filter of all, and how far the means are apart.
fn after_a_minute(noise_density: f64, interval: u32) -> (Matrix2<f64>, Matrix2<f64>, f64) {
    let transition = matrix![1.0, 1.0; 0.0, 1.0];
    let noise = matrix![1.0 / 3.0, 0.5; 0.5, 1.0] * noise_density;
    let look = matrix![1.0, 0.0];
    let mut chance = Stream::new("reports", 1, &[u64::from(interval)]);
    let start = Gaussian { mean: vector![0.0, 0.0], covariance: Matrix2::from_diagonal(&vector![1e4, 1e2]) };
    let (mut receiver, mut sender, mut reported, mut all) = (start, start, start, start);
    for second in 1..=60 {
        for filter in [&mut receiver, &mut sender, &mut reported, &mut all] {
            filter.predict_linear(&transition, &noise);
        }
        let place = 5.0 * f64::from(second);
        let mut see = |sigma: f64, filters: [&mut Gaussian<2>; 2]| {
            let seen = place + sigma * chance.normal();
            for filter in filters {
                let residual = vector![seen - filter.mean.x];
                filter.update_linear(&residual, &look, &matrix![sigma * sigma]).expect("positive");
            }
        };
        see(3.0, [&mut receiver, &mut all]);
        see(2.0, [&mut sender, &mut all]);
        if second % interval == 0 {
            let news = EquivalentMeasurement::between(&reported, &sender).expect("positive");
            receiver = news.add_to(&receiver).expect("positive");
            reported = sender;
        }
    }
    let apart = (receiver.mean - all.mean).component_div(&all.covariance.diagonal().map(f64::sqrt)).amax();
    (receiver.covariance, all.covariance, apart)
}

#[test]
fn without_process_noise_or_with_each_look_reported_nothing_is_lost() {
    for (density, interval) in [(0.0, 1), (0.0, 10), (0.0, 60), (1.0, 1)] {
        let (receiver, all, apart) = after_a_minute(density, interval);
        assert!((receiver - all).component_div(&all).amax() < 1e-9, "{density} {interval}: {receiver} {all}");
        assert!(apart < 1e-9, "{density} {interval}: {apart}");
    }
}

#[test]
fn rare_reports_count_one_process_noise_more_than_once() {
    let (receiver, all, apart) = after_a_minute(1.0, 10);
    assert!(
        receiver[(0, 0)] < 0.99 * all[(0, 0)],
        "it claims to know more than a filter of all: {receiver} {all}"
    );
    assert!(apart > 0.01);
}

#[test]
fn what_takes_all_certainty_is_an_error() {
    let state = |variance: f64| Gaussian { mean: vector![0.0], covariance: matrix![variance] };
    let loss = EquivalentMeasurement::between(&state(1.0), &state(4.0)).expect("covariances");
    assert!(loss.add_to(&state(2.0)).is_err());
    assert!((loss.add_to(&state(1.0)).expect("enough is left").covariance[0] - 4.0).abs() < 1e-12);
    assert!(EquivalentMeasurement::between(&state(0.0), &state(1.0)).is_err());
}
