//! The lock-free pipeline: the nodes of a [regime](fusion_core::share::Regime) on threads, with the same result, bit for
//! bit, as [`fusion_core::node::Network::run`] gives on one.
//!
//! ```text
//!   live: a thread    rings, which wait         driver                 rings of scans,    worker: one or more nodes
//!   for each sensor   or drop the oldest                                 watermarks
//!
//!   feed 0 ──────────►┐                                              ┌─► node 0: sequencer ─► tick ─► picture ─► arc-swap
//!   feed 1 ──────────►┼─► intake ─► closes ticks, ─► routing ────────┤              ▲         │                    │
//!   feed 2 ──────────►┘   by event    records          ▲             │         rings│of       │deliveries   any number
//!                         time        losses           │             │              │         ▼             of readers
//!   replay: scans in order ─► paced ───────────────────┘             └─► node 1: sequencer ─► tick ─► picture ─► arc-swap
//!
//!   observer, on the driver's thread, in the order (tick, node) ◄── rings of ticks, from every node
//! ```
//!
//! | who has | takes | a full ring | a silent sensor |
//! |---|---|---|---|
//! | a recording | [`replay`], at full speed or by a clock | waits | holds nobody up: the recording's order is the time |
//! | all scans on one thread | [`Pipeline`] | waits | the same: whoever feeds says what time it is |
//! | a thread for each sensor | [`Live`] | waits or drops: [`FeedOptions::when_full`] | is waited for: [`FeedOptions::silence_s`] |
//!
//! The parts that decide anything are state machines with one owner, without threads, clocks or atomics, and are tried
//! over every order in which messages can come: the *intake* (which feed is waited for, what is too late, what is shed),
//! the *sequencer* (what a node waits for before a tick), the *delay queue* within it, and the ring's two ends. There are no
//! atomics of this crate's own: rings, flags and sleep are crossbeam's, pictures arc-swap's.
//!
//! **Rings.** A slot of a [`ring`] holds one item or up to sixteen. What goes to a node is packed until the watermark that
//! lets it tick; when its ring still holds something, until sixteen are together. A node packs all messages of a tick.
//! A [`Feed`] sends one at once, or several packed.
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
//! finished `k - 1` too and drain up to there at least. While the driver waits for room in one ring it sends what
//! it has packed for all others, so every node gets everything up to the tick before, and a node that has finished that
//! drains the ring in question. The observer gets ticks in order, and the node furthest behind never waits for the observer
//! to have seen a later one. A live feed that waits holds up itself alone; the driver waits for feeds only, never for one
//! that has a time-out once another is that far ahead.
//!
//! **Workers.** The nodes with the most looks a second go first, each to the worker that has the fewest. A node has one owner at a time, so more threads than nodes would
//! have nothing to do: they are not started, and [`Report::workers`] says how many were. An idle worker spins, yields,
//! then parks; whoever gives it something unparks it. The only lock is the one inside the parking of a thread:
//! [`Report::worker_parks`] counts how often that happened. Once the run is warm a plot allocates nothing between feed and
//! picture: rings hand their vectors back, a node draws over its last result, a picture is written over when nobody looks
//! at it any more, and lists of events come back from the observer. What is new is allocated: a message between nodes, an
//! object, and a picture where readers keep more than ever before.
//!
//! **Late scans.** A scan whose tick was closed without it goes to the nodes with the next tick, and they go back through
//! their histories for it; only one from before the histories, which a node would refuse, is left out.
//!
//! **Broken clocks.** Live, the other feeds' scans say how late it is, and a feed that leaps ahead would have the ticks of all
//! others closed without them. A scan that is further ahead than [`FeedOptions::ahead_s`] is refused and counted.
//!
//! **A live run can be replayed.** Its result is a function of the scans that were delivered and of the ticks with which late
//! ones were, and [`LiveReport`] says of every scan that a feed sent whether it was delivered, and when, or why not: dropped,
//! shed, too late, too far ahead. [`LiveReport::delivered`] through [`replay`] gives the same digest.
//!
//! Examples: `live_feeds` (a thread for each sensor), `live_feed` (by hand), `replays` (at full speed and in real time),
//! `feed_faults` (one of eight feeds dies, stalls or floods), `throughput`, and `every_fixture`, which compares the digests
//! of 1, 2, 8 and 16 threads with plain calls on every shipped fixture, in a portable build and a native one:
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example every_fixture
//! RUSTFLAGS="-C target-cpu=native" cargo run --release --target-dir target/native -p fusion-pipeline --example every_fixture
//! cargo bench -p benches --bench pipeline
//! ```
#![forbid(unsafe_code)]

mod clock;
mod delay;
mod error;
mod feed;
#[cfg(test)]
mod hot_path_tests;
mod intake;
mod live;
mod observer;
mod options;
mod pictures;
mod pipeline;
mod record;
mod replay;
mod report;
pub mod ring;
mod sequencer;
mod shed;
mod wiring;
mod worker;

pub use clock::{Clock, Pace, Wake, WallClock};
pub use error::PipelineError;
pub use feed::{Feed, FeedError};
pub use live::Live;
pub use options::{FeedOptions, MAXIMUM_RING_CAPACITY, Options, Plan, Probe, WhenFull};
pub use pictures::Pictures;
pub use pipeline::{MAXIMUM_LEAP_TICKS, Pipeline};
pub use record::{Arrival, FeedRecord, Late, LiveReport, Loss, Lost, Silence};
pub use replay::replay;
pub use report::{NodeReport, NodeTick, Report};
pub use ring::{RingName, RingReport};
