//! From apogee and range to the state at burnout.

use super::ascent::{Point, climb};
use super::error::{FlightError, check_ranges};
use super::plan::{BoostProfile, FlightPlan, PullUp};
use super::trajectory::{Fall, NoFlight, Trajectory};

/// Relative tolerance of the truth's integration.
pub(crate) const TOLERANCE: f64 = 1e-10;
/// The same where a flight is next to never coming down.
const FINE_TOLERANCE: f64 = 1e-13;
/// Apogee and range are met when both are this close, m: above the integration's noise, below anything observable.
const MET_M: f64 = 0.05;
/// Near enough for a step towards a longer flight, m.
const ROUGHLY_MET_M: f64 = 1e3;
/// Newton steps before giving up; 6 to 10 are usual.
const MAXIMUM_ITERATIONS: usize = 40;
/// Least and greatest speed, m/s, that are tried.
const SPEEDS_M_S: (f64, f64) = (100.0, 12_000.0);

/// A flight that meets its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    plan: FlightPlan,
    point: Point,
    tolerance: f64,
    trajectory: Trajectory,
}

impl FlightPlan {
    /// The flight of one point of the search, whatever its apogee and range.
    pub(crate) fn fly(&self, point: Point, tolerance: f64) -> Result<Trajectory, NoFlight> {
        let (legs, burnout) = climb(self, point, tolerance)?;
        self.fall(self.ballistic_coefficient_kg_m2, self.pull_up.as_ref(), tolerance).fly(legs, burnout)
    }

    pub(crate) fn fall<'a>(
        &self,
        ballistic_coefficient_kg_m2: f64,
        pull_up: Option<&'a PullUp>,
        tolerance: f64,
    ) -> Fall<'a> {
        let (launch, azimuth_rad) = (self.launch, self.azimuth_rad);
        Fall { launch, azimuth_rad, ballistic_coefficient_kg_m2, pull_up, tolerance }
    }

    /// Least and greatest angle that is tried, radians.
    fn angles_rad(&self) -> (f64, f64) {
        match self.profile {
            BoostProfile::LinearPitch => (0.01, 1.9),
            // Not quite the angle at burnout, which is greater round a rotating globe.
            BoostProfile::GravityTurn => (-0.5, 1.9),
        }
    }
}

/// How far apogee and range lie beyond those of the plan, m.
///
/// The apogee on a logarithmic scale, on which a search from far off is straighter; near the plan's it is the same.
/// For the range it is the distance along the azimuth beyond the one that, with the drift to the side, makes up the
/// range. The range itself is no measure to search with: on a steep flight the Earth's rotation alone moves the impact
/// by hundreds of kilometres, and with the pitch-over the distance first falls and then grows again.
fn residual(plan: &FlightPlan, trajectory: &Trajectory) -> (f64, f64) {
    let (downrange_m, sideways_m) = trajectory.downrange_and_sideways_m();
    let needed_m = (plan.range_m * plan.range_m - sideways_m * sideways_m).max(0.0).sqrt();
    let times_too_high = trajectory.apogee_m().max(1.0) / plan.apogee_m;
    (plan.apogee_m * libm::log(times_too_high), downrange_m - needed_m)
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
        plan.check()?;
        let direct = match search(plan, plan.guess(SPEEDS_M_S), MET_M, TOLERANCE)? {
            Search::Met(point, trajectory) => {
                return Ok(Flight { plan: plan.clone(), point, tolerance: TOLERANCE, trajectory });
            }
            Search::Missed(point, trajectory) => why_not(plan, point, &trajectory),
        };
        stretch(plan)?.ok_or(direct)
    }

    /// The plan that was met.
    pub fn plan(&self) -> &FlightPlan {
        &self.plan
    }

    /// The flight.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// A fall with the flight's own tolerance.
    pub(crate) fn fall<'a>(&self, ballistic_coefficient_kg_m2: f64, pull_up: Option<&'a PullUp>) -> Fall<'a> {
        self.plan.fall(ballistic_coefficient_kg_m2, pull_up, self.tolerance)
    }

    /// What the search found.
    #[cfg(test)]
    pub(crate) fn point(&self) -> Point {
        self.point
    }

    /// The same burn with another ballistic coefficient, kg/m²: where that comes down.
    ///
    /// # Errors
    /// [`FlightError`] when it doesn't come down or the coefficient is not positive.
    pub fn with_ballistic_coefficient(
        &self,
        ballistic_coefficient_kg_m2: f64,
    ) -> Result<Trajectory, FlightError> {
        let key = "ballistic_coefficient_kg_m2";
        // Wider than a plan's: a run draws it at random around the plan's.
        check_ranges([(key, ballistic_coefficient_kg_m2, 10.0, 1e8, "10 to 100000000")])?;
        let fall = self.fall(ballistic_coefficient_kg_m2, self.plan.pull_up.as_ref());
        fall.fly_on(&self.trajectory, self.trajectory.burnout_s())
    }
}

/// Where a search ended: speed, angle and the flight with them.
enum Search {
    Met(Point, Trajectory),
    Missed(Point, Trajectory),
}

