//! Flight through the air, without lift and with it.

use super::Dynamics;
use super::atmosphere::{TOP_OF_ATMOSPHERE_M, air_at};
use super::coast::free_flight;
use super::gravity::{apparent_acceleration, gravitational_acceleration};
use super::model::{cross_matrix, length, position, velocity};
use super::transition::{constant_velocity_noise, in_three_axes};
use crate::math::real::{Real, identity};
use crate::types::{EARTH_RADIUS_EQUATORIAL_M, heights_and_ups};
use nalgebra::{SMatrix, SVector, Vector3};

/// Flight through the air: free flight and drag. States: position, velocity, logarithm of the inverse ballistic
/// coefficient, ln(Cd A / m) with Cd A / m in m²/kg.
///
/// The walk of the logarithm reaches the velocity in the next step only: not for spans of more than about a second in
/// dense air.
///
/// Li and Jilkov, "Survey of maneuvering target tracking, part II" (2001), section 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reentry {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
    /// Power spectral density of the random walk of the logarithm, 1/s.
    pub log_density_1_s: f64,
}

/// Flight through the air with lift, as in a pull-up. States: position, velocity, ln(Cd A / m) as in [`Reentry`], and the
/// lift parameters Cl A / m (m²/kg) to the right ("turn") and upwards ("climb") across the velocity.
///
/// Right is velocity × position, up completes it; the direction is undefined in vertical flight, where the model is not
/// for use. Lift does no work. Not for a body whose lift is known to be none: [`Reentry`] has two states less to learn; nor,
/// as there, for long spans in dense air.
///
/// Li and Jilkov, "Survey of maneuvering target tracking, part II" (2001), on manoeuvring re-entry: the velocity-turn-climb frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftingReentry {
    /// Power spectral density of white acceleration noise, m²/s³.
    pub density_m2_s3: f64,
    /// Power spectral density of the random walk of the logarithm, 1/s.
    pub log_density_1_s: f64,
    /// Power spectral density of the random walk of each lift parameter, m⁴/(kg² s).
    pub lift_density_m4_kg2_s: f64,
}

/// Carries a state of [`Reentry`] over equal steps, each of `step_s`, as [`super::propagate_state`] does and to the same bits.
///
/// In line with all that it calls and without a closure, for a kernel ([`crate::dispatch::Kernel`]). The ballistic coefficient
/// stays, so that its exponential is worked out once.
#[inline(always)]
pub(crate) fn fall<S: Real>(state: &SVector<S, 7>, steps: u64, step_s: f64) -> SVector<S, 7> {
    let (whole, half, sixth) = (S::splat(step_s), S::splat(0.5 * step_s), S::splat(step_s / 6.0));
    let half_area_m2_kg = S::splat(0.5) * state[6].exp();
    let (mut p, mut v) = (position(state), velocity(state));
    for _ in 0..steps {
        let a1 = falling(&p, &v, half_area_m2_kg);
        let v2 = plus(&v, &a1, half);
        let a2 = falling(&plus(&p, &v, half), &v2, half_area_m2_kg);
        let v3 = plus(&v, &a2, half);
        let a3 = falling(&plus(&p, &v2, half), &v3, half_area_m2_kg);
        let v4 = plus(&v, &a3, whole);
        let a4 = falling(&plus(&p, &v3, whole), &v4, half_area_m2_kg);
        (p, v) =
            (plus(&p, &weighted(&v, &v2, &v3, &v4), sixth), plus(&v, &weighted(&a1, &a2, &a3, &a4), sixth));
    }
    SVector::from([p.x, p.y, p.z, v.x, v.y, v.z, state[6]])
}

