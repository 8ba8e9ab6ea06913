//! The bounded history of a node: what arrived when, and where the tracker stood, so that late data is replayed exactly.

use super::late::LateScratch;
use super::remote::Outcome;
use super::same::Neighbours;
use super::scan::Scratch;
use super::snapshot::shared;
use super::tracker::Tracker;
use super::trust::vaguer;
use super::{LatePolicy, Setup, TrackerConfig};
use crate::share::{Fact, FusionRule};
use crate::types::{Duration, NodeId, Scan, Time};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// One thing that happened to a tracker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Entry {
    Scan(#[serde(with = "shared")] Arc<Scan>),
    Fact(#[serde(with = "shared")] Arc<Fact>, FusionRule),
    Tick,
}

/// Where an entry stands: event time, kind, and numbers that tell entries of one kind and time apart (sensor and look;
/// author, track and version). The order of arrival is no part of it, so that nodes which hear the same end with the same
/// picture.
pub(super) type Place = (Time, u8, u64, u64, u64);

/// Entries that wait for the next settling, or for a tick that is still far away, at most.
const MOST_WAITING: usize = 262_144;

/// The tracker with its past.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct History {
    /// Where the tracker stands now.
    pub tracker: Tracker,
    entries: VecDeque<(Place, Entry)>,
    /// The tracker after each tick that is kept, oldest first.
    checkpoints: VecDeque<(Time, Tracker)>,
    /// Entries before this place have been applied.
    applied_until: Option<Place>,
    /// Trackers of checkpoints that are no more, for their memory.
    #[serde(skip)]
    spare: Vec<Tracker>,
    /// Entries that are to be applied at the next settling, by place; of equal ones the first to arrive stands first.
    fresh: Vec<(Place, Entry)>,
    #[serde(skip)]
    scratch: Scratch,
    #[serde(skip)]
    late_scratch: LateScratch,
    late: LatePolicy,
    /// Who was found out, and the span of event time in which nothing of it is taken in when it is gone through again.
    barred: Vec<(NodeId, Time, Time)>,
    #[serde(skip)]
    neighbours: Neighbours,
}

/// What settling did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    pub refused_facts: u64,
    pub known_facts: u64,
    pub duplicates: u64,
    pub retrodicted: u64,
    pub too_late: u64,
    pub barred: u64,
    pub replayed_entries: u64,
}

impl History {
    /// A tracker that knows nothing before `start`; what was seen at the very start still counts.
    pub fn new(start: Time, config: &TrackerConfig) -> Self {
        let before = start + Duration::from_nanoseconds(-1);
        History {
            tracker: Tracker::default(),
            entries: VecDeque::new(),
            checkpoints: VecDeque::from([(before, Tracker::default())]),
            applied_until: None,
            spare: Vec::new(),
            fresh: Vec::new(),
            scratch: Scratch::new(config.association),
            late_scratch: LateScratch::default(),
            late: config.late,
            barred: Vec::new(),
            neighbours: Neighbours::default(),
        }
    }

    /// What was saved, with room to work in.
    pub fn restored(self, config: &TrackerConfig) -> Self {
        History { scratch: Scratch::new(config.association), ..self }
    }

    /// What is not later than this can no longer be taken in.
    pub fn horizon(&self) -> Time {
        match self.late {
            LatePolicy::Refuse => self.last_tick(),
            LatePolicy::Reprocess | LatePolicy::Retrodict => {
                self.checkpoints.front().map_or(Time::MIN, |(time, _)| *time)
            }
        }
    }

    /// A whole estimate that is not later than this is brought forward to its arrival.
    pub fn closed_to_estimates(&self) -> Time {
        match self.late {
            LatePolicy::Reprocess => self.horizon(),
            LatePolicy::Retrodict | LatePolicy::Refuse => self.last_tick(),
        }
    }

    fn last_tick(&self) -> Time {
        self.checkpoints.back().map_or(Time::MIN, |(time, _)| *time)
    }

    /// Keeps an entry for the next settling, or for the tick of its time; false, and not kept, where too much waits already.
    pub fn add(&mut self, place: Place, entry: Entry) -> bool {
        if self.fresh.len() >= MOST_WAITING {
            return false;
        }
        let index = self.fresh.partition_point(|(known, _)| *known <= place);
        self.fresh.insert(index, (place, entry));
        true
    }

    /// Brings the tracker to the tick at `now`: goes back where something fresh is late, and applies everything in order
    /// of place. What lies in the future waits for its tick.
    ///
    /// The caller has kept everything before [`History::horizon`] away.
    pub fn settle(&mut self, node: NodeId, setup: &Setup, now: Time) -> Settled {
        let mut settled = Settled::default();
        let present = (now, u8::MAX, 0, 0, 0);
        if self.late == LatePolicy::Retrodict {
            self.retrodict(setup, &mut settled);
        }
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
        let mut index = first_open;
        while let Some((place, entry)) = self.entries.get(index).cloned() {
            self.apply(node, setup, place.0, &entry, place.0 == now, &mut settled);
            self.applied_until = Some(place);
            index += 1;
            if let Some(peer) = self.tracker.trust.take_caught()
                && self.bar(peer, place.0)
            {
                settled.replayed_entries += self.expel(peer);
                index = self.entries.partition_point(|(known, _)| Some(*known) <= self.applied_until);
            }
        }
        self.forget(setup, now);
        settled
    }

