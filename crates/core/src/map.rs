//! Ordered maps with little code: each type used with `BTreeMap` adds 6 kB to what a page loads.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// An ordered map for keys that are mostly assigned in ascending order, and for small maps.
///
/// It is a sorted vector with binary search. A key after all others is appended; any other key
/// moves those after it. A removed entry leaves a gap, and the vector is compacted when more than
/// half of it is gaps.
#[derive(Clone, Debug)]
pub struct Map<K, V> {
    row: Vec<(K, Option<V>)>,
    gaps: usize,
    /// Before this index there are only gaps.
    first: usize,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { row: Vec::new(), gaps: 0, first: 0 }
    }
}

impl<K: Ord, V> Map<K, V> {
    /// Creates an empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len() - self.gaps
    }

    /// Whether the map is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the map contains this key.
    #[must_use]
    pub fn has<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.row.get(self.place(key).ok()?)?.1.as_ref()
    }

    /// The value of a key, mutably.
    #[must_use]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.row.get_mut(place)?.1.as_mut()
    }

    /// Sets the value of a key and returns the previous one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.at(key).replace(value)
    }

    /// The value of a key, inserted as the default if missing.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.or_insert_with(key, V::default)
    }

    /// The value of a key, created with `make` if missing.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.at(key).get_or_insert_with(make)
    }

    /// Removes a key and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        let value = self.row.get_mut(place)?.1.take()?;
        self.leave_gap();
        Some(value)
    }

    /// Removes and returns the entry with the smallest key.
    pub fn pop_first(&mut self) -> Option<(K, V)>
    where
        K: Clone,
    {
        while let Some((key, value)) = self.row.get_mut(self.first) {
            self.first += 1;
            if let Some(value) = value.take() {
                let key = key.clone();
                self.leave_gap();
                return Some((key, value));
            }
        }
        None
    }

    /// Removes all entries for which `keeps` is false.
    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &V) -> bool) {
        self.row.retain(|(key, value)| value.as_ref().is_some_and(|value| keeps(key, value)));
        (self.gaps, self.first) = (0, 0);
    }

    /// All entries, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.row.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    /// All entries, in key order, with mutable values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.row.iter_mut().filter_map(|(key, value)| Some((&*key, value.as_mut()?)))
    }

    /// All values, in key order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.row.iter().filter_map(|(_, value)| value.as_ref())
    }

    /// The slot of a key, which may be a gap about to be filled.
    fn at(&mut self, key: K) -> &mut Option<V> {
        let place = match self.place(&key) {
            Ok(place) => {
                let is_gap = self.row.get(place).is_some_and(|(_, value)| value.is_none());
                self.gaps -= usize::from(is_gap);
                place
            }
            Err(place) => {
                self.row.insert(place, (key, None));
                place
            }
        };
        self.first = self.first.min(place);
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut self.row[place].1
    }

    fn leave_gap(&mut self) {
        self.gaps += 1;
        if self.gaps * 2 > self.row.len() {
            self.retain(|_, _| true);
        }
    }

    /// The index of a key, or where it would be inserted.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.row.binary_search_by(|(it, _)| it.borrow().cmp(key))
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord, V: Eq> Eq for Map<K, V> {}

impl<K: Serialize + Ord, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A map from many names, in any order, to numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(crate) fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    /// Returns the previous number of the name.
    pub(crate) fn insert(&mut self, name: String, number: usize) -> Option<usize> {
        self.0.insert(name, number)
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

/// Sorts items stably. There is one sort routine for all types, since each costs 4 kB.
pub(crate) fn sorted<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut places: Vec<usize> = (0..items.len()).collect();
    let compare = |one: usize, other: usize| match (items.get(one), items.get(other)) {
        (Some(one), Some(other)) => order(one, other),
        _ => Ordering::Equal,
    };
    sort(&mut places, &compare);
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| items.get_mut(place)?.take()).collect()
}

fn sort(places: &mut [usize], order: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|one, other| order(*one, *other));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_does_what_a_tree_does(steps in prop::collection::vec((0u8..4, 0u8..32, any::<u16>()), 0..200)) {
            let (mut map, mut tree) = (Map::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 | 1 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                    2 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                    _ => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                }
                prop_assert_eq!(map.get(&key), tree.get(&key));
                prop_assert_eq!(*map.clone().or_default(key), *tree.clone().entry(key).or_default());
                prop_assert!(map.iter().eq(tree.iter()));
                prop_assert_eq!(map.len(), tree.len());
            }
        }

        #[test]
        fn what_is_sorted_keeps_the_order_of_equals(items in prop::collection::vec((0u8..8, any::<u16>()), 0..100)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(sorted(items, |one, other| one.0.cmp(&other.0)), expected);
        }
    }
}
