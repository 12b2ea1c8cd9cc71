//! A limited collection of named things.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Things by name. Beyond a limit the oldest is dropped, even if it is still valid.
#[derive(Debug)]
pub(super) struct Kept<T> {
    things: BTreeMap<Arc<str>, T>,
    /// The names, oldest first.
    order: VecDeque<Arc<str>>,
    most: usize,
}

impl<T> Kept<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { things: BTreeMap::new(), order: VecDeque::new(), most }
    }

    /// Stores a thing under a name that is not in use.
    pub(super) fn put(&mut self, name: &str, thing: T) {
        while self.order.len() >= self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.things.remove(&oldest);
        }
        let name: Arc<str> = name.into();
        self.order.push_back(Arc::clone(&name));
        self.things.insert(name, thing);
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.things.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.things.get_mut(name)
    }

    /// Drops everything, and returns how many there were.
    pub(super) fn clear(&mut self) -> usize {
        self.order.clear();
        std::mem::take(&mut self.things).len()
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn the_oldest_makes_room() {
        let mut kept = Kept::new(2);
        for (name, thing) in [("a", 1), ("b", 2), ("c", 3)] {
            kept.put(name, thing);
        }
        assert_eq!((kept.get("a"), kept.get("b"), kept.get("c")), (None, Some(&2), Some(&3)));
        assert_eq!(kept.clear(), 2);
        assert_eq!(kept.get("c"), None);
    }
}
