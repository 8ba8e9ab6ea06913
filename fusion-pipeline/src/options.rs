//! What is run, and how.

use crate::clock::Pace;
use crate::error::PipelineError;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Time};
use std::fmt;
use std::sync::Arc;

/// Items that a ring may hold at most: rings are allocated whole, and there is one for each feed and link.
pub const MAXIMUM_RING_CAPACITY: usize = 65_536;

/// Items that a ring holds unless told otherwise: seconds to minutes of one sensor.
const RING_CAPACITY: usize = 256;

/// What is run: the result is a function of it and of the scans, and of nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Nodes, sensors, areas and trackers.
    pub setup: &'a Arc<Setup>,
    /// Who shares what with whom.
    pub regime: &'a Regime,
    /// Draws delays and releases.
    pub seed: u64,
}

/// Called on the worker's thread before each tick of a node, with the node and the tick's instant: for tracing, and for
/// tests that disturb the schedule. It cannot reach a result; if it panics, the pipeline ends as if the node had.
pub type Probe = Arc<dyn Fn(NodeId, Time) + Send + Sync>;

/// How it is run. Nothing here changes a result.
#[derive(Clone)]
pub struct Options {
    /// Worker threads, at least one; those beyond the number of nodes are not started. The caller's thread comes on top:
    /// it routes the scans and runs the observer.
    pub threads: usize,
    /// Items that each ring holds, 1 to [`MAXIMUM_RING_CAPACITY`].
    pub ring_capacity: usize,
    /// How fast a replay goes. A [`Pipeline`](crate::Pipeline) that is fed by hand does not look at it.
    pub pace: Pace,
    /// Called before each tick.
    pub probe: Option<Probe>,
}

impl Default for Options {
    fn default() -> Self {
        Options { threads: 1, ring_capacity: RING_CAPACITY, pace: Pace::Maximum, probe: None }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("threads", &self.threads)
            .field("ring_capacity", &self.ring_capacity)
            .field("pace", &self.pace)
            .field("probe", &self.probe.is_some())
            .finish()
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        let option = |key, value, allowed| Err(PipelineError::Option { key, value, allowed });
        if self.threads == 0 {
            return option("threads", 0.0, "at least 1");
        }
        if !(1..=MAXIMUM_RING_CAPACITY).contains(&self.ring_capacity) {
            return option("ring_capacity", self.ring_capacity as f64, "1 to 65536");
        }
        match self.pace {
            Pace::RealTime { factor, .. } if !(factor > 0.0 && factor.is_finite()) => {
                option("pace", factor, "a positive factor")
            }
            _ => Ok(()),
        }
    }
}
