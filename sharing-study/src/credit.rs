//! Who contributes what to whom: the Shapley value of each sensor, or of each nation with all its sensors.
//!
//! Worked out from the bound, or from runs ([`RunQuestion`]). From the bound: a coalition is worth the more the smaller the impact
//! error is that the bound allows a receiver with the coalition's sensors alone; nobody is worth the cap. What the bound knows and does not count is said in
//! [`crate::bound`].

mod runs;

use crate::bound::{FlightGeometry, TrueLook, with_coast};
use crate::gain::{Measure, capped_km};
use crate::nominal::NominalFlight;
use crate::outcome::{Contribution, Credit};
use crate::paths::DataDelays;
use crate::shapley::{Coalition, MOST_EXACT, MOST_PLAYERS, everybody, exact, sampled};
use crate::study::StudyError;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::NodeId;
use nalgebra::Matrix6;
use rayon::prelude::*;
use sensor_sim::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

pub use runs::{MOST_EXACT_FROM_RUNS, RunQuestion};

/// Orders that are drawn, with all their rotations, where there are too many players for all coalitions.
const ORDERS: usize = 20;

/// Who a player of the game is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Players {
    /// Each sensor by itself.
    Sensors,
    /// Each nation with all its sensors.
    Nations,
}

/// What the gain is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// No sensor at all, which is worth the cap: everybody is a player.
    Nothing,
    /// The receiver's own sensors: the others are the players, and the gain is that of sharing.
    OwnSensors,
}

impl Over {
    fn words(self) -> &'static str {
        match self {
            Over::Nothing => "",
            Over::OwnSensors => ", over its own sensors",
        }
    }
}

/// Why credit cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CreditError {
    /// A coalition has a bit for each player.
    #[error("{0} sensors can see the missile; that is too many for each to get credit: ask by nation")]
    TooManyPlayers(usize),
}

/// Gives credit for one flight. Keeps what it has worked out of the boost: ask one for all receivers, times and regimes.
#[derive(Debug)]
pub struct Accountant<'a> {
    setup: &'a Setup,
    geometry: &'a FlightGeometry<'a>,
    /// Information at burnout from the boost, by the looks that went into it.
    boost: BTreeMap<LookSet, Matrix6<f64>>,
}

/// Which looks of a flight, a bit for each.
type LookSet = Vec<u64>;

/// The question: what is it worth to whom, when and by which ways.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Name of the regime.
    pub regime: &'a str,
    /// How late its data comes.
    pub delays: &'a DataDelays,
    /// Who receives.
    pub receiver: NodeId,
    /// When, s after launch.
    pub time_s: f64,
    /// Who is asked about.
    pub players: Players,
    /// What the gain is counted from.
    pub over: Over,
}

impl<'a> Accountant<'a> {
    /// Nothing is worked out yet.
    pub fn new(setup: &'a Setup, geometry: &'a FlightGeometry<'a>) -> Self {
        Accountant { setup, geometry, boost: BTreeMap::new() }
    }

    /// Credit for the impact error, km, of one receiver at one time. Who has no look there gets exactly nothing.
    ///
    /// Exact for up to [`MOST_EXACT`] players that have looks, drawn from `seed` for more. Before burnout there is no bound, and
    /// nobody gets anything.
    ///
    /// # Errors
    /// [`CreditError::TooManyPlayers`].
    pub fn credit(&mut self, question: &Question<'_>, seed: u64) -> Result<Credit, CreditError> {
        let game = Game::new(self.geometry, question);
        let count = game.players.len();
        if count >= MOST_PLAYERS {
            return Err(CreditError::TooManyPlayers(count));
        }
        let parts = if count <= MOST_EXACT {
            self.work_out(&game);
            let values: Vec<f64> =
                (0..1 << count).map(|coalition| game.value_km(coalition, &mut self.boost)).collect();
            exact(count, &values).into_iter().map(|part| (part, None)).collect()
        } else {
            sampled(count, ORDERS, seed, |coalition| game.value_km(coalition, &mut self.boost))
        };
        let total = game.value_km(everybody(count), &mut self.boost) - game.value_km(0, &mut self.boost);
        let contributions = self.names(question).into_iter().map(|(number, name)| {
            let player = game.players.iter().position(|player| *player == number);
            let (value, interval) = player.map_or((0.0, None), |player| parts[player]);
            Contribution { name, value, interval }
        });
        let contributions = contributions.collect();
        let receiver = self.setup.nodes.get(usize::from(question.receiver.0)).cloned().unwrap_or_default();
        let (measure, unit) = Measure::ImpactError(question.time_s).name();
        let measure = format!("{measure}{}, as {} delivers", question.over.words(), question.regime);
        Ok(Credit { measure, unit: unit.to_owned(), receiver, contributions, total })
    }

