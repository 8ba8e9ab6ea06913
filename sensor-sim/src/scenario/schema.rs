//! The JSON Schema of the file, made from its structs.

use super::file::File;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::sync::LazyLock;

/// The schema (draft 7, which editors of TOML read), with objects in the order of their keys.
pub(super) fn schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(of::<File>);
    &SCHEMA
}

/// The same of any file.
pub(super) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(mend));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// TOML has no null, whatever Rust's `Option` says; and `format` tells the width of Rust's numbers, which says nothing
/// to an author.
fn mend(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(mut forms)) = object.remove("anyOf") {
        forms.retain(|form| form.get("type") != Some(&Value::from("null")));
        let key = if forms.len() == 1 { "allOf" } else { "anyOf" };
        object.insert(key.to_owned(), Value::Array(forms));
    }
}
