//! What a track was made from.

use super::{NodeId, Time, TrackId};
use serde::{Deserialize, Serialize};

/// What a track was made from: for each remote (node, track) the end of the last report that went in.
///
/// A fact that comes back by another way is known by it and not counted twice.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pedigree(Vec<((NodeId, TrackId), Time)>);

impl Clone for Pedigree {
    fn clone(&self) -> Self {
        Pedigree(self.0.clone())
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl Pedigree {
    /// Whether a report of a remote track that ends at `time` has gone in already.
    pub fn contains(&self, origin: (NodeId, TrackId), time: Time) -> bool {
        self.0.iter().any(|(known, until)| *known == origin && time <= *until)
    }

    /// Notes that reports of a remote track have gone in up to `time`.
    pub fn raise(&mut self, origin: (NodeId, TrackId), time: Time) {
        match self.0.binary_search_by_key(&origin, |(known, _)| *known) {
            Ok(index) => self.0[index].1 = self.0[index].1.max(time),
            Err(index) => self.0.insert(index, (origin, time)),
        }
    }

    /// Takes in everything that another pedigree holds.
    pub fn merge(&mut self, other: &Pedigree) {
        for (origin, time) in &other.0 {
            self.raise(*origin, *time);
        }
    }

    /// The remote tracks and times, in order of identity.
    pub fn iter(&self) -> impl Iterator<Item = &((NodeId, TrackId), Time)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_is_known_up_to_its_time() {
        let (korea, japan) = ((NodeId(0), TrackId(7)), (NodeId(1), TrackId(7)));
        let at = Time::from_nanoseconds;
        let mut pedigree = Pedigree::default();
        pedigree.raise(japan, at(5));
        pedigree.raise(korea, at(9));
        pedigree.raise(korea, at(3));
        assert!(pedigree.contains(korea, at(9)) && !pedigree.contains(korea, at(10)));
        let mut other = Pedigree::default();
        other.raise(japan, at(8));
        other.merge(&pedigree);
        assert!(other.contains(japan, at(8)) && other.contains(korea, at(9)));
        assert_eq!(other.iter().map(|(origin, _)| *origin).collect::<Vec<_>>(), [korea, japan]);
    }
}
