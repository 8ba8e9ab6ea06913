//! Whether a look tells two objects apart.

use crate::filter::PositionModes;
use crate::math::symmetric::Cholesky;
use crate::measurement::Station;
use crate::types::{LineOfSight, Resolution};
use nalgebra::{Matrix3, Vector3};
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Steps of each of the two integrals, and how many standard deviations they go to: right to a hundredth.
const STEPS: u32 = 16;
const REACH_SIGMAS: f64 = 4.0;

/// Probability that two objects that are somewhere around their means lie in one cell of a radar, so that a look gives one
/// plot of both.
///
/// The idea, that tracks tell how probably a plot is of both, is that of Koch and van Keuk, *IEEE Transactions on Aerospace
/// and Electronic Systems* 33(3) (1997), 883-892, where the probability falls with the distance as a Gaussian; here the cell
/// has the hard edges of [`Resolution`], and the probability is the integral over the distance's distribution. Approximated:
/// each track's modes are one Gaussian, the two tracks' errors are independent, range and angles are linear around the
/// means, and the integral is right to 0.01. Not where an error across the line of sight bends into range by as much as the
/// cell is deep (d² / 2r: 1 m of a milliradian at 2,000 km), and not for a third object through which two are joined.
pub fn unresolved_probability(
    station: &Station<'_>,
    cell: &Resolution,
    one: &PositionModes,
    other: &PositionModes,
) -> f64 {
    let ((one_m, one_m2), (other_m, other_m2)) = (one.mean_and_covariance(), other.mean_and_covariance());
    let offsets_m = [one_m - station.position_m, other_m - station.position_m];
    let middle_m = (offsets_m[0] + offsets_m[1]) * 0.5;
    let Some(frame) = LineOfSight::new(station.position_m, &middle_m, &station.up()) else { return 0.0 };
    // In units of the cell it is a cylinder of radius one around the line of sight, and reaches from minus one to one.
    let across_m = cell.across_rad * middle_m.norm();
    let in_cells = |along: Vector3<f64>| {
        Matrix3::from_columns(&[along / cell.range_m, frame.right / across_m, frame.up / across_m])
    };
    let mut mean = in_cells(frame.along).tr_mul(&(other_m - one_m));
    mean.x = (offsets_m[1].norm() - offsets_m[0].norm()) / cell.range_m;
    // A range changes along its own line of sight, which far across the cell is another.
    let [one_to, other_to] = offsets_m.map(|offset_m| in_cells(offset_m.normalize()));
    let covariance = one_to.tr_mul(&one_m2) * one_to + other_to.tr_mul(&other_m2) * other_to;
    probability_in_cylinder(&mean, &covariance)
}

/// Probability that a Gaussian of (along, right, up) lies within one of nothing along, and within one of the axis across.
///
/// Given the number along, the one to the right is Gaussian; given both, the one upwards is, whose integral is known.
fn probability_in_cylinder(mean: &Vector3<f64>, covariance: &Matrix3<f64>) -> f64 {
    let Ok(factor) = Cholesky::new(covariance) else { return 0.0 };
    let lower = factor.lower();
    let over_standard = |(mean, sigma): (f64, f64), half_width: f64, inner: &dyn Fn(f64) -> f64| {
        let low = ((-half_width - mean) / sigma).max(-REACH_SIGMAS);
        let high = ((half_width - mean) / sigma).min(REACH_SIGMAS);
        let step = (high - low) / f64::from(STEPS);
        if step <= 0.0 {
            return 0.0;
        }
        let middles = (0..STEPS).map(|index| low + step * (f64::from(index) + 0.5));
        middles.map(|at| libm::exp(-0.5 * at * at) * inner(at)).sum::<f64>() * step / TAU.sqrt()
    };
    over_standard((mean.x, lower[(0, 0)]), 1.0, &|along| {
        let right = mean.y + lower[(1, 0)] * along;
        over_standard((right, lower[(1, 1)]), 1.0, &|to_right| {
            let at = right + lower[(1, 1)] * to_right;
            let half_width = (1.0 - at * at).max(0.0).sqrt();
            let up = mean.z + lower[(2, 0)] * along + lower[(2, 1)] * to_right;
            between(-half_width, half_width, up, lower[(2, 2)])
        })
    })
}

