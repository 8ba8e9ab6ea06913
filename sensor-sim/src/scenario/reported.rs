//! What was publicly reported of a dated event, in a file beside the scenario: `scenario.toml` and
//! `scenario.reported.toml`.
//!
//! It is no part of the scenario's own text, because it changes nothing that is simulated: recordings carry the digest of
//! what was, and stay what they are when a fact is added or mended.

use super::document::{Document, Place, syntax};
use super::file::{MAXIMUM_LENGTH, items};
use super::{Scenario, ScenarioError, check, schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

/// What was publicly reported of the event that a scenario is made after. Times are announced ones, mostly to the minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Vantage public record of an event")]
pub struct Reported {
    /// What happened when; the first launch is the one from which delays count.
    #[serde(rename = "event")]
    #[schemars(length(max = 100))]
    pub events: Vec<ReportedEvent>,
    /// How many missiles a nation announced.
    #[serde(rename = "count")]
    #[schemars(length(max = 100))]
    pub counts: Vec<ReportedCount>,
}

/// One announced time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedEvent {
    /// What happened.
    pub what: What,
    /// When, s after the launch of the scenario's first flight.
    #[schemars(range(min = -86_400.0, max = 86_400.0))]
    pub after_launch_s: f64,
    /// Where a span was announced, its end, s after launch.
    #[serde(default)]
    #[schemars(range(min = -86_400.0, max = 86_400.0))]
    pub until_s: Option<f64>,
    /// How far the announced time may be off by its rounding alone, s: 30 where it was announced to the minute.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 0.0, max = 3_600.0))]
    pub half_width_s: f64,
    /// Name of the node whose nation announced it.
    #[serde(default)]
    pub by: Option<String>,
    /// Names of the scenario's areas that it was about.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub areas: Vec<String>,
    /// The places as they were announced.
    #[serde(default)]
    pub place: String,
    /// Whether it was taken back later.
    #[serde(default)]
    pub withdrawn: bool,
    /// Who published it.
    #[schemars(length(min = 1, max = 1_000))]
    pub source: String,
}

fn half_a_minute() -> f64 {
    30.0
}

/// What an announced time is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The launch.
    Launch,
    /// The first detection by any sensor.
    FirstDetection,
    /// A notice to authorities.
    GovernmentNotice,
    /// The alert to the people.
    Alert,
    /// The missile was over the place.
    Overflight,
    /// The people were told that it had passed.
    PassNotice,
    /// It came down.
    Impact,
    /// What had been said was corrected or taken back.
    Correction,
}

/// A number of missiles that was announced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedCount {
    /// Name of the node whose nation announced it.
    pub by: String,
    /// How many.
    #[schemars(range(min = 0, max = 1_000))]
    pub missiles: u32,
    /// Whether it was announced as "at least".
    #[serde(default)]
    pub at_least: bool,
    /// Who published it.
    #[schemars(length(min = 1, max = 1_000))]
    pub source: String,
}

impl Reported {
    /// Reads and checks what was reported of a scenario's event.
    ///
    /// # Errors
    /// [`ScenarioError`] with line and column; also where a node or an area is none of the scenario's.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Reported, ScenarioError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(ScenarioError::TooLong { length: text.len(), allowed: MAXIMUM_LENGTH });
        }
        let reported: Reported = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let document = Document::parse(text)?;
        let root = document.root();
        check::check(&root, Self::schema(), Self::schema())?;
        for (event, place) in reported.events.iter().zip(items(&root, "event")) {
            event.check(&place, scenario)?;
        }
        for (count, place) in reported.counts.iter().zip(items(&root, "count")) {
            is_a_node(&count.by, &place.key("by"), scenario)?;
        }
        if !reported.events.is_empty() && reported.launch().is_none() {
            return Err(root.wrong_keys("an event with what = \"launch\" is missing: delays count from it"));
        }
        Ok(reported)
    }

    /// The JSON Schema (draft 7) of such a file.
    pub fn schema() -> &'static Value {
        static SCHEMA: LazyLock<Value> = LazyLock::new(schema::of::<Reported>);
        &SCHEMA
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.counts.is_empty()
    }

    /// The first launch that was announced.
    pub fn launch(&self) -> Option<&ReportedEvent> {
        self.events.iter().find(|event| event.what == What::Launch)
    }
}

impl ReportedEvent {
    /// From when to when it was announced, s after launch; the same twice where it was one time.
    pub fn span_s(&self) -> [f64; 2] {
        [self.after_launch_s, self.until_s.unwrap_or(self.after_launch_s)]
    }

