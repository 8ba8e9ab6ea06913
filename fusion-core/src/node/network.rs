//! Several nodes that talk over the links of a regime.
//!
//! All nodes tick at the same instants, and what is sent at one tick is known elsewhere at the next at the earliest. So a
//! node's tick depends on the other nodes' *earlier* ticks only, and nodes may run side by side in any order with the
//! same result. [`Network::run`] runs them one after the other; the pipeline runs the same pieces on threads.

use super::{NetworkSnapshot, Node, Setup, TickResult};
use crate::share::{Audience, Delivery, Level, Link, LinkCounts, Regime, RegimeError};
use crate::types::{NodeId, Scan, Time};
use std::sync::Arc;
use thiserror::Error;

/// Seconds between two ticks.
pub const TICK_S: f64 = 1.0;

/// What is wrong with a network.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The regime does not fit the scenario.
    #[error(transparent)]
    Regime(#[from] RegimeError),
    /// A scan of a sensor that the scenario does not have.
    #[error("scan {sequence} is of sensor {sensor}, but there are only {sensors} sensors")]
    UnknownSensor {
        /// The sensor's number.
        sensor: u16,
        /// The scan's number.
        sequence: u32,
        /// How many sensors there are.
        sensors: usize,
    },
    /// A snapshot of another network.
    #[error(
        "the snapshot is of {found} nodes with links of their own; here are {nodes} nodes and {links} links"
    )]
    OtherSnapshot {
        /// How many nodes it has.
        found: usize,
        /// How many there are here.
        nodes: usize,
        /// How many links there are here.
        links: usize,
    },
}

/// To whom the scans of each sensor go, and when they arrive there.
#[derive(Clone, Debug)]
pub struct Routing {
    setup: Arc<Setup>,
    /// Links of level measurements: the sending node and the link.
    links: Vec<(NodeId, Link)>,
    /// For each arrival that is worked out: who may know the scan there, and whether it has been sent on from there.
    arrived: Vec<(Audience, bool)>,
}

/// A node with the sending ends of its links.
#[derive(Clone, Debug)]
pub struct NetworkNode {
    /// The node.
    pub node: Node,
    /// Its links of tracks and cues.
    pub links: Vec<Link>,
}

/// What has arrived or will arrive at one node, in order of arrival: scans by sensor and look, messages by their links'
/// numbers where they arrive at one instant.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    scans: Vec<(Time, Arc<Scan>)>,
    deliveries: Vec<Delivery>,
}

/// All nodes of a regime, run in one thread.
#[derive(Clone, Debug)]
pub struct Network {
    routing: Routing,
    nodes: Vec<NetworkNode>,
    inboxes: Vec<Inbox>,
    now: Time,
}

impl Network {
    /// The nodes and links of a regime; `seed` draws delays and releases.
    ///
    /// # Errors
    /// [`NetworkError::Regime`] when the regime names nodes that there are not or has impossible values.
    pub fn new(setup: &Arc<Setup>, regime: &Regime, seed: u64) -> Result<Self, NetworkError> {
        let (routing, nodes) = build(setup, regime, seed)?;
        let inboxes = vec![Inbox::default(); nodes.len()];
        Ok(Network { routing, nodes, inboxes, now: setup.start })
    }

    /// Runs through `scans`, in order of time, until the tick at or after `until`; `observe` sees every tick of every node.
    ///
    /// # Errors
    /// [`NetworkError::UnknownSensor`] for a scan of a sensor that there is not.
    pub fn run(
        &mut self,
        scans: &[Arc<Scan>],
        until: Time,
        mut observe: impl FnMut(&TickResult),
    ) -> Result<(), NetworkError> {
        let mut next =
            scans.partition_point(|scan| self.now > self.routing.setup.start && scan.time <= self.now);
        let (mut arrivals, mut sent) = (Vec::new(), Vec::new());
        let empty = |node: &NetworkNode| TickResult::empty(node.node.id(), self.now);
        let mut results: Vec<TickResult> = self.nodes.iter().map(empty).collect();
        while self.now < until {
            let tick = self.now.plus_seconds(TICK_S);
            while let Some(scan) = scans.get(next).filter(|scan| scan.time <= tick) {
                self.routing.route_into(scan, &mut arrivals)?;
                for (to, arrival) in arrivals.drain(..) {
                    self.inboxes[usize::from(to.0)].add_scan(arrival, Arc::clone(scan));
                }
                next += 1;
            }
            for (index, result) in results.iter_mut().enumerate() {
                self.nodes[index].tick_into(tick, &mut self.inboxes[index], result, &mut sent);
                observe(result);
                for delivery in sent.drain(..) {
                    self.inboxes[usize::from(delivery.to.0)].add_delivery(delivery);
                }
            }
            self.now = tick;
        }
        Ok(())
    }

