//! The latest picture of each node, for any number of readers.

use arc_swap::ArcSwap;
use fusion_core::node::{Picture, Setup};
use fusion_core::types::{NodeId, Time};
use std::collections::VecDeque;
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
        let empty = |index| Picture::empty(NodeId(index as u16), setup.start);
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
}

/// What one node publishes with: its slot, and the pictures that it may write over when nobody looks at them any more.
#[derive(Debug)]
pub(crate) struct Publisher {
    pictures: Pictures,
    node: NodeId,
    /// Oldest first.
    published: VecDeque<Arc<Picture>>,
    most: usize,
}

/// Oldest pictures that are asked whether they are free, so that some which a reader keeps do not cost anything.
const ASKED: usize = 4;
/// Pictures that readers may keep before new ones are allocated, beside those that the observer has yet to see.
const KEPT: usize = 8;

impl Publisher {
    /// For a node whose observer may be `behind` so many ticks.
    pub fn new(pictures: &Pictures, node: NodeId, behind: usize) -> Self {
        Publisher { pictures: pictures.clone(), node, published: VecDeque::new(), most: behind + KEPT }
    }

    /// Shows a picture to all readers, and gives it for the observer; leaves in its place one whose memory may be used.
    pub fn publish(&mut self, picture: &mut Picture) -> Arc<Picture> {
        let mut oldest = self.published.iter_mut().take(ASKED);
        let free = oldest.position(|kept| {
            let written_over = Arc::get_mut(kept).map(|kept| std::mem::swap(kept, picture));
            written_over.is_some()
        });
        let reused = free.and_then(|index| self.published.remove(index));
        let shown = reused.unwrap_or_else(|| {
            let (node, time) = (picture.node, picture.time);
            Arc::new(std::mem::replace(picture, Picture::empty(node, time)))
        });
        if self.published.len() >= self.most {
            self.published.pop_front();
        }
        self.published.push_back(Arc::clone(&shown));
        if let Some(slot) = self.pictures.slots.get(usize::from(self.node.0)) {
            slot.store(Arc::clone(&shown));
        }
        shown
    }
}
