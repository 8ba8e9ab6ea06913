//! One nation's fusion centre: the order of the steps, the bounded history, and a network of such nodes.
//!
//! A node takes scans and messages in whenever they arrive, and brings its picture up to date at ticks. At a tick it goes
//! through everything new in order of *event* time, back through its history where something is late, so that its
//! picture depends on what it heard and not on the order in which it heard it.

mod begin;
mod branching;
mod claims;
mod config;
mod effort;
mod falls;
mod history;
mod late;
mod merging;
mod network;
mod picture;
mod pieces;
mod registration;
mod remote;
mod same;
mod scan;
mod setup;
mod snapshot;
mod sorted;
mod tick;
mod tracker;
mod trust;

#[cfg(test)]
mod association_tests;
#[cfg(test)]
mod cycle_tests;
#[cfg(test)]
mod effort_tests;
#[cfg(test)]
mod falls_tests;
#[cfg(test)]
mod late_tests;
#[cfg(test)]
mod merging_tests;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod object_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod rate_tests;
#[cfg(test)]
mod registration_tests;
#[cfg(test)]
mod scenario_tests;
#[cfg(test)]
mod tracklet_tests;
#[cfg(test)]
mod trust_tests;

pub use config::{LatePolicy, TrackerConfig};
pub use network::{Inbox, Network, NetworkError, NetworkNode, Routing, TICK_S, build, combined_digest};
pub use picture::{DatedBurnout, Event, EventKind, Picture, PictureTrack};
pub use setup::{Setup, SetupError};
pub use snapshot::{NetworkSnapshot, NodeSnapshot};
pub use tick::TickResult;
pub use trust::TrustBounds;

use crate::math::digest::Digest;
use crate::registration::BiasEstimate;
use crate::share::{Audience, Delivery, Fact, FusionRule, Message, Released};
use crate::types::{Geodetic, NodeId, Pedigree, Scan, Sensor, SensorId, SensorKind, Time, TrackId};
use effort::Shed;
use falls::Flights;
use history::{Entry, History, Place};
use registration::Registrar;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tracker::Tracker;

/// One nation's fusion centre.
///
/// Single-owner and without a clock: it is told what arrives and when to tick. See [`Network`] for several that talk.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    setup: Arc<Setup>,
    history: History,
    registrar: Registrar,
    counts: Counts,
    heard: Vec<Released>,
    /// Tracks that were confirmed, declared, burnt out and actionable at the last tick.
    confirmed: BTreeSet<TrackId>,
    declared: BTreeSet<TrackId>,
    burnt_out: BTreeSet<TrackId>,
    actionable: BTreeSet<TrackId>,
    alerted: BTreeSet<u16>,
    /// What others said was launched: when and where.
    cues: BTreeMap<(NodeId, TrackId), (Time, Geodetic)>,
    /// What was heard: time, kind and origin of each fact, and who may know it, so that none goes round and round between two
    /// hubs.
    heard_of: BTreeMap<(Time, u8, (NodeId, TrackId)), Audience>,
    /// Who may know what was told of each remote track, and what was told by scans of others' sensors.
    releases: BTreeMap<(NodeId, TrackId), Audience>,
    scan_audience: Audience,
    /// Nodes that were quarantined at the last tick.
    quarantined: BTreeSet<NodeId>,
    /// Looks that heard or told of something before a launch and are still to be said, and those that have been noted, so that
    /// each is said once; both in order.
    contacts: Vec<(Look, Arc<Scan>)>,
    told_contacts: VecDeque<Look>,
    /// How probably each track is what was launched, by place, at this tick.
    payloads: Vec<f64>,
    /// The areas that the node answers for and has not alerted, at this tick.
    open_areas: Vec<u16>,
    /// Where each track that falls comes down, as last flown.
    flights: Flights,
    events: Vec<Event>,
    hasher: Digest,
}

/// One look of one sensor.
type Look = (Time, SensorId, u32);

/// An estimate that is older when it arrives is of no flight that goes on, s; to bring it forward costs more the older it is.
const OLDEST_ESTIMATE_S: f64 = 3_600.0;

/// Facts remembered so as to pass none on twice; the oldest are forgotten first.
const MOST_HEARD_OF: usize = 16_384;

