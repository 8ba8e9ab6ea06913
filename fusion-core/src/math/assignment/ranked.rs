//! The best assignments one after another.

use super::{Assigner, AssignmentError, Candidate};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// One of the cheapest assignments.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The total, as [`assign`](super::assign) counts it.
    pub cost: f64,
    /// The column of each row, none for a row that stays unassigned.
    pub column_of_row: Vec<Option<usize>>,
}

/// The `most` cheapest assignments of a table, cheapest first; fewer where there are no more.
///
/// The table is that of [`assign`](super::assign). No assignment is given twice; of equal ones the same come every time.
/// Takes at most `most · rows` assignments, each from scratch, and memory for as many answers: for the table of a
/// cluster and a handful of answers, not for a whole picture.
///
/// # Errors
///
/// As [`assign`](super::assign).
///
/// Murty, *Operations Research* 16 (1968), 682-687. Miller, Stone and Cox, *IEEE Transactions on Aerospace and Electronic
/// Systems* 33 (1997), 851-862, who reuse prices from one answer to the next, which this does not.
///
/// ```
/// use fusion_core::math::assignment::{Candidate, assign_ranked};
/// let candidates = [
///     Candidate { row: 0, column: 0, cost: 1.0 },
///     Candidate { row: 1, column: 0, cost: 2.0 },
///     Candidate { row: 1, column: 1, cost: 6.0 },
/// ];
/// let ranked = assign_ranked(2, 2, &candidates, &[5.0, 5.0], 9)?;
/// let costs: Vec<f64> = ranked.iter().map(|ranked| ranked.cost).collect();
/// assert_eq!(costs, [6.0, 7.0, 7.0, 10.0, 11.0]);
/// # Ok::<(), fusion_core::math::assignment::AssignmentError>(())
/// ```
pub fn assign_ranked(
    rows: usize,
    columns: usize,
    candidates: &[Candidate],
    row_unassigned_cost: &[f64],
    most: usize,
) -> Result<Vec<Ranked>, AssignmentError> {
    let mut ranker = Ranker { rows, columns, candidates, row_unassigned_cost, assigner: Assigner::default() };
    let mut open = BinaryHeap::new();
    open.extend(ranker.best(Vec::new(), Vec::new())?);
    let mut answers = Vec::new();
    while answers.len() < most
        && let Some(part) = open.pop()
    {
        // The assignments of this part other than its best one, by the first row in which they differ from that.
        for row in part.fixed..rows {
            let forbidden = if row == part.fixed { &part.forbidden[..] } else { &[] };
            let forbidden = [forbidden, &part.best.column_of_row[row..=row]].concat();
            open.extend(ranker.best(part.best.column_of_row[..row].to_vec(), forbidden)?);
        }
        answers.push(part.best);
    }
    Ok(answers)
}

/// All assignments in which the first rows are as in the best of them, and the next one is not what is forbidden.
#[derive(Debug, PartialEq)]
struct Part {
    best: Ranked,
    fixed: usize,
    forbidden: Vec<Option<usize>>,
}

impl Eq for Part {}

impl Ord for Part {
    /// The greatest is the cheapest.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_cost = other.best.cost.total_cmp(&self.best.cost);
        by_cost.then_with(|| other.best.column_of_row.cmp(&self.best.column_of_row))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Ranker<'a> {
    rows: usize,
    columns: usize,
    candidates: &'a [Candidate],
    row_unassigned_cost: &'a [f64],
    assigner: Assigner,
}

impl Ranker<'_> {
    /// The part in which the first rows are as `fixed` and the next is none of `forbidden`, with its best assignment; none
    /// where there is no assignment.
    fn best(
        &mut self,
        fixed: Vec<Option<usize>>,
        forbidden: Vec<Option<usize>>,
    ) -> Result<Option<Part>, AssignmentError> {
        let next = fixed.len();
        let is_open = |pair: &&Candidate| {
            pair.row >= next
                && !fixed.contains(&Some(pair.column))
                && !(pair.row == next && forbidden.contains(&Some(pair.column)))
        };
        let candidates: Vec<Candidate> = self.candidates.iter().filter(is_open).copied().collect();
        let mut unassigned = self.row_unassigned_cost.to_vec();
        if forbidden.contains(&None) {
            // Dearer than all that it may save.
            let finite = candidates.iter().map(|pair| pair.cost.abs()).filter(|cost| cost.is_finite());
            let sum: f64 = finite.chain(unassigned.iter().map(|cost| cost.abs())).sum();
            unassigned[next] = 1.0 + 2.0 * sum;
        }
        let answer = self.assigner.assign(self.rows, self.columns, &candidates, &unassigned)?;
        let column_of_row = [&fixed[..], &answer[next..]].concat();
        if forbidden.contains(&None) && column_of_row[next].is_none() {
            return Ok(None);
        }
        let cost = self.cost(&column_of_row);
        Ok(Some(Part { best: Ranked { cost, column_of_row }, fixed: next, forbidden }))
    }

    fn cost(&self, column_of_row: &[Option<usize>]) -> f64 {
        let of_pair = |row: usize, column: usize| {
            let given = self.candidates.iter().filter(|pair| pair.row == row && pair.column == column);
            given.map(|pair| pair.cost).fold(f64::INFINITY, f64::min)
        };
        let rows = column_of_row.iter().zip(self.row_unassigned_cost).enumerate();
        rows.map(|(row, (column, unassigned))| column.map_or(*unassigned, |column| of_pair(row, column)))
            .sum()
    }
}

#[cfg(test)]
#[path = "ranked_tests.rs"]
mod tests;
