//! The way of one object from launch to the ground.

use super::boost::Boost;
use super::geodesic::geodesic;
use super::integrate::{IntegrationError, Step, integrate};
use fusion_core::dynamics::{
    atmosphere::{TOP_OF_ATMOSPHERE_M, air_at},
    gravity::{apparent_acceleration, gravitational_acceleration},
};
use fusion_core::types::{EARTH_RADIUS_EQUATORIAL_M, Geodetic, ecef_from_enu, geodetic_from_ecef};
use nalgebra::{Vector3, Vector6};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

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

/// A flown trajectory, known at every instant from launch to impact.
///
/// Burn as a kinematic profile; then free flight under WGS-84 gravity with J2, Coriolis and centrifugal terms, and
/// the drag of a body of constant ballistic coefficient in the US Standard Atmosphere 1976, down to the ellipsoid.
#[derive(Clone, PartialEq)]
pub struct Trajectory {
    boost: Boost,
    coast: Vec<Step<6>>,
    apogee_s: f64,
    apogee_m: f64,
    impact_s: f64,
    impact: Geodetic,
    range_m: f64,
    downrange_m: f64,
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

impl Trajectory {
    /// Flies from burnout to the ground. `tolerance` is relative to the Earth's radius and the circular speed.
    pub(crate) fn fly(
        boost: Boost,
        launch: Geodetic,
        azimuth_rad: f64,
        ballistic_coefficient_kg_m2: f64,
        tolerance: f64,
    ) -> Result<Self, NoFlight> {
        let (position_m, velocity_m_s) = boost.state_at(boost.boost_s);
        let start = join(&position_m, &velocity_m_s);
        let (small_m, small_m_s) = (tolerance * EARTH_RADIUS_EQUATORIAL_M, tolerance * 7_905.0);
        let allowed = join(&Vector3::repeat(small_m), &Vector3::repeat(small_m_s));
        let mut coast: Vec<Step<6>> = Vec::with_capacity(128);
        let (mut apogee_s, mut impact_s) = (None, None);
        integrate(
            |_, state| free_flight(state, ballistic_coefficient_kg_m2),
            (boost.boost_s, start),
            LONGEST_FLIGHT_S,
            &allowed,
            |step| {
                let end = step.at(step.end_s());
                if apogee_s.is_none() && climb_rate(&end) <= 0.0 {
                    apogee_s = Some(step.root(climb_rate));
                }
                let down = apogee_s.is_some() && height(&end) <= 0.0;
                if down {
                    impact_s = Some(step.root(height));
                }
                coast.push(step);
                if down { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )?;
        let (Some(apogee_s), Some(impact_s)) = (apogee_s, impact_s) else { return Err(NoFlight::TooFar) };
        let at = |time_s| interpolate(&coast, time_s).map(|state| split(&state).0);
        let (Some(top_m), Some(ground_m)) = (at(apogee_s), at(impact_s)) else {
            return Err(NoFlight::TooFar);
        };
        let impact = geodetic_from_ecef(&ground_m);
        let (range_m, bearing_rad) = geodesic(launch, impact).ok_or(NoFlight::TooFar)?;
        Ok(Trajectory {
            boost,
            coast,
            apogee_s,
            apogee_m: geodetic_from_ecef(&top_m).height_m,
            impact_s,
            impact,
            range_m,
            downrange_m: range_m * libm::copysign(1.0, libm::cos(bearing_rad - azimuth_rad)),
        })
    }

    /// Position, velocity and phase at a time since launch, s; none before launch and after impact.
    ///
    /// Interpolated: within 0.1 m and 0.01 m/s of the integration. At the very instant of burnout it is coast.
    pub fn state_at(&self, since_launch_s: f64) -> Option<TrueState> {
        if !(0.0..=self.impact_s).contains(&since_launch_s) {
            return None;
        }
        if since_launch_s < self.boost.boost_s {
            let (position_m, velocity_m_s) = self.boost.state_at(since_launch_s);
            return Some(TrueState { position_m, velocity_m_s, phase: Phase::Boost });
        }
        let state = interpolate(&self.coast, since_launch_s)?;
        let (position_m, velocity_m_s) = split(&state);
        let falling = since_launch_s > self.apogee_s;
        let phase = if falling && height(&state) < REENTRY_HEIGHT_M { Phase::Reentry } else { Phase::Coast };
        Some(TrueState { position_m, velocity_m_s, phase })
    }

    /// End of the burn, s since launch.
    pub fn burnout_s(&self) -> f64 {
        self.boost.boost_s
    }

    /// Speed at burnout in the Earth-fixed frame, m/s.
    pub fn burnout_speed_m_s(&self) -> f64 {
        self.boost.burnout_speed_m_s
    }

    /// Angle of the velocity over the local horizontal at burnout, radians.
    pub fn burnout_angle_rad(&self) -> f64 {
        self.boost.burnout_angle_rad
    }

    /// Position (m) and velocity (m/s) at burnout, Earth-centred Earth-fixed.
    pub fn burnout_state(&self) -> (Vector3<f64>, Vector3<f64>) {
        self.boost.state_at(self.boost.boost_s)
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

    /// The burn, to fly on from it with another body.
    pub(crate) fn boost(&self) -> &Boost {
        &self.boost
    }

    /// [`Trajectory::range_m`] with a sign: negative where the impact lies behind the launch point.
    pub(crate) fn downrange_m(&self) -> f64 {
        self.downrange_m
    }
}

fn interpolate(coast: &[Step<6>], time_s: f64) -> Option<Vector6<f64>> {
    let later = coast.partition_point(|step| step.start_s <= time_s);
    coast.get(later.saturating_sub(1)).map(|step| step.at(time_s))
}

fn join(position_m: &Vector3<f64>, velocity_m_s: &Vector3<f64>) -> Vector6<f64> {
    Vector6::new(position_m.x, position_m.y, position_m.z, velocity_m_s.x, velocity_m_s.y, velocity_m_s.z)
}

fn split(state: &Vector6<f64>) -> (Vector3<f64>, Vector3<f64>) {
    (Vector3::new(state[0], state[1], state[2]), Vector3::new(state[3], state[4], state[5]))
}

fn height(state: &Vector6<f64>) -> f64 {
    geodetic_from_ecef(&split(state).0).height_m
}

fn climb_rate(state: &Vector6<f64>) -> f64 {
    let (position_m, velocity_m_s) = split(state);
    velocity_m_s.dot(&ecef_from_enu(geodetic_from_ecef(&position_m)).column(2))
}

/// Derivative of position and velocity in free flight, in the Earth-fixed frame.
pub(crate) fn free_flight(state: &Vector6<f64>, ballistic_coefficient_kg_m2: f64) -> Vector6<f64> {
    let (position_m, velocity_m_s) = split(state);
    let mut acceleration_m_s2 =
        gravitational_acceleration(&position_m) + apparent_acceleration(&position_m, &velocity_m_s);
    // Outside the highest air by the equatorial radius: no need to ask for the exact height.
    if position_m.norm() < EARTH_RADIUS_EQUATORIAL_M + TOP_OF_ATMOSPHERE_M {
        let density_kg_m3 = air_at(geodetic_from_ecef(&position_m).height_m).density_kg_m3;
        acceleration_m_s2 -=
            velocity_m_s * (0.5 * density_kg_m3 * velocity_m_s.norm() / ballistic_coefficient_kg_m2);
    }
    join(&velocity_m_s, &acceleration_m_s2)
}
