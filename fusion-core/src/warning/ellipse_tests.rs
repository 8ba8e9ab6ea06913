//! Whether the ellipses of impact and launch hold what they say, by drawing states from the covariances.

use super::impact::CHI_SQUARE_95_TWO;
use super::{Launch, back_to_launch, fly_to_ground};
use crate::dynamics::gravity::{apparent_acceleration, gravitational_acceleration};
use crate::filter::Gaussian;
use crate::math::chance::Stream;
use crate::math::symmetric::Cholesky;
use crate::types::{Geodetic, Time, ecef_from_enu, ecef_from_geodetic};
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, Vector3};

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

fn coasting(height_m: f64, velocity_m_s: [f64; 3], sigmas: &[f64; 7]) -> Gaussian<7> {
    let place = Geodetic::from_degrees(40.5, 150.0, height_m);
    let (position, velocity) =
        (ecef_from_geodetic(place), ecef_from_enu(place) * Vector3::from(velocity_m_s));
    let mean = position.iter().chain(velocity.iter()).copied().chain([-libm::log(5_000.0)]);
    Gaussian { mean: SVector::from_iterator(mean), covariance: correlated(sigmas) }
}

#[test]
fn the_impact_ellipse_holds_ninety_five_in_a_hundred() {
    const DRAWS: u32 = 2_000;
    let beliefs = [
        coasting(600e3, [3_300.0, -200.0, -1_500.0], &[300.0, 200.0, 400.0, 2.0, 3.0, 1.0, 0.1]),
        // Soon after burnout: a long way to go, an ellipse of tens of kilometres.
        coasting(250e3, [2_400.0, 1_800.0, 2_200.0], &[400.0, 900.0, 600.0, 12.0, 8.0, 10.0, 0.1]),
        // In the air: most of the spread is that of the drag.
        coasting(60e3, [1_500.0, 700.0, -1_500.0], &[50.0, 60.0, 40.0, 2.0, 1.0, 3.0, 0.1]),
    ];
    for (number, belief) in (0..).zip(&beliefs) {
        let impact = fly_to_ground(belief, NOW, |_| {}).expect("it lands");
        let mut chance = Stream::new("impact", 1, &[number]);
        let (mut inside, mut in_time) = (0, 0);
        let mut sums = [0.0; 2];
        for _ in 0..DRAWS {
            let landed = fly_to_ground(&drawn(belief, &mut chance), NOW, |_| {}).expect("it lands");
            let squared = impact.mahalanobis_squared(landed.place).expect("not singular");
            inside += u32::from(squared <= CHI_SQUARE_95_TWO);
            let late_s = landed.time.seconds_since(impact.time).abs();
            sums[0] += landed.time.seconds_since(impact.time);
            sums[1] += late_s * late_s;
            in_time += u32::from(late_s <= 1.96 * impact.time_sigma_s);
        }
        let [inside, in_time] = [inside, in_time].map(|count| f64::from(count) / f64::from(DRAWS));
        assert!((0.93..=0.97).contains(&inside), "belief {number}: {inside} inside");
        assert!((0.93..=0.97).contains(&in_time), "belief {number}: {in_time} in time");
    }
}

/// A boost from rest on the pad, t seconds ago, with a constant jerk: its state and where it began.
fn boosting(t: f64) -> (SVector<f64, 9>, Geodetic) {
    let pad = Geodetic::from_degrees(39.2, 125.673, 0.0);
    let local = ecef_from_enu(pad);
    let (a0, jerk) = (Vector3::new(1.0, 0.5, 12.0), Vector3::new(0.1, 0.05, 0.2));
    let position = ecef_from_geodetic(pad) + local * (a0 * (t * t / 2.0) + jerk * (t * t * t / 6.0));
    let velocity = local * (a0 * t + jerk * (t * t / 2.0));
    let thrust = local * (a0 + jerk * t)
        - gravitational_acceleration(&position)
        - apparent_acceleration(&position, &velocity);
    let state = position.iter().chain(velocity.iter()).chain(thrust.iter()).copied();
    (SVector::from_iterator(state), pad)
}

