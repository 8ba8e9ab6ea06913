//! What filters are timed on, and how far their results may lie apart.

use super::contest::Agreement;
use fusion_core::filter::Gaussian;
use fusion_core::measurement::Observation;
use std::rc::Rc;

/// So few that all of them lie in the first cache, for everybody.
pub const TRACKS: usize = 32;
/// How far everybody predicts, s.
pub const SECONDS: f64 = 1.0;
/// Relative to its size and standard deviation: what rounding leaves in other orders of the same sums.
const TOLERANCE: f64 = 1e-9;

/// What each of some tracks is worked on with, and what must come of it.
pub struct Work<const N: usize> {
    /// Beliefs before the step.
    pub tracks: Rc<Vec<Gaussian<N>>>,
    /// What is seen a second later.
    pub looks: Rc<Vec<Observation>>,
    /// Of each track mean, covariance, and the log-likelihood of the look.
    pub expected: Vec<f64>,
}

/// One belief and a log-likelihood as numbers.
pub fn numbers<const N: usize>(track: &Gaussian<N>, log_likelihood: f64) -> impl Iterator<Item = f64> {
    let (mean, covariance) = (track.mean, track.covariance);
    let of_covariance = (0..N * N).map(move |index| covariance[(index / N, index % N)]);
    (0..N).map(move |row| mean[row]).chain(of_covariance).chain([log_likelihood])
}

impl<const N: usize> Work<N> {
    /// How far numbers of tracks lie from what must come: means beside their size and standard deviation, covariances beside the
    /// deviations, logarithms beside one and themselves.
    pub fn agreement(&self, found: &[f64]) -> Agreement {
        let size = N + N * N + 1;
        let mut worst = if found.len() == self.expected.len() { 0.0_f64 } else { f64::NAN };
        for (ours, theirs) in self.expected.chunks(size).zip(found.chunks(size)) {
            let sigma = |row: usize| ours[N + row * N + row].sqrt();
            for (index, (one, other)) in ours.iter().zip(theirs).enumerate() {
                let scale = match index {
                    mean if mean < N => one.abs() + sigma(mean),
                    last if last == size - 1 => 1.0 + one.abs(),
                    entry => sigma((entry - N) / N) * sigma((entry - N) % N),
                };
                let difference = (one - other).abs() / scale;
                // Not a number is no agreement, and stays.
                worst = if difference > worst || difference.is_nan() { difference } else { worst };
            }
        }
        Agreement { worst, tolerance: TOLERANCE }
    }

    /// The numbers that a program is handed: how many tracks, seconds and what the model needs, then each track and its look.
    pub fn to_load(&self, model: &[f64]) -> Vec<f64> {
        let mut loaded = vec![self.tracks.len() as f64, SECONDS];
        loaded.extend_from_slice(model);
        for (track, look) in self.tracks.iter().zip(self.looks.iter()) {
            loaded.extend(numbers(track, 0.0).take(N + N * N));
            let frame = &look.line_of_sight;
            let vectors = [frame.origin_m, frame.along, frame.right, frame.up];
            loaded.extend(vectors.iter().flat_map(|vector| [vector.x, vector.y, vector.z]));
            let [right_rad2, up_rad2] = look.angle_variances_rad2;
            loaded.extend([look.range_m.unwrap_or_default(), look.range_variance_m2, right_rad2, up_rad2]);
        }
        loaded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{SMatrix, vector};

    #[test]
    fn differences_count_beside_sizes_and_deviations() {
        let track =
            Gaussian::<2> { mean: vector![1e6, 2.0], covariance: SMatrix::from_diagonal(&vector![4.0, 9.0]) };
        let expected: Vec<f64> = numbers(&track, -3.0).collect();
        assert_eq!(expected, [1e6, 2.0, 4.0, 0.0, 0.0, 9.0, -3.0]);
        let work = Work::<2> { tracks: Rc::default(), looks: Rc::default(), expected };
        let off = |index: usize, by: f64| {
            let mut found = work.expected.clone();
            found[index] += by;
            work.agreement(&found).worst
        };
        assert_eq!(off(0, 0.0), 0.0);
        // By the size and deviation of a mean, the deviations of a covariance, one and the size of a logarithm.
        assert_eq!([off(1, 5.0), off(3, -6.0), off(5, 9.0), off(6, 8.0)], [1.0, 1.0, 1.0, 2.0]);
        assert!(off(4, f64::NAN).is_nan() && !work.agreement(&[1e6, f64::NAN]).is_good());
        assert!(!work.agreement(&work.expected[1..]).is_good());
    }
}
