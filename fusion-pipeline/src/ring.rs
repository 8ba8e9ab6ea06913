//! Bounded rings with one sender and one receiver, in which items travel alone or up to sixteen at a time.
//!
//! A slot of the [`ArrayQueue`] holds a parcel: one item, or a vector of several that goes back to the sender when it has
//! been emptied. So a single item costs one hop, sixteen cost two, and nothing is allocated once enough vectors are under
//! way.

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
    /// A live feed to the driver.
    Live {
        /// The sensor.
        sensor: SensorId,
    },
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
            RingName::Live { sensor } => write!(formatter, "sensor {sensor} to the driver"),
            RingName::Feed { sensor, to } => write!(formatter, "sensor {sensor} to node {to}"),
            RingName::Time { to } => write!(formatter, "time to node {to}"),
            RingName::Link { from, to } => write!(formatter, "node {from} to node {to}"),
            RingName::Ticks { from } => write!(formatter, "node {from} to the observer"),
        }
    }
}

/// Items that travel together at most.
pub const PARCEL_ITEMS: usize = 16;

/// How a ring was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingReport {
    /// Which.
    pub ring: RingName,
    /// Parcels that it holds, of one to sixteen items each.
    pub capacity: usize,
    /// Items that were sent.
    pub items: u64,
    /// Parcels in which they went.
    pub parcels: u64,
    /// The most parcels that its receiver found in it.
    pub high_water: usize,
    /// Parcels that found it full, so that their sender had to wait.
    pub waits: u64,
}

/// What a slot holds.
#[derive(Debug)]
enum Parcel<T> {
    One(T),
    /// The first item last, so that it can be popped.
    Many(Vec<T>),
}

/// What both ends hold.
#[derive(Debug)]
struct Slots<T> {
    full: ArrayQueue<Parcel<T>>,
    /// Emptied vectors on their way back.
    emptied: ArrayQueue<Vec<T>>,
}

/// The sending end. It never waits: what the ring does not take stays here, in order, until [`Producer::flush`]. Its
/// owner gives it nothing more while it has no room, or no more than one tick's worth, so that what stays is bounded.
#[derive(Debug)]
pub struct Producer<T> {
    slots: Arc<Slots<T>>,
    pending: VecDeque<T>,
    /// Whether the ring was full when something was last sent.
    is_held: bool,
    receiver: Unparker,
    report: RingReport,
}

/// The receiving end.
#[derive(Debug)]
pub struct Consumer<T> {
    slots: Arc<Slots<T>>,
    /// The parcel that is being emptied.
    open: Vec<T>,
    name: RingName,
    high_water: usize,
    sender: Unparker,
}

/// A ring of `capacity` parcels; `sender` and `receiver` wake the threads at its ends.
pub fn ring<T>(
    ring: RingName,
    capacity: usize,
    sender: Unparker,
    receiver: Unparker,
) -> (Producer<T>, Consumer<T>) {
    // As many vectors as can be under way: in the ring, in the hands of the receiver, in those of the sender.
    let slots = Slots { full: ArrayQueue::new(capacity), emptied: ArrayQueue::new(capacity + 2) };
    let slots = Arc::new(slots);
    let report = RingReport { ring, capacity, items: 0, parcels: 0, high_water: 0, waits: 0 };
    let pending = VecDeque::with_capacity(PARCEL_ITEMS);
    (
        Producer { slots: Arc::clone(&slots), pending, is_held: false, receiver, report },
        Consumer { slots, open: Vec::new(), name: ring, high_water: 0, sender },
    )
}

impl<T> Producer<T> {
    /// Sends an item at once, if the ring takes it. Wakes nobody: see [`Producer::wake`].
    // Inlined like `pack` and `pop`, so that an item is written where it goes and not copied from call to call.
    #[inline]
    pub fn send(&mut self, item: T) {
        self.report.items += 1;
        if !self.pending.is_empty() {
            self.pending.push_back(item);
            self.post_all();
        } else if let Err(parcel) = self.post(Parcel::One(item)) {
            self.take_back(parcel);
        }
    }

