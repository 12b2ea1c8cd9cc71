//! Lists: their query, their pages, and the meaning of a 404.

use http::Response;

use super::request::Target;
use super::{Endpoint, reply};
use crate::base_url::BaseUrl;
use crate::error::{Code, Error};
use crate::json::Read;
use crate::odata::{Collection, NextPage, Page};

/// The most rows that the service returns per page.
const MOST: u32 = 10_000;

/// The query of a list: its filter and page size, or its next page.
pub(super) fn target(
    path: &'static str,
    filter: &str,
    top: u32,
    next: Option<&NextPage>,
) -> Result<Target, Error> {
    if !(1..=MOST).contains(&top) {
        let message = format!("a page of {top} rows cannot be asked for: it is 1 to {MOST}");
        return Err(Error::new(Code::InvalidOption, message));
    }
    let target = Target::new(path);
    if next.is_some() {
        return Ok(at(target, next));
    }
    let target = if filter.is_empty() { target } else { target.parameter("$filter", filter) };
    Ok(target.parameter("$top", &top.to_string()))
}

/// The next page of a list, or its first.
pub(super) fn at(first: Target, next: Option<&NextPage>) -> Target {
    match next {
        Some(next) => first.with_query(next.as_str()),
        None => first,
    }
}

/// Reads a page. A 404 from the service itself is an empty list (Microsoft's page "List machines":
/// "no recent machines"); a 404 from another server is an error.
fn page<E: Endpoint, T: Read>(
    response: &Response<Vec<u8>>,
    base: &BaseUrl,
    path: &str,
) -> Result<Page<T>, Error> {
    let collection: Collection<T> = match reply::read::<E, _>(response) {
        Err(error) if error.code() == Code::NotFound && is_own(response, &error) => {
            return Ok(Page::new(Vec::new(), None));
        }
        read => read?,
    };
    let next = match collection.next_link.as_deref() {
        None | Some("") => None,
        Some(link) => Some(NextPage::parse(link, base, path)?),
    };
    Ok(Page::new(collection.value, next))
}

/// Reads the page requested with `sent`, in pages of `top` rows. A full page without a link has a
/// next page too; a link to the same page is refused, since the list would never end.
pub(super) fn page_of<E: Endpoint, T: Read>(
    response: &Response<Vec<u8>>,
    base: &BaseUrl,
    path: &str,
    sent: &Target,
    top: u32,
) -> Result<Page<T>, Error> {
    let mut page = page::<E, T>(response, base, path)?;
    match &page.next {
        Some(next) if next.as_str() == sent.query() => {
            Err(reply::invalid_shape(response, "@odata.nextLink", "it leads to this same page"))
        }
        None if u32::try_from(page.items.len()).is_ok_and(|rows| rows >= top) => {
            page.next = NextPage::after_full(sent.query(), top);
            Ok(page)
        }
        _ => Ok(page),
    }
}

fn is_own(response: &Response<Vec<u8>>, error: &Error) -> bool {
    response.body().is_empty() || error.service_code().is_some()
}
