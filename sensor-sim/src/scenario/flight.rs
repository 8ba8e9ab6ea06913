//! `[[flight]]`: what is launched.

use super::document::Place;
use super::{FailureEntry, FlightEntry, ScenarioError};
use crate::flight::{BoostProfile, Dropped, FlightError, FlightPlan, PullUp, StagePlan};
use fusion_core::types::Geodetic;
use schemars::JsonSchema;
use serde::Deserialize;

/// A flight, as a newspaper reports it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FlightTable {
    /// Its name; no two flights have the same.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Where from.
    pub launch: LaunchTable,
    /// Bearing at launch, degrees clockwise from north.
    #[schemars(range(min = 0.0, max = 360.0))]
    pub azimuth_deg: f64,
    /// Greatest height above the ellipsoid, km.
    #[schemars(range(min = 20.0, max = 10_000.0))]
    pub apogee_km: f64,
    /// Launch to impact along the ellipsoid, km.
    #[schemars(range(min = 50.0, max = 15_000.0))]
    pub range_km: f64,
    /// How the velocity turns during the burn.
    #[serde(default)]
    pub profile: ProfileName,
    /// Length of the burn of a flight of one stage that is never dropped, s; otherwise give `stage`.
    #[schemars(range(min = 5.0, max = 900.0))]
    pub boost_s: Option<f64>,
    /// The stages in the order in which they burn.
    #[serde(default, rename = "stage")]
    #[schemars(length(max = 3))]
    pub stages: Vec<StageTable>,
    /// Ballistic coefficient m / (Cd A) of what comes down, kg/m².
    #[schemars(range(min = 500.0, max = 1_000_000.0))]
    pub ballistic_coefficient_kg_m2: f64,
    /// Radar cross-section of the missile and of what comes down, m².
    #[serde(default = "one")]
    #[schemars(range(min = 0.0001, max = 10_000.0))]
    pub cross_section_m2: f64,
    /// Radar cross-section of each dropped stage and of each piece of a break-up, m².
    #[serde(default = "five")]
    #[schemars(range(min = 0.0001, max = 10_000.0))]
    pub stage_cross_section_m2: f64,
    /// Launch, s after the scenario's start.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub launch_s: f64,
    /// The pull-up on the way down of a quasi-ballistic flight.
    pub pull_up: Option<PullUpTable>,
    /// How it fails.
    pub failure: Option<FailureTable>,
}

fn one() -> f64 {
    1.0
}

fn five() -> f64 {
    5.0
}

/// How the velocity turns during the burn.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProfileName {
    /// Straight up, a short pitch-over, then gravity alone.
    #[default]
    GravityTurn,
    /// The angle falls linearly with time: a simpler profile, for comparisons; one stage only.
    LinearPitch,
}

/// Where a flight starts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LaunchTable {
    /// Geodetic latitude, degrees.
    #[schemars(range(min = -85.0, max = 85.0))]
    pub latitude_deg: f64,
    /// Longitude, degrees east.
    #[schemars(range(min = -180.0, max = 360.0))]
    pub longitude_deg: f64,
    /// Height above the ellipsoid, m.
    #[serde(default)]
    #[schemars(range(min = -500.0, max = 9_000.0))]
    pub height_m: f64,
}

/// One stage.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StageTable {
    /// Length of its burn, s.
    #[schemars(range(min = 5.0, max = 900.0))]
    pub burn_s: f64,
    /// Free flight after it, before the next stage ignites, s.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 600.0))]
    pub pause_s: f64,
    /// Its share of the speed that all stages gain, relative to the others' shares.
    #[serde(default = "one")]
    #[schemars(range(min = 0.01, max = 100.0))]
    pub speed_share: f64,
    /// How it is let go; left out, it stays with what is above it.
    pub dropped: Option<DroppedTable>,
}

/// How a spent stage is let go; of the last stage: how the payload separates from it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DroppedTable {
    /// After its burnout, s; of a lower stage at most its pause.
    #[schemars(range(min = 0.0, max = 600.0))]
    pub after_s: f64,
    /// Ballistic coefficient of the spent stage, kg/m².
    #[schemars(range(min = 10.0, max = 1_000_000.0))]
    pub ballistic_coefficient_kg_m2: f64,
    /// Speed at which it falls behind, m/s.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub separation_m_s: f64,
}

/// A pull-up on the way down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PullUpTable {
    /// It begins on the way down through this height, km.
    #[schemars(range(min = 5.0, max = 60.0))]
    pub below_height_km: f64,
    /// Lift over drag.
    #[schemars(range(min = 0.1, max = 4.0))]
    pub lift_to_drag: f64,
}

