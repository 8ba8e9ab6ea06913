//! The extended update with range, azimuth and elevation, as scalar updates in sequence that know their zeros.

use super::covariance::at;
use super::{Block, beside, load};
use crate::dispatch::Four;
use crate::filter::ScalarUpdate;
use crate::math::{lanes::Lanes, logarithm::log_of_normal, real::Real};
use crate::measurement::Observation;
use nalgebra::Vector3;
use std::f64::consts::TAU;

/// What was seen of one track (`f64`) or of four ([`Lanes`]): range and the two angles across the line of sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting<S = Lanes> {
    /// Where the sensor is, Earth-fixed, m.
    pub origin_m: [S; 3],
    /// Unit vectors along the line of sight, to the right and upwards, Earth-fixed.
    pub axes: [[S; 3]; 3],
    /// Measured slant range, m.
    pub range_m: S,
    /// Variances of range (m²) and of the angles to the right and upwards (rad²).
    pub variances: [S; 3],
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken<S: Real = Lanes> {
    /// The likelihood of what was seen; zeros where it was not taken.
    pub score: ScalarUpdate<S>,
    /// Where it was taken: where the track lies within 84 degrees of the line of sight, and its covariance is positive along
    /// what was measured. One of which only the latter fails keeps the components before, and is not to be used.
    pub is_taken: S::Mask,
}

impl Sighting<f64> {
    /// Of an observation; none without range, or with a range rate, which is not for blocks.
    #[inline]
    pub fn new(observation: &Observation) -> Option<Self> {
        let frame = &observation.line_of_sight;
        let [right_rad2, up_rad2] = observation.angle_variances_rad2;
        Some(Sighting {
            origin_m: frame.origin_m.into(),
            axes: [frame.along.into(), frame.right.into(), frame.up.into()],
            range_m: observation.range_m.filter(|_| observation.range_rate.is_none())?,
            variances: [observation.range_variance_m2, right_rad2, up_rad2],
        })
    }
}

impl Sighting {
    /// Of an observation of each track; none where [`Sighting::new`] gives none for any.
    #[inline]
    pub fn beside(four: &[Observation; Lanes::COUNT]) -> Option<Self> {
        let lanes = |number: fn(&Observation) -> f64| {
            Lanes([number(&four[0]), number(&four[1]), number(&four[2]), number(&four[3])])
        };
        if four.iter().any(|one| one.range_m.is_none() || one.range_rate.is_some()) {
            return None;
        }
        let vectors = |vector: fn(&Observation) -> &Vector3<f64>| {
            beside(
                [vector(&four[0]), vector(&four[1]), vector(&four[2]), vector(&four[3])]
                    .map(|v| &v.data.0[0]),
            )
        };
        Some(Sighting {
            origin_m: vectors(|one| &one.line_of_sight.origin_m),
            axes: [
                vectors(|one| &one.line_of_sight.along),
                vectors(|one| &one.line_of_sight.right),
                vectors(|one| &one.line_of_sight.up),
            ],
            range_m: lanes(|one| one.range_m.unwrap_or_default()),
            variances: [
                lanes(|one| one.range_variance_m2),
                lanes(|one| one.angle_variances_rad2[0]),
                lanes(|one| one.angle_variances_rad2[1]),
            ],
        })
    }

    #[inline(always)]
    pub(super) fn load<S: Four>(&self) -> Sighting<S> {
        Sighting {
            origin_m: load(&self.origin_m),
            axes: [load(&self.axes[0]), load(&self.axes[1]), load(&self.axes[2])],
            range_m: S::load(&self.range_m),
            variances: load(&self.variances),
        }
    }
}

/// One measured number: measured minus predicted, and the derivative of the prediction by position.
struct Component<S> {
    residual: S,
    gradient: [S; 3],
}

/// What the scalar updates hand on to each other.
struct Progress<S: Real> {
    is_taken: S::Mask,
    /// How far the position has moved, m: residuals are those of the first mean.
    shift_m: [S; 3],
    innovation_squared: S,
    /// The determinant of the innovations' covariance, times (2π)³.
    determinant: S,
}

