//! The best sets of one cluster of families: depth first, branch and bound.

use super::prices::Prices;
use super::{Hypotheses, Selection};
use crate::math::union_find::UnionFind;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ended {
    /// Nothing better is left.
    Complete,
    /// It looked at as many hypotheses as it may.
    AtLimit,
}

/// A family that is being gone through, below those above it.
#[derive(Clone, Copy, Debug)]
struct Branch {
    family: usize,
    /// The place in its ranking that is tried next.
    next: usize,
    /// The hypothesis that is tried now.
    taken: Option<usize>,
    /// What the branches above are worth, and all prices.
    score: f64,
    /// What the other families could be worth at most.
    others: f64,
}

/// Searches of a cluster, each with other prices; all but the last have one of so many parts of the limit.
const STAGES: usize = 12;
const PARTS: usize = 36;

/// One of the best sets so far.
#[derive(Clone, Copy, Debug)]
struct Found {
    score: f64,
    /// Where its hypotheses stand in `choices`.
    slot: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Search {
    best: usize,
    limit: usize,
    /// Keys with their hypotheses, by key, each once.
    uses: Vec<(u64, usize)>,
    /// For each hypothesis, the users of each key that several families want, as a range in `uses`; and where those of each
    /// hypothesis begin.
    conflicts: Vec<(usize, usize, usize)>,
    conflicts_start: Vec<usize>,
    /// The score of each hypothesis, less the prices of its keys.
    worth: Vec<f64>,
    /// The sum of all prices of the cluster: how much more a set may score than its hypotheses are worth.
    allowance: f64,
    /// Each family's hypotheses, the worthiest first.
    ranked: Vec<usize>,
    /// How many keys of each hypothesis are taken.
    blocked: Vec<u32>,
    /// The families of the cluster, those that are gone through first.
    order: Vec<usize>,
    branches: Vec<Branch>,
    /// Hypotheses with their families, by what they gain.
    gains: Vec<(f64, usize, usize)>,
    /// The hypothesis of each family in the set being made.
    current: Vec<usize>,
    /// Best first.
    found: Vec<Found>,
    choices: Vec<usize>,
    looks: usize,
}

impl Search {
    pub fn new(best: usize, limit: usize) -> Self {
        Search {
            best,
            limit,
            uses: Vec::new(),
            conflicts: Vec::new(),
            conflicts_start: Vec::new(),
            worth: Vec::new(),
            allowance: 0.0,
            ranked: Vec::new(),
            blocked: Vec::new(),
            order: Vec::new(),
            branches: Vec::new(),
            gains: Vec::new(),
            current: Vec::new(),
            found: Vec::new(),
            choices: Vec::new(),
            looks: 0,
        }
    }

    /// Hypotheses looked at in the last cluster.
    #[cfg(test)]
    pub fn looks(&self) -> usize {
        self.looks
    }

    /// What no set of the last cluster can exceed, if it was the only one.
    #[cfg(test)]
    pub fn bound(&self, hypotheses: &Hypotheses) -> f64 {
        let most = |family| {
            let range: std::ops::Range<usize> = hypotheses.range(family);
            self.worth[range].iter().copied().fold(f64::NEG_INFINITY, f64::max)
        };
        self.allowance + (0..hypotheses.families()).map(most).sum::<f64>()
    }

