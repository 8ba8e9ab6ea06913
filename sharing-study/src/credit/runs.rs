//! Credit from runs: what each sensor, or each nation with all its sensors, adds to what the trackers make of them.

use super::{Over, Players};
use crate::gain::{Measure, Reader};
use crate::outcome::{Contribution, Credit, NodeOutcome};
use crate::run::{RunPlan, link_seed, run_regime};
use crate::shapley::{Coalition, MOST_PLAYERS, everybody, exact, sampled};
use crate::statistics::{mean, t_interval};
use crate::study::{StudyError, pool, setup_of};
use crate::sweep::RunOptions;
use crate::variant;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Scan, Sensor, SensorId};
use rayon::prelude::*;
use sensor_sim::{Scenario, Truth, simulate};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Up to so many players every coalition is run; with more, those that come up in an order drawn for each run, in all its rotations.
pub const MOST_EXACT_FROM_RUNS: usize = 8;

/// What is asked of the runs.
#[derive(Clone, Copy, Debug)]
pub struct RunQuestion<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The regime under which the nations share what they have.
    pub regime: &'a Regime,
    /// Who gets credit.
    pub players: Players,
    /// Who receives.
    pub receivers: &'a [NodeId],
    /// In what something is gained.
    pub measures: &'a [Measure],
    /// What the gain is counted from.
    pub over: Over,
}

/// Who may get credit, each with its sensors.
struct Player {
    name: String,
    /// The nation, or the sensor's owner.
    owner: NodeId,
    sensors: Coalition,
}

/// One run of the scenario, and what every coalition of sensors made of it so far.
struct Game<'a> {
    question: &'a RunQuestion<'a>,
    setup: &'a Arc<Setup>,
    reader: Reader<'a>,
    seed: (u64, u32),
    truth: Truth,
    scans: Vec<Arc<Scan>>,
    known: BTreeMap<Coalition, Vec<NodeOutcome>>,
}

/// What each player adds for one receiver, and all together; none where the measure has no value in the run.
type Parts = Option<(Vec<f64>, f64)>;