/// Damped Newton iteration from a first point.
fn search(plan: &FlightPlan, mut point: Point, met_m: f64, tolerance: f64) -> Result<Search, FlightError> {
    let mut found = plan.fly(point, tolerance);
    // A guess that flies round the Earth: slower until it comes down.
    while found == Err(NoFlight::TooFar) && point.speed_m_s > SPEEDS_M_S.0 {
        point.speed_m_s *= 0.9;
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
        if miss_m.0.abs() < met_m && miss_m.1.abs() < met_m {
            if trajectory.apogee_s() < trajectory.burnout_s() {
                break; // Over the top and downwards under thrust is not what anybody reports.
            }
            return Ok(Search::Met(point, trajectory));
        }
        let Some(step) = newton_step(plan, point, &trajectory, tolerance) else { break };
        let Some(better) = damped(plan, point, step, miss_m, tolerance) else { break };
        (point, trajectory) = better;
    }
    Ok(Search::Missed(point, trajectory))
}

/// For flights whose range goes steeply with the speed (near the circular one): a shorter flight with the same apogee
/// first, roughly, and from its state at burnout on to ever longer ones. The last search is a fine one, for there the
/// range magnifies the noise of the integration to metres.
fn stretch(plan: &FlightPlan) -> Result<Option<Flight>, FlightError> {
    let (mut share, mut step) = (0.0_f64, 0.3_f64);
    let mut point = plan.guess(SPEEDS_M_S);
    while step > 0.005 {
        let next = (share + step).min(1.0);
        let shorter = FlightPlan { range_m: next * plan.range_m, ..plan.clone() };
        let start = if share == 0.0 { shorter.guess(SPEEDS_M_S) } else { point };
        match search(&shorter, start, ROUGHLY_MET_M, TOLERANCE)? {
            Search::Met(found, _) if next == 1.0 => {
                return Ok(match search(plan, found, MET_M, FINE_TOLERANCE)? {
                    Search::Met(point, trajectory) => {
                        Some(Flight { plan: plan.clone(), point, tolerance: FINE_TOLERANCE, trajectory })
                    }
                    Search::Missed(..) => None,
                });
            }
            Search::Met(found, _) => (share, point, step) = (next, found, (1.5 * step).min(0.3)),
            Search::Missed(..) => step *= 0.5,
        }
    }
    Ok(None)
}

/// The full Newton step in (speed, angle), or none where the Jacobian can't be had or inverted.
fn newton_step(
    plan: &FlightPlan,
    point: Point,
    trajectory: &Trajectory,
    tolerance: f64,
) -> Option<(f64, f64)> {
    const SPEED_STEP_M_S: f64 = -0.1; // Slower and flatter flights come down as well.
    const ANGLE_STEP_RAD: f64 = 2e-5;
    let here = residual(plan, trajectory);
    let slope = |moved: Point, step: f64| {
        let there = residual(plan, &plan.fly(moved, tolerance).ok()?);
        Some(((there.0 - here.0) / step, (there.1 - here.1) / step))
    };
    let by_speed = slope(Point { speed_m_s: point.speed_m_s + SPEED_STEP_M_S, ..point }, SPEED_STEP_M_S)?;
    let by_angle = slope(Point { angle_rad: point.angle_rad + ANGLE_STEP_RAD, ..point }, ANGLE_STEP_RAD)?;
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
    point: Point,
    step: (f64, f64),
    miss_m: (f64, f64),
    tolerance: f64,
) -> Option<(Point, Trajectory)> {
    let (least_rad, greatest_rad) = plan.angles_rad();
    let size = |(apogee_m, range_m)| libm::hypot(apogee_m / plan.apogee_m, range_m / plan.range_m);
    let mut share = 1.0;
    for _ in 0..16 {
        let trial = Point {
            speed_m_s: (point.speed_m_s + share * step.0).clamp(SPEEDS_M_S.0, SPEEDS_M_S.1),
            angle_rad: (point.angle_rad + share * step.1).clamp(least_rad, greatest_rad),
        };
        if let Ok(trajectory) = plan.fly(trial, tolerance)
            && size(residual(plan, &trajectory)) < size(miss_m)
        {
            return Some((trial, trajectory));
        }
        share *= 0.5;
    }
    None
}

fn why_not(plan: &FlightPlan, point: Point, trajectory: &Trajectory) -> FlightError {
    let (apogee_m, range_m) = residual(plan, trajectory);
    let flattest = point.angle_rad < plan.angles_rad().0 + 0.02;
    if (flattest && apogee_m > 0.0) || trajectory.apogee_s() < trajectory.burnout_s() {
        let burnout = fusion_core::types::geodetic_from_ecef(&trajectory.burnout_state().0);
        return FlightError::ApogeeBelowBurnout {
            apogee_km: plan.apogee_m / 1e3,
            burnout_km: burnout.height_m / 1e3,
        };
    }
    // Near the circular speed a little more carries the object round the Earth.
    if range_m < 0.0 && trajectory.burnout_speed_m_s() * libm::cos(trajectory.burnout_angle_rad()) > 6_500.0 {
        return FlightError::RangeTooLong {
            range_km: plan.range_m / 1e3,
            reached_km: trajectory.range_m() / 1e3,
        };
    }
    FlightError::NotConverged {
        apogee_residual_km: apogee_m / 1e3,
        range_residual_km: range_m / 1e3,
        speed_m_s: trajectory.burnout_speed_m_s(),
        angle_deg: trajectory.burnout_angle_rad().to_degrees(),
    }
}
