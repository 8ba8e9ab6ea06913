//! A small map in one piece of memory: a history copies it at each tick without allocating.

use serde::{Deserialize, Serialize};

/// Pairs in order of key. For tens of entries: putting one in moves those after it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SortedMap<K, V>(Vec<(K, V)>);

impl<K: Ord, V> SortedMap<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|index| &self.0[index].1)
    }

    /// Puts a value in, in the place of the one that is there.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|index| self.0.remove(index).1)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keeps(key, value));
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        SortedMap(Vec::new())
    }
}

impl<K: Clone, V: Clone> Clone for SortedMap<K, V> {
    fn clone(&self) -> Self {
        SortedMap(self.0.clone())
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn does_what_a_tree_does(steps in prop::collection::vec((0_u8..4, 0_u8..12, any::<u16>()), 0..60)) {
            let (mut ours, mut theirs) = (SortedMap::default(), BTreeMap::new());
            for (what, key, value) in steps {
                match what {
                    0 | 1 => {
                        ours.insert(key, value);
                        theirs.insert(key, value);
                    }
                    2 => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    _ => {
                        ours.retain(|known, value| *known < 6 || value % 2 == 0);
                        theirs.retain(|known, value| *known < 6 || *value % 2 == 0);
                        ours.values_mut().for_each(|value| *value /= 2);
                        theirs.values_mut().for_each(|value| *value /= 2);
                    }
                }
                let mut copy = SortedMap::default();
                copy.insert(key, value);
                copy.clone_from(&ours);
                prop_assert_eq!(&copy.0, &theirs.clone().into_iter().collect::<Vec<_>>());
                prop_assert_eq!(ours.get(&key), theirs.get(&key));
            }
        }
    }
}
