//! Two re-entry problems of the literature, on which filters are compared with each other and with published figures.
//!
//! Both move in a plane and are seen by one radar that measures range and an angle. Each type says how truth is drawn
//! ([`Problem::truth_start`], [`Problem::truth_step`], [`Problem::measure`]) and what a filter is told: the mean's step with
//! its Jacobian, the noises, and the measurement through [`MeasurementModel`].

mod farina;
mod julier;
mod phases;
mod shared_flight;

pub use farina::Farina;
pub use julier::Julier;
pub use phases::Phases;
pub use shared_flight::{Arrangement, SharedFlight, SharedLook, coast, ground};

use fusion_core::filter::MeasurementModel;
use fusion_core::math::chance::Stream;
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, matrix, vector};

/// A problem in discrete time with a state of `N` and measurements of range and angle.
pub trait Problem<const N: usize>: MeasurementModel<N, 2> {
    /// Draws the true state at the beginning.
    fn truth_start(&self, stream: &mut Stream) -> SVector<f64, N>;

    /// Moves the true state by one step and adds its process noise.
    fn truth_step(&self, state: &SVector<f64, N>, stream: &mut Stream) -> SVector<f64, N>;

    /// Moves a state by one step without noise, as the filters do.
    fn step(&self, state: &SVector<f64, N>) -> SVector<f64, N>;

    /// The N x N derivative of [`Problem::step`] by the state.
    fn step_jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, N, N>;

    /// The N x N covariance of the process noise of one step that the filters assume.
    fn process_noise(&self) -> SMatrix<f64, N, N>;

    /// The covariance of a measurement, diagonal.
    fn measurement_noise(&self) -> Matrix2<f64>;

    /// Draws a measurement of a true state.
    fn measure(&self, state: &SVector<f64, N>, stream: &mut Stream) -> Vector2<f64> {
        self.predict(state)
            + self
                .measurement_noise()
                .diagonal()
                .map(f64::sqrt)
                .component_mul(&Vector2::from(stream.normal_pair()))
    }
}

/// Range and angle (from the first axis towards the second, rad) of a point from the radar.
fn range_and_angle(from_radar: &Vector2<f64>) -> Vector2<f64> {
    let [x, y] = [from_radar[0], from_radar[1]];
    vector![from_radar.norm(), libm::atan2(y, x)]
}

/// The derivative of [`range_and_angle`].
fn range_and_angle_jacobian(from_radar: &Vector2<f64>) -> Matrix2<f64> {
    let [x, y] = [from_radar[0], from_radar[1]];
    let range = from_radar.norm();
    let square = range * range;
    matrix![x / range, y / range; -y / square, x / square]
}

/// The difference of two measurements, with the angle in [-pi, pi].
fn range_and_angle_difference(first: &Vector2<f64>, second: &Vector2<f64>) -> Vector2<f64> {
    let difference = first - second;
    vector![difference[0], libm::remainder(difference[1], std::f64::consts::TAU)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both Jacobians of a problem against central differences with a step per state.
    fn check_jacobians<const N: usize>(problem: &impl Problem<N>, state: &SVector<f64, N>, steps: [f64; N]) {
        let (by_step, by_measurement) = (problem.step_jacobian(state), problem.jacobian(state));
        for column in 0..N {
            let (mut before, mut after) = (*state, *state);
            before[column] -= steps[column];
            after[column] += steps[column];
            let width = after[column] - before[column];
            let step = (problem.step(&after) - problem.step(&before)) / width;
            let measurement = problem.difference(&problem.predict(&after), &problem.predict(&before)) / width;
            for (ours, differences) in by_step.column(column).iter().zip(&step) {
                assert!(
                    (ours - differences).abs() < 1e-7 * (1.0 + ours.abs()),
                    "{column}: {ours} {differences}"
                );
            }
            for (ours, differences) in by_measurement.column(column).iter().zip(&measurement) {
                assert!(
                    (ours - differences).abs() < 1e-6 * ours.abs() + 1e-12,
                    "{column}: {ours} {differences}"
                );
            }
        }
    }

    #[test]
    fn jacobians_are_derivatives() {
        for state in [
            vector![6500.4, 349.14, -1.8093, -6.7967, 0.6932],
            vector![6390.0, -40.0, -0.6, 1.8, -0.4],
            vector![-6380.0, 90.0, 1.2, -3.0, 1.1],
        ] {
            check_jacobians(&Julier::toolbox(), &state, [1e-2, 1e-2, 1e-4, 1e-4, 1e-4]);
        }
        for state in [
            vector![232_000.0, -2255.2, 88_000.0, -397.7],
            vector![20_000.0, -850.0, 6_900.0, -560.0],
            vector![-20_000.0, 300.0, 10_000.0, 200.0],
        ] {
            check_jacobians(&Farina::paper(), &state, [1.0, 0.1, 1.0, 0.1]);
        }
    }

    /// Mean and covariance of draws: as many as tell 5 % from 0 by far.
    fn check_draws<const N: usize>(
        expected: SMatrix<f64, N, N>,
        mut draw: impl FnMut(&mut Stream) -> SVector<f64, N>,
    ) {
        const DRAWS: usize = 40_000;
        let stream = &mut Stream::new("textbook draws", 3, &[]);
        let mut covariance = SMatrix::<f64, N, N>::zeros();
        for _ in 0..DRAWS {
            let error = draw(stream);
            covariance += error * error.transpose() / DRAWS as f64;
        }
        for row in 0..N {
            for column in 0..N {
                let scale = (expected[(row, row)] * expected[(column, column)]).sqrt();
                let off = (covariance[(row, column)] - expected[(row, column)]).abs();
                assert!(off <= 0.03 * scale, "{covariance} against {expected}");
            }
        }
    }

    #[test]
    fn truth_is_drawn_with_the_noise_that_the_filters_assume() {
        let (farina, julier) = (Farina::paper(), Julier::matched());
        let state = farina.start;
        check_draws(farina.process_noise(), |stream| farina.truth_step(&state, stream) - farina.step(&state));
        check_draws(farina.measurement_noise(), |stream| {
            farina.measure(&state, stream) - farina.predict(&state)
        });
        let state = julier.truth_start.mean;
        check_draws(julier.process_noise(), |stream| julier.truth_step(&state, stream) - julier.step(&state));
        check_draws(julier.filter_start.covariance, |stream| {
            julier.truth_start(stream) - julier.filter_start.mean
        });
    }

    #[test]
    fn two_measurements_start_a_filter_as_far_off_as_it_claims() {
        let farina = Farina { noise_density_m2_s3: 0.0, ..Farina::modern() };
        let stream = &mut Stream::new("two-point start", 1, &[]);
        let second = farina.step(&farina.start);
        let mut sum = 0.0;
        for _ in 0..2000 {
            let start = farina
                .two_point_start(&farina.measure(&farina.start, stream), &farina.measure(&second, stream));
            // The difference of positions is the mean velocity of the step, half a step before its end.
            let mut truth = second;
            truth[1] = (second[0] - farina.start[0]) / farina.step_s;
            truth[3] = (second[2] - farina.start[2]) / farina.step_s;
            sum += fusion_core::assess::nees(&(truth - start.mean), &start.covariance).expect("definite")
                / 2000.0;
        }
        // Four components over 2,000 runs: sigma sqrt(8 / 2000) = 0.063.
        assert!((sum - 4.0).abs() < 0.2, "{sum}");
    }
}
