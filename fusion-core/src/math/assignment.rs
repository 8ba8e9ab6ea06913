//! Minimum-cost assignment on a sparse table, where a row may also stay unassigned at a price.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use thiserror::Error;

/// A pair that may be assigned, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The row: a track, a truth.
    pub row: usize,
    /// The column: a plot, an estimate.
    pub column: usize,
    /// The cost in any one unit; negative is allowed, `+∞` says the same as leaving the pair out.
    pub cost: f64,
}

/// Why a table cannot be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AssignmentError {
    /// A candidate names a row or a column that is not there.
    #[error("the pair ({row}, {column}) lies outside of a table of {rows} rows and {columns} columns")]
    OutsideTable {
        /// The row named.
        row: usize,
        /// The column named.
        column: usize,
        /// Rows of the table.
        rows: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A cost is not a number, or minus infinity.
    #[error("the cost of the pair ({row}, {column}) is {cost}")]
    Cost {
        /// The pair's row.
        row: usize,
        /// The pair's column.
        column: usize,
        /// What stands there.
        cost: f64,
    },
    /// The cost of leaving a row unassigned is not finite.
    #[error("the cost of leaving row {row} unassigned is {cost}; it must be finite")]
    UnassignedCost {
        /// The row.
        row: usize,
        /// What stands there.
        cost: f64,
    },
    /// Not one cost of staying unassigned for each row.
    #[error("{given} costs of staying unassigned for {rows} rows")]
    UnassignedCount {
        /// Rows of the table.
        rows: usize,
        /// Costs given.
        given: usize,
    },
}

/// Assigns each row to at most one column, and each column to at most one row, at the least total cost.
///
/// The total is the sum of the assigned pairs' costs and of `row_unassigned_cost[row]` for every row left without a
/// column; a column without a row costs nothing. Answers the column of each row. Shortest augmenting paths from one
/// row after another over the given pairs only: `O(rows · (pairs + columns) · log(pairs))` at worst, near linear on
/// gated tables, whose searches end within a cluster.
///
/// The answer depends on the set of candidates, not on their order: ties go the same way every time. Of a pair that is
/// given twice the cheaper counts. Not for probabilities of *all* assignments (that is joint probabilistic
/// association), nor where a row must be assigned at any price: give it a large finite cost instead.
///
/// # Errors
///
/// A pair outside of the table, a cost that is NaN or `-∞`, or unassigned costs that are not one finite number a row.
///
/// Jonker and Volgenant, *Computing* 38 (1987), 325-340, section 3.2 (augmentation), on sparse rows with a heap.
///
/// ```
/// use fusion_core::math::assignment::{Candidate, assign};
/// let candidates = [
///     Candidate { row: 0, column: 0, cost: 1.0 },
///     Candidate { row: 1, column: 0, cost: 2.0 },
///     Candidate { row: 1, column: 1, cost: 6.0 },
/// ];
/// // Cheapest: row 0 takes column 0 and row 1 stays out, 1 + 5 = 6, against 1 + 6 = 7.
/// assert_eq!(assign(2, 2, &candidates, &[5.0, 5.0])?, [Some(0), None]);
/// assert_eq!(assign(2, 2, &candidates, &[5.0, 9.0])?, [Some(0), Some(1)]);
/// # Ok::<(), fusion_core::math::assignment::AssignmentError>(())
/// ```
pub fn assign(
    rows: usize,
    columns: usize,
    candidates: &[Candidate],
    row_unassigned_cost: &[f64],
) -> Result<Vec<Option<usize>>, AssignmentError> {
    let table = SparseTable::new(rows, columns, candidates, row_unassigned_cost)?;
    let mut matching = Matching {
        pair_of_row: vec![None; rows],
        row_of_column: vec![None; columns],
        price_of_column: vec![0.0; columns],
    };
    let contested = matching.give_each_row_its_cheapest(&table);
    let mut search = Search::new(columns);
    for row in contested {
        search.augment(&table, &mut matching, row);
    }
    Ok(matching.pair_of_row.iter().map(|pair| pair.map(|pair| table.pairs[pair].column)).collect())
}

