//! Writes a report and its summary from made-up rows, to look at the page: three nodes, six regimes, 20 runs.
//!
//! `cargo run -p sharing-study --example report_from_synthetic [FILE.html]`; without a file, into the temporary directory.

#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use sharing_study::{report, summary::Summary};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let study = synthetic::study(20, 240);
    let page = report::render(&study, &Summary::of(&study)?);
    let file = std::env::args().nth(1).map(PathBuf::from);
    std::fs::write(file.unwrap_or_else(|| std::env::temp_dir().join("vantage-report.html")), page)?;
    Ok(())
}
