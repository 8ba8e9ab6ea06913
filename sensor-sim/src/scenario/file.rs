//! The scenario file as it is written: the tables at its top, and how they become a [`Scenario`].
//!
//! Each kind of table has a file with its struct (keys, ranges, defaults) and what becomes of it. A range stands at its
//! key and nowhere else: the schema is made from it and `check` reads that. What takes more than one key to judge is
//! judged where the table is resolved.

use super::area::{AreaTable, NodeTable};
use super::document::{Document, Place, syntax};
use super::flight::FlightTable;
use super::heading::{AirTable, Heading, PerturbTable};
use super::mover::MoverTable;
use super::sensor::{Class, SensorTable};
use super::{Reported, Scenario, ScenarioError, check, schema};
use crate::mount::Mount;
use fusion_core::{
    node::TrackerConfig,
    share::{LinkConfig, Regime, RegimeError},
    types::Sensor,
    warning::WarningConfig,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Longest text, bytes.
pub(super) const MAXIMUM_LENGTH: usize = 1 << 20;

/// What flies, who looks, who is who and who is warned. Units stand in the names of the keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Vantage scenario")]
pub(super) struct File {
    /// What the scenario is called and when it begins.
    pub scenario: Heading,
    /// What flies. The first flight is the one that errors, ground track and bounds refer to.
    #[serde(default, rename = "flight")]
    #[schemars(length(max = 1_000))]
    pub flights: Vec<FlightTable>,
    /// Air traffic.
    #[serde(default, rename = "aircraft")]
    #[schemars(length(max = 1_000))]
    pub aircraft: Vec<MoverTable>,
    /// Submarines: for sonars.
    #[serde(default, rename = "submarine")]
    #[schemars(length(max = 1_000))]
    pub submarines: Vec<MoverTable>,
    /// What differs from run to run.
    #[serde(default)]
    pub perturb: PerturbTable,
    /// What the air is really like.
    #[serde(default)]
    pub air: AirTable,
    /// Kinds of sensors, by name.
    #[serde(default, rename = "sensor-class")]
    pub classes: BTreeMap<String, Class>,
    /// The sensors.
    #[serde(default, rename = "sensor")]
    #[schemars(length(max = 1_000))]
    pub sensors: Vec<SensorTable>,
    /// The nations' fusion centres.
    #[serde(default, rename = "node")]
    #[schemars(length(max = 64))]
    pub nodes: Vec<NodeTable>,
    /// The areas that are warned.
    #[serde(default, rename = "area")]
    #[schemars(length(max = 1_000))]
    pub areas: Vec<AreaTable>,
    /// How every node tracks.
    #[serde(default)]
    pub tracker: TrackerConfig,
    /// When the nodes warn.
    #[serde(default)]
    pub warning: WarningConfig,
    /// Sharing arrangements that the file brings along.
    #[serde(default, rename = "regime")]
    #[schemars(length(max = 100))]
    pub regimes: Vec<Regime>,
}

/// Reads and checks a file's text.
pub(super) fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    if text.len() > MAXIMUM_LENGTH {
        return Err(ScenarioError::TooLong { length: text.len(), allowed: MAXIMUM_LENGTH });
    }
    let file: File = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let document = Document::parse(text)?;
    check::check(&document.root(), schema::schema(), schema::schema())?;
    file.resolve(&document.root(), *blake3::hash(text.as_bytes()).as_bytes())
}

