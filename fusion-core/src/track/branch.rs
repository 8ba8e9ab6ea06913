//! The ways in which the last looks at a track may be explained, as long as none has won.

use super::{Evidence, Recent, Score, Track};
use crate::filter::MissileFilter;
use crate::measurement::Observation;
use crate::types::Time;
use serde::{Deserialize, Serialize};

/// What one explanation of a track takes to be its plot in one look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Tells the plot from all others; none where it was missed.
    pub plot: Option<u64>,
    /// The plot, where others are to be told of it.
    pub report: Option<(Time, Observation)>,
}

/// Looks that explanations may differ in, at most: what is older is decided as the best one has it.
///
/// Poore and Drummond, *Signal and Data Processing of Small Targets*, SPIE 4728 (2002), on how little more than five gain.
pub const OPEN_LOOKS: usize = 6;

/// What an explanation takes of the looks that are still open, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    looks: [Choice; OPEN_LOOKS],
    count: usize,
}

/// One explanation of a track's past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// The estimate by it, at the time of its track's.
    pub filter: MissileFilter,
    /// The score by it.
    pub score: Score,
    /// What speaks for and against its being an aircraft.
    pub evidence: Evidence,
    /// When a plot last went in.
    pub last_seen: Time,
    /// The last looks of which a plot went in.
    pub recent: Recent,
    /// What it takes of the looks that are open.
    pub choices: Choices,
    /// How likely it is beside the track's own explanation: a logarithm, zero for that itself.
    pub log_odds: f64,
}

impl Choices {
    /// Adds what is taken of one more look; gives what that closes.
    pub fn push(&mut self, choice: Choice) -> Option<Choice> {
        if self.count < OPEN_LOOKS {
            self.looks[self.count] = choice;
            self.count += 1;
            return None;
        }
        let oldest = self.looks[0];
        self.looks.rotate_left(1);
        self.looks[OPEN_LOOKS - 1] = choice;
        Some(oldest)
    }

    /// Whether both take the same plots.
    pub fn agree(&self, other: &Self) -> bool {
        let plots = |choices: &Self| choices.looks.map(|choice| choice.plot);
        self.count == other.count && plots(self) == plots(other)
    }

    /// What is open, oldest first.
    pub fn open(&self) -> &[Choice] {
        &self.looks[..self.count]
    }
}

impl Track {
    /// The explanation that the track itself stands for.
    pub fn own_branch(&self) -> Branch {
        let mut choices = Choices::default();
        for choice in &self.choices {
            choices.push(*choice);
        }
        let Track { filter, score, evidence, last_seen, recent, .. } = *self;
        Branch { filter, score, evidence, last_seen, recent, choices, log_odds: 0.0 }
    }

    /// Makes an explanation that of the track, beside these others; without others nothing is open any more, unless it is
    /// open whether there is an object.
    pub fn explain_by(&mut self, best: &Branch, others: &[Branch]) {
        let Branch { filter, score, evidence, last_seen, recent, choices, .. } = best;
        (self.filter, self.score, self.evidence) = (*filter, *score, *evidence);
        (self.last_seen, self.recent) = (*last_seen, *recent);
        self.branches.clear();
        self.branches.extend_from_slice(others);
        self.choices.clear();
        if !others.is_empty() || !self.is_confirmed() {
            self.choices.extend_from_slice(choices.open());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_look_is_closed_when_there_is_no_more_room() {
        let mut choices = Choices::default();
        let look = |plot: u64| Choice { plot: Some(plot), report: None };
        for plot in 0..OPEN_LOOKS as u64 {
            assert_eq!(choices.push(look(plot)), None);
        }
        assert_eq!(choices.push(look(9)), Some(look(0)));
        assert_eq!(choices.open().len(), OPEN_LOOKS);
        assert_eq!((choices.open()[0], choices.open()[OPEN_LOOKS - 1]), (look(1), look(9)));
    }
}
