//! Groups of things that are linked, directly or through others.

/// Disjoint sets over the numbers 0 to n − 1: clusters of tracks that share plots, tracks of several nodes that are one object.
///
/// The representative of a set is its smallest member, so that the answer does not depend on the order in which the
/// links were found. Links cannot be taken back: a picture that loses links is built anew.
///
/// Tarjan and van Leeuwen, *Journal of the ACM* 31 (1984), 245-281 (path halving).
///
/// ```
/// use fusion_core::math::union_find::UnionFind;
/// let mut sets = UnionFind::new(5);
/// sets.union(4, 1);
/// sets.union(1, 3);
/// assert_eq!(sets.find(4), 1);
/// assert_eq!(sets.clusters(), [vec![0], vec![1, 3, 4], vec![2]]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct UnionFind {
    parent: Vec<usize>,
}

impl UnionFind {
    /// So many things, each a set of its own.
    pub fn new(count: usize) -> Self {
        UnionFind { parent: (0..count).collect() }
    }

    /// Forgets all links and begins anew with so many things, in the memory that is there.
    pub fn reset(&mut self, count: usize) {
        self.parent.clear();
        self.parent.extend(0..count);
    }

    /// Number of things, linked or not.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is nothing to link.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The smallest member of the set that holds `member`.
    ///
    /// # Panics
    ///
    /// If `member` is not below [`UnionFind::len`], as indexing a slice does.
    pub fn find(&mut self, mut member: usize) -> usize {
        // Parents are never greater than their children, so the walk ends.
        while self.parent[member] != member {
            self.parent[member] = self.parent[self.parent[member]];
            member = self.parent[member];
        }
        member
    }

    /// Links two things; answers whether their sets were apart.
    ///
    /// # Panics
    ///
    /// As [`UnionFind::find`].
    pub fn union(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.find(one), self.find(other));
        self.parent[one.max(other)] = one.min(other);
        one != other
    }

    /// All sets: members ascending, sets by their smallest member.
    pub fn clusters(&mut self) -> Vec<Vec<usize>> {
        let mut groups = Groups::default();
        self.clusters_into(&mut groups);
        groups.iter().map(<[usize]>::to_vec).collect()
    }

    /// [`UnionFind::clusters`] into memory that is kept: once it has grown, nothing is allocated.
    pub fn clusters_into(&mut self, groups: &mut Groups) {
        let Groups { number, start, members } = groups;
        number.clear();
        start.clear();
        for member in 0..self.len() {
            let root = self.find(member);
            let group = if root == member { start.len() } else { number[root] };
            if root == member {
                start.push(0);
            }
            number.push(group);
            start[group] += 1;
        }
        // Counts become ends, and ends become starts as the groups are filled from behind.
        let mut end = 0;
        for count in &mut *start {
            end += *count;
            *count = end;
        }
        start.push(end);
        members.clear();
        members.resize(end, 0);
        for (member, &group) in number.iter().enumerate().rev() {
            start[group] -= 1;
            members[start[group]] = member;
        }
    }
}

/// Sets of numbers in memory that is kept from one use to the next: what [`UnionFind::clusters_into`] finds.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// The group of each member.
    number: Vec<usize>,
    /// Where each group begins in `members`, and where the last one ends.
    start: Vec<usize>,
    members: Vec<usize>,
}

impl Groups {
    /// The members of each group, ascending; groups by their smallest member.
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.start.windows(2).map(|bounds| &self.members[bounds[0]..bounds[1]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same sets by painting every thing with a colour and repainting.
    fn painted(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let mut colour: Vec<usize> = (0..count).collect();
        for &(one, other) in links {
            let (keep, repaint) = (colour[one].min(colour[other]), colour[one].max(colour[other]));
            colour.iter_mut().filter(|c| **c == repaint).for_each(|c| *c = keep);
        }
        let members = |wanted| (0..count).filter(|&member| colour[member] == wanted).collect::<Vec<_>>();
        (0..count).map(members).filter(|cluster| !cluster.is_empty()).collect()
    }

    proptest! {
        #[test]
        fn clusters_are_those_of_repainting_in_any_order(
            links in prop::collection::vec((0_usize..40, 0_usize..40), 0..60),
        ) {
            let mut forwards = UnionFind::new(40);
            let joined = links.iter().filter(|link| forwards.union(link.0, link.1)).count();
            let mut backwards = UnionFind::new(40);
            links.iter().rev().for_each(|link| { backwards.union(link.1, link.0); });
            let clusters = forwards.clusters();
            prop_assert_eq!(&clusters, &painted(40, &links));
            // In the memory of other things as well.
            let (mut again, mut groups) = (UnionFind::new(3), Groups::default());
            again.union(0, 2);
            again.clusters_into(&mut groups);
            again.reset(40);
            links.iter().for_each(|link| { again.union(link.0, link.1); });
            again.clusters_into(&mut groups);
            prop_assert!(groups.iter().eq(clusters.iter().map(Vec::as_slice)));
            prop_assert_eq!(&clusters, &backwards.clusters());
            prop_assert_eq!(joined, 40 - clusters.len());
            for cluster in &clusters {
                prop_assert!(cluster.iter().all(|&member| forwards.find(member) == cluster[0]));
            }
        }
    }

    #[test]
    fn nothing_to_link() {
        let mut sets = UnionFind::new(0);
        assert!(sets.is_empty() && sets.clusters().is_empty());
    }
}