impl RunQuestion<'_> {
    /// Each player's credit for each receiver and measure that has a value in some run, with 95 % intervals over runs that are paired:
    /// every coalition sees the same flight and the same noise. Whoever changes nothing for any coalition gets exactly nothing, as
    /// does a sensor that looks at nothing.
    ///
    /// `progress` is told how many of how many runs are done, from whichever thread finished one.
    ///
    /// # Errors
    /// [`StudyError`]; [`StudyError::Nothing`] without runs or with more than [`MOST_PLAYERS`] sensors.
    pub fn credit(
        &self,
        options: &RunOptions,
        progress: &(dyn Fn(u32, u32) + Sync),
    ) -> Result<Vec<Credit>, StudyError> {
        if options.runs == 0 || self.scenario.sensors.len() > MOST_PLAYERS {
            return Err(StudyError::Nothing);
        }
        let flights = self.scenario.fly()?;
        let impact_s = flights.first().ok_or(StudyError::NoFlight)?.trajectory().impact_s();
        let reader = Reader { measures: self.measures, areas: &self.scenario.areas, impact_s };
        let setup = setup_of(self.scenario)?;
        let players = self.players();
        let done = AtomicU32::new(0);
        let one_run = |run: u32| -> Result<Vec<Parts>, StudyError> {
            let simulation = simulate(self.scenario, &flights, options.seed, run)?;
            let mut game = Game {
                question: self,
                setup: &setup,
                reader,
                seed: (options.seed, run),
                truth: simulation.truth,
                scans: simulation.scans.into_iter().map(Arc::new).collect(),
                known: BTreeMap::new(),
            };
            let cells: Vec<Parts> =
                self.cells().map(|cell| game.parts(&players, cell)).collect::<Result<_, _>>()?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, options.runs);
            Ok(cells)
        };
        // Collected by index: the result does not depend on the threads.
        let runs: Vec<Vec<Parts>> = pool(options.threads)?
            .install(|| (0..options.runs).into_par_iter().map(one_run).collect::<Result<_, _>>())?;
        let credit = |(index, cell): (usize, (NodeId, Measure))| {
            let values: Vec<&(Vec<f64>, f64)> =
                runs.iter().filter_map(|cells| cells.get(index)?.as_ref()).collect();
            self.of_cell(cell, &players, &values)
        };
        Ok(self.cells().enumerate().filter_map(credit).collect())
    }

    fn cells(&self) -> impl Iterator<Item = (NodeId, Measure)> {
        self.receivers.iter().flat_map(|node| self.measures.iter().map(|measure| (*node, *measure)))
    }

    fn players(&self) -> Vec<Player> {
        let sensors = &self.scenario.sensors;
        match self.players {
            Players::Sensors => {
                let player = |sensor: &Sensor| Player {
                    name: sensor.name.clone(),
                    owner: sensor.owner,
                    sensors: bit(sensor.id),
                };
                sensors.iter().map(player).collect()
            }
            Players::Nations => {
                let names = self.scenario.node_names().into_iter();
                let player = |(number, name)| {
                    let owner = NodeId(number);
                    Player { name, owner, sensors: owned_by(sensors, owner) }
                };
                (0_u16..).zip(names).map(player).collect()
            }
        }
    }

    /// Whether a player is asked about for a receiver, and not there from the beginning.
    fn is_asked(&self, player: &Player, receiver: NodeId) -> bool {
        self.over == Over::Nothing || player.owner != receiver
    }

    /// What all runs say of one receiver and measure.
    fn of_cell(
        &self,
        (receiver, measure): (NodeId, Measure),
        players: &[Player],
        runs: &[&(Vec<f64>, f64)],
    ) -> Option<Credit> {
        let asked = players.iter().filter(|player| self.is_asked(player, receiver));
        let contribution = |(index, player): (usize, &Player)| {
            let parts: Vec<f64> = runs.iter().map(|(parts, _)| parts[index]).collect();
            Some(Contribution {
                name: player.name.clone(),
                value: mean(&parts)?,
                interval: t_interval(&parts),
            })
        };
        let totals: Vec<f64> = runs.iter().map(|(_, total)| *total).collect();
        let (measure, unit) = measure.name();
        Some(Credit {
            measure: format!("{measure}{}, as {} delivers", self.over.words(), self.regime.name),
            unit: unit.to_owned(),
            receiver: self.scenario.nodes.get(usize::from(receiver.0))?.name.clone(),
            contributions: asked.enumerate().map(contribution).collect::<Option<_>>()?,
            total: mean(&totals)?,
        })
    }
}

