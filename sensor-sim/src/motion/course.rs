//! A course over the ground: straight pieces and turns, flown or sailed over the ellipsoid.

use crate::flight::integrate::{IntegrationError, Step, integrate};
use fusion_core::types::{
    EARTH_RADIUS_EQUATORIAL_M, FLATTENING, Geodetic, ecef_from_enu, ecef_from_geodetic, height_and_up,
};
use nalgebra::{Vector3, Vector6};
use std::ops::ControlFlow;
use thiserror::Error;

/// Legs that a plan may have, and legs that may be flown in all, repeats included.
const MAXIMUM_LEGS: (usize, usize) = (1_000, 20_000);
/// The shortest leg and the longest time of a course, s.
const TIMES_S: (f64, f64) = (1.0, 172_800.0);
const FASTEST_M_S: f64 = 1_000.0;
const HEIGHTS_M: (f64, f64) = (-500.0, 30_000.0);
const FASTEST_TURN_RAD_S: f64 = 20.0 * std::f64::consts::PI / 180.0;
const STEEPEST_CLIMB_M_S: f64 = 300.0;
const HARDEST_ACCELERATION_M_S2: f64 = 50.0;
/// Error allowed in one step: position, m, and direction.
const TOLERANCE: (f64, f64) = (1e-4, 1e-10);

/// A piece of a course during which nothing changes but place, heading and, steadily, speed and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// How long it lasts, s, at least 1.
    pub seconds: f64,
    /// Rate of turn, rad/s, clockwise (to the right) positive; zero is straight on, along a geodesic.
    pub turn_rad_s: f64,
    /// Rate of climb, m/s.
    pub climb_m_s: f64,
    /// Rate at which the speed over the ground grows, m/s².
    pub acceleration_m_s2: f64,
}

/// What a course is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct CoursePlan {
    /// Where it starts.
    pub start: Geodetic,
    /// Heading at the start, radians clockwise from north.
    pub heading_rad: f64,
    /// Horizontal speed at the start, m/s, at the height of the course. Climbing comes on top.
    pub speed_m_s: f64,
    /// Legs one after the other; after the last one straight on at constant height and speed.
    pub legs: Vec<Leg>,
    /// Whether the first leg follows the last one, again and again: a race-track.
    pub repeats: bool,
}

/// What is wrong with a course.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CourseError {
    /// A value lies outside what it may be.
    #[error("{}{key} = {value} is not allowed; it must be {allowed}", place(.leg))]
    OutOfRange {
        /// The leg, counted from one; none for the course itself.
        leg: Option<usize>,
        /// The key.
        key: &'static str,
        /// Its value, SI and radians.
        value: f64,
        /// What it may be.
        allowed: String,
    },
    /// More legs than there may be, repeats included.
    #[error("the course has {count} legs to go, repeats included; at most {allowed} are allowed")]
    TooManyLegs {
        /// How many there are.
        count: usize,
        /// How many there may be.
        allowed: usize,
    },
    /// The course can't be integrated.
    #[error(transparent)]
    Integration(#[from] IntegrationError),
}

fn place(leg: &Option<usize>) -> String {
    leg.map_or(String::new(), |leg| format!("leg {leg}: "))
}

/// A course, known at every instant.
///
/// Straight on means along a geodesic (the shortest way over the ground, whose compass heading changes slowly), not
/// along a line of constant heading. The way is integrated once, as position and unit vector of the heading in
/// Earth-fixed axes, which is regular at the poles; within a centimetre per hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pieces: Vec<Piece>,
    until_s: f64,
}

/// A step of the integration, and what is steady in it.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    step: Step<6>,
    /// Speed at time zero, if the leg had always been.
    speed_m_s: f64,
    leg: Leg,
}

