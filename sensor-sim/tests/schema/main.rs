//! The schema of the scenario file against what reads it: every bound is tried on both sides.

use fusion_core::node::{Setup, TrackerConfig};
use fusion_core::share::Regime;
use fusion_core::types::Time;
use fusion_core::warning::WarningConfig;
use sensor_sim::flight::{Dropped, FlightPlan};
use sensor_sim::{Scenario, ScenarioError};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COMPLETE: &str = include_str!("complete.toml");

/// A number of the format: where it stands in the example and what the schema says of it.
struct Number<'s> {
    /// JSON pointer into the example.
    path: String,
    schema: &'s Value,
}

/// The complete example, as JSON: so that pointers lead into it.
fn example() -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(COMPLETE).unwrap()).unwrap()
}

/// The schema behind `$ref` and `allOf`.
fn follow(schema: &Value) -> &Value {
    let first = schema.get("allOf").map_or(schema, |parts| &parts[0]);
    match first.get("$ref").and_then(Value::as_str) {
        Some(target) => follow(Scenario::schema().pointer(target.trim_start_matches('#')).unwrap()),
        None => first,
    }
}

/// The numbers of every table of the example, whether or not the example gives them.
fn numbers<'s>(schema: &'s Value, value: Option<&Value>, path: &str, found: &mut Vec<Number<'s>>) {
    let schema = follow(schema);
    if schema["type"] == "number" || schema["type"] == "integer" {
        found.push(Number { path: path.to_owned(), schema });
    }
    for form in schema["oneOf"].as_array().into_iter().flatten() {
        let required = form["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if required.into_iter().all(|key| value.is_some_and(|value| value.get(key).is_some())) {
            numbers(form, value, path, found);
        }
    }
    match value {
        Some(Value::Object(table)) => {
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                numbers(schema, table.get(key), &format!("{path}/{key}"), found);
            }
            if schema["additionalProperties"].is_object() {
                for (key, value) in table {
                    let path = format!("{path}/{key}");
                    numbers(&schema["additionalProperties"], Some(value), &path, found);
                }
            }
        }
        Some(Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                let items = &schema["items"];
                let schema = items.get(index).unwrap_or(items);
                numbers(schema, Some(value), &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn all_numbers() -> Vec<Number<'static>> {
    let mut found = Vec::new();
    numbers(Scenario::schema(), Some(&example()), "", &mut found);
    found
}

/// The example with another value at one place.
fn with(path: &str, value: Value) -> Value {
    let mut example = example();
    let (table, key) = path.rsplit_once('/').unwrap();
    match example.pointer_mut(table).unwrap() {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        table => table[key] = value,
    }
    example
}

fn toml_of(example: &Value) -> String {
    toml::to_string(&toml::Value::try_from(example).unwrap()).unwrap()
}

/// The bounds of a number, each as (the last value that is allowed, the first that is not).
fn bounds(schema: &Value) -> Vec<(Value, Value)> {
    let is_integer = schema["type"] == "integer";
    let beyond = |value: f64, step: f64| match is_integer {
        true => json!((value + step) as i64),
        // The next number after zero is too long to write out.
        false if value == 0.0 => json!(1e-12 * step),
        false => json!(if step < 0.0 { value.next_down() } else { value.next_up() }),
    };
    let mut found = Vec::new();
    for (key, outwards) in [("minimum", -1.0), ("maximum", 1.0)] {
        if let Some(bound) = schema[key].as_f64() {
            found.push((exactly(&schema[key], is_integer), beyond(bound, outwards)));
        }
    }
    for (key, inwards) in [("exclusiveMinimum", 1.0), ("exclusiveMaximum", -1.0)] {
        if let Some(bound) = schema[key].as_f64() {
            found.push((beyond(bound, inwards), exactly(&schema[key], is_integer)));
        }
    }
    found
}

/// A bound as the example gives it.
fn exactly(bound: &Value, is_integer: bool) -> Value {
    if is_integer { json!(bound.as_f64().unwrap() as i64) } else { json!(bound.as_f64().unwrap()) }
}

#[test]
fn the_example_has_a_table_of_every_kind() {
    fn every_number(schema: &Value, found: &mut BTreeSet<*const Value>) {
        if schema["type"] == "number" || schema["type"] == "integer" {
            found.insert(schema);
        }
        let children: Vec<&Value> = match schema {
            Value::Object(object) => object.values().collect(),
            Value::Array(list) => list.iter().collect(),
            _ => Vec::new(),
        };
        children.into_iter().for_each(|child| every_number(child, found));
    }
    let numbers = all_numbers();
    let mut missing = BTreeSet::new();
    every_number(Scenario::schema(), &mut missing);
    for number in &numbers {
        missing.remove(&std::ptr::from_ref(number.schema));
    }
    let total = numbers.len();
    assert!(
        total > 60 && missing.is_empty(),
        "{} numbers of the schema are not in complete.toml",
        missing.len()
    );
    Scenario::parse(COMPLETE).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn every_bound_of_the_schema_is_the_parsers() {
    let mut count = 0;
    for Number { path, schema } in all_numbers() {
        for (inside, outside) in bounds(schema) {
            let text = toml_of(&with(&path, outside.clone()));
            let Err(error) = Scenario::parse(&text) else { panic!("{path} = {outside} was accepted") };
            if matches!(error, ScenarioError::Syntax { .. })
                && outside.as_i64().is_some_and(|count| count < 0)
            {
                // A count below zero is no number of its type: it is refused where the text is read.
                count += 1;
                continue;
            }
            let ScenarioError::OutOfRange { at, key, allowed, value, .. } = &error else {
                panic!("{path} = {outside}: {error}")
            };
            let names = path.rsplit('/').map(|step| step.trim_start_matches(|c: char| c.is_ascii_digit()));
            let name = names.into_iter().find(|name| !name.is_empty()).unwrap();
            let line = text.lines().nth(at.line as usize - 1).unwrap();
            assert!(key.starts_with(name), "{path}: {error}");
            assert!(line[at.column as usize - 1..].starts_with(value), "{path}: `{line}`: {error}");
            assert_eq!(value.parse::<f64>().unwrap(), outside.as_f64().unwrap(), "{path}");
            assert_eq!(error.to_string().lines().count(), 1);
            match Scenario::parse(&toml_of(&with(&path, inside.clone()))) {
                Err(ScenarioError::OutOfRange { key, allowed: other, .. }) if *allowed == other => {
                    panic!("{path}: {key} = {inside} was refused, though it must be {allowed}")
                }
                _ => count += 1,
            }
        }
    }
    assert!(count > 120, "{count}");
}

#[test]
fn no_number_is_ever_infinite_or_not_a_number() {
    for Number { path, schema } in all_numbers() {
        if schema["type"] == "integer" {
            continue;
        }
        // JSON has neither: a number that stands nowhere else is replaced in the text.
        let text = toml_of(&with(&path, json!(123.456789)));
        for word in ["nan", "inf", "-inf"] {
            let error = Scenario::parse(&text.replacen("123.456789", word, 1)).map(|_| ()).unwrap_err();
            let said = error.to_string();
            let is_told = matches!(&error, ScenarioError::OutOfRange { value, .. } if value == word);
            assert!(is_told, "{path} = {word}: {said}");
        }
    }
}

/// What the schema allows the tracker, a node takes; what it refuses of a regime, the regime refuses, and no more.
#[test]
fn the_cores_own_checks_agree_with_the_schema() {
    for Number { path, schema } in all_numbers() {
        for (inside, outside) in bounds(schema) {
            if let Some(key) = path.strip_prefix("/tracker/") {
                let tracker: TrackerConfig = serde_json::from_value(json!({ key: inside })).unwrap();
                let start = Time::from_nanoseconds(0);
                let nobody = (Vec::new(), Vec::new(), Vec::new());
                let setup =
                    Setup::new(nobody.0, nobody.1, nobody.2, WarningConfig::default(), tracker, start);
                assert!(setup.is_ok(), "{key} = {inside}: {}", setup.unwrap_err());
            }
            if path.starts_with("/regime/") {
                let resolve = |value: &Value| {
                    let regime: Regime =
                        serde_json::from_value(with(&path, value.clone())["regime"][0].clone()).unwrap();
                    regime.resolve(&["west".to_owned(), "east".to_owned()])
                };
                assert!(resolve(&outside).is_err(), "{path} = {outside}");
                // These are bound to other keys as well.
                if !path.contains("/uniform/") && !path.contains("_grid_m") {
                    assert!(resolve(&inside).is_ok(), "{path} = {inside}: {}", resolve(&inside).unwrap_err());
                }
            }
        }
    }
}

/// [`FlightPlan::check`] is for users of the library: it has the same ranges, but for a hair of rounding;
/// only of a pull-up it allows some more (none, and from above any air), to which a file has no use.
#[test]
fn a_plans_own_check_agrees_with_the_schema() {
    type Set = fn(&mut FlightPlan, f64);
    let setters: [(&str, Set); 12] = [
        ("0/launch/latitude_deg", |plan, value| plan.launch.latitude_rad = value.to_radians()),
        ("0/launch/longitude_deg", |plan, value| plan.launch.longitude_rad = value.to_radians()),
        ("0/launch/height_m", |plan, value| plan.launch.height_m = value),
        ("0/azimuth_deg", |plan, value| plan.azimuth_rad = value.to_radians()),
        ("0/apogee_km", |plan, value| plan.apogee_m = value * 1e3),
        ("0/range_km", |plan, value| plan.range_m = value * 1e3),
        ("0/boost_s", |plan, value| plan.stages[0].burn_s = value),
        ("0/ballistic_coefficient_kg_m2", |plan, value| plan.ballistic_coefficient_kg_m2 = value),
        ("1/stage/0/burn_s", |plan, value| plan.stages[0].burn_s = value),
        ("1/stage/0/speed_share", |plan, value| plan.stages[0].speed_share = value),
        // The last stage's: a lower one's separation is bound to its pause as well.
        ("1/stage/1/dropped/after_s", |plan, value| dropped(plan).after_s = value),
        ("1/stage/1/dropped/separation_m_s", |plan, value| dropped(plan).separation_m_s = value),
    ];
    fn dropped(plan: &mut FlightPlan) -> &mut Dropped {
        plan.stages[1].dropped.as_mut().unwrap()
    }
    let numbers = all_numbers();
    let flights = Scenario::parse(COMPLETE).unwrap().flights;
    for (key, set) in setters {
        let path = format!("/flight/{key}");
        let plan = &flights[usize::from(key.starts_with('1'))].plan;
        let schema = numbers.iter().find(|number| number.path == path).unwrap().schema;
        for (bound, outwards) in [(&schema["minimum"], -1.0), (&schema["maximum"], 1.0)] {
            let bound = bound.as_f64().unwrap();
            let check = |value: f64| {
                let mut plan = plan.clone();
                set(&mut plan, value);
                plan.check()
            };
            assert!(check(bound).is_ok(), "{key} = {bound}: {:?}", check(bound));
            assert!(check(bound + outwards * (1e-6 * bound.abs()).max(1e-6)).is_err(), "{key} = {bound}");
        }
    }
}