    fn check(&self, place: &Place<'_>, scenario: &Scenario) -> Result<(), ScenarioError> {
        if self.until_s.is_some_and(|until_s| until_s < self.after_launch_s) {
            let allowed = format!("at least after_launch_s, {}", self.after_launch_s);
            return Err(place.key("until_s").out_of_range(allowed));
        }
        if let Some(by) = &self.by {
            is_a_node(by, &place.key("by"), scenario)?;
        }
        let list = place.key("areas");
        for (index, name) in self.areas.iter().enumerate() {
            if !scenario.areas.iter().any(|area| area.name == *name) {
                return Err(list.item(index).unknown("area", scenario.areas.iter().map(|area| &area.name)));
            }
        }
        Ok(())
    }
}

fn is_a_node(name: &str, place: &Place<'_>, scenario: &Scenario) -> Result<(), ScenarioError> {
    if scenario.nodes.iter().any(|node| node.name == name) {
        return Ok(());
    }
    Err(place.unknown("node", scenario.nodes.iter().map(|node| &node.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        let text = include_str!("../../../fixtures/overflight-2017-09-15/scenario.toml");
        Scenario::parse(text).expect("a fixture")
    }

    const TEXT: &str = r#"
[[event]]
what = "launch"
after_launch_s = 0
by = "japan"
source = "a ministry"

[[event]]
what = "alert"
after_launch_s = 180
areas = ["Hokkaido"]
place = "12 prefectures"
source = "a town"

[[event]]
what = "overflight"
after_launch_s = 420
until_s = 540
half_width_s = 15
source = "a ministry"

[[count]]
by = "korea"
missiles = 8
at_least = true
source = "a newspaper"
"#;

    #[test]
    fn a_file_becomes_a_record() {
        let reported = Reported::parse(TEXT, &scenario()).unwrap_or_else(|error| panic!("{error}"));
        let [launch, alert, over] = reported.events.as_slice() else { panic!("three") };
        assert_eq!((launch.what, launch.half_width_s, alert.half_width_s), (What::Launch, 30.0, 30.0));
        assert_eq!((alert.span_s(), over.span_s(), over.half_width_s), ([180.0; 2], [420.0, 540.0], 15.0));
        assert_eq!(
            (alert.areas.as_slice(), alert.place.as_str()),
            (&["Hokkaido".to_owned()][..], "12 prefectures")
        );
        let count = &reported.counts[0];
        assert_eq!((count.by.as_str(), count.missiles, count.at_least), ("korea", 8, true));
        assert!(Reported::parse("", &scenario()).is_ok_and(|reported| reported.is_empty()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key() {
        for (old, new, parts) in [
            ("what = \"alert\"", "what = \"alarm\"", "line 9|alarm|pass-notice"),
            ("after_launch_s = 180", "after_launch_s = 1e9", "event 2|after_launch_s = 1e9|-86400 to 86400"),
            ("after_launch_s = 180", "after_launch_s = nan", "event 2|after_launch_s = nan"),
            ("after_launch_s = 180", "after_launch_s = \"07:00\"", "line 10|string"),
            ("after_launch_s = 180\n", "", "line 8|after_launch_s"),
            ("until_s = 540", "until_s = 400", "event 3|until_s = 400|at least after_launch_s, 420"),
            ("half_width_s = 15", "half_width_s = -1", "event 3|half_width_s = -1|0 to 3600"),
            ("half_width_s = 15", "half_width = 15", "line 19|half_width"),
            ("by = \"japan\"", "by = \"france\"", "event 1|by = \"france\"|korea, japan, united-states"),
            ("by = \"korea\"", "by = \"coria\"", "count 1|by = \"coria\"|korea, japan, united-states"),
            ("[\"Hokkaido\"]", "[\"Hokaido\"]", "event 2|areas|Hokaido|Hokkaido, Aomori and Iwate"),
            ("source = \"a town\"", "source = \"\"", "event 2|source|1 to 1000 characters"),
            ("missiles = 8", "missiles = 1001", "count 1|missiles = 1001|0 to 1000"),
            ("what = \"launch\"", "what = \"impact\"", "what = \"launch\"|missing"),
        ] {
            assert_eq!(TEXT.matches(old).count(), 1, "{old}");
            let error = Reported::parse(&TEXT.replace(old, new), &scenario()).expect_err(new).to_string();
            assert!(parts.split('|').all(|part| error.contains(part)), "`{new}` gave: {error}");
        }
        let long = "#".repeat(MAXIMUM_LENGTH + 1);
        assert!(matches!(Reported::parse(&long, &scenario()), Err(ScenarioError::TooLong { .. })));
    }

    #[test]
    fn what_is_reported_is_no_part_of_what_is_simulated() {
        let plain = scenario();
        let told = plain.clone().with_reported(TEXT).expect("a record");
        assert_eq!((told.digest(), told.reported.events.len()), (plain.digest(), 3));
        assert_eq!(Scenario { reported: Reported::default(), ..told }, plain);
    }
}
