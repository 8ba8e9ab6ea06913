//! What a node waits for before each tick, and what it then gets: a state machine with one owner, without threads.

use crate::delay::DelayQueue;
use fusion_core::node::TICK_S;
use fusion_core::share::Delivery;
use fusion_core::types::{Scan, SensorId, Time};
use std::sync::Arc;

/// What the ring of a feed carries.
#[derive(Clone, Debug)]
pub(crate) enum FeedItem {
    /// A scan and when it arrives at the node.
    Scan(Time, Arc<Scan>),
    /// Nothing of this time or before is still to come.
    Watermark(Time),
    /// Nothing is still to come.
    End,
}

/// What the ring between two nodes carries.
#[derive(Clone, Debug)]
pub(crate) enum LinkItem {
    /// A message.
    Delivery(Delivery),
    /// The sender has finished the tick of this number, and what it sent then is all here.
    Ticked(u64),
}

/// A tick: from now on it may be asked what has arrived by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Its number, from one.
    pub number: u64,
    /// Its instant.
    pub time: Time,
}

/// What a node can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Something is missing for the next tick.
    Wait,
    /// Take what has arrived, and tick.
    Tick(Tick),
    /// A feed has ended before the next tick: there is none.
    Finished,
}

/// Merges the rings of one node, or the feeds of a live pipeline, by event time.
#[derive(Clone, Debug)]
pub(crate) struct Sequencer {
    /// Instant of the next tick; none at the end of all time.
    tick: Option<Time>,
    /// Ticks given out.
    given: u64,
    feeds: Vec<Feed>,
    /// For each sending node, the ticks that it has finished.
    ticked: Vec<u64>,
    scans: DelayQueue<(SensorId, u32), Arc<Scan>>,
    deliveries: DelayQueue<(u16, u64), Delivery>,
}

#[derive(Clone, Copy, Debug)]
struct Feed {
    watermark: Time,
    has_ended: bool,
}

impl Sequencer {
    /// For a node with `feeds` rings of scans and `senders` rings of messages. Needs at least one feed: time passes there.
    pub fn new(start: Time, feeds: usize, senders: usize) -> Self {
        Sequencer {
            tick: following(start),
            given: 0,
            feeds: vec![Feed { watermark: Time::MIN, has_ended: false }; feeds],
            ticked: vec![0; senders],
            scans: DelayQueue::new(),
            deliveries: DelayQueue::new(),
        }
    }

    /// Instant of the next tick; none at the end of all time.
    pub fn next_tick(&self) -> Option<Time> {
        self.tick
    }

    /// Whether the next tick needs more of a feed. What it doesn't need stays in the ring, so that little is held here.
    pub fn wants_feed(&self, feed: usize) -> bool {
        let Some(tick) = self.tick else { return false };
        self.feeds.get(feed).is_some_and(|feed| !feed.has_ended && feed.watermark < tick)
    }

    /// Whether the next tick needs more of a sender.
    pub fn wants_sender(&self, sender: usize) -> bool {
        self.ticked.get(sender).is_some_and(|ticked| *ticked < self.given)
    }

    /// Takes what came over a feed.
    pub fn take_feed(&mut self, feed: usize, item: FeedItem) {
        match item {
            FeedItem::Scan(arrival, scan) => self.scans.put(arrival, (scan.sensor, scan.sequence), scan),
            FeedItem::Watermark(time) => self.feeds[feed].watermark = time,
            FeedItem::End => self.feeds[feed].has_ended = true,
        }
    }

    /// Takes what came from a sender.
    pub fn take_sender(&mut self, sender: usize, item: LinkItem) {
        match item {
            LinkItem::Delivery(delivery) => {
                self.deliveries.put(delivery.arrival, delivery.order, delivery);
            }
            LinkItem::Ticked(number) => self.ticked[sender] = number,
        }
    }

    /// The next tick, if everything for it is here and the node `may_tick`.
    pub fn next(&mut self, may_tick: bool) -> Next {
        let Some(time) = self.tick else { return Next::Finished };
        if self.feeds.iter().any(|feed| feed.has_ended && feed.watermark < time) {
            return Next::Finished;
        }
        let has_feeds = self.feeds.iter().all(|feed| feed.watermark >= time);
        if !may_tick || !has_feeds || self.ticked.iter().any(|ticked| *ticked < self.given) {
            return Next::Wait;
        }
        self.given += 1;
        self.tick = following(time);
        Next::Tick(Tick { number: self.given, time })
    }

    /// The next scan that has arrived by `tick`, with its arrival: in an order that does not depend on that of the rings.
    pub fn scan_until(&mut self, tick: Time) -> Option<(Time, Arc<Scan>)> {
        self.scans.pop_until(tick)
    }

    /// The next message that has arrived by `tick`.
    pub fn delivery_until(&mut self, tick: Time) -> Option<Delivery> {
        self.deliveries.pop_until(tick).map(|(_, delivery)| delivery)
    }

    /// When the last scan arrives that is still held.
    pub fn last_scan(&self) -> Option<Time> {
        self.scans.last()
    }
}

/// The tick after `time`; none where time can be told no further.
fn following(time: Time) -> Option<Time> {
    Some(time.plus_seconds(TICK_S)).filter(|tick| *tick > time)
}

#[cfg(test)]
#[path = "sequencer_tests.rs"]
mod tests;
