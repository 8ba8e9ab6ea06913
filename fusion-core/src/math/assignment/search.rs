//! Shortest augmenting paths: one more row is served, whatever has to move for it.

use super::{Matching, Pair, SparseTable, refill};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A column on the frontier of a search; the heap's greatest is the nearest, then the lowest column.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    number: usize,
    visits: Vec<Visit>,
    settled: Vec<usize>,
    frontier: BinaryHeap<Reached>,
    /// The cheapest known way to end by leaving a row unassigned.
    way_out: (f64, usize),
}

impl Search {
    /// Forgets the searches of another table.
    pub fn begin(&mut self, columns: usize) {
        let unseen = Visit { search: 0, settled: false, distance: f64::INFINITY, from_row: 0, by_pair: 0 };
        self.number = 0;
        refill(&mut self.visits, columns, unseen);
    }

    /// Serves one more row along the shortest augmenting path, and keeps the prices valid.
    pub fn augment(&mut self, table: &SparseTable, matching: &mut Matching, start: usize) {
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
