//! The content of a ledger, folded as it is written.

use std::borrow::Borrow;

use crate::MachineId;
use crate::engine::{Fact, Handle, Record};
use crate::map::Names;

/// The content of a ledger: its records, folded into handles as they arrive, so that a query for
/// one collection costs the same however many others there are.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// In the order in which the collections began, or were requested anew.
    pages: Vec<Option<Page>>,
    /// The index of each collection, by name.
    places: Names,
    /// The index in `lists`, by machine.
    machines: Names,
    /// The indices of each machine's collections.
    lists: Vec<Vec<usize>>,
    /// How many pages to keep whatever their state; `None` keeps all.
    keeps: Option<usize>,
    /// The number of pages at which to drop old ones.
    full: usize,
}

/// What is known of one collection.
#[derive(Clone, Debug)]
struct Page {
    handle: Handle,
    /// The list that contains it.
    list: Option<usize>,
    /// Whether the collection has been begun or requested anew since; its device was asked
    /// nevertheless.
    is_past: bool,
}

/// A selection of a ledger's collections.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Wanted<'a> {
    /// All collections.
    All,
    /// Those with these names.
    Named(&'a [String]),
    /// What a claim needs: the collections of this machine, including superseded ones, and the
    /// collection with this name.
    Claimed(&'a MachineId, &'a str),
}

impl Book {
    /// Folds these records, in order.
    #[must_use]
    pub fn of(records: impl IntoIterator<Item = impl Borrow<Record>>) -> Self {
        let mut book = Self::default();
        records.into_iter().for_each(|record| book.append(record.borrow()));
        book
    }

    /// An empty book that keeps unfinished collections and about a thousand pages of ended ones:
    /// for a client that may run for years and whose callers keep the handles. A collection that it
    /// has forgotten is looked up at the service again.
    #[must_use]
    pub fn forgetful() -> Self {
        Self::keeping(ENDED)
    }

    fn keeping(ended: usize) -> Self {
        Self { keeps: Some(ended), ..Self::default() }
    }

    /// Adds a record.
    pub fn append(&mut self, record: &Record) {
        let place = self.places.get(&record.collection);
        let page = place.and_then(|place| self.pages.get_mut(place)?.as_mut());
        let place = match (page, place) {
            (Some(page), Some(place)) if !page.handle.is_started_over(record) => {
                if page.handle.is_asked_anew(record) {
                    let mut handle = page.handle.clone();
                    handle.apply(record);
                    return self.begin(handle);
                }
                page.handle.apply(record);
                place
            }
            _ => return Handle::from_first(record).into_iter().for_each(|it| self.begin(it)),
        };
        if matches!(record.fact, Fact::Begun { .. } | Fact::Resolved { .. }) {
            self.list(place);
        }
    }

    /// The wanted collections, in the order in which they began.
    pub fn handles(&self, wanted: Wanted<'_>) -> impl Iterator<Item = &Handle> {
        let mut places: Vec<usize> = match wanted {
            Wanted::All => (0..self.pages.len()).collect(),
            Wanted::Named(names) => names.iter().filter_map(|name| self.places.get(name)).collect(),
            Wanted::Claimed(machine, name) => {
                let list =
                    self.machines.get(&machine.folded()).and_then(|list| self.lists.get(list));
                let there = list.into_iter().flatten().copied();
                there.chain(self.places.get(name)).collect()
            }
        };
        places.sort_unstable();
        places.dedup();
        let with_past = matches!(wanted, Wanted::Claimed(..));
        let pages = places.into_iter().filter_map(|place| self.pages.get(place)?.as_ref());
        pages.filter(move |page| with_past || !page.is_past).map(|page| &page.handle)
    }

    pub(crate) fn into_handles(self) -> Vec<Handle> {
        let pages = self.pages.into_iter().flatten();
        pages.filter(|page| !page.is_past).map(|page| page.handle).collect()
    }

    /// Starts a new page for a collection; the earlier page remains only for its machine.
    fn begin(&mut self, handle: Handle) {
        self.forget();
        let place = self.pages.len();
        let earlier = self.places.insert(handle.collection().to_owned(), place);
        if let Some(page) = earlier.and_then(|earlier| self.pages.get_mut(earlier)) {
            match page {
                Some(page) if page.list.is_some() => page.is_past = true,
                _ => *page = None,
            }
        }
        self.pages.push(Some(Page { handle, list: None, is_past: false }));
        self.list(place);
    }

    /// Drops the oldest pages, except those of unfinished collections.
    fn forget(&mut self) {
        let Some(keeps) = self.keeps.filter(|_| self.pages.len() >= self.full) else { return };
        let kept_from = self.pages.len().saturating_sub(keeps);
        let pages = std::mem::take(&mut self.pages);
        *self = Self::keeping(keeps);
        for (place, page) in pages.into_iter().enumerate() {
            let Some(page) = page else { continue };
            let is_under_way = !page.is_past && page.handle.ended().is_none();
            if place >= kept_from || is_under_way {
                let place = self.pages.len();
                self.places.insert(page.handle.collection().to_owned(), place);
                self.pages.push(Some(Page { list: None, ..page }));
                self.list(place);
            }
        }
        // Not before the number has doubled, or each new page would require a pass over all.
        self.full = 2 * self.pages.len().max(keeps);
    }

