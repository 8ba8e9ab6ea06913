//! What `credit` and `sweep` are both asked: of which flight, to whom, when, without whom.

use crate::failure::Failure;
use crate::load::{built_in_scenario, read_scenario};
use crate::study::study_failure;
use clap::{Args, ValueEnum};
use fusion_core::types::{NodeId, SensorId};
use sensor_sim::Scenario;
use sharing_study::gain::Measure;
use sharing_study::nominal::NominalFlight;
use sharing_study::study::StudyError;
use sharing_study::sweep::RunOptions;
use sharing_study::variant;
use std::path::{Path, PathBuf};

/// When, s after burnout, when nobody says when.
const AFTER_BURNOUT_S: [f64; 2] = [30.0, 150.0];

#[derive(Debug, Args)]
pub struct Asked {
    /// Scenario file [default: the flight over Hokkaido of 15 September 2017, built in]
    pub scenario: Option<PathBuf>,
    /// Receiving node; may be given several times [default: all]
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    pub receiver: Vec<String>,
    /// When the impact error is judged, seconds after launch [default: 30 and 150 s after burnout]
    #[arg(long, value_name = "S,S", value_delimiter = ',', value_parser = parse_seconds)]
    pub at: Vec<f64>,
    /// Sensor that is left out; may be given several times
    #[arg(long, value_name = "SENSOR", value_delimiter = ',')]
    pub without: Vec<String>,
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "it must be a number of seconds from 0 to 86400".to_owned())
}

/// In what something is gained, and how that is found out.
#[derive(Debug, Args)]
pub struct Measured {
    /// In what something is gained; may be given several times
    #[arg(long, value_enum, value_delimiter = ',', default_value = "impact-error")]
    pub measure: Vec<What>,
    /// From the bound or from runs [default: from the bound what is in it]
    #[arg(long, value_enum)]
    pub from: Option<Source>,
    /// Runs, each with its own noise
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: u32,
    /// Seed of everything drawn
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Error of the predicted impact at the times of --at, km
    ImpactError,
    /// When the first area that the receiver answers for is warned, s
    Warning,
    /// When the track is confirmed, s
    Confirmed,
    /// When the impact is known well enough to act on, s
    Actionable,
    /// By how many the missiles counted by the end are off
    Miscounted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// What the sensors could tell: exact, for the nominal flight
    Bound,
    /// What the trackers made of it, with intervals
    Runs,
}

impl Measured {
    /// Whether it is worked out: where nothing else was asked for, and the bound has it.
    pub fn is_from_bound(&self, is_in_bound: bool) -> bool {
        let has_bound = is_in_bound && self.measure.iter().all(|what| *what == What::ImpactError);
        self.from.map_or(has_bound, |from| from == Source::Bound)
    }

    pub fn options(&self) -> RunOptions {
        RunOptions { runs: self.runs, seed: self.seed, threads: self.threads.map(usize::from) }
    }

    /// What is measured: the impact error at each of the times that are asked for.
    pub fn measures(&self, asked: &Asked, text: &str, scenario: &Scenario) -> Result<Vec<Measure>, Failure> {
        let mut measures = Vec::new();
        for what in &self.measure {
            match what {
                What::ImpactError => {
                    let fault = |error| asked.failure(text, &error);
                    let flight = NominalFlight::of(scenario, self.seed).map_err(fault)?;
                    let geometry = flight.geometry().map_err(fault)?;
                    let times_s = asked.times_s(geometry.burnout_s(), geometry.impact_s())?;
                    measures.extend(times_s.into_iter().map(Measure::ImpactError));
                }
                What::Warning => measures.push(Measure::Warning),
                What::Confirmed => measures.push(Measure::Confirmed),
                What::Actionable => measures.push(Measure::Actionable),
                What::Miscounted => measures.push(Measure::Miscounted),
            }
        }
        Ok(measures)
    }
}

impl Asked {
    /// The scenario with its text, the sensors that are left out switched off.
    pub fn scenario(&self) -> Result<(String, Scenario), Failure> {
        let (text, scenario) = match &self.scenario {
            Some(path) => read_scenario(path)?,
            None => built_in_scenario()?,
        };
        let off = sensors(&scenario, &self.without)?;
        let scenario = variant::without(&scenario, |sensor| off.contains(&sensor));
        Ok((text, scenario))
    }

    /// The receiving nodes in the order in which they are asked for.
    pub fn receivers(&self, scenario: &Scenario) -> Result<Vec<NodeId>, Failure> {
        let names = scenario.node_names();
        let all = 0..names.len();
        if self.receiver.is_empty() {
            return Ok(all.map(|node| NodeId(node as u16)).collect());
        }
        let find = |name: &String| {
            let place = names.iter().position(|known| known == name);
            place.map(|node| NodeId(node as u16)).ok_or_else(|| unknown("node", name, &names))
        };
        self.receiver.iter().map(find).collect()
    }

    /// The times, s after launch, of a flight that burns out and comes down then.
    pub fn times_s(&self, burnout_s: f64, impact_s: f64) -> Result<Vec<f64>, Failure> {
        let times_s = if self.at.is_empty() {
            AFTER_BURNOUT_S.map(|after_s| (burnout_s + after_s).round()).to_vec()
        } else {
            self.at.clone()
        };
        let times_s: Vec<f64> =
            times_s.into_iter().filter(|time_s| !self.at.is_empty() || *time_s < impact_s).collect();
        let is_flying = |time_s: &f64| (burnout_s..impact_s).contains(time_s);
        if times_s.is_empty() || !times_s.iter().all(is_flying) {
            return Err(Failure::new(
                format!(
                    "the missile burns out {burnout_s:.0} s and comes down {impact_s:.0} s after launch: there is an impact to predict only between"
                ),
                "give times between with --at",
            ));
        }
        Ok(times_s)
    }

    /// What is wrong with a scenario that could not be studied.
    pub fn failure(&self, text: &str, error: &StudyError) -> Failure {
        let path = self.scenario.as_deref().unwrap_or(Path::new("the built-in scenario"));
        study_failure(path, text, error)
    }

    /// What is left out, for a title: nothing, or ` without a, b`.
    pub fn without_text(&self) -> String {
        if self.without.is_empty() { String::new() } else { format!(" without {}", self.without.join(", ")) }
    }
}

/// Sensors by their names.
pub fn sensors(scenario: &Scenario, names: &[String]) -> Result<Vec<SensorId>, Failure> {
    let known: Vec<String> = scenario.sensors.iter().map(|sensor| sensor.name.clone()).collect();
    let find = |name: &String| {
        let sensor = scenario.sensors.iter().find(|sensor| sensor.name == *name);
        sensor.map(|sensor| sensor.id).ok_or_else(|| unknown("sensor", name, &known))
    };
    names.iter().map(find).collect()
}

/// A name that is none.
pub fn unknown(what: &str, name: &str, known: &[String]) -> Failure {
    Failure::new(format!("there is no {what} `{name}`"), format!("there are: {}", known.join(", ")))
}
