//! One Runge-Kutta step of flight above the air and of its variational equations, with what is zero or one left out.
//!
//! Each stage takes a transition matrix on by its rate, like the state: the upper rows' rate are the lower rows, theirs is
//! gravity's gradient times the upper plus the Coriolis term of the lower. The first stages begin from the identity, and so
//! are written out. The same step as [`crate::dynamics::step`] on plain matrices, which is its oracle.

use crate::dynamics::gravity::{EARTH_GRAVITATIONAL_PARAMETER_M3_S2, J2_FACTOR_M5_S2};
use crate::math::real::Real;
use crate::types::EARTH_ROTATION_RAD_S;

/// Three rows of three.
pub(super) type Square<S> = [[S; 3]; 3];

/// Three columns of the transition matrix: the rows of position, then those of velocity.
pub(super) type Columns<S> = [Square<S>; 2];

/// Where a step leads, and on the way the gradients of the four stages: lower triangles by rows, 1/s².
pub(super) struct Path<S> {
    pub position_m: [S; 3],
    pub velocity_m_s: [S; 3],
    gradients_1_s2: [[S; 6]; 4],
    seconds: S,
}

pub(super) const TWICE_ROTATION_RAD_S: f64 = 2.0 * EARTH_ROTATION_RAD_S;

/// Acceleration in free flight, m/s², and the lower triangle by rows of its derivative by position, 1/s²: symmetric.
///
/// The formulas of [`crate::dynamics::gravity`], with what they share computed once.
#[inline(always)]
pub(super) fn gravity<S: Real>(
    position_m: &[S; 3],
    velocity_m_s: &[S; 3],
    thrust_m_s2: Option<&[S; 3]>,
) -> ([S; 3], [S; 6]) {
    let (number, twice) = (S::splat, S::splat(TWICE_ROTATION_RAD_S));
    let [x, y, z] = *position_m;
    let square_m2 = x * x + y * y + z * z;
    let inverse_square = S::one() / square_m2;
    let inverse_cube = inverse_square * inverse_square * square_m2.sqrt();
    let central = number(EARTH_GRAVITATIONAL_PARAMETER_M3_S2) * inverse_cube;
    let oblate = number(J2_FACTOR_M5_S2) * inverse_cube * inverse_square;
    let five_z2 = number(5.0) * (z * z * inverse_square);
    let common = -(central + oblate * (S::one() - five_z2));
    // Across the Earth's axis there is the centrifugal force as well.
    let across = common + number(EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S);
    let along = common - number(2.0) * oblate;
    let outer = inverse_square * (number(3.0) * central + oblate * (number(5.0) - number(7.0) * five_z2));
    let axial = number(10.0) * oblate * (z * inverse_square);
    let outer_z = outer * z + axial;
    let free_m_s2 = [x * across + twice * velocity_m_s[1], y * across - twice * velocity_m_s[0], z * along];
    let gradient_1_s2 = [
        outer * x * x + across,
        outer * x * y,
        outer * y * y + across,
        outer_z * x,
        outer_z * y,
        (outer_z + axial) * z + along,
    ];
    match thrust_m_s2 {
        None => (free_m_s2, gradient_1_s2),
        Some(thrust_m_s2) => (plus(&free_m_s2, thrust_m_s2, S::one()), gradient_1_s2),
    }
}

impl<S: Real> Path<S> {
    /// Follows the flight, with thrust (m/s²) that stays as it is, if there is any.
    #[inline(always)]
    pub(super) fn new(p1: &[S; 3], v1: &[S; 3], thrust_m_s2: Option<&[S; 3]>, seconds: S) -> Self {
        let half = S::splat(0.5) * seconds;
        let (a1, g1) = gravity(p1, v1, thrust_m_s2);
        let v2 = plus(v1, &a1, half);
        let (a2, g2) = gravity(&plus(p1, v1, half), &v2, thrust_m_s2);
        let v3 = plus(v1, &a2, half);
        let (a3, g3) = gravity(&plus(p1, &v2, half), &v3, thrust_m_s2);
        let v4 = plus(v1, &a3, seconds);
        let (a4, g4) = gravity(&plus(p1, &v3, seconds), &v4, thrust_m_s2);
        Path {
            position_m: plus(p1, &weighted(v1, &v2, &v3, &v4), sixth(seconds)),
            velocity_m_s: plus(v1, &weighted(&a1, &a2, &a3, &a4), sixth(seconds)),
            gradients_1_s2: [g1, g2, g3, g4],
            seconds,
        }
    }

