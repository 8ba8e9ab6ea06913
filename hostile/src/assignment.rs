//! The assignment on arbitrary small tables, against trying everything.

use crate::bytes::Bytes;
use fusion_core::math::assignment::{Candidate, assign, assign_dense};

/// A table of at most five by five, with pairs that are missing, doubled, outside or of any cost.
///
/// # Panics
/// Where an answer uses a column twice or a pair that is not there, or a cheaper one exists.
pub fn assignment(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (rows, columns) = (bytes.below(6), bytes.below(6));
    let is_hostile = bytes.byte() < 64;
    let unassigned: Vec<f64> = (0..rows).map(|_| cost(&mut bytes, is_hostile)).collect();
    let candidates: Vec<Candidate> = (0..bytes.below(40))
        .map(|_| {
            let outside = u8::from(is_hostile);
            let row = bytes.below((rows as u8 + outside).max(1));
            let column = bytes.below((columns as u8 + outside).max(1));
            Candidate { row, column, cost: cost(&mut bytes, is_hostile) }
        })
        .collect();
    let Ok(found) = assign(rows, columns, &candidates, &unassigned) else {
        let is_wrong = |candidate: &Candidate| {
            candidate.row >= rows
                || candidate.column >= columns
                || candidate.cost.is_nan()
                || candidate.cost == f64::NEG_INFINITY
        };
        let is_refused = candidates.iter().any(is_wrong) || unassigned.iter().any(|cost| !cost.is_finite());
        assert!(is_refused, "a good table was refused");
        return;
    };
    let mut table = vec![vec![f64::INFINITY; columns]; rows];
    for candidate in &candidates {
        let cost = &mut table[candidate.row][candidate.column];
        *cost = cost.min(candidate.cost);
    }
    let mut used = vec![false; columns];
    let mut total = 0.0;
    for (row, column) in found.iter().enumerate() {
        total += column.map_or(unassigned[row], |column| table[row][column]);
        if let Some(column) = column {
            assert!(!std::mem::replace(&mut used[*column], true), "column {column} is used twice");
            assert!(table[row][*column] < f64::INFINITY, "a pair that is not there");
        }
    }
    let largest = table.iter().flatten().chain(&unassigned).filter(|cost| cost.is_finite());
    let largest = largest.fold(0.0_f64, |largest, cost| largest.max(cost.abs()));
    let least = cheapest(&table, &unassigned, 0, &mut vec![false; columns]);
    // Sums of numbers near the limits overflow; there, only that it comes back matters.
    if largest < 1e290 {
        assert!(total <= least + 1e-12 * largest, "{total} where {least} is possible");
        let dense = assign_dense(rows, columns, |row, column| table[row][column], &unassigned);
        assert_eq!(dense.as_deref(), Ok(found.as_slice()), "the order of the candidates matters");
    }
}

fn cost(bytes: &mut Bytes<'_>, is_hostile: bool) -> f64 {
    // Few different values, so that there are ties.
    if is_hostile { bytes.near(0.0, 1e3) } else { f64::from(bytes.byte() as i8) }
}

/// The least total over rows from `row` on, by trying everything.
fn cheapest(table: &[Vec<f64>], unassigned: &[f64], row: usize, used: &mut Vec<bool>) -> f64 {
    let Some(alone) = unassigned.get(row) else { return 0.0 };
    let mut least = alone + cheapest(table, unassigned, row + 1, used);
    for column in 0..used.len() {
        if !used[column] && table[row][column] < f64::INFINITY {
            used[column] = true;
            least = least.min(table[row][column] + cheapest(table, unassigned, row + 1, used));
            used[column] = false;
        }
    }
    least
}
