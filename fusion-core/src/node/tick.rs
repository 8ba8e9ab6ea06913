//! A tick: the tracker settles, and the node says what it knows, what it can tell and what happened.

use super::picture::Digested;
use super::tracker::Tracker;
use super::{Event, EventKind, Node, Picture, PictureTrack};
use crate::share::{Estimate, ObjectClass, Released, Report, Tracklet};
use crate::track::Track;
use crate::types::{NodeId, Plot, SensorId, Time};
use crate::warning::Area;
use std::fmt::Write;

/// What a node says at a tick.
#[derive(Clone, Debug)]
pub struct TickResult {
    /// What it knows.
    pub picture: Picture,
    /// What it can tell others of its own tracks.
    pub reports: Vec<Report>,
    /// What it has heard from others since the last tick, each fact once.
    pub heard: Vec<Released>,
    /// What happened.
    pub events: Vec<Event>,
}

impl TickResult {
    /// Nothing known and nothing said: for [`Node::tick_into`] to fill.
    pub fn empty(node: NodeId, time: Time) -> Self {
        let picture = Picture::empty(node, time);
        TickResult { picture, reports: Vec::new(), heard: Vec::new(), events: Vec::new() }
    }
}

impl Node {
    /// Brings the picture to `now` and says what is known, what can be told and what happened.
    pub fn tick(&mut self, now: Time) -> TickResult {
        let mut result = TickResult::empty(self.id, now);
        self.tick_into(now, &mut result);
        result
    }

    /// [`Node::tick`] in the memory of an earlier result, nothing else of which is kept: with the same one handed in time and
    /// again, a tick allocates nothing but for what is new, such as an object or a message.
    pub fn tick_into(&mut self, now: Time, result: &mut TickResult) {
        let settled = self.history.settle(self.id, &self.setup, now);
        self.counts.refused += settled.refused_facts;
        self.counts.known += settled.known_facts;
        self.counts.duplicates += settled.duplicates;
        self.counts.barred += settled.barred;
        self.counts.retrodicted += settled.retrodicted;
        self.counts.too_late += settled.too_late;
        self.counts.replayed += settled.replayed_entries;
        let (tracks, horizon) = (&self.history.tracker.tracks, self.history.horizon());
        let (node, events) = (self.id, &mut self.events);
        let say = |kind| events.push(Event { time: now, node, kind });
        self.registrar.tick((&self.setup, tracks), (horizon, now), say);
        self.history.tracker.payloads_into(&self.setup, &mut self.payloads);
        self.report(now, &mut result.reports);
        self.draw(now, &mut result.picture);
        self.history.reported(now);
        self.note_due_contacts(now);
        self.note_events(&result.picture);
        self.note_peers(now);
        result.picture.digest_into(&mut self.hasher);
        result.events.clear();
        std::mem::swap(&mut result.events, &mut self.events);
        for event in &result.events {
            // Nothing can go wrong where a digest is all that is written.
            let _ = write!(Digested(&mut self.hasher), "{event:?}");
        }
        result.heard.clear();
        std::mem::swap(&mut result.heard, &mut self.heard);
    }

    /// Reports the tracks that others may be told of, over earlier reports.
    fn report(&self, now: Time, reports: &mut Vec<Report>) {
        let tracker = &self.history.tracker;
        let shareable = |(track, _): &(&Track, &f64)| track.is_launched() && track.has_own_plots;
        let mut count = 0;
        for (track, payload) in tracker.tracks.iter().zip(&self.payloads).filter(shareable) {
            let origin = (self.id, track.id);
            let plots = tracker.unreported_of(track.id);
            let earlier = reports.get_mut(count);
            let mut pedigree =
                earlier.map(|earlier| std::mem::take(&mut earlier.estimate.pedigree)).unwrap_or_default();
            pedigree.clone_from(&track.pedigree);
            let estimate =
                Estimate { origin, time: now, first_seen: track.first_seen, filter: track.filter, pedigree };
            let tracklet = Tracklet::compress(origin, &track.filter, now, plots, &self.setup.models);
            let launch = tracker.launches.get(&track.id).map(|launch| (launch.time, launch.place));
            let class = if *payload >= 0.5 { ObjectClass::Missile } else { ObjectClass::SpentStage };
            let audience = self.audience_of(&track.pedigree);
            put(reports, count, Report { estimate, tracklet, launch, class, audience });
            count += 1;
        }
        reports.truncate(count);
    }

