//! The schema of scenario files.

use super::{done, folder, json, refused};

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
