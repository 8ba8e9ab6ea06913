//! What a study is to do, whole and as text: the same plan gives the same results on any machine.

use crate::regimes::{self, ReadError};
use crate::until::Until;
use fusion_core::share::Regime;
use sensor_sim::{Scenario, ScenarioError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The plan of a study: what its results are a function of, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyPlan {
    /// Version of this crate: another one may track otherwise, so that its runs are not to be mixed with these.
    pub program: String,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Runs of each scenario; with [`StudyPlan::until`] the most there may be.
    pub runs: u32,
    /// What the spreads between runs are multiplied by.
    pub perturb: f64,
    /// Seconds between samples.
    pub grid_s: f64,
    /// When runs are enough, if that is not their number.
    pub until: Option<Until>,
    /// What is flown, each with its regimes.
    pub scenarios: Vec<PlannedScenario>,
}

/// A scenario and the regimes under which it is flown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedScenario {
    /// Its name.
    pub name: String,
    /// The text of its file.
    pub text: String,
    /// What was publicly reported of its event, as TOML made from what was read.
    pub reported: String,
    /// The regimes as TOML, in the order of the results.
    pub regimes: Vec<PlannedRegime>,
}

/// A regime of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRegime {
    /// Its name.
    pub name: String,
    /// Its text, made from what was read: comments and order of keys are lost, and make no difference.
    pub text: String,
}

/// Which part of a study's runs: `2/7` is the second of seven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From one.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Why a plan cannot be made or carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A regime, or what was reported of a scenario, has no form as TOML.
    #[error("`{name}` cannot be written as TOML: {error}")]
    Unwritable {
        /// Its name.
        name: String,
        /// Why.
        error: Box<toml::ser::Error>,
    },
    /// A scenario of the plan cannot be read.
    #[error("scenario `{name}` of the plan: {error}")]
    Scenario {
        /// Its name.
        name: String,
        /// Why.
        error: Box<ScenarioError>,
    },
    /// A regime of the plan cannot be read.
    #[error("the plan's regime {0}")]
    Regime(Box<ReadError>),
}

impl PlannedScenario {
    /// A scenario, with the text it was read from, and its regimes.
    ///
    /// # Errors
    /// [`PlanError::Unwritable`].
    pub fn new(text: &str, scenario: &Scenario, regimes: &[Regime]) -> Result<Self, PlanError> {
        let planned = |regime: &Regime| {
            let name = regime.name.clone();
            match toml::to_string(regime) {
                Ok(text) => Ok(PlannedRegime { name, text }),
                Err(error) => Err(PlanError::Unwritable { name, error: Box::new(error) }),
            }
        };
        Ok(PlannedScenario {
            name: scenario.name.clone(),
            text: text.to_owned(),
            reported: toml::to_string(&scenario.reported).map_err(|error| PlanError::Unwritable {
                name: scenario.name.clone(),
                error: Box::new(error),
            })?,
            regimes: regimes.iter().map(planned).collect::<Result<_, _>>()?,
        })
    }

    /// The scenario, its spreads multiplied by `perturb`, and its regimes.
    ///
    /// # Errors
    /// [`PlanError`] where a text is not what [`PlannedScenario::new`] wrote.
    pub fn read(&self, perturb: f64) -> Result<(Scenario, Vec<Regime>), PlanError> {
        let fault = |error| PlanError::Scenario { name: self.name.clone(), error: Box::new(error) };
        let scenario =
            Scenario::parse(&self.text).and_then(|scenario| scenario.with_reported(&self.reported));
        let scenario = scenario.map_err(fault)?.perturbed_by(perturb);
        let nodes = scenario.node_names();
        let read = |regime: &PlannedRegime| regimes::parse(&regime.name, &regime.text, &nodes);
        let regimes = self.regimes.iter().map(read).collect::<Result<_, _>>();
        Ok((scenario, regimes.map_err(|error| PlanError::Regime(Box::new(error)))?))
    }

    fn difference(&self, other: &PlannedScenario) -> Option<String> {
        let name = &self.name;
        if self.text != other.text {
            let same = self.text.lines().zip(other.text.lines()).take_while(|(own, other)| own == other);
            return Some(format!("the text of scenario `{name}`, first in line {}", same.count() + 1));
        }
        if self.reported != other.reported {
            return Some(format!("what was reported of scenario `{name}`"));
        }
        let names = |regimes: &[PlannedRegime]| {
            regimes.iter().map(|regime| regime.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (own, theirs) = (names(&self.regimes), names(&other.regimes));
        if own != theirs {
            return Some(format!("the regimes of scenario `{name}`: {own} against {theirs}"));
        }
        let mut pairs = self.regimes.iter().zip(&other.regimes);
        let changed = pairs.find(|(own, other)| own.text != other.text)?;
        Some(format!("what regime `{}` says", changed.0.name))
    }
}

impl StudyPlan {
    /// BLAKE3 digest of everything in the plan: two studies with the same one have the same results.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        // No number of a plan is without a form as JSON, and no key is anything but a text.
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).into()
    }

