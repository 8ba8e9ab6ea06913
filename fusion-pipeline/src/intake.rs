//! What a live pipeline takes of its feeds, and whom it waits for: a state machine with one owner, without threads or a
//! clock. Time is that of the scans.

use crate::feed::Total;
use crate::options::FeedOptions;
use crate::pipeline::MAXIMUM_LEAP_TICKS;
use crate::record::{FeedRecord, Loss};
use crate::sequencer::{FeedItem, Next, Sequencer, Tick};
use crate::shed::Shedder;
use fusion_core::node::TICK_S;
use fusion_core::types::{Scan, SensorId, Time};
use std::sync::Arc;

/// Merges live feeds by event time, and keeps account of every scan.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    sequencer: Sequencer,
    feeds: Vec<Taken>,
    start: Time,
    /// The last tick that was given out.
    closed: Option<Time>,
    /// Ticks up to here wait for nobody.
    advanced: Time,
}

/// What has been taken of one feed.
#[derive(Clone, Debug)]
struct Taken {
    silence_s: Option<f64>,
    shedder: Shedder,
    /// Nothing of this time or before is still to come.
    reached: Time,
    /// Time of the last scan.
    last: Time,
    /// Number of the next scan if none is dropped.
    next: u64,
    /// Whether nothing is still to come.
    has_ended: bool,
    /// Whether the last tick was closed without it.
    is_silent: bool,
    record: FeedRecord,
}

impl Intake {
    /// Of one feed for each sensor.
    pub fn new(start: Time, feeds: impl Iterator<Item = (SensorId, FeedOptions)>) -> Self {
        let taken = |(sensor, options): (SensorId, FeedOptions)| Taken {
            silence_s: options.silence_s,
            shedder: Shedder::new(options.most_per_tick),
            reached: Time::MIN,
            last: Time::MIN,
            next: 0,
            has_ended: false,
            is_silent: false,
            record: FeedRecord::new(sensor),
        };
        let feeds: Vec<Taken> = feeds.map(taken).collect();
        Intake {
            sequencer: Sequencer::new(start, feeds.len(), 0),
            feeds,
            start,
            closed: None,
            advanced: Time::MIN,
        }
    }

    /// Whether more of a feed is needed: for the next tick, or to see how long one that is missing has been silent.
    pub fn wants(&self, feed: usize) -> bool {
        let (Some(tick), Some(feed)) = (self.sequencer.next_tick(), self.feeds.get(feed)) else {
            return false;
        };
        let is_needed = |missing: &Taken| {
            let patience_s = missing.silence_s.filter(|_| missing.is_missing(tick));
            patience_s.is_some_and(|silence_s| feed.reached < tick.plus_seconds(silence_s))
        };
        !feed.has_ended && (feed.reached < tick || self.feeds.iter().any(is_needed))
    }

    /// Takes a scan, or notes why not; `number` counts what the feed has sent.
    pub fn take_scan(&mut self, feed: usize, number: u64, scan: Arc<Scan>) {
        let Some(taken) = self.feeds.get_mut(feed) else { return };
        taken.record.note_lost(taken.next, number.saturating_sub(taken.next), Loss::Dropped);
        taken.next = number + 1;
        let time = scan.time;
        let now = self.closed.unwrap_or(self.start);
        let allowed_s = MAXIMUM_LEAP_TICKS as f64 * TICK_S;
        let loss = if time.seconds_since(now) > allowed_s {
            Some(Loss::TooFarAhead)
        } else if time < taken.last || time <= taken.reached {
            Some(if self.closed.is_some_and(|closed| time <= closed) { Loss::Late } else { Loss::BackInTime })
        } else if self.closed.is_some_and(|closed| time <= closed) {
            taken.last = time;
            Some(Loss::Late)
        } else {
            taken.last = time;
            taken.reached = Time::from_nanoseconds(time.nanoseconds().saturating_sub(1)).max(taken.reached);
            let tick = (time.seconds_since(self.start) / TICK_S).ceil() as i64;
            (!taken.shedder.takes(tick)).then_some(Loss::Shed)
        };
        if let Some(why) = loss {
            taken.record.note_lost(number, 1, why);
        } else {
            taken.record.delivered += 1;
            self.sequencer.take_feed(feed, FeedItem::Scan(time, scan));
        }
        self.sequencer.take_feed(feed, FeedItem::Watermark(self.feeds[feed].reached));
    }

