//! Contestants that take turns within one run, and what is compared of them.

use super::statistics::Median;
use crate::SceneError;
use crate::clock::{thread_ns, wall_ns};
use fusion_core::math::chance::Stream;

/// Does its work so many times and tells the time that took, ns.
pub type Run = Box<dyn FnMut(u64) -> Result<f64, SceneError>>;

/// A contestant's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(usize);

/// Somebody who does some work.
struct Contestant {
    name: String,
    /// How many tracks, plots, bytes or operations one repetition is.
    units: f64,
    run: Run,
    repetitions: u64,
    /// Time of a unit in each round, ns.
    rounds_ns: Vec<f64>,
}

/// One way of doing the work: one contestant, or a sum of several times a factor, as a floor is.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is called.
    pub name: String,
    /// Whose time of a unit goes in, and how many times.
    pub parts: Vec<(Entry, f64)>,
}

/// What the ratio says, and which it should be, if anything was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Our time over the peer's, at most this.
    AtMost(Option<f64>),
    /// The peer's time over ours, at least this.
    AtLeast(Option<f64>),
}

/// How far the results of two lie apart, and may.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The greatest relative difference.
    pub worst: f64,
    /// What was allowed.
    pub tolerance: f64,
}

impl Agreement {
    /// Whether results are the same but for what was allowed.
    pub fn is_good(&self) -> bool {
        self.worst <= self.tolerance
    }
}

/// What is held beside what.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What work it is, to be chosen by.
    pub topic: &'static str,
    /// Who the peer is, to be chosen by.
    pub peer: &'static str,
    /// Which of several of these, in a word or two.
    pub case: String,
    /// What the unit of time is: "ns per track".
    pub unit: &'static str,
    /// Our ways to do it; the one with the least median counts.
    pub ours: Vec<Form>,
    /// The peer's; the same.
    pub peers: Vec<Form>,
    /// What the ratio should be.
    pub goal: Goal,
    /// Whether they do the same; none where they do not, and the note says so.
    pub agreement: Option<Agreement>,
    /// What a reader must know.
    pub note: String,
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was compared.
    pub comparison: Comparison,
    /// Our fastest form and its median time of a unit, ns.
    pub ours: (String, f64),
    /// The peer's.
    pub peer: (String, f64),
    /// The ratio, round by round.
    pub ratio: Median,
}

impl Outcome {
    /// Whether the median of the ratio is what was asked for; none where nothing was.
    pub fn is_met(&self) -> Option<bool> {
        match self.comparison.goal {
            Goal::AtMost(target) => target.map(|target| self.ratio.median <= target),
            Goal::AtLeast(target) => target.map(|target| self.ratio.median >= target),
        }
    }
}

/// All that take part in one run.
#[derive(Default)]
pub struct Contest {
    only: Vec<String>,
    contestants: Vec<Contestant>,
    comparisons: Vec<Comparison>,
    skipped: Vec<(String, String)>,
}

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// How often each contestant has its turn.
    pub rounds: usize,
    /// How long a turn takes, about, ns.
    pub turn_ns: f64,
}

impl Contest {
    /// One of those topics and peers only; of all where none is named.
    pub fn of(only: Vec<String>) -> Self {
        Contest { only, ..Contest::default() }
    }

    /// Whether anybody asked for this comparison: names of topics and of peers narrow down each for itself.
    pub fn wants(&self, topic: &str, peer: &str) -> bool {
        let is_among = |known: &[&str], name: &str| {
            let mut named = self.only.iter().filter(|only| known.contains(&only.as_str())).peekable();
            named.peek().is_none() || named.any(|only| only == name)
        };
        is_among(&super::TOPICS, topic) && is_among(&super::PEERS, peer)
    }

    /// Whether anybody asked for this topic beside anybody.
    pub fn wants_topic(&self, topic: &str) -> bool {
        super::PEERS.iter().any(|peer| self.wants(topic, peer))
    }

    /// Lets somebody take part, whose repetition does so many units.
    pub fn enter(&mut self, name: &str, units: f64, run: Run) -> Entry {
        let name = name.to_owned();
        self.contestants.push(Contestant { name, units, run, repetitions: 1, rounds_ns: Vec::new() });
        Entry(self.contestants.len() - 1)
    }

    /// Lets somebody of this process take part: `work` is one repetition.
    pub fn enter_work(&mut self, name: &str, units: f64, mut work: impl FnMut() + 'static) -> Entry {
        let run = move |repetitions: u64| {
            let begin_ns = thread_ns();
            for _ in 0..repetitions {
                work();
            }
            Ok(thread_ns() - begin_ns)
        };
        self.enter(name, units, Box::new(run))
    }