/// [`assign`] on a full table whose costs a function gives: for metrics on a handful of objects.
///
/// Asks for each cost once, row by row. Not for a whole picture of tracks and plots, most pairs of which a gate
/// excludes: the table has `rows · columns` entries.
///
/// # Errors
///
/// As [`assign`].
///
/// ```
/// use fusion_core::math::assignment::assign_dense;
/// let costs = [[4.0, 1.0], [2.0, 3.0]];
/// assert_eq!(assign_dense(2, 2, |row, column| costs[row][column], &[9.0, 9.0])?, [Some(1), Some(0)]);
/// # Ok::<(), fusion_core::math::assignment::AssignmentError>(())
/// ```
pub fn assign_dense(
    rows: usize,
    columns: usize,
    mut cost: impl FnMut(usize, usize) -> f64,
    row_unassigned_cost: &[f64],
) -> Result<Vec<Option<usize>>, AssignmentError> {
    let mut candidates = Vec::new();
    for row in 0..rows {
        candidates.extend((0..columns).map(|column| Candidate { row, column, cost: cost(row, column) }));
    }
    assign(rows, columns, &candidates, row_unassigned_cost)
}

#[derive(Clone, Copy)]
struct Pair {
    column: usize,
    cost: f64,
}

/// The pairs of each row, by column; row `r` has those from `start[r]` to `start[r + 1]`.
struct SparseTable<'a> {
    start: Vec<usize>,
    pairs: Vec<Pair>,
    unassigned_cost: &'a [f64],
}

impl<'a> SparseTable<'a> {
    fn new(
        rows: usize,
        columns: usize,
        candidates: &[Candidate],
        unassigned_cost: &'a [f64],
    ) -> Result<Self, AssignmentError> {
        if unassigned_cost.len() != rows {
            return Err(AssignmentError::UnassignedCount { rows, given: unassigned_cost.len() });
        }
        if let Some(row) = unassigned_cost.iter().position(|cost| !cost.is_finite()) {
            return Err(AssignmentError::UnassignedCost { row, cost: unassigned_cost[row] });
        }
        let mut start = vec![0; rows + 1];
        for &Candidate { row, column, cost } in candidates {
            if row >= rows || column >= columns {
                return Err(AssignmentError::OutsideTable { row, column, rows, columns });
            }
            if cost.is_nan() || cost == f64::NEG_INFINITY {
                return Err(AssignmentError::Cost { row, column, cost });
            }
            start[row + 1] += usize::from(cost <= unassigned_cost[row]);
        }
        for row in 0..rows {
            start[row + 1] += start[row];
        }
        let mut next = start.clone();
        let mut pairs = vec![Pair { column: 0, cost: 0.0 }; start[rows]];
        // A pair dearer than staying unassigned is in no cheapest assignment; this drops +∞ as well.
        for &Candidate { row, column, cost } in candidates.iter().filter(|c| c.cost <= unassigned_cost[c.row])
        {
            pairs[next[row]] = Pair { column, cost };
            next[row] += 1;
        }
        for row in 0..rows {
            pairs[start[row]..start[row + 1]]
                .sort_unstable_by(|a, b| a.column.cmp(&b.column).then(a.cost.total_cmp(&b.cost)));
        }
        Ok(SparseTable { start, pairs, unassigned_cost })
    }

    fn pairs_of(&self, row: usize) -> std::ops::Range<usize> {
        self.start[row]..self.start[row + 1]
    }
}

/// What is assigned so far, and the prices (dual variables) that prove it the cheapest for the rows served so far.
struct Matching {
    pair_of_row: Vec<Option<usize>>,
    row_of_column: Vec<Option<usize>>,
    price_of_column: Vec<f64>,
}

impl Matching {
    /// Gives each row its cheapest column where nobody has it yet; answers the rows whose cheapest was taken.
    fn give_each_row_its_cheapest(&mut self, table: &SparseTable) -> Vec<usize> {
        let mut contested = Vec::new();
        for row in 0..self.pair_of_row.len() {
            // The first of equals, so the lowest column.
            let cheapest =
                table.pairs_of(row).min_by(|&a, &b| table.pairs[a].cost.total_cmp(&table.pairs[b].cost));
            let Some(pair) = cheapest else { continue };
            let holder = &mut self.row_of_column[table.pairs[pair].column];
            if holder.is_none() {
                *holder = Some(row);
                self.pair_of_row[row] = Some(pair);
            } else {
                contested.push(row);
            }
        }
        contested
    }
}

/// A column on the frontier of a search; the heap's greatest is the nearest, then the lowest column.
#[derive(PartialEq)]
struct Reached {
    distance: f64,
    column: usize,
}

