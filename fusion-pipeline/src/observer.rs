//! What the driver does while it waits: it observes the nodes' ticks, in order.

use crate::clock::Wake;
use crate::report::NodeTick;
use crate::ring::{Consumer, RingName};
use crate::worker::{Failure, Shared};
use crossbeam::queue::ArrayQueue;
use crossbeam::utils::Backoff;
use fusion_core::node::Event;
use std::sync::Arc;

/// The receiving end of one node's ticks.
pub(crate) struct Source {
    pub ring: Consumer<NodeTick>,
    /// Lists of events that have been seen, on their way back: one that finds no room is let go.
    pub emptied: Arc<ArrayQueue<Vec<Event>>>,
}

/// The receiving end of the nodes' ticks.
pub(crate) struct Observer<F> {
    nodes: Vec<Source>,
    /// The node whose tick comes next.
    next: usize,
    seen: u64,
    observe: F,
    wake: Wake,
    parks: u64,
}

impl<F: FnMut(&NodeTick)> Observer<F> {
    /// Of each node; `wake` is given a sign when something is put in.
    pub fn new(nodes: Vec<Source>, wake: Wake, observe: F) -> Self {
        Observer { nodes, next: 0, seen: 0, observe, wake, parks: 0 }
    }

    /// Ticks observed, over all nodes.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Where the driver sleeps.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Sleeps until there is something to do.
    pub fn park(&mut self) {
        self.parks += 1;
        self.wake.park();
    }

    /// How often the driver slept.
    pub fn parks(&self) -> u64 {
        self.parks
    }

    /// How full the rings were.
    pub fn high_waters(&self) -> impl Iterator<Item = (RingName, usize)> {
        self.nodes.iter().map(|node| node.ring.high_water())
    }

    /// Observes what is there, in the order of (tick, node); says whether there was anything.
    pub fn collect(&mut self) -> bool {
        let before = self.seen;
        while let Some(Source { ring, emptied }) = self.nodes.get_mut(self.next)
            && let Some(mut tick) = ring.pop()
        {
            ring.note_fill();
            ring.wake();
            self.seen += 1;
            (self.observe)(&tick);
            if !tick.events.is_empty() {
                tick.events.clear();
                let _ = emptied.push(tick.events);
            }
            self.next = (self.next + 1) % self.nodes.len();
        }
        self.seen > before
    }

    /// Observes until `is_done`, or until a node has panicked.
    pub fn wait(&mut self, shared: &Shared, mut is_done: impl FnMut(&Self) -> bool) -> Result<(), Failure> {
        let backoff = Backoff::new();
        loop {
            let has_observed = self.collect();
            if is_done(self) {
                return Ok(());
            }
            shared.check()?;
            if has_observed {
                backoff.reset();
            } else if backoff.is_completed() {
                self.park();
                backoff.reset();
            } else {
                backoff.snooze();
            }
        }
    }
}
