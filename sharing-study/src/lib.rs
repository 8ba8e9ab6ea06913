//! One set of flights under every sharing regime: paired Monte-Carlo runs, intervals, bounds and a report.
//!
//! ```text
//! scenario ─► run (one flight, one noise) ─► regime ─► outcome of each node ─┐
//!     └─► bound, consistency band (what the sensors allow) ──────────────────┴─► summary ─► table, report
//! ```
#![forbid(unsafe_code)]

// The regimes that ship, and how a regime file is read.
pub mod regimes;

// How late each nation's data reaches each node.
pub mod paths;

// One run of one regime held against the truth.
pub mod run;

// A run in which nodes tell their radars where to look.
pub mod cues;

// The raw rows that every table and picture is made from.
pub mod outcome;

// What the physics of the sensors allows.
pub mod bound;

// The nominal flight, for the bounds.
pub mod nominal;

// A scenario with something changed at its sensors.
pub mod variant;

// In what something is gained.
pub mod gain;

// What each player of a game adds.
pub mod shapley;

// Who contributes what to whom.
pub mod credit;

// What a receiver gains while one quantity of the sharing is varied.
pub mod sweep;

// The band in which a perfect filter's consistency would lie.
pub mod consistency;

// What a study is to do, as text that any machine can carry out.
pub mod plan;

// Many runs of many regimes.
pub mod study;

// All rows as tables for other programs.
pub mod results;

// Measures that may be asked for by name.
pub mod measure;

// When runs are enough.
pub mod until;

// Means, paired differences and their intervals.
pub mod statistics;

// Every measure, for every node and regime.
pub mod summary;

// The table that a terminal shows.
pub mod table;

// The report as one HTML file.
pub mod report;
