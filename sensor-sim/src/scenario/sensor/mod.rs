//! `[sensor-class.NAME]` and `[[sensor]]`: who looks. Each kind of sensor has a table for its model.

mod before_launch;
mod infrared;
mod placed;
mod radar;

pub(super) use placed::SensorTable;

use super::ScenarioError;
use super::document::Place;
use before_launch::{ImageryTable, ReportsTable, SonarTable};
use infrared::InfraredTable;
use radar::RadarTable;
use schemars::JsonSchema;
use serde::Deserialize;

/// A kind of sensor. It has exactly one model: a table for each instead of a tagged enum keeps the positions of errors
/// exact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    description = "A kind of sensor. It has exactly one model: radar, infrared, sonar, imagery or reports."
)]
pub(super) struct Class {
    /// Between two looks, s; of a rotating antenna, for a turn.
    #[schemars(range(min = 0.05, max = 3_600.0))]
    pub revisit_s: f64,
    /// Probability that an object in the coverage gives a plot; with a radar's `signal` the greatest that it can be.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub detection_probability: f64,
    /// Expected false plots in a look at the whole coverage, evenly over it.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1_000.0))]
    pub clutter_per_scan: f64,
    /// The model of a radar.
    pub radar: Option<RadarTable>,
    /// The model of an infrared sensor on a satellite.
    pub infrared: Option<InfraredTable>,
    /// The model of a passive sonar.
    pub sonar: Option<SonarTable>,
    /// The model of an imaging satellite.
    pub imagery: Option<ImageryTable>,
    /// The model of a person who reports.
    pub reports: Option<ReportsTable>,
}

/// The one model of a class.
pub(super) enum Model<'c> {
    Radar(&'c RadarTable),
    Infrared(&'c InfraredTable),
    Sonar(&'c SonarTable),
    Imagery(&'c ImageryTable),
    Reports,
}

impl Class {
    fn model(&self) -> Option<Model<'_>> {
        let models = [
            self.radar.as_ref().map(Model::Radar),
            self.infrared.as_ref().map(Model::Infrared),
            self.sonar.as_ref().map(Model::Sonar),
            self.imagery.as_ref().map(Model::Imagery),
            self.reports.as_ref().map(|ReportsTable {}| Model::Reports),
        ];
        let mut given = models.into_iter().flatten();
        given.next().filter(|_| given.next().is_none())
    }

    /// What takes more than one key to judge.
    pub fn check(&self, name: &str, place: &Place<'_>) -> Result<(), ScenarioError> {
        match self.model() {
            Some(Model::Radar(radar)) => radar.check(&place.key("radar")),
            Some(_) => Ok(()),
            None => Err(place.wrong_keys(format!(
                "give exactly one of [sensor-class.{name}.radar], .infrared, .sonar, .imagery and .reports"
            ))),
        }
    }
}
