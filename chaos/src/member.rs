//! A node with all that it was sent: it can be saved, and come back from that.

use crate::invariant::{Invariant, MOST_SAVED_BYTES};
use fusion_core::node::{Inbox, NetworkNode, Node, NodeSnapshot, Setup, TickResult};
use fusion_core::share::Delivery;
use fusion_core::types::{Scan, Time};
use recording::{encode_snapshot, open_snapshot};
use std::sync::Arc;

/// A node with what it was sent, as the simulator keeps it.
pub(crate) struct Member {
    pub node: NetworkNode,
    pub inbox: Inbox,
    pub result: TickResult,
    /// What was put into its inbox, and the tick after which that was.
    pub scans: Vec<(u32, Time, Arc<Scan>)>,
    pub deliveries: Vec<(u32, Delivery)>,
    saved: Option<(u32, Vec<u8>)>,
}

type Broken = (Invariant, String);

impl Member {
    pub fn new(node: NetworkNode, start: Time) -> Self {
        Member {
            result: TickResult::empty(node.node.id(), start),
            node,
            inbox: Inbox::default(),
            scans: Vec::new(),
            deliveries: Vec::new(),
            saved: None,
        }
    }

    pub fn take_scan(&mut self, after: u32, arrival: Time, scan: Arc<Scan>) {
        self.inbox.add_scan(arrival, Arc::clone(&scan));
        self.scans.push((after, arrival, scan));
    }

    pub fn take_delivery(&mut self, after: u32, delivery: Delivery) {
        self.inbox.add_delivery(delivery.clone());
        self.deliveries.push((after, delivery));
    }

    pub fn save(&mut self, tick: u32) -> Result<(), Broken> {
        let broken = |error| (Invariant::Restart, format!("it cannot be saved: {error}"));
        let bytes = encode_snapshot(&tick, &self.node.node.snapshot()).map_err(broken)?;
        if bytes.len() > MOST_SAVED_BYTES {
            return Err((Invariant::Bounded, format!("{} bytes are saved", bytes.len())));
        }
        self.saved = Some((tick, bytes));
        Ok(())
    }

    /// Comes back from what was saved, and catches up with what it was sent since; what it told meanwhile is told.
    pub fn come_back(
        &mut self,
        tick: u32,
        at: impl Fn(u32) -> Time,
        setup: &Arc<Setup>,
    ) -> Result<(), Broken> {
        let Some((saved, bytes)) = self.saved.take() else { return Ok(()) };
        let broken = |error| (Invariant::Restart, format!("it cannot be read: {error}"));
        let snapshot: NodeSnapshot =
            open_snapshot::<u32>(&bytes).and_then(|snapshot| snapshot.value()).map_err(broken)?;
        let mut inbox = Inbox::default();
        let is_open = |arrival: Time| arrival > at(saved);
        for (_, arrival, scan) in
            self.scans.iter().filter(|(after, arrival, _)| *after >= saved || is_open(*arrival))
        {
            inbox.add_scan(*arrival, Arc::clone(scan));
        }
        for (_, delivery) in self.deliveries.iter().filter(|(_, delivery)| is_open(delivery.arrival)) {
            inbox.add_delivery(delivery.clone());
        }
        let mut back = NetworkNode { node: Node::restore(Arc::clone(setup), snapshot), links: Vec::new() };
        for next in saved + 1..=tick {
            let (result, _) = back.tick(at(next), &mut inbox);
            self.result = result;
        }
        let is_same =
            back.node.digest() == self.node.node.digest() && back.node.counts() == self.node.node.counts();
        (self.node.node, self.inbox) = (back.node, inbox);
        if is_same {
            Ok(())
        } else {
            Err((Invariant::Restart, format!("not what it was, saved at {saved} s")))
        }
    }
}
