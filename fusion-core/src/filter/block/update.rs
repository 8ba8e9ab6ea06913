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
    let components =
        [range, across(&offset_m, per_along, along, right), across(&offset_m, per_along, along, up)];
    let is_in_front = along_m.is_above(range_m * S::splat(0.1));
    let Done { is_taken, innovation_squared, determinant } =
        take(block, is_in_front, &components, &sighting.variances);
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

/// What came of the components.
struct Done<S: Real> {
    is_taken: S::Mask,
    innovation_squared: S,
    /// The determinant of the innovations' covariance, times (2π)³.
    determinant: S,
}

/// Scalar updates in sequence, whose gradients are zero beyond position; empty ones from the first that is not taken.
///
/// What each leaves of the next is worked out on what is measured, three numbers by three, and the state is touched once in the
/// end: in sequence on the state they wait for each other, a third of the time.
#[inline(always)]
fn take<S: Real, const N: usize, const PACKED: usize>(
    block: &mut Block<N, PACKED, S>,
    is_in_front: S::Mask,
    components: &[Component<S>; 3],
    noises: &[S; 3],
) -> Done<S> {
    let (zero, covariance) = (S::zero(), &mut block.covariance);
    let [mut gradients, mut innovations] = [[[zero; 3]; 3], [[zero; 3]; 3]];
    let (mut cross, mut residuals) = ([[zero; N]; 3], [zero; 3]);
    for one in 0..3 {
        residuals[one] = components[one].residual;
        for axis in 0..3 {
            gradients[one][axis] = S::select(is_in_front, components[one].gradient[axis], zero);
        }
    }
    for_each_row!(row, N, {
        let ahead = [covariance[at(row, 0)], covariance[at(row, 1)], covariance[at(row, 2)]];
        for one in 0..3 {
            cross[one][row] = dot(&ahead, &gradients[one]);
        }
    });
    for one in 0..3 {
        for before in 0..one + 1 {
            innovations[one][before] =
                dot(&[cross[one][0], cross[one][1], cross[one][2]], &gradients[before]);
        }
    }

    let mut done =
        Done { is_taken: is_in_front, innovation_squared: zero, determinant: S::splat(TAU * TAU * TAU) };
    let mut gains = [[zero; N]; 3];
    for one in 0..3 {
        let variance = innovations[one][one] + noises[one];
        done.is_taken = S::both(done.is_taken, variance.is_above(zero));
        let inverse = S::select(done.is_taken, S::one() / variance, zero);
        let innovation = S::select(done.is_taken, residuals[one], zero);
        let weighted = innovation * inverse;
        for next in one + 1..3 {
            let part = innovations[next][one] * inverse;
            residuals[next] -= innovations[next][one] * weighted;
            for later in next..3 {
                innovations[later][next] -= innovations[later][one] * part;
            }
            for row in 0..N {
                cross[next][row] -= cross[one][row] * part;
            }
        }
        for row in 0..N {
            block.mean[row] += cross[one][row] * weighted;
            gains[one][row] = cross[one][row] * inverse;
        }
        done.innovation_squared += innovation * weighted;
        done.determinant *= variance;
    }
    for_each_row!(row, N, {
        for column in 0..row + 1 {
            covariance[at(row, column)] -= gains[0][row] * cross[0][column]
                + gains[1][row] * cross[1][column]
                + gains[2][row] * cross[2][column];
        }
    });
    done
}

#[inline(always)]
fn dot<S: Real>(a: &[S; 3], b: &[S; 3]) -> S {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
