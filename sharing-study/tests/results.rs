//! The tables of a study, read back, and the document that describes them.

use parquet::basic::{Repetition, Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use sensor_sim::Scenario;
use sharing_study::outcome::NodeOutcome;
use sharing_study::regimes::builtin;
use sharing_study::results::{AREAS, Kind, OUTCOMES, Results, SAMPLES, Table};
use sharing_study::study::{RunRecord, Study};
use std::fmt::Write;
use std::fs::File;
use std::sync::Mutex;

const SCENARIO: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
const DOCUMENT: &str = include_str!("../../docs/RESULTS.md");

/// A table of the document, as the columns say it has to be.
fn documented(table: &Table) -> String {
    let mut text = format!("## {}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", table.file);
    for column in table.columns() {
        let (name, kind) = (column.name, column.type_name());
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {} |", column.unit, column.meaning);
    }
    text
}

#[test]
fn the_document_has_every_column() {
    for table in [OUTCOMES, SAMPLES, AREAS] {
        let expected = documented(&table);
        assert!(DOCUMENT.contains(&expected), "docs/RESULTS.md must have:\n{expected}");
    }
}

#[test]
fn names_end_in_their_units() {
    for column in [OUTCOMES, SAMPLES, AREAS].iter().flat_map(Table::columns) {
        let end = match column.unit {
            "" => continue,
            "B" => "_bytes",
            unit => &format!("_{unit}"),
        };
        assert!(column.name.ends_with(end), "{} is in {}", column.name, column.unit);
    }
}

/// Two runs under two regimes, in order.
fn records(study: &Study<'_>) -> Vec<RunRecord> {
    let records = Mutex::new(Vec::new());
    study
        .run(&[0, 1], None, &|| {}, &|record| {
            records.lock().expect("nobody panicked").push(record);
            Ok(())
        })
        .expect("it runs");
    let mut records = records.into_inner().expect("nobody panicked");
    records.sort_by_key(|record| record.run);
    records
}

fn read(file: File, table: &Table) -> Vec<Row> {
    let reader = SerializedFileReader::new(file).expect("a table");
    let metadata = reader.metadata().file_metadata();
    assert_eq!(metadata.created_by(), Some(concat!("vantage ", env!("CARGO_PKG_VERSION"))));
    assert_eq!(metadata.key_value_metadata(), None);
    let schema = metadata.schema_descr();
    let columns: Vec<_> = table.columns().collect();
    assert_eq!(schema.num_columns(), columns.len());
    for (index, column) in columns.iter().enumerate() {
        let found = schema.column(index);
        let kind = match column.kind {
            Kind::Text => Type::BYTE_ARRAY,
            Kind::Integer => Type::INT64,
            Kind::Number => Type::DOUBLE,
            Kind::Flag => Type::BOOLEAN,
        };
        assert_eq!((found.name(), found.physical_type()), (column.name, kind));
        let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        assert_eq!(found.self_type().get_basic_info().repetition(), repetition, "{}", column.name);
    }
    let rows: Vec<Row> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
    for (index, column) in columns.iter().enumerate() {
        let has_one =
            rows.iter().any(|row| row.get_column_iter().nth(index).expect("a column").1 != &Field::Null);
        assert!(has_one, "{} is never there", column.name);
    }
    rows
}

fn field<'a>(row: &'a Row, name: &str) -> &'a Field {
    row.get_column_iter().find(|(found, _)| *found == name).expect("a column").1
}

fn number(value: Option<f64>) -> Field {
    value.map_or(Field::Null, Field::Double)
}

#[test]
fn what_is_written_is_what_the_runs_gave() {
    let scenario = Scenario::parse(SCENARIO).expect("the fixture parses");
    let regimes = builtin().expect("they parse")[..2].to_vec();
    let study = Study::new(&scenario, &regimes, 3, 60.0).expect("it flies");
    let records = records(&study);
    let write = || {
        let files = [(); 3].map(|()| tempfile::tempfile().expect("a file"));
        let copies = files.each_ref().map(|file| file.try_clone().expect("a handle"));
        let [outcomes, samples, areas] = files;
        let mut results = Results::new(outcomes, samples, areas).expect("it begins");
        records.iter().for_each(|record| results.push("flight", &study, record).expect("it is written"));
        results.finish().expect("it ends");
        copies
    };
    let [outcomes, samples, areas] = write();
    let rows: Vec<(usize, &NodeOutcome)> = records
        .iter()
        .enumerate()
        .flat_map(|(run, record)| record.outcomes.iter().map(move |row| (run, row)))
        .collect();
    let found = read(outcomes, &OUTCOMES);
    assert_eq!(found.len(), 2 * 2 * study.node_names().len());
    for (row, (run, outcome)) in found.iter().zip(&rows) {
        let node = &study.node_names()[usize::from(outcome.node.0)];
        assert_eq!(field(row, "scenario"), &Field::Str("flight".to_owned()));
        assert_eq!(field(row, "run"), &Field::Long(i64::from(outcome.run)));
        assert_eq!(field(row, "regime"), &Field::Str(regimes[outcome.regime].name.clone()));
        assert_eq!(field(row, "node"), &Field::Str(node.clone()));
        assert_eq!(field(row, "confirmed_s"), &number(outcome.confirmed_s));
        assert_eq!(field(row, "custody_fraction"), &Field::Double(outcome.custody_fraction));
        assert_eq!(field(row, "missiles_so_far"), &Field::Long(i64::from(outcome.missiles_so_far)));
        let links = regimes[outcome.regime].links.iter().zip(&records[*run].link_bytes[outcome.regime]);
        let received: u64 = links.filter(|(link, _)| link.to == *node).map(|(_, bytes)| bytes).sum();
        assert_eq!(field(row, "received_bytes"), &Field::Long(received as i64));
    }
    let sampled = rows.iter().flat_map(|(_, row)| study.times_s().iter().zip(&row.samples));
    let found = read(samples, &SAMPLES);
    assert_eq!(found.len(), rows.len() * study.times_s().len());
    for (row, (time_s, sample)) in found.iter().zip(sampled) {
        assert_eq!(field(row, "time_s"), &Field::Double(*time_s));
        assert_eq!(field(row, "has_track"), &Field::Bool(sample.has_track));
        assert_eq!(field(row, "impact_error_m"), &number(sample.impact.map(|impact| impact.error_m)));
        assert_eq!(field(row, "gospa_false_m"), &Field::Double(sample.gospa.false_m));
    }
    let named = rows.iter().flat_map(|(_, row)| study.areas().iter().zip(&row.areas));
    let found = read(areas, &AREAS);
    for (row, (area, outcome)) in found.iter().zip(named) {
        assert_eq!(field(row, "area"), &Field::Str(area.name.clone()));
        assert_eq!(field(row, "alerted_s"), &number(outcome.alerted_s));
    }
    assert_eq!(found.len(), rows.len() * study.areas().len());
}
