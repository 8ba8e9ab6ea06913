//! Transition and noise matrices of linear motion in closed form, for one axis: position (m), velocity (m/s), acceleration
//! (m/s²).
//!
//! Noise is continuous, given by its power spectral density: what a filter is told does not depend on how a span is cut
//! into steps. Li and Jilkov, "Survey of maneuvering target tracking, part I", *IEEE Transactions on Aerospace and Electronic
//! Systems* 39 (2003), sections III to V; Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and
//! Navigation* (2001), chapters 6 and 11.

use nalgebra::{Matrix2, Matrix3, Matrix4, SMatrix, matrix};

/// Transition of position and velocity at constant velocity.
pub fn constant_velocity(seconds: f64) -> Matrix2<f64> {
    matrix![1.0, seconds; 0.0, 1.0]
}

/// Noise of position and velocity under white acceleration noise of a density in m²/s³.
///
/// ```
/// let noise = fusion_core::dynamics::transition::constant_velocity_noise(2.0, 0.3);
/// assert!((noise - nalgebra::matrix![0.8, 0.6; 0.6, 0.6]).amax() < 1e-15);
/// ```
pub fn constant_velocity_noise(seconds: f64, density_m2_s3: f64) -> Matrix2<f64> {
    let (q, t) = (density_m2_s3, seconds);
    let cross = q * t * t / 2.0;
    matrix![q * t * t * t / 3.0, cross; cross, q * t]
}

/// Transition of position, velocity and acceleration at constant acceleration.
pub fn constant_acceleration(seconds: f64) -> Matrix3<f64> {
    let t = seconds;
    matrix![1.0, t, t * t / 2.0; 0.0, 1.0, t; 0.0, 0.0, 1.0]
}

/// Noise of position, velocity and acceleration under white jerk of a density in m²/s⁵.
pub fn constant_acceleration_noise(seconds: f64, density_m2_s5: f64) -> Matrix3<f64> {
    let t = seconds;
    let (t2, t3, t4, t5) = (t * t, t * t * t, t * t * t * t, t * t * t * t * t);
    let q = density_m2_s5;
    matrix![
        q * t5 / 20.0, q * t4 / 8.0, q * t3 / 6.0;
        q * t4 / 8.0, q * t3 / 3.0, q * t2 / 2.0;
        q * t3 / 6.0, q * t2 / 2.0, q * t
    ]
}

/// Transition of position, velocity and an acceleration that dies away at the rate `damping_1_s` ([`singer_noise`] has the source).
///
/// Without loss of digits down to no damping, where it is [`constant_acceleration`].
pub fn singer(seconds: f64, damping_1_s: f64) -> Matrix3<f64> {
    let (t, x) = (seconds, damping_1_s * seconds);
    let decay = libm::exp(-x);
    let (by_velocity, by_position) = if is_small(x) {
        (series(x, 1, |_, _| 1.0), series(x, 2, |_, _| 1.0))
    } else {
        ((1.0 - decay) / x, (x - 1.0 + decay) / (x * x))
    };
    matrix![1.0, t, by_position * t * t; 0.0, 1.0, by_velocity * t; 0.0, 0.0, decay]
}

/// Noise of [`singer`] motion whose acceleration is driven by white noise of a density in m²/s⁵.
///
/// A standing acceleration of variance σ² has the density 2 σ² damping. Without loss of digits down to no damping, where
/// it is [`constant_acceleration_noise`]. Singer, "Estimating optimal tracking filter performance for manned maneuvering
/// targets", *IEEE Transactions on Aerospace and Electronic Systems* 6 (1970), 473-483.
pub fn singer_noise(seconds: f64, damping_1_s: f64, density_m2_s5: f64) -> Matrix3<f64> {
    let (t, x) = (seconds, damping_1_s * seconds);
    // Each entry is a difference of exponentials that leaves x to a power of up to five.
    let [pp, pv, pa, vv, va, aa] = if is_small(x) {
        [
            series(x, 5, |n, power| power - 4.0 * n),
            series(x, 4, |n, power| power - 2.0 - 2.0 * n),
            series(x, 3, |n, power| power - 2.0 * n),
            series(x, 3, |_, power| power - 4.0),
            series(x, 2, |_, power| power - 2.0),
            series(x, 1, |_, power| power),
        ]
    } else {
        let (once, twice) = (libm::exp(-x), libm::exp(-2.0 * x));
        let (x2, x3) = (x * x, x * x * x);
        [
            (1.0 - twice + 2.0 * x - 2.0 * x2 + 2.0 * x3 / 3.0 - 4.0 * x * once) / (x2 * x3),
            (twice + 1.0 - 2.0 * once + 2.0 * x * once - 2.0 * x + x2) / (x2 * x2),
            (1.0 - twice - 2.0 * x * once) / x3,
            (4.0 * once - 3.0 - twice + 2.0 * x) / x3,
            (twice + 1.0 - 2.0 * once) / x2,
            (1.0 - twice) / x,
        ]
    };
    let half = density_m2_s5 / 2.0;
    let (t2, t3) = (t * t, t * t * t);
    matrix![
        pp * t2 * t3, pv * t2 * t2, pa * t3;
        pv * t2 * t2, vv * t3, va * t2;
        pa * t3, va * t2, aa * t
    ] * half
}

