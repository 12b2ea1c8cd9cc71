//! What the head of a download's reply means.

use std::fmt;

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, LOCATION,
};
use http::{HeaderMap, StatusCode};

use super::Sidecar;
use crate::{Code, Error};

/// What the head of a reply to a download means.
pub enum Head {
    /// The whole package from its first byte, `length` bytes if that is known.
    Whole {
        /// What the bytes belong to.
        sidecar: Sidecar,
        /// How many they are.
        length: Option<u64>,
    },
    /// The rest of what was begun, `length` bytes.
    Rest {
        /// How many bytes they are.
        length: u64,
    },
    /// All bytes are here already.
    Nothing,
    /// What was begun is of no use any more.
    Changed(Error),
    /// Redirected to this URL, whose query is a password.
    Redirect(String),
    /// The link is dead.
    Dead(Error),
    /// The same link may work later.
    Later(Error),
    /// No package comes from here.
    Refused(Error),
}

impl Head {
    /// Judges a reply; `received` bytes of `begun` were on disk and a range request went out if there are any.
    #[must_use]
    pub fn judge(status: StatusCode, headers: &HeaderMap, begun: &Sidecar, received: u64) -> Self {
        match status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT if is_encoded(headers) => Self::Refused(
                error(Code::InvalidEncoding, status, "the package comes with a content encoding"),
            ),
            StatusCode::OK => whole(status, headers),
            // Taken for the rest, it would lie over what an older download left.
            StatusCode::PARTIAL_CONTENT if received == 0 => Self::Refused(error(
                Code::UnexpectedStatus,
                status,
                "a part of the package comes, and all of it was asked for",
            )),
            StatusCode::PARTIAL_CONTENT => rest(status, headers, begun, received),
            StatusCode::RANGE_NOT_SATISFIABLE => unsatisfiable(status, headers, received),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => match text(headers, &LOCATION) {
                Some(location) => Self::Redirect(location.to_owned()),
                None => Self::Refused(error(Code::UnexpectedRedirect, status, "a redirect leads nowhere")),
            },
            StatusCode::FORBIDDEN if is_html(headers) => Self::Refused(
                error(Code::NotAPackage, status, "a web page came in place of the package")
                    .with_hint("a proxy or firewall may stand between; it must let the download host through"),
            ),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
                Self::Dead(error(Code::LinkDead, status, "the package link is dead"))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Self::Later(error(Code::Throttled, status, "the download host asks to wait"))
            }
            _ if status.is_server_error() => {
                Self::Later(error(Code::ServiceError, status, "the download host failed"))
            }
            _ => Self::Refused(error(Code::UnexpectedStatus, status, "the download host refused")),
        }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { length, .. } => f.debug_tuple("Whole").field(length).finish(),
            Self::Rest { length } => f.debug_tuple("Rest").field(length).finish(),
            Self::Nothing => f.write_str("Nothing"),
            Self::Redirect(_) => f.write_str("Redirect([redacted])"),
            Self::Changed(error)
            | Self::Dead(error)
            | Self::Later(error)
            | Self::Refused(error) => error.fmt(f),
        }
    }
}

/// Whether a body begins as a page does, in place of a package.
#[must_use]
pub fn is_markup(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'<')
}

fn whole(status: StatusCode, headers: &HeaderMap) -> Head {
    let length = number(headers, &CONTENT_LENGTH);
    match length {
        Some(0) => Head::Dead(error(Code::LinkDead, status, "the package link gave nothing")),
        _ => Head::Whole { sidecar: Sidecar::new(strong_tag(headers), length), length },
    }
}

fn rest(status: StatusCode, headers: &HeaderMap, begun: &Sidecar, received: u64) -> Head {
    let changed = |what: &str| {
        Head::Changed(error(
            Code::PackageChanged,
            status,
            &format!("the package was begun, and now {what}"),
        ))
    };
    let Some((first, last, total)) = text(headers, &CONTENT_RANGE).and_then(range) else {
        return changed("the range that comes is not named");
    };
    if first != received {
        return changed("another range comes than was asked for");
    }
    if begun.total.is_some_and(|begun| begun != total) || last + 1 != total {
        return changed("it has another size");
    }
    match strong_tag(headers) {
        Some(tag) if begun.validator.as_ref() != Some(&tag) => changed("it has another entity tag"),
        _ => Head::Rest { length: total - first },
    }
}

/// A 416 under `If-Range` says that the package is the same and has no further byte, if it has as many as are here.
fn unsatisfiable(status: StatusCode, headers: &HeaderMap, received: u64) -> Head {
    let total: Option<u64> = text(headers, &CONTENT_RANGE)
        .and_then(|range| range.strip_prefix("bytes */")?.parse().ok());
    match total {
        Some(total) if received == total => Head::Nothing,
        _ => Head::Changed(error(
            Code::PackageChanged,
            status,
            "the package is smaller than what was received",
        )),
    }
}

/// `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4), where it makes sense.
fn range(value: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then_some((first, last, total))
}

/// A strong entity tag; a weak one does not promise the same bytes (RFC 9110, 8.8.1).
fn strong_tag(headers: &HeaderMap) -> Option<String> {
    text(headers, &ETAG).filter(|tag| tag.starts_with('"') && tag.len() > 2).map(str::to_owned)
}

fn is_encoded(headers: &HeaderMap) -> bool {
    text(headers, &CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
}

fn is_html(headers: &HeaderMap) -> bool {
    text(headers, &CONTENT_TYPE)
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn error(code: Code, status: StatusCode, message: &str) -> Error {
    Error::new(code, message).with_status(status.as_u16())
}
