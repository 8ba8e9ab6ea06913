//! Many objects: how many missiles each node counts, whether tracks keep to their objects, close ones too, and what is
//! declared when nothing flies.

mod crossing;
mod quiet;
mod raid;
mod watch;

pub use crossing::STUDY as CROSSING;
pub use quiet::STUDY as QUIET;
pub use raid::STUDY as RAID;

use super::AccuracyError;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{Scan, Time};
use sensor_sim::flight::Flight;
use sensor_sim::{Scenario, Truth, simulate};
use std::sync::Arc;

/// A scenario with the regimes that it is run under.
struct Case {
    scenario: Scenario,
    flights: Vec<Flight>,
    setup: Arc<Setup>,
    regimes: Vec<Regime>,
}

impl Case {
    fn new(scenario: &str, regimes: &[&str]) -> Result<Self, AccuracyError> {
        let scenario = Scenario::parse(scenario)?;
        let setup = sharing_study::study::setup_of(&scenario)?;
        let mut of_names = sharing_study::regimes::builtin()?;
        of_names.retain(|regime| regimes.contains(&regime.name.as_str()));
        Ok(Case { flights: scenario.fly()?, scenario, setup, regimes: of_names })
    }

    /// One run: what the sensors saw up to `until`, and what truly flew.
    fn fly(&self, seed: u64, run: usize, until: Time) -> Result<(Vec<Arc<Scan>>, Truth), AccuracyError> {
        let simulation = simulate(&self.scenario, &self.flights, seed, run as u32)?;
        let due = simulation.scans.into_iter().take_while(|scan| scan.time <= until);
        Ok((due.map(Arc::new).collect(), simulation.truth))
    }

    /// Regimes with nodes, in the order in which they are watched.
    fn rows(&self) -> impl Iterator<Item = (&Regime, &str)> {
        let nodes = &self.setup.nodes;
        self.regimes.iter().flat_map(move |regime| nodes.iter().map(move |node| (regime, node.as_str())))
    }
}

/// The 95 % interval of a Poisson mean of which `count` was seen.
///
/// Garwood, *Biometrika* 28 (1936), 437-442.
fn poisson_interval(count: u32) -> Result<[f64; 2], AccuracyError> {
    let half = |degrees, probability| {
        fusion_core::math::chi_square::quantile(degrees, probability).map(|quantile| 0.5 * quantile)
    };
    let low = if count == 0 { 0.0 } else { half(2 * count, 0.025)? };
    Ok([low, half(2 * count + 2, 0.975)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_count_is_garwoods() {
        // The classic table: 0 [0, 3.689], 1 [0.0253, 5.572], 10 [4.795, 18.39].
        for (count, low, high) in [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)] {
            let [found_low, found_high] = poisson_interval(count).expect("valid");
            assert!((found_low - low).abs() < 1e-3 && (found_high - high).abs() < 5e-3, "{count}");
        }
    }
}
