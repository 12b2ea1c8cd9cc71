//! OData: string literals that cannot be escaped from, pages, and next links.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use time::OffsetDateTime;

use crate::base_url::BaseUrl;
use crate::cloud::Cloud;
use crate::error::{Code, Error};
use crate::json::{Fields, Json, Read, Wrong};
use crate::url::{Parts, Scheme};

/// All characters except the unreserved ones of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest query of a next link that is followed.
const NEXT_LIMIT: usize = 8 * 1024;

/// Quotes an OData string literal: single quotes around it, inner ones doubled (OData 4.01 ABNF,
/// `string`).
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An OData date and time in UTC, cut to the second: `2026-01-05T10:00:00Z`. `None` outside the
/// years 0 to 9999.
pub(crate) fn instant(at: OffsetDateTime) -> Option<String> {
    let utc = at.checked_to_offset(time::UtcOffset::UTC)?;
    let (year, month, day) = utc.to_calendar_date();
    let (hour, minute, second) = utc.to_hms();
    let month = u8::from(month);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Percent-encodes a path segment or a query value, so that it cannot change the URL's structure;
/// returns it piece by piece.
pub(crate) fn escaped(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ESCAPED)
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows, in the service's order.
    pub items: Vec<T>,
    /// The next page; `None` at the end of the list.
    pub next: Option<NextPage>,
}

impl<T> Page<T> {
    /// Creates a page with these rows.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<NextPage>) -> Self {
        Self { items, next }
    }
}

/// A next page: only the query of an `@odata.nextLink`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage {
    query: String,
}

impl NextPage {
    /// Restores a next page from what [`as_str`](Self::as_str) returned.
    ///
    /// The query is only ever sent to the list's own path. Fails with `invalid_option` if it is not
    /// a query.
    pub fn from_query(query: &str) -> Result<Self, Error> {
        let is_query = !query.is_empty()
            && query.len() <= NEXT_LIMIT
            && query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if is_query {
            return Ok(Self { query: query.to_owned() });
        }
        Err(Error::new(Code::InvalidOption, "where the list goes on is no query of a URL"))
    }

    /// The query, without its `?`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.query
    }

    /// The next page after a full page without a link, if `sent` asked for pages of `top` rows: the
    /// service may treat `$top` as the length of the whole list.
    pub(crate) fn after_full(sent: &str, top: u32) -> Option<Self> {
        let parameters = || sent.split('&').filter(|part| !part.is_empty());
        let value = |name: &str| parameters().find_map(|part| part.strip_prefix(name));
        value("$top=").filter(|asked| asked.parse() == Ok(top))?;
        let skipped: u64 = value("$skip=").map_or(Ok(0), str::parse).ok()?;
        let skipped = skipped.checked_add(top.into())?;
        let kept: Vec<_> = parameters().filter(|part| !part.starts_with("$skip=")).collect();
        Some(Self { query: format!("{}&$skip={skipped}", kept.join("&")) })
    }

    /// Takes the query of `link` if the link leads to `path` (such as `/api/machines`, or the same
    /// under `/api/v1.0`) on `base` itself or on a host of the service.
    ///
    /// Fails with [`Code::ForeignLink`] if it does not, or if it has no usable query.
    pub(crate) fn parse(link: &str, base: &BaseUrl, path: &str) -> Result<Self, Error> {
        let foreign = |why: String| {
            Error::new(Code::ForeignLink, format!("the list's `@odata.nextLink` {why}"))
        };
        let parts = Parts::parse(link)
            .map_err(|error| foreign(error.message().trim_start_matches("the URL ").to_owned()))?;
        let is_own = base.host().eq_ignore_ascii_case(parts.host) && base.port() == parts.port;
        let is_alias =
            Cloud::is_mde_host(parts.host) && parts.scheme == Scheme::Https && parts.port == 443;
        if !is_own && !is_alias {
            return Err(foreign(format!("leads to `{}`", parts.host)));
        }
        let under_base = parts.path.strip_prefix(base.path()).filter(|_| is_own);
        let leads_home = |found: &str| {
            let found = found.trim_end_matches('/');
            let versioned = path.strip_prefix("/api").map(|rest| format!("/api/v1.0{rest}"));
            found.eq_ignore_ascii_case(path)
                || versioned.is_some_and(|versioned| found.eq_ignore_ascii_case(&versioned))
        };
        if !under_base.is_some_and(leads_home) && !leads_home(parts.path) {
            return Err(foreign("leads to another path".to_owned()));
        }
        match parts.query {
            Some(query) if !query.is_empty() && query.len() <= NEXT_LIMIT => {
                Ok(Self { query: query.to_owned() })
            }
            _ => Err(foreign("has no usable query".to_owned())),
        }
    }
}

