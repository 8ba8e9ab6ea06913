//! Minimum-cost assignment on a sparse table, where a row may also stay unassigned at a price.

mod ranked;
mod search;

pub use ranked::{Ranked, assign_ranked};
use search::Search;
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
    let mut assigner = Assigner::default();
    assigner.assign(rows, columns, candidates, row_unassigned_cost)?;
    Ok(assigner.column_of_row)
}

/// [`assign`] with the working memory kept from call to call: once it has grown, nothing is allocated.
///
/// Nothing of one call shows in the next.
#[derive(Clone, Debug, Default)]
pub struct Assigner {
    table: SparseTable,
    matching: Matching,
    search: Search,
    column_of_row: Vec<Option<usize>>,
}

impl Assigner {
    /// [`assign`], its answer kept here until the next call.
    ///
    /// # Errors
    ///
    /// As [`assign`].
    pub fn assign(
        &mut self,
        rows: usize,
        columns: usize,
        candidates: &[Candidate],
        row_unassigned_cost: &[f64],
    ) -> Result<&[Option<usize>], AssignmentError> {
        let Assigner { table, matching, search, column_of_row } = self;
        table.fill(rows, columns, candidates, row_unassigned_cost)?;
        matching.give_each_row_its_cheapest(table, columns);
        search.begin(columns);
        for index in 0..matching.contested.len() {
            search.augment(table, matching, matching.contested[index]);
        }
        column_of_row.clear();
        column_of_row
            .extend(matching.pair_of_row.iter().map(|pair| pair.map(|pair| table.pairs[pair].column)));
        Ok(column_of_row)
    }

    /// The price of each column (a dual variable) in the last answer: never above zero, and zero for a column without a row.
    ///
    /// Each row has the cheapest of its pairs, their columns' prices subtracted, and of staying unassigned: these prices
    /// prove that the answer is the cheapest of all.
    pub fn column_prices(&self) -> &[f64] {
        &self.matching.price_of_column
    }
}

/// Makes a list that many times a value, in the memory that it has.
fn refill<T: Clone>(list: &mut Vec<T>, count: usize, value: T) {
    list.clear();
    list.resize(count, value);
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

#[derive(Clone, Copy, Debug)]
struct Pair {
    column: usize,
    cost: f64,
}

/// The pairs of each row, by column; row `r` has those from `start[r]` to `start[r + 1]`.
#[derive(Clone, Debug, Default)]
struct SparseTable {
    start: Vec<usize>,
    /// Where the next pair of each row goes while the table is filled.
    next: Vec<usize>,
    pairs: Vec<Pair>,
    unassigned_cost: Vec<f64>,
}

impl SparseTable {
    fn fill(
        &mut self,
        rows: usize,
        columns: usize,
        candidates: &[Candidate],
        unassigned_cost: &[f64],
    ) -> Result<(), AssignmentError> {
        if unassigned_cost.len() != rows {
            return Err(AssignmentError::UnassignedCount { rows, given: unassigned_cost.len() });
        }
        if let Some(row) = unassigned_cost.iter().position(|cost| !cost.is_finite()) {
            return Err(AssignmentError::UnassignedCost { row, cost: unassigned_cost[row] });
        }
        let SparseTable { start, next, pairs, unassigned_cost: costs } = self;
        costs.clear();
        costs.extend_from_slice(unassigned_cost);
        refill(start, rows + 1, 0);
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
        next.clone_from(start);
        refill(pairs, start[rows], Pair { column: 0, cost: 0.0 });
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
        Ok(())
    }

    fn pairs_of(&self, row: usize) -> std::ops::Range<usize> {
        self.start[row]..self.start[row + 1]
    }
}

/// What is assigned so far, and the prices (dual variables) that prove it the cheapest for the rows served so far.
#[derive(Clone, Debug, Default)]
struct Matching {
    pair_of_row: Vec<Option<usize>>,
    row_of_column: Vec<Option<usize>>,
    price_of_column: Vec<f64>,
    /// The rows whose cheapest column was another's.
    contested: Vec<usize>,
}

impl Matching {
    /// Begins anew: gives each row its cheapest column where nobody has it yet, and notes the rows whose cheapest was taken.
    fn give_each_row_its_cheapest(&mut self, table: &SparseTable, columns: usize) {
        refill(&mut self.pair_of_row, table.unassigned_cost.len(), None);
        refill(&mut self.row_of_column, columns, None);
        refill(&mut self.price_of_column, columns, 0.0);
        self.contested.clear();
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
                self.contested.push(row);
            }
        }
    }
}

#[cfg(test)]
#[path = "assignment_tests.rs"]
mod tests;
