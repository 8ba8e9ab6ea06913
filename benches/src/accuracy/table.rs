//! Tables that people and programs read.

use serde_json::{Value, json};
use std::fmt;

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A number and how many decimals of it mean something.
    Number(f64, usize),
    /// An estimate, the ends of its 95 % interval, and how many decimals mean something.
    Estimate(f64, [f64; 2], usize),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl Cell {
    fn to_json(&self) -> Value {
        match self {
            Cell::Empty => Value::Null,
            Cell::Text(text) => json!(text),
            Cell::Number(value, _) => json!(value),
            Cell::Estimate(value, [low, high], _) => json!({ "value": value, "low": low, "high": high }),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Number(value, decimals) => write!(f, "{value:.decimals$}"),
            Cell::Estimate(value, [low, high], decimals) => {
                write!(f, "{value:.decimals$} [{low:.decimals$}, {high:.decimals$}]")
            }
        }
    }
}

/// A table with a title, and notes on how to read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// Heads of the columns, with units.
    pub columns: Vec<&'static str>,
    /// Rows, each with one cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

impl Table {
    /// The table as one object; a row is an object with the columns' heads as keys.
    pub fn to_json(&self) -> Value {
        let row = |row: &Vec<Cell>| -> Value {
            self.columns.iter().zip(row).map(|(head, cell)| ((*head).to_owned(), cell.to_json())).collect()
        };
        json!({
            "title": self.title,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = self.columns.iter().map(|head| (*head).to_owned()).collect();
        let mut lines: Vec<Vec<String>> = vec![heads];
        lines.extend(self.rows.iter().map(|row| row.iter().map(Cell::to_string).collect()));
        let width = |column: usize| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|text| text.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let is_text =
            |column: usize| matches!(self.rows.first().map(|row| &row[column]), Some(Cell::Text(_)));
        writeln!(f, "{}", self.title)?;
        for line in &lines {
            let mut text = String::new();
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let padded =
                    if is_text(column) { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
                text.push_str(&padded);
            }
            writeln!(f, "  {}", text.trim_end())?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_in_columns_and_as_json() {
        let table = Table {
            title: "Errors".to_owned(),
            columns: vec!["filter", "RMSE m"],
            rows: vec![
                vec!["extended".into(), Cell::Estimate(12.3456, [11.0, 13.0], 1)],
                vec!["unscented".into(), Cell::Number(9.5, 1)],
            ],
            notes: vec!["Few runs.".to_owned()],
        };
        let printed = "Errors\n  filter                RMSE m\n  extended   12.3 [11.0, 13.0]\n  unscented                9.5\n  Few runs.\n";
        assert_eq!(table.to_string(), printed);
        assert_eq!(table.to_json()["rows"][0]["RMSE m"]["low"], 11.0);
    }
}
