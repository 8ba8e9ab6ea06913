//! The delay queue: what has come, but arrives later. A state machine with one owner, without threads or a clock.

use fusion_core::types::Time;
use std::collections::VecDeque;

/// Items for which there is room from the start.
const RESERVED: usize = 64;

/// Items by when they arrive; of those of one instant, by a key that does not depend on the order in which they came.
///
/// Made for items that come nearly in order: one that is later than all others costs nothing but its place.
#[derive(Clone, Debug)]
pub(crate) struct DelayQueue<K, T> {
    items: VecDeque<(Time, K, T)>,
}

impl<K: Ord + Copy, T> DelayQueue<K, T> {
    pub fn new() -> Self {
        DelayQueue { items: VecDeque::with_capacity(RESERVED) }
    }

    /// Puts an item in; behind those of the same instant and key.
    pub fn put(&mut self, arrival: Time, key: K, item: T) {
        let place =
            self.items.partition_point(|(other, other_key, _)| (*other, *other_key) <= (arrival, key));
        self.items.insert(place, (arrival, key, item));
    }

    /// Takes the next item that has arrived by `now`, with its arrival.
    pub fn pop_until(&mut self, now: Time) -> Option<(Time, T)> {
        let (arrival, _, item) = self.items.pop_front_if(|(arrival, _, _)| *arrival <= now)?;
        Some((arrival, item))
    }

    /// When the last item arrives.
    pub fn last(&self) -> Option<Time> {
        self.items.back().map(|(arrival, _, _)| *arrival)
    }
}
