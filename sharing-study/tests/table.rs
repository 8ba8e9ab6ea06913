//! The table that `vantage compare` prints.

mod synthetic;

use sharing_study::summary::Summary;
use sharing_study::table;

#[test]
fn the_table_fits_and_says_what_it_must() {
    let text = table::render(&Summary::of(&synthetic::study(20, 240)).unwrap());
    if let Ok(path) = std::env::var("VANTAGE_SHOW") {
        std::fs::write(path, &text).unwrap();
    }
    for line in text.lines() {
        assert!(line.chars().count() <= table::WIDTH, "{} characters: {line}", line.chars().count());
    }
    for node in ["korea", "japan", "united-states"] {
        assert!(text.contains(&format!("Received by {node}")));
    }
    assert_eq!(text.matches("\ngsomia-direct*").count(), 3);
    assert!(text.contains("what-if") && text.contains("assumptions") && text.contains("OVER"));
}

#[test]
fn columns_end_in_the_same_place() {
    let text = table::render(&Summary::of(&synthetic::study(20, 240)).unwrap());
    let rows: Vec<&str> =
        text.lines().filter(|line| line.contains("1.0/1") || line.contains("1.1/1")).collect();
    let ends: Vec<usize> = rows.iter().map(|row| row.find("/1").unwrap()).collect();
    assert_eq!(rows.len(), 18);
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[test]
fn one_run_without_a_track_anywhere_still_prints() {
    let mut study = synthetic::study(1, 240);
    for outcome in &mut study.outcomes {
        outcome.confirmed_s = None;
        outcome.actionable_s = None;
        for sample in &mut outcome.samples {
            *sample = Default::default();
        }
    }
    let text = table::render(&Summary::of(&study).unwrap());
    assert!(text.contains("never") && text.contains("-       0%"));
    assert!(text.lines().all(|line| line.chars().count() <= table::WIDTH));
}
