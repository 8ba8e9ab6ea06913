//! What became of everything that live feeds sent: enough to replay the run.

use crate::report::Report;
use fusion_core::types::{Scan, SensorId, Time};
use std::sync::Arc;

/// Why a scan that was sent did not reach a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Loss {
    /// The ring was full and it was the oldest.
    Dropped,
    /// The feed had sent too many for that tick.
    Shed,
    /// It came when the nodes' histories had closed over its time.
    TooLate,
    /// It was further ahead than [`FeedOptions::ahead_s`](crate::FeedOptions::ahead_s) allows.
    TooFarAhead,
}

/// Scans of one feed, one after the other, that were lost for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Number of the first among those that the feed sent, from zero.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// Why.
    pub why: Loss,
}

/// Scans of one feed, one after the other, that came when their ticks had been closed, and were handed on all the same: a
/// node goes back through its history for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Number of the first among those that the feed sent, from zero.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// When they were handed on: just after the last tick that was closed.
    pub at: Time,
}

/// A scan and when it is handed in: at its own time, or later.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// When.
    pub at: Time,
    /// What.
    pub scan: Arc<Scan>,
}

impl From<Arc<Scan>> for Arrival {
    /// In time.
    fn from(scan: Arc<Scan>) -> Self {
        Arrival { at: scan.time, scan }
    }
}

/// Ticks, one after the other, that were closed without a feed as it had been silent for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The first of them.
    pub from: Time,
    /// How many.
    pub ticks: u64,
}

/// What became of one feed's scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRecord {
    /// Its sensor.
    pub sensor: SensorId,
    /// Scans that it sent, as it says itself, or as far as is known when it had not ended.
    pub sent: u64,
    /// Scans that were handed on to the nodes.
    pub delivered: u64,
    /// All others, in order.
    pub lost: Vec<Lost>,
    /// Those that were delivered late, in order.
    pub late: Vec<Late>,
    /// When nobody waited for it.
    pub silences: Vec<Silence>,
    /// Times that it found its ring full.
    pub waits: u64,
    /// Whether it ended by itself.
    pub has_ended: bool,
}

impl FeedRecord {
    pub(crate) fn new(sensor: SensorId) -> Self {
        FeedRecord {
            sensor,
            sent: 0,
            delivered: 0,
            lost: Vec::new(),
            late: Vec::new(),
            silences: Vec::new(),
            waits: 0,
            has_ended: false,
        }
    }

    /// Scans that were lost for a reason.
    pub fn count(&self, why: Loss) -> u64 {
        self.lost.iter().filter(|lost| lost.why == why).map(|lost| lost.count).sum()
    }

    /// Scans that were delivered late.
    pub fn late_scans(&self) -> u64 {
        self.late.iter().map(|late| late.count).sum()
    }

    /// Ticks that were closed without it.
    pub fn silent_ticks(&self) -> u64 {
        self.silences.iter().map(|silence| silence.ticks).sum()
    }

    /// Scans sent of which nobody knows what became of them: zero, or the pipeline has a fault.
    pub fn unaccounted(&self) -> i128 {
        let lost: u64 = self.lost.iter().map(|lost| lost.count).sum();
        i128::from(self.sent) - i128::from(self.delivered) - i128::from(lost)
    }

    /// Whether the scan of this number, from zero, was delivered.
    pub fn has_delivered(&self, number: u64) -> bool {
        let after = self.lost.partition_point(|lost| lost.first <= number);
        let before = after.checked_sub(1).and_then(|index| self.lost.get(index));
        number < self.sent && before.is_none_or(|lost| number - lost.first >= lost.count)
    }

    /// The scan of a number as it was handed in; none when it was not delivered.
    pub(crate) fn arrival(&self, number: u64, scan: &Arc<Scan>) -> Option<Arrival> {
        let after = self.late.partition_point(|late| late.first <= number);
        let before = after.checked_sub(1).and_then(|index| self.late.get(index));
        let late = before.filter(|late| number - late.first < late.count);
        let at = late.map_or(scan.time, |late| late.at);
        self.has_delivered(number).then(|| Arrival { at, scan: Arc::clone(scan) })
    }

    pub(crate) fn note_late(&mut self, number: u64, at: Time) {
        match self.late.last_mut() {
            Some(last) if last.at == at && last.first + last.count == number => last.count += 1,
            _ => self.late.push(Late { first: number, count: 1, at }),
        }
    }

    pub(crate) fn note_lost(&mut self, first: u64, count: u64, why: Loss) {
        if count == 0 {
            return;
        }
        match self.lost.last_mut() {
            Some(last) if last.why == why && last.first + last.count == first => last.count += count,
            _ => self.lost.push(Lost { first, count, why }),
        }
    }

    /// Notes that a tick was closed without it; `goes_on` when the one before was, too.
    pub(crate) fn note_silent(&mut self, tick: Time, goes_on: bool) {
        match self.silences.last_mut() {
            Some(last) if goes_on => last.ticks += 1,
            _ => self.silences.push(Silence { from: tick, ticks: 1 }),
        }
    }
}

/// What a live pipeline did, and with what.
#[derive(Clone, Debug)]
pub struct LiveReport {
    /// What the nodes did.
    pub report: Report,
    /// What became of each feed's scans, by sensor.
    pub feeds: Vec<FeedRecord>,
    /// The last tick.
    pub until: Time,
}

impl LiveReport {
    /// Of everything that the feeds sent, by sensor and in the order in which they sent it, the scans that were delivered,
    /// as they were handed in: [`replay`](crate::replay) of these until [`LiveReport::until`] gives the same digest.
    pub fn delivered(&self, sent: &[Vec<Arc<Scan>>]) -> Vec<Arrival> {
        let mut delivered = Vec::new();
        for (record, scans) in self.feeds.iter().zip(sent) {
            delivered.extend((0..).zip(scans).filter_map(|(number, scan)| record.arrival(number, scan)));
        }
        delivered.sort_by_key(|arrival| (arrival.at, arrival.scan.sensor, arrival.scan.sequence));
        delivered
    }
}
