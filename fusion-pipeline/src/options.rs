//! What is run, and how.

use crate::clock::Pace;
use crate::error::PipelineError;
use fusion_core::node::Setup;
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Time};
use std::fmt;
use std::sync::Arc;

/// Parcels that a ring may hold at most: rings are allocated whole, and there is one for each feed and link.
pub const MAXIMUM_RING_CAPACITY: usize = 65_536;

/// Parcels that a ring holds unless told otherwise: seconds to minutes of one sensor.
const RING_CAPACITY: usize = 256;

/// How long a live feed may be silent unless told otherwise, s: some turns of a search radar.
const SILENCE_S: f64 = 30.0;

/// How far ahead a live feed may leap unless told otherwise, s: beyond [`SILENCE_S`], and so little that what it makes late is
/// still within a history of 90 s.
const AHEAD_S: f64 = 60.0;

/// Scans that a live feed may send for one tick unless told otherwise: far more than a sensor looks.
const MOST_PER_TICK: u32 = 4096;

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

/// What a live feed does when its ring is full. A replay always waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits until there is room: nothing is lost, and its sender is held up.
    #[default]
    Wait,
    /// It drops the oldest parcel, one to sixteen scans, which is counted: its sender is never held up.
    DropOldest,
}

/// How one live feed is treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeedOptions {
    /// Parcels of one to sixteen scans that its ring holds, 1 to [`MAXIMUM_RING_CAPACITY`].
    pub ring_capacity: usize,
    /// What it does when that is full.
    pub when_full: WhenFull,
    /// Seconds, by the times of the scans, that another feed may be ahead of a tick before that is closed without this
    /// one; none waits for it until it ends. Zero or more.
    pub silence_s: Option<f64>,
    /// Seconds by which a scan may be ahead of the last tick, of every other feed and of what was taken of its own; one that is
    /// further ahead is refused and counted, so that a broken clock cannot close the ticks of feeds that may be called silent.
    /// Two feeds that agree are believed, and so is one whose clock goes on for as long again while no tick is closed: it is
    /// the only one left. So let it be greater than this feed's `silence_s`, after which ticks are closed without it.
    ///
    /// None allows [`MAXIMUM_LEAP_TICKS`](crate::MAXIMUM_LEAP_TICKS): where feeds send as fast as they can, how far ahead one is
    /// means nothing. Where no other feed has a time-out it is not looked at. A clock that gains slowly is not found out.
    pub ahead_s: Option<f64>,
    /// Scans that it may send for one tick; what is beyond is shed and counted. Bounds what is held for a flooding feed.
    pub most_per_tick: u32,
}

impl Default for FeedOptions {
    fn default() -> Self {
        FeedOptions {
            ring_capacity: RING_CAPACITY,
            when_full: WhenFull::Wait,
            silence_s: Some(SILENCE_S),
            ahead_s: Some(AHEAD_S),
            most_per_tick: MOST_PER_TICK,
        }
    }
}

impl FeedOptions {
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        let option = |key, value, allowed| Err(PipelineError::Option { key, value, allowed });
        if !(1..=MAXIMUM_RING_CAPACITY).contains(&self.ring_capacity) {
            return option("ring_capacity", self.ring_capacity as f64, "1 to 65536");
        }
        for (key, seconds) in [("silence_s", self.silence_s), ("ahead_s", self.ahead_s)] {
            if let Some(seconds) = seconds.filter(|seconds| !(*seconds >= 0.0 && seconds.is_finite())) {
                return option(key, seconds, "zero or more");
            }
        }
        Ok(())
    }
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
    /// Parcels, of one to sixteen items, that each ring holds, 1 to [`MAXIMUM_RING_CAPACITY`].
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