/// Updates one track or four: the kernel of [`Block::update`].
#[inline(always)]
pub(super) fn update<S: Real, const N: usize, const PACKED: usize>(
    block: &mut Block<N, PACKED, S>,
    sighting: &Sighting<S>,
) -> Taken<S> {
    let ([x, y, z], [x0, y0, z0]) = ([block.mean[0], block.mean[1], block.mean[2]], sighting.origin_m);
    let offset_m = [x - x0, y - y0, z - z0];
    let [along, right, up] = &sighting.axes;
    let range_m = dot(&offset_m, &offset_m).sqrt();
    let along_m = dot(&offset_m, along);
    let (per_range, per_along) = (S::one() / range_m, S::one() / along_m);
    let range = Component {
        residual: sighting.range_m - range_m,
        gradient: [offset_m[0] * per_range, offset_m[1] * per_range, offset_m[2] * per_range],
    };
    let mut progress = Progress {
        is_taken: along_m.is_above(range_m * S::splat(0.1)),
        shift_m: [S::zero(); 3],
        innovation_squared: S::zero(),
        determinant: S::splat(TAU * TAU * TAU),
    };
    let [range_m2, right_rad2, up_rad2] = sighting.variances;
    take(block, &mut progress, &range, range_m2);
    take(block, &mut progress, &across(&offset_m, per_along, along, right), right_rad2);
    take(block, &mut progress, &across(&offset_m, per_along, along, up), up_rad2);
    let Progress { is_taken, innovation_squared, determinant, .. } = progress;
    let log_likelihood = S::splat(-0.5) * (innovation_squared + log_of_normal(determinant));
    Taken {
        score: ScalarUpdate {
            log_likelihood: S::select(is_taken, log_likelihood, S::zero()),
            normalised_innovation_squared: S::select(is_taken, innovation_squared, S::zero()),
        },
        is_taken,
    }
}

/// The tangent of an angle across the line of sight, where it was seen at zero.
#[inline(always)]
fn across<S: Real>(offset_m: &[S; 3], per_along: S, along: &[S; 3], axis: &[S; 3]) -> Component<S> {
    let tangent = dot(offset_m, axis) * per_along;
    let gradient = [
        (axis[0] - along[0] * tangent) * per_along,
        (axis[1] - along[1] * tangent) * per_along,
        (axis[2] - along[2] * tangent) * per_along,
    ];
    Component { residual: -tangent, gradient }
}

/// One scalar update, whose gradient is zero beyond position; an empty one where it is not taken.
#[inline(always)]
fn take<S: Real, const N: usize, const PACKED: usize>(
    block: &mut Block<N, PACKED, S>,
    progress: &mut Progress<S>,
    component: &Component<S>,
    noise: S,
) {
    let (zero, covariance) = (S::zero(), &mut block.covariance);
    let mut gradient = component.gradient;
    for axis in 0..3 {
        gradient[axis] = S::select(progress.is_taken, gradient[axis], zero);
    }
    let mut cross = [zero; N];
    for_each_row!(row, N, {
        cross[row] =
            dot(&[covariance[at(row, 0)], covariance[at(row, 1)], covariance[at(row, 2)]], &gradient);
    });
    let variance = dot(&[cross[0], cross[1], cross[2]], &gradient) + noise;
    progress.is_taken = S::both(progress.is_taken, variance.is_above(zero));
    let inverse = S::select(progress.is_taken, S::one() / variance, zero);
    let innovation = component.residual - dot(&gradient, &progress.shift_m);
    let innovation = S::select(progress.is_taken, innovation, zero);
    let weighted = innovation * inverse;
    for_each_row!(row, N, {
        block.mean[row] += cross[row] * weighted;
        let gain = cross[row] * inverse;
        for column in 0..row + 1 {
            covariance[at(row, column)] -= gain * cross[column];
        }
    });
    for axis in 0..3 {
        progress.shift_m[axis] += cross[axis] * weighted;
    }
    progress.innovation_squared += innovation * weighted;
    progress.determinant *= variance;
}

#[inline(always)]
fn dot<S: Real>(a: &[S; 3], b: &[S; 3]) -> S {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