    /// Takes in all families, and links in `sets` those that share a key.
    pub fn begin(&mut self, hypotheses: &Hypotheses, sets: &mut UnionFind) {
        let Search { uses, conflicts, conflicts_start, worth, ranked, blocked, current, .. } = self;
        uses.clone_from(&hypotheses.uses);
        uses.sort_unstable();
        uses.dedup();
        conflicts.clear();
        let family_of = |hypothesis: usize| hypotheses.family_of[hypothesis].unwrap_or_default();
        let mut first = 0;
        for users in uses.chunk_by(|one, other| one.0 == other.0) {
            let range = (first, first + users.len());
            first = range.1;
            // By hypothesis, so that the first and the last tell whether there are several families.
            let (low, high) = (family_of(users[0].1), family_of(users[users.len() - 1].1));
            if low < high {
                users.iter().for_each(|user| _ = sets.union(low, family_of(user.1)));
                conflicts.extend(users.iter().map(|user| (user.1, range.0, range.1)));
            }
        }
        conflicts.sort_unstable();
        conflicts_start.clear();
        let count = hypotheses.scores.len();
        let mut place = 0;
        for hypothesis in 0..=count {
            while conflicts.get(place).is_some_and(|conflict| conflict.0 < hypothesis) {
                place += 1;
            }
            conflicts_start.push(place);
        }
        worth.clone_from(&hypotheses.scores);
        ranked.clear();
        ranked.extend(0..count);
        blocked.clear();
        blocked.resize(count, 0);
        current.clear();
        current.resize(hypotheses.families(), 0);
    }

    /// How many users of keys there are in all.
    pub fn uses(&self) -> usize {
        self.uses.len()
    }

    /// The keys of a hypothesis that other families want too, each by where its users begin.
    pub fn keys_of(&self, hypothesis: usize) -> impl Iterator<Item = usize> {
        let own = self.conflicts_start[hypothesis]..self.conflicts_start[hypothesis + 1];
        self.conflicts[own].iter().map(|conflict| conflict.1)
    }

    /// Searches one cluster: without prices, which the easy ones do not need, then from several prices on the way to
    /// low bounds, as each leads to other sets first.
    pub fn run(&mut self, hypotheses: &Hypotheses, families: &[usize], prices: &mut Prices) -> Ended {
        self.found.clear();
        self.choices.clear();
        self.looks = 0;
        self.allowance = 0.0;
        for stage in 1..=STAGES {
            if stage == 2 {
                prices.start(self, hypotheses, families);
            }
            if stage >= 2 {
                self.price(hypotheses, families, prices);
            }
            self.rank(hypotheses, families);
            self.go_straight(hypotheses, families);
            let limit = if stage == STAGES { self.limit } else { self.limit / PARTS * stage };
            if self.search(hypotheses, families, limit) == Ended::Complete {
                return Ended::Complete;
            }
        }
        Ended::AtLimit
    }

    /// Puts better prices on the cluster's keys, if there is a set to measure them by.
    fn price(&mut self, hypotheses: &Hypotheses, families: &[usize], prices: &mut Prices) {
        let Some(known) = self.found.first() else { return };
        self.allowance = prices.lower(self, hypotheses, families, known.score);
        for hypothesis in families.iter().flat_map(|&family| hypotheses.range(family)) {
            self.worth[hypothesis] = prices.worth(self, hypotheses, hypothesis);
        }
    }

    /// Puts each family's hypotheses in order of worth.
    fn rank(&mut self, hypotheses: &Hypotheses, families: &[usize]) {
        let worth = &self.worth;
        for &family in families {
            self.ranked[hypotheses.range(family)]
                .sort_unstable_by(|&one, &other| worth[other].total_cmp(&worth[one]).then(one.cmp(&other)));
        }
    }

