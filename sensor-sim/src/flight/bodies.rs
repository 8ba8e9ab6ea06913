//! What of a flight flies in one run: the payload, the stages it drops, and the pieces if it breaks up.

use super::error::{FlightError, check_ranges};
use super::leg::{Leg, Moment, join, split};
use super::plan::Dropped;
use super::solve::Flight;
use super::trajectory::{Fall, NoFlight, Trajectory};
use nalgebra::{Vector3, Vector6};

/// A break-up has at most this many pieces.
pub const MAXIMUM_FRAGMENTS: u32 = 1_000;

/// How a flight fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// The thrust stops then, s since launch: before the last burnout. No later stage ignites.
    pub at_s: f64,
    /// Into how many pieces it breaks up as well, at most [`MAXIMUM_FRAGMENTS`]; none: it stays whole.
    pub fragments: u32,
}

/// How a fragment leaves a break-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kick {
    /// Its velocity relative to what broke up, along the Earth-centred Earth-fixed axes, m/s.
    pub velocity_m_s: Vector3<f64>,
    /// Its ballistic coefficient, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
}

/// What differs in one run from the plan. All of it is handed in: there is no chance in here.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// Ballistic coefficient of the payload, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
    /// How the flight fails, if it does.
    pub failure: Option<Failure>,
    /// One kick for each fragment of the failure.
    pub kicks: Vec<Kick>,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyKind {
    /// What the flight is about: the front end, and before it is let go all that still hangs on it.
    Payload,
    /// A spent stage, counted from 1 in the order of burning.
    Stage(u8),
    /// A piece of a break-up, counted from 1.
    Fragment(u16),
}

/// One object that flies.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// What it is.
    pub kind: BodyKind,
    /// Its way, from launch or from where it was let go.
    pub trajectory: Trajectory,
    /// Its ballistic coefficient, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
}

impl Flight {
    /// Everything that flies with this variation: the payload first, then the dropped stages, then the fragments.
    ///
    /// After a failure the stages that are still there stay with the payload, which falls with its own ballistic
    /// coefficient and pulls up no more. A last stage whose payload is down before the separation is no body.
    ///
    /// # Errors
    /// [`FlightError`]: a value out of range, as many kicks as fragments not given, or a body that doesn't come down.
    pub fn bodies(&self, variation: &Variation) -> Result<Vec<Body>, FlightError> {
        self.check(variation)?;
        let coefficient = variation.ballistic_coefficient_kg_m2;
        let payload = match &variation.failure {
            None => self.with_ballistic_coefficient(coefficient)?,
            Some(failure) => self.fall(coefficient, None).fly_on(self.trajectory(), failure.at_s)?,
        };
        let mut bodies = Vec::new();
        let burnouts_s = self.plan().burns_s().map(|(_, burnout_s)| burnout_s);
        for ((stage, burnout_s), number) in self.plan().stages.iter().zip(burnouts_s).zip(1_u8..) {
            let Some(dropped) = &stage.dropped else { continue };
            let time_s = burnout_s + dropped.after_s;
            let is_kept = variation.failure.is_some_and(|failure| time_s >= failure.at_s);
            if is_kept || time_s >= payload.impact_s() {
                continue;
            }
            if let Some((_, state)) = payload.until(time_s) {
                let coefficient = dropped.ballistic_coefficient_kg_m2;
                let start = (time_s, behind(&state, dropped));
                bodies.push(self.body(BodyKind::Stage(number), coefficient, start)?);
            }
        }
        let broken = variation
            .failure
            .and_then(|failure| payload.until(failure.at_s).map(|(_, state)| (failure.at_s, state)));
        if let Some((time_s, state)) = broken {
            for (kick, number) in variation.kicks.iter().zip(1_u16..) {
                let start = (time_s, state + join(&Vector3::zeros(), &kick.velocity_m_s));
                let coefficient = kick.ballistic_coefficient_kg_m2;
                bodies.push(self.body(BodyKind::Fragment(number), coefficient, start)?);
            }
        }
        let kind = BodyKind::Payload;
        bodies.insert(0, Body { kind, trajectory: payload, ballistic_coefficient_kg_m2: coefficient });
        Ok(bodies)
    }

    fn check(&self, variation: &Variation) -> Result<(), FlightError> {
        let Some(failure) = &variation.failure else {
            return check_ranges([(
                "fragments",
                variation.kicks.len() as f64,
                0.0,
                0.0,
                "0 without a failure",
            )]);
        };
        let (fragments, kicks) = (f64::from(failure.fragments), variation.kicks.len() as f64);
        let last_s = self.trajectory().burnout_s();
        check_ranges([
            (
                "ballistic_coefficient_kg_m2",
                variation.ballistic_coefficient_kg_m2,
                10.0,
                1e8,
                "10 to 100000000",
            ),
            ("at_s", failure.at_s, 1.0, last_s, "1 s after launch to the last burnout"),
            ("fragments", fragments, 0.0, f64::from(MAXIMUM_FRAGMENTS), "0 to 1000"),
            ("fragments", kicks, fragments, fragments, "as many as there are kicks"),
        ])?;
        variation.kicks.iter().try_for_each(|kick| {
            let coefficient = kick.ballistic_coefficient_kg_m2;
            check_ranges([
                ("kick_m_s", kick.velocity_m_s.norm(), 0.0, 1_000.0, "0 to 1000"),
                ("ballistic_coefficient_kg_m2", coefficient, 10.0, 1e6, "10 to 1000000"),
            ])
        })
    }

    fn body(
        &self,
        kind: BodyKind,
        ballistic_coefficient_kg_m2: f64,
        start: Moment,
    ) -> Result<Body, FlightError> {
        let fall = self.fall(ballistic_coefficient_kg_m2, None);
        let trajectory = fall.fly_or_say(Vec::new(), start)?;
        Ok(Body { kind, trajectory, ballistic_coefficient_kg_m2 })
    }
}

impl Fall<'_> {
    /// Follows `flown` until `time_s` and falls from there.
    pub fn fly_on(&self, flown: &Trajectory, time_s: f64) -> Result<Trajectory, FlightError> {
        let ballistic_coefficient_kg_m2 = self.ballistic_coefficient_kg_m2;
        let no_flight = FlightError::DoesNotComeDown { ballistic_coefficient_kg_m2 };
        let (legs, state) = flown.until(time_s).ok_or(no_flight)?;
        self.fly_or_say(legs, (time_s, state))
    }

    fn fly_or_say(&self, legs: Vec<Leg>, start: Moment) -> Result<Trajectory, FlightError> {
        let ballistic_coefficient_kg_m2 = self.ballistic_coefficient_kg_m2;
        self.fly(legs, start).map_err(|why| match why {
            NoFlight::Integration(error) => error.into(),
            NoFlight::TooFar => FlightError::DoesNotComeDown { ballistic_coefficient_kg_m2 },
        })
    }
}

/// The state (position, m; velocity, m/s) of a stage that falls behind what moves with `state`.
fn behind(state: &Vector6<f64>, dropped: &Dropped) -> Vector6<f64> {
    let (position_m, velocity_m_s) = split(state);
    let slower = velocity_m_s * (1.0 - dropped.separation_m_s / velocity_m_s.norm().max(1.0));
    join(&position_m, &slower)
}
