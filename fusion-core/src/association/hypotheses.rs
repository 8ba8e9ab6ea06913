//! Several ways to explain the last looks, kept until later ones tell: the best set of hypotheses, one for each object.
//!
//! A tracker that keeps several hypotheses of an object (a family, which grows like a tree: each gated plot and a miss
//! make a child of each leaf) asks after each look for the best set of leaves that use no plot twice, and prunes: to the
//! branch that the best set is in N looks ago (N-scan pruning), and leaves whose weight is next to nothing.
//!
//! Kurien, in Bar-Shalom (ed.), *Multitarget-Multisensor Tracking: Advanced Applications* (1990), chapter 3; Blackman, *IEEE
//! Aerospace and Electronic Systems Magazine* 19(1) (2004), 5-18.

mod prices;
mod search;

use crate::math::union_find::{Groups, UnionFind};
use prices::Prices;
use search::{Ended, Search};
use std::ops::Range;
use thiserror::Error;

/// Families of hypotheses. Keeps its memory.
///
/// ```
/// use fusion_core::association::{Hypotheses, Selection, Selector};
/// let mut hypotheses = Hypotheses::default();
/// // Two objects want plot 7: the first gains 2 by it, the second 3; a miss scores zero.
/// for gain in [2.0, 3.0] {
///     hypotheses.push_family();
///     hypotheses.push(0.0, []);
///     hypotheses.push(gain, [7]);
/// }
/// let mut selection = Selection::default();
/// Selector::default().select(&hypotheses, &mut selection)?;
/// assert_eq!([selection.chosen(0), selection.chosen(1)], [0, 1]);
/// # Ok::<(), fusion_core::association::SelectionError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Hypotheses {
    /// Where each family's hypotheses begin.
    families: Vec<usize>,
    scores: Vec<f64>,
    /// The family of each hypothesis; none before the first.
    family_of: Vec<Option<usize>>,
    /// Each key with its hypothesis.
    uses: Vec<(u64, usize)>,
}

impl Hypotheses {
    /// Forgets all families.
    pub fn clear(&mut self) {
        self.families.clear();
        self.scores.clear();
        self.family_of.clear();
        self.uses.clear();
    }

    /// The next object.
    pub fn push_family(&mut self) {
        self.families.push(self.scores.len());
    }

    /// A hypothesis of the family pushed last, with the logarithm of its likelihood (up to a constant of the family) and the
    /// keys of what it uses, each of which stands for one plot of one look: no two families may use the same.
    pub fn push(&mut self, log_score: f64, used: impl IntoIterator<Item = u64>) {
        let number = self.scores.len();
        self.uses.extend(used.into_iter().map(|key| (key, number)));
        self.scores.push(log_score);
        self.family_of.push(self.families.len().checked_sub(1));
    }

    /// Number of families.
    pub fn families(&self) -> usize {
        self.families.len()
    }

    fn range(&self, family: usize) -> Range<usize> {
        let end = self.families.get(family + 1).copied().unwrap_or(self.scores.len());
        self.families[family]..end
    }

    fn check(&self) -> Result<(), SelectionError> {
        if self.family_of.first() == Some(&None) {
            return Err(SelectionError::NoFamily);
        }
        for family in 0..self.families() {
            let range = self.range(family);
            if range.is_empty() {
                return Err(SelectionError::Empty { family });
            }
            for (hypothesis, &value) in self.scores[range].iter().enumerate() {
                if !value.is_finite() {
                    return Err(SelectionError::Score { family, hypothesis, value });
                }
            }
        }
        Ok(())
    }
}

/// The best set, and what each hypothesis weighs over the best sets. Keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    families: Vec<usize>,
    chosen: Vec<usize>,
    weights: Vec<f64>,
    is_approximate: bool,
}

impl Selection {
    /// The place of a family's chosen hypothesis among its own.
    ///
    /// # Panics
    ///
    /// If `family` is not below the number of families, as indexing a slice does.
    pub fn chosen(&self, family: usize) -> usize {
        self.chosen[family]
    }

    /// The probability of each of a family's hypotheses over the best sets that were kept, zero where it is in none of them;
    /// adds up to one.
    ///
    /// # Panics
    ///
    /// As [`Selection::chosen`].
    pub fn weights(&self, family: usize) -> &[f64] {
        let end = self.families.get(family + 1).copied().unwrap_or(self.weights.len());
        &self.weights[self.families[family]..end]
    }

