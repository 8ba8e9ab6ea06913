//! From apogee and range to the state at burnout.

use super::boost::Boost;
use super::integrate::IntegrationError;
use super::trajectory::{NoFlight, Trajectory};
use fusion_core::types::{EARTH_RADIUS_EQUATORIAL_M, Geodetic};
use std::f64::consts::{FRAC_PI_4, TAU};
use thiserror::Error;

/// Relative tolerance of the truth's integration.
pub(crate) const TOLERANCE: f64 = 1e-10;
/// Apogee and range are met when both are this close, m: above the integration's noise, below anything observable.
const MET_M: f64 = 0.05;
/// Newton steps before giving up; 6 to 10 are usual.
const MAXIMUM_ITERATIONS: usize = 40;
/// Least and greatest burnout angle, radians, and speed, m/s, that are tried.
const ANGLES_RAD: (f64, f64) = (0.01, 1.9);
const SPEEDS_M_S: (f64, f64) = (100.0, 10_500.0);

/// What the public record says of a flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlightPlan {
    /// Launch place.
    pub launch: Geodetic,
    /// Bearing at launch, radians clockwise from north.
    pub azimuth_rad: f64,
    /// Greatest height above the ellipsoid, m.
    pub apogee_m: f64,
    /// Distance of the impact from the launch place along the ellipsoid, m.
    pub range_m: f64,
    /// Length of the burn, s.
    pub boost_s: f64,
    /// Ballistic coefficient m / (Cd A) of what comes down, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
}

/// A flight that meets its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    plan: FlightPlan,
    trajectory: Trajectory,
}

/// Why a flight cannot be flown.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FlightError {
    /// A value lies outside what it may be.
    #[error("{key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// The key, with the unit in which a scenario file gives it.
        key: &'static str,
        /// The value, in that unit.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Even the flattest burn of that length ends above the apogee.
    #[error(
        "apogee_km = {apogee_km:.1} lies below the height of burnout (about {burnout_km:.1} km for this boost_s and \
         range_km); give a greater apogee_km or a shorter boost_s"
    )]
    ApogeeBelowBurnout {
        /// Apogee asked for, km.
        apogee_km: f64,
        /// Height of burnout of the flattest flight that was tried, km.
        burnout_km: f64,
    },
    /// No flight with that apogee comes down that far away.
    #[error(
        "range_km = {range_km:.1} is longer than a flight with this apogee_km can be (about {reached_km:.1} km was \
         reached); give a shorter range_km or a greater apogee_km"
    )]
    RangeTooLong {
        /// Range asked for, km.
        range_km: f64,
        /// Range of the nearest flight that was found, km.
        reached_km: f64,
    },
    /// The search for the burnout state did not settle.
    #[error(
        "no burnout speed and angle found for this apogee_km and range_km: the nearest flight ({speed_m_s:.1} m/s, \
         {angle_deg:.2} deg) misses the apogee by {apogee_residual_km:.3} km and the range by \
         {range_residual_km:.3} km; change boost_s, or check that apogee_km and range_km belong to one flight"
    )]
    NotConverged {
        /// Apogee of the nearest flight minus the one asked for, km.
        apogee_residual_km: f64,
        /// Range of the nearest flight minus the one asked for, km.
        range_residual_km: f64,
        /// Its speed at burnout, m/s.
        speed_m_s: f64,
        /// Its angle at burnout, degrees.
        angle_deg: f64,
    },
    /// The integrator gave up.
    #[error(transparent)]
    Integration(#[from] IntegrationError),
    /// With another ballistic coefficient the object does not come down.
    #[error(
        "with a ballistic coefficient of {ballistic_coefficient_kg_m2} kg/m² the object does not come down"
    )]
    DoesNotComeDown {
        /// The ballistic coefficient, kg/m².
        ballistic_coefficient_kg_m2: f64,
    },
}

impl FlightPlan {
    /// Checks every value against its allowed range.
    ///
    /// # Errors
    /// [`FlightError::OutOfRange`] with the key, its value and what is allowed, in the units of the scenario file.
    pub fn check(&self) -> Result<(), FlightError> {
        let checks = [
            ("latitude_deg", self.launch.latitude_rad.to_degrees(), -85.0, 85.0, "-85 to 85"),
            ("longitude_deg", self.launch.longitude_rad.to_degrees(), -180.0, 360.0, "-180 to 360"),
            ("height_m", self.launch.height_m, -500.0, 9_000.0, "-500 to 9000"),
            ("azimuth_deg", self.azimuth_rad.to_degrees(), 0.0, 360.0, "0 to 360"),
            ("apogee_km", self.apogee_m / 1e3, 20.0, 10_000.0, "20 to 10000"),
            ("range_km", self.range_m / 1e3, 50.0, 15_000.0, "50 to 15000"),
            ("boost_s", self.boost_s, 5.0, 900.0, "5 to 900"),
            ("ballistic_coefficient_kg_m2", self.ballistic_coefficient_kg_m2, 500.0, 1e6, "500 to 1000000"),
        ];
        // A hair of tolerance: degrees went through radians.
        let outside = |value: f64, low: f64, high: f64| {
            !(low - 1e-9 * low.abs()..=high + 1e-9 * high.abs()).contains(&value)
        };
        match checks.into_iter().find(|(_, value, low, high, _)| outside(*value, *low, *high)) {
            Some((key, value, _, _, allowed)) => Err(FlightError::OutOfRange { key, value, allowed }),
            None => Ok(()),
        }
    }

