//! The way of one object from launch, or from where it was let go, to the ground.

use super::geodesic::geodesic;
use super::integrate::IntegrationError;
use super::leg::{Leg, Moment, climb_rate, falling, fly_freely, height, join, split};
use super::plan::PullUp;
use fusion_core::types::{Geodetic, geodetic_from_ecef};
use nalgebra::{Vector3, Vector6};
use serde::{Deserialize, Serialize};

/// Below this height above the ellipsoid a falling object counts as re-entering, m.
pub const REENTRY_HEIGHT_M: f64 = 100_000.0;

/// A flight that is not down after this long, s, does not come down as far as this project is concerned.
const LONGEST_FLIGHT_S: f64 = 21_600.0;

/// What part of its flight an object is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The motor burns: an infrared sensor may see the plume.
    Boost,
    /// Free flight, upwards or above [`REENTRY_HEIGHT_M`].
    Coast,
    /// Falling, below [`REENTRY_HEIGHT_M`].
    Reentry,
    /// No flight of a missile at all: an aircraft, a submarine.
    Cruise,
}

/// Where an object truly is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueState {
    /// Position, Earth-centred Earth-fixed, m.
    pub position_m: Vector3<f64>,
    /// Velocity in the Earth-fixed frame, m/s.
    pub velocity_m_s: Vector3<f64>,
    /// Part of the flight.
    pub phase: Phase,
}

/// A flown trajectory, known at every instant from its begin to impact.
///
/// Burns as kinematic profiles, pauses between them in vacuum; then free flight under WGS-84 gravity with J2, Coriolis
/// and centrifugal terms, and the drag (in a pull-up also the lift) of a body of constant ballistic coefficient in the
/// US Standard Atmosphere 1976, down to the ellipsoid.
#[derive(Clone, PartialEq)]
pub struct Trajectory {
    legs: Vec<Leg>,
    burnout_s: f64,
    apogee_s: f64,
    apogee_m: f64,
    impact_s: f64,
    impact: Geodetic,
    range_m: f64,
    downrange_m: f64,
    sideways_m: f64,
}

impl std::fmt::Debug for Trajectory {
    /// Without the hundreds of steps.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Trajectory")
            .field("burnout_s", &self.burnout_s())
            .field("burnout_speed_m_s", &self.burnout_speed_m_s())
            .field("burnout_angle_rad", &self.burnout_angle_rad())
            .field("apogee_s", &self.apogee_s)
            .field("apogee_m", &self.apogee_m)
            .field("impact_s", &self.impact_s)
            .field("impact", &self.impact)
            .field("range_m", &self.range_m)
            .finish_non_exhaustive()
    }
}

/// Why a pair of burnout speed and angle gave no flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NoFlight {
    Integration(IntegrationError),
    /// Not down after [`LONGEST_FLIGHT_S`], or down on the other side of the Earth.
    TooFar,
}

impl From<IntegrationError> for NoFlight {
    fn from(error: IntegrationError) -> Self {
        NoFlight::Integration(error)
    }
}

/// What falls, and from where it is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fall<'a> {
    pub launch: Geodetic,
    pub azimuth_rad: f64,
    pub ballistic_coefficient_kg_m2: f64,
    pub pull_up: Option<&'a PullUp>,
    /// Relative to the Earth's radius and the circular speed.
    pub tolerance: f64,
}

impl Fall<'_> {
    /// From `start` (s since launch; position, m, and velocity, m/s) to the ground, after the legs flown so far.
    pub fn fly(&self, mut legs: Vec<Leg>, start: Moment) -> Result<Trajectory, NoFlight> {
        let above_ground = |state: &Vector6<f64>| climb_rate(state).max(height(state));
        let mut reached = start;
        if let Some(pull_up) = self.pull_up {
            let above = |state: &Vector6<f64>| climb_rate(state).max(height(state) - pull_up.below_height_m);
            reached = self.leg(&mut legs, reached, None, above)?;
            let below_level = |state: &Vector6<f64>| height(state).min(-climb_rate(state));
            reached = self.leg(&mut legs, reached, self.pull_up, below_level)?;
        }
        // A pull-up that came too late has ended on the ground.
        let is_down = self.pull_up.is_some() && height(&reached.1) < -climb_rate(&reached.1);
        if !is_down {
            reached = self.leg(&mut legs, reached, None, above_ground)?;
        }
        self.arrive(legs, start.0, reached)
    }

    fn leg(
        &self,
        legs: &mut Vec<Leg>,
        start: Moment,
        lift: Option<&PullUp>,
        left: impl Fn(&Vector6<f64>) -> f64,
    ) -> Result<Moment, NoFlight> {
        let coefficient = self.ballistic_coefficient_kg_m2;
        let force = |position_m: &_, velocity_m_s: &_| falling(position_m, velocity_m_s, coefficient, lift);
        let (leg, end) = fly_freely(force, start, LONGEST_FLIGHT_S, left, self.tolerance)?;
        legs.push(leg);
        end.ok_or(NoFlight::TooFar)
    }

    fn arrive(
        &self,
        legs: Vec<Leg>,
        burnout_s: f64,
        (impact_s, ground): Moment,
    ) -> Result<Trajectory, NoFlight> {
        let impact = geodetic_from_ecef(&split(&ground).0);
        let (range_m, bearing_rad) = geodesic(self.launch, impact).ok_or(NoFlight::TooFar)?;
        let mut trajectory = Trajectory {
            legs,
            burnout_s,
            apogee_s: 0.0,
            apogee_m: f64::NEG_INFINITY,
            impact_s,
            impact,
            range_m,
            sideways_m: range_m * libm::sin(bearing_rad - self.azimuth_rad),
            downrange_m: range_m * libm::cos(bearing_rad - self.azimuth_rad),
        };
        let ends_s = trajectory.legs.iter().skip(1).map(|leg| leg.start_s).chain([impact_s]);
        let tops_s = trajectory.legs.iter().zip(ends_s).flat_map(|(leg, end_s)| leg.summits_s(end_s));
        // What falls from the beginning is highest there.
        let candidates_s: Vec<f64> = [trajectory.begins_s()].into_iter().chain(tops_s).collect();
        for time_s in candidates_s {
            let Some((position_m, _)) = trajectory.motion_at(time_s) else { continue };
            let height_m = geodetic_from_ecef(&position_m).height_m;
            if height_m > trajectory.apogee_m {
                (trajectory.apogee_s, trajectory.apogee_m) = (time_s, height_m);
            }
        }
        Ok(trajectory)
    }
}