impl Game<'_> {
    /// What each player that is asked about adds in this run.
    fn parts(
        &mut self,
        players: &[Player],
        (receiver, measure): (NodeId, Measure),
    ) -> Result<Parts, StudyError> {
        let question = self.question;
        let (seed, looking) = (self.seed, self.looking());
        let given = match question.over {
            Over::Nothing => 0,
            Over::OwnSensors => owned_by(&question.scenario.sensors, receiver) & looking,
        };
        let asked: Vec<Coalition> = players
            .iter()
            .filter(|player| question.is_asked(player, receiver))
            .map(|player| player.sensors & looking)
            .collect();
        // Who looks at nothing plays no part: each coalition is worth the same with it and without.
        let active: Vec<Coalition> = asked.iter().copied().filter(|sensors| *sensors != 0).collect();
        let sensors = |coalition: Coalition| {
            let members = active.iter().enumerate().filter(|(player, _)| coalition >> player & 1 == 1);
            members.fold(given, |all, (_, sensors)| all | sensors)
        };
        let mut fault: Option<StudyError> = None;
        let mut value = |coalition: Coalition| match self.value(sensors(coalition), receiver, measure) {
            Ok(value) => value,
            Err(error) => {
                fault.get_or_insert(error);
                None
            }
        };
        let (Some(nobody), Some(all)) = (value(0), value(everybody(active.len()))) else {
            return fault.map_or(Ok(None), Err);
        };
        let mut parts = shares(active.len(), seed, |coalition| value(coalition).unwrap_or(0.0)).into_iter();
        if let Some(fault) = fault {
            return Err(fault);
        }
        let of = |sensors: &Coalition| if *sensors == 0 { 0.0 } else { parts.next().unwrap_or(0.0) };
        Ok(Some((asked.iter().map(of).collect(), all - nobody)))
    }

    /// The sensors that look at anything in this run, whether they see something or not.
    fn looking(&self) -> Coalition {
        let mounts = self.question.scenario.sensors.iter().zip(&self.question.scenario.mounts);
        let cued = mounts.filter(|(_, mount)| mount.cued.is_some()).map(|(sensor, _)| bit(sensor.id));
        self.scans.iter().map(|scan| bit(scan.sensor)).chain(cued).fold(0, |all, sensor| all | sensor)
    }

    /// What these sensors are worth; more is better.
    fn value(
        &mut self,
        sensors: Coalition,
        receiver: NodeId,
        measure: Measure,
    ) -> Result<Option<f64>, StudyError> {
        if !self.known.contains_key(&sensors) {
            let is_off = |sensor: SensorId| sensors & bit(sensor) == 0;
            let scenario = variant::without(self.question.scenario, is_off);
            let seen: Vec<Arc<Scan>> =
                self.scans.iter().filter(|scan| !is_off(scan.sensor)).cloned().collect();
            let plan = RunPlan {
                setup: self.setup,
                regime: (0, self.question.regime),
                seed: self.seed,
                times_s: &self.reader.times_s(),
                scenario: &scenario,
            };
            self.known.insert(sensors, run_regime(&plan, &seen, &self.truth)?.outcomes);
        }
        let outcome = self.known.get(&sensors).and_then(|outcomes| outcomes.get(usize::from(receiver.0)));
        Ok(outcome.and_then(|outcome| self.reader.value(outcome, measure)).map(|value| -value))
    }
}

/// The Shapley values of one run: exact for few players, for more by an order of the run's own, so that their mean over runs is
/// right and the spread over runs has what the drawing adds.
fn shares(players: usize, (seed, run): (u64, u32), mut value: impl FnMut(Coalition) -> f64) -> Vec<f64> {
    if players <= MOST_EXACT_FROM_RUNS {
        let values: Vec<f64> = (0..1 << players).map(value).collect();
        return exact(players, &values);
    }
    sampled(players, 1, link_seed(seed, run), &mut value).into_iter().map(|(part, _)| part).collect()
}

/// The bit of a sensor; none beyond those that a coalition can tell apart.
fn bit(sensor: SensorId) -> Coalition {
    1_u128.checked_shl(u32::from(sensor.0)).unwrap_or(0)
}

fn owned_by(sensors: &[Sensor], owner: NodeId) -> Coalition {
    sensors.iter().filter(|sensor| sensor.owner == owner).fold(0, |all, sensor| all | bit(sensor.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worth the square of how many of the first three are there, and 2 for each of the others.
    fn worth(coalition: Coalition) -> f64 {
        let (some, others) = ((coalition & 0b111).count_ones(), (coalition >> 3).count_ones());
        f64::from(some * some + 2 * others)
    }

    #[test]
    fn orders_drawn_for_each_run_lead_to_the_values_of_all_coalitions() {
        const FEW: usize = MOST_EXACT_FROM_RUNS;
        for (players, is_exact) in [(FEW, true), (FEW + 1, false)] {
            let whole = worth(everybody(players));
            let runs: Vec<Vec<f64>> = (0..400).map(|run| shares(players, (1, run), worth)).collect();
            for parts in &runs {
                assert!((parts.iter().sum::<f64>() - whole).abs() < 1e-9);
            }
            assert_eq!(is_exact, runs.iter().all(|parts| *parts == runs[0]));
            for player in 0..players {
                let parts: Vec<f64> = runs.iter().map(|parts| parts[player]).collect();
                let (average, expected) = (mean(&parts).unwrap(), if player < 3 { 3.0 } else { 2.0 });
                assert!((average - expected).abs() < 0.15, "{players} players, {player}: {average}");
            }
        }
    }
}
