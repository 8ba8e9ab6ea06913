//! Files in: scenarios, regimes and recordings, each with what is wrong and where.

mod recordings;
mod regimes;
mod scenarios;

pub use recordings::{Frames, frames, recording_failure, scans, what_is_lost};
pub use regimes::{
    Given, chosen_regimes, find_regime, is_by_name, shipped_regimes, shipped_text, shipped_variants,
};
pub use scenarios::{REPORTED, built_in_scenario, read_scenario, scenario_failure};

use crate::failure::Failure;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Longest recording that is read, bytes: it lies in memory while it is replayed.
const LONGEST_RECORDING: u64 = 4 << 30;
/// Longest text that is read, bytes.
const LONGEST_TEXT: u64 = 16 << 20;

/// The bytes of a recording.
pub fn read_recording(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bytes(path, LONGEST_RECORDING, "name a recording; `vantage record` makes one")
}

/// A text file.
pub fn read_text(path: &Path, help: &str) -> Result<String, Failure> {
    let bytes = read_bytes(path, LONGEST_TEXT, help)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(format!("{}: byte {at} is not UTF-8: this is not a text file", path.display()), help)
    })
}

fn read_bytes(path: &Path, longest: u64, help: &str) -> Result<Vec<u8>, Failure> {
    let fault = |error| Failure::new(format!("cannot read {}: {error}", path.display()), help);
    let file = std::fs::File::open(path).map_err(fault)?;
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a longer file is noticed and not cut.
    file.take(longest + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > longest {
        return Err(Failure::new(format!("{} is longer than {longest} bytes", path.display()), help));
    }
    Ok(bytes)
}

/// The bytes of a text that stand at a line and a column, both from one and in characters.
fn at_line(text: &str, line: usize, column: usize) -> Range<usize> {
    let mut start = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let inside = content.char_indices().nth(column.saturating_sub(1));
            let begin = start + inside.map_or(content.trim_end().len(), |(at, _)| at);
            let length = text[begin..].chars().next().map_or(0, char::len_utf8);
            return begin..begin + length;
        }
        start += content.len();
    }
    text.len()..text.len()
}

/// The line that gives a key this value, when there is just one.
fn line_with(text: &str, key: &str, value: &str) -> Option<Range<usize>> {
    let mut start = 0;
    let mut found = None;
    for content in text.split_inclusive('\n') {
        let line = content.trim();
        let given = line.split('#').next().and_then(|line| line.split_once('='));
        let is_it = given.is_some_and(|(name, given)| {
            let given = given.trim();
            let same = |number: f64| value.parse() == Ok(number);
            name.trim() == key && (given == value || given.replace('_', "").parse().is_ok_and(same))
        });
        if is_it {
            if found.is_some() {
                return None;
            }
            let begin = start + (content.len() - content.trim_start().len());
            found = Some(begin..begin + line.len());
        }
        start += content.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[a]\nrange_km = 3_700.0 # far\nwide = \"é\"\n[b]\nwide = \"é\"\n";

    #[test]
    fn lines_and_columns_become_bytes() {
        assert_eq!(&TEXT[at_line(TEXT, 3, 9)], "é");
        assert_eq!(&TEXT[at_line(TEXT, 1, 1)], "[");
        assert_eq!(at_line(TEXT, 99, 1), TEXT.len()..TEXT.len());
        assert_eq!(at_line("", 1, 1), 0..0);
        assert_eq!(at_line("abc", 1, 40), 3..3);
    }

    #[test]
    fn a_value_is_found_only_where_there_is_no_doubt() {
        let found = line_with(TEXT, "range_km", "3700").map(|range| &TEXT[range]);
        assert_eq!(found, Some("range_km = 3_700.0 # far"));
        assert_eq!(line_with(TEXT, "wide", "\"é\""), None);
        assert_eq!(line_with(TEXT, "range_km", "800"), None);
    }
}
