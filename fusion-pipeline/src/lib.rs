//! The lock-free pipeline: the nodes of a [regime](fusion_core::share::Regime) on threads, with the same result, bit for
//! bit, as [`fusion_core::node::Network::run`] gives on one.
//!
//! ```text
//!              rings of scans, watermarks                 rings of deliveries, "ticked"
//!  driver ─┬─► sensor 0 ─► node 0 ─┐                 node 0 ◄──────────────► node 1
//!  routes  ├─► sensor 1 ─► node 0 ─┼► sequencer ─► tick ─► picture ─► arc-swap ─► any number of readers
//!  paces   └─► sensor 1 ─► node 1 ─┘                  │
//!     ▲                                               └─► ring of ticks ─┐
//!     └───────── observes in the order (tick, node) ◄────────────────────┘
//! ```
//!
//! **Why the result is the same.** All nodes tick at the same instants. Tick `k` of a node depends on the scans that reach
//! it by then and on what other nodes sent at tick `k - 1` or before, never on tick `k` of another node: a message takes
//! at least a microsecond. So a node may tick as soon as every feed's *watermark* has passed the tick and every node with
//! a link to it has said that it *ticked* `k - 1`; [`fusion_core::node::Node`] sees the same input in the same order
//! whoever ran first. No thread's number and no clock reaches a node.
//!
//! **Why it cannot get stuck**, however small the rings. A node drains its rings up to what its next tick needs, also
//! while it cannot send; what a full ring does not take waits in the sender, at most one tick's worth, since it does not
//! tick before that is gone. Take the node that is furthest behind, before tick `k`: all others have finished `k - 1`, so
//! what it waits for is in its rings or waits at a sender for room that it makes by draining; and those it sends to have
//! finished `k - 1` too and drain up to there at least. The driver waits on one full ring at a time, but has then given
//! every node everything up to the tick before, and a node that has finished that drains the ring in question. The
//! observer gets ticks in order, and the node furthest behind never waits for the observer to have seen a later one.
//!
//! **Workers.** Node `i` belongs to worker `i % threads`. A node has one owner at a time, so more threads than nodes would
//! have nothing to do: they are not started, and [`Report::workers`] says how many were. An idle worker spins, yields,
//! then parks; whoever gives it something unparks it. The only lock is the one inside the parking of a thread.
//!
//! Recorded scans go through [`replay`]; a live feed through [`Pipeline`], whose [`Pictures`] any thread may read.

mod clock;
mod error;
mod observer;
mod options;
mod pictures;
mod pipeline;
mod replay;
mod report;
mod ring;
mod sequencer;
mod wiring;
mod worker;

pub use clock::{Clock, Pace, Wake, WallClock};
pub use error::PipelineError;
pub use options::{MAXIMUM_RING_CAPACITY, Options, Plan, Probe};
pub use pictures::Pictures;
pub use pipeline::{MAXIMUM_LEAP_TICKS, Pipeline};
pub use replay::replay;
pub use report::{NodeReport, NodeTick, Report};
pub use ring::{RingName, RingReport};
