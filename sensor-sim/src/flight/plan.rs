//! What the public record, and a scenario's assumptions, say of a flight.

use super::error::{FlightError, check_ranges};
use fusion_core::types::Geodetic;

/// A flight has at most this many stages.
pub const MAXIMUM_STAGES: usize = 3;

/// How the velocity turns from the vertical to its direction at burnout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BoostProfile {
    /// Straight up, a short pitch-over, then only gravity turns the velocity: what a rocket without lateral loads does.
    #[default]
    GravityTurn,
    /// Straight up, then the angle over the horizon falls linearly with time: the profile of the reference files 20
    /// and 23, for comparison. One stage only.
    LinearPitch,
}

/// What is known and assumed of a flight.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightPlan {
    /// Launch place.
    pub launch: Geodetic,
    /// Bearing at launch, radians clockwise from north.
    pub azimuth_rad: f64,
    /// Greatest height above the ellipsoid, m.
    pub apogee_m: f64,
    /// Distance of the impact from the launch place along the ellipsoid, m.
    pub range_m: f64,
    /// How the velocity turns during the burn.
    pub profile: BoostProfile,
    /// The stages in the order in which they burn, one to [`MAXIMUM_STAGES`].
    pub stages: Vec<StagePlan>,
    /// Ballistic coefficient m / (Cd A) of the payload, what comes down, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
    /// A pull-up on the way down, of a quasi-ballistic flight.
    pub pull_up: Option<PullUp>,
}

/// One stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StagePlan {
    /// Length of its burn, s.
    pub burn_s: f64,
    /// Free flight between its burnout and the ignition of the next stage, s; zero for the last stage.
    pub pause_s: f64,
    /// Its share of the speed that all stages gain by thrust, relative to the other stages' shares.
    pub speed_share: f64,
    /// Whether, and how, the spent stage becomes an object of its own.
    pub dropped: Option<Dropped>,
}

/// How a spent stage leaves what it carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropped {
    /// When, s after its burnout; for a lower stage at most its pause.
    pub after_s: f64,
    /// Ballistic coefficient of the spent stage, kg/m².
    pub ballistic_coefficient_kg_m2: f64,
    /// Speed at which it falls behind, opposite to the velocity, m/s.
    pub separation_m_s: f64,
}

/// A pull-up on the way down: aerodynamic lift, perpendicular to the velocity in the vertical plane and upwards, until
/// the path is level again, once; from there on ballistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PullUp {
    /// It begins on the way down through this height above the ellipsoid, m.
    pub below_height_m: f64,
    /// The lift is this many times the drag.
    pub lift_to_drag: f64,
}

impl StagePlan {
    /// A stage that is all there is, and stays with the payload.
    pub fn only(burn_s: f64) -> Self {
        StagePlan { burn_s, pause_s: 0.0, speed_share: 1.0, dropped: None }
    }
}

impl FlightPlan {
    /// One stage, a gravity turn, one object from launch to impact.
    ///
    /// ```
    /// use fusion_core::types::Geodetic;
    /// use sensor_sim::flight::{Flight, FlightPlan};
    /// let sunan = Geodetic::from_degrees(39.2, 125.673, 0.0);
    /// let plan = FlightPlan::single_stage(sunan, 72_f64.to_radians(), 800e3, 3_700e3, 145.0, 5_000.0);
    /// let flight = Flight::solve(&plan)?;
    /// assert!((flight.trajectory().range_m() - 3_700e3).abs() < 0.1);
    /// # Ok::<(), sensor_sim::flight::FlightError>(())
    /// ```
    pub fn single_stage(
        launch: Geodetic,
        azimuth_rad: f64,
        apogee_m: f64,
        range_m: f64,
        boost_s: f64,
        ballistic_coefficient_kg_m2: f64,
    ) -> Self {
        FlightPlan {
            launch,
            azimuth_rad,
            apogee_m,
            range_m,
            profile: BoostProfile::default(),
            stages: vec![StagePlan::only(boost_s)],
            ballistic_coefficient_kg_m2,
            pull_up: None,
        }
    }