    /// How many sensors or nations have a look that counts for a question.
    pub fn players(&self, question: &Question<'_>) -> usize {
        Game::new(self.geometry, question).players.len()
    }

    /// Everybody who may be asked about, by number.
    fn names(&self, question: &Question<'_>) -> Vec<(usize, String)> {
        let is_asked = |owner: NodeId| question.over == Over::Nothing || owner != question.receiver;
        match question.players {
            Players::Sensors => {
                let asked = self.setup.sensors.iter().filter(|sensor| is_asked(sensor.owner));
                asked.map(|sensor| (usize::from(sensor.id.0), sensor.name.clone())).collect()
            }
            Players::Nations => {
                let nodes = self.setup.nodes.iter().cloned().enumerate();
                nodes.filter(|(node, _)| is_asked(NodeId(*node as u16))).collect()
            }
        }
    }

    /// Works out what the boost says for all coalitions of a game at once.
    fn work_out(&mut self, game: &Game<'_>) {
        let coalitions = 0..1 << game.players.len();
        let mut sets: Vec<LookSet> = coalitions.map(|coalition| game.boost_looks(coalition)).collect();
        sets.sort();
        sets.dedup();
        sets.retain(|set| !self.boost.contains_key(set));
        let known: Vec<Matrix6<f64>> = sets.par_iter().map(|set| game.boost_information(set)).collect();
        self.boost.extend(sets.into_iter().zip(known));
    }
}

/// One question, with who can play a part in it.
struct Game<'a> {
    geometry: &'a FlightGeometry<'a>,
    is_open: bool,
    /// Who has a look that the receiver knows of, as numbers of sensors or nations.
    players: Vec<usize>,
    /// Who is there from the beginning: the receiver itself, as one more player after the others, or nobody.
    given: Coalition,
    /// Of each look of the flight, the player who has it to the receiver's knowledge.
    player_of: Vec<Option<usize>>,
    /// What each player's looks at the coast say of the state at burnout.
    coast: Vec<Matrix6<f64>>,
}

impl<'a> Game<'a> {
    fn new(geometry: &'a FlightGeometry<'a>, question: &Question<'_>) -> Self {
        let is_given = |look: &TrueLook| question.over == Over::OwnSensors && look.owner == question.receiver;
        let number = |look: &TrueLook| match question.players {
            Players::Sensors => usize::from(look.sensor.0),
            Players::Nations => usize::from(look.owner.0),
        };
        let known: Vec<Option<&TrueLook>> = (geometry.looks.iter())
            .map(|look| {
                let (receiver, time_s) = (question.receiver, question.time_s);
                geometry.is_known(look, receiver, question.delays, time_s).then_some(look)
            })
            .collect();
        let asked: BTreeSet<usize> =
            known.iter().flatten().filter(|look| !is_given(look)).map(|look| number(look)).collect();
        let players: Vec<usize> = asked.into_iter().collect();
        let player_of: Vec<Option<usize>> = known
            .iter()
            .map(|look| {
                let look = (*look)?;
                let own = is_given(look).then_some(players.len());
                own.or_else(|| players.iter().position(|player| *player == number(look)))
            })
            .collect();
        let of_player = |player: usize| {
            let own = geometry.looks.iter().zip(&player_of).filter(move |(_, of)| **of == Some(player));
            with_coast(Matrix6::zeros(), own.map(|(look, _)| look))
        };
        let coast = (0..=players.len()).map(of_player).collect();
        let given = match question.over {
            Over::Nothing => 0,
            Over::OwnSensors => 1 << players.len().min(MOST_PLAYERS - 1),
        };
        let is_open = question.time_s >= geometry.burnout_s();
        Game { geometry, is_open, players, given, player_of, coast }
    }