/// What a node has taken in: nothing is lost without being counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Scans taken in.
    pub scans: u64,
    /// Messages taken in.
    pub messages: u64,
    /// Scans and tracklets that came after the history had closed over their time, or that retrodiction found no track for, and
    /// estimates more than an hour old.
    pub too_late: u64,
    /// Facts that fitted no track, counted each time they were tried; messages that are not sound; scans of sensors that there are
    /// not; and what found no room to wait for its tick.
    pub refused: u64,
    /// Facts that a track had already, counted each time they were tried.
    pub known: u64,
    /// Scans and facts that came a second time and changed nothing.
    pub duplicates: u64,
    /// Late scans and tracklets that went into present tracks by retrodiction.
    pub retrodicted: u64,
    /// Scans and facts of quarantined nodes, tested and left out, counted each time they were tried.
    pub barred: u64,
    /// History entries gone through again for late data.
    pub replayed: u64,
    /// Tracks dropped because a covariance was unsound.
    pub unsound: u64,
    /// Plots that were not looked at, being near no track, because there was more than `work_per_tick` allows.
    pub shed_plots: u64,
    /// Looks that an unconfirmed track was left out of for the same reason.
    pub shed_steps: u64,
    /// Plots that belong to no track and began none, for the same reason or because there were too many unconfirmed tracks.
    pub shed_beginnings: u64,
}

impl Node {
    /// A node that knows nothing yet.
    pub fn new(id: NodeId, setup: Arc<Setup>) -> Self {
        let history = History::new(setup.start, &setup.tracker);
        Node {
            id,
            registrar: Registrar::new(&setup),
            setup,
            history,
            counts: Counts::default(),
            heard: Vec::new(),
            confirmed: BTreeSet::new(),
            declared: BTreeSet::new(),
            burnt_out: BTreeSet::new(),
            actionable: BTreeSet::new(),
            alerted: BTreeSet::new(),
            cues: BTreeMap::new(),
            heard_of: BTreeMap::new(),
            releases: BTreeMap::new(),
            scan_audience: Audience::EVERYBODY,
            quarantined: BTreeSet::new(),
            contacts: Vec::new(),
            told_contacts: VecDeque::new(),
            payloads: Vec::new(),
            open_areas: Vec::new(),
            flights: Flights::default(),
            events: Vec::new(),
            hasher: Digest::default(),
        }
    }

    /// Who it is.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The biases of each radar that moves, as they are known at the last tick; none without `registration` in its configuration.
    pub fn sensor_biases(&self) -> impl Iterator<Item = (SensorId, &BiasEstimate)> {
        self.registrar.estimates()
    }

    /// What it has taken in so far.
    pub fn counts(&self) -> Counts {
        let Tracker { unsound, effort, .. } = &self.history.tracker;
        let Shed { plots, steps, beginnings } = effort.shed;
        Counts {
            unsound: *unsound,
            shed_plots: plots,
            shed_steps: steps,
            shed_beginnings: beginnings,
            ..self.counts
        }
    }

    /// Digest of everything that it has known and said, tick by tick.
    pub fn digest(&self) -> [u8; 32] {
        self.hasher.finalize()
    }

    /// Takes a scan in; it shows at the next tick. A scan from before the history is counted and left out.
    ///
    /// One of a sensor that there is not is counted as refused.
    pub fn receive_scan(&mut self, scan: Arc<Scan>) {
        self.counts.scans += 1;
        if self.setup.sensor(scan.sensor).is_none() {
            self.counts.refused += 1;
            return;
        }
        if scan.time <= self.history.horizon() {
            self.counts.too_late += 1;
            return;
        }
        self.note_contacts(&scan);
        let scan = self.registrar.correct(scan);
        let place = (scan.time, 0, u64::from(scan.sensor.0), u64::from(scan.sequence), 0);
        self.add(place, Entry::Scan(scan));
    }

    /// Puts something that was heard where it waits for its tick.
    fn add(&mut self, place: Place, entry: Entry) {
        self.counts.refused += u64::from(!self.history.add(place, entry));
    }

    /// Keeps what a sensor that sees nothing fly has told, until the next tick says it.
    fn note_contacts(&mut self, scan: &Arc<Scan>) {
        let sees_nothing_fly =
            |sensor: &Sensor| matches!(sensor.kind, SensorKind::Sonar(_) | SensorKind::Cue);
        if scan.plots.is_empty() || !self.setup.sensor(scan.sensor).is_some_and(sees_nothing_fly) {
            return;
        }
        let look = (scan.time, scan.sensor, scan.sequence);
        if let Err(index) = self.told_contacts.binary_search(&look) {
            self.told_contacts.insert(index, look);
            let index = self.contacts.partition_point(|(known, _)| *known < look);
            self.contacts.insert(index, (look, Arc::clone(scan)));
        }
        // What is older comes too late to be told a second time.
        let horizon = self.history.horizon();
        while self.told_contacts.pop_front_if(|(time, ..)| *time <= horizon).is_some() {}
    }