    /// Notes the set that comes of taking again and again the hypothesis that gains most over what its family could do
    /// in any case; none where a family is left with nothing. In large clusters this may be all that there is time for.
    fn go_straight(&mut self, hypotheses: &Hypotheses, families: &[usize]) {
        self.begin_at_the_top(hypotheses, families);
        self.gains.clear();
        for &family in families {
            let ranked = &self.ranked[hypotheses.range(family)];
            let is_certain = |&&hypothesis: &&usize| self.keys_of(hypothesis).next().is_none();
            let fallback = ranked.iter().find(is_certain).or(ranked.last());
            let base = fallback.map_or(0.0, |&hypothesis| self.worth[hypothesis]);
            self.gains
                .extend(ranked.iter().map(|&hypothesis| (self.worth[hypothesis] - base, family, hypothesis)));
            self.current[family] = usize::MAX;
        }
        self.gains.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.2.cmp(&other.2)));
        let mut served = 0;
        for place in 0..self.gains.len() {
            let (_, family, hypothesis) = self.gains[place];
            if self.current[family] == usize::MAX && self.blocked[hypothesis] == 0 {
                self.block(hypothesis, true);
                self.current[family] = hypothesis;
                served += 1;
            }
        }
        if served == families.len() {
            self.note(hypotheses, families);
        }
    }

    /// Nothing is taken yet.
    fn begin_at_the_top(&mut self, hypotheses: &Hypotheses, families: &[usize]) {
        self.order.clear();
        self.order.extend_from_slice(families);
        self.branches.clear();
        families.iter().for_each(|&family| self.blocked[hypotheses.range(family)].fill(0));
    }

    /// Searches until nothing better is left, or until so many hypotheses have been looked at since the cluster was begun.
    fn search(&mut self, hypotheses: &Hypotheses, families: &[usize], limit: usize) -> Ended {
        self.begin_at_the_top(hypotheses, families);
        self.enter(hypotheses, families, self.allowance);
        while !self.branches.is_empty() {
            if self.looks > limit {
                return Ended::AtLimit;
            }
            match self.step(hypotheses) {
                Some(score) => self.enter(hypotheses, families, score),
                None => _ = self.branches.pop(),
            }
        }
        Ended::Complete
    }

    /// Goes on below the branches so far: notes the set if it is complete; else opens the family that has most to lose, if
    /// something good can still come of it.
    fn enter(&mut self, hypotheses: &Hypotheses, families: &[usize], score: f64) {
        let depth = self.branches.len();
        if depth == families.len() {
            self.note(hypotheses, families);
            return;
        }
        let mut bound = 0.0;
        // Its regret, its place in the order, and its best.
        let mut most: Option<(f64, usize, f64)> = None;
        for place in depth..self.order.len() {
            let family = self.order[place];
            let Some((best, second)) = self.two_best(hypotheses, family) else { return };
            bound += best;
            let regret = best - second.unwrap_or(f64::NEG_INFINITY);
            let is_more = most.is_none_or(|(known, other, _)| {
                regret > known || (regret == known && family < self.order[other])
            });
            if is_more {
                most = Some((regret, place, best));
            }
        }
        if score + bound <= self.to_beat() {
            return;
        }
        if let Some((_, place, best)) = most {
            self.order.swap(depth, place);
            let family = self.order[depth];
            self.branches.push(Branch { family, next: 0, taken: None, score, others: bound - best });
        }
    }

    /// What the two best hypotheses of a family are worth that nothing taken forbids.
    fn two_best(&mut self, hypotheses: &Hypotheses, family: usize) -> Option<(f64, Option<f64>)> {
        let (blocked, looks) = (&self.blocked, &mut self.looks);
        let ranked = self.ranked[hypotheses.range(family)].iter();
        let mut free = ranked.inspect(|_| *looks += 1).filter(|&&hypothesis| blocked[hypothesis] == 0);
        let mut score = || free.next().map(|&hypothesis| self.worth[hypothesis]);
        Some((score()?, score()))
    }

    /// Takes the next hypothesis of the last family; answers what all up to it are worth, none when the family is through.
    fn step(&mut self, hypotheses: &Hypotheses) -> Option<f64> {
        let branch = *self.branches.last()?;
        if let Some(taken) = branch.taken {
            self.block(taken, false);
        }
        let ranked = &self.ranked[hypotheses.range(branch.family)];
        let free = (branch.next..ranked.len()).find(|&place| self.blocked[ranked[place]] == 0);
        let taken = free.map(|place| ranked[place]);
        let score = taken.map(|taken| branch.score + self.worth[taken]);
        // In order of worth: if this one cannot beat what is known, no later one can.
        let score = score.filter(|score| score + branch.others > self.to_beat());
        let taken = taken.filter(|_| score.is_some());
        let next = free.map_or(ranked.len(), |place| place + 1);
        self.looks += next - branch.next;
        if let Some(last) = self.branches.last_mut() {
            (last.next, last.taken) = (next, taken);
        }
        let taken = taken?;
        self.block(taken, true);
        self.current[branch.family] = taken;
        score
    }

    /// Forbids, or allows again, all that uses a key of a hypothesis.
    fn block(&mut self, hypothesis: usize, forbid: bool) {
        let own = self.conflicts_start[hypothesis]..self.conflicts_start[hypothesis + 1];
        for &(_, first, end) in &self.conflicts[own] {
            self.looks += end - first;
            for &(_, user) in &self.uses[first..end] {
                let blocked = &mut self.blocked[user];
                *blocked = if forbid { *blocked + 1 } else { blocked.saturating_sub(1) };
            }
        }
    }

    /// What a set must score to be among the best.
    fn to_beat(&self) -> f64 {
        let is_full = self.found.len() == self.best;
        self.found.last().filter(|_| is_full).map_or(f64::NEG_INFINITY, |worst| worst.score)
    }

    /// Puts the set that has been made among the best, behind its equals.
    fn note(&mut self, hypotheses: &Hypotheses, families: &[usize]) {
        let current = &self.current;
        let chosen = families.iter().map(|&family| current[family]);
        // In order of families, so that a set's score does not depend on the way to it.
        let score = chosen.clone().map(|hypothesis| hypotheses.scores[hypothesis]).sum();
        let place = self.found.partition_point(|known| known.score >= score);
        let equals = self.found[..place].iter().rev().take_while(|known| known.score == score);
        let is_known =
            |known: &Found| chosen.clone().eq(self.choices[known.slot..][..families.len()].iter().copied());
        if score <= self.to_beat() || equals.into_iter().any(is_known) {
            return;
        }
        let size = families.len();
        let slot =
            if self.found.len() == self.best { self.found.pop().map(|worst| worst.slot) } else { None };
        let slot = slot.unwrap_or_else(|| {
            self.choices.resize(self.choices.len() + size, 0);
            self.choices.len() - size
        });
        self.choices[slot..slot + size].iter_mut().zip(chosen).for_each(|(place, chosen)| *place = chosen);
        self.found.insert(place, Found { score, slot });
    }

    /// Answers from the sets found; no where there is none.
    pub fn give(&self, hypotheses: &Hypotheses, families: &[usize], selection: &mut Selection) -> bool {
        let Some(best) = self.found.first() else { return false };
        let weight = |found: &Found| libm::exp(found.score - best.score);
        let whole: f64 = self.found.iter().map(weight).sum();
        for found in &self.found {
            let chosen = &self.choices[found.slot..found.slot + families.len()];
            chosen.iter().for_each(|&hypothesis| selection.weights[hypothesis] += weight(found) / whole);
        }
        for (&family, &hypothesis) in families.iter().zip(&self.choices[best.slot..]) {
            selection.chosen[family] = hypothesis - hypotheses.range(family).start;
        }
        true
    }

    /// Whether the first hypotheses of all families share no key.
    pub fn first_go_together(&mut self, hypotheses: &Hypotheses, families: &[usize]) -> bool {
        self.begin_at_the_top(hypotheses, families);
        let firsts = families.iter().map(|&family| hypotheses.range(family).start);
        firsts.clone().for_each(|first| self.block(first, true));
        // Each forbids itself once for each of its own keys.
        let mut own =
            firsts.map(|first| (first, self.conflicts_start[first + 1] - self.conflicts_start[first]));
        own.all(|(first, keys)| self.blocked[first] as usize == keys)
    }
}
