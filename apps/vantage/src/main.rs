//! The `vantage` command: fly, record, inspect, replay, compare and study.
//!
//! ```text
//! main ─► cli (what was asked) ─► commands/<name> (one file each) ─► exit code 0, 1 or 2
//!                                     │
//!                      load (files in), replaying (nodes), study (a study's folder), output (results out), failure (what is wrong)
//! ```
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod event_line;
mod failure;
mod figures;
mod load;
mod output;
mod progress;
mod replaying;
mod study;
mod words;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
