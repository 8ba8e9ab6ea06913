//! The study of late data with few runs.

use benches::accuracy::{AccuracyError, Options, Progress, late};
use serde_json::Value;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
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