/// Acceleration in free flight with drag, as [`Reentry`]'s without its derivative.
#[inline(always)]
fn falling<S: Real>(position_m: &Vector3<S>, velocity_m_s: &Vector3<S>, half_area_m2_kg: S) -> Vector3<S> {
    let (gravity, apparent) =
        (gravitational_acceleration(position_m), apparent_acceleration(position_m, velocity_m_s));
    let free = Vector3::new(gravity.x + apparent.x, gravity.y + apparent.y, gravity.z + apparent.z);
    let Some(air) = Air::around(position_m) else { return free };
    let [x, y, z] = [velocity_m_s.x, velocity_m_s.y, velocity_m_s.z];
    let rate_1_s = half_area_m2_kg * air.density_kg_m3 * (x * x + y * y + z * z).sqrt();
    let dragged = plus(&free, velocity_m_s, -rate_1_s);
    Vector3::new(
        S::select(air.is_any, dragged.x, free.x),
        S::select(air.is_any, dragged.y, free.y),
        S::select(air.is_any, dragged.z, free.z),
    )
}

/// `first + second · factor`.
#[inline(always)]
fn plus<S: Real>(first: &Vector3<S>, second: &Vector3<S>, factor: S) -> Vector3<S> {
    Vector3::new(first.x + second.x * factor, first.y + second.y * factor, first.z + second.z * factor)
}

/// `k1 + 2 (k2 + k3) + k4`.
#[inline(always)]
fn weighted<S: Real>(k1: &Vector3<S>, k2: &Vector3<S>, k3: &Vector3<S>, k4: &Vector3<S>) -> Vector3<S> {
    let two = S::splat(2.0);
    Vector3::new(
        k1.x + (k2.x + k3.x) * two + k4.x,
        k1.y + (k2.y + k3.y) * two + k4.y,
        k1.z + (k2.z + k3.z) * two + k4.z,
    )
}

impl Dynamics<7> for Reentry {
    // In line, so that whoever has no use for the derivative does not pay for it: sigma points.
    #[inline(always)]
    fn acceleration<S: Real>(&self, state: &SVector<S, 7>) -> (Vector3<S>, SMatrix<S, 3, 7>) {
        let free = free_flight(state);
        let Some(air) = Air::around(&position(state)) else {
            return free;
        };
        let (free_m_s2, mut jacobian) = free;
        let velocity_m_s = velocity(state);
        let speed_m_s = velocity_m_s.dot(&velocity_m_s).sqrt();
        let half_area_m2_kg = S::splat(0.5) * state[6].exp();
        let rate_1_s = half_area_m2_kg * air.density_kg_m3 * speed_m_s;
        let drag_m_s2 = velocity_m_s * -rate_1_s;

        let by_height = velocity_m_s * (-half_area_m2_kg * air.slope_kg_m4 * speed_m_s);
        let mut by_position = jacobian.fixed_view_mut::<3, 3>(0, 0);
        by_position += by_height * air.up.transpose();
        let direction = velocity_m_s / speed_m_s.max(S::splat(f64::MIN_POSITIVE));
        let mut by_velocity = jacobian.fixed_view_mut::<3, 3>(0, 3);
        by_velocity -= (identity() + direction * direction.transpose()) * rate_1_s;
        jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&drag_m_s2);
        air.where_there_is_any((free_m_s2 + drag_m_s2, jacobian), free)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 7, 7> {
        let mut noise: SMatrix<f64, 7, 7> =
            in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3));
        noise[(6, 6)] = self.log_density_1_s * seconds;
        noise
    }
}

