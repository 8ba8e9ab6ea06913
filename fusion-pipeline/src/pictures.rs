//! The latest picture of each node, for any number of readers.

use arc_swap::ArcSwap;
use fusion_core::node::{Picture, Setup};
use fusion_core::types::{NodeId, Time};
use std::sync::Arc;

/// The latest picture of every node: a handle that may be cloned and read from any thread, also when the pipeline has
/// ended. A reader never waits and never makes a node wait, and what it gets is one tick's picture, whole.
///
/// Pictures of two nodes taken one after the other may be of different ticks; take an observer's
/// [`NodeTick`](crate::NodeTick)s for a view of all nodes at one instant.
#[derive(Clone, Debug)]
pub struct Pictures {
    slots: Arc<[ArcSwap<Picture>]>,
}

impl Pictures {
    /// Empty pictures at the start of the scenario.
    pub(crate) fn new(setup: &Setup) -> Self {
        let empty = |index| Picture { node: NodeId(index as u16), time: setup.start, tracks: Vec::new() };
        let slots = (0..setup.nodes.len()).map(|index| ArcSwap::from_pointee(empty(index))).collect();
        Pictures { slots }
    }

    /// The picture of a node's last tick, empty before the first; none when there is no such node.
    pub fn latest(&self, node: NodeId) -> Option<Arc<Picture>> {
        self.slots.get(usize::from(node.0)).map(ArcSwap::load_full)
    }

    /// The time of a node's last tick.
    pub fn time(&self, node: NodeId) -> Option<Time> {
        self.slots.get(usize::from(node.0)).map(|slot| slot.load().time)
    }

    pub(crate) fn publish(&self, picture: Arc<Picture>) {
        if let Some(slot) = self.slots.get(usize::from(picture.node.0)) {
            slot.store(picture);
        }
    }
}
