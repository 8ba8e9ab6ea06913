//! What a receiver gains while one quantity of the sharing is varied, and where that comes to nothing.
//!
//! A sweep clones a regime, changes one field of its links (or one property of the sensors that feed them) to each of some values,
//! and takes each result against a baseline that is not varied: worked out from the bound, or from runs that are paired, flight by
//! flight and noise by noise.

mod crossover;
mod runs;

use crate::bound::FlightGeometry;
use crate::gain::{Measure, capped_km};
use crate::nominal::NominalFlight;
use crate::outcome::{Sweep, SweepPoint};
use crate::paths::DataDelays;
use crate::study::StudyError;
use crate::variant;
use fusion_core::share::{Delay, LinkConfig, Regime};
use fusion_core::types::{NodeId, SensorId};
use sensor_sim::Scenario;
use std::borrow::Cow;
use thiserror::Error;

pub use runs::RunOptions;

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Time from sending to arrival, s; no longer random.
    Delay,
    /// Probability that an object is released at all.
    Release,
    /// How long that decision takes, s; no longer random.
    Decision,
    /// Probability that a message is lost.
    Loss,
    /// Probability that a sensor detects what it can see; its node knows it.
    Detection,
    /// Error of a radar's azimuth, mrad; no node knows it.
    Bias,
}

impl Quantity {
    /// Its name and its unit, which is empty for a probability.
    #[must_use]
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Quantity::Delay => ("link delay", "s"),
            Quantity::Release => ("release probability", ""),
            Quantity::Decision => ("decision time", "s"),
            Quantity::Loss => ("loss probability", ""),
            Quantity::Detection => ("detection probability", ""),
            Quantity::Bias => ("azimuth bias", "mrad"),
        }
    }

    /// The values that are tried when none are given.
    #[must_use]
    pub fn usual_values(self) -> &'static [f64] {
        match self {
            Quantity::Delay => &[0.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0],
            Quantity::Release => &[0.0, 0.25, 0.5, 0.75, 1.0],
            Quantity::Decision => &[0.0, 10.0, 30.0, 60.0, 120.0, 240.0],
            Quantity::Loss => &[0.0, 0.1, 0.25, 0.5, 0.75, 0.9],
            Quantity::Detection => &[0.1, 0.3, 0.5, 0.7, 0.9],
            Quantity::Bias => &[0.0, 0.5, 1.0, 2.0, 4.0],
        }
    }

    /// Least and greatest value that it can have.
    #[must_use]
    pub fn range(self) -> [f64; 2] {
        match self {
            Quantity::Delay | Quantity::Decision => [0.0, 86_400.0],
            Quantity::Release | Quantity::Loss => [0.0, 1.0],
            Quantity::Detection => [0.01, 1.0],
            Quantity::Bias => [-100.0, 100.0],
        }
    }

    /// Whether the bound depends on it.
    #[must_use]
    pub fn is_in_bound(self) -> bool {
        matches!(self, Quantity::Delay | Quantity::Decision | Quantity::Detection)
    }

    fn is_of_sensors(self) -> bool {
        matches!(self, Quantity::Detection | Quantity::Bias)
    }

    fn set(self, link: &mut LinkConfig, value: f64) {
        match self {
            Quantity::Delay => link.delay = Delay::Constant { seconds: value },
            Quantity::Release => link.release.probability = value,
            Quantity::Decision => link.release.decision = Delay::Constant { seconds: value },
            Quantity::Loss => link.loss_probability = value,
            Quantity::Detection | Quantity::Bias => {}
        }
    }
}

/// What is swept.
#[derive(Clone, Copy, Debug)]
pub struct SweepPlan<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The regime whose links are varied.
    pub regime: &'a Regime,
    /// What to call it: with what is special about the sweep.
    pub label: &'a str,
    /// Which of its links are varied, by index.
    pub links: &'a [usize],
    /// Which sensors are, where the quantity is one of sensors; at the baseline as well.
    pub sensors: &'a [SensorId],
    /// What it is compared with.
    pub baseline: &'a Regime,
    /// What is varied.
    pub quantity: Quantity,
    /// Its values, ascending.
    pub values: &'a [f64],
    /// Who receives.
    pub receivers: &'a [NodeId],
    /// In what something is gained: what the baseline has more.
    pub measures: &'a [Measure],
}

/// Why nothing can be swept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The bound does not know the quantity or the measure.
    #[error("the bound does not depend on {0}: it takes runs")]
    NotInBound(String),
    /// Values out of order, out of range or missing.
    #[error("{name} takes ascending values from {low} to {high}")]
    Values {
        /// The quantity.
        name: &'static str,
        /// Its least value.
        low: f64,
        /// Its greatest value.
        high: f64,
    },
    /// The study behind it failed.
    #[error(transparent)]
    Study(#[from] StudyError),
}

