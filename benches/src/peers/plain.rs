//! The filters as one writes them with nalgebra: whole matrices, one track at a time, no tricks.

use fusion_core::dynamics::atmosphere::air_at;
use fusion_core::dynamics::gravity::{EARTH_GRAVITATIONAL_PARAMETER_M3_S2, EARTH_J2};
use fusion_core::filter::Gaussian;
use fusion_core::measurement::Observation;
use fusion_core::types::{EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S, height_and_up};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// How a state moves: the acceleration (m/s²) of a state that begins with position and velocity, and its derivative by it.
pub trait Motion<const N: usize> {
    /// At a state.
    fn acceleration(&self, state: &SVector<f64, N>) -> (Vector3<f64>, SMatrix<f64, 3, N>);

    /// What the model's noise adds over so many seconds.
    fn noise(&self, seconds: f64) -> SMatrix<f64, N, N>;
}

/// Free flight above the air: gravity with J2 and the forces of the rotating frame, and white noise of this density (m²/s³).
#[derive(Clone, Copy, Debug)]
pub struct Free(pub f64);

/// The same with drag: white noise of this density (m²/s³), and that of the logarithm's walk (1/s).
#[derive(Clone, Copy, Debug)]
pub struct Falling(pub f64, pub f64);

fn free<const N: usize>(state: &SVector<f64, N>) -> (Vector3<f64>, SMatrix<f64, 3, N>) {
    let p = Vector3::new(state[0], state[1], state[2]);
    let v = Vector3::new(state[3], state[4], state[5]);
    let (mu, re, w) = (EARTH_GRAVITATIONAL_PARAMETER_M3_S2, EARTH_RADIUS_EQUATORIAL_M, EARTH_ROTATION_RAD_S);
    let r2 = p.norm_squared();
    let r = r2.sqrt();
    let central = mu / (r2 * r);
    let j = 1.5 * EARTH_J2 * mu * re * re / (r2 * r2 * r);
    let s = 5.0 * p.z * p.z / r2;
    let weights = Vector3::new(central + j * (1.0 - s), central + j * (1.0 - s), central + j * (3.0 - s));
    let a =
        -weights.component_mul(&p) + Vector3::new(w * (w * p.x + 2.0 * v.y), w * (w * p.y - 2.0 * v.x), 0.0);
    let mut by_position = p * p.transpose() * ((3.0 * central + j * (5.0 - 7.0 * s)) / r2);
    by_position -= Matrix3::from_diagonal(&weights);
    let axial = p * (10.0 * j * p.z / r2);
    for row in 0..3 {
        by_position[(row, 2)] += axial[row];
        by_position[(2, row)] += axial[row];
    }
    by_position[(0, 0)] += w * w;
    by_position[(1, 1)] += w * w;
    let mut jacobian = SMatrix::<f64, 3, N>::zeros();
    jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(&by_position);
    jacobian[(0, 4)] = 2.0 * w;
    jacobian[(1, 3)] = -2.0 * w;
    (a, jacobian)
}

fn walk<const N: usize>(seconds: f64, density: f64) -> SMatrix<f64, N, N> {
    let mut noise = SMatrix::<f64, N, N>::zeros();
    for axis in 0..3 {
        noise[(axis, axis)] = density * seconds * seconds * seconds / 3.0;
        noise[(axis, axis + 3)] = density * seconds * seconds / 2.0;
        noise[(axis + 3, axis)] = density * seconds * seconds / 2.0;
        noise[(axis + 3, axis + 3)] = density * seconds;
    }
    noise
}

impl Motion<6> for Free {
    fn acceleration(&self, state: &SVector<f64, 6>) -> (Vector3<f64>, SMatrix<f64, 3, 6>) {
        free(state)
    }

    fn noise(&self, seconds: f64) -> SMatrix<f64, 6, 6> {
        walk(seconds, self.0)
    }
}

impl Motion<7> for Falling {
    fn acceleration(&self, state: &SVector<f64, 7>) -> (Vector3<f64>, SMatrix<f64, 3, 7>) {
        let (free, mut jacobian) = free(state);
        let p = Vector3::new(state[0], state[1], state[2]);
        let v = Vector3::new(state[3], state[4], state[5]);
        let (height_m, up) = height_and_up(&p);
        let air = air_at(height_m);
        let (speed, half_area) = (v.norm(), 0.5 * libm::exp(state[6]));
        let rate = half_area * air.density_kg_m3 * speed;
        let drag = -v * rate;
        let mut by_position = jacobian.fixed_view_mut::<3, 3>(0, 0);
        by_position -= v * up.transpose() * (half_area * air.slope_kg_m4 * speed);
        let mut by_velocity = jacobian.fixed_view_mut::<3, 3>(0, 3);
        by_velocity -= (Matrix3::identity() + v * v.transpose() / (speed * speed)) * rate;
        jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&drag);
        (free + drag, jacobian)
    }

    fn noise(&self, seconds: f64) -> SMatrix<f64, 7, 7> {
        let mut noise = walk(seconds, self.0);
        noise[(6, 6)] = self.1 * seconds;
        noise
    }
}

