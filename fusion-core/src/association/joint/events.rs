//! The joint events of a scan, with weights that neither overflow nor vanish.

use crate::association::existence;
use crate::association::nearest::{event_costs, forbid_dearly};
use crate::association::{Shares, Table};
use crate::math::assignment::{Assigner, Candidate};

/// Factors of which a joint event's weight is the product: one of a pair or of a miss for each track, and one for each plot
/// that is no track's.
///
/// The likeliest event weighs one, and no factor is above one. That is the work of the assignment's prices: with a price
/// u of each track and v of each plot (v ≤ 0, zero for a plot left over), exp(u + v − cost) of a pair, exp(u − cost) of a
/// miss and exp(v) of a plot left over change the weight of all events by the same factor, whatever the prices.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    candidates: Vec<Candidate>,
    misses: Vec<f64>,
    finite_misses: Vec<f64>,
    assigner: Assigner,
    /// Where each track's pairs begin, and where the last one's end.
    start: Vec<usize>,
    /// The plot of each pair.
    pub plot: Vec<usize>,
    /// The factor of each pair.
    pub weight: Vec<f64>,
    /// The factor of each track's miss.
    pub miss: Vec<f64>,
    /// The factor of each plot that is no track's: one for a plot in a single gate.
    pub free: Vec<f64>,
}

impl Events {
    /// Weighs what the tracks of a sound table may do. Answers no where there is something that cannot be weighed.
    pub fn weigh(&mut self, table: &Table) -> bool {
        let Events { candidates, misses, finite_misses, assigner, start, plot, weight, miss, free } = self;
        event_costs(table, candidates, misses);
        finite_misses.clone_from(misses);
        forbid_dearly(candidates, finite_misses);
        if assigner.assign(table.tracks(), table.plots(), candidates, finite_misses).is_err() {
            return false;
        }
        let prices = assigner.column_prices();
        start.clear();
        miss.clear();
        plot.clear();
        plot.extend(candidates.iter().map(|pair| pair.column));
        weight.clear();
        for track in 0..table.tracks() {
            let pairs = &candidates[table.range(track)];
            let reduced = |pair: &Candidate| pair.cost - prices[pair.column];
            let own_price = pairs.iter().map(reduced).fold(finite_misses[track], f64::min);
            start.push(weight.len());
            weight.extend(pairs.iter().map(|pair| libm::exp(own_price - reduced(pair))));
            miss.push(libm::exp(own_price - misses[track]));
        }
        start.push(weight.len());
        free.clear();
        free.extend(prices.iter().map(|&price| libm::exp(price)));
        true
    }

    /// Where a track's pairs stand.
    pub fn range(&self, track: usize) -> std::ops::Range<usize> {
        self.start[track]..self.start[track + 1]
    }
}

/// The probabilities of what each track does, over all joint events, whether it exists or not.
#[derive(Clone, Debug, Default)]
pub(super) struct Marginals {
    /// Of each pair.
    pub pair: Vec<f64>,
    /// Of each track to have no plot.
    pub none: Vec<f64>,
}

impl Marginals {
    pub fn clear(&mut self, events: &Events) {
        let Marginals { pair, none } = self;
        pair.clear();
        pair.resize(events.weight.len(), 0.0);
        none.clear();
        none.resize(events.miss.len(), 0.0);
    }

    /// Answers for one track: the probability that it exists, and its weights given that it does. A track that was not seen
    /// exists with a probability of its own; one that was exists.
    pub fn give(&self, table: &Table, track: usize, shares: &mut Shares) {
        let range = table.range(track);
        let seen: f64 = self.pair[range.clone()].iter().sum();
        let unseen = self.none[track] * existence::when_unseen(table.existence(track), table.log_miss(track));
        let exists = seen + unseen;
        let row = &mut shares.rows[track];
        row.existence = (exists / (seen + self.none[track])).max(f64::MIN_POSITIVE);
        // Nothing is left of a track that is surely seen by a sensor which does not see it.
        if exists > 0.0 {
            row.missed = unseen / exists;
            for (share, pair) in shares.pairs[range.clone()].iter_mut().zip(&self.pair[range]) {
                share.1 = pair / exists;
            }
        }
    }
}
