//! From launch to the last burnout: the steered burn, the gravity turn, and the pauses between stages.

use super::integrate::{IntegrationError, Step, integrate};
use super::leg::{Leg, Moment, Motion, fly_freely, gravity, join, split};
use super::plan::{BoostProfile, FlightPlan};
use super::steered::{Pitch, SPEED_EXPONENT, Speed, Steered};
use fusion_core::types::EARTH_RADIUS_EQUATORIAL_M;
use nalgebra::{Vector3, Vector6};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use std::ops::ControlFlow;

/// Share of the first burn that goes straight up, and at which the linear pitch begins.
const LINEAR_VERTICAL_SHARE: f64 = 0.1;
/// Share of the first burn that goes straight up before the pitch-over of a gravity turn.
const VERTICAL_SHARE: f64 = 0.05;
/// Share of the first burn at which the pitch-over is done and gravity alone turns the velocity.
pub(crate) const PITCHED_SHARE: f64 = 0.15;

/// What of a flight is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// Speed gained by the thrust of all stages, m/s; with one stage the speed at burnout.
    pub speed_m_s: f64,
    /// Angle over the local horizontal at burnout, radians: exact for the linear pitch. For the gravity turn that of
    /// a turn over a plane without Coriolis force, from which the pitch-over follows.
    pub angle_rad: f64,
}

/// The legs up to the last burnout, and its instant (s since launch) and state (position, m; velocity, m/s).
pub(crate) type Ascent = (Vec<Leg>, Moment);

/// Flies up to the last burnout. The speed in every burn is prescribed, so that no mass and no thrust is needed.
pub(crate) fn climb(plan: &FlightPlan, point: Point, tolerance: f64) -> Result<Ascent, IntegrationError> {
    let mut burns = plan.stages.iter().zip(plan.burns_s()).zip(plan.gains());
    let mut legs = Vec::with_capacity(3 * plan.stages.len() + 3);
    let mut reached = (0.0, Vector6::zeros());
    if let Some(((stage, _), share)) = burns.next() {
        let speed = Speed {
            ignition_s: 0.0,
            burn_s: stage.burn_s,
            ignition_m_s: 0.0,
            gain_m_s: point.speed_m_s * share,
        };
        // Finer: the velocity is given and not interpolated, and the slope of the position has to agree with it.
        let tolerance_m = 0.1 * tolerance * EARTH_RADIUS_EQUATORIAL_M;
        let pitch = steering(plan, point);
        let steered = Steered::new(plan.launch, plan.azimuth_rad, speed, pitch, tolerance_m)?;
        let end_s = steered.end_s();
        let (position_m, velocity_m_s) = steered.state_at(end_s);
        reached = (end_s, join(&position_m, &velocity_m_s));
        legs.push(Leg { start_s: 0.0, motion: Motion::Steered(steered) });
        if end_s < stage.burn_s {
            reached = turn(speed, reached, tolerance, &mut legs)?;
        }
    }
    for ((stage, (ignition_s, _)), share) in burns {
        if reached.0 < ignition_s {
            // No drag: the plan knows no body for what still flies together, and a pause lies high or is short.
            let (leg, _) = fly_freely(gravity, reached, ignition_s, |_| 1.0, tolerance)?;
            if let Some((position_m, velocity_m_s)) = leg.state_at(ignition_s) {
                reached = (ignition_s, join(&position_m, &velocity_m_s));
            }
            legs.push(leg);
        }
        let speed = Speed {
            ignition_s,
            burn_s: stage.burn_s,
            ignition_m_s: split(&reached.1).1.norm(),
            gain_m_s: point.speed_m_s * share,
        };
        reached = turn(speed, reached, tolerance, &mut legs)?;
    }
    Ok((legs, reached))
}

/// The gravity turn from `start` to the end of a burn: with the speed v(t) given, dv/dt = v̇ v̂ + (I − v̂ v̂ᵀ) g, g with
/// J2, Coriolis and centrifugal acceleration, so that what is not gravity acts along the velocity. Integrated as
/// position and direction, in which the prescribed speed is exact.
///
/// Culler and Fried, "Universal gravity turn trajectories", *J. Appl. Phys.* 28 (1957) 672-676, equations 1 and 2, here
/// over the rotating ellipsoid.
fn turn(
    speed: Speed,
    start: Moment,
    tolerance: f64,
    legs: &mut Vec<Leg>,
) -> Result<Moment, IntegrationError> {
    let (position_m, velocity_m_s) = split(&start.1);
    let end_s = speed.ignition_s + speed.burn_s;
    let allowed = join(&Vector3::repeat(tolerance * EARTH_RADIUS_EQUATORIAL_M), &Vector3::repeat(tolerance));
    let mut steps: Vec<Step<6>> = Vec::with_capacity(64);
    integrate(
        |time_s, state| {
            let (position_m, direction) = split(state);
            let (direction, speed_m_s) = (direction.normalize(), speed.at(time_s));
            let velocity_m_s = direction * speed_m_s;
            let pull_m_s2 = gravity(&position_m, &velocity_m_s);
            join(&velocity_m_s, &((pull_m_s2 - direction * pull_m_s2.dot(&direction)) / speed_m_s))
        },
        (start.0, join(&position_m, &velocity_m_s.normalize())),
        end_s,
        &allowed,
        |step| {
            steps.push(step);
            ControlFlow::Continue(())
        },
    )?;
    let leg = Leg { start_s: start.0, motion: Motion::Turn(speed, steps) };
    let end = leg.state_at(end_s).map(|(position_m, velocity_m_s)| join(&position_m, &velocity_m_s));
    legs.push(leg);
    Ok((end_s, end.unwrap_or(start.1)))
}