/// How a flight fails.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureTable {
    /// The thrust stops then, s after launch.
    #[schemars(range(min = 1.0, max = 2_700.0))]
    pub at_s: f64,
    /// Into how many pieces it breaks up; none: it stays whole.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub fragments: u32,
    /// Standard deviation, in each axis, of the pieces' speeds away from one another, m/s.
    #[serde(default = "ten")]
    #[schemars(range(min = 0.0, max = 1_000.0))]
    pub spread_m_s: f64,
    /// Median of the pieces' ballistic coefficients, kg/m².
    #[serde(default = "five_hundred")]
    #[schemars(range(min = 30.0, max = 100_000.0))]
    pub ballistic_coefficient_kg_m2: f64,
}

fn ten() -> f64 {
    10.0
}

fn five_hundred() -> f64 {
    500.0
}

impl FlightTable {
    pub fn resolve(&self, place: &Place<'_>) -> Result<FlightEntry, ScenarioError> {
        let LaunchTable { latitude_deg, longitude_deg, height_m } = self.launch;
        let plan = FlightPlan {
            launch: Geodetic::from_degrees(latitude_deg, longitude_deg, height_m),
            azimuth_rad: self.azimuth_deg.to_radians(),
            apogee_m: self.apogee_km * 1e3,
            range_m: self.range_km * 1e3,
            profile: match self.profile {
                ProfileName::GravityTurn => BoostProfile::GravityTurn,
                ProfileName::LinearPitch => BoostProfile::LinearPitch,
            },
            stages: self.stages(place)?,
            ballistic_coefficient_kg_m2: self.ballistic_coefficient_kg_m2,
            pull_up: self.pull_up.as_ref().map(|pull_up| PullUp {
                below_height_m: pull_up.below_height_km * 1e3,
                lift_to_drag: pull_up.lift_to_drag,
            }),
        };
        self.check(&plan, place)?;
        // Ranges are the schema's: nothing is left here that a file can get wrong.
        plan.check().map_err(|error| match error {
            FlightError::OutOfRange { key, value, allowed } => ScenarioError::OutOfRange {
                at: place.position(),
                place: format!("flight \"{}\"", self.name),
                key: key.to_owned(),
                value: value.to_string(),
                allowed: allowed.to_owned(),
            },
            error => ScenarioError::Flight { name: self.name.clone(), error },
        })?;
        Ok(FlightEntry {
            name: self.name.clone(),
            plan,
            launch_s: self.launch_s,
            cross_section_m2: self.cross_section_m2,
            stage_cross_section_m2: self.stage_cross_section_m2,
            failure: self.failure.as_ref().map(|failure| FailureEntry {
                at_s: failure.at_s,
                fragments: failure.fragments,
                spread_m_s: failure.spread_m_s,
                ballistic_coefficient_kg_m2: failure.ballistic_coefficient_kg_m2,
            }),
        })
    }

    /// What takes more than one key to judge.
    fn check(&self, plan: &FlightPlan, place: &Place<'_>) -> Result<(), ScenarioError> {
        if plan.profile == BoostProfile::LinearPitch && plan.stages.len() > 1 {
            return Err(place.key("profile").out_of_range("gravity-turn for more than one stage"));
        }
        for (index, stage) in self.stages.iter().enumerate() {
            let place = place.key("stage").item(index);
            let is_last = index.saturating_add(1) == self.stages.len();
            if is_last && stage.pause_s > 0.0 {
                return Err(place.key("pause_s").out_of_range("0 for the last stage"));
            }
            let dropped = stage.dropped.as_ref();
            if !is_last && dropped.is_some_and(|dropped| dropped.after_s > stage.pause_s) {
                let allowed = format!("at most the stage's pause_s, {}", stage.pause_s);
                return Err(place.key("dropped").key("after_s").out_of_range(allowed));
            }
        }
        let burnout_s = plan.burns_s().last().map_or(0.0, |(_, burnout_s)| burnout_s);
        match &self.failure {
            Some(failure) if failure.at_s >= burnout_s => {
                let allowed = format!("before the last burnout, {burnout_s}");
                Err(place.key("failure").key("at_s").out_of_range(allowed))
            }
            _ => Ok(()),
        }
    }

    fn stages(&self, place: &Place<'_>) -> Result<Vec<StagePlan>, ScenarioError> {
        match (self.boost_s, self.stages.as_slice()) {
            (Some(boost_s), []) => Ok(vec![StagePlan::only(boost_s)]),
            (None, [_, ..]) => Ok(self.stages.iter().map(StageTable::resolve).collect()),
            _ => Err(place.wrong_keys("give either boost_s or one to three [[flight.stage]]")),
        }
    }
}

impl StageTable {
    fn resolve(&self) -> StagePlan {
        StagePlan {
            burn_s: self.burn_s,
            pause_s: self.pause_s,
            speed_share: self.speed_share,
            dropped: self.dropped.as_ref().map(|dropped| Dropped {
                after_s: dropped.after_s,
                ballistic_coefficient_kg_m2: dropped.ballistic_coefficient_kg_m2,
                separation_m_s: dropped.separation_m_s,
            }),
        }
    }
}
