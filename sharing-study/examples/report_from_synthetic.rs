//! Writes a report from made-up rows, as a page and as Markdown, to look at: three nodes, six regimes, 20 runs.
//!
//! `cargo run -p sharing-study --example report_from_synthetic [FILE.html]`; without a file, into the temporary directory.

#[path = "../tests/synthetic/gains.rs"]
mod gains;
#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use sharing_study::report::Report;
use sharing_study::summary::Summary;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let study = synthetic::study(20, 240);
    let summary = Summary::of(&study)?;
    let (credits, sweeps) = (gains::credits(), gains::sweeps());
    let command = "cargo run -p sharing-study --example report_from_synthetic";
    let report = Report { study: &study, summary: &summary, credits: &credits, sweeps: &sweeps, command };
    let file = std::env::args().nth(1).map(PathBuf::from);
    let file = file.unwrap_or_else(|| std::env::temp_dir().join("vantage-report.html"));
    std::fs::write(&file, report.html())?;
    std::fs::write(file.with_extension("md"), report.markdown())?;
    Ok(())
}