    /// The boost looks of a coalition, with those who are there from the beginning.
    fn boost_looks(&self, coalition: Coalition) -> LookSet {
        let coalition = coalition | self.given;
        let mut set = vec![0; self.player_of.len().div_ceil(64)];
        for (index, (look, player)) in self.geometry.looks.iter().zip(&self.player_of).enumerate() {
            let is_in = player.is_some_and(|player| coalition >> player & 1 == 1);
            if is_in && look.at_burnout.is_none() {
                set[index / 64] |= 1 << (index % 64);
            }
        }
        set
    }

    fn boost_information(&self, set: &LookSet) -> Matrix6<f64> {
        let looks = self.geometry.looks.iter().enumerate();
        let chosen = looks.filter(|(index, _)| set[index / 64] >> (index % 64) & 1 == 1);
        self.geometry.boost_information(chosen.map(|(_, look)| look))
    }

    /// What a coalition is worth: less its impact error, no more than the cap, km.
    fn value_km(&self, coalition: Coalition, boost: &mut BTreeMap<LookSet, Matrix6<f64>>) -> f64 {
        let set = self.boost_looks(coalition);
        let from_boost = *boost.entry(set).or_insert_with_key(|set| self.boost_information(set));
        let members = (0..self.coast.len()).filter(|player| (coalition | self.given) >> player & 1 == 1);
        let information = members.fold(from_boost, |sum, player| sum + self.coast[player]);
        let error_m = self.geometry.impact_rms_m(&information).filter(|_| self.is_open);
        -capped_km(error_m)
    }
}

/// Seconds after burnout of the credit that a report shows.
const REPORTED_AFTER_BURNOUT_S: [f64; 2] = [30.0, 150.0];

/// The regime whose credit a report shows where it is among those compared.
const REPORTED: &str = "realtime-2023";

/// The credit that the report of a comparison shows, for each node: each nation's from nothing, and each sensor's over what the node
/// sees itself. Under `realtime-2023`, or else the regime that brings most to most; only what can be worked out exactly.
///
/// # Errors
/// [`StudyError`] when the scenario does not fly or the regimes do not fit it.
pub fn reported(scenario: &Scenario, regimes: &[Regime], seed: u64) -> Result<Vec<Credit>, StudyError> {
    let flight = NominalFlight::of(scenario, seed)?;
    let geometry = flight.geometry()?;
    let nodes = || (0..flight.setup.nodes.len()).map(|node| NodeId(node as u16));
    let mut chosen: Option<(usize, &str, DataDelays)> = None;
    for regime in regimes {
        let delays = DataDelays::new(regime, &flight.setup.nodes)?;
        let ways = nodes().flat_map(|owner| nodes().map(move |receiver| (owner, receiver)));
        let open = ways.filter(|(owner, receiver)| delays.seconds(*owner, *receiver).is_finite()).count();
        let rank = if regime.name == REPORTED { usize::MAX } else { open };
        if chosen.as_ref().is_none_or(|(best, ..)| rank > *best) {
            chosen = Some((rank, &regime.name, delays));
        }
    }
    let (_, regime, delays) = chosen.ok_or(StudyError::Nothing)?;
    let times_s = REPORTED_AFTER_BURNOUT_S.map(|after_s| (geometry.burnout_s() + after_s).round());
    let mut accountant = Accountant::new(&flight.setup, &geometry);
    let mut credits = Vec::new();
    for receiver in nodes() {
        for (players, over) in [(Players::Nations, Over::Nothing), (Players::Sensors, Over::OwnSensors)] {
            for time_s in times_s.into_iter().filter(|time_s| *time_s < geometry.impact_s()) {
                let question = Question { regime, delays: &delays, receiver, time_s, players, over };
                if accountant.players(&question) <= MOST_EXACT {
                    credits.extend(accountant.credit(&question, seed));
                }
            }
        }
    }
    Ok(credits)
}
