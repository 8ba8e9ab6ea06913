//! What a pipeline tells: ticks while it runs, a report at the end.

use crate::ring::RingReport;
use fusion_core::node::{Counts, Event, Picture};
use fusion_core::types::NodeId;
use std::sync::Arc;

/// One tick of one node, as the observer sees it: in the order of (tick, node), the same as
/// [`Network::run`](fusion_core::node::Network::run) shows them.
#[derive(Clone, Debug)]
pub struct NodeTick {
    /// Number of the tick, from one.
    pub number: u64,
    /// What the node knows; says which node and when.
    pub picture: Arc<Picture>,
    /// What happened.
    pub events: Vec<Event>,
}

/// What a node did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Digest of everything that it has known and said.
    pub digest: [u8; 32],
    /// What it has taken in.
    pub counts: Counts,
    /// Messages that its links have sent.
    pub sent: u64,
    /// Number of each of its links of tracks and cues, and the bytes that it has carried.
    pub link_bytes: Vec<(u16, u64)>,
}

/// What a pipeline did.
#[derive(Clone, Debug)]
pub struct Report {
    /// One digest over all nodes: equals [`Network::digest`](fusion_core::node::Network::digest).
    pub digest: [u8; 32],
    /// What each node did, in order of identity.
    pub nodes: Vec<NodeReport>,
    /// Ticks of each node.
    pub ticks: u64,
    /// Scans fed.
    pub scans: u64,
    /// Arrivals of scans at nodes: a shared scan arrives more than once.
    pub routed: u64,
    /// Worker threads that ran: no more than nodes.
    pub workers: usize,
    /// How often a worker had nothing to do for so long that it slept. Locks and system calls on the way of a scan happen
    /// only in sleeping and in waking a sleeper. Differs from run to run, like what follows.
    pub worker_parks: u64,
    /// How often the driver slept.
    pub driver_parks: u64,
    /// How full each ring was.
    pub rings: Vec<RingReport>,
}

impl Report {
    /// How often a full ring made its sender wait: backpressure.
    pub fn waits(&self) -> u64 {
        self.rings.iter().map(|ring| ring.waits).sum()
    }

    /// The greatest share of a ring that was ever in use, 0 to 1.
    pub fn fullest_ring(&self) -> f64 {
        let shares = self.rings.iter().map(|ring| ring.high_water as f64 / ring.capacity as f64);
        shares.fold(0.0, f64::max)
    }
}