/// Transition of `[x, vx, y, vy]` that turns at a known rate, anticlockwise positive, rad/s.
///
/// Without loss of digits down to no turn.
pub fn known_turn(seconds: f64, rate_rad_s: f64) -> Matrix4<f64> {
    let angle = rate_rad_s * seconds;
    let (sine, cosine) = libm::sincos(angle);
    let half = libm::sin(0.5 * angle);
    // sin(angle) / rate and (1 - cos(angle)) / rate.
    let (onward, aside) =
        if angle == 0.0 { (seconds, 0.0) } else { (sine / rate_rad_s, 2.0 * half * half / rate_rad_s) };
    matrix![
        1.0, onward, 0.0, -aside;
        0.0, cosine, 0.0, -sine;
        0.0, aside, 1.0, onward;
        0.0, sine, 0.0, cosine
    ]
}

/// Noise taken for that of [`known_turn`]: [`constant_velocity_noise`] in each axis, of densities in m²/s³. The turn's own bends it
/// as well: after a radian the position's true variance is 5 % less, after two 18 %.
pub fn known_turn_noise(seconds: f64, densities_m2_s3: [f64; 2]) -> Matrix4<f64> {
    let mut noise = Matrix4::zeros();
    for (axis, density_m2_s3) in densities_m2_s3.into_iter().enumerate() {
        let block = constant_velocity_noise(seconds, density_m2_s3);
        noise.fixed_view_mut::<2, 2>(2 * axis, 2 * axis).copy_from(&block);
    }
    noise
}

/// The same matrix for each of three axes, in the order of states that models have (all positions, then all velocities,
/// ...); zero for states beyond.
pub(super) fn in_three_axes<const K: usize, const N: usize>(axis: &SMatrix<f64, K, K>) -> SMatrix<f64, N, N> {
    SMatrix::from_fn(|row, column| {
        let is_inside = row % 3 == column % 3 && row < 3 * K && column < 3 * K;
        if is_inside { axis[(row / 3, column / 3)] } else { 0.0 }
    })
}

/// Whether the differences of exponentials cancel so much that their series is better.
fn is_small(x: f64) -> bool {
    x.abs() < 1.0
}

