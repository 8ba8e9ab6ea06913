//! Who may know a fact.

use crate::types::NodeId;
use serde::{Deserialize, Serialize};

/// The nodes that may know a fact: a mark that its author gives it, and that it keeps wherever it travels.
///
/// A hub passes a fact on within its audience only, and an estimate may be told to those alone who may know everything that
/// went into it. Holds the first 64 nodes, as many as a scenario may have; later ones are in [`Audience::EVERYBODY`] only.
///
/// ```
/// use fusion_core::{share::Audience, types::NodeId};
/// let (korea, japan, states) = (NodeId(0), NodeId(1), NodeId(2));
/// let told = Audience::of([korea, states]);
/// assert!(told.contains(states) && !told.contains(japan) && Audience::EVERYBODY.contains(japan));
/// assert_eq!(told.and(Audience::of([states, japan])), Audience::of([states]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience(u64);

impl Audience {
    /// Nothing is withheld from anybody.
    pub const EVERYBODY: Self = Audience(u64::MAX);
    /// It goes no further.
    pub const NOBODY: Self = Audience(0);

    /// Some nodes.
    pub fn of(nodes: impl IntoIterator<Item = NodeId>) -> Self {
        nodes.into_iter().fold(Audience::NOBODY, Audience::with)
    }

    /// Whether a node may know.
    pub fn contains(self, node: NodeId) -> bool {
        self == Audience::EVERYBODY || self.0 & bit(node) != 0
    }

    /// One node more.
    #[must_use]
    pub fn with(self, node: NodeId) -> Self {
        Audience(self.0 | bit(node))
    }

    /// Those who may know both of two things.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Audience(self.0 & other.0)
    }

    /// Those who may know one of two things.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Audience(self.0 | other.0)
    }
}

fn bit(node: NodeId) -> u64 {
    1_u64.checked_shl(u32::from(node.0)).unwrap_or(0)
}
