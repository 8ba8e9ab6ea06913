//! What the documents say of the file formats: every snippet reads, every key is named, every default is the code's.

use fusion_core::node::TrackerConfig;
use fusion_core::share::{Delay, Level, LinkConfig, Regime, Release};
use fusion_core::warning::WarningConfig;
use sensor_sim::Scenario;
use serde_json::{Map, Value};
use sharing_study::regimes::{NODES, parse};
use sharing_study::study::setup_of;
use std::path::Path;

const DOCUMENTS: [&str; 5] =
    ["README.md", "docs/ARCHITECTURE.md", "docs/REGIMES.md", "docs/SCENARIOS.md", "docs/TESTING.md"];

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The fenced blocks of a document that follow `<!-- mark -->`, with what stands in the mark after its first word.
fn blocks(text: &str, mark: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let inside = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(rest) = inside.and_then(|inside| inside.strip_prefix(mark)) else { continue };
        let fence = lines.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "`{line}` is followed by `{fence}`, not by a block");
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push((rest.trim().to_owned(), body.join("\n")));
    }
    found
}

#[test]
fn every_regime_in_the_documents_reads() {
    let nodes = NODES.map(str::to_owned);
    let mut count = 0;
    for file in DOCUMENTS {
        for (_, text) in blocks(&read(file), "regime") {
            parse(file, &text, &nodes).unwrap_or_else(|error| panic!("{error}\n{text}"));
            count += 1;
        }
    }
    assert!(count >= 1);
}

#[test]
fn every_scenario_in_the_documents_reads_flies_and_sets_nodes_up() {
    let mut count = 0;
    for file in DOCUMENTS {
        for (_, text) in blocks(&read(file), "scenario") {
            let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}\n{text}"));
            scenario.fly().unwrap();
            setup_of(&scenario).unwrap();
            count += 1;
        }
    }
    assert!(count >= 1);
}

#[test]
fn code_in_the_documents_stands_in_the_example_that_it_names() {
    for file in DOCUMENTS {
        for (example, text) in blocks(&read(file), "from") {
            let source = read(&example);
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "// ...") {
                assert!(
                    source.lines().any(|other| other.trim() == line),
                    "{file}: `{line}` is not in {example}"
                );
            }
        }
    }
}

/// The rows of a document's tables whose first cell names a key: (names, default as written).
fn rows(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            (cells[0].to_owned(), cells[2].to_owned())
        })
        .collect()
}

fn fields(value: impl serde::Serialize) -> Map<String, Value> {
    serde_json::to_value(value).unwrap().as_object().unwrap().clone()
}

#[test]
fn every_default_in_the_documents_is_the_codes() {
    let tables = [
        ("docs/SCENARIOS.md", fields(TrackerConfig::default())),
        ("docs/SCENARIOS.md", fields(WarningConfig::default())),
        (
            "docs/REGIMES.md",
            fields(Release { decision: Delay::Constant { seconds: 0.0 }, ..Release::default() }),
        ),
    ];
    for (file, fields) in tables {
        let rows = rows(&read(file));
        for (key, value) in fields {
            let name = format!("`{key}`");
            let written: Vec<&str> = rows
                .iter()
                .filter(|(names, _)| *names == name)
                .map(|(_, default)| default.as_str())
                .collect();
            assert!(!written.is_empty(), "{file} does not say what {name} is");
            if let Some(number) = value.as_f64() {
                let says = |default: &&str| default.parse::<f64>().is_ok_and(|default| default == number);
                assert!(
                    written.iter().any(says),
                    "{file}: the default of {name} is {number}, not {written:?}"
                );
            }
        }
    }
}

