//! Interprets the head of a download's reply.

use std::fmt;

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, LOCATION,
};
use http::{HeaderMap, StatusCode};

use super::Sidecar;
use crate::{Code, Error};

/// The meaning of the head of a reply to a download.
pub enum Head {
    /// The whole package from its first byte.
    Whole {
        /// What the bytes belong to.
        sidecar: Sidecar,
        /// The package's length in bytes, if known.
        length: Option<u64>,
    },
    /// The rest of a download that was begun.
    Rest {
        /// The length of the rest in bytes.
        length: u64,
    },
    /// All bytes are already on disk.
    Nothing,
    /// The package has changed, so what was begun is useless.
    Changed(Error),
    /// A redirect to this URL, whose query is a secret.
    Redirect(String),
    /// The link is dead.
    Dead(Error),
    /// The same link may work later.
    Later(Error),
    /// This host provides no package.
    Refused(Error),
}

impl Head {
    /// Interprets a reply. `received` bytes of the download `begun` are on disk; if there are any,
    /// the request asked for the rest.
    #[must_use]
    pub fn judge(status: StatusCode, headers: &HeaderMap, begun: &Sidecar, received: u64) -> Self {
        match status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT if is_encoded(headers) => Self::Refused(
                error(Code::InvalidEncoding, status, "the package comes with a content encoding"),
            ),
            StatusCode::OK => whole(status, headers),
            // Taken for the rest, it would overwrite what an older download left.
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

/// Whether a body begins like a web page or XML instead of a package.
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

/// A 416 under `If-Range` means that the package is unchanged; it is complete if its size equals
/// the bytes on disk.
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

/// Parses `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4); `None` if it is inconsistent.
fn range(value: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then_some((first, last, total))
}

/// The strong entity tag; a weak one does not promise the same bytes (RFC 9110, 8.8.1).
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
