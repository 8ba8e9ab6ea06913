//! How accurate the filters are beside what is possible: Monte-Carlo studies with bounds and intervals.
//!
//! A study gives tables. Every figure stands beside the bound for it and the interval that chance leaves it; runs go in
//! parallel and are folded in order, so the tables are the same whatever the number of threads.

mod looks;
mod progress;
mod statistics;
mod table;

pub mod coverage;
pub mod cues;
pub mod fusion;
pub mod late;
pub mod liar;
pub mod matched;
pub mod objects;
pub mod overflight;
pub mod registration;
pub mod sharing_bound;
pub mod textbook;

pub use progress::Progress;
pub use table::{Cell, Table};

use fusion_core::assess::Verdict;

/// Any of the errors that a study can end with.
pub type AccuracyError = Box<dyn std::error::Error + Send + Sync>;

/// What whoever starts a study may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Monte-Carlo runs of each case.
    pub runs: usize,
    /// Where chance begins.
    pub seed: u64,
}

/// One question with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Study {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// What it asks, in a line.
    pub about: &'static str,
    /// Monte-Carlo runs of each case, unless told otherwise.
    pub runs: usize,
    /// Does it.
    pub run: fn(&Options, &Progress) -> Result<Vec<Table>, AccuracyError>,
}

/// All studies, in the order in which they run.
pub const STUDIES: &[Study] = &[
    textbook::STUDY,
    matched::STUDY,
    overflight::STUDY,
    objects::RAID,
    objects::QUIET,
    objects::CROSSING,
    cues::STUDY,
    fusion::STUDY,
    late::STUDY,
    liar::STUDY,
    sharing_bound::STUDY,
    registration::STUDY,
    coverage::STUDY,
];

/// A verdict in words.
fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Consistent => "consistent",
        Verdict::Overconfident => "OVERCONFIDENT",
        Verdict::Underconfident => "UNDERCONFIDENT",
        Verdict::TooFewRuns => "too few runs",
    }
}

/// Whether something asked for was reached.
fn words(is_met: bool) -> Cell {
    if is_met { "met" } else { "MISSED" }.into()
}

/// A figure that must not be above another, where one is asked for.
fn met(most: Option<f64>, value: f64) -> Cell {
    Cell::Text(
        most.map_or(String::new(), |most| {
            format!("{most}: {}", if value <= most { "met" } else { "MISSED" })
        }),
    )
}
