//! The burn: a kinematic profile, not a rocket. Nothing here knows thrust, mass or propellant.

use super::integrate::{IntegrationError, Step, integrate};
use fusion_core::types::{Geodetic, ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef};
use nalgebra::Vector3;
use std::f64::consts::FRAC_PI_2;
use std::ops::ControlFlow;

/// Share of the burn that goes straight up.
const VERTICAL_SHARE: f64 = 0.1;
/// Exponent of the growth of the speed.
const SPEED_EXPONENT: f64 = 1.4;

/// Boost in the Earth-fixed frame: speed = burnout speed × (t / burn time)^1.4; the angle of the velocity over the
/// local horizontal is 90° for the first tenth of the burn and then falls linearly to the burnout angle.
///
/// The heading is carried along the plane that holds the vertical and the azimuth of the launch; its difference to
/// the geodesic is below a metre over a burn. The reference (files 20 and 23) walks the same profile along a geodesic
/// and turns its heading a little less (0.004° at burnout for the flight of 2017-09-15, where ours is the geodesic's):
/// burnout heights agree within 6 m, burnout places within 10 m, impacts within 30 to 275 m, sideways.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Boost {
    origin_m: Vector3<f64>,
    up: Vector3<f64>,
    plane_normal: Vector3<f64>,
    /// Speed at burnout in the Earth-fixed frame, m/s.
    pub burnout_speed_m_s: f64,
    /// Angle of the velocity over the local horizontal at burnout, radians.
    pub burnout_angle_rad: f64,
    /// Length of the burn, s.
    pub boost_s: f64,
    turn: Vec<Step<3>>,
}

impl Boost {
    /// The burn of a launch at `launch` towards `azimuth_rad`, with the state at burnout given.
    pub fn new(
        launch: Geodetic,
        azimuth_rad: f64,
        boost_s: f64,
        burnout_speed_m_s: f64,
        burnout_angle_rad: f64,
        tolerance_m: f64,
    ) -> Result<Self, IntegrationError> {
        let axes = ecef_from_enu(launch);
        let (sine, cosine) = libm::sincos(azimuth_rad);
        let up: Vector3<f64> = axes.column(2).into();
        let heading: Vector3<f64> = axes.column(0) * sine + axes.column(1) * cosine;
        let mut boost = Boost {
            origin_m: ecef_from_geodetic(launch),
            up,
            plane_normal: heading.cross(&up),
            burnout_speed_m_s,
            burnout_angle_rad,
            boost_s,
            turn: Vec::new(),
        };
        let start_s = VERTICAL_SHARE * boost_s;
        let mut turn = Vec::with_capacity(32);
        integrate(
            |time_s, position_m| boost.velocity(time_s, position_m),
            (start_s, boost.rise(start_s)),
            boost_s,
            &Vector3::repeat(tolerance_m),
            |step| {
                turn.push(step);
                ControlFlow::Continue(())
            },
        )?;
        boost.turn = turn;
        Ok(boost)
    }

    /// Position (m) and velocity (m/s), Earth-centred Earth-fixed, at a time of the burn (s since launch).
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
        let share = libm::pow(time_s / self.boost_s, SPEED_EXPONENT + 1.0) / (SPEED_EXPONENT + 1.0);
        self.origin_m + self.up * (self.burnout_speed_m_s * self.boost_s * share)
    }

    fn velocity(&self, time_s: f64, position_m: &Vector3<f64>) -> Vector3<f64> {
        let done = time_s / self.boost_s;
        let speed_m_s = self.burnout_speed_m_s * libm::pow(done.max(0.0), SPEED_EXPONENT);
        let turned = ((done - VERTICAL_SHARE) / (1.0 - VERTICAL_SHARE)).max(0.0);
        if turned == 0.0 {
            return self.up * speed_m_s;
        }
        let up: Vector3<f64> = ecef_from_enu(geodetic_from_ecef(position_m)).column(2).into();
        let heading = up.cross(&self.plane_normal).normalize();
        let (sine, cosine) = libm::sincos(FRAC_PI_2 + (self.burnout_angle_rad - FRAC_PI_2) * turned);
        (heading * cosine + up * sine) * speed_m_s
    }
}