/// Rates of a state and of its transition matrix.
fn rates<const N: usize>(
    motion: &impl Motion<N>,
    state: &SVector<f64, N>,
    transition: &SMatrix<f64, N, N>,
) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
    let (a, jacobian) = motion.acceleration(state);
    let mut rate = SVector::<f64, N>::zeros();
    rate.fixed_rows_mut::<3>(0).copy_from(&state.fixed_rows::<3>(3));
    rate.fixed_rows_mut::<3>(3).copy_from(&a);
    let mut of_transition = SMatrix::<f64, N, N>::zeros();
    of_transition.fixed_rows_mut::<3>(0).copy_from(&transition.fixed_rows::<3>(3));
    of_transition.fixed_rows_mut::<3>(3).copy_from(&(jacobian * transition));
    (rate, of_transition)
}

/// Predicts: one Runge-Kutta step of state and transition matrix, and the covariance through it.
pub fn predict<const N: usize>(track: &Gaussian<N>, motion: &impl Motion<N>, seconds: f64) -> Gaussian<N> {
    let (x, f) = (track.mean, SMatrix::<f64, N, N>::identity());
    let (k1, m1) = rates(motion, &x, &f);
    let (k2, m2) = rates(motion, &(x + k1 * (seconds / 2.0)), &(f + m1 * (seconds / 2.0)));
    let (k3, m3) = rates(motion, &(x + k2 * (seconds / 2.0)), &(f + m2 * (seconds / 2.0)));
    let (k4, m4) = rates(motion, &(x + k3 * seconds), &(f + m3 * seconds));
    let transition = f + (m1 + m2 * 2.0 + m3 * 2.0 + m4) * (seconds / 6.0);
    Gaussian {
        mean: x + (k1 + k2 * 2.0 + k3 * 2.0 + k4) * (seconds / 6.0),
        covariance: transition * track.covariance * transition.transpose() + motion.noise(seconds),
    }
}

/// Updates with range and the tangents of the two angles across the line of sight; gives the log-likelihood with it. None
/// for a covariance that is none.
pub fn update<const N: usize>(track: &Gaussian<N>, look: &Observation) -> Option<(Gaussian<N>, f64)> {
    let frame = &look.line_of_sight;
    let offset = track.mean.fixed_rows::<3>(0) - frame.origin_m;
    let (range, along) = (offset.norm(), offset.dot(&frame.along));
    let (right, up) = (offset.dot(&frame.right) / along, offset.dot(&frame.up) / along);
    let residual = Vector3::new(look.range_m? - range, -right, -up);
    let mut h = SMatrix::<f64, 3, N>::zeros();
    h.fixed_view_mut::<1, 3>(0, 0).copy_from(&(offset / range).transpose());
    h.fixed_view_mut::<1, 3>(1, 0).copy_from(&((frame.right - frame.along * right) / along).transpose());
    h.fixed_view_mut::<1, 3>(2, 0).copy_from(&((frame.up - frame.along * up) / along).transpose());
    let [right_rad2, up_rad2] = look.angle_variances_rad2;
    let noise = Matrix3::from_diagonal(&Vector3::new(look.range_variance_m2, right_rad2, up_rad2));
    let s = h * track.covariance * h.transpose() + noise;
    let inverse = s.try_inverse()?;
    let gain = track.covariance * h.transpose() * inverse;
    let updated = Gaussian {
        mean: track.mean + gain * residual,
        covariance: track.covariance - gain * s * gain.transpose(),
    };
    let tau = std::f64::consts::TAU;
    let log_of_determinant = libm::log(tau * tau * tau * s.determinant());
    Some((updated, -0.5 * (residual.dot(&(inverse * residual)) + log_of_determinant)))
}

/// Three modes of one state that mix by a Markov matrix (row = before, column = after): each mode's Gaussian, and their
/// probabilities.
pub type Modes = ([Gaussian<6>; 3], [f64; 3]);

/// A step of the interacting multiple model filter; gives the combined Gaussian and the log-likelihood with it.
pub fn interacting(
    (modes, probabilities): &Modes,
    from_to: &Matrix3<f64>,
    motions: &[Free; 3],
    seconds: f64,
    look: &Observation,
) -> Option<(Modes, Gaussian<6>, f64)> {
    let (mut after, mut predicted, mut logs) = (*modes, [0.0; 3], [0.0; 3]);
    for to in 0..3 {
        let joint = [0, 1, 2].map(|from| from_to[(from, to)] * probabilities[from]);
        predicted[to] = joint.iter().sum();
        let mixed = mixture(&joint.map(|part| part / predicted[to]), modes);
        (after[to], logs[to]) = update(&predict(&mixed, &motions[to], seconds), look)?;
    }
    let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = [0, 1, 2].map(|mode| predicted[mode] * libm::exp(logs[mode] - greatest));
    let sum: f64 = weights.iter().sum();
    let probabilities = weights.map(|weight| weight / sum);
    let combined = mixture(&probabilities, &after);
    Some(((after, probabilities), combined, greatest + libm::log(sum)))
}

/// The mean and covariance of a mixture.
fn mixture(weights: &[f64; 3], parts: &[Gaussian<6>; 3]) -> Gaussian<6> {
    let mut mixed = Gaussian { mean: SVector::zeros(), covariance: SMatrix::zeros() };
    for (weight, part) in weights.iter().zip(parts) {
        mixed.mean += part.mean * *weight;
    }
    for (weight, part) in weights.iter().zip(parts) {
        let difference = part.mean - mixed.mean;
        mixed.covariance += (part.covariance + difference * difference.transpose()) * *weight;
    }
    mixed
}
