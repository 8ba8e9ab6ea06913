//! Every value against the range that the schema gives its key.
//!
//! Types, missing keys and unknown keys are serde's: a file gets here after it was read.

use super::ScenarioError;
use super::document::Place;
use serde_json::Value;
use toml::de::DeValue;

/// Checks a value, and what lies in it, against its schema; `definitions` is the whole schema, which `$ref` points
/// into.
pub(super) fn check(place: &Place<'_>, schema: &Value, definitions: &Value) -> Result<(), ScenarioError> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = target.trim_start_matches('#');
        check(place, definitions.pointer(pointer).unwrap_or(&Value::Null), definitions)?;
    }
    // serde takes a list for a table, value by value: their ranges would go by unseen.
    let is_table = place.value().is_none_or(|value| value.is_table());
    if !is_table && schema.get("type").and_then(Value::as_str) == Some("object") {
        return Err(place.out_of_range("a table, each value with its key"));
    }
    for part in list(schema, "allOf") {
        check(place, part, definitions)?;
    }
    let forms = list(schema, "oneOf").iter().chain(list(schema, "anyOf"));
    if let Some(form) = forms.into_iter().find(|form| fits(place, form, definitions)) {
        check(place, form, definitions)?;
    }
    match place.value() {
        Some(DeValue::Integer(_) | DeValue::Float(_)) => check_number(place, schema),
        Some(DeValue::String(text)) => {
            check_count(place, text.chars().count(), schema, ("minLength", "maxLength"), "characters")
        }
        Some(DeValue::Array(items)) => {
            check_count(place, items.len(), schema, ("minItems", "maxItems"), "items")?;
            (0..items.len()).try_for_each(|index| check_item(place, index, schema, definitions))
        }
        Some(DeValue::Table(table)) => {
            check_count(place, table.len(), schema, ("minProperties", "maxProperties"), "entries")?;
            table.keys().try_for_each(|key| check_key(place, key.get_ref(), schema, definitions))
        }
        Some(DeValue::Boolean(_) | DeValue::Datetime(_)) | None => Ok(()),
    }
}

fn check_item(
    place: &Place<'_>,
    index: usize,
    schema: &Value,
    definitions: &Value,
) -> Result<(), ScenarioError> {
    let Some(items) = schema.get("items") else { return Ok(()) };
    // A list where each place has its own meaning.
    let own = items.as_array().and_then(|items| items.get(index));
    match own.and_then(|item| item.get("title")).and_then(Value::as_str) {
        Some(title) => check(&place.named_item(index, title), own.unwrap_or(items), definitions),
        None => check(&place.item(index), own.unwrap_or(items), definitions),
    }
}

fn check_key(place: &Place<'_>, key: &str, schema: &Value, definitions: &Value) -> Result<(), ScenarioError> {
    if let Some(schema) = schema.get("properties").and_then(|properties| properties.get(key)) {
        return check(&place.key(key), schema, definitions);
    }
    match schema.get("additionalProperties") {
        Some(schema @ Value::Object(_)) => check(&place.entry(key), schema, definitions),
        _ => Ok(()),
    }
}

/// Whether this form of a choice is meant: the keys that it requires are there, and what must be constant is so.
fn fits(place: &Place<'_>, form: &Value, definitions: &Value) -> bool {
    if let Some(target) = form.get("$ref").and_then(Value::as_str) {
        let target = definitions.pointer(target.trim_start_matches('#'));
        return target.is_some_and(|form| fits(place, form, definitions));
    }
    let Some(value) = place.value() else { return false };
    let is_type = form.get("type").is_none_or(|kind| kind == type_of(value));
    let is_constant = form.get("const").is_none_or(|constant| constant.as_str() == value.as_str());
    let has_required = list(form, "required")
        .iter()
        .filter_map(Value::as_str)
        .all(|key| value.as_table().is_some_and(|table| table.contains_key(key)));
    let properties = form.get("properties").and_then(Value::as_object);
    let has_constants = properties.into_iter().flatten().all(|(key, schema)| {
        schema.get("const").is_none_or(|constant| {
            value
                .as_table()
                .and_then(|table| table.get(key.as_str()))
                .and_then(|value| value.get_ref().as_str())
                == constant.as_str()
        })
    });
    is_type && is_constant && has_required && has_constants
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) | DeValue::Datetime(_) => "string",
        DeValue::Integer(_) | DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn list<'s>(schema: &'s Value, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Not-a-number and infinities are never allowed.
fn check_number(place: &Place<'_>, schema: &Value) -> Result<(), ScenarioError> {
    let number = place.value().map_or(f64::NAN, number);
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let (least, above) = (bound("minimum"), bound("exclusiveMinimum"));
    let (most, below) = (bound("maximum"), bound("exclusiveMaximum"));
    let is_allowed = number.is_finite()
        && least.is_none_or(|bound| number >= bound)
        && above.is_none_or(|bound| number > bound)
        && most.is_none_or(|bound| number <= bound)
        && below.is_none_or(|bound| number < bound);
    if is_allowed {
        return Ok(());
    }
    let low = least.map(plain).or(above.map(|bound| format!("above {}", plain(bound))));
    let high = most.map(plain).or(below.map(|bound| format!("below {}", plain(bound))));
    Err(place.out_of_range(match (low, high) {
        (Some(low), Some(high)) if above.is_some() => format!("{low}, to {high}"),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) if above.is_some() => low,
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) if below.is_some() => high,
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => "a finite number".to_owned(),
    }))
}

fn number(value: &DeValue<'_>) -> f64 {
    let number = match value {
        DeValue::Integer(integer) => {
            i128::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    number.unwrap_or(f64::NAN)
}

/// A number as a person writes it.
fn plain(number: f64) -> String {
    let is_plain = number == 0.0 || (1e-4..1e7).contains(&number.abs());
    if is_plain { number.to_string() } else { format!("{number:e}") }
}

fn check_count(
    place: &Place<'_>,
    count: usize,
    schema: &Value,
    (least, most): (&str, &str),
    what: &str,
) -> Result<(), ScenarioError> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    let (least, most) = (bound(least), bound(most));
    let count = count as u64;
    if least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most) {
        return Ok(());
    }
    Err(place.out_of_range(match (least, most) {
        (Some(least), Some(most)) if least == most => format!("{least} {what}"),
        (Some(least), Some(most)) => format!("{least} to {most} {what}"),
        (Some(least), None) => format!("at least {least} {what}"),
        (None, most) => format!("at most {} {what}", most.unwrap_or(u64::MAX)),
    }))
}
