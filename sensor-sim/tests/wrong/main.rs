//! Wrong scenario files, each with the whole of what is said of it: `files.toml` is the table.

use sensor_sim::Scenario;
use serde::Deserialize;
use std::collections::BTreeSet;

const COMPLETE: &str = include_str!("../schema/complete.toml");

/// A wrong file: the complete example with one piece replaced.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    replace: String,
    by: String,
    said: String,
}

#[derive(Deserialize)]
struct Table {
    wrong: Vec<Wrong>,
}

#[test]
fn every_wrong_file_is_refused_with_its_message() {
    let Table { wrong } = toml::from_str(include_str!("files.toml")).expect("the table");
    let different: BTreeSet<(&String, &String)> = wrong.iter().map(|one| (&one.replace, &one.by)).collect();
    assert!(different.len() == wrong.len() && wrong.len() >= 60, "{} different", different.len());
    for Wrong { replace, by, said } in &wrong {
        assert!(COMPLETE.contains(replace.as_str()), "`{replace}` is not in the example");
        match Scenario::parse(&COMPLETE.replacen(replace.as_str(), by, 1)) {
            Ok(_) => panic!("`{by}` was accepted"),
            Err(error) => assert_eq!(error.to_string(), *said, "`{by}`"),
        }
    }
}