    /// Adds a collection to its machine's list.
    fn list(&mut self, place: usize) {
        let Some(page) = self.pages.get_mut(place).and_then(Option::as_mut) else { return };
        let Some(machine) = page.handle.machine().map(|machine| machine.id.folded()) else {
            return;
        };
        let list = self.machines.get(&machine).unwrap_or_else(|| {
            self.machines.insert(machine, self.lists.len());
            self.lists.push(Vec::new());
            self.lists.len() - 1
        });
        let before = page.list.replace(list);
        if before != Some(list) {
            self.unlist(place, before);
            if let Some(list) = self.lists.get_mut(list) {
                list.push(place);
            }
        }
    }

    fn unlist(&mut self, place: usize, list: Option<usize>) {
        if let Some(list) = list.and_then(|list| self.lists.get_mut(list)) {
            list.retain(|other| *other != place);
        }
    }
}

/// More than most calls concern; they take a few megabytes.
const ENDED: usize = 1_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(collection: u8, (fact, number): (u8, u8)) -> Record {
        let fact = match fact {
            0 => format!(
                r#""fact":"begun","tenant":"contoso.com","base":"https://api.security.microsoft.com",
                   "device":"ws-042","comment":"INC-42","round":{number}"#
            ),
            1 => format!(r#""fact":"resolved","machine":"{}""#, machine(number)),
            _ => r#""fact":"observed","status":"Pending""#.to_owned(),
        };
        let json =
            format!(r#"{{"collection":"c{collection}","at":"2026-01-05T10:00:00Z",{fact}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    /// Upper case every second time, which is the same machine.
    fn machine(number: u8) -> String {
        let id = format!("{:040x}", 0xabc + u16::from(number / 2));
        if number.is_multiple_of(2) { id } else { id.to_ascii_uppercase() }
    }

    fn ended(collection: &str) -> Record {
        let json = format!(
            r#"{{"collection":"{collection}","at":"2026-01-05T10:00:00Z","fact":"ended","outcome":"collected"}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn begun(number: usize) -> [Record; 2] {
        [(0, 1), (1, 1)].map(|fact| {
            let mut record = record(0, fact);
            record.collection = number.to_string();
            record
        })
    }

    #[test]
    fn what_has_ended_is_forgotten_and_what_is_under_way_is_not() {
        let mut book = Book::keeping(10);
        for number in 0..1_000 {
            for record in &begun(number) {
                book.append(record);
            }
            if number != 500 {
                book.append(&ended(&number.to_string()));
            }
            let name = number.to_string();
            assert_eq!(found(&book, Wanted::Named(&[name])).len(), 1);
            assert!(book.pages.len() <= 22, "{} pages", book.pages.len());
        }
        let machine = MachineId::parse(&machine(1)).unwrap();
        let there = found(&book, Wanted::Claimed(&machine, "x"));
        let names: Vec<_> = there.iter().map(|it| it.collection().to_owned()).collect();
        let latest = (1_001 - names.len()..1_000).map(|number| number.to_string());
        assert_eq!(names, ["500".to_owned()].into_iter().chain(latest).collect::<Vec<_>>());
        assert_eq!(found(&book, Wanted::All), there);
    }

    #[test]
    fn many_that_are_under_way_are_not_looked_at_each_time() {
        let mut book = Book::keeping(1);
        let mut looks = 0;
        for number in 0..1_000 {
            let full = book.full;
            for record in &begun(number) {
                book.append(record);
            }
            looks += usize::from(book.full != full);
        }
        assert_eq!(book.pages.len(), 1_000);
        assert!(looks < 12, "{looks} looks");
    }

    fn found(book: &Book, wanted: Wanted<'_>) -> Vec<Handle> {
        book.handles(wanted).cloned().collect()
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_what_a_look_at_all_finds(
            steps in prop::collection::vec((0u8..5, (0u8..3, 1u8..7)), 0..60),
        ) {
            let mut book = Book::default();
            // The superseded states.
            let mut past = Vec::new();
            for (collection, fact) in steps {
                let record = record(collection, fact);
                past.extend(found(&book, Wanted::All).into_iter().filter(|it| {
                    it.collection() == record.collection && it.is_started_over(&record)
                }));
                book.append(&record);
            }
            let all = found(&book, Wanted::All);
            for number in 1..7 {
                let machine = MachineId::parse(&machine(number)).unwrap();
                let is_of = |it: &&Handle| {
                    it.machine().is_some_and(|it| it.id.matches(machine.as_str()))
                };
                let is_there = |it: &&Handle| it.collection() == "c2" || is_of(it);
                let mut there: Vec<_> = all.iter().filter(is_there).cloned().collect();
                there.extend(past.iter().filter(is_of).cloned());
                let mut told = found(&book, Wanted::Claimed(&machine, "c2"));
                let is_named = |it: &&Handle| it.collection() == "c2";
                prop_assert_eq!(told.iter().rfind(is_named), all.iter().find(is_named));
                there.sort_by_key(Handle::to_json);
                told.sort_by_key(Handle::to_json);
                prop_assert_eq!(told, there);
            }
            let names = ["c3".to_owned(), "c9".to_owned(), "c1".to_owned(), "c3".to_owned()];
            let is_named = |it: &&Handle| names.iter().any(|name| name == it.collection());
            let named: Vec<_> = all.iter().filter(is_named).cloned().collect();
            prop_assert_eq!(found(&book, Wanted::Named(&names)), named);
        }
    }
}