    /// Draws the picture of all tracks, over an earlier one.
    fn draw(&mut self, now: Time, picture: &mut Picture) {
        let answers_for =
            |(index, area): &(u16, &Area)| area.warned_by.contains(&self.id) && !self.alerted.contains(index);
        self.open_areas.clear();
        self.open_areas.extend((0_u16..).zip(&self.setup.areas).filter(answers_for).map(|(index, _)| index));
        let tracker = &self.history.tracker;
        let Tracker { tracks, launches, falls, .. } = tracker;
        (picture.node, picture.time) = (self.id, now);
        picture.missiles_so_far = tracker.counted.len() as u32;
        picture.tracks.truncate(tracks.len());
        for (index, (track, &payload)) in tracks.iter().zip(&self.payloads).enumerate() {
            let launch = launches.get(&track.id).filter(|_| track.is_launched()).cloned();
            let earlier = picture.tracks.get_mut(index);
            let memory = earlier.map(PictureTrack::take_memory).unwrap_or_default();
            let is_missile = tracker.counted.binary_search(&track.id).is_ok();
            let fall = (track, falls.get(&track.id));
            let flight = (self.flights.of(&self.setup, fall, &self.open_areas), &*self.open_areas);
            let drawn = PictureTrack::new(track, (launch, payload, is_missile), flight, memory);
            put(&mut picture.tracks, index, drawn);
        }
        self.flights.retain(|id, _| falls.get(id).is_some());
    }

    /// Says what sensors that see nothing fly have told up to `now`.
    fn note_due_contacts(&mut self, now: Time) {
        let later = (now.plus_seconds(1e-9), SensorId(0), 0);
        let due = self.contacts.partition_point(|(look, _)| *look < later);
        for (_, scan) in self.contacts.drain(..due) {
            let said = |plot: &Plot| EventKind::Contact { sensor: scan.sensor, plot: *plot };
            self.events.extend(scan.plots.iter().map(|plot| Event {
                time: now,
                node: self.id,
                kind: said(plot),
            }));
        }
    }

    /// Says who is no longer believed, and who is again.
    fn note_peers(&mut self, now: Time) {
        let trust = &self.history.tracker.trust;
        for (peer, quarantine) in trust.quarantines() {
            if self.quarantined.insert(peer) {
                let (log_ratio, bound) = (quarantine.log_ratio, self.setup.trust.quarantine);
                let kind = EventKind::Quarantined { peer, log_ratio, bound };
                self.events.push(Event { time: now, node: self.id, kind });
            }
        }
        self.quarantined.retain(|&peer| {
            if !trust.is_quarantined(peer) {
                self.events.push(Event { time: now, node: self.id, kind: EventKind::Readmitted { peer } });
            }
            trust.is_quarantined(peer)
        });
    }

    fn note_events(&mut self, picture: &Picture) {
        let now = picture.time;
        for track in picture.confirmed() {
            let id = track.id;
            if self.confirmed.insert(id) {
                self.event(now, EventKind::Confirmed { track: id });
            }
            if track.is_missile && self.declared.insert(id) {
                self.event(now, EventKind::Declared { track: id });
            }
            let Some(impact) = &track.impact else { continue };
            if self.burnt_out.insert(id) {
                self.event(now, EventKind::BurntOut { track: id, since: track.burnout });
            }
            let ellipse_major_m = impact.ellipse_95().major_m;
            if ellipse_major_m <= self.setup.warning.actionable_major_axis_km * 1e3
                && self.actionable.insert(id)
            {
                let (place, impact_time) = (impact.place, impact.time);
                self.event(now, EventKind::Actionable { track: id, place, impact_time, ellipse_major_m });
            }
            for area in &track.threatened {
                if self.alerted.insert(*area) {
                    self.event(now, EventKind::Alert { area: *area, track: id });
                }
            }
        }
        let joined = &self.history.tracker.joined;
        self.confirmed.retain(|id| {
            let is_there = picture.confirmed().any(|track| track.id == *id);
            if !is_there {
                let kind = match joined.get(id) {
                    None => EventKind::Ended { track: *id },
                    Some(&into) => EventKind::Joined { track: *id, into },
                };
                self.events.push(Event { time: now, node: self.id, kind });
            }
            is_there
        });
    }
}

/// Puts an item into its place in a list that ends there or later.
fn put<T>(list: &mut Vec<T>, index: usize, item: T) {
    match list.get_mut(index) {
        Some(place) => *place = item,
        None => list.push(item),
    }
}