    /// What all nodes hold and what is on its way, after the last tick: [`Network::restore`] goes on from it.
    pub fn snapshot(&self) -> NetworkSnapshot {
        let inbox = |inbox: &Inbox| {
            let scans = inbox.scans.iter().map(|(arrival, scan)| (*arrival, Scan::clone(scan)));
            (scans.collect(), inbox.deliveries.clone())
        };
        NetworkSnapshot {
            now: self.now,
            scan_links: self.routing.links.clone(),
            nodes: self.nodes.iter().map(|node| (node.node.snapshot(), node.links.clone())).collect(),
            inboxes: self.inboxes.iter().map(inbox).collect(),
        }
    }

    /// Goes on from a snapshot of a network of the same setup, regime and seed, which [`Network::new`] was given; what this one
    /// has done is forgotten.
    ///
    /// # Errors
    /// [`NetworkError::OtherSnapshot`] where the nodes or links are others; that all else is the same is for the caller to see to.
    pub fn restore(&mut self, snapshot: NetworkSnapshot) -> Result<(), NetworkError> {
        let is_alike = snapshot.is_sound()
            && snapshot.ids().eq(self.nodes.iter().map(|node| node.node.id()))
            && snapshot.links().map(Link::number).eq(self.links().map(Link::number));
        if !is_alike {
            let (found, nodes, links) = (snapshot.ids().count(), self.nodes.len(), self.links().count());
            return Err(NetworkError::OtherSnapshot { found, nodes, links });
        }
        let setup = &self.routing.setup;
        let node = |(node, links)| NetworkNode { node: Node::restore(Arc::clone(setup), node), links };
        let inbox = |(scans, deliveries): (Vec<(Time, Scan)>, _)| {
            let shared = scans.into_iter().map(|(arrival, scan)| (arrival, Arc::new(scan)));
            Inbox { scans: shared.collect(), deliveries }
        };
        self.nodes = snapshot.nodes.into_iter().map(node).collect();
        self.inboxes = snapshot.inboxes.into_iter().map(inbox).collect();
        (self.routing.links, self.now) = (snapshot.scan_links, snapshot.now);
        Ok(())
    }

    /// The last tick, or the start.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The nodes.
    pub fn nodes(&self) -> &[NetworkNode] {
        &self.nodes
    }

    /// Number of each link and the bytes that it has carried.
    pub fn link_bytes(&self) -> impl Iterator<Item = (u16, u64)> {
        self.links().map(|link| (link.number(), link.bytes()))
    }

    /// Number of each link, and what has become of all that it was given, up to the last tick.
    pub fn link_counts(&self) -> impl Iterator<Item = (u16, LinkCounts)> {
        self.links().map(|link| (link.number(), link.counts(self.now)))
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        let sending = self.nodes.iter().flat_map(|node| node.links.iter());
        sending.chain(self.routing.links.iter().map(|(_, link)| link))
    }

    /// One digest over all nodes, in order of identity.
    pub fn digest(&self) -> [u8; 32] {
        combined_digest(self.nodes.iter().map(|node| node.node.digest()))
    }
}

/// One digest over the digests of nodes in order of identity.
pub fn combined_digest(digests: impl Iterator<Item = [u8; 32]>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for digest in digests {
        hasher.update(&digest);
    }
    *hasher.finalize().as_bytes()
}

/// The parts of a network, for whoever runs them on threads: the routing of scans and the nodes with their links.
///
/// # Errors
/// [`NetworkError::Regime`] when the regime does not fit the scenario.
pub fn build(
    setup: &Arc<Setup>,
    regime: &Regime,
    seed: u64,
) -> Result<(Routing, Vec<NetworkNode>), NetworkError> {
    let ends = regime.resolve(&setup.nodes)?;
    let mut nodes: Vec<NetworkNode> = (0..setup.nodes.len())
        .map(|index| NetworkNode {
            node: Node::new(NodeId(index as u16), Arc::clone(setup)),
            links: Vec::new(),
        })
        .collect();
    for shared in regime.shared_scans(&setup.nodes)? {
        nodes[usize::from(shared.to.0)].node.limit_scans(shared.audience);
    }
    let mut scan_links = Vec::new();
    let links = regime.links.iter().zip(ends).zip(regime.audiences(&setup.nodes)?);
    for (number, ((config, (from, to)), audience)) in links.enumerate() {
        let link = Link::new(number as u16, (to, audience), config.clone(), seed, setup.start);
        if config.level == Level::Measurements {
            scan_links.push((from, link));
        } else {
            nodes[usize::from(from.0)].links.push(link);
        }
    }
    Ok((Routing { setup: Arc::clone(setup), links: scan_links, arrived: Vec::new() }, nodes))
}

impl Routing {
    /// Where a scan goes and when it arrives: at once to the sensor's owner, later over links of level measurements. Puts it in
    /// the place of what `arrivals` holds.
    ///
    /// # Errors
    /// [`NetworkError::UnknownSensor`].
    pub fn route_into(
        &mut self,
        scan: &Scan,
        arrivals: &mut Vec<(NodeId, Time)>,
    ) -> Result<(), NetworkError> {
        self.route_late_into(scan, scan.time, arrivals)
    }