impl SweepPlan<'_> {
    fn check(&self) -> Result<(), SweepError> {
        let [low, high] = self.quantity.range();
        let is_ascending = self.values.windows(2).all(|pair| pair[0] < pair[1]);
        let is_inside = self.values.iter().all(|value| (low..=high).contains(value));
        if self.values.is_empty() || !is_ascending || !is_inside {
            return Err(SweepError::Values { name: self.quantity.name().0, low, high });
        }
        Ok(())
    }

    /// The regime at one value.
    fn regime_at(&self, value: f64) -> Regime {
        let mut regime = self.regime.clone();
        for index in self.links {
            if let Some(link) = regime.links.get_mut(*index) {
                self.quantity.set(link, value);
            }
        }
        regime
    }

    /// The scenario at one value.
    fn scenario_at(&self, value: f64) -> Cow<'_, Scenario> {
        let is_it = |sensor: SensorId| self.sensors.contains(&sensor);
        match self.quantity {
            Quantity::Detection => Cow::Owned(variant::with_detection(self.scenario, value, is_it)),
            Quantity::Bias => Cow::Owned(variant::with_azimuth_bias(self.scenario, value * 1e-3, is_it)),
            _ => Cow::Borrowed(self.scenario),
        }
    }

    /// Receivers and measures, in the order of the results.
    fn cells(&self) -> impl Iterator<Item = (NodeId, Measure)> + '_ {
        self.receivers.iter().flat_map(|node| self.measures.iter().map(move |measure| (*node, *measure)))
    }

    fn sweep_of(&self, (node, measure): (NodeId, Measure), points: Vec<SweepPoint>) -> Sweep {
        let ((quantity, unit), (name, measure_unit)) = (self.quantity.name(), measure.name());
        let receiver = self.scenario.nodes.get(usize::from(node.0));
        Sweep {
            quantity: quantity.to_owned(),
            unit: unit.to_owned(),
            measure: name,
            measure_unit: measure_unit.to_owned(),
            regime: self.label.to_owned(),
            baseline: self.baseline.name.clone(),
            receiver: receiver.map_or(String::new(), |node| node.name.clone()),
            points,
            crossover: None,
        }
    }

    /// The sweep as the bound has it, on the nominal flight: exact, without intervals; one result for each receiver and measure.
    ///
    /// Delays and decisions come in by their own value, losses and queues not at all: see [`DataDelays::new`].
    ///
    /// # Errors
    /// [`SweepError::NotInBound`] for a quantity or a measure that the bound does not have; [`SweepError`].
    pub fn from_bound(&self, seed: u64) -> Result<Vec<Sweep>, SweepError> {
        self.check()?;
        if !self.quantity.is_in_bound() {
            return Err(SweepError::NotInBound(format!("the {}", self.quantity.name().0)));
        }
        if let Some(measure) =
            self.measures.iter().find(|measure| !matches!(measure, Measure::ImpactError(_)))
        {
            return Err(SweepError::NotInBound(format!("`{}`", measure.name().0)));
        }
        let nodes = self.scenario.node_names();
        let delays = |regime: &Regime| DataDelays::new(regime, &nodes).map_err(StudyError::from);
        let from = delays(self.baseline)?;
        let flight = NominalFlight::of(self.scenario, seed)?;
        let unchanged = flight.geometry()?;
        let pairs_at = |x: f64, cells: &[(NodeId, Measure)]| -> Result<Vec<[f64; 2]>, SweepError> {
            let to = delays(&self.regime_at(x))?;
            let pairs = |geometry: &FlightGeometry<'_>| {
                let pair = |cell: &_| [&from, &to].map(|delays| error_km(geometry, delays, *cell));
                cells.iter().map(pair).collect()
            };
            if !self.quantity.is_of_sensors() {
                return Ok(pairs(&unchanged));
            }
            Ok(pairs(&NominalFlight::of(&self.scenario_at(x), seed)?.geometry()?))
        };
        let cells: Vec<(NodeId, Measure)> = self.cells().collect();
        let rows: Vec<Vec<[f64; 2]>> =
            self.values.iter().map(|x| pairs_at(*x, &cells)).collect::<Result<_, _>>()?;
        let sweep = |(index, cell): (usize, &(NodeId, Measure))| {
            let point = |(x, row): (&f64, &Vec<[f64; 2]>)| {
                let [from, to] = row[index];
                SweepPoint { x: *x, from, to, mean: from - to, interval: None }
            };
            let points: Vec<SweepPoint> = self.values.iter().zip(&rows).map(point).collect();
            let gains: Vec<f64> = points.iter().map(|point| point.mean).collect();
            let gain_at = |x: f64| pairs_at(x, &[*cell]).map(|pairs| pairs[0][0] - pairs[0][1]);
            let crossover = crossover::worked_out(self.values, &gains, gain_at)?;
            Ok(Sweep { crossover, ..self.sweep_of(*cell, points) })
        };
        cells.iter().enumerate().map(sweep).collect()
    }
}

fn error_km(geometry: &FlightGeometry<'_>, delays: &DataDelays, (node, measure): (NodeId, Measure)) -> f64 {
    let Measure::ImpactError(time_s) = measure else { return 0.0 };
    capped_km(geometry.impact_error_m(node, delays, time_s, |_| true))
}
