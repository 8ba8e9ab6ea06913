//! The part of a burn that is steered: straight up, then over by a given law. A kinematic profile, not a rocket.

use super::integrate::{IntegrationError, Step, integrate};
use fusion_core::types::{Geodetic, ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef};
use nalgebra::Vector3;
use std::f64::consts::FRAC_PI_2;
use std::ops::ControlFlow;

/// Exponent of the growth of the speed in a burn.
pub(crate) const SPEED_EXPONENT: f64 = 1.4;

/// Speed in the Earth-fixed frame during a burn: speed at ignition + gain × (time since ignition / burn time)^1.4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Speed {
    /// Ignition, s since launch.
    pub ignition_s: f64,
    /// Length of the burn, s.
    pub burn_s: f64,
    /// Speed at ignition, m/s.
    pub ignition_m_s: f64,
    /// Speed gained until burnout, m/s.
    pub gain_m_s: f64,
}

impl Speed {
    /// The speed at a time of the burn, s since launch.
    pub fn at(&self, time_s: f64) -> f64 {
        let done = (time_s - self.ignition_s) / self.burn_s;
        self.ignition_m_s + self.gain_m_s * libm::pow(done.max(0.0), SPEED_EXPONENT)
    }
}

/// The angle of the velocity over the local horizontal, as a law of the share of the first burn that is done: 90° up
/// to `from_share`, then to `end_angle_rad` at `until_share`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pitch {
    pub from_share: f64,
    pub until_share: f64,
    pub end_angle_rad: f64,
    /// Whether the turn begins and ends without a jump of its rate; otherwise it is linear in time.
    pub smooth: bool,
}

/// A steered burn from the launch place.
///
/// The heading is carried along the plane that holds the vertical and the azimuth of the launch; its difference to
/// the geodesic is below a metre over a burn. The reference (files 20 and 23) walks the linear profile along a geodesic
/// and turns its heading a little less (0.004° at burnout for the flight of 2017-09-15, where ours is the geodesic's):
/// burnout heights agree within 6 m, burnout places within 10 m, impacts within 30 to 275 m, sideways.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Steered {
    origin_m: Vector3<f64>,
    up: Vector3<f64>,
    plane_normal: Vector3<f64>,
    speed: Speed,
    pitch: Pitch,
    turn: Vec<Step<3>>,
}

impl Steered {
    /// The steered part of a launch at `launch` towards `azimuth_rad`.
    pub fn new(
        launch: Geodetic,
        azimuth_rad: f64,
        speed: Speed,
        pitch: Pitch,
        tolerance_m: f64,
    ) -> Result<Self, IntegrationError> {
        let axes = ecef_from_enu(launch);
        let (sine, cosine) = libm::sincos(azimuth_rad);
        let up: Vector3<f64> = axes.column(2).into();
        let heading: Vector3<f64> = axes.column(0) * sine + axes.column(1) * cosine;
        let mut steered = Steered {
            origin_m: ecef_from_geodetic(launch),
            up,
            plane_normal: heading.cross(&up),
            speed,
            pitch,
            turn: Vec::new(),
        };
        let start_s = pitch.from_share * speed.burn_s;
        let mut turn = Vec::with_capacity(32);
        integrate(
            |time_s, position_m| steered.velocity(time_s, position_m),
            (start_s, steered.rise(start_s)),
            steered.end_s(),
            &Vector3::repeat(tolerance_m),
            |step| {
                turn.push(step);
                ControlFlow::Continue(())
            },
        )?;
        steered.turn = turn;
        Ok(steered)
    }

    /// End of the steered part, s since launch.
    pub fn end_s(&self) -> f64 {
        self.pitch.until_share * self.speed.burn_s
    }

    /// Position (m) and velocity (m/s), Earth-centred Earth-fixed, at a time of the steered part (s since launch).
    pub fn state_at(&self, time_s: f64) -> (Vector3<f64>, Vector3<f64>) {
        let later = self.turn.partition_point(|step| step.start_s <= time_s);
        let position_m = match later.checked_sub(1).and_then(|index| self.turn.get(index)) {
            Some(step) => step.at(time_s),
            None => self.rise(time_s),
        };
        (position_m, self.velocity(time_s, &position_m))
    }

    /// Straight up from the launch point: the integral of the speed.
    fn rise(&self, time_s: f64) -> Vector3<f64> {
        let share = libm::pow(time_s / self.speed.burn_s, SPEED_EXPONENT + 1.0) / (SPEED_EXPONENT + 1.0);
        self.origin_m + self.up * (self.speed.gain_m_s * self.speed.burn_s * share)
    }

    fn velocity(&self, time_s: f64, position_m: &Vector3<f64>) -> Vector3<f64> {
        let Pitch { from_share, until_share, end_angle_rad, smooth } = self.pitch;
        let done = time_s / self.speed.burn_s;
        let speed_m_s = self.speed.at(time_s);
        let turned = ((done - from_share) / (until_share - from_share)).max(0.0);
        if turned == 0.0 {
            return self.up * speed_m_s;
        }
        let turned = if smooth { turned * turned * (3.0 - 2.0 * turned) } else { turned };
        let up: Vector3<f64> = ecef_from_enu(geodetic_from_ecef(position_m)).column(2).into();
        let heading = up.cross(&self.plane_normal).normalize();
        let (sine, cosine) = libm::sincos(FRAC_PI_2 + (end_angle_rad - FRAC_PI_2) * turned);
        (heading * cosine + up * sine) * speed_m_s
    }
}
