//! Mixing of modes whose states differ in size.

use super::Burnout;
use crate::filter::Gaussian;
use crate::math::real::{Real, zeros};
use nalgebra::{SMatrix, SVector, Vector3, Vector6};

/// Moment-matches two weighted Gaussians into one.
///
/// Weights need not sum to one; one of them may be zero, not both. Blom and Bar-Shalom, "The interacting multiple model
/// algorithm" (1988), equations 8 and 9.
pub(in crate::filter) fn moment_match<const N: usize, S: Real>(
    first: (S, &Gaussian<N, S>),
    second: (S, &Gaussian<N, S>),
) -> Gaussian<N, S> {
    let share = second.0 / (first.0 + second.0);
    let difference = second.1.mean - first.1.mean;
    Gaussian {
        mean: first.1.mean + difference * share,
        covariance: first.1.covariance * (S::one() - share)
            + second.1.covariance * share
            + difference * difference.transpose() * (share * (S::one() - share)),
    }
}

/// A burning state from a coasting one: the thrust, of which nothing is known, has its prior around zero.
pub(in crate::filter) fn boost_from_coast(coast: &Gaussian<6>, acceleration_sigma_m_s2: f64) -> Gaussian<9> {
    let mut boost = Gaussian::<9> { mean: SVector::zeros(), covariance: SMatrix::zeros() };
    boost.mean.fixed_rows_mut::<6>(0).copy_from(&coast.mean);
    boost.covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&coast.covariance);
    let variance = acceleration_sigma_m_s2 * acceleration_sigma_m_s2;
    boost.covariance.fixed_view_mut::<3, 3>(6, 6).fill_diagonal(variance);
    boost
}

/// The coasting state at the beginning of an interval that leads, without thrust, to where a boost leads that burns out
/// at an unknown instant of the interval.
///
/// The instant is uniform over `seconds`. With thrust acceleration a until u, the velocity gains a u and the position,
/// carried back to the beginning of the interval, −a u²/2. The means of u and u² give the shift, their covariances the
/// spread along a. Without it a filter is overconfident for as long after burnout as looks are apart.
pub(in crate::filter) fn coast_from_boost<S: Real>(boost: &Gaussian<9, S>, seconds: f64) -> Gaussian<6, S> {
    let t = seconds;
    let mut map = zeros::<S, 6, 9>();
    map.fixed_view_mut::<6, 6>(0, 0).fill_diagonal(S::one());
    map.fixed_view_mut::<3, 3>(0, 6).fill_diagonal(S::splat(-t * t / 6.0));
    map.fixed_view_mut::<3, 3>(3, 6).fill_diagonal(S::splat(t / 2.0));
    let mut coast = Gaussian { mean: map * boost.mean, covariance: map * boost.covariance * map.transpose() };

    let thrust: Vector3<S> = boost.mean.fixed_rows::<3>(6).into();
    let square = thrust * thrust.transpose() + boost.covariance.fixed_view::<3, 3>(6, 6);
    let mut add = |row: usize, column: usize, factor: f64| {
        let mut block = coast.covariance.fixed_view_mut::<3, 3>(row, column);
        block += square * S::splat(factor);
    };
    add(0, 0, t * t * t * t / 45.0);
    add(0, 3, -t * t * t / 24.0);
    add(3, 0, -t * t * t / 24.0);
    add(3, 3, t * t / 12.0);
    coast.symmetrise();
    coast
}

/// The unknown instant of that burnout, as an age at the beginning of the interval (−u), with its covariance with that coasting
/// state.
pub(in crate::filter) fn burnout_within(boost: &Gaussian<9>, seconds: f64) -> Burnout {
    let t = seconds;
    let thrust: Vector3<f64> = boost.mean.fixed_rows::<3>(6).into();
    let mut covariance = Vector6::zeros();
    covariance.fixed_rows_mut::<3>(0).copy_from(&(thrust * (t * t * t / 24.0)));
    covariance.fixed_rows_mut::<3>(3).copy_from(&(thrust * (-t * t / 12.0)));
    Burnout { ago_s: -t / 2.0, variance_s2: t * t / 12.0, covariance }
}

/// A re-entry state from a coasting one: the ballistic coefficient, about which a coasting object says nothing, has its
/// prior.
pub(in crate::filter) fn reentry_from_coast<S: Real>(
    coast: &Gaussian<6, S>,
    log_area_mean: f64,
    log_area_variance: f64,
) -> Gaussian<7, S> {
    let mut reentry = Gaussian { mean: coast.mean.push(S::splat(log_area_mean)), covariance: zeros() };
    reentry.covariance.fixed_view_mut::<6, 6>(0, 0).copy_from(&coast.covariance);
    reentry.covariance[(6, 6)] = S::splat(log_area_variance);
    reentry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_burnout_has_the_moments_of_its_simulation() {
        let mut mean = SVector::<f64, 9>::zeros();
        mean[6] = 40.0;
        let boost = Gaussian { mean, covariance: SMatrix::<f64, 9, 9>::identity() * 1e-12 };
        let seconds = 3.0;
        let (coast, burnout) = (coast_from_boost(&boost, seconds), burnout_within(&boost, seconds));
        // The same by brute force: burnout at each of many instants, thrust and then free flight to the end.
        let count = 100_000;
        let mut sums = [0.0; 8];
        for index in 0..count {
            let u = (f64::from(index) + 0.5) / f64::from(count) * seconds;
            let velocity = 40.0 * u;
            let position = 40.0 * u * u / 2.0 + velocity * (seconds - u) - velocity * seconds;
            for (sum, value) in sums.iter_mut().zip([
                position,
                velocity,
                position * position,
                position * velocity,
                velocity * velocity,
                -u,
                -u * position,
                -u * velocity,
            ]) {
                *sum += value / f64::from(count);
            }
        }
        let [position, velocity, pp, pv, vv, age, ap, av] = sums;
        assert!((coast.mean[0] - position).abs() < 1e-4);
        assert!((coast.mean[3] - velocity).abs() < 1e-4);
        assert!((coast.covariance[(0, 0)] - (pp - position * position)).abs() < 1e-3);
        assert!((coast.covariance[(0, 3)] - (pv - position * velocity)).abs() < 1e-3);
        assert!((coast.covariance[(3, 3)] - (vv - velocity * velocity)).abs() < 1e-3);
        assert!((burnout.ago_s - age).abs() < 1e-9 && (burnout.variance_s2 - 0.75).abs() < 1e-9);
        assert!((burnout.covariance[0] - (ap - age * position)).abs() < 1e-3);
        assert!((burnout.covariance[3] - (av - age * velocity)).abs() < 1e-3);
    }

    #[test]
    fn moments_of_two_are_those_of_the_mixture() {
        let one = Gaussian { mean: SVector::<f64, 1>::new(1.0), covariance: SMatrix::<f64, 1, 1>::new(2.0) };
        let other =
            Gaussian { mean: SVector::<f64, 1>::new(5.0), covariance: SMatrix::<f64, 1, 1>::new(4.0) };
        let mixed = moment_match((3.0, &one), (1.0, &other));
        assert_eq!(mixed.mean[0], 2.0);
        // 3/4 (2 + 1) + 1/4 (4 + 9)
        assert_eq!(mixed.covariance[(0, 0)], 5.5);
        assert_eq!(moment_match((1.0, &one), (0.0, &other)), one);
    }
}
