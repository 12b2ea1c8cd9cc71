//! What a failed exchange means, without the URL that it failed for.

use std::error::Error as StdError;
use std::io;

use mde_forensics_core::{Code, Error};

/// The error for an exchange that ended before a connection stood: no byte of the request has left.
pub(super) fn connect(error: &reqwest::Error, host: &str) -> Error {
    match tls(error) {
        Some(tls) => tls_failed(tls, host),
        None => {
            Error::new(Code::ConnectFailed, format!("no connection to `{host}`: {}", cause(error)))
        }
    }
}

/// The error for an exchange that ended once the connection stood.
pub(super) fn lost(error: &reqwest::Error, host: &str) -> Error {
    if let Some(tls) = tls(error) {
        return tls_failed(tls, host);
    }
    if error.is_timeout() {
        return Error::new(Code::TimedOut, format!("`{host}` did not answer in time"));
    }
    if error.is_connect() {
        return connect(error, host);
    }
    let text = format!("the connection to `{host}` ended too early: {}", cause(error));
    Error::new(Code::ConnectionLost, text)
}

/// The innermost cause in the words of who reported it; reqwest's own words hold the URL, its causes' do not.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut innermost = None;
    let mut next = error.source();
    while let Some(e) = next {
        innermost = Some(e);
        next = e.source();
    }
    innermost.map_or_else(|| "no cause was given".to_owned(), ToString::to_string)
}

/// The host and port for a message.
pub(super) fn host(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn tls_failed(error: &rustls::Error, host: &str) -> Error {
    let failed = Error::new(Code::TlsFailed, format!("no secure connection to `{host}`: {error}"));
    match error {
        rustls::Error::InvalidCertificate(_) => failed.with_hint(UNTRUSTED),
        _ => failed,
    }
}

/// Looks for the TLS error; an I/O error hides it from `source`.
fn tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => tls(wrapped),
        None => error.source().and_then(tls),
    }
}

const UNTRUSTED: &str =
    "the server's certificate is not trusted; behind a proxy that inspects TLS, give its CA file";
