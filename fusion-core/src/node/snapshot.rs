//! What a node, or a network of them, holds between two ticks: to be saved, and to go on from to the last bit.
//!
//! A snapshot is what a run has made: the tracks, the history, what is on its way, the digest so far. What a run is made from
//! (setup, regime, seed) is no part of it, and whoever saves one says beside it what these were.

use super::falls::Flights;
use super::history::History;
use super::registration::Registrar;
use super::{Counts, Event, Look, Node, Setup};
use crate::math::digest::Digest;
use crate::share::{Audience, Delivery, Link, Released};
use crate::types::{Geodetic, NodeId, Scan, Time, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one node holds after a tick.
///
/// Its layout is that of the code which made it, and changes with it: another build may read nonsense. Not for sharing between
/// nodes: it holds what was told under conditions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeSnapshot {
    id: NodeId,
    history: History,
    registrar: Registrar,
    counts: Counts,
    heard: Vec<Released>,
    confirmed: BTreeSet<TrackId>,
    declared: BTreeSet<TrackId>,
    burnt_out: BTreeSet<TrackId>,
    actionable: BTreeSet<TrackId>,
    alerted: BTreeSet<u16>,
    cues: BTreeMap<(NodeId, TrackId), (Time, Geodetic)>,
    heard_of: BTreeMap<(Time, u8, (NodeId, TrackId)), Audience>,
    releases: BTreeMap<(NodeId, TrackId), Audience>,
    scan_audience: Audience,
    quarantined: BTreeSet<NodeId>,
    contacts: Vec<(Look, Scan)>,
    told_contacts: Vec<Look>,
    payloads: Vec<f64>,
    open_areas: Vec<u16>,
    events: Vec<Event>,
    digest: Digest,
}

/// Scans on their way, each with its arrival.
type SavedScans = Vec<(Time, Scan)>;

/// What all nodes of a network hold after a tick, and what is on its way between them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NetworkSnapshot {
    pub(super) now: Time,
    /// Links of level measurements, with their senders.
    pub(super) scan_links: Vec<(NodeId, Link)>,
    pub(super) nodes: Vec<(NodeSnapshot, Vec<Link>)>,
    /// What is on its way to each node.
    pub(super) inboxes: Vec<(SavedScans, Vec<Delivery>)>,
}

impl NetworkSnapshot {
    /// The tick after which it was made; the start where there was none.
    pub fn now(&self) -> Time {
        self.now
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().map(|(node, _)| node.id)
    }

    pub(super) fn links(&self) -> impl Iterator<Item = &Link> {
        let sending = self.nodes.iter().flat_map(|(_, links)| links);
        sending.chain(self.scan_links.iter().map(|(_, link)| link))
    }

    pub(super) fn is_sound(&self) -> bool {
        self.inboxes.len() == self.nodes.len() && self.nodes.iter().all(|(node, _)| node.digest.is_sound())
    }
}

impl Node {
    /// What it holds now; to be asked between ticks.
    pub fn snapshot(&self) -> NodeSnapshot {
        // Named one by one: whoever gives a node a further field is told to save it.
        let Node {
            id,
            setup: _,
            flights: _,
            history,
            registrar,
            counts,
            heard,
            confirmed,
            declared,
            burnt_out,
            actionable,
            alerted,
            cues,
            heard_of,
            releases,
            scan_audience,
            quarantined,
            contacts,
            told_contacts,
            payloads,
            open_areas,
            events,
            hasher,
        } = self.clone();
        NodeSnapshot {
            id,
            history,
            registrar,
            counts,
            heard,
            confirmed,
            declared,
            burnt_out,
            actionable,
            alerted,
            cues,
            heard_of,
            releases,
            scan_audience,
            quarantined,
            contacts: contacts.into_iter().map(|(look, scan)| (look, Scan::clone(&scan))).collect(),
            told_contacts: told_contacts.into(),
            payloads,
            open_areas,
            events,
            digest: hasher,
        }
    }

    /// The node of a snapshot, which goes on as the one that was saved would have; `setup` is the one that that had.
    pub fn restore(setup: Arc<Setup>, snapshot: NodeSnapshot) -> Self {
        let contacts = snapshot.contacts.into_iter().map(|(look, scan)| (look, Arc::new(scan)));
        Node {
            id: snapshot.id,
            history: snapshot.history.restored(&setup.tracker),
            setup,
            registrar: snapshot.registrar,
            counts: snapshot.counts,
            heard: snapshot.heard,
            confirmed: snapshot.confirmed,
            declared: snapshot.declared,
            burnt_out: snapshot.burnt_out,
            actionable: snapshot.actionable,
            // Flown again from where the tracks fall, to the same end.
            flights: Flights::default(),
            alerted: snapshot.alerted,
            cues: snapshot.cues,
            heard_of: snapshot.heard_of,
            releases: snapshot.releases,
            scan_audience: snapshot.scan_audience,
            quarantined: snapshot.quarantined,
            contacts: contacts.collect(),
            told_contacts: snapshot.told_contacts.into(),
            payloads: snapshot.payloads,
            open_areas: snapshot.open_areas,
            events: snapshot.events,
            hasher: snapshot.digest,
        }
    }
}

/// A shared value is saved with each of its owners, and is each one's own afterwards.
pub(super) mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, to: S) -> Result<S::Ok, S::Error> {
        T::serialize(value, to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}