/// The sum over n from `first` of (−x)^(n − first) numerator(n, 2^n) / n!, for |x| < 1.
fn series(x: f64, first: u32, numerator: impl Fn(f64, f64) -> f64) -> f64 {
    /// 2^n / n! is below 1e-20 from here on.
    const TERMS: u32 = 32;
    let (mut sum, mut power, mut factorial, mut sign) = (0.0, 1.0, 1.0, 1.0);
    for n in 1..TERMS {
        power *= 2.0;
        factorial *= f64::from(n);
        if n >= first {
            sum += sign * numerator(f64::from(n), power) / factorial;
            sign *= -x;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The noise by Simpson's rule: the integral of what an impulse of jerk leads to, squared.
    fn noise_by_quadrature(seconds: f64, damping_1_s: f64) -> Matrix3<f64> {
        let panels = 4_000;
        let mut sum = Matrix3::zeros();
        for node in 0..=2 * panels {
            let weight = match node {
                0 => 1.0,
                _ if node == 2 * panels => 1.0,
                _ if node % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let response =
                singer(seconds * f64::from(node) / f64::from(2 * panels), damping_1_s).column(2).into_owned();
            sum += response * response.transpose() * weight;
        }
        sum * (seconds / f64::from(6 * panels))
    }

    fn relative_error<const N: usize>(ours: &SMatrix<f64, N, N>, theirs: &SMatrix<f64, N, N>) -> f64 {
        ours.zip_fold(theirs, 0.0, |worst: f64, a, b| {
            worst.max((a - b).abs() / b.abs().max(f64::MIN_POSITIVE))
        })
    }

    #[test]
    fn singers_noise_is_the_integral_of_its_response_for_any_damping() {
        for damping_1_s in [0.0, 1e-9, 1e-4, 0.05, 0.399, 0.401, 2.0, 8.0] {
            let error =
                relative_error(&singer_noise(2.5, damping_1_s, 1.0), &noise_by_quadrature(2.5, damping_1_s));
            assert!(error < 1e-10, "damping {damping_1_s}: {error:e}");
        }
    }

    #[test]
    fn series_and_closed_form_join() {
        let (below, above) = (1.0 - f64::EPSILON, 1.0);
        assert!(is_small(below) && !is_small(above));
        assert!(relative_error(&singer(1.0, below), &singer(1.0, above)) < 1e-14);
        assert!(relative_error(&singer_noise(1.0, below, 1.0), &singer_noise(1.0, above, 1.0)) < 1e-13);
    }

    #[test]
    fn singer_is_constant_acceleration_without_damping_and_constant_velocity_with_much() {
        for damping_1_s in [0.0, 1e-18, 1e-15] {
            assert!(relative_error(&singer(3.0, damping_1_s), &constant_acceleration(3.0)) < 1e-14);
            let error =
                relative_error(&singer_noise(3.0, damping_1_s, 0.7), &constant_acceleration_noise(3.0, 0.7));
            assert!(error < 1e-14, "damping {damping_1_s}: {error:e}");
        }
        // Jerk of density q makes acceleration noise that is white, of density q / damping², for spans long beside 1 / damping.
        let damping_1_s = 1e6;
        let noise = singer_noise(3.0, damping_1_s, 0.7 * damping_1_s * damping_1_s);
        let error =
            relative_error(&noise.fixed_view::<2, 2>(0, 0).into(), &constant_velocity_noise(3.0, 0.7));
        assert!(error < 1e-6, "{error:e}");
        let transition = singer(3.0, damping_1_s);
        assert_eq!(transition.fixed_view::<2, 2>(0, 0), constant_velocity(3.0));
        assert!(transition[(0, 2)] < 1e-5 && transition[(1, 2)] < 1e-5);
    }

    #[test]
    fn two_spans_in_a_row_are_one_long_span() {
        fn joined<const N: usize>(
            parts: [(SMatrix<f64, N, N>, SMatrix<f64, N, N>); 2],
        ) -> [SMatrix<f64, N, N>; 2] {
            let [(first, first_noise), (second, second_noise)] = parts;
            [second * first, second * first_noise * second.transpose() + second_noise]
        }
        let velocity = |t| (constant_velocity(t), constant_velocity_noise(t, 0.7));
        let acceleration = |t| (constant_acceleration(t), constant_acceleration_noise(t, 0.3));
        let damped = |t| (singer(t, 0.6), singer_noise(t, 0.6, 2.0));
        let ours = joined([velocity(1.5), velocity(2.0)]);
        assert!(relative_error(&ours[1], &velocity(3.5).1) < 1e-14);
        let ours = joined([acceleration(1.5), acceleration(2.0)]);
        assert!(relative_error(&ours[1], &acceleration(3.5).1) < 1e-14);
        // One part by the series, the whole by the closed form.
        let ours = joined([damped(1.5), damped(2.0)]);
        assert!(relative_error(&ours[0], &damped(3.5).0) < 1e-13);
        assert!(relative_error(&ours[1], &damped(3.5).1) < 1e-12);
        assert!((known_turn(2.0, -0.3) * known_turn(1.5, -0.3) - known_turn(3.5, -0.3)).amax() < 1e-14);
    }

    #[test]
    fn a_known_turn_is_a_circle_and_without_turn_a_line() {
        // A quarter turn to the left at 0.1 rad/s and 200 m/s: radius 2,000 m.
        let after = known_turn(5.0 * std::f64::consts::PI, 0.1) * nalgebra::vector![0.0, 200.0, 0.0, 0.0];
        assert!((after - nalgebra::vector![2_000.0, 0.0, 2_000.0, 200.0]).norm() < 1e-9, "{after}");
        for rate_rad_s in [0.0, 1e-300, -1e-12] {
            let line = known_turn(3.0, rate_rad_s);
            assert!((line[(0, 1)] - 3.0).abs() < 1e-15 && (line[(2, 1)] - 4.5 * rate_rad_s).abs() < 1e-24);
        }
    }
}