impl Trajectory {
    /// Position, velocity and phase at a time since launch, s; none before its begin and after impact.
    ///
    /// Interpolated: within 0.1 m and 0.01 m/s of the integration. At the very instant of burnout it is coast. A pause
    /// between two stages is coast as well.
    pub fn state_at(&self, since_launch_s: f64) -> Option<TrueState> {
        if !(self.begins_s()..=self.impact_s).contains(&since_launch_s) {
            return None;
        }
        let (position_m, velocity_m_s) = self.motion_at(since_launch_s)?;
        let falling = since_launch_s > self.apogee_s;
        let phase = if self.leg_at(since_launch_s)?.burns() {
            Phase::Boost
        } else if falling && geodetic_from_ecef(&position_m).height_m < REENTRY_HEIGHT_M {
            Phase::Reentry
        } else {
            Phase::Coast
        };
        Some(TrueState { position_m, velocity_m_s, phase })
    }

    fn leg_at(&self, time_s: f64) -> Option<&Leg> {
        let later = self.legs.partition_point(|leg| leg.start_s <= time_s);
        self.legs.get(later.saturating_sub(1))
    }

    fn motion_at(&self, time_s: f64) -> Option<(Vector3<f64>, Vector3<f64>)> {
        self.leg_at(time_s)?.state_at(time_s)
    }

    /// The legs before an instant, and the state then (position, m; velocity, m/s): to fly on from there otherwise.
    pub(crate) fn until(&self, time_s: f64) -> Option<(Vec<Leg>, Vector6<f64>)> {
        let legs: Vec<Leg> = self.legs.iter().take_while(|leg| leg.start_s < time_s).cloned().collect();
        let (position_m, velocity_m_s) = legs.last()?.state_at(time_s)?;
        Some((legs, join(&position_m, &velocity_m_s)))
    }

    /// Begin, s since launch: zero, or for a dropped stage or a fragment the instant it was let go.
    pub fn begins_s(&self) -> f64 {
        self.legs.first().map_or(0.0, |leg| leg.start_s)
    }

    /// End of the last burn, s since launch; of a body that was let go and never burns, its begin.
    pub fn burnout_s(&self) -> f64 {
        self.burnout_s
    }

    /// Speed at the last burnout in the Earth-fixed frame, m/s.
    pub fn burnout_speed_m_s(&self) -> f64 {
        self.burnout_state().1.norm()
    }

    /// Angle of the velocity over the local horizontal at the last burnout, radians.
    pub fn burnout_angle_rad(&self) -> f64 {
        let (position_m, velocity_m_s) = self.burnout_state();
        let up = climb_rate(&join(&position_m, &velocity_m_s)) / velocity_m_s.norm();
        libm::asin(up.clamp(-1.0, 1.0))
    }

    /// Position (m) and velocity (m/s) at the last burnout, Earth-centred Earth-fixed.
    pub fn burnout_state(&self) -> (Vector3<f64>, Vector3<f64>) {
        self.motion_at(self.burnout_s).unwrap_or_default()
    }

    /// Instant of the greatest height, s since launch.
    pub fn apogee_s(&self) -> f64 {
        self.apogee_s
    }

    /// Greatest height above the ellipsoid, m.
    pub fn apogee_m(&self) -> f64 {
        self.apogee_m
    }

    /// Instant of impact, s since launch.
    pub fn impact_s(&self) -> f64 {
        self.impact_s
    }

    /// Place of impact, on the ellipsoid.
    pub fn impact(&self) -> Geodetic {
        self.impact
    }

    /// Length of the geodesic from the launch point to the impact point, m.
    pub fn range_m(&self) -> f64 {
        self.range_m
    }

    /// The parts of [`Trajectory::range_m`] along and across (to the right of) the azimuth of the launch, m.
    pub(crate) fn downrange_and_sideways_m(&self) -> (f64, f64) {
        (self.downrange_m, self.sideways_m)
    }
}