/// The names of all keys of a TOML document.
fn keys(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                // The names of classes are the author's own.
                match value {
                    toml::Value::Table(classes) if key == "sensor-class" => {
                        classes.values().for_each(|class| keys(class, found));
                    }
                    _ => {
                        found.push(key.clone());
                        keys(value, found);
                    }
                }
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_shipped_files_is_documented() {
    let link = LinkConfig::plain("", "", Level::Tracks);
    let mut regime_keys: Vec<String> = fields(&link).keys().cloned().collect();
    let regime = Regime {
        name: String::new(),
        description: String::new(),
        assumptions: String::new(),
        links: vec![link],
    };
    regime_keys.extend(fields(regime).keys().cloned());
    for regime in sharing_study::regimes::builtin().unwrap() {
        let file = format!("sharing-study/regimes/{}.toml", regime.name);
        keys(&toml::from_str(&read(&file)).unwrap(), &mut regime_keys);
    }
    let mut scenario_keys = Vec::new();
    keys(&toml::from_str(&read("fixtures/overflight-2017-09-15/scenario.toml")).unwrap(), &mut scenario_keys);
    for (file, keys) in [("docs/REGIMES.md", regime_keys), ("docs/SCENARIOS.md", scenario_keys)] {
        let text = read(file);
        for key in keys {
            let is_named = [format!("`{key}`"), format!("[{key}]"), format!("{key} =")]
                .iter()
                .any(|form| text.contains(form.as_str()))
                || text.contains(&format!("{{ {key}, "))
                || text.contains(&format!("`{{ {key}"))
                || text.contains(&format!(", {key} }}"));
            assert!(is_named, "{file} does not name `{key}`");
        }
    }
}

/// The schema behind `$ref`, `allOf`, a list's items and an author's own names.
fn follow(schema: &Value) -> &Value {
    let first = schema.get("allOf").map_or(schema, |parts| &parts[0]);
    match first.get("$ref").and_then(Value::as_str) {
        Some(target) => follow(Scenario::schema().pointer(target.trim_start_matches('#')).unwrap()),
        None => [&first["items"], &first["additionalProperties"]]
            .into_iter()
            .find(|inner| inner.is_object())
            .map_or(first, follow),
    }
}

/// Every bound of numbers and of lists that lies in a key's schema.
fn bounds(schema: &Value, found: &mut Vec<f64>) {
    const KEYS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    found.extend(KEYS.iter().filter_map(|key| schema[key].as_f64()));
    // A pair has two items: nothing that an author chooses.
    if schema["minItems"] != schema["maxItems"] {
        found.extend(["minItems", "maxItems"].iter().filter_map(|key| schema[key].as_f64()));
    }
    let inner = follow(schema);
    if !std::ptr::eq(inner, schema) {
        bounds(inner, found);
    }
    schema["properties"].as_object().into_iter().flatten().for_each(|(_, inner)| bounds(inner, found));
    schema["items"].as_array().into_iter().flatten().for_each(|inner| bounds(inner, found));
}

/// The numbers of a sentence, as `-5`, `1e-6` or `0.999`.
fn numbers(text: &str) -> Vec<f64> {
    let words = text.split(|letter: char| letter.is_whitespace() || "[](){}`:;".contains(letter));
    words.filter_map(|word| word.trim_end_matches(',').parse().ok()).collect()
}

/// A line that begins a table of the format, as the names that lead to it: `## \`[[flight]]\`, up to 1,000`.
fn path_of(line: &str) -> Option<Vec<&str>> {
    let name = line.trim_start_matches("## ").strip_prefix("`[")?;
    let (name, _) = name.trim_start_matches('[').split_once(']')?;
    Some(name.split('.').filter(|step| *step != "NAME").collect())
}

/// Keys whose value is a table, or a list of them, that is described on its own.
const HAS_A_TABLE: [&str; 17] = [
    "radar",
    "infrared",
    "sonar",
    "imagery",
    "reports",
    "signal",
    "resolution",
    "cued",
    "stage",
    "dropped",
    "pull_up",
    "failure",
    "course",
    "legs",
    "orbit",
    "bias",
    "report",
];

#[test]
fn every_range_in_the_documents_is_the_schemas() {
    let text = read("docs/SCENARIOS.md");
    let (mut table, mut count) = (Scenario::schema(), 0);
    let mut named: Vec<(*const Value, String)> = Vec::new();
    let mut tables = Vec::new();
    for line in text.lines() {
        if let Some(path) = path_of(line) {
            let list = path.iter().fold(Scenario::schema(), |schema, key| &follow(schema)["properties"][key]);
            table = follow(list);
            tables.push((path.join("."), table));
            let most = line.split_once("up to ").and_then(|(_, most)| most.replace(',', "").parse().ok());
            assert_eq!(list["maxItems"].as_f64(), most, "{line}");
        } else if line.starts_with("| `") && table["properties"].is_object() {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            for key in cells[0].split(", ").map(|key| key.trim_matches('`')) {
                let schema = &table["properties"][key];
                assert!(!schema.is_null(), "docs/SCENARIOS.md: there is no key `{key}`");
                named.push((std::ptr::from_ref(table), key.to_owned()));
                let mut expected = Vec::new();
                // What has a table of its own is checked there.
                if !HAS_A_TABLE.contains(&key) {
                    bounds(schema, &mut expected);
                }
                let mut written = if schema["type"] == "string" { Vec::new() } else { numbers(cells[1]) };
                expected.sort_by(f64::total_cmp);
                written.sort_by(f64::total_cmp);
                expected.dedup();
                written.dedup();
                assert_eq!(written, expected, "docs/SCENARIOS.md: the range of `{key}`, \"{}\"", cells[1]);
                count += expected.len();
            }
        }
    }
    for (name, table) in tables.iter().filter(|(name, _)| name != "regime") {
        for (key, _) in table["properties"].as_object().into_iter().flatten() {
            let is_named = named.iter().any(|(at, other)| std::ptr::eq(*at, *table) && other == key);
            assert!(is_named, "docs/SCENARIOS.md: [{name}] has no row for `{key}`");
        }
    }
    assert!(count > 200, "{count}");
}
