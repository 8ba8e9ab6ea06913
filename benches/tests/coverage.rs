//! The study of the coverage of intervals with few runs: that it is whole, and the same again.

use benches::accuracy::{AccuracyError, Options, Progress, Table, coverage};

fn table(runs: usize) -> Result<Table, AccuracyError> {
    let tables = (coverage::STUDY.run)(&Options { runs, seed: 7 }, &Progress::silent())?;
    tables.into_iter().next().ok_or_else(|| "no table".into())
}

#[test]
fn every_quantity_has_its_coverage_with_and_without_stopping() -> Result<(), AccuracyError> {
    let (once, again) = (table(2)?, table(2)?);
    assert_eq!(once, again);
    let rows = once.to_json()["rows"].clone();
    let rows = rows.as_array().ok_or("no rows")?;
    assert_eq!(rows.len(), 8, "{once}");
    for pair in rows.chunks(2) {
        let [fixed, until] = pair else { return Err("a quantity without both".into()) };
        assert_eq!(fixed["difference of"], until["difference of"]);
        assert_eq!(fixed["mean runs"], 20.0, "{fixed}");
        assert!(until["mean runs"].as_f64().is_some_and(|runs| (20.0..=400.0).contains(&runs)), "{until}");
        for row in pair {
            assert!(row["deviation"].as_f64().is_some_and(|deviation| deviation > 0.0), "{row}");
            let held = row["paired t"]["value"].as_f64().ok_or("no coverage")?;
            assert_eq!(row["93 to 97"] == "met", (93.0..=97.0).contains(&held), "{row}");
        }
        // Nearer to the truth by being told, or the same: sharing in time does not do harm here.
        assert!(fixed["mean"].as_f64().is_some_and(|mean| mean < 0.0), "{fixed}");
    }
    Ok(())
}
