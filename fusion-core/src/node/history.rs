//! The bounded history of a node: what arrived when, and where the tracker stood, so that late data is replayed exactly.

use super::Setup;
use super::remote::Outcome;
use super::same::Neighbours;
use super::scan::Scratch;
use super::tracker::Tracker;
use crate::association::Method;
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
    /// Trackers of checkpoints that are no more, for their memory.
    spare: Vec<Tracker>,
    /// Entries that are to be applied at the next settling, by place; of equal ones the first to arrive stands first.
    fresh: Vec<(Place, Entry)>,
    scratch: Scratch,
    neighbours: Neighbours,
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
    pub fn new(start: Time, method: Method) -> Self {
        let before = start + Duration::from_nanoseconds(-1);
        History {
            tracker: Tracker::default(),
            entries: VecDeque::new(),
            checkpoints: VecDeque::from([(before, Tracker::default())]),
            applied_until: None,
            spare: Vec::new(),
            fresh: Vec::new(),
            scratch: Scratch::new(method),
            neighbours: Neighbours::default(),
        }
    }

    /// The earliest event time that can still be taken in.
    pub fn horizon(&self) -> Time {
        self.checkpoints.front().map_or(Time::MIN, |(time, _)| *time)
    }

    pub fn add(&mut self, place: Place, entry: Entry) {
        let index = self.fresh.partition_point(|(known, _)| *known <= place);
        self.fresh.insert(index, (place, entry));
    }

    /// Brings the tracker to the tick at `now`: goes back where something fresh is late, and applies everything in order
    /// of place. What lies in the future waits for its tick.
    ///
    /// The caller has kept everything before [`History::horizon`] away.
    pub fn settle(&mut self, node: NodeId, setup: &Setup, now: Time) -> Settled {
        let mut settled = Settled::default();
        let present = (now, u8::MAX, 0, 0, 0);
        let due = self.fresh.partition_point(|(place, _)| *place < present);
        let first_new =
            self.fresh[..due].iter().map(|(place, _)| *place).find(|place| !self.is_known(*place));
        if let Some(earliest) = first_new
            && self.applied_until.is_some_and(|applied| earliest <= applied)
        {
            settled.replayed_entries = self.go_back_before(earliest.0);
        }
        let first_open = match self.applied_until {
            None => 0,
            Some(applied) => self.entries.partition_point(|(place, _)| *place <= applied),
        };
        for (place, entry) in self.fresh.drain(..due) {
            // The same place twice is the same thing twice, and no reason to go back.
            match self.entries.binary_search_by_key(&place, |(known, _)| *known) {
                Ok(_) => settled.duplicates += 1,
                Err(index) => self.entries.insert(index, (place, entry)),
            }
        }
        let index = self.entries.partition_point(|(known, _)| *known < present);
        self.entries.insert(index, (present, Entry::Tick));
        for index in first_open..self.entries.len() {
            let (place, entry) = self.entries[index].clone();
            self.apply(node, setup, place.0, &entry, place.0 == now, &mut settled);
            self.applied_until = Some(place);
        }
        self.forget(setup, now);
        settled
    }

    fn is_known(&self, place: Place) -> bool {
        self.entries.binary_search_by_key(&place, |(known, _)| *known).is_ok()
    }

    /// Restores the last checkpoint before `time`; gives how many entries are to be applied again.
    fn go_back_before(&mut self, time: Time) -> u64 {
        while self.checkpoints.len() > 1
            && self.checkpoints.back().is_some_and(|(checkpoint, _)| *checkpoint >= time)
        {
            self.spare.extend(self.checkpoints.pop_back().map(|(_, tracker)| tracker));
        }
        let Some((checkpoint, tracker)) = self.checkpoints.back() else { return 0 };
        self.tracker.clone_from(tracker);
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
            Entry::Scan(scan) => self.tracker.scan(node, setup, scan, &mut self.scratch),
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
                self.tracker.tick(setup, time, &mut self.neighbours);
                // At the present tick the node reports first; past ticks have been reported.
                if !is_present {
                    self.reported(time);
                }
            }
        }
    }

    /// To be called when the reports of the present tick have been made: notes where the tracker stands.
    pub fn reported(&mut self, now: Time) {
        self.tracker.unreported.clear();
        let mut checkpoint = self.spare.pop().unwrap_or_default();
        checkpoint.clone_from(&self.tracker);
        self.checkpoints.push_back((now, checkpoint));
    }

    fn forget(&mut self, setup: &Setup, now: Time) {
        let oldest = now.plus_seconds(-setup.tracker.history_s);
        while self.checkpoints.get(1).is_some_and(|(time, _)| *time <= oldest) {
            self.spare.extend(self.checkpoints.pop_front().map(|(_, tracker)| tracker));
        }
        let horizon = self.horizon();
        while self.entries.front().is_some_and(|(place, _)| place.0 <= horizon) {
            self.entries.pop_front();
        }
    }
}
