//! Interprets the reply or the failure of a driver whose HTTP client is a `fetch`.

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use http::{HeaderMap, StatusCode};

use crate::engine::Exchange;
use crate::work::{Effect, EffectResult, Failure};
use crate::{Code, Error};

/// The effect for a request; `seconds` is the time limit for the whole reply.
#[must_use]
pub fn effect(request: http::Request<Vec<u8>>, body_limit: usize, seconds: f64) -> Effect {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let (head, body) = request.into_parts();
    Effect::Send {
        method: head.method.as_str().to_owned(),
        url: head.uri.to_string(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: (!body.is_empty()).then(|| String::from_utf8(body).unwrap_or_default()),
        body_limit,
        seconds,
    }
}

/// The result of a request.
#[must_use]
pub fn exchange(given: EffectResult) -> Exchange {
    if let Some(failure) = &given.failed {
        if failure.is_redirect {
            // A browser reveals neither the target nor the status of a redirect.
            let mut reply = http::Response::new(Vec::new());
            *reply.status_mut() = StatusCode::FOUND;
            return Exchange::Reply(reply);
        }
        let error = self::failure(failure);
        return if failure.has_head {
            Exchange::Broken(error)
        } else if failure.is_unsent {
            Exchange::NotSent(error)
        } else {
            Exchange::Unknown(error)
        };
    }
    let Ok(status) = StatusCode::from_u16(given.status) else {
        return Exchange::Unknown(opaque());
    };
    let mut headers = headers(&given.headers);
    let body = given.bytes.unwrap_or_default();
    if let (false, Some(encoding)) = (looks_decoded(&body), headers.get(CONTENT_ENCODING)) {
        let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
        if !encoding.eq_ignore_ascii_case("identity") {
            let text = format!("the reply's content encoding `{encoding}` was not decoded");
            return Exchange::Broken(Error::new(Code::InvalidEncoding, text));
        }
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let mut reply = http::Response::new(body);
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    Exchange::Reply(reply)
}

/// Whether a body is not compressed, whatever its header says: `fetch` and many libraries decode
/// the body but keep the header. The service's replies never begin like a compressed body.
#[must_use]
pub fn looks_decoded(body: &[u8]) -> bool {
    body.first().is_none_or(|first| b" \t\r\n{[\"<".contains(first))
}

/// The reply's headers that are used here; others and invalid values are dropped.
#[must_use]
pub fn headers(given: &[(String, String)]) -> HeaderMap {
    // No capacity is reserved by a foreign count: only a few headers are kept.
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        // Parsing arbitrary names would need a table of all common ones: 12 kB of what a page
        // loads.
        let is_it = |known: &&HeaderName| name.eq_ignore_ascii_case(known.as_str());
        let known = READ.iter().chain(&REQUEST_IDS).find(is_it);
        if let (Some(name), Ok(value)) = (known, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

/// The error for a reply that a browser hides from its page.
#[must_use]
pub(crate) fn opaque() -> Error {
    Error::new(Code::ConnectionLost, "the reply cannot be looked at").with_hint(
        "a browser shows a page only replies that name its origin (CORS): go by a proxy of your own, or not from a page",
    )
}

/// The network error, as far as a `fetch` reports it.
#[must_use]
pub fn failure(failure: &Failure) -> Error {
    if let Some(error) = &failure.error {
        return error.clone();
    }
    let code = match failure.code.as_deref() {
        _ if failure.is_too_large => Code::TooLarge,
        Some(NEEDS_STREAMING) => Code::TooLarge,
        _ if failure.is_timeout => Code::TimedOut,
        _ if failure.is_redirect => Code::UnexpectedRedirect,
        Some("Z_DATA_ERROR" | "Z_BUF_ERROR") => Code::InvalidEncoding,
        Some(code) if code.starts_with("ERR__ERROR_FORMAT") => Code::InvalidEncoding,
        Some("UND_ERR_CONNECT_TIMEOUT" | "ECONNREFUSED" | "ENOTFOUND" | "EAI_AGAIN") => {
            Code::ConnectFailed
        }
        Some("EHOSTUNREACH" | "ENETUNREACH" | "EADDRNOTAVAIL") => Code::ConnectFailed,
        Some("UND_ERR_HEADERS_TIMEOUT" | "UND_ERR_BODY_TIMEOUT" | "ETIMEDOUT") => Code::TimedOut,
        Some(code) if is_tls(code) => Code::TlsFailed,
        _ => Code::ConnectionLost,
    };
    let error = Error::new(code, failure.message.as_str());
    match failure.code.as_deref() {
        Some(NEEDS_STREAMING) => error.with_hint(
            "give a `streaming` fetch, such as the platform's: it gives the package in parts as they come",
        ),
        _ => error,
    }
}

/// Whether this is Node's code for an untrusted certificate or another TLS error.
fn is_tls(code: &str) -> bool {
    code.starts_with("CERT_")
        || code.starts_with("ERR_TLS_")
        || code.starts_with("ERR_SSL_")
        || matches!(
            code,
            "DEPTH_ZERO_SELF_SIGNED_CERT"
                | "SELF_SIGNED_CERT_IN_CHAIN"
                | "UNABLE_TO_GET_ISSUER_CERT"
                | "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
                | "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
        )
}

/// The error code of a `fetch` that holds bodies in memory, for a body that is too large for that.
const NEEDS_STREAMING: &str = "ERR_NEEDS_STREAMING";

/// Every header of a reply that is used, besides the [ids](REQUEST_IDS).
static READ: [HeaderName; 8] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    DATE,
    ETAG,
    LOCATION,
    RETRY_AFTER,
];

/// Headers that may contain the service's request id, the best first.
pub(crate) static REQUEST_IDS: [HeaderName; 4] = [
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("client-request-id"),
    HeaderName::from_static("x-ms-correlation-request-id"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_would_hold_a_package_whole_is_told_to_give_it_in_parts() {
        let code = Some(NEEDS_STREAMING.to_owned());
        let message = "the package has 83886080 bytes".to_owned();
        let error = failure(&Failure { message, code, ..Failure::default() });
        assert_eq!(error.code(), Code::TooLarge);
        assert!(error.hint().contains("streaming"), "{}", error.hint());
        assert!(!error.is_retryable());
    }

    #[test]
    fn more_headers_than_a_map_holds_are_none_of_ours() {
        let header = |number| (format!("x-{number}"), String::new());
        let mut given: Vec<_> = (0..50_000).map(header).collect();
        given.extend((0..50_000).map(|_| ("Retry-After".to_owned(), "7".to_owned())));
        let headers = headers(&given);
        assert_eq!(headers.get("retry-after").map(HeaderValue::as_bytes), Some(&b"7"[..]));
        assert_eq!(headers.keys_len(), 1);
    }
}