/// Probability that a Gaussian number lies between two bounds.
fn between(low: f64, high: f64, mean: f64, sigma: f64) -> f64 {
    let below = |bound: f64| libm::erf((bound - mean) / sigma * FRAC_1_SQRT_2);
    0.5 * (below(high) - below(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::PositionMode;
    use crate::math::chance::Stream;
    use crate::types::{Geodetic, RadarModel, Sensor, SensorKind, ecef_from_geodetic};

    fn at(mean_m: Vector3<f64>, covariance_m2: Matrix3<f64>) -> PositionModes {
        PositionModes::new([1.0, 0.0, 0.0].map(|probability| PositionMode {
            probability,
            mean_m,
            covariance_m2,
        }))
    }

    /// A draw of a Gaussian place.
    fn draw(chance: &mut Stream, mean_m: &Vector3<f64>, covariance_m2: &Matrix3<f64>) -> Vector3<f64> {
        let lower = *Cholesky::new(covariance_m2).expect("positive definite").lower();
        mean_m + lower * Vector3::from_fn(|_, _| chance.normal())
    }

    /// The simulator's rule, in its own words.
    fn is_one(cell: &Resolution, one_m: &Vector3<f64>, other_m: &Vector3<f64>) -> bool {
        let across_rad = libm::atan2(one_m.cross(other_m).norm(), one_m.dot(other_m));
        (one_m.norm() - other_m.norm()).abs() < cell.range_m && across_rad < cell.across_rad
    }

    /// Holds a probability against the share of so many draws: 0.01, and four standard deviations of the share.
    fn assert_share(found: f64, draws: u32, is_inside: impl FnMut(u32) -> bool) -> f64 {
        let share = (0..draws).map(is_inside).filter(|inside| *inside).count() as f64 / f64::from(draws);
        let sigma = (found * (1.0 - found) / f64::from(draws)).max(0.0).sqrt();
        assert!((found - share).abs() < 0.01 + 4.0 * sigma, "{found} for {share}");
        share
    }

    #[test]
    fn the_integral_is_the_share_of_draws_in_the_cylinder() {
        let mut chance = Stream::new("cylinders", 1, &[]);
        let mut telling = 0;
        for _ in 0..400 {
            let mean = Vector3::from_fn(|_, _| chance.between(-1.3, 1.3));
            // From a hundredth of the cylinder to seven times its size, each axis by itself, all correlated.
            let scale = Vector3::from_fn(|_, _| libm::exp(chance.between(-4.5, 2.0)));
            let root = Matrix3::from_fn(|axis, _| scale[axis] * chance.normal());
            let covariance = root * root.transpose() + Matrix3::identity() * 1e-6;
            let found = probability_in_cylinder(&mean, &covariance);
            let share = assert_share(found, 4_000, |_| {
                let at = draw(&mut chance, &mean, &covariance);
                at.x.abs() < 1.0 && libm::hypot(at.y, at.z) < 1.0
            });
            telling += u32::from((0.05..0.95).contains(&share));
        }
        assert!(telling > 150, "{telling} of 400 cases say anything");
    }

    #[test]
    fn the_probability_is_the_share_of_draws_that_lie_in_one_cell() {
        let place_m = ecef_from_geodetic(Geodetic::from_degrees(37.2, 127.0, 300.0));
        let sensor = Sensor::for_tests(place_m, SensorKind::Radar(RadarModel::default()));
        let station = Station::of(&sensor);
        let mut chance = Stream::new("cells", 1, &[]);
        let mut telling = 0;
        for _ in 0..400 {
            let cell = Resolution {
                range_m: libm::exp(chance.between(2.0, 6.0)),
                across_rad: libm::exp(chance.between(-7.0, -3.5)),
            };
            let range_m = chance.between(50e3, 900e3);
            let direction = station.direction(chance.between(0.0, TAU), chance.between(0.05, 1.4));
            let frame = LineOfSight::new(Vector3::zeros(), &direction, &station.up()).expect("a direction");
            let axes = Matrix3::from_columns(&[frame.along, frame.right, frame.up]);
            let across_m = cell.across_rad * range_m;
            let apart = Vector3::new(cell.range_m, across_m, across_m);
            // As uncertain as the cell is wide in range, and up to a milliradian across.
            let known_m = across_m.min(1e-3 * range_m);
            let sigmas = Vector3::new(cell.range_m, known_m, known_m);
            let places = [(); 2].map(|()| {
                let offset = Vector3::from_fn(|axis, _| apart[axis] * chance.between(-0.6, 0.6));
                let size = libm::exp(chance.between(-4.0, 0.0));
                let root = axes * Matrix3::from_fn(|axis, _| size * sigmas[axis] * chance.between(-1.0, 1.0));
                (direction * range_m + axes * offset, root * root.transpose() + Matrix3::identity() * 1e-3)
            });
            let [one, other] = places.map(|(mean_m, m2)| at(place_m + mean_m, m2));
            let found = unresolved_probability(&station, &cell, &one, &other);
            let mut place = |(mean_m, m2): &(Vector3<f64>, Matrix3<f64>)| draw(&mut chance, mean_m, m2);
            let share = assert_share(found, 4_000, |_| is_one(&cell, &place(&places[0]), &place(&places[1])));
            telling += u32::from((0.05..0.95).contains(&share));
        }
        assert!(telling > 150, "{telling} of 400 cases say anything");
    }

    #[test]
    fn known_places_are_in_one_cell_or_not() {
        let sensor = Sensor::for_tests(Vector3::x() * 6.4e6, SensorKind::Radar(RadarModel::default()));
        let cell = Resolution { range_m: 100.0, across_rad: 5e-3 };
        let probability = |beyond_m: f64, right_mrad: f64| {
            let far_m = Vector3::new(6.7e6 + beyond_m, 300.0 * right_mrad, 0.0);
            let known = Matrix3::identity() * 0.01;
            let near = at(Vector3::x() * 6.7e6, known);
            unresolved_probability(&Station::of(&sensor), &cell, &near, &at(far_m, known))
        };
        assert!((probability(95.0, 0.0) - 1.0).abs() < 1e-3 && (probability(0.0, 4.9) - 1.0).abs() < 1e-3);
        assert!(probability(0.0, 0.0) > 0.999 && probability(50.0, 3.0) > 0.999);
        assert!(probability(105.0, 0.0) < 1e-3 && probability(0.0, 5.1) < 1e-3);
    }
}
