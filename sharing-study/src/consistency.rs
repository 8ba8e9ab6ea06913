//! The band in which the mean NEES of a perfect filter's runs would lie, for what a node hears under a regime.

use crate::bound::FlightGeometry;
use crate::outcome::ConsistencyBand;
use crate::paths::DataDelays;
use fusion_core::assess::{LinearProblem, LinearStep, ScalarMeasurement};
use fusion_core::share::{InformationRow, rows_of};
use fusion_core::types::NodeId;
use nalgebra::{Matrix6, Vector6};

/// Seconds after burnout from which the coast is judged.
pub const AFTER_BURNOUT_S: f64 = 20.0;
/// Perfect filters that are simulated for a band.
const ORACLE_RUNS: usize = 400;

/// From when to when the coast is judged, s after launch: the first and last time of the grid that lie in it.
pub fn judged_times(times_s: &[f64], burnout_s: f64, reentry_s: f64) -> impl Iterator<Item = (usize, f64)> {
    times_s
        .iter()
        .copied()
        .enumerate()
        .filter(move |(_, time_s)| *time_s >= burnout_s + AFTER_BURNOUT_S && *time_s <= reentry_s)
}

/// The band of one node under one regime for the mean over `runs` runs; none where the node never has a whole state, or
/// hears of it later than the coast begins to be judged.
pub fn band(
    geometry: &FlightGeometry<'_>,
    (regime, node): (usize, NodeId),
    delays: &DataDelays,
    judged_s: &[f64],
    (runs, seed): (u32, u64),
) -> Option<ConsistencyBand> {
    let (&from_s, &to_s) = (judged_s.first()?, judged_s.last()?);
    let initial_covariance = geometry.covariance_at(node, delays, from_s)?;
    let steps: Option<Vec<LinearStep<6>>> = judged_s
        .iter()
        .scan(from_s, |before_s, &time_s| {
            let step = step(geometry, node, delays, *before_s, time_s);
            *before_s = time_s;
            Some(step)
        })
        .collect();
    let steps = steps?;
    let problem = LinearProblem {
        initial_covariance,
        sampled: (0..steps.len()).collect(),
        steps,
        degrees_of_freedom: 6,
    };
    let band = problem.nees(ORACLE_RUNS, seed).ok()?.band(runs as usize, 0.95).ok()?;
    Some(ConsistencyBand { regime, node, low: band.low, high: band.high, from_s, to_s })
}

/// The looks that a node gains between two times of the grid, all taken as made at the second: what the spread of a NEES
/// over a flight depends on is how much is learnt when, not the instant within a few seconds.
fn step(
    geometry: &FlightGeometry<'_>,
    node: NodeId,
    delays: &DataDelays,
    from_s: f64,
    to_s: f64,
) -> Option<LinearStep<6>> {
    let transition =
        if to_s > from_s { geometry.coast_transition(from_s, to_s)? } else { Matrix6::identity() };
    let mut information = Matrix6::zeros();
    for look in &geometry.looks {
        let known_s = look.since_launch_s + delays.seconds_at(look.owner, node, look.since_start_s);
        if look.at_burnout.is_some() && known_s > from_s && known_s <= to_s {
            information += look.information;
        }
    }
    // Independent scalar measurements with the same information, as many as its rank.
    let mut storage = [InformationRow::default(); 6];
    let rows = rows_of(&information, &Vector6::zeros(), &Vector6::zeros(), &mut storage);
    let measurements =
        rows.iter().map(|(row, _, variance)| ScalarMeasurement { row: *row, variance: *variance }).collect();
    Some(LinearStep { transition, process_noise: Matrix6::zeros(), measurements })
}