    /// Takes everything that came after its tick into the present tracks.
    fn retrodict(&mut self, setup: &Setup, settled: &mut Settled) {
        let Some(applied) = self.applied_until else { return };
        let late = self.fresh.partition_point(|(place, _)| *place <= applied);
        for (place, entry) in self.fresh.drain(..late) {
            let Err(index) = self.entries.binary_search_by_key(&place, |(known, _)| *known) else {
                settled.duplicates += 1;
                continue;
            };
            let is_before = |(time, _): &&(Time, Tracker)| *time <= place.0;
            let Some((at, earlier)) = self.checkpoints.iter().rev().find(is_before) else {
                settled.too_late += 1;
                continue;
            };
            let earlier = (earlier, *at);
            let is_used = match &entry {
                Entry::Scan(scan) => self.tracker.late_scan(setup, scan, earlier, &mut self.late_scratch),
                Entry::Fact(fact, _) => match &**fact {
                    Fact::Tracklet(tracklet) => {
                        self.tracker.late_tracklet(setup, tracklet, earlier) == Outcome::Used
                    }
                    Fact::Estimate(_) | Fact::Cue { .. } => false,
                },
                Entry::Tick => false,
            };
            settled.retrodicted += u64::from(is_used);
            settled.too_late += u64::from(!is_used);
            // Kept so that its like is known when it comes again.
            self.entries.insert(index, (place, entry));
        }
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
            Entry::Scan(scan) => self.apply_scan(node, setup, scan, settled),
            Entry::Fact(fact, fusion) => {
                let outcome = self.apply_fact(setup, fact, *fusion, time);
                settled.refused_facts += u64::from(outcome == Some(Outcome::Refused));
                settled.known_facts += u64::from(outcome == Some(Outcome::Known));
                settled.barred += u64::from(outcome.is_none());
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

    fn apply_scan(&mut self, node: NodeId, setup: &Setup, scan: &Scan, settled: &mut Settled) {
        let Some(sensor) = setup.sensor(scan.sensor) else { return };
        if sensor.owner == node {
            self.tracker.trust.look(node, setup, scan, &mut self.scratch);
        } else {
            self.tracker.try_scan((node, sensor.owner), setup, scan, &mut self.scratch);
            if self.is_barred(sensor.owner, scan.time) {
                settled.barred += 1;
                return;
            }
        }
        self.tracker.scan(node, setup, scan, &mut self.scratch);
    }

    /// Tests a fact and takes it in; none where its author is not believed.
    fn apply_fact(&mut self, setup: &Setup, fact: &Fact, fusion: FusionRule, time: Time) -> Option<Outcome> {
        let author = fact.origin().0;
        self.tracker.try_fact(setup, fact, fusion, time);
        if self.is_barred(author, time) {
            return None;
        }
        let caution = self.tracker.trust.caution(setup, author);
        if caution > 1.0 {
            let vague = vaguer(fact, caution);
            return Some(
                vague.map_or(Outcome::Refused, |fact| self.tracker.fact(setup, &fact, fusion, time)),
            );
        }
        Some(self.tracker.fact(setup, fact, fusion, time))
    }

    fn is_barred(&self, peer: NodeId, time: Time) -> bool {
        let holds = |(barred, from, until): &(NodeId, Time, Time)| {
            *barred == peer && (*from..=*until).contains(&time)
        };
        self.tracker.trust.is_quarantined(peer) || self.barred.iter().any(holds)
    }

    /// Bars a node that was found out from all of the history up to `until`; false where it was already.
    fn bar(&mut self, peer: NodeId, until: Time) -> bool {
        let first = self.checkpoints.front().map_or(Time::MIN, |(time, _)| *time);
        if self.barred.iter().any(|(barred, from, to)| *barred == peer && (*from..=*to).contains(&until)) {
            return false;
        }
        self.barred.push((peer, first, until));
        true
    }

    /// Goes back to where the history begins, and takes a node's part out there; what follows is to be applied again, without it.
    fn expel(&mut self, peer: NodeId) -> u64 {
        let entries = self.go_back_before(Time::MIN);
        self.tracker.expel(peer);
        if let Some((_, checkpoint)) = self.checkpoints.back_mut() {
            checkpoint.clone_from(&self.tracker);
        }
        entries
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
        self.barred.retain(|(_, _, until)| *until > horizon);
        while self.entries.front().is_some_and(|(place, _)| place.0 <= horizon) {
            self.entries.pop_front();
        }
    }
}
