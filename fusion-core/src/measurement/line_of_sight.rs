//! The arithmetic between a position and a line of sight, for one track or for several side by side.

use crate::math::real::Real;
use nalgebra::Vector3;

/// A place seen in a line-of-sight frame, with the derivatives by its Earth-fixed position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection<S> {
    /// Slant range, m.
    pub range_m: S,
    /// Distance along the line of sight, m: negative behind the sensor, where the rest means nothing.
    pub along_m: S,
    /// Derivative of the range: the unit vector towards the place.
    pub range_gradient: Vector3<S>,
    /// Tangent of the angle to the right of the line of sight, and its derivative, 1/m.
    pub right: (S, Vector3<S>),
    /// Tangent of the angle above the line of sight, and its derivative, 1/m.
    pub up: (S, Vector3<S>),
}

/// Projects `offset_m`, from sensor to place, on the unit vectors of a line of sight; all Earth-fixed.
///
/// ```
/// use fusion_core::measurement::project;
/// use nalgebra::Vector3;
/// let seen = project(&Vector3::new(4.0, 3.0, 0.0), &Vector3::x(), &Vector3::y(), &Vector3::z());
/// assert_eq!((seen.range_m, seen.along_m, seen.right.0, seen.up.0), (5.0, 4.0, 0.75, 0.0));
/// ```
#[inline]
pub fn project<S: Real>(
    offset_m: &Vector3<S>,
    along: &Vector3<S>,
    right: &Vector3<S>,
    up: &Vector3<S>,
) -> Projection<S> {
    let range_m = offset_m.dot(offset_m).sqrt();
    let along_m = offset_m.dot(along);
    let inverse_along = S::one() / along_m;
    let across = |axis: &Vector3<S>| {
        let tangent = offset_m.dot(axis) * inverse_along;
        (tangent, (axis - along * tangent) * inverse_along)
    };
    Projection { range_m, along_m, range_gradient: offset_m / range_m, right: across(right), up: across(up) }
}