fn steering(plan: &FlightPlan, point: Point) -> Pitch {
    match plan.profile {
        BoostProfile::LinearPitch => Pitch {
            from_share: LINEAR_VERTICAL_SHARE,
            until_share: 1.0,
            end_angle_rad: point.angle_rad,
            smooth: false,
        },
        BoostProfile::GravityTurn => {
            // Over a plane, with θ from the vertical, θ̇ = g sin θ / v: tan(θ / 2) grows by the exponential of ∫ g / v dt.
            let half = libm::tan(0.5 * (FRAC_PI_2 - point.angle_rad)) / turning(plan, point.speed_m_s);
            Pitch {
                from_share: VERTICAL_SHARE,
                until_share: PITCHED_SHARE,
                end_angle_rad: FRAC_PI_2 - 2.0 * libm::atan(half),
                smooth: true,
            }
        }
    }
}

/// exp ∫ (g − v² / R) / v dt from the pitch-over to the last burnout, roughly: it only scales the search.
fn turning(plan: &FlightPlan, speed_m_s: f64) -> f64 {
    const PARTS: u32 = 16;
    let rate = |speed_m_s: f64| (9.8 / speed_m_s - speed_m_s / EARTH_RADIUS_EQUATORIAL_M).max(0.0);
    let (mut sum, mut reached_m_s, mut from) = (0.0, 0.0, PITCHED_SHARE);
    for (stage, share) in plan.stages.iter().zip(plan.gains()) {
        let gain_m_s = speed_m_s * share;
        for part in 0..PARTS {
            let done = from + (1.0 - from) * (f64::from(part) + 0.5) / f64::from(PARTS);
            let now_m_s = reached_m_s + gain_m_s * libm::pow(done, SPEED_EXPONENT);
            sum += rate(now_m_s) * stage.burn_s * (1.0 - from) / f64::from(PARTS);
        }
        reached_m_s += gain_m_s;
        sum += rate(reached_m_s) * stage.pause_s;
        from = 0.0;
    }
    libm::exp(sum.min(20.0))
}

impl FlightPlan {
    /// A first guess: a parabola over a mean gravity, lessened by the centrifugal force.
    pub(crate) fn guess(&self, speeds_m_s: (f64, f64)) -> Point {
        let radius_m = EARTH_RADIUS_EQUATORIAL_M;
        let (mut height_m, mut downrange_m, mut horizontal_m_s) = (0.0, 0.0, 0.0);
        let mut guess = Point { speed_m_s: speeds_m_s.0, angle_rad: FRAC_PI_4 };
        let (mut mean_s, mut reached) = (0.0, 0.0);
        for (stage, share) in self.stages.iter().zip(self.gains()) {
            mean_s += 2.4 * reached * stage.burn_s + share * stage.burn_s;
            reached += share;
            mean_s += 2.4 * reached * stage.pause_s;
        }
        for _ in 0..8 {
            let shrink = radius_m / (radius_m + 0.5 * (self.apogee_m + height_m));
            let centrifugal_m_s2 = horizontal_m_s * horizontal_m_s / radius_m * shrink;
            let gravity_m_s2 = (9.81 * shrink * shrink - centrifugal_m_s2).max(2.0);
            let vertical_m_s =
                (2.0 * gravity_m_s2 * (self.apogee_m - height_m).max(0.05 * self.apogee_m)).sqrt();
            let coast_s = vertical_m_s / gravity_m_s2 + (2.0 * self.apogee_m / gravity_m_s2).sqrt();
            horizontal_m_s = (self.range_m - downrange_m).max(0.2 * self.range_m) / coast_s / shrink;
            let speed_m_s = libm::hypot(vertical_m_s, horizontal_m_s);
            let angle_rad = libm::atan2(vertical_m_s, horizontal_m_s);
            guess = Point { speed_m_s: speed_m_s.clamp(speeds_m_s.0, speeds_m_s.1), angle_rad };
            let (sine, cosine) = libm::sincos(FRAC_PI_4 + 0.5 * angle_rad);
            let length_m = guess.speed_m_s * mean_s / 2.4;
            (height_m, downrange_m) = (length_m * sine, length_m * cosine);
        }
        let pauses_s: f64 = self.stages.iter().rev().skip(1).map(|stage| stage.pause_s).sum();
        guess.speed_m_s += 9.0 * libm::sin(guess.angle_rad) * pauses_s;
        guess
    }
}