    /// The flight with the given state at burnout, whatever its apogee and range.
    fn fly(&self, (speed_m_s, angle_rad): (f64, f64), tolerance: f64) -> Result<Trajectory, NoFlight> {
        let tolerance_m = tolerance * EARTH_RADIUS_EQUATORIAL_M;
        let azimuth_rad = self.azimuth_rad;
        let boost = Boost::new(self.launch, azimuth_rad, self.boost_s, speed_m_s, angle_rad, tolerance_m)?;
        Trajectory::fly(boost, self.launch, azimuth_rad, self.ballistic_coefficient_kg_m2, tolerance)
    }

    /// A first guess of burnout speed and angle: a parabola over a mean gravity, lessened by the centrifugal force.
    fn guess(&self) -> (f64, f64) {
        let radius_m = EARTH_RADIUS_EQUATORIAL_M;
        let (mut height_m, mut downrange_m, mut horizontal_m_s) = (0.0, 0.0, 0.0);
        let mut guess = (SPEEDS_M_S.0, FRAC_PI_4);
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
            guess = (speed_m_s.clamp(SPEEDS_M_S.0, SPEEDS_M_S.1), angle_rad);
            let (sine, cosine) = libm::sincos(FRAC_PI_4 + 0.5 * angle_rad);
            let length_m = guess.0 * self.boost_s / 2.4;
            (height_m, downrange_m) = (length_m * sine, length_m * cosine);
        }
        guess
    }
}

/// Apogee and range of a trajectory minus those of the plan, m.
fn residual(plan: &FlightPlan, trajectory: &Trajectory) -> (f64, f64) {
    (trajectory.apogee_m() - plan.apogee_m, trajectory.downrange_m() - plan.range_m)
}

impl Flight {
    /// Finds the burnout speed and angle with which the flight meets the apogee and the range of `plan`, within 5 cm.
    ///
    /// A damped Newton iteration on two unknowns with a difference Jacobian.
    ///
    /// # Errors
    /// [`FlightError`]: a value out of range, an apogee below burnout, a range too long, or no convergence with what
    /// was left.
    pub fn solve(plan: &FlightPlan) -> Result<Flight, FlightError> {
        Self::solve_with(plan, TOLERANCE)
    }

    pub(crate) fn solve_with(plan: &FlightPlan, tolerance: f64) -> Result<Flight, FlightError> {
        plan.check()?;
        let direct = match search(plan, plan.guess(), tolerance)? {
            Search::Met(_, trajectory) => return Ok(Flight { plan: *plan, trajectory }),
            Search::Missed(point, trajectory) => why_not(plan, point, &trajectory),
        };
        match stretch(plan, tolerance)? {
            Some(trajectory) => Ok(Flight { plan: *plan, trajectory }),
            None => Err(direct),
        }
    }

    /// The plan that was met.
    pub fn plan(&self) -> &FlightPlan {
        &self.plan
    }

    /// The flight.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// The same burn with another ballistic coefficient, kg/m²: where that comes down.
    ///
    /// # Errors
    /// [`FlightError`] when it doesn't come down or the coefficient is not positive.
    pub fn with_ballistic_coefficient(
        &self,
        ballistic_coefficient_kg_m2: f64,
    ) -> Result<Trajectory, FlightError> {
        let (key, value) = ("ballistic_coefficient_kg_m2", ballistic_coefficient_kg_m2);
        // Wider than a plan's: a run draws it at random around the plan's.
        if !(10.0..=1e8).contains(&value) {
            return Err(FlightError::OutOfRange { key, value, allowed: "10 to 100000000" });
        }
        let FlightPlan { launch, azimuth_rad, .. } = self.plan;
        let boost = self.trajectory.boost().clone();
        Trajectory::fly(boost, launch, azimuth_rad, ballistic_coefficient_kg_m2, TOLERANCE).map_err(|why| {
            match why {
                NoFlight::Integration(error) => error.into(),
                NoFlight::TooFar => FlightError::DoesNotComeDown { ballistic_coefficient_kg_m2 },
            }
        })
    }
}

/// Where a search ended: speed, angle and the flight with them.
enum Search {
    Met((f64, f64), Trajectory),
    Missed((f64, f64), Trajectory),
}

