//! A regime of your own, from a file beside this one, compared with `bilateral` over a few paired runs.
//!
//! `cargo run --release -p sharing-study --example custom_regime [REGIME.toml]`
//!
//! The command does the same with more runs and writes a report:
//! `vantage compare --regime bilateral --regime sharing-study/examples/custom_regime.toml`.
#![allow(clippy::print_stdout, reason = "an example says on the screen what it found")]

use sensor_sim::Scenario;
use sharing_study::study::{StudyOptions, run_study};
use sharing_study::{regimes, summary::Summary, table};

const SCENARIO: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");
const REGIME: &str = include_str!("custom_regime.toml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scenario = Scenario::parse(SCENARIO)?;
    let file = std::env::args().nth(1);
    let text = match &file {
        Some(file) => std::fs::read_to_string(file)?,
        None => REGIME.to_owned(),
    };
    // Names and ranges are checked here; an error says which link, which key and what is allowed.
    let name = file.as_deref().unwrap_or("custom_regime.toml");
    let own = regimes::parse(name, &text, &scenario.node_names())?;

    let baseline = regimes::builtin()?.into_iter().find(|regime| regime.name == regimes::BASELINE);
    let compared: Vec<_> = baseline.into_iter().chain([own]).collect();
    let options = StudyOptions { runs: 4, seed: 1, ..StudyOptions::default() };
    let study = run_study(&scenario, &compared, &options, &|_, _| {})?;
    print!("{}", table::render(&Summary::of(&study)?));
    Ok(())
}