/// A list as the service sends it.
pub(crate) struct Collection<T> {
    pub(crate) value: Vec<T>,
    pub(crate) next_link: Option<String>,
}

impl<T: Read> Read for Collection<T> {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self { value: fields.take("value")?, next_link: fields.optional("@odata.nextLink") })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_stays_inside_its_quotes() {
        assert_eq!(literal("ws-042"), "'ws-042'");
        assert_eq!(literal("' or 1 eq 1 or '"), "''' or 1 eq 1 or '''");
        assert_eq!(escaped("a' &=#/?é+").to_string(), "a%27%20%26%3D%23%2F%3F%C3%A9%2B");
    }

    #[test]
    fn only_the_query_of_a_next_link_is_used() {
        let base = BaseUrl::parse("http://127.0.0.1:8080/mde").unwrap();
        let path = "/api/machines";
        for link in [
            "http://127.0.0.1:8080/mde/api/machines?$skip=10000",
            "http://127.0.0.1:8080/api/machines?$skip=10000",
            "https://api.securitycenter.microsoft.com/api/machines?$skip=10000",
            "https://API.securitycenter.windows.com/api/v1.0/Machines?$skip=10000",
        ] {
            assert_eq!(
                NextPage::parse(link, &base, path).unwrap().as_str(),
                "$skip=10000",
                "{link}"
            );
        }
        for link in [
            "https://evil.example/api/machines?$skip=1",
            "https://api.security.microsoft.com.evil.example/api/machines?$skip=1",
            "https://user@api.security.microsoft.com/api/machines?$skip=1",
            "http://api.security.microsoft.com/api/machines?$skip=1",
            "https://api.security.microsoft.com:444/api/machines?$skip=1",
            "http://127.0.0.1:8081/api/machines?$skip=1",
            "https://api.security.microsoft.com/api/machineactions?$skip=1",
            "https://api.security.microsoft.com/api/machines",
            "https://api.security.microsoft.com/api/machines?",
            "https://api.security.microsoft.com/api/machines?a#b",
            "/api/machines?$skip=1",
            "",
        ] {
            assert_eq!(
                NextPage::parse(link, &base, path).unwrap_err().code(),
                Code::ForeignLink,
                "{link}"
            );
        }
    }

    #[test]
    fn a_full_page_without_a_link_is_skipped_over() {
        let after = |sent| NextPage::after_full(sent, 2).map(|next| next.query);
        assert_eq!(after("$filter=x&$top=2").unwrap(), "$filter=x&$top=2&$skip=2");
        assert_eq!(after("$filter=x&$top=2&$skip=2").unwrap(), "$filter=x&$top=2&$skip=4");
        // The service decides: without a link, its list ends.
        assert_eq!(after("$top=2&$skip=18446744073709551615"), None);
        assert_eq!(after("$skip=10000"), None);
        assert_eq!(after("$skiptoken=abc"), None);
        assert_eq!(after("$top=1000"), None);
    }

    #[test]
    fn an_instant_is_utc_and_whole_seconds() {
        let at = time::macros::datetime!(2026-01-05 11:00:00.9 +01:00);
        assert_eq!(instant(at).unwrap(), "2026-01-05T10:00:00Z");
    }
}