    /// Whether a cluster was too large for a search to its end: its set is a good one, and may not be the best.
    pub fn is_approximate(&self) -> bool {
        self.is_approximate
    }

    fn begin(&mut self, hypotheses: &Hypotheses) {
        self.families.clone_from(&hypotheses.families);
        self.chosen.clear();
        self.chosen.resize(hypotheses.families(), 0);
        self.weights.clear();
        self.weights.resize(hypotheses.scores.len(), 0.0);
        self.is_approximate = false;
    }
}

/// Why there is no set.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// A hypothesis was pushed before the first family.
    #[error("a hypothesis stands before the first family")]
    NoFamily,
    /// A family without a hypothesis.
    #[error("family {family} has no hypothesis")]
    Empty {
        /// The family.
        family: usize,
    },
    /// A score that is NaN or infinite.
    #[error("the score {value} of hypothesis {hypothesis} of family {family} is not finite")]
    Score {
        /// The family.
        family: usize,
        /// The hypothesis, by its place in the family.
        hypothesis: usize,
        /// What stands there.
        value: f64,
    },
    /// No set uses each key once at most.
    #[error("the families that share plots with family {family} cannot all have a hypothesis")]
    Impossible {
        /// The first of the families.
        family: usize,
    },
    /// The search ended at its limit before there was a set, and the first hypotheses are none.
    #[error("no set was found for the families that share plots with family {family}; there may be one")]
    NotFound {
        /// The first of the families.
        family: usize,
    },
}

/// Finds the best set of hypotheses. Keeps its memory: once it has grown, nothing is allocated.
///
/// Families that share keys, directly or through others, are searched together, others on their own: depth first, with a
/// bound from Lagrangian prices of the keys (branch and bound). Exact up to a limit on the hypotheses it looks at in a
/// cluster, and above it the best set found so far: at least as good as what comes of taking, again and again, the hypothesis
/// that gains its family most.
/// Twenty objects two standard deviations of a plot apart in a row, with 31 hypotheses of three looks each, are exact. Ten
/// that are one deviation apart mostly are not, nor can be told apart: their sets score within 2 % of the bound.
///
/// There is always an answer where the *first* hypotheses of all families go together; a tracker sees to that by putting
/// first in each family what continues its last answer by a miss. Otherwise the limit may be met before a set is found,
/// which is an error.
///
/// Of equally good sets the one found first is chosen, which may depend on the order of families and hypotheses; nothing
/// else does, and nothing of one call shows in the next.
#[derive(Clone, Debug)]
pub struct Selector {
    sets: UnionFind,
    groups: Groups,
    search: Search,
    prices: Prices,
}

/// Best sets of a cluster that are kept, and hypotheses that are looked at in it, unless told otherwise.
const BEST: usize = 50;
const LOOKS: usize = 1_000_000;

impl Default for Selector {
    fn default() -> Self {
        Selector::new(BEST, LOOKS)
    }
}

impl Selector {
    /// Keeps the `best` best sets of a cluster (at least one) and looks at so many hypotheses in it: a million take a few
    /// milliseconds.
    pub fn new(best: usize, looks: usize) -> Self {
        Selector {
            sets: UnionFind::default(),
            groups: Groups::default(),
            search: Search::new(best.max(1), looks),
            prices: Prices::default(),
        }
    }

    /// Finds the best set, and each hypothesis's probability over the best sets of its cluster.
    ///
    /// # Errors
    ///
    /// [`SelectionError`]; `selection` then holds nothing that may be used.
    pub fn select(
        &mut self,
        hypotheses: &Hypotheses,
        selection: &mut Selection,
    ) -> Result<(), SelectionError> {
        hypotheses.check()?;
        selection.begin(hypotheses);
        self.sets.reset(hypotheses.families());
        self.search.begin(hypotheses, &mut self.sets);
        self.prices.begin(self.search.uses());
        self.sets.clusters_into(&mut self.groups);
        for families in self.groups.iter() {
            let family = families.first().copied().unwrap_or_default();
            let ended = self.search.run(hypotheses, families, &mut self.prices);
            selection.is_approximate |= ended == Ended::AtLimit;
            if self.search.give(hypotheses, families, selection) {
                continue;
            }
            if ended == Ended::Complete {
                return Err(SelectionError::Impossible { family });
            }
            if !self.search.first_go_together(hypotheses, families) {
                return Err(SelectionError::NotFound { family });
            }
            for &family in families {
                selection.chosen[family] = 0;
                selection.weights[hypotheses.range(family).start] = 1.0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