    /// Takes a feed's word that nothing up to `time` is still to come.
    pub fn take_watermark(&mut self, feed: usize, time: Time) {
        let Some(taken) = self.feeds.get_mut(feed) else { return };
        let now = self.closed.unwrap_or(self.start);
        // A broken clock cannot close a day.
        taken.reached = time.min(now.plus_seconds(MAXIMUM_LEAP_TICKS as f64 * TICK_S)).max(taken.reached);
        self.sequencer.take_feed(feed, FeedItem::Watermark(taken.reached));
    }

    /// Notes that a feed has ended, having sent as much as it says; without its word, as much as is known.
    pub fn end(&mut self, feed: usize, total: Option<Total>) {
        let Some(taken) = self.feeds.get_mut(feed) else { return };
        if taken.has_ended {
            return;
        }
        taken.has_ended = true;
        let record = &mut taken.record;
        let sent = total.map_or(taken.next, |total| total.sent);
        record.note_lost(taken.next, sent.saturating_sub(taken.next), Loss::Dropped);
        (record.sent, record.has_ended) = (sent, total.is_some());
        record.waits = total.map_or(0, |total| total.waits);
        self.sequencer.take_feed(feed, FeedItem::Watermark(Time::MAX));
    }

    /// Lets ticks up to `time` wait for nobody.
    pub fn advance(&mut self, time: Time) {
        self.advanced = self.advanced.max(time);
    }

    /// The next tick, if every feed is there, or has ended, or has been silent for as long as it may.
    pub fn next(&mut self) -> Next {
        let Some(tick) = self.sequencer.next_tick().filter(|_| !self.is_done()) else {
            return Next::Finished;
        };
        let furthest = self.feeds.iter().map(|feed| feed.reached).max().unwrap_or(Time::MIN);
        let is_silent = |feed: &Taken| {
            let patience_s = feed.silence_s.unwrap_or(f64::INFINITY);
            self.advanced >= tick || furthest.seconds_since(tick) >= patience_s
        };
        if self.feeds.iter().any(|feed| feed.is_missing(tick) && !is_silent(feed)) {
            return Next::Wait;
        }
        for (index, feed) in self.feeds.iter_mut().enumerate() {
            let is_missing = feed.is_missing(tick);
            if is_missing {
                feed.record.note_silent(tick, feed.is_silent);
                self.sequencer.take_feed(index, FeedItem::Watermark(tick));
            }
            feed.is_silent = is_missing;
        }
        let next = self.sequencer.next(true);
        if let Next::Tick(Tick { time, .. }) = next {
            self.closed = Some(time);
        }
        next
    }

    /// The next scan of a tick that was given out.
    pub fn scan_until(&mut self, tick: Time) -> Option<Arc<Scan>> {
        self.sequencer.scan_until(tick).map(|(_, scan)| scan)
    }

    /// Whether every feed has ended and every scan was given out.
    pub fn is_done(&self) -> bool {
        self.feeds.iter().all(|feed| feed.has_ended)
            && self.sequencer.last_scan().is_none()
            && self.closed.unwrap_or(self.start) >= self.advanced
    }

    /// What became of each feed's scans.
    pub fn records(&self) -> Vec<FeedRecord> {
        self.feeds.iter().map(|feed| feed.record.clone()).collect()
    }
}

impl Taken {
    /// Whether a tick would have to wait for it.
    fn is_missing(&self, tick: Time) -> bool {
        !self.has_ended && self.reached < tick
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
