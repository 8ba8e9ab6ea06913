//! One set of flights under every sharing regime: paired Monte-Carlo runs, intervals, bounds and a report.

pub mod outcome;
pub mod regimes;
pub mod report;
pub mod run;
pub mod statistics;
pub mod summary;
pub mod table;
