//! One page of a list, and the link to the next.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::query::{MOST, Query};
use super::row::Row;
use crate::api::Route;
use crate::exchange::Call;
use crate::wire::Collection;
use crate::world::World;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    rows: Vec<&'a T>,
    count: Option<usize>,
    next: Option<String>,
}

impl<'a, T> Page<'a, T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn map<V>(self, context: String, view: impl FnMut(&'a T) -> V) -> Collection<V> {
        let value = self.rows.into_iter().map(view).collect();
        Collection { context, count: self.count, value, next: self.next }
    }
}

/// The page of `rows` that `query` asks for, of the list at `resource`.
pub(crate) fn page<'a, T: Row>(
    call: &Call<'_>,
    route: &Route,
    resource: &str,
    query: &Query,
    mut rows: Vec<&'a T>,
    world: &World,
) -> Page<'a, T> {
    if let Some(filter) = &query.filter {
        rows.retain(|&row| filter.takes(row, call.now));
    }
    for &(field, descending) in query.order.iter().rev() {
        rows.sort_by(|one, other| {
            let order = one.value(field, call.now).order(&other.value(field, call.now));
            if descending { order.reverse() } else { order }
        });
    }
    let found = rows.len();
    let page_size = world.options.page_size.clamp(1, MOST);
    let wanted = query.top.unwrap_or(usize::MAX);
    let rows: Vec<_> = rows.into_iter().skip(query.skip).take(wanted.min(page_size)).collect();

    let passed = query.skip.saturating_add(rows.len());
    let still_wanted = wanted.saturating_sub(rows.len());
    let next = (passed < found && still_wanted > 0).then(|| {
        let origin = world.options.next_link_origin.as_deref();
        let origin = origin.unwrap_or(&call.shared.origins().api).trim_end_matches('/');
        let mut pairs = query.repeat.clone();
        if query.top.is_some() {
            pairs.push(("$top".to_owned(), still_wanted.to_string()));
        }
        pairs.push(("$skip".to_owned(), passed.to_string()));
        format!("{origin}{}{resource}?{}", route.prefix, encode(&pairs))
    });
    Page { rows, count: query.count.then_some(found), next }
}

fn encode(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'$').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