impl CoursePlan {
    /// Whether the plan can be carried out for so long, s; the first thing that is wrong otherwise.
    ///
    /// # Errors
    /// [`CourseError::OutOfRange`] names the key; speeds (0 to 1,000 m/s) and heights (-500 to 30,000 m) are checked
    /// at the end of every leg as well. [`CourseError::TooManyLegs`].
    pub fn check(&self, until_s: f64) -> Result<(), CourseError> {
        use std::f64::consts::{FRAC_PI_2, TAU};
        check(None, "until_s", until_s, (0.0, TIMES_S.1))?;
        check(None, "latitude_rad", self.start.latitude_rad, (-FRAC_PI_2, FRAC_PI_2))?;
        check(None, "longitude_rad", self.start.longitude_rad, (-TAU, TAU))?;
        check(None, "height_m", self.start.height_m, HEIGHTS_M)?;
        check(None, "heading_rad", self.heading_rad, (-TAU, TAU))?;
        check(None, "speed_m_s", self.speed_m_s, (0.0, FASTEST_M_S))?;
        if self.legs.len() > MAXIMUM_LEGS.0 {
            return Err(CourseError::TooManyLegs { count: self.legs.len(), allowed: MAXIMUM_LEGS.0 });
        }
        for (index, leg) in self.legs.iter().enumerate() {
            let leg_check = |key, value, allowed| check(Some(index + 1), key, value, allowed);
            let both = |most: f64| (-most, most);
            leg_check("seconds", leg.seconds, TIMES_S)?;
            leg_check("turn_rad_s", leg.turn_rad_s, both(FASTEST_TURN_RAD_S))?;
            leg_check("climb_m_s", leg.climb_m_s, both(STEEPEST_CLIMB_M_S))?;
            leg_check("acceleration_m_s2", leg.acceleration_m_s2, both(HARDEST_ACCELERATION_M_S2))?;
        }
        self.check_way(until_s)
    }

    /// Speed and height along the way: both are linear in a leg, so that its end tells.
    fn check_way(&self, until_s: f64) -> Result<(), CourseError> {
        let (mut speed_m_s, mut height_m) = (self.speed_m_s, self.start.height_m);
        for (count, (start_s, leg)) in self.legs_until(until_s).enumerate() {
            if count >= MAXIMUM_LEGS.1 {
                return Err(CourseError::TooManyLegs { count: count + 1, allowed: MAXIMUM_LEGS.1 });
            }
            let seconds = leg.seconds.min(until_s - start_s);
            speed_m_s += leg.acceleration_m_s2 * seconds;
            height_m += leg.climb_m_s * seconds;
            // A race-track comes back to its first speed and height but for rounding.
            let number = Some(count % self.legs.len().max(1) + 1);
            check(number, "speed_m_s", speed_m_s, (-1e-6, FASTEST_M_S + 1e-6))?;
            check(number, "height_m", height_m, (HEIGHTS_M.0 - 1e-6, HEIGHTS_M.1 + 1e-6))?;
        }
        Ok(())
    }

    /// Beginnings (s) and legs in the order in which they are gone through, ending straight on, until a time.
    fn legs_until(&self, until_s: f64) -> impl Iterator<Item = (f64, Leg)> + '_ {
        let rounds = if self.repeats && !self.legs.is_empty() { usize::MAX } else { 1 };
        let straight_on =
            Leg { seconds: f64::INFINITY, turn_rad_s: 0.0, climb_m_s: 0.0, acceleration_m_s2: 0.0 };
        let legs = std::iter::repeat_n(&self.legs, rounds).flatten().copied();
        legs.chain([straight_on])
            .scan(0.0, |next_s, leg| {
                let start_s = *next_s;
                *next_s += leg.seconds;
                Some((start_s, leg))
            })
            .take_while(move |(start_s, _)| *start_s < until_s)
    }
}

fn check(
    leg: Option<usize>,
    key: &'static str,
    value: f64,
    (least, most): (f64, f64),
) -> Result<(), CourseError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(CourseError::OutOfRange { leg, key, value, allowed: format!("{least} to {most}") })
}

impl Course {
    /// Works out a plan for times from zero to `until_s`.
    ///
    /// # Errors
    /// What [`CoursePlan::check`] finds; [`CourseError::Integration`] is not known to happen.
    pub fn new(plan: &CoursePlan, until_s: f64) -> Result<Self, CourseError> {
        plan.check(until_s)?;
        let (sine, cosine) = libm::sincos(plan.heading_rad);
        let direction = ecef_from_enu(plan.start) * Vector3::new(sine, cosine, 0.0);
        let mut state = join(&ecef_from_geodetic(plan.start), &direction);
        let mut speed_m_s = plan.speed_m_s;
        let tolerance = join(&Vector3::repeat(TOLERANCE.0), &Vector3::repeat(TOLERANCE.1));
        // At least one piece, also for no time at all.
        let until_s = until_s.max(1.0);
        let mut pieces = Vec::new();
        for (start_s, leg) in plan.legs_until(until_s) {
            let end_s = (start_s + leg.seconds).min(until_s);
            let at_zero_m_s = speed_m_s - leg.acceleration_m_s2 * start_s;
            let speed_at = |time_s: f64| at_zero_m_s + leg.acceleration_m_s2 * time_s;
            let derivative = |time_s: f64, state: &Vector6<f64>| derivative(state, speed_at(time_s), &leg);
            integrate(derivative, (start_s, state), end_s, &tolerance, |step| {
                state = step.at(step.end_s());
                pieces.push(Piece { step, speed_m_s: at_zero_m_s, leg });
                ControlFlow::Continue(())
            })?;
            speed_m_s = speed_at(end_s);
            state = level(&state);
        }
        Ok(Course { pieces, until_s })
    }