/// Damped Newton iteration from a first point.
fn search(plan: &FlightPlan, mut point: (f64, f64), tolerance: f64) -> Result<Search, FlightError> {
    let mut found = plan.fly(point, tolerance);
    // A guess that flies round the Earth: slower until it comes down.
    while found == Err(NoFlight::TooFar) && point.0 > SPEEDS_M_S.0 {
        point.0 *= 0.9;
        found = plan.fly(point, tolerance);
    }
    let mut trajectory = match found {
        Ok(trajectory) => trajectory,
        Err(NoFlight::Integration(error)) => return Err(error.into()),
        Err(NoFlight::TooFar) => {
            return Err(FlightError::RangeTooLong { range_km: plan.range_m / 1e3, reached_km: 0.0 });
        }
    };
    for _ in 0..MAXIMUM_ITERATIONS {
        let miss_m = residual(plan, &trajectory);
        if miss_m.0.abs() < MET_M && miss_m.1.abs() < MET_M {
            return Ok(Search::Met(point, trajectory));
        }
        let Some(step) = newton_step(plan, point, &trajectory, tolerance) else { break };
        let Some(better) = damped(plan, point, step, miss_m, tolerance) else { break };
        (point, trajectory) = better;
    }
    Ok(Search::Missed(point, trajectory))
}

/// For flights whose range goes steeply with the speed (near the circular one): a shorter flight with the same apogee
/// first, and from its state at burnout on to ever longer ones.
fn stretch(plan: &FlightPlan, tolerance: f64) -> Result<Option<Trajectory>, FlightError> {
    let (mut share, mut step) = (0.0_f64, 0.3_f64);
    let mut point = plan.guess();
    while step > 0.005 {
        let next = (share + step).min(1.0);
        let shorter = FlightPlan { range_m: next * plan.range_m, ..*plan };
        let start = if share == 0.0 { shorter.guess() } else { point };
        match search(&shorter, start, tolerance)? {
            Search::Met(_, trajectory) if next == 1.0 => return Ok(Some(trajectory)),
            Search::Met(found, _) => (share, point, step) = (next, found, (1.5 * step).min(0.3)),
            Search::Missed(..) => step *= 0.5,
        }
    }
    Ok(None)
}

/// The full Newton step in (speed, angle), or none where the Jacobian can't be had or inverted.
fn newton_step(
    plan: &FlightPlan,
    point: (f64, f64),
    trajectory: &Trajectory,
    tolerance: f64,
) -> Option<(f64, f64)> {
    const SPEED_STEP_M_S: f64 = -1.0; // Slower and flatter flights come down as well.
    const ANGLE_STEP_RAD: f64 = 2e-4;
    let here = residual(plan, trajectory);
    let slope = |moved: (f64, f64), step: f64| {
        let there = residual(plan, &plan.fly(moved, tolerance).ok()?);
        Some(((there.0 - here.0) / step, (there.1 - here.1) / step))
    };
    let by_speed = slope((point.0 + SPEED_STEP_M_S, point.1), SPEED_STEP_M_S)?;
    let by_angle = slope((point.0, point.1 + ANGLE_STEP_RAD), ANGLE_STEP_RAD)?;
    let determinant = by_speed.0 * by_angle.1 - by_speed.1 * by_angle.0;
    let step = (
        (by_angle.0 * here.1 - by_angle.1 * here.0) / determinant,
        (by_speed.1 * here.0 - by_speed.0 * here.1) / determinant,
    );
    (step.0.is_finite() && step.1.is_finite()).then_some(step)
}

/// The first of ever smaller shares of `step` that lessens the miss, with its flight.
fn damped(
    plan: &FlightPlan,
    point: (f64, f64),
    step: (f64, f64),
    miss_m: (f64, f64),
    tolerance: f64,
) -> Option<((f64, f64), Trajectory)> {
    let mut share = 1.0;
    for _ in 0..16 {
        let trial = (
            (point.0 + share * step.0).clamp(SPEEDS_M_S.0, SPEEDS_M_S.1),
            (point.1 + share * step.1).clamp(ANGLES_RAD.0, ANGLES_RAD.1),
        );
        if let Ok(trajectory) = plan.fly(trial, tolerance) {
            let left_m = residual(plan, &trajectory);
            if libm::hypot(left_m.0, left_m.1) < libm::hypot(miss_m.0, miss_m.1) {
                return Some((trial, trajectory));
            }
        }
        share *= 0.5;
    }
    None
}

fn why_not(plan: &FlightPlan, point: (f64, f64), trajectory: &Trajectory) -> FlightError {
    let (apogee_m, range_m) = residual(plan, trajectory);
    let flattest = point.1 < ANGLES_RAD.0 + 0.02;
    if flattest && apogee_m > 0.0 {
        let burnout = fusion_core::types::geodetic_from_ecef(&trajectory.burnout_state().0);
        return FlightError::ApogeeBelowBurnout {
            apogee_km: plan.apogee_m / 1e3,
            burnout_km: burnout.height_m / 1e3,
        };
    }
    // Near the circular speed a little more carries the object round the Earth.
    if range_m < 0.0 && point.0 * libm::cos(point.1) > 6_500.0 {
        return FlightError::RangeTooLong {
            range_km: plan.range_m / 1e3,
            reached_km: trajectory.range_m() / 1e3,
        };
    }
    FlightError::NotConverged {
        apogee_residual_km: apogee_m / 1e3,
        range_residual_km: range_m / 1e3,
        speed_m_s: point.0,
        angle_deg: point.1 * 360.0 / TAU,
    }
}
