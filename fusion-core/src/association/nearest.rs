//! The likeliest joint event of a scan: global nearest neighbour.

use super::existence;
use super::table::{Associate, AssociationError, Shares, Table};
use crate::math::assignment::{Assigner, Candidate};

/// The likeliest one-to-one assignment of a scan's plots. Keeps its memory; nothing of one scan shows in the next.
#[derive(Clone, Debug, Default)]
pub struct NearestNeighbour {
    candidates: Vec<Candidate>,
    misses: Vec<f64>,
    assigner: Assigner,
}

impl Associate for NearestNeighbour {
    /// The one-to-one assignment of the greatest joint weight: r Pd N / β for each pair, 1 − r Pd for each miss, with r
    /// the probability of existence. All weights are zero or one, a posterior existence is that of a track of which
    /// this assignment is true, and the answer is never called approximate: it is another answer, not a worse one.
    fn associate(&mut self, table: &Table, shares: &mut Shares) -> Result<(), AssociationError> {
        table.check()?;
        let NearestNeighbour { candidates, misses, assigner } = self;
        event_costs(table, candidates, misses);
        forbid_dearly(candidates, misses);
        // Checked above: all costs are finite, and all pairs lie within the table.
        let plot_of = assigner
            .assign(table.tracks(), table.plots(), candidates, misses)
            .map_err(|_| AssociationError::Impossible)?;
        shares.begin(table);
        for (track, plot) in plot_of.iter().enumerate() {
            let range = table.range(track);
            let row = table.row(track);
            let hit = row.iter().position(|pair| Some(pair.plot) == *plot);
            let log_ratio = hit.map_or(table.log_miss(track), |place| row[place].log_ratio);
            if let Some(place) = hit {
                shares.pairs[range.start + place].1 = 1.0;
                shares.rows[track].missed = 0.0;
            }
            shares.rows[track].existence = existence::updated(table.existence(track), log_ratio);
        }
        Ok(())
    }
}

/// The costs of a table's pairs and misses, so that the cheapest assignment is the likeliest joint event: what a track
/// does that may not exist.
pub(super) fn event_costs(table: &Table, candidates: &mut Vec<Candidate>, misses: &mut Vec<f64>) {
    candidates.clear();
    misses.clear();
    for row in 0..table.tracks() {
        let log_existence = libm::log(table.existence(row));
        candidates.extend(table.row(row).iter().map(|pair| Candidate {
            row,
            column: pair.plot,
            cost: -(log_existence + pair.log_ratio),
        }));
        misses.push(-existence::log_unseen(table.existence(row), table.log_miss(row)));
    }
}

/// Puts in place of an infinite cost of a miss one that is more than all others may save: paid only where nothing else is
/// possible.
pub(super) fn forbid_dearly(candidates: &[Candidate], misses: &mut [f64]) {
    if misses.iter().all(|cost| cost.is_finite()) {
        return;
    }
    let pairs: f64 = candidates.iter().map(|candidate| candidate.cost.abs()).sum();
    let others: f64 = misses.iter().filter(|cost| cost.is_finite()).map(|cost| cost.abs()).sum();
    let dear = 1.0 + 2.0 * (pairs + others);
    misses.iter_mut().filter(|cost| !cost.is_finite()).for_each(|cost| *cost = dear);
}
