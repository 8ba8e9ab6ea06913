//! The schemas of scenario files and of summaries.

use super::{done, folder, json, refused};
use serde_json::Value;

#[test]
fn the_schema_is_json_that_names_every_table_and_is_always_the_same() {
    let folder = folder();
    let text = done(folder.path(), &["schema"]);
    let schema = json(&text);
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["title"], "Vantage scenario");
    let keys: Vec<&String> = schema["properties"].as_object().expect("tables").keys().collect();
    for table in ["scenario", "flight", "sensor-class", "sensor", "node", "area", "tracker", "regime"] {
        assert!(keys.iter().any(|key| *key == table), "{table}: {keys:?}");
    }
    assert!(keys.is_sorted(), "{keys:?}");
    let revisit = &schema["definitions"]["Class"]["properties"]["revisit_s"];
    assert_eq!((&revisit["minimum"], &revisit["maximum"]), (&0.05.into(), &3600.0.into()));
    assert!(revisit["description"].as_str().is_some_and(|says| says.contains("looks")), "{revisit}");
    // TOML has no null.
    assert!(!text.contains("null"));
    assert_eq!(done(folder.path(), &["schema", "-o", "scenario.schema.json"]), "");
    assert_eq!(std::fs::read_to_string(folder.path().join("scenario.schema.json")).expect("a file"), text);
    assert!(refused(folder.path(), &["schema", "-o", "no/such/place"]).contains("cannot write"));
}

/// What is wrong with a value under a schema: the parts of JSON Schema that ours uses. A key that the schema does not name
/// is wrong as well.
fn fault(value: &Value, schema: &Value, all: &Value) -> Option<String> {
    if let Some(target) = schema["$ref"].as_str() {
        let target =
            all.pointer(target.trim_start_matches('#')).unwrap_or_else(|| panic!("{target} is there"));
        return fault(value, target, all);
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(forms) = schema[choice].as_array() {
            let faults: Vec<Option<String>> = forms.iter().map(|form| fault(value, form, all)).collect();
            return if faults.contains(&None) { None } else { faults.into_iter().flatten().next() };
        }
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        return Some(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        return Some(format!("{value} is none of {}", schema["enum"]));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allows = |name: &Value| name == kind || (name == "number" && kind == "integer");
    let is_allowed = match &schema["type"] {
        Value::Array(names) => names.iter().any(allows),
        Value::Null => schema.get("enum").or(schema.get("const")).is_some(),
        name => allows(name),
    };
    if !is_allowed {
        return Some(format!("{value} is not of type {}", schema["type"]));
    }
    if let Value::Array(items) = value {
        return items.iter().find_map(|item| fault(item, &schema["items"], all));
    }
    let Value::Object(fields) = value else { return None };
    let required = schema["required"].as_array().into_iter().flatten();
    let missing = required.filter_map(Value::as_str).find(|name| !fields.contains_key(*name));
    missing.map(|name| format!("{name} is missing")).or_else(|| {
        fields.iter().find_map(|(name, value)| match schema["properties"].get(name) {
            Some(schema) => fault(value, schema, all).map(|fault| format!("{name}: {fault}")),
            None => Some(format!("{name} is not in the schema")),
        })
    })
}

#[test]
fn a_summary_is_what_its_schema_says() {
    let folder = folder();
    let text = done(folder.path(), &["schema", "summary"]);
    assert_eq!(done(folder.path(), &["schema", "summary"]), text);
    let schema = json(&text);
    let summary = json(&done(folder.path(), &["compare", "short.toml", "--runs", "3", "--json"]));
    assert_eq!(fault(&summary, &schema, &schema), None);
    // And the check can fail: at the top and far down.
    let broken = |pointer: &str, value: Value| {
        let mut broken = summary.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
        fault(&broken, &schema, &schema)
    };
    assert!(broken("/seed", "one".into()).is_some_and(|fault| fault.starts_with("seed: ")));
    for pointer in
        ["/nodes/0/regimes/1/nees/verdict", "/nodes/0/regimes/1/impact/1/pairing", "/disagreements/found"]
    {
        assert!(broken(pointer, "perhaps".into()).is_some(), "{pointer}");
    }
    let described = &schema["$defs"]["Pairing"]["properties"]["gain"]["description"];
    assert!(described.as_str().is_some_and(|words| words.contains("unpaired runs")), "{described}");
}