impl Dynamics<9> for LiftingReentry {
    fn acceleration<S: Real>(&self, state: &SVector<S, 9>) -> (Vector3<S>, SMatrix<S, 3, 9>) {
        let free = free_flight(state);
        let Some(air) = Air::around(&position(state)) else {
            return free;
        };
        let (free_m_s2, mut jacobian) = free;
        let velocity_m_s = velocity(state);
        let (drag, turn, climb) = (state[6].exp(), state[7], state[8]);
        let (half, two) = (S::splat(0.5), S::splat(2.0));
        let half_density = half * air.density_kg_m3;
        let speed_m_s = length(&velocity_m_s);
        let square = speed_m_s * speed_m_s;

        let aside = velocity_m_s.cross(&position(state));
        // A square metre a second is 1e-10 rad from the vertical: it only keeps the quotient finite.
        let aside_length = length(&aside).max(S::one());
        let right = aside / aside_length;
        let upwards = right.cross(&velocity_m_s);
        // What multiplies half the density: drag, turn, climb.
        let [drag_part, turn_part, climb_part] =
            [velocity_m_s * (-drag * speed_m_s), right * square, upwards * speed_m_s];
        let force = drag_part + turn_part * turn + climb_part * climb;

        let across = (identity() - right * right.transpose()) / aside_length;
        let right_by_position = across * cross_matrix(&velocity_m_s);
        let right_by_velocity = -(across * cross_matrix(&position(state)));
        // How the force moves with its right-hand direction.
        let by_right = identity() * (turn * square) - cross_matrix(&velocity_m_s) * (climb * speed_m_s);
        let mut by_position = jacobian.fixed_view_mut::<3, 3>(0, 0);
        by_position += force * air.up.transpose() * (half * air.slope_kg_m4);
        by_position += by_right * right_by_position * half_density;

        let direction = velocity_m_s / speed_m_s;
        let by_speed = velocity_m_s * -drag + right * (two * turn * speed_m_s) + upwards * climb;
        let mut by_velocity = jacobian.fixed_view_mut::<3, 3>(0, 3);
        by_velocity += (by_speed * direction.transpose() - identity() * (drag * speed_m_s)
            + cross_matrix(&right) * (climb * speed_m_s)
            + by_right * right_by_velocity)
            * half_density;
        for (column, part) in [drag_part, turn_part, climb_part].iter().enumerate() {
            jacobian.fixed_view_mut::<3, 1>(0, 6 + column).copy_from(&(part * half_density));
        }
        air.where_there_is_any((free_m_s2 + force * half_density, jacobian), free)
    }

    fn process_noise(&self, seconds: f64) -> SMatrix<f64, 9, 9> {
        let mut noise: SMatrix<f64, 9, 9> =
            in_three_axes(&constant_velocity_noise(seconds, self.density_m2_s3));
        noise[(6, 6)] = self.log_density_1_s * seconds;
        noise[(7, 7)] = self.lift_density_m4_kg2_s * seconds;
        noise[(8, 8)] = self.lift_density_m4_kg2_s * seconds;
        noise
    }
}

const ABOVE_THE_AIR_M: f64 = EARTH_RADIUS_EQUATORIAL_M + TOP_OF_ATMOSPHERE_M;

/// The air at one position, or at several side by side of which some may have none.
struct Air<S: Real> {
    is_any: S::Mask,
    density_kg_m3: S,
    slope_kg_m4: S,
    up: Vector3<S>,
}

impl<S: Real> Air<S> {
    /// None where no position is low enough: the radius is a cheap lower bound of the height that spares the ellipsoid.
    #[inline(always)]
    fn around(position_m: &Vector3<S>) -> Option<Self> {
        let [x, y, z] = [position_m.x, position_m.y, position_m.z];
        let is_any = S::splat(ABOVE_THE_AIR_M * ABOVE_THE_AIR_M).is_above(x * x + y * y + z * z);
        if !S::any(is_any) {
            return None;
        }
        let (height_m, up) = heights_and_ups(position_m);
        let (density_kg_m3, slope_kg_m4) = height_m.map_pair(|height_m| {
            let air = air_at(height_m);
            (air.density_kg_m3, air.slope_kg_m4)
        });
        Some(Air { is_any, density_kg_m3, slope_kg_m4, up })
    }

    /// The first acceleration with its derivative in the air, the second above it.
    #[inline(always)]
    fn where_there_is_any<const N: usize>(
        &self,
        inside: (Vector3<S>, SMatrix<S, 3, N>),
        outside: (Vector3<S>, SMatrix<S, 3, N>),
    ) -> (Vector3<S>, SMatrix<S, 3, N>) {
        let select = |inside, outside| S::select(self.is_any, inside, outside);
        (inside.0.zip_map(&outside.0, select), inside.1.zip_map(&outside.1, select))
    }
}
