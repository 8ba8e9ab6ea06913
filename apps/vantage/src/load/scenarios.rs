//! Scenario files.

use super::{at_line, line_with, read_text};
use crate::failure::Failure;
use sensor_sim::{Scenario, ScenarioError};
use std::path::Path;

const EXAMPLE: &str = "fixtures/overflight-2017-09-15/scenario.toml";
const BUILT_IN: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");
const BUILT_IN_REPORTED: &str =
    include_str!("../../../../fixtures/overflight-2017-09-15/scenario.reported.toml");
/// What a scenario's file name ends in, in place of `toml`, where it is what was reported of its event.
pub const REPORTED: &str = "reported.toml";

/// A scenario with its text, and with what was reported of its event where a file beside it says so.
pub fn read_scenario(path: &Path) -> Result<(String, Scenario), Failure> {
    let help = format!("name a scenario file; {EXAMPLE} is one");
    let text = read_text(path, &help)?;
    let scenario = Scenario::parse(&text).map_err(|error| scenario_failure(path, &text, &error))?;
    let beside = path.with_extension(REPORTED);
    if !beside.is_file() {
        return Ok((text, scenario));
    }
    let reported = read_text(&beside, "take the file away, or let it be read")?;
    let scenario = with_reported(scenario, &beside, &reported)?;
    Ok((text, scenario))
}

fn with_reported(scenario: Scenario, path: &Path, text: &str) -> Result<Scenario, Failure> {
    scenario.with_reported(text).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        let help = "mend it in the file; `vantage schema reported` has every key";
        match error.position() {
            Some(at) => {
                let place = at_line(text, at.line as usize, at.column as usize);
                Failure::in_text(message, help, (path, text), place)
            }
            None => Failure::new(message, help),
        }
    })
}

/// The scenario that is compiled in: the flight over Hokkaido on 15 September 2017.
pub fn built_in_scenario() -> Result<(String, Scenario), Failure> {
    let scenario =
        Scenario::parse(BUILT_IN).map_err(|error| scenario_failure(Path::new(EXAMPLE), BUILT_IN, &error))?;
    let beside = Path::new(EXAMPLE).with_extension(REPORTED);
    Ok((BUILT_IN.to_owned(), with_reported(scenario, &beside, BUILT_IN_REPORTED)?))
}

/// What is wrong with a scenario, shown in its text where that can be told.
pub fn scenario_failure(path: &Path, text: &str, error: &ScenarioError) -> Failure {
    let help = match error {
        ScenarioError::Flight { .. } => {
            "change this flight in the file; `vantage fly` tries one flight without a scenario".to_owned()
        }
        ScenarioError::Regime { .. } => "`vantage regimes bilateral` prints a regime that works".to_owned(),
        _ => format!("mend it in the file; {EXAMPLE} shows every table with its keys"),
    };
    let message = format!("{}: {error}", path.display());
    let place = match error {
        ScenarioError::Flight { name, .. } => line_with(text, "name", &format!("\"{name}\"")),
        _ => error.position().map(|at| at_line(text, at.line as usize, at.column as usize)),
    };
    match place {
        Some(place) => Failure::in_text(message, help, (path, text), place),
        None => Failure::new(message, help),
    }
}