impl Eq for Reached {}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then(other.column.cmp(&self.column))
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How a search came to a column, and whether its shortest distance is settled.
#[derive(Clone, Copy)]
struct Visit {
    search: usize,
    settled: bool,
    distance: f64,
    from_row: usize,
    by_pair: usize,
}

/// Where a shortest augmenting path ends.
enum End {
    /// At a column that nobody holds.
    Free(usize),
    /// At a row (the starting one or one that gives its column up) which is better left unassigned.
    Unassigned(usize),
}

/// The working memory of the searches, kept from one to the next.
struct Search {
    number: usize,
    visits: Vec<Visit>,
    settled: Vec<usize>,
    frontier: BinaryHeap<Reached>,
    /// The cheapest known way to end by leaving a row unassigned.
    way_out: (f64, usize),
}

impl Search {
    fn new(columns: usize) -> Self {
        let unseen = Visit { search: 0, settled: false, distance: f64::INFINITY, from_row: 0, by_pair: 0 };
        Search {
            number: 0,
            visits: vec![unseen; columns],
            settled: Vec::new(),
            frontier: BinaryHeap::new(),
            way_out: (f64::INFINITY, 0),
        }
    }

    /// Serves one more row along the shortest augmenting path, and keeps the prices valid.
    fn augment(&mut self, table: &SparseTable, matching: &mut Matching, start: usize) {
        let (end, length) = self.shortest_path(table, matching, start);
        for &column in &self.settled {
            matching.price_of_column[column] += self.visits[column].distance - length;
        }
        let mut column = match end {
            End::Free(column) => column,
            End::Unassigned(row) => match matching.pair_of_row[row].take() {
                Some(pair) => table.pairs[pair].column,
                None => return,
            },
        };
        // Back along the path, which meets every column once at most.
        loop {
            let Visit { from_row, by_pair, .. } = self.visits[column];
            matching.row_of_column[column] = Some(from_row);
            match matching.pair_of_row[from_row].replace(by_pair) {
                Some(given_up) => column = table.pairs[given_up].column,
                None => break,
            }
        }
    }

    /// Dijkstra's algorithm on reduced costs from `start`; settles each column once at most.
    fn shortest_path(&mut self, table: &SparseTable, matching: &Matching, start: usize) -> (End, f64) {
        self.number += 1;
        self.settled.clear();
        self.frontier.clear();
        self.way_out = (f64::INFINITY, start);
        self.relax(table, matching, start, f64::NEG_INFINITY, 0.0);
        while let Some(Reached { distance, column }) = self.frontier.pop() {
            if distance > self.way_out.0 {
                break;
            }
            if self.visits[column].settled {
                continue;
            }
            let Some(row) = matching.row_of_column[column] else {
                return (End::Free(column), distance);
            };
            self.visits[column].settled = true;
            self.settled.push(column);
            // The holder's own pair has reduced cost zero: its row price follows from it.
            let Some(held) = matching.pair_of_row[row] else { continue };
            let row_price = table.pairs[held].cost - matching.price_of_column[column];
            self.relax(table, matching, row, distance, row_price);
        }
        (End::Unassigned(self.way_out.1), self.way_out.0)
    }

    /// Looks along every pair of a row that was reached at `distance`, and at leaving the row unassigned.
    fn relax(&mut self, table: &SparseTable, matching: &Matching, row: usize, distance: f64, row_price: f64) {
        let base = if distance == f64::NEG_INFINITY { 0.0 } else { distance - row_price };
        let out = (table.unassigned_cost[row] + base).max(distance);
        if out < self.way_out.0 {
            self.way_out = (out, row);
        }
        for index in table.pairs_of(row) {
            let Pair { column, cost } = table.pairs[index];
            // Reduced costs are not negative but for rounding, which `max` takes off.
            let reached = (cost - matching.price_of_column[column] + base).max(distance);
            let visit = &mut self.visits[column];
            let is_nearer = visit.search != self.number || (!visit.settled && reached < visit.distance);
            if is_nearer && reached <= self.way_out.0 {
                *visit = Visit {
                    search: self.number,
                    settled: false,
                    distance: reached,
                    from_row: row,
                    by_pair: index,
                };
                self.frontier.push(Reached { distance: reached, column });
            }
        }
    }
}

#[cfg(test)]
#[path = "assignment_tests.rs"]
mod tests;