    /// Derivatives by the first position.
    #[inline(always)]
    pub(super) fn by_position(&self) -> Columns<S> {
        let (one, half, seconds) = (S::one(), S::splat(0.5) * self.seconds, self.seconds);
        let [g1, g2, g3, g4] = &self.gradients_1_s2;
        let w1 = full(g1);
        let v2 = scaled(&w1, half);
        let [turned_x, turned_y] = coriolis(&v2);
        let [x, y, z] = full(g2);
        let w2 = [plus(&x, &turned_x, one), plus(&y, &turned_y, one), z];
        let v3 = scaled(&w2, half);
        let w3 = rate(g3, &on_identity(one, &v2, half), &v3);
        let v4 = scaled(&w3, seconds);
        let w4 = rate(g4, &on_identity(one, &v3, seconds), &v4);
        let two = S::splat(2.0);
        let moved = on_identity(one, &sum(&scaled(&sum(&v2, &v3), two), &v4), sixth(seconds));
        [moved, scaled(&weighted_rows(&w1, &w2, &w3, &w4), sixth(seconds))]
    }

    /// Derivatives by the first velocity.
    #[inline(always)]
    pub(super) fn by_velocity(&self) -> Columns<S> {
        let (zero, one) = (S::zero(), S::one());
        let (half, seconds, twice) =
            (S::splat(0.5) * self.seconds, self.seconds, S::splat(TWICE_ROTATION_RAD_S));
        let [_, g2, g3, g4] = &self.gradients_1_s2;
        let w1 = [[zero, twice, zero], [-twice, zero, zero], [zero; 3]];
        let v2 = [[one, half * twice, zero], [-(half * twice), one, zero], [zero, zero, one]];
        let w2 = rate_of_turned(g2, half, None, &v2);
        let v3 = on_identity(one, &w2, half);
        let w3 = rate_of_turned(g3, half, Some(half * half), &v3);
        let v4 = on_identity(one, &w3, seconds);
        let w4 = rate(g4, &scaled(&v3, seconds), &v4);
        let unit = [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
        let moved = scaled(&weighted_rows(&unit, &v2, &v3, &v4), sixth(seconds));
        [moved, on_identity(one, &weighted_rows(&w1, &w2, &w3, &w4), sixth(seconds))]
    }

    /// Derivatives by a thrust that stays as it is.
    #[inline(always)]
    pub(super) fn by_thrust(&self) -> Columns<S> {
        let (zero, one) = (S::zero(), S::one());
        let (half, seconds, twice) =
            (S::splat(0.5) * self.seconds, self.seconds, S::splat(TWICE_ROTATION_RAD_S));
        let [_, _, g3, g4] = &self.gradients_1_s2;
        let unit = [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
        let v2 = scaled(&unit, half);
        let w2 = [[one, half * twice, zero], [-(half * twice), one, zero], [zero, zero, one]];
        let v3 = scaled(&w2, half);
        let w3 = sum(&unit, &rate_of_turned(g3, half * half, None, &v3));
        let v4 = scaled(&w3, seconds);
        let w4 = sum(&unit, &rate(g4, &scaled(&v3, seconds), &v4));
        let two = S::splat(2.0);
        let moved = scaled(&sum(&scaled(&sum(&v2, &v3), two), &v4), sixth(seconds));
        [moved, scaled(&weighted_rows(&unit, &w2, &w3, &w4), sixth(seconds))]
    }
}

/// Rate of the velocity's rows: `gradient · position` and the Coriolis term of `velocity`.
#[inline(always)]
fn rate<S: Real>(gradient: &[S; 6], position: &Square<S>, velocity: &Square<S>) -> Square<S> {
    let [xx, xy, yy, xz, yz, zz] = *gradient;
    let [turned_x, turned_y] = coriolis(velocity);
    let [x, y, z] = position;
    let mut rate = [[S::zero(); 3]; 3];
    for column in 0..3 {
        let [x, y, z] = [x[column], y[column], z[column]];
        rate[0][column] = xx * x + xy * y + xz * z + turned_x[column];
        rate[1][column] = xy * x + yy * y + yz * z + turned_y[column];
        rate[2][column] = xz * x + yz * y + zz * z;
    }
    rate
}

/// The same where the position's rows are `diagonal · identity + turned · by_velocity`.
#[inline(always)]
fn rate_of_turned<S: Real>(
    gradient: &[S; 6],
    diagonal: S,
    turned: Option<S>,
    velocity: &Square<S>,
) -> Square<S> {
    let [xx, xy, yy, xz, yz, zz] = *gradient;
    let [turned_x, turned_y] = coriolis(velocity);
    let mut rate = [
        [diagonal * xx + turned_x[0], diagonal * xy + turned_x[1], diagonal * xz + turned_x[2]],
        [diagonal * xy + turned_y[0], diagonal * yy + turned_y[1], diagonal * yz + turned_y[2]],
        [diagonal * xz, diagonal * yz, diagonal * zz],
    ];
    if let Some(turned) = turned {
        let aside = turned * S::splat(TWICE_ROTATION_RAD_S);
        let [first, second] = [[xx, xy, xz], [xy, yy, yz]];
        for row in 0..3 {
            rate[row][0] -= aside * second[row];
            rate[row][1] += aside * first[row];
        }
    }
    rate
}

/// The derivative of the Coriolis acceleration by velocity, times a matrix: the two rows that are not zero.
#[inline(always)]
fn coriolis<S: Real>([x, y, _]: &Square<S>) -> [[S; 3]; 2] {
    let twice = S::splat(TWICE_ROTATION_RAD_S);
    [[twice * y[0], twice * y[1], twice * y[2]], [-(twice * x[0]), -(twice * x[1]), -(twice * x[2])]]
}

#[inline(always)]
pub(super) fn full<S: Real>([xx, xy, yy, xz, yz, zz]: &[S; 6]) -> Square<S> {
    [[*xx, *xy, *xz], [*xy, *yy, *yz], [*xz, *yz, *zz]]
}

#[inline(always)]
pub(super) fn sixth<S: Real>(seconds: S) -> S {
    seconds * S::splat(1.0 / 6.0)
}

/// `first + second · factor`.
#[inline(always)]
pub(super) fn plus<S: Real>(first: &[S; 3], second: &[S; 3], factor: S) -> [S; 3] {
    [first[0] + second[0] * factor, first[1] + second[1] * factor, first[2] + second[2] * factor]
}

#[inline(always)]
pub(super) fn sum<S: Real>(first: &Square<S>, second: &Square<S>) -> Square<S> {
    let mut sum = *first;
    for row in 0..3 {
        for column in 0..3 {
            sum[row][column] += second[row][column];
        }
    }
    sum
}

#[inline(always)]
pub(super) fn scaled<S: Real>(matrix: &Square<S>, factor: S) -> Square<S> {
    let mut scaled = *matrix;
    for row in 0..3 {
        for column in 0..3 {
            scaled[row][column] *= factor;
        }
    }
    scaled
}

/// `start · identity + second · factor`.
#[inline(always)]
pub(super) fn on_identity<S: Real>(start: S, second: &Square<S>, factor: S) -> Square<S> {
    let mut sum = scaled(second, factor);
    sum[0][0] += start;
    sum[1][1] += start;
    sum[2][2] += start;
    sum
}

/// `k1 + 2 k2 + 2 k3 + k4`.
#[inline(always)]
pub(super) fn weighted<S: Real>(k1: &[S; 3], k2: &[S; 3], k3: &[S; 3], k4: &[S; 3]) -> [S; 3] {
    let mut sum = *k1;
    for axis in 0..3 {
        sum[axis] += (k2[axis] + k3[axis]) * S::splat(2.0) + k4[axis];
    }
    sum
}

#[inline(always)]
pub(super) fn weighted_rows<S: Real>(
    k1: &Square<S>,
    k2: &Square<S>,
    k3: &Square<S>,
    k4: &Square<S>,
) -> Square<S> {
    [
        weighted(&k1[0], &k2[0], &k3[0], &k4[0]),
        weighted(&k1[1], &k2[1], &k3[1], &k4[1]),
        weighted(&k1[2], &k2[2], &k3[2], &k4[2]),
    ]
}
