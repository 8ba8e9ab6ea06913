//! The studies of liars and of late data with few runs.

use benches::accuracy::{AccuracyError, Options, Progress, late, liar};
use serde_json::Value;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn liars_are_named() -> Result<(), AccuracyError> {
    let rows = liar::lies(&Options { runs: 2, seed: 7 }, &Progress::silent())?.to_json()["rows"].clone();
    for row in rows.as_array().ok_or("no rows")? {
        match (row["lie"].as_str(), row["peer is"].as_str()) {
            (_, Some("believed")) => assert_eq!(row["caught %"], 0.0, "{row}"),
            // Twelve new tracks a minute are fewer than the twenty that anybody may tell of.
            (Some("honest" | "  one every 5 s"), _) => {}
            _ => assert_eq!(row["caught %"], 100.0, "{row}"),
        }
    }
    Ok(())
}

#[test]
fn late_data_is_exact_or_near() -> Result<(), AccuracyError> {
    let tables = (late::STUDY.run)(&Options { runs: 20, seed: 7 }, &Progress::silent())?;
    let rows = tables[0].to_json()["rows"].clone();
    for (index, row) in rows.as_array().ok_or("no rows")?.iter().enumerate() {
        assert_eq!(row["1e-9"], "met", "{row}");
        if index < 3 {
            assert!(number(&row["retrodicted / reprocessed"]["value"]) < 1.02, "{row}");
            assert!(number(&row["refused / reprocessed"]["value"]) > 1.1, "{row}");
        }
    }
    Ok(())
}
