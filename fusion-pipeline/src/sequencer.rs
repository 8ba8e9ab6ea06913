//! What a node waits for before each tick, and what it then gets: a state machine with one owner, without threads.

use fusion_core::node::TICK_S;
use fusion_core::share::Delivery;
use fusion_core::types::{Scan, Time};
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

/// Everything that arrives at a node between two ticks, in an order that does not depend on the order of the rings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    /// Number of the tick, from one.
    pub number: u64,
    /// Its instant.
    pub time: Time,
    /// Scans with their arrivals.
    pub scans: Vec<(Time, Arc<Scan>)>,
    /// Messages.
    pub deliveries: Vec<Delivery>,
}

/// What a node can do.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Something is missing for the next tick.
    Wait,
    /// Tick.
    Tick(Batch),
    /// A feed has ended before the next tick: there is none.
    Finished,
}

/// Merges the rings of one node.
#[derive(Clone, Debug)]
pub(crate) struct Sequencer {
    /// Instant of the next tick; none at the end of all time.
    tick: Option<Time>,
    /// Ticks given out.
    given: u64,
    feeds: Vec<Feed>,
    /// For each sending node, the ticks that it has finished.
    ticked: Vec<u64>,
    scans: Vec<(Time, Arc<Scan>)>,
    deliveries: Vec<Delivery>,
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
            scans: Vec::new(),
            deliveries: Vec::new(),
        }
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
            FeedItem::Scan(arrival, scan) => self.scans.push((arrival, scan)),
            FeedItem::Watermark(time) => self.feeds[feed].watermark = time,
            FeedItem::End => self.feeds[feed].has_ended = true,
        }
    }

    /// Takes what came from a sender.
    pub fn take_sender(&mut self, sender: usize, item: LinkItem) {
        match item {
            LinkItem::Delivery(delivery) => self.deliveries.push(delivery),
            LinkItem::Ticked(number) => self.ticked[sender] = number,
        }
    }

    /// The next tick, if everything for it is here and the node `may_tick`.
    pub fn next(&mut self, may_tick: bool) -> Next {
        let Some(tick) = self.tick else { return Next::Finished };
        if self.feeds.iter().any(|feed| feed.has_ended && feed.watermark < tick) {
            return Next::Finished;
        }
        let has_feeds = self.feeds.iter().all(|feed| feed.watermark >= tick);
        if !may_tick || !has_feeds || self.ticked.iter().any(|ticked| *ticked < self.given) {
            return Next::Wait;
        }
        self.given += 1;
        self.tick = following(tick);
        let mut scans: Vec<(Time, Arc<Scan>)> =
            self.scans.extract_if(.., |(arrival, _)| *arrival <= tick).collect();
        scans.sort_by_key(|(arrival, scan)| (*arrival, scan.sensor, scan.sequence));
        let mut deliveries: Vec<Delivery> =
            self.deliveries.extract_if(.., |delivery| delivery.arrival <= tick).collect();
        deliveries.sort_by_key(|delivery| (delivery.arrival, delivery.order));
        Next::Tick(Batch { number: self.given, time: tick, scans, deliveries })
    }
}

/// The tick after `time`; none where time can be told no further.
fn following(time: Time) -> Option<Time> {
    Some(time.plus_seconds(TICK_S)).filter(|tick| *tick > time)
}

#[cfg(test)]
#[path = "sequencer_tests.rs"]
mod tests;
