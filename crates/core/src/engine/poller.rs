//! Polls many actions with one list call.

use std::time::Duration;

use time::OffsetDateTime;

use super::calls::{CallId, Failure, Owner, Reply};
use super::context::{Input, Timer};
use super::{Context, EventKind, pace};
use crate::endpoint::{ActionFilter, ListMachineActions};
use crate::map::{Names, sorted};
use crate::wire::{ActionType, MachineAction};
use crate::{ActionId, Error, Map, NextPage, Paging};

#[derive(Debug, Default)]
pub(super) struct Poller {
    watched: Map<usize, Watched>,
    by_action: Names,
    call: Option<CallId>,
    paging: Paging,
    /// The creation time from which it lists.
    from: Option<OffsetDateTime>,
    is_armed: bool,
}

#[derive(Debug)]
struct Watched {
    action: ActionId,
    created: Option<OffsetDateTime>,
    since: Duration,
    /// When it was last requested on its own, or began to be watched.
    asked: Duration,
    /// Whether the list in flight has shown it.
    is_seen: bool,
}

impl Watched {
    /// Whether a list from `from` on should show it.
    fn is_listed(&self, from: Option<OffsetDateTime>) -> bool {
        let is_apart = |created| from.is_some_and(|from| from - created > APART);
        self.created.is_some_and(|created| !is_apart(created))
    }
}

impl Poller {
    /// The creation time of the oldest action, leaving out a few much older ones.
    fn oldest(&self) -> Option<OffsetDateTime> {
        let created = self.watched.values().filter_map(|watched| watched.created).collect();
        let created = sorted(created, Ord::cmp);
        let pairs = created.iter().zip(created.iter().skip(1)).take(FEW);
        let mut behind_gaps =
            pairs.filter(|(one, next)| **next - **one > APART).map(|(_, next)| next);
        behind_gaps.next_back().or(created.first()).copied()
    }
}

impl Context {
    pub(super) fn watching(
        &mut self,
        index: usize,
        action: ActionId,
        created: Option<OffsetDateTime>,
    ) {
        self.poller.by_action.insert(action.folded(), index);
        let now = self.now.monotonic;
        let watched = Watched { action, created, since: now, asked: now, is_seen: false };
        self.poller.watched.insert(index, watched);
        if self.poller.watched.len() >= MANY && !self.poller.is_armed {
            self.arm_poller();
        }
    }

    pub(super) fn not_watching(&mut self, index: usize) {
        if let Some(watched) = self.poller.watched.remove(&index) {
            self.poller.by_action.remove(&watched.action.folded());
        }
    }

    /// Whether the list covers this collection, so that it need not poll on its own.
    pub(super) fn is_polled_with_others(&self, index: usize) -> bool {
        let watched = self.poller.watched.get(&index);
        self.poller.is_armed && watched.is_some_and(|watched| watched.is_listed(self.poller.from))
    }

    pub(super) fn poll_due(&mut self) {
        if self.poller.watched.len() < MANY {
            self.poller.is_armed = false;
        } else if self.poller.call.is_none() {
            for (_, watched) in self.poller.watched.iter_mut() {
                watched.is_seen = false;
            }
            self.poller.paging = Paging::default();
            self.poller.from = self.poller.oldest();
            self.list_watched(None);
        }
    }

    pub(super) fn listed(&mut self, result: Result<Reply, Failure>) {
        self.poller.call = None;
        match result {
            Ok(Reply::Actions(mut page)) => {
                let next = self.poller.paging.turn(&mut page);
                page.items.into_iter().for_each(|action| self.hand_on(action));
                match next {
                    Ok(None) => self.ask_after_missing(),
                    Ok(next) => return self.list_watched(next),
                    Err(error) => return self.could_not_list(&error),
                }
            }
            Ok(_) => {}
            Err(failure) => return self.could_not_list(&failure.error),
        }
        self.arm_poller();
    }

    fn could_not_list(&mut self, error: &Error) {
        let message = format!("the list of machine actions could not be had: {error}");
        self.event(None, EventKind::Warning { message });
        if error.is_retryable() {
            // Otherwise the collections would learn nothing, not even that their time is up.
            self.ask_after_missing();
            self.arm_poller();
        } else {
            // Each on its own, so that each learns the reason.
            self.poll_each();
        }
    }

    fn hand_on(&mut self, action: MachineAction) {
        if let Some(index) = self.poller.by_action.get(&action.id.folded())
            && let Some(watched) = self.poller.watched.get_mut(&index)
            && !std::mem::replace(&mut watched.is_seen, true)
        {
            self.inbox.push_back((index, Input::Seen(Box::new(action))));
        }
    }

    /// A list may lag; an action that a list should show by now but does not is requested by id.
    fn ask_after_missing(&mut self) {
        let (now, from) = (self.now.monotonic, self.poller.from);
        let is_missing = |(_, watched): &(&usize, &mut Watched)| {
            let has_had_time = now.saturating_sub(watched.since) >= LIST_LAG;
            has_had_time && !watched.is_seen && watched.is_listed(from)
        };
        let missing = self.poller.watched.iter_mut().filter(is_missing).collect();
        // If there are more than can be requested at once, they take turns.
        let missing = sorted(missing, |(_, one), (_, other)| one.asked.cmp(&other.asked));
        for (index, watched) in missing.into_iter().take(AT_ONCE) {
            watched.asked = now;
            self.inbox.push_back((*index, Input::Unseen));
        }
    }

    fn poll_each(&mut self) {
        self.poller.is_armed = false;
        let watched: Vec<usize> = self.poller.watched.iter().map(|(index, _)| *index).collect();
        self.inbox.extend(watched.into_iter().map(|index| (index, Input::Unseen)));
    }

    fn list_watched(&mut self, next: Option<NextPage>) {
        let filter = ActionFilter {
            kind: Some(ActionType::CollectInvestigationPackage),
            created_since: self.poller.from,
            ..ActionFilter::default()
        };
        self.poller.call =
            Some(self.call(
                Owner::Poller,
                ListMachineActions { next, ..ListMachineActions::new(filter) },
            ));
    }

    fn arm_poller(&mut self) {
        self.poller.is_armed = true;
        let youngest =
            self.poller.watched.values().map(|watched| watched.since).max().unwrap_or_default();
        let wait = pace::between(youngest, self);
        self.timer(self.after(wait), Timer::Poll);
    }
}

/// From this number on, one list is cheaper than single calls.
const MANY: usize = 3;
/// How long a list may fail to show an existing action.
const LIST_LAG: Duration = Duration::from_secs(60);
/// A gap between creation times that separates an old action from the rest: a list across it would
/// show all of the tenant's collections in between.
const APART: time::Duration = time::Duration::hours(1);
/// Up to this many old actions are polled individually instead.
const FEW: usize = 5;
/// The maximum number of single calls after one list.
const AT_ONCE: usize = 50;