fn offset_m(from: &Launch, to: Geodetic) -> Vector2<f64> {
    let difference = ecef_from_geodetic(to) - ecef_from_geodetic(from.place);
    (ecef_from_enu(from.place).transpose() * difference).fixed_rows::<2>(0).into()
}

#[test]
fn the_launch_ellipse_is_the_spread_of_its_draws_and_a_share_for_the_model() {
    const DRAWS: u32 = 2_000;
    for t in [40.0, 90.0] {
        let (mean, pad) = boosting(t);
        let sigmas = [60.0, 80.0, 50.0, 5.0, 6.0, 4.0, 0.5, 0.4, 0.6];
        let belief = Gaussian { mean, covariance: correlated(&sigmas) };
        let launch = back_to_launch(&belief, NOW).expect("a launch");
        assert!((NOW.seconds_since(launch.time) - t).abs() < 0.01);
        let mut chance = Stream::new("launch", 1, &[t as u64]);
        let (mut spread, mut inside, mut found) = (Matrix2::zeros(), 0, 0);
        for _ in 0..DRAWS {
            // One in hundreds draws a climb too slow for any launch.
            let Some(estimate) = back_to_launch(&drawn(&belief, &mut chance), NOW) else { continue };
            found += 1;
            let error = offset_m(&estimate, pad);
            spread += error * error.transpose();
            let solved = estimate.covariance_m2.try_inverse().expect("not singular") * error;
            inside += u32::from(error.dot(&solved) <= CHI_SQUARE_95_TWO);
        }
        assert!(found > DRAWS - DRAWS / 200, "{found} of {DRAWS} have a launch");
        spread /= f64::from(found);
        let way_m = (mean.fixed_rows::<3>(0) - ecef_from_geodetic(pad)).norm();
        let model = Matrix2::identity() * (0.03 * way_m * 0.03 * way_m);
        let difference = (launch.covariance_m2 - model - spread).norm() / spread.norm();
        assert!(difference < 0.1, "after {t} s the covariance is off by {difference}");
        // The flight fits the model, so that the ellipse, which allows for one that does not, holds more than 95 %.
        assert!(f64::from(inside) >= 0.95 * f64::from(found), "{inside} of {found}");
    }
}

#[test]
fn a_boost_that_grows_otherwise_stays_within_the_launch_ellipse() {
    // Height and way along the ground grow with powers of their own, as speeds that grow like t to the power 1.2 to 1.8 do,
    // so that the path bends; known without error: what is left is the model's.
    let pad = Geodetic::from_degrees(39.2, 125.673, 0.0);
    let local = ecef_from_enu(pad);
    for (along, up) in [(2.2, 2.8), (2.8, 2.2), (2.5, 2.2), (2.5, 2.5)] {
        for t in [50.0, 80.0, 110.0] {
            let by_power = |power: f64, length_m: f64| {
                let way_m = length_m * libm::pow(t / 110.0, power);
                [way_m, way_m * power / t, way_m * power * (power - 1.0) / (t * t)]
            };
            let (along_parts, up_parts) = (by_power(along, 80e3), by_power(up, 110e3));
            let part = |order: usize| local * Vector3::new(along_parts[order], 0.0, up_parts[order]);
            let (position, velocity) = (ecef_from_geodetic(pad) + part(0), part(1));
            let thrust =
                part(2) - gravitational_acceleration(&position) - apparent_acceleration(&position, &velocity);
            let state = position.iter().chain(velocity.iter()).chain(thrust.iter()).copied();
            let mean = SVector::from_iterator(state);
            let belief = Gaussian { mean, covariance: SMatrix::identity() * 1e-6 };
            let launch = back_to_launch(&belief, NOW).expect("a launch");
            let error = offset_m(&launch, pad);
            let solved = launch.covariance_m2.try_inverse().expect("not singular") * error;
            assert!(error.dot(&solved) <= CHI_SQUARE_95_TWO, "powers {along}, {up} after {t} s: {error}");
        }
    }
}