    /// Packs an item: it goes off when there are sixteen, or with the next [`Producer::flush`].
    #[inline]
    pub fn pack(&mut self, item: T) {
        self.report.items += 1;
        self.pending.push_back(item);
        if self.pending.len() >= PARCEL_ITEMS {
            self.flush();
        }
    }

    /// Sends what was packed or has waited, as far as it fits, and wakes the receiver; says whether anything went.
    pub fn flush(&mut self) -> bool {
        let has_moved = self.post_all();
        if has_moved {
            self.wake();
        }
        has_moved
    }

    /// Flushes unless the receiver has something to do: under load, more is packed together.
    pub fn flush_if_idle(&mut self) {
        if self.slots.full.is_empty() {
            self.flush();
        }
    }

    /// Whether nothing waits here.
    pub fn is_clear(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether less than a parcel waits here.
    pub fn has_room(&self) -> bool {
        self.pending.len() < PARCEL_ITEMS
    }

    /// Takes the oldest parcel out of the ring and lets go of its items, each of which `lost` is shown.
    pub fn drop_oldest(&mut self, mut lost: impl FnMut(T)) {
        match self.slots.full.pop() {
            Some(Parcel::One(item)) => lost(item),
            Some(Parcel::Many(mut items)) => {
                items.drain(..).rev().for_each(lost);
                self.slots.recycle(items);
            }
            None => {}
        }
    }

    /// Wakes the receiver, once for everything that was put in.
    pub fn wake(&self) {
        self.receiver.unpark();
    }

    /// How the ring was used, but for how full its receiver found it.
    pub fn report(&self) -> RingReport {
        self.report
    }

    fn post_all(&mut self) -> bool {
        let before = self.pending.len();
        loop {
            let parcel = match self.pending.len() {
                0 => break,
                1 => self.pending.pop_front().map(Parcel::One),
                count => {
                    let items = self.slots.emptied.pop();
                    let mut items = items.unwrap_or_else(|| Vec::with_capacity(PARCEL_ITEMS));
                    items.extend(self.pending.drain(..count.min(PARCEL_ITEMS)).rev());
                    Some(Parcel::Many(items))
                }
            };
            if let Some(Err(parcel)) = parcel.map(|parcel| self.post(parcel)) {
                self.take_back(parcel);
                break;
            }
        }
        self.pending.len() < before
    }

    #[inline]
    fn post(&mut self, parcel: Parcel<T>) -> Result<(), Parcel<T>> {
        let outcome = self.slots.full.push(parcel);
        if outcome.is_ok() {
            self.report.parcels += 1;
        } else if !self.is_held {
            self.report.waits += 1;
        }
        self.is_held = outcome.is_err();
        outcome
    }

    fn take_back(&mut self, parcel: Parcel<T>) {
        match parcel {
            Parcel::One(item) => self.pending.push_front(item),
            Parcel::Many(mut items) => {
                items.drain(..).for_each(|item| self.pending.push_front(item));
                self.slots.recycle(items);
            }
        }
    }
}

impl<T> Slots<T> {
    /// There is room for every vector that is under way: one that finds none is let go.
    fn recycle(&self, emptied: Vec<T>) {
        let _ = self.emptied.push(emptied);
    }
}

impl<T> Consumer<T> {
    /// Takes an item out. Wakes nobody: see [`Consumer::wake`].
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if let Some(item) = self.open.pop() {
            return Some(item);
        }
        match self.slots.full.pop()? {
            Parcel::One(item) => Some(item),
            Parcel::Many(items) => {
                let emptied = std::mem::replace(&mut self.open, items);
                if emptied.capacity() > 0 {
                    self.slots.recycle(emptied);
                }
                self.open.pop()
            }
        }
    }

    /// Notes how full the ring is, for the report.
    pub fn note_fill(&mut self) {
        self.high_water = self.high_water.max(self.slots.full.len());
    }

    /// Which ring it is, and how full it was found.
    pub fn high_water(&self) -> (RingName, usize) {
        (self.name, self.high_water)
    }

    /// Wakes the sender, once for all the room that was made.
    pub fn wake(&self) {
        self.sender.unpark();
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
