//! Bounded rings with one sender and one receiver, and what a sender does when one is full.

use crossbeam::queue::ArrayQueue;
use crossbeam::sync::Unparker;
use fusion_core::types::{NodeId, SensorId};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Which ring it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RingName {
    /// A sensor's scans to a node that receives them.
    Feed {
        /// The sensor.
        sensor: SensorId,
        /// The node.
        to: NodeId,
    },
    /// The passing of time to a node that no sensor feeds.
    Time {
        /// The node.
        to: NodeId,
    },
    /// What the links from one node to another carry.
    Link {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
    },
    /// A node's ticks to the observer.
    Ticks {
        /// The node.
        from: NodeId,
    },
}

impl fmt::Display for RingName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RingName::Feed { sensor, to } => write!(formatter, "sensor {sensor} to node {to}"),
            RingName::Time { to } => write!(formatter, "time to node {to}"),
            RingName::Link { from, to } => write!(formatter, "node {from} to node {to}"),
            RingName::Ticks { from } => write!(formatter, "node {from} to the observer"),
        }
    }
}

/// How a ring was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingReport {
    /// Which.
    pub ring: RingName,
    /// Items that it holds.
    pub capacity: usize,
    /// Items that went through.
    pub items: u64,
    /// The most items that were in it at once.
    pub high_water: usize,
    /// Items that found it full, so that their sender had to wait.
    pub waits: u64,
}

/// The sending end.
#[derive(Debug)]
pub(crate) struct Producer<T> {
    queue: Arc<ArrayQueue<T>>,
    receiver: Unparker,
    report: RingReport,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Consumer<T> {
    queue: Arc<ArrayQueue<T>>,
    sender: Unparker,
}

/// A ring; `sender` and `receiver` wake the threads at its ends.
pub(crate) fn ring<T>(
    ring: RingName,
    capacity: usize,
    sender: Unparker,
    receiver: Unparker,
) -> (Producer<T>, Consumer<T>) {
    let queue = Arc::new(ArrayQueue::new(capacity));
    let report = RingReport { ring, capacity, items: 0, high_water: 0, waits: 0 };
    (Producer { queue: Arc::clone(&queue), receiver, report }, Consumer { queue, sender })
}

impl<T> Producer<T> {
    /// Puts an item in, or gives it back when the ring is full. Wakes nobody: see [`Producer::wake`].
    pub fn push(&mut self, item: T) -> Result<(), T> {
        self.queue.push(item)?;
        self.report.items += 1;
        self.report.high_water = self.report.high_water.max(self.queue.len());
        Ok(())
    }

    /// Counts that an item found the ring full.
    pub fn note_wait(&mut self) {
        self.report.waits += 1;
    }

    /// Wakes the receiver, once for everything that was put in.
    pub fn wake(&self) {
        self.receiver.unpark();
    }

    pub fn report(&self) -> RingReport {
        self.report
    }
}

impl<T> Consumer<T> {
    /// Takes an item out. Wakes nobody: see [`Consumer::wake`].
    pub fn pop(&mut self) -> Option<T> {
        self.queue.pop()
    }

    /// Wakes the sender, once for all the room that was made.
    pub fn wake(&self) {
        self.sender.unpark();
    }
}

/// A sending end that never waits: what the ring does not take stays here, in order, until [`Outlet::flush`].
///
/// Its owner gives it nothing more while it is not clear, so that what stays here is bounded.
#[derive(Debug)]
pub(crate) struct Outlet<T> {
    producer: Producer<T>,
    overflow: VecDeque<T>,
}

impl<T> Outlet<T> {
    pub fn new(producer: Producer<T>) -> Self {
        Outlet { producer, overflow: VecDeque::new() }
    }

    /// Sends an item now or with a later flush.
    pub fn send(&mut self, item: T) {
        let rest = if self.overflow.is_empty() { self.producer.push(item) } else { Err(item) };
        if let Err(item) = rest {
            self.producer.note_wait();
            self.overflow.push_back(item);
        }
    }

    /// Sends what fits of what has waited; says whether anything did, and has woken the receiver then.
    pub fn flush(&mut self) -> bool {
        let before = self.overflow.len();
        while let Some(item) = self.overflow.pop_front() {
            if let Err(item) = self.producer.push(item) {
                self.overflow.push_front(item);
                break;
            }
        }
        let has_moved = self.overflow.len() < before;
        if has_moved {
            self.wake();
        }
        has_moved
    }

    /// Whether nothing waits here.
    pub fn is_clear(&self) -> bool {
        self.overflow.is_empty()
    }

    pub fn wake(&self) {
        self.producer.wake();
    }

    pub fn report(&self) -> RingReport {
        self.producer.report()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam::sync::Parker;

    const NAME: RingName = RingName::Link { from: NodeId(1), to: NodeId(2) };

    fn small(capacity: usize) -> (Producer<u32>, Consumer<u32>) {
        let parker = Parker::new();
        ring(NAME, capacity, parker.unparker().clone(), parker.unparker().clone())
    }

    #[test]
    fn a_full_ring_gives_the_item_back_and_tells_how_full_it_was() {
        let (mut producer, mut consumer) = small(2);
        assert_eq!([producer.push(1), producer.push(2), producer.push(3)], [Ok(()), Ok(()), Err(3)]);
        assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some(1), Some(2), None]);
        producer.note_wait();
        let expected = RingReport { ring: NAME, capacity: 2, items: 2, high_water: 2, waits: 1 };
        assert_eq!(producer.report(), expected);
        assert_eq!(NAME.to_string(), "node 1 to node 2");
    }

    #[test]
    fn an_outlet_keeps_what_does_not_fit_and_sends_it_in_order() {
        let (producer, mut consumer) = small(2);
        let mut outlet = Outlet::new(producer);
        (0..5).for_each(|item| outlet.send(item));
        assert!(!outlet.is_clear() && !outlet.flush(), "the ring is full");
        assert_eq!(consumer.pop(), Some(0));
        // Room in the ring does not let a later item overtake one that waits.
        outlet.send(5);
        assert!(outlet.flush() && !outlet.is_clear());
        let mut taken = Vec::new();
        while let Some(item) = consumer.pop() {
            taken.push(item);
            outlet.flush();
        }
        assert_eq!(taken, [1, 2, 3, 4, 5]);
        assert!(outlet.is_clear());
        assert_eq!((outlet.report().items, outlet.report().waits), (6, 4));
    }
}