    /// The first thing in which another plan differs, for a message: `the seed: 1 against 2`; none where they are equal.
    #[must_use]
    pub fn difference(&self, other: &StudyPlan) -> Option<String> {
        fn unlike<T: PartialEq + std::fmt::Display>(what: &str, own: T, other: T) -> Option<String> {
            (own != other).then(|| format!("{what}: {own} against {other}"))
        }
        let until = |plan: &StudyPlan| plan.until.as_ref().map_or("none".to_owned(), Until::to_string);
        let names = |plan: &StudyPlan| {
            plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect::<Vec<_>>().join(", ")
        };
        unlike("the version of vantage", self.program.as_str(), &other.program)
            .or_else(|| unlike("the scenarios", names(self), names(other)))
            .or_else(|| unlike("the seed", self.seed, other.seed))
            .or_else(|| unlike("the number of runs", self.runs, other.runs))
            .or_else(|| unlike("--perturb", self.perturb, other.perturb))
            .or_else(|| unlike("the seconds between samples", self.grid_s, other.grid_s))
            .or_else(|| unlike("--until", until(self), until(other)))
            .or_else(|| {
                let mut pairs = self.scenarios.iter().zip(&other.scenarios);
                pairs.find_map(|(own, other)| own.difference(other))
            })
    }
}

impl Shard {
    /// Whether a run of a scenario, by its place in a plan of `runs` runs, is done by this part. Each is done by one.
    #[must_use]
    pub fn has(&self, (scenario, run): (u32, u32), runs: u32) -> bool {
        let number = u64::from(scenario) * u64::from(runs) + u64::from(run);
        number % u64::from(self.of.max(1)) + 1 == u64::from(self.number)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = parts.map(|(number, of)| Shard { number, of });
        shard
            .filter(|shard| (1..=10_000).contains(&shard.of) && (1..=shard.of).contains(&shard.number))
            .ok_or_else(|| "it must be I/N with I from 1 to N and N at most 10000, such as 2/7".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");

    fn plan() -> StudyPlan {
        let scenario = Scenario::parse(SCENARIO).unwrap();
        let regimes = [regimes::builtin().unwrap(), regimes::variants().unwrap()].concat();
        StudyPlan {
            program: "1".to_owned(),
            seed: 1,
            runs: 20,
            perturb: 0.5,
            grid_s: 5.0,
            until: None,
            scenarios: vec![PlannedScenario::new(SCENARIO, &scenario, &regimes).unwrap()],
        }
    }

    #[test]
    fn scenario_and_regimes_come_back_as_they_were() {
        let (scenario, read) = plan().scenarios[0].read(0.5).unwrap();
        assert_eq!(scenario, Scenario::parse(SCENARIO).unwrap().perturbed_by(0.5));
        assert_eq!(read, [regimes::builtin().unwrap(), regimes::variants().unwrap()].concat());
    }

    #[test]
    fn what_differs_is_told() {
        let says = |change: &dyn Fn(&mut StudyPlan)| {
            let mut other = plan();
            change(&mut other);
            plan().difference(&other).unwrap_or_default()
        };
        assert_eq!(says(&|_| {}), "");
        assert_eq!(says(&|plan| plan.seed = 7), "the seed: 1 against 7");
        assert_eq!(says(&|plan| plan.runs = 21), "the number of runs: 20 against 21");
        let text =
            says(&|plan| plan.scenarios[0].text.insert_str(SCENARIO.find('\n').unwrap() + 1, "# new\n"));
        assert_eq!(text, "the text of scenario `overflight-2017-09-15`, first in line 2");
        let regime = says(&|plan| plan.scenarios[0].regimes[1].text.push(' '));
        assert_eq!(regime, "what regime `bilateral` says");
        let fewer = says(&|plan| plan.scenarios[0].regimes.truncate(2));
        assert!(fewer.ends_with("against siloed, bilateral"), "{fewer}");
        assert!(says(&|plan| plan.scenarios.clear()).starts_with("the scenarios: "));
    }

    #[test]
    fn every_run_is_done_by_one_shard() {
        let shards: Vec<Shard> = (1..=7).map(|number| format!("{number}/7").parse().unwrap()).collect();
        for task in (0..3).flat_map(|scenario| (0..20).map(move |run| (scenario, run))) {
            assert_eq!(shards.iter().filter(|shard| shard.has(task, 20)).count(), 1, "{task:?}");
        }
        for wrong in ["0/7", "8/7", "1", "1/0", "a/b", "-1/2", "1/10001"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
