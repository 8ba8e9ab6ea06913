//! Sharing regimes: those that ship, and files.

use super::{line_with, read_text};
use crate::failure::Failure;
use fusion_core::share::{Regime, RegimeError};
use sensor_sim::Scenario;
use sharing_study::regimes::{ReadError, builtin, parse, variants};
use std::path::Path;

/// What a regime may be found by besides the shipped names.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// Names of the scenario's nodes.
    pub nodes: &'a [String],
    /// The scenario's own regimes.
    pub own: &'a [Regime],
}

/// The regimes that ship and are compared when none is named.
pub fn shipped_regimes() -> Result<Vec<Regime>, Failure> {
    builtin().map_err(|error| Failure::new(error.to_string(), "this is a fault of vantage: report it"))
}

/// The other regimes that ship.
pub fn shipped_variants() -> Result<Vec<Regime>, Failure> {
    variants().map_err(|error| Failure::new(error.to_string(), "this is a fault of vantage: report it"))
}

/// All that ship.
fn all_shipped() -> Result<Vec<Regime>, Failure> {
    Ok([shipped_regimes()?, shipped_variants()?].concat())
}

/// The text of a regime that ships.
pub fn shipped_text(name: &str) -> Result<&'static str, Failure> {
    sharing_study::regimes::text(name).ok_or_else(|| unknown(name, &[]))
}

/// A regime by its name, or from a file.
pub fn find_regime(name_or_path: &str, given: Given<'_>) -> Result<Regime, Failure> {
    let shipped = all_shipped()?;
    if let Some(regime) = given.own.iter().chain(&shipped).find(|regime| regime.name == name_or_path) {
        regime.resolve(given.nodes).map_err(|error| {
            Failure::new(
                error.to_string(),
                "this regime is made for other nodes: write your own (`vantage regimes NAME` prints one to start from)",
            )
        })?;
        return Ok(regime.clone());
    }
    let path = Path::new(name_or_path);
    let is_a_path = path.extension().is_some_and(|extension| extension == "toml") || path.exists();
    if !is_a_path {
        return Err(unknown(name_or_path, given.own));
    }
    let help = format!("name a regime file, or one of: {}", names(given.own));
    let text = read_text(path, &help)?;
    parse(name_or_path, &text, given.nodes).map_err(|error| file_failure(path, &text, &error))
}

/// The regimes asked for, or without any all that fit the scenario; `note` is told what is left out.
pub fn chosen_regimes(
    asked: &[String],
    scenario: &Scenario,
    note: &mut dyn FnMut(&str),
) -> Result<Vec<Regime>, Failure> {
    let nodes = scenario.node_names();
    let given = Given { nodes: &nodes, own: &scenario.regimes };
    let mut regimes: Vec<Regime> = Vec::new();
    for name in asked {
        regimes.push(find_regime(name, given)?);
    }
    if asked.is_empty() {
        for regime in shipped_regimes()? {
            let is_replaced = scenario.regimes.iter().any(|own| own.name == regime.name);
            match regime.resolve(&nodes) {
                _ if is_replaced => note(&format!("note: the scenario has its own regime `{}`", regime.name)),
                Ok(_) => regimes.push(regime),
                Err(error) => note(&format!("note: left out: {error}")),
            }
        }
        regimes.extend(scenario.regimes.iter().cloned());
    }
    for (index, regime) in regimes.iter().enumerate() {
        if regimes.iter().take(index).any(|other| other.name == regime.name) {
            return Err(Failure::new(
                format!("two regimes are named `{}`", regime.name),
                "give each regime file another `name`, and each --regime once",
            ));
        }
    }
    Ok(regimes)
}

/// Whether a regime is found by its name alone: one that ships or the scenario's own, and not a file's.
pub fn is_by_name(regime: &Regime, scenario: &Scenario) -> bool {
    let nodes = scenario.node_names();
    let found = find_regime(&regime.name, Given { nodes: &nodes, own: &scenario.regimes });
    found.is_ok_and(|found| found == *regime)
}

fn names(own: &[Regime]) -> String {
    let shipped = all_shipped().unwrap_or_default();
    shipped.iter().chain(own).map(|regime| regime.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn unknown(name: &str, own: &[Regime]) -> Failure {
    Failure::new(
        format!("there is no regime `{name}`"),
        format!("there are: {}; or give the path of a .toml file", names(own)),
    )
}

fn file_failure(path: &Path, text: &str, error: &ReadError) -> Failure {
    let help = "`vantage regimes bilateral` prints a regime that works";
    let place = match error {
        ReadError::Syntax { error, .. } => error.span(),
        ReadError::Content { error: RegimeError::UnknownNode { node, .. }, .. } => {
            let value = format!("\"{node}\"");
            line_with(text, "from", &value).or_else(|| line_with(text, "to", &value))
        }
        ReadError::Content { error: RegimeError::OutOfRange { key, value, .. }, .. } => {
            line_with(text, key, &value.to_string())
        }
        _ => None,
    };
    // The parser's own text shows the line; we do so ourselves.
    let message = match error {
        ReadError::Syntax { file, error } => {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("{file}: line {line}: {}", error.message())
        }
        error => error.to_string(),
    };
    match place.filter(|place| text.get(place.clone()).is_some()) {
        Some(place) => Failure::in_text(message, help, (path, text), place),
        None => Failure::new(message, help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_regime_that_ships_has_its_text() {
        let nodes = sharing_study::regimes::NODES.map(str::to_owned);
        for regime in all_shipped().unwrap() {
            assert_eq!(parse("text", shipped_text(&regime.name).unwrap(), &nodes).unwrap(), regime);
        }
        assert!(shipped_text("none such").is_err());
    }
}