    /// Position (m) and velocity (m/s) in Earth-fixed axes so many seconds after the start.
    ///
    /// Before the start and after the time for which the course was worked out: on along the tangent, a straight line
    /// in space, which leaves the ground by 2 cm within 10 s at 50 m/s and by half a metre at 250 m/s. A time that is
    /// not a number gives what is not a number.
    pub fn state_at(&self, seconds: f64) -> (Vector3<f64>, Vector3<f64>) {
        let inside_s = seconds.clamp(0.0, self.until_s);
        let index = self.pieces.partition_point(|piece| piece.step.end_s() < inside_s);
        let Some(piece) = self.pieces.get(index).or(self.pieces.last()) else {
            // There is at least one piece.
            return (Vector3::repeat(f64::NAN), Vector3::repeat(f64::NAN));
        };
        let state = level(&piece.step.at(inside_s));
        let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
        let direction: Vector3<f64> = state.fixed_rows::<3>(3).into();
        let (_, up) = height_and_up(&position_m);
        let speed_m_s = piece.speed_m_s + piece.leg.acceleration_m_s2 * inside_s;
        let velocity_m_s = direction * speed_m_s + up * piece.leg.climb_m_s;
        (position_m + velocity_m_s * (seconds - inside_s), velocity_m_s)
    }
}

/// Change of position and heading vector in Earth-fixed axes.
///
/// The heading vector stays horizontal as the vertical turns with the place (parallel transport: a geodesic), and turns
/// about the vertical at the leg's rate. The vertical turns by the radii of curvature of meridian and prime vertical.
fn derivative(state: &Vector6<f64>, speed_m_s: f64, leg: &Leg) -> Vector6<f64> {
    const ECCENTRICITY_SQUARED: f64 = FLATTENING * (2.0 - FLATTENING);
    let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
    let direction: Vector3<f64> = state.fixed_rows::<3>(3).into();
    let (height_m, up) = height_and_up(&position_m);
    let bulge = 1.0 - ECCENTRICITY_SQUARED * up.z * up.z;
    let prime_vertical_m = EARTH_RADIUS_EQUATORIAL_M / bulge.sqrt();
    let meridian_m = prime_vertical_m * (1.0 - ECCENTRICITY_SQUARED) / bulge;
    // Square of the heading's part to the east; at a pole, where there is no east, both radii are the same.
    let eastward_m = direction.y * position_m.x - direction.x * position_m.y;
    let axis_m2 = position_m.x * position_m.x + position_m.y * position_m.y;
    let east2 = (eastward_m * eastward_m / axis_m2.max(f64::MIN_POSITIVE)).min(1.0);
    let curvature = east2 / (prime_vertical_m + height_m) + (1.0 - east2) / (meridian_m + height_m);
    let right = direction.cross(&up);
    join(
        &(direction * speed_m_s + up * leg.climb_m_s),
        &(right * leg.turn_rad_s - up * (speed_m_s * curvature)),
    )
}

/// The state with a heading vector that is horizontal and of length one again, against the integration's small errors.
fn level(state: &Vector6<f64>) -> Vector6<f64> {
    let position_m: Vector3<f64> = state.fixed_rows::<3>(0).into();
    let direction: Vector3<f64> = state.fixed_rows::<3>(3).into();
    let (_, up) = height_and_up(&position_m);
    join(&position_m, &(direction - up * direction.dot(&up)).normalize())
}

fn join(first: &Vector3<f64>, second: &Vector3<f64>) -> Vector6<f64> {
    Vector6::new(first.x, first.y, first.z, second.x, second.y, second.z)
}

#[cfg(test)]
mod tests;