    /// [`Routing::route_into`] for a scan that its sensor's owner has at `now`, later than it was made.
    ///
    /// # Errors
    /// [`NetworkError::UnknownSensor`].
    pub fn route_late_into(
        &mut self,
        scan: &Scan,
        now: Time,
        arrivals: &mut Vec<(NodeId, Time)>,
    ) -> Result<(), NetworkError> {
        let sensor = self.setup.sensor(scan.sensor).ok_or(NetworkError::UnknownSensor {
            sensor: scan.sensor.0,
            sequence: scan.sequence,
            sensors: self.setup.sensors.len(),
        })?;
        let owner = sensor.owner;
        arrivals.clear();
        arrivals.push((owner, now));
        self.arrived.clear();
        self.arrived.push((Audience::EVERYBODY, false));
        while let Some(index) = self.next_to_send_on(arrivals) {
            let (from, time) = arrivals[index];
            let (audience, _) = self.arrived[index];
            for (_, link) in self.links.iter_mut().filter(|(sender, _)| *sender == from) {
                let is_owner = from == owner;
                let may_know = is_owner || link.config().forward && audience.contains(link.to());
                if link.to() == owner || !may_know {
                    continue;
                }
                let is_done =
                    |(known, (_, done)): (&(NodeId, Time), &(Audience, bool))| known.0 == link.to() && *done;
                let done = arrivals.iter().zip(&self.arrived).any(is_done);
                for arrival in link.send_scan(time, scan).into_iter().flatten() {
                    arrivals.push((link.to(), arrival));
                    self.arrived.push((if is_owner { link.audience() } else { audience }, done));
                }
            }
        }
        Ok(())
    }

    /// The earliest arrival that has not been sent on; a node sends a scan on once, when it first has it.
    fn next_to_send_on(&mut self, arrivals: &[(NodeId, Time)]) -> Option<usize> {
        let open = arrivals.iter().zip(&self.arrived).enumerate().filter(|(_, (_, (_, done)))| !done);
        let (index, node) =
            open.min_by_key(|(_, ((_, time), _))| *time).map(|(index, ((node, _), _))| (index, *node))?;
        for ((other, _), (_, done)) in arrivals.iter().zip(&mut self.arrived) {
            *done |= *other == node;
        }
        Some(index)
    }
}

impl NetworkNode {
    /// One tick: takes in what has arrived by `now`, and gives the result with what the links send.
    pub fn tick(&mut self, now: Time, inbox: &mut Inbox) -> (TickResult, Vec<Delivery>) {
        let (mut result, mut sent) = (TickResult::empty(self.node.id(), now), Vec::new());
        self.tick_into(now, inbox, &mut result, &mut sent);
        (result, sent)
    }

    /// [`NetworkNode::tick`] in the memory of an earlier result and list of what was sent: see [`Node::tick_into`].
    pub fn tick_into(
        &mut self,
        now: Time,
        inbox: &mut Inbox,
        result: &mut TickResult,
        sent: &mut Vec<Delivery>,
    ) {
        inbox.deliver_until(now, &mut self.node);
        self.tick_received(now, result, sent);
    }

    /// [`NetworkNode::tick_into`] for whoever has handed the node itself all that has arrived by `now`: scans first, each by
    /// arrival, sensor and look, then messages by arrival and order.
    pub fn tick_received(&mut self, now: Time, result: &mut TickResult, sent: &mut Vec<Delivery>) {
        self.node.tick_into(now, result);
        sent.clear();
        for link in &mut self.links {
            sent.extend(link.offer(now, &result.reports, &result.heard));
        }
    }
}

impl Inbox {
    /// Puts in a scan that arrives at `arrival`.
    pub fn add_scan(&mut self, arrival: Time, scan: Arc<Scan>) {
        let place = |arrival: Time, scan: &Scan| (arrival, scan.sensor, scan.sequence);
        let after = place(arrival, &scan);
        let index = self.scans.partition_point(|(arrival, scan)| place(*arrival, scan) <= after);
        self.scans.insert(index, (arrival, scan));
    }

    /// Puts in what a link sent.
    pub fn add_delivery(&mut self, delivery: Delivery) {
        let place = |delivery: &Delivery| (delivery.arrival, delivery.order);
        let after = place(&delivery);
        let index = self.deliveries.partition_point(|known| place(known) <= after);
        self.deliveries.insert(index, delivery);
    }

    /// Hands everything that has arrived by `now` to the node, in an order that does not depend on how it was put in.
    fn deliver_until(&mut self, now: Time, node: &mut Node) {
        let due = self.scans.partition_point(|(arrival, _)| *arrival <= now);
        self.scans.drain(..due).for_each(|(_, scan)| node.receive_scan(scan));
        let due = self.deliveries.partition_point(|delivery| delivery.arrival <= now);
        self.deliveries.drain(..due).for_each(|delivery| node.deliver(delivery));
    }
}