    /// Checks every value against its allowed range.
    ///
    /// # Errors
    /// [`FlightError::OutOfRange`] with the key, its value and what is allowed, in the units of the scenario file.
    pub fn check(&self) -> Result<(), FlightError> {
        check_ranges([
            ("latitude_deg", self.launch.latitude_rad.to_degrees(), -85.0, 85.0, "-85 to 85"),
            ("longitude_deg", self.launch.longitude_rad.to_degrees(), -180.0, 360.0, "-180 to 360"),
            ("height_m", self.launch.height_m, -500.0, 9_000.0, "-500 to 9000"),
            ("azimuth_deg", self.azimuth_rad.to_degrees(), 0.0, 360.0, "0 to 360"),
            ("apogee_km", self.apogee_m / 1e3, 20.0, 10_000.0, "20 to 10000"),
            ("range_km", self.range_m / 1e3, 50.0, 15_000.0, "50 to 15000"),
            ("ballistic_coefficient_kg_m2", self.ballistic_coefficient_kg_m2, 500.0, 1e6, "500 to 1000000"),
        ])?;
        let (count, allowed) = match self.profile {
            BoostProfile::GravityTurn => (MAXIMUM_STAGES, "1 to 3"),
            BoostProfile::LinearPitch => (1, "1 with the linear-pitch profile"),
        };
        check_ranges([("stages", self.stages.len() as f64, 1.0, count as f64, allowed)])?;
        for (index, stage) in self.stages.iter().enumerate() {
            stage.check(self.stages.len(), index + 1 == self.stages.len())?;
        }
        match &self.pull_up {
            None => Ok(()),
            Some(pull_up) => check_ranges([
                ("below_height_km", pull_up.below_height_m / 1e3, 5.0, 100.0, "5 to 100"),
                ("lift_to_drag", pull_up.lift_to_drag, 0.0, 5.0, "0 to 5"),
            ]),
        }
    }

    /// Ignition and burnout of every stage, s since launch.
    pub(crate) fn burns_s(&self) -> impl Iterator<Item = (f64, f64)> {
        self.stages.iter().scan(0.0, |next_s, stage| {
            let ignition_s = *next_s;
            let burnout_s = ignition_s + stage.burn_s;
            *next_s = burnout_s + stage.pause_s;
            Some((ignition_s, burnout_s))
        })
    }

    /// Speed that every stage gains, as parts of one.
    pub(crate) fn gains(&self) -> impl Iterator<Item = f64> {
        let sum: f64 = self.stages.iter().map(|stage| stage.speed_share).sum();
        self.stages.iter().map(move |stage| stage.speed_share / sum)
    }
}

impl StagePlan {
    fn check(&self, count: usize, is_last: bool) -> Result<(), FlightError> {
        let burn = if count == 1 { "boost_s" } else { "burn_s" };
        check_ranges([
            (burn, self.burn_s, 5.0, 900.0, "5 to 900"),
            if is_last {
                ("pause_s", self.pause_s, 0.0, 0.0, "0 for the last stage")
            } else {
                ("pause_s", self.pause_s, 0.0, 600.0, "0 to 600")
            },
            ("speed_share", self.speed_share, 0.01, 100.0, "0.01 to 100"),
        ])?;
        let Some(dropped) = &self.dropped else { return Ok(()) };
        let (latest_s, allowed) =
            if is_last { (600.0, "0 to 600") } else { (self.pause_s, "0 to the stage's pause_s") };
        check_ranges([
            ("after_s", dropped.after_s, 0.0, latest_s, allowed),
            ("ballistic_coefficient_kg_m2", dropped.ballistic_coefficient_kg_m2, 10.0, 1e6, "10 to 1000000"),
            ("separation_m_s", dropped.separation_m_s, 0.0, 100.0, "0 to 100"),
        ])
    }
}
