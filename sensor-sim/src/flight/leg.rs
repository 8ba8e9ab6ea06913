//! One leg of a trajectory, with its dense output, and the forces of free flight.

use super::integrate::{IntegrationError, Step, integrate};
use super::plan::PullUp;
use super::steered::{Speed, Steered};
use fusion_core::dynamics::{
    atmosphere::{TOP_OF_ATMOSPHERE_M, air_at},
    gravity::{apparent_acceleration, gravitational_acceleration},
};
use fusion_core::types::{EARTH_RADIUS_EQUATORIAL_M, ecef_from_enu, geodetic_from_ecef};
use nalgebra::{Vector3, Vector6};
use std::ops::ControlFlow;

/// One leg: from its start to the start of the next one, even where its steps go on beyond.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leg {
    /// Begin, s since launch.
    pub start_s: f64,
    /// How the object moves in it.
    pub motion: Motion,
}

/// How an object moves in a leg.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Motion {
    /// A burn that is steered.
    Steered(Steered),
    /// A burn in which gravity turns the velocity: position (m) and direction of the velocity.
    Turn(Speed, Vec<Step<6>>),
    /// Free flight: position (m) and velocity (m/s).
    Free(Vec<Step<6>>),
}

impl Leg {
    /// Whether a motor burns.
    pub fn burns(&self) -> bool {
        !matches!(self.motion, Motion::Free(_))
    }

    /// Position (m) and velocity (m/s), Earth-centred Earth-fixed, at a time of the leg (s since launch).
    pub fn state_at(&self, time_s: f64) -> Option<(Vector3<f64>, Vector3<f64>)> {
        match &self.motion {
            Motion::Steered(steered) => Some(steered.state_at(time_s)),
            Motion::Free(steps) => interpolate(steps, time_s).map(|state| split(&state)),
            Motion::Turn(speed, steps) => {
                let (position_m, direction) = split(&interpolate(steps, time_s)?);
                Some((position_m, direction.normalize() * speed.at(time_s)))
            }
        }
    }

    /// Instants (s since launch) before `end_s` at which the object stops climbing.
    pub fn summits_s(&self, end_s: f64) -> impl Iterator<Item = f64> {
        let steps = match &self.motion {
            Motion::Steered(_) => &[], // Climbs all the time.
            Motion::Turn(_, steps) | Motion::Free(steps) => steps.as_slice(),
        };
        let mut climbs = steps.first().is_some_and(|step| climb_rate(&step.at(step.start_s)) > 0.0);
        let tops = steps.iter().filter_map(move |step| {
            let climbed = climbs;
            climbs = climb_rate(&step.at(step.end_s())) > 0.0;
            (climbed && !climbs).then(|| step.root(climb_rate))
        });
        tops.filter(move |time_s| *time_s <= end_s)
    }
}

/// An instant, s since launch, and the state then: position (m) and velocity (m/s).
pub(crate) type Moment = (f64, Vector6<f64>);

fn interpolate(steps: &[Step<6>], time_s: f64) -> Option<Vector6<f64>> {
    let later = steps.partition_point(|step| step.start_s <= time_s);
    steps.get(later.saturating_sub(1)).map(|step| step.at(time_s))
}

/// Position and velocity, or position and direction, as one vector.
pub(crate) fn join(position_m: &Vector3<f64>, velocity: &Vector3<f64>) -> Vector6<f64> {
    Vector6::new(position_m.x, position_m.y, position_m.z, velocity.x, velocity.y, velocity.z)
}

/// The two halves of [`join`].
pub(crate) fn split(state: &Vector6<f64>) -> (Vector3<f64>, Vector3<f64>) {
    (Vector3::new(state[0], state[1], state[2]), Vector3::new(state[3], state[4], state[5]))
}

/// Height above the ellipsoid, m.
pub(crate) fn height(state: &Vector6<f64>) -> f64 {
    geodetic_from_ecef(&split(state).0).height_m
}

/// Vertical part of the second half of a state.
pub(crate) fn climb_rate(state: &Vector6<f64>) -> f64 {
    let (position_m, velocity_m_s) = split(state);
    velocity_m_s.dot(&ecef_from_enu(geodetic_from_ecef(&position_m)).column(2))
}

/// Flies freely from `start` (s since launch, state) until `end_s`, or until `left` is no longer positive.
///
/// `force` gives the acceleration in the Earth-fixed frame, m/s². Gives the leg and the instant and state at its end;
/// none for the end when `end_s` came first and `left` was never used up.
pub(crate) fn fly_freely(
    force: impl Fn(&Vector3<f64>, &Vector3<f64>) -> Vector3<f64>,
    start: Moment,
    end_s: f64,
    left: impl Fn(&Vector6<f64>) -> f64,
    tolerance: f64,
) -> Result<(Leg, Option<Moment>), IntegrationError> {
    let (small_m, small_m_s) = (tolerance * EARTH_RADIUS_EQUATORIAL_M, tolerance * 7_905.0);
    let allowed = join(&Vector3::repeat(small_m), &Vector3::repeat(small_m_s));
    let mut steps: Vec<Step<6>> = Vec::with_capacity(128);
    let mut end = None;
    integrate(
        |_, state| {
            let (position_m, velocity_m_s) = split(state);
            join(&velocity_m_s, &force(&position_m, &velocity_m_s))
        },
        start,
        end_s,
        &allowed,
        |step| {
            let used_up = left(&step.at(step.end_s())) <= 0.0;
            if used_up {
                let time_s = step.root(&left);
                end = Some((time_s, step.at(time_s)));
            }
            steps.push(step);
            if used_up { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    Ok((Leg { start_s: start.0, motion: Motion::Free(steps) }, end))
}

/// Gravity with J2, Coriolis and centrifugal acceleration, m/s².
pub(crate) fn gravity(position_m: &Vector3<f64>, velocity_m_s: &Vector3<f64>) -> Vector3<f64> {
    gravitational_acceleration(position_m) + apparent_acceleration(position_m, velocity_m_s)
}

/// Acceleration of a falling body, m/s²: [`gravity`], drag and, in a pull-up, lift.
pub(crate) fn falling(
    position_m: &Vector3<f64>,
    velocity_m_s: &Vector3<f64>,
    ballistic_coefficient_kg_m2: f64,
    pull_up: Option<&PullUp>,
) -> Vector3<f64> {
    let mut acceleration_m_s2 = gravity(position_m, velocity_m_s);
    // Outside the highest air by the equatorial radius: no need to ask for the exact height.
    if position_m.norm() < EARTH_RADIUS_EQUATORIAL_M + TOP_OF_ATMOSPHERE_M {
        let place = geodetic_from_ecef(position_m);
        let speed_m_s = velocity_m_s.norm();
        let drag_per_speed =
            0.5 * air_at(place.height_m).density_kg_m3 * speed_m_s / ballistic_coefficient_kg_m2;
        acceleration_m_s2 -= velocity_m_s * drag_per_speed;
        if let Some(pull_up) = pull_up {
            let up: Vector3<f64> = ecef_from_enu(place).column(2).into();
            let across = up * speed_m_s - velocity_m_s * (up.dot(velocity_m_s) / speed_m_s.max(1e-9));
            // Straight down, no plane is vertical alone and there is no way up.
            let norm = across.norm().max(1e-9);
            acceleration_m_s2 += across * (pull_up.lift_to_drag * drag_per_speed * speed_m_s / norm);
        }
    }
    acceleration_m_s2
}