impl File {
    fn resolve(self, root: &Place<'_>, digest: [u8; 32]) -> Result<Scenario, ScenarioError> {
        let nodes = Names::new(root, "node", self.nodes.iter().map(|node| &node.name))?;
        Names::new(root, "flight", self.flights.iter().map(|flight| &flight.name))?;
        Names::new(root, "aircraft", self.aircraft.iter().map(|aircraft| &aircraft.name))?;
        Names::new(root, "submarine", self.submarines.iter().map(|submarine| &submarine.name))?;
        Names::new(root, "sensor", self.sensors.iter().map(|sensor| &sensor.name))?;
        Names::new(root, "area", self.areas.iter().map(|area| &area.name))?;
        Names::new(root, "regime", self.regimes.iter().map(|regime| &regime.name))?;
        for (name, class) in &self.classes {
            class.check(name, &root.key("sensor-class").entry(name))?;
        }
        for (regime, place) in self.regimes.iter().zip(items(root, "regime")) {
            regime.resolve(&nodes.names).map_err(|error| ScenarioError::Regime {
                at: faulty(regime, &error, &place).position(),
                error,
            })?;
        }
        let start = self.scenario.start(&root.key("scenario"))?;
        let known = (&self.classes, &nodes);
        let around = (start, self.air.refractivity);
        let sensors: Vec<(Sensor, Mount)> = self
            .sensors
            .iter()
            .zip(items(root, "sensor"))
            .enumerate()
            .map(|(index, (table, place))| table.resolve(index, &place, known, around))
            .collect::<Result<_, _>>()?;
        let (sensors, mounts) = sensors.into_iter().unzip();
        let flights = self.flights.iter().zip(items(root, "flight"));
        let aircraft = self.aircraft.iter().zip(items(root, "aircraft")).map(|pair| (pair, false));
        let submarines = self.submarines.iter().zip(items(root, "submarine")).map(|pair| (pair, true));
        let areas = self.areas.iter().zip(items(root, "area"));
        Ok(Scenario {
            start,
            name: self.scenario.name,
            title: self.scenario.title,
            summary: self.scenario.summary,
            tail_s: self.scenario.tail_s,
            flights: flights.map(|(table, place)| table.resolve(&place)).collect::<Result<_, _>>()?,
            movers: aircraft
                .chain(submarines)
                .map(|((table, place), is_under_water)| table.resolve(is_under_water, &place))
                .collect::<Result<_, _>>()?,
            perturb: self.perturb.resolve(),
            sensors,
            mounts,
            areas: areas.map(|(table, place)| table.resolve(&place, &nodes)).collect::<Result<_, _>>()?,
            nodes: self.nodes.into_iter().map(NodeTable::resolve).collect(),
            tracker: self.tracker,
            warning: self.warning,
            regimes: self.regimes,
            reported: Reported::default(),
            digest,
        })
    }
}

/// The tables of a list at the top of the file.
pub(super) fn items<'a>(root: &Place<'a>, kind: &'static str) -> impl Iterator<Item = Place<'a>> {
    let list = root.key(kind);
    (0_usize..).map(move |index| list.item(index))
}

/// The names of all things of a kind, in the order of the file.
pub(super) struct Names {
    kind: &'static str,
    names: Vec<String>,
}

impl Names {
    /// Each name must be there once.
    fn new<'n>(
        root: &Place<'_>,
        kind: &'static str,
        names: impl Iterator<Item = &'n String>,
    ) -> Result<Self, ScenarioError> {
        let names: Vec<String> = names.cloned().collect();
        let mut known = BTreeSet::new();
        if let Some((second, name)) = names.iter().enumerate().find(|(_, name)| !known.insert(*name)) {
            let at = root.key(kind).item(second).key("name").position();
            return Err(ScenarioError::Duplicate { at, kind, name: name.clone() });
        }
        Ok(Names { kind, names })
    }

    /// The identity of the thing whose name stands at `place`.
    pub fn find(&self, name: &str, place: &Place<'_>) -> Result<u16, ScenarioError> {
        let found = self.names.iter().position(|known| known == name);
        found.map(|index| index as u16).ok_or_else(|| place.unknown(self.kind, self.names.iter()))
    }
}

/// The key of a regime that is wrong, or its link.
fn faulty<'a>(regime: &Regime, error: &RegimeError, place: &Place<'a>) -> Place<'a> {
    let (link, path) = match error {
        RegimeError::UnknownNode { link, node, .. } => {
            let is = |end: fn(&LinkConfig) -> &String| {
                regime.links.get(link.saturating_sub(1)).is_some_and(|link| end(link) == node)
            };
            let key = if is(|link| &link.from) {
                "from"
            } else if is(|link| &link.to) {
                "to"
            } else {
                "onward"
            };
            (link, key)
        }
        RegimeError::Loop { link, .. } => (link, "to"),
        RegimeError::OutOfRange { link, key, .. } => (link, *key),
        _ => return place.clone(),
    };
    let link = place.key("link").item(link.saturating_sub(1));
    path.split('.').fold(link, |place, key| place.key(key))
}
