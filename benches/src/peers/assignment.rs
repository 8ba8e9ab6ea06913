//! The cheapest assignment of gated pairs: ours beside scipy's.

use super::Gathering;
use super::contest::{Agreement, Comparison, Goal};
use crate::SceneError;
use crate::field::{Field, ROOM_M3, candidate, cost_of_a_miss, gate, positions};
use fusion_core::association::{Gating, gated_log_likelihood};
use fusion_core::math::assignment::{Assigner, Candidate};
use fusion_core::math::lanes::Lanes;
use std::hint::black_box;

/// A table of gated pairs, in which each row may stay without.
struct Table {
    columns: usize,
    candidates: Vec<Candidate>,
    misses: Vec<f64>,
}

impl Table {
    fn new(count: usize) -> Result<Self, SceneError> {
        let field = Field::new(count, ROOM_M3 * count as f64, true)?;
        let (mut gating, gate, mut candidates) = (Gating::default(), gate()?, Vec::new());
        gating.fill(field.plots.iter(), gate);
        for (first, block) in field.moved().iter().enumerate() {
            for lane in 0..Lanes::COUNT {
                let positions = positions(block, lane);
                for &column in gating.plots_near(&positions) {
                    let log = gated_log_likelihood(&positions, &field.plots[column], gate.three);
                    candidates.extend(log.map(|log| candidate(first * Lanes::COUNT + lane, column, log)));
                }
            }
        }
        Ok(Table { columns: field.plots.len(), candidates, misses: vec![cost_of_a_miss(); count] })
    }

    /// The least cost, and how many rows have a column.
    fn solve(&self, assigner: &mut Assigner) -> Result<(f64, usize), SceneError> {
        let pairs = assigner.assign(self.misses.len(), self.columns, &self.candidates, &self.misses)?;
        let mut cost: f64 = 0.0;
        for (row, column) in pairs.iter().enumerate() {
            let of_pair = |column: usize| {
                let same = |one: &&Candidate| one.row == row && one.column == column;
                self.candidates.iter().find(same).map_or(f64::NAN, |one| one.cost)
            };
            cost += column.map_or(self.misses[row], of_pair);
        }
        Ok((cost, pairs.iter().flatten().count()))
    }

    /// Rows, columns, and the pairs as row, column, cost: staying without is a column of each row's own.
    fn to_load(&self) -> Vec<f64> {
        let (rows, columns) = (self.misses.len(), self.columns);
        let mut loaded = vec![rows as f64, (columns + rows) as f64];
        for candidate in &self.candidates {
            loaded.extend([candidate.row as f64, candidate.column as f64, candidate.cost]);
        }
        for (row, cost) in self.misses.iter().enumerate() {
            loaded.extend([row as f64, (columns + row) as f64, *cost]);
        }
        loaded
    }
}

/// The comparisons: sparse tables with scipy's sparse solver, a small one with its dense one as well.
///
/// # Errors
/// None for the scenes as they are.
pub fn enter(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants("assignment", "scipy") {
        return Ok(());
    }
    for (task, name, count, target) in [
        ("sparse", "scipy, min_weight_full_bipartite_matching", 10_000, Some(150.0)),
        ("dense", "scipy, linear_sum_assignment", 1_000, None),
    ] {
        let Some(peer) = all.python() else { return Ok(()) };
        let table = Table::new(count)?;
        let mut assigner = Assigner::default();
        let (cost, assigned) = table.solve(&mut assigner)?;
        peer.load(task, &table.to_load())?;
        let theirs = peer.result(task)?;
        let worst = match theirs.as_slice() {
            [other, rows] if *rows == assigned as f64 => (other - cost).abs() / cost.abs(),
            _ => f64::NAN,
        };
        let pairs = table.candidates.len() as f64 / count as f64;
        let note =
            format!("{count} rows with {pairs:.2} pairs each; {assigned} assigned by both, at the same cost");
        let ours = all.contest.enter_work("shortest augmenting paths", count as f64, move || {
            _ = black_box(assigner.assign(count, table.columns, &table.candidates, &table.misses));
        });
        let theirs = all.contest.enter(name, count as f64, peer.timed(task));
        let comparison = Comparison {
            topic: "assignment",
            peer: "scipy",
            case: format!("{count} rows, {task}"),
            unit: "ns per row",
            ours: vec![all.contest.form(ours)],
            peers: vec![all.contest.form(theirs)],
            goal: Goal::AtLeast(target),
            agreement: Some(Agreement { worst, tolerance: 1e-9 }),
            note,
        };
        all.contest.compare(comparison);
    }
    Ok(())
}