    /// The same for work of several threads, whose time is what passes.
    pub fn enter_threads(&mut self, name: &str, units: f64, work: impl Fn() + 'static) -> Entry {
        let run = move |repetitions: u64| {
            let begin_ns = wall_ns();
            (0..repetitions).for_each(|_| work());
            Ok(wall_ns() - begin_ns)
        };
        self.enter(name, units, Box::new(run))
    }

    /// The form that is one contestant.
    pub fn form(&self, entry: Entry) -> Form {
        Form { name: self.contestants[entry.0].name.clone(), parts: vec![(entry, 1.0)] }
    }

    /// Adds what is compared.
    pub fn compare(&mut self, comparison: Comparison) {
        self.comparisons.push(comparison);
    }

    /// Says why somebody does not take part.
    pub fn skip(&mut self, who: &str, why: impl ToString) {
        let skipped = (who.to_owned(), why.to_string());
        // Several comparisons may ask for the same.
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// Who does not take part, and why.
    pub fn skipped(&self) -> &[(String, String)] {
        &self.skipped
    }

    /// Comparisons of which the two do not do the same: none, or something is wrong.
    pub fn disagreeing(&self) -> impl Iterator<Item = &Comparison> {
        let differs =
            |comparison: &&Comparison| comparison.agreement.is_some_and(|agreement| !agreement.is_good());
        self.comparisons.iter().filter(differs)
    }

    /// All rounds: in each, every contestant has its turn once, in an order that is drawn anew. Between rounds `tell` is given
    /// how many are done.
    ///
    /// # Errors
    /// When a contestant fails: a peer that died.
    pub fn run(&mut self, length: Length, mut tell: impl FnMut(usize)) -> Result<Vec<Outcome>, SceneError> {
        for contestant in &mut self.contestants {
            contestant.calibrate(length.turn_ns)?;
        }
        let mut chance = Stream::new("turns", 1, &[]);
        let mut order: Vec<usize> = (0..self.contestants.len()).collect();
        for round in 0..length.rounds {
            for last in (1..order.len()).rev() {
                order.swap(last, (chance.uniform() * (last + 1) as f64) as usize);
            }
            for &turn in &order {
                let contestant = &mut self.contestants[turn];
                let ns = contestant.turn()?;
                contestant.rounds_ns.push(ns);
            }
            tell(round + 1);
        }
        Ok(self.comparisons.iter().filter_map(|comparison| self.outcome(comparison)).collect())
    }

    /// Time of a unit of a contestant, ns, after the rounds.
    pub fn median_ns(&self, entry: Entry) -> Option<Median> {
        Median::of(&self.contestants[entry.0].rounds_ns)
    }

    fn outcome(&self, comparison: &Comparison) -> Option<Outcome> {
        let (ours, ours_ns, ours_rounds) = self.fastest(&comparison.ours)?;
        let (peer, peer_ns, peer_rounds) = self.fastest(&comparison.peers)?;
        let ratio = |(ours, peer): (&f64, &f64)| match comparison.goal {
            Goal::AtMost(_) => ours / peer,
            Goal::AtLeast(_) => peer / ours,
        };
        let ratios: Vec<f64> = ours_rounds.iter().zip(&peer_rounds).map(ratio).collect();
        Some(Outcome {
            comparison: comparison.clone(),
            ours: (ours, ours_ns),
            peer: (peer, peer_ns),
            ratio: Median::of(&ratios)?,
        })
    }

    /// The form with the least median: its name, that, and its time of a unit in each round, ns.
    fn fastest(&self, forms: &[Form]) -> Option<(String, f64, Vec<f64>)> {
        let timed = forms.iter().filter_map(|form| {
            let rounds =
                form.parts.iter().map(|(entry, _)| self.contestants[entry.0].rounds_ns.len()).min()?;
            let of_round = |round: usize| {
                form.parts
                    .iter()
                    .map(|(entry, factor)| factor * self.contestants[entry.0].rounds_ns[round])
                    .sum()
            };
            let rounds_ns: Vec<f64> = (0..rounds).map(of_round).collect();
            Some((form.name.clone(), Median::of(&rounds_ns)?.median, rounds_ns))
        });
        timed.min_by(|one, other| one.1.total_cmp(&other.1))
    }
}

impl Contestant {
    /// Finds how many repetitions make a turn.
    fn calibrate(&mut self, turn_ns: f64) -> Result<(), SceneError> {
        // The first time warms up, the third is near enough.
        for _ in 0..3 {
            let ns = (self.run)(self.repetitions)?.max(1.0);
            self.repetitions = (self.repetitions as f64 * turn_ns / ns).clamp(1.0, 1e9) as u64;
        }
        Ok(())
    }

    /// Time of a unit, ns.
    fn turn(&mut self) -> Result<f64, SceneError> {
        Ok((self.run)(self.repetitions)? / (self.repetitions as f64 * self.units))
    }
}

#[cfg(test)]
#[path = "contest_tests.rs"]
mod tests;
