//! Deterministic simulation of faults, in the spirit of FoundationDB's and TigerBeetle's simulators.
//!
//! ```text
//! seed ─► world (flights, noise, links) ─► undisturbed run ───────────────┐
//!    └──► schedule of faults ────────────► disturbed run, tick by tick ───┴─► invariants ─► finding, or a digest
//! ```
//!
//! One seed draws everything; nothing else reaches a run, so that a finding is repeated by its seed alone. The nodes, links and
//! routing are those of [`fusion_core::node::build`], which the pipeline runs too; feeds are modelled here, with what a feed does
//! to what it is given: a checksum over the bytes, and one sensor to a feed.
//!
//! A crate of its own, because it needs the simulator of sensors and the recording's codec beside the nodes, and none of these
//! may know of it. Not for figures of performance: its world is small and made up.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod fault;
mod feeds;
mod invariant;
mod member;
mod run;
mod world;

pub use fault::{Fault, Scheduled};
pub use invariant::{Invariant, Violation};
pub use run::{Tally, run_seed};
pub use world::{World, WorldError};

use rayon::prelude::*;
use serde::Serialize;
use std::any::Any;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one seed gave.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What was done.
    pub faults: Vec<Scheduled>,
    /// What became of the scans, over all nodes.
    pub tally: Tally,
    /// Digest of what the nodes of the disturbed run knew and said.
    pub digest: [u8; 32],
    /// Which invariants do not hold, in the order in which that was found.
    pub violations: Vec<Violation>,
}

/// Runs one seed; a panic is a violation like any other.
///
/// # Errors
/// [`WorldError`] where the world itself cannot be made.
pub fn try_seed(world: &World, seed: u64) -> Result<Outcome, WorldError> {
    catch_unwind(AssertUnwindSafe(|| run_seed(world, seed))).unwrap_or_else(|payload| {
        let what = message_of(payload.as_ref());
        let violation = Violation { invariant: Invariant::NoPanic, time_s: None, node: None, what };
        let (faults, tally) = (Vec::new(), Tally::default());
        Ok(Outcome { seed, faults, tally, digest: [0; 32], violations: vec![violation] })
    })
}

/// Runs seeds on all threads of rayon's pool, a hundred at a time; `watch` sees each outcome in the order of seeds, and says whether to go on.
/// What it sees does not depend on the number of threads.
///
/// # Errors
/// [`WorldError`].
pub fn run_seeds(
    seeds: RangeInclusive<u64>,
    mut watch: impl FnMut(Outcome) -> bool,
) -> Result<(), WorldError> {
    const AT_A_TIME: u64 = 100;
    let world = World::new()?;
    let (mut first, last) = seeds.into_inner();
    while first <= last {
        let end = last.min(first.saturating_add(AT_A_TIME - 1));
        let outcomes: Result<Vec<Outcome>, WorldError> =
            (first..=end).into_par_iter().map(|seed| try_seed(&world, seed)).collect();
        for outcome in outcomes? {
            if !watch(outcome) {
                return Ok(());
            }
        }
        let Some(next) = end.checked_add(1) else { break };
        first = next;
    }
    Ok(())
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}
