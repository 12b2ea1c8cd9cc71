//! The collections of one run: their order, how many have started, who follows whom, and how many
//! are over.

use super::Report;
use super::collection::Collection;
use super::context::{Context, Input};
use crate::Map;
use crate::map::sorted;

#[derive(Debug)]
pub(super) struct Fleet {
    collections: Vec<Collection>,
    order: Vec<usize>,
    /// How many collections of the order have started.
    next: usize,
    starting: usize,
    over: usize,
    followers: Map<usize, Vec<usize>>,
}

impl Fleet {
    pub(super) fn new(collections: Vec<Collection>) -> Self {
        // Of several handles of one machine, the most advanced one must not wait for another's
        // request.
        let progress = |index: &usize| collections.get(*index).map(Collection::progress);
        let order = (0..collections.len()).collect();
        let order = sorted(order, |one, other| progress(other).cmp(&progress(one)));
        Self { collections, order, next: 0, starting: 0, over: 0, followers: Map::new() }
    }

    pub(super) fn all(&self) -> &[Collection] {
        &self.collections
    }

    pub(super) fn one(&self, index: usize) -> Option<&Collection> {
        self.collections.get(index)
    }

    pub(super) fn is_over(&self) -> bool {
        self.over == self.collections.len()
    }

    pub(super) fn start_more(&mut self, cx: &mut Context) {
        while self.starting < cx.options.concurrency.max(1)
            && let Some(index) = self.next_to_start(cx)
        {
            self.with(index, cx, |collection, cx| collection.on(Input::Start, cx));
        }
    }

    /// Lets one collection act, and updates the counts.
    pub(super) fn with(
        &mut self,
        index: usize,
        cx: &mut Context,
        act: impl FnOnce(&mut Collection, &mut Context),
    ) {
        let Some(collection) = self.collections.get_mut(index) else { return };
        let was = (collection.is_starting(), collection.is_over(), collection.leader());
        act(collection, cx);
        let is = (collection.is_starting(), collection.is_over(), collection.leader());
        self.starting = self.starting + usize::from(is.0) - usize::from(was.0);
        if !collection.is_watching() {
            cx.not_watching(index);
        }
        if let (None, Some(leader)) = (was.2, is.2) {
            self.begin_to_follow(index, leader, cx);
        }
        if is.1 && !was.1 {
            self.ended(index, cx);
        }
    }

    /// Stops one collection, after it has taken over what its leader knows.
    pub(super) fn stop(
        &mut self,
        index: usize,
        cx: &mut Context,
        stop: impl FnOnce(&mut Collection, &mut Context),
    ) {
        self.share(index, cx);
        self.with(index, cx, stop);
    }

    pub(super) fn end_each(
        &mut self,
        cx: &mut Context,
        which: impl Fn(&Collection) -> bool,
        end: impl Fn(&mut Collection, &mut Context),
    ) {
        for index in 0..self.collections.len() {
            if self.one(index).is_some_and(&which) {
                self.stop(index, cx, &end);
            }
        }
    }

    /// The report on the collections that are over.
    pub(super) fn report(&self, cx: &Context) -> Report {
        Report { devices: self.collections.iter().filter_map(|it| it.report(cx)).collect() }
    }

    /// A collection that waited for another run comes before those that have not started.
    fn next_to_start(&mut self, cx: &mut Context) -> Option<usize> {
        cx.restarts.pop_front().or_else(|| {
            let index = self.order.get(self.next).copied()?;
            self.next += 1;
            Some(index)
        })
    }

    fn begin_to_follow(&mut self, index: usize, leader: usize, cx: &mut Context) {
        if self.one(leader).is_some_and(Collection::is_over) {
            self.follow(index, leader, cx);
        } else {
            self.followers.or_default(leader).push(index);
        }
    }

    fn follow(&mut self, index: usize, leader: usize, cx: &mut Context) {
        let Ok([follower, leader]) = self.collections.get_disjoint_mut([index, leader]) else {
            return;
        };
        let was_over = follower.is_over();
        follower.follow(leader, cx);
        if follower.is_over() && !was_over {
            self.ended(index, cx);
        }
    }

    /// Counts a collection that is over and ends those that follow it, which may have followers
    /// too.
    fn ended(&mut self, index: usize, cx: &mut Context) {
        self.over += 1;
        for follower in self.followers.remove(&index).unwrap_or_default() {
            self.follow(follower, index, cx);
        }
    }

    fn share(&mut self, index: usize, cx: &mut Context) {
        let Some(leader) = self.one(index).and_then(Collection::leader) else { return };
        if let Ok([follower, leader]) = self.collections.get_disjoint_mut([index, leader]) {
            follower.take_over(leader, cx);
        }
    }
}
