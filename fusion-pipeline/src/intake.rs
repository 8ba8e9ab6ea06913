//! What a live pipeline takes of its feeds, and whom it waits for: a state machine with one owner, without threads or a
//! clock. Time is that of the scans.

use crate::feed::Total;
use crate::options::FeedOptions;
use crate::pipeline::MAXIMUM_LEAP_TICKS;
use crate::record::{Arrival, FeedRecord, Loss};
use crate::sequencer::{FeedItem, Next, Sequencer, Tick};
use crate::shed::Shedder;
use fusion_core::node::TICK_S;
use fusion_core::types::{Duration, Scan, SensorId, Time};
use std::sync::Arc;

/// A clock that is further ahead is broken, whatever else is known, s: closing all ticks up to there would take forever.
const MAXIMUM_LEAP_S: f64 = MAXIMUM_LEAP_TICKS as f64 * TICK_S;

/// Merges live feeds by event time, and keeps account of every scan.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    sequencer: Sequencer,
    feeds: Vec<Taken>,
    start: Time,
    /// The last tick that was given out.
    closed: Option<Time>,
    history_s: f64,
    /// What is of this time or before, a node would refuse: its history has closed over it.
    horizon: Time,
    /// Ticks up to here wait for nobody.
    advanced: Time,
}

/// What has been taken of one feed.
#[derive(Clone, Debug)]
struct Taken {
    silence_s: Option<f64>,
    ahead_s: f64,
    shedder: Shedder,
    /// Nothing of this time or before need be waited for.
    promised: Time,
    /// How far it is, as evidence of how long others have been silent.
    reached: Time,
    /// The time that it told of last, believed or not.
    claimed: Time,
    /// Since when, by its own clock, it has been too far ahead to be believed, and the tick that was last closed then.
    doubted: Option<(Time, Option<Time>)>,
    /// Number of the next scan if none is dropped.
    next: u64,
    /// Whether nothing is still to come.
    has_ended: bool,
    /// Whether the last tick was closed without it.
    is_silent: bool,
    record: FeedRecord,
}

impl Intake {
    /// Of one feed for each sensor, for nodes that take data in up to `history_s` late.
    pub fn new(start: Time, history_s: f64, feeds: impl Iterator<Item = (SensorId, FeedOptions)>) -> Self {
        let taken = |(sensor, options): (SensorId, FeedOptions)| Taken {
            silence_s: options.silence_s,
            ahead_s: options.ahead_s.unwrap_or(MAXIMUM_LEAP_S).min(MAXIMUM_LEAP_S),
            shedder: Shedder::new(options.most_per_tick),
            promised: Time::MIN,
            reached: Time::MIN,
            claimed: Time::MIN,
            doubted: None,
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
            history_s,
            // What was seen at the very start still counts.
            horizon: start + Duration::from_nanoseconds(-1),
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
        !feed.has_ended && (feed.promised < tick || self.feeds.iter().any(is_needed))
    }

    /// Takes a scan, or notes why not; `number` counts what the feed has sent.
    pub fn take_scan(&mut self, feed: usize, number: u64, scan: Arc<Scan>) {
        let is_believed = self.believes(feed, scan.time);
        let Some(taken) = self.feeds.get_mut(feed) else { return };
        taken.record.note_lost(taken.next, number.saturating_sub(taken.next), Loss::Dropped);
        taken.next = number + 1;
        let time = scan.time;
        let tick = (time.seconds_since(self.start) / TICK_S).ceil() as i64;
        let loss = if !is_believed {
            Some(Loss::TooFarAhead)
        } else if time <= self.horizon {
            Some(Loss::TooLate)
        } else {
            taken.reached = taken.reached.max(time + Duration::from_nanoseconds(-1));
            taken.promised = taken.promised.max(taken.reached);
            (!taken.shedder.takes(tick)).then_some(Loss::Shed)
        };
        if let Some(why) = loss {
            taken.record.note_lost(number, 1, why);
        } else {
            taken.record.delivered += 1;
            // A late one goes to the nodes with the tick that comes next.
            let closed = self.closed.filter(|closed| time <= *closed);
            let at = closed.map_or(time, |closed| closed + Duration::from_nanoseconds(1));
            if closed.is_some() {
                taken.record.note_late(number, at);
            }
            self.sequencer.take_feed(feed, FeedItem::Scan(at, scan));
        }
        self.sequencer.take_feed(feed, FeedItem::Watermark(self.feeds[feed].promised));
    }

    /// Takes a feed's word that nothing up to `time` is still to come.
    pub fn take_watermark(&mut self, feed: usize, time: Time) {
        let is_believed = self.believes(feed, time);
        let Some(taken) = self.feeds.get_mut(feed) else { return };
        // For itself it may promise a day.
        let now = self.closed.unwrap_or(self.start);
        let time = time.min(now.plus_seconds(MAXIMUM_LEAP_S));
        taken.promised = taken.promised.max(time);
        if is_believed {
            taken.reached = taken.reached.max(time);
        }
        self.sequencer.take_feed(feed, FeedItem::Watermark(taken.promised));
    }

    /// Whether a feed may be as far as it says: not too far ahead of what is known, unless others say so too or nothing else
    /// happens while its clock goes on.
    fn believes(&mut self, feed: usize, time: Time) -> bool {
        let Some(told) = self.feeds.get(feed) else { return false };
        let others =
            || self.feeds.iter().enumerate().filter(|(index, _)| *index != feed).map(|(_, other)| other);
        let is_at_risk = |other: &Taken| !other.has_ended && other.silence_s.is_some();
        let ahead_s = if others().any(is_at_risk) { told.ahead_s } else { MAXIMUM_LEAP_S };
        let now = self.closed.unwrap_or(self.start).max(self.advanced);
        let known = self.feeds.iter().map(|feed| feed.reached).fold(now, Time::max);
        let is_near = time.seconds_since(known) <= ahead_s
            || others().any(|other| time.seconds_since(other.claimed).abs() <= ahead_s);
        let (since, closed) =
            told.doubted.filter(|(_, closed)| *closed == self.closed).unwrap_or((time, self.closed));
        let is_all_there_is = time.seconds_since(since) > ahead_s;
        let is_possible = time.seconds_since(now) <= MAXIMUM_LEAP_S;
        let is_believed = is_possible && (is_near || is_all_there_is);
        let told = &mut self.feeds[feed];
        told.claimed = time;
        told.doubted = (!is_believed).then_some((since, closed));
        is_believed
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
            // A history begins with the last tick that is as old as it may be.
            let next = self.horizon.max(self.start).plus_seconds(TICK_S);
            if next <= time.plus_seconds(-self.history_s) {
                self.horizon = next;
            }
        }
        next
    }

    /// The next scan of a tick that was given out.
    pub fn scan_until(&mut self, tick: Time) -> Option<Arrival> {
        self.sequencer.scan_until(tick).map(|(at, scan)| Arrival { at, scan })
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
        !self.has_ended && self.promised < tick
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
