//! Whether the ellipse of the launch holds what it says, by drawing states from the covariances.

use super::impact::CHI_SQUARE_95_TWO;
use super::{Launch, back_to_launch};
use crate::dynamics::gravity::{apparent_acceleration, gravitational_acceleration};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::types::{Geodetic, Time, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{SMatrix, SVector, Vector2, Vector3};

const NOW: Time = Time::from_nanoseconds(1_505_426_400_000_000_000);

/// A state drawn from a belief.
fn drawn<const N: usize>(belief: &Gaussian<N>, chance: &mut Stream) -> Gaussian<N> {
    let root = Cholesky::new(&belief.covariance).expect("positive definite");
    let normals = SVector::<f64, N>::from_fn(|_, _| chance.normal());
    Gaussian { mean: belief.mean + root.lower() * normals, covariance: belief.covariance }
}

/// A covariance with correlations between all states.
fn correlated<const N: usize>(sigmas: &[f64; N]) -> SMatrix<f64, N, N> {
    let root = SMatrix::<f64, N, N>::from_fn(|row, column| {
        sigmas[row] * (if row == column { 1.0 } else { 0.4 * libm::sin((row * 5 + column * 3 + 1) as f64) })
    });
    root * root.transpose()
}

/// The state, t seconds after launch eastwards from a pad, of a boost whose ways over the ground and up grow with powers of the
/// time: each way so far, m, its exponent (of the speed), and by how much the acceleration belongs to another exponent.
fn boosting(t: f64, ground: [f64; 3], climb: [f64; 3]) -> (SVector<f64, 9>, Geodetic) {
    let pad = Geodetic::from_degrees(39.2, 125.673, 0.0);
    let local = ecef_from_enu(pad);
    let parts = [ground, climb].map(|[way_m, exponent, departure]| {
        let speed_m_s = way_m * (exponent + 1.0) / t;
        [way_m, speed_m_s, speed_m_s * (exponent + departure) / t]
    });
    let part = |order: usize| local * Vector3::new(parts[0][order], 0.0, parts[1][order]);
    let (position, velocity) = (ecef_from_geodetic(pad) + part(0), part(1));
    let thrust =
        part(2) - gravitational_acceleration(&position) - apparent_acceleration(&position, &velocity);
    let state = position.iter().chain(velocity.iter()).chain(thrust.iter()).copied();
    (SVector::from_iterator(state), pad)
}

fn offset_m(from: &Launch, to: Geodetic) -> Vector2<f64> {
    let difference = ecef_from_geodetic(to) - ecef_from_geodetic(from.place);
    (ecef_from_enu(from.place).transpose() * difference).fixed_rows::<2>(0).into()
}

/// Boosts with exponents drawn from what is assumed, known with errors drawn from their covariance.
#[test]
fn the_launch_ellipse_and_time_hold_ninety_five_in_a_hundred() {
    const DRAWS: u32 = 2_000;
    // Early with a poor acceleration, and late with a good one.
    let cases = [
        (40.0, 8e3, 12e3, [60.0, 80.0, 50.0, 5.0, 6.0, 4.0, 8.0, 6.0, 7.0]),
        (90.0, 60e3, 70e3, [60.0, 80.0, 50.0, 5.0, 6.0, 4.0, 0.5, 0.4, 0.6]),
    ];
    for (t, ground_m, climb_m, sigmas) in cases {
        let mut chance = Stream::new("launch", 1, &[t as u64]);
        let (mut inside, mut in_time, mut found) = (0, 0, 0);
        let covariance = correlated(&sigmas);
        for _ in 0..DRAWS {
            let [climb, ground] =
                [(1.1, 0.4), (1.75, 0.5)].map(|(mean, sigma)| mean + sigma * chance.normal());
            let [climb_departs, ground_departs] = [0.1, 0.1].map(|sigma| sigma * chance.normal());
            let (truth, pad) =
                boosting(t, [ground_m, ground, ground_departs], [climb_m, climb, climb_departs]);
            let estimate = drawn(&Gaussian { mean: truth, covariance }, &mut chance);
            let Some(launch) = back_to_launch(&estimate, NOW) else { continue };
            found += 1;
            let error = offset_m(&launch, pad);
            let solved = launch.covariance_m2.try_inverse().expect("not singular") * error;
            inside += u32::from(error.dot(&solved) <= CHI_SQUARE_95_TWO);
            let late_s = launch.time.seconds_since(NOW) + t;
            in_time += u32::from(late_s.abs() <= 1.96 * launch.time_sigma_s);
        }
        // One in hundreds draws a climb too slow for any launch.
        assert!(found > DRAWS - DRAWS / 100, "{found} of {DRAWS} have a launch");
        let [inside, in_time] = [inside, in_time].map(|count| f64::from(count) / f64::from(found));
        // The binomial's 99 % of four shares is 0.935 to 0.965; the map bends a little.
        assert!((0.935..0.98).contains(&inside), "after {t} s: {inside} inside");
        assert!((0.935..0.98).contains(&in_time), "after {t} s: {in_time} in time");
    }
}

#[test]
fn a_boost_that_grows_otherwise_stays_within_the_launch_ellipse() {
    // Exponents of their own over the ground and upwards, so that the path bends; known without error: what is left is the
    // assumption's.
    for (ground, climb) in [(1.2, 1.8), (1.8, 1.2), (1.5, 1.2), (1.5, 1.5), (2.3, 1.4), (1.5, 0.6)] {
        for t in [50.0, 80.0, 110.0] {
            let way = |length_m: f64, exponent: f64| {
                [length_m * libm::pow(t / 110.0, exponent + 1.0), exponent, 0.0]
            };
            let (mean, pad) = boosting(t, way(80e3, ground), way(110e3, climb));
            let belief = Gaussian { mean, covariance: SMatrix::identity() * 1e-6 };
            let launch = back_to_launch(&belief, NOW).expect("a launch");
            let error = offset_m(&launch, pad);
            let solved = launch.covariance_m2.try_inverse().expect("not singular") * error;
            // The path lies in one plane, so that this is the error along it.
            assert!(
                error.dot(&solved) <= CHI_SQUARE_95_TWO,
                "exponents {ground}, {climb} after {t} s: {error}"
            );
        }
    }
}