    /// Takes a message in that arrived at `arrival`; it shows at the next tick.
    ///
    /// One that is not [sound](Fact::is_sound) is counted as refused. News of one's own tracks that comes back is not news. A whole
    /// estimate from before the history is brought to its arrival, unless it is more than an hour old; that, and a tracklet from before
    /// the history, is counted as too late.
    pub fn receive(&mut self, arrival: Time, message: Message) {
        self.counts.messages += 1;
        let Message { fact, fusion, audience } = message;
        if !fact.is_sound() {
            self.counts.refused += 1;
            return;
        }
        let (author, track) = fact.origin();
        if author == self.id {
            self.counts.known += 1;
            return;
        }
        if matches!(fact, Fact::Estimate(_)) && arrival.seconds_since(fact.time()) > OLDEST_ESTIMATE_S {
            self.counts.too_late += 1;
            return;
        }
        if self.is_overtaken(&fact) {
            self.counts.known += 1;
            return;
        }
        self.hear(&fact, audience);
        let is_too_late = fact.time() <= self.history.horizon();
        let (time, kind, fact) = match fact {
            Fact::Cue { origin, launch_time, place } => {
                if self.cues.insert(origin, (launch_time, place)).is_none() {
                    self.event(arrival, EventKind::Cued { origin });
                }
                return;
            }
            Fact::Estimate(estimate) if estimate.time <= self.history.closed_to_estimates() => {
                (arrival, 1, Fact::Estimate(estimate))
            }
            Fact::Tracklet(_) if is_too_late => {
                self.counts.too_late += 1;
                return;
            }
            Fact::Estimate(estimate) => (estimate.time, 1, Fact::Estimate(estimate)),
            Fact::Tracklet(tracklet) => (tracklet.until, 2, Fact::Tracklet(tracklet)),
        };
        let version = version_of(&fact, fusion);
        let place = (time, kind, u64::from(author.0), track.0, version);
        self.add(place, Entry::Fact(Arc::new(fact), fusion));
    }

    /// Whether a whole estimate that comes too late for its time is older than one of the same track that came before.
    fn is_overtaken(&self, fact: &Fact) -> bool {
        let Fact::Estimate(estimate) = fact else { return false };
        let is_later = |(time, kind, origin): &&(Time, u8, (NodeId, TrackId))| {
            *origin == estimate.origin && *kind == 1 && *time > estimate.time
        };
        estimate.time <= self.history.closed_to_estimates()
            && self.heard_of.keys().rev().any(|known| is_later(&known))
    }

    /// Keeps a fact for the links of a hub, unless it came before by another way and nobody may know it that might not then.
    fn hear(&mut self, fact: &Fact, audience: Audience) {
        let kind = match fact {
            Fact::Cue { .. } => 0,
            Fact::Estimate(_) => 1,
            Fact::Tracklet(_) => 2,
        };
        let known = self.heard_of.entry((fact.time(), kind, fact.origin())).or_insert(Audience::NOBODY);
        let all = known.or(audience);
        if all != *known {
            *known = all;
            self.heard.push(Released { fact: fact.clone(), audience });
        }
        if self.heard_of.len() > MOST_HEARD_OF {
            self.heard_of.pop_first();
        }
        let mut limit = |origin| {
            let known = self.releases.entry(origin).or_insert(Audience::EVERYBODY);
            *known = known.and(audience);
        };
        match fact {
            // Whoever heard of a launch has still seen nothing.
            Fact::Cue { .. } => {}
            Fact::Estimate(estimate) => {
                estimate.pedigree.iter().for_each(|(origin, _)| limit(*origin));
                limit(estimate.origin);
            }
            Fact::Tracklet(tracklet) => limit(tracklet.origin),
        }
    }

    /// What others have said was launched, by who said it and of which track: when and where.
    pub fn cues(&self) -> impl Iterator<Item = (&(NodeId, TrackId), &(Time, Geodetic))> {
        self.cues.iter()
    }

    /// The node gets scans of others' sensors, which these alone may know: no track tells what it was made from scan by scan, so
    /// that it holds for all.
    fn limit_scans(&mut self, audience: Audience) {
        self.scan_audience = self.scan_audience.and(audience);
    }

    /// Who may know what went into a track: whoever told a part of it decides, and is told its own part back.
    fn audience_of(&self, pedigree: &Pedigree) -> Audience {
        let of_others = pedigree.iter().map(|(origin, _)| origin).filter(|origin| origin.0 != self.id);
        of_others.fold(self.scan_audience, |audience, origin| {
            let released = self.releases.get(origin).copied().unwrap_or(Audience::NOBODY);
            audience.and(released.with(origin.0))
        })
    }

    fn event(&mut self, time: Time, kind: EventKind) {
        self.events.push(Event { time, node: self.id, kind });
    }

    /// Takes in what a link delivered.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.receive(delivery.arrival, delivery.message);
    }
}

/// Tells an estimate from the same one on another grid or by another rule: it may come by several links, and which comes
/// first must not matter.
fn version_of(fact: &Fact, fusion: FusionRule) -> u64 {
    let Fact::Estimate(estimate) = fact else { return 0 };
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[fusion as u8]);
    let coast = &estimate.filter.coast;
    for number in coast.mean.iter().chain(coast.covariance.iter()) {
        hasher.update(&number.to_bits().to_le_bytes());
    }
    let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
