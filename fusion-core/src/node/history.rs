//! The bounded history of a node: what arrived when, and where the tracker stood, so that late data is replayed exactly.

use super::Setup;
use super::remote::Outcome;
use super::tracker::Tracker;
use crate::share::{Fact, FusionRule};
use crate::types::{Duration, NodeId, Scan, Time};
use std::collections::VecDeque;
use std::sync::Arc;

/// One thing that happened to a tracker.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Scan(Arc<Scan>),
    Fact(Arc<Fact>, FusionRule),
    Tick,
}

/// Where an entry stands: event time, kind, and numbers that tell entries of one kind and time apart (sensor and look;
/// author, track and version). The order of arrival is no part of it, so that nodes which hear the same end with the same
/// picture.
pub(super) type Place = (Time, u8, u64, u64, u64);

/// The tracker with its past.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// Where the tracker stands now.
    pub tracker: Tracker,
    entries: VecDeque<(Place, Entry)>,
    /// The tracker after each tick that is kept, oldest first.
    checkpoints: VecDeque<(Time, Tracker)>,
    /// Entries before this place have been applied.
    applied_until: Option<Place>,
    /// Entries that are to be applied at the next settling.
    fresh: Vec<(Place, Entry)>,
}

/// What settling did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    pub refused_facts: u64,
    pub known_facts: u64,
    pub duplicates: u64,
    pub replayed_entries: u64,
}

impl History {
    /// A tracker that knows nothing before `start`; what was seen at the very start still counts.
    pub fn new(start: Time) -> Self {
        let before = start + Duration::from_nanoseconds(-1);
        History {
            tracker: Tracker::default(),
            entries: VecDeque::new(),
            checkpoints: VecDeque::from([(before, Tracker::default())]),
            applied_until: None,
            fresh: Vec::new(),
        }
    }

    /// The earliest event time that can still be taken in.
    pub fn horizon(&self) -> Time {
        self.checkpoints.front().map_or(Time::MIN, |(time, _)| *time)
    }

    pub fn add(&mut self, place: Place, entry: Entry) {
        self.fresh.push((place, entry));
    }

    /// Brings the tracker to the tick at `now`: goes back where something fresh is late, and applies everything in order
    /// of place. What lies in the future waits for its tick.
    ///
    /// The caller has kept everything before [`History::horizon`] away.
    pub fn settle(&mut self, node: NodeId, setup: &Setup, now: Time) -> Settled {
        let mut settled = Settled::default();
        let present = (now, u8::MAX, 0, 0, 0);
        let mut fresh: Vec<_> = self.fresh.extract_if(.., |(place, _)| *place < present).collect();
        settled.duplicates = self.drop_duplicates(&mut fresh);
        if let Some(earliest) = fresh.first().map(|(place, _)| *place)
            && self.applied_until.is_some_and(|applied| earliest <= applied)
        {
            settled.replayed_entries = self.go_back_before(earliest.0);
        }
        fresh.push((present, Entry::Tick));
        let first_open = match self.applied_until {
            None => 0,
            Some(applied) => self.entries.partition_point(|(place, _)| *place <= applied),
        };
        for (place, entry) in fresh {
            let index = self.entries.partition_point(|(known, _)| *known < place);
            self.entries.insert(index, (place, entry));
        }
        for index in first_open..self.entries.len() {
            let (place, entry) = self.entries[index].clone();
            self.apply(node, setup, place.0, &entry, place.0 == now, &mut settled);
            self.applied_until = Some(place);
        }
        self.forget(setup, now);
        settled
    }

    /// Sorts what is fresh by place and drops what is known: the same place twice is the same thing twice, and no reason
    /// to go back. Gives how many were dropped.
    fn drop_duplicates(&self, fresh: &mut Vec<(Place, Entry)>) -> u64 {
        let arrived = fresh.len();
        // Stable, so that the first to arrive stays.
        fresh.sort_by_key(|(place, _)| *place);
        fresh.dedup_by_key(|(place, _)| *place);
        fresh.retain(|(place, _)| self.entries.binary_search_by_key(place, |(known, _)| *known).is_err());
        (arrived - fresh.len()) as u64
    }

    /// Restores the last checkpoint before `time`; gives how many entries are to be applied again.
    fn go_back_before(&mut self, time: Time) -> u64 {
        while self.checkpoints.len() > 1
            && self.checkpoints.back().is_some_and(|(checkpoint, _)| *checkpoint >= time)
        {
            self.checkpoints.pop_back();
        }
        let Some((checkpoint, tracker)) = self.checkpoints.back() else { return 0 };
        self.tracker = tracker.clone();
        let place = (*checkpoint, u8::MAX, 0, 0, 0);
        self.applied_until = Some(place);
        self.entries.iter().filter(|(known, _)| *known > place).count() as u64
    }

    fn apply(
        &mut self,
        node: NodeId,
        setup: &Setup,
        time: Time,
        entry: &Entry,
        is_present: bool,
        settled: &mut Settled,
    ) {
        match entry {
            Entry::Scan(scan) => self.tracker.scan(node, setup, scan),
            Entry::Fact(fact, fusion) => {
                let outcome = match &**fact {
                    Fact::Tracklet(tracklet) => self.tracker.tracklet(setup, tracklet),
                    Fact::Estimate(estimate) => self.tracker.estimate(setup, estimate, *fusion, time),
                    Fact::Cue { .. } => Outcome::Used,
                };
                settled.refused_facts += u64::from(outcome == Outcome::Refused);
                settled.known_facts += u64::from(outcome == Outcome::Known);
            }
            Entry::Tick => {
                self.tracker.tick(setup, time);
                // At the present tick the node reports first; past ticks have been reported.
                if !is_present {
                    self.tracker.clear_unreported();
                    self.checkpoints.push_back((time, self.tracker.clone()));
                }
            }
        }
    }

    /// To be called when the reports of the present tick have been made.
    pub fn reported(&mut self, now: Time) {
        self.tracker.clear_unreported();
        self.checkpoints.push_back((now, self.tracker.clone()));
    }

    fn forget(&mut self, setup: &Setup, now: Time) {
        let oldest = now.plus_seconds(-setup.tracker.history_s);
        while self.checkpoints.get(1).is_some_and(|(time, _)| *time <= oldest) {
            self.checkpoints.pop_front();
        }
        let horizon = self.horizon();
        while self.entries.front().is_some_and(|(place, _)| place.0 <= horizon) {
            self.entries.pop_front();
        }
    }
}
