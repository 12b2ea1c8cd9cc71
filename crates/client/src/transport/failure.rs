//! Errors for failed exchanges, without the URL.

use std::error::Error as StdError;
use std::io;

use mde_forensics_core::{Code, Error};

/// The error for an exchange that failed before a connection was established: no byte of the
/// request was sent.
pub(super) fn connect(error: &(dyn StdError + 'static), host: &str) -> Error {
    match tls(error) {
        Some(tls) => tls_failed(tls, host),
        None => {
            Error::new(Code::ConnectFailed, format!("no connection to `{host}`: {}", cause(error)))
        }
    }
}

/// The error for an exchange that failed after the connection was established.
pub(super) fn ended(error: &(dyn StdError + 'static), host: &str) -> Error {
    if let Some(tls) = tls(error) {
        return tls_failed(tls, host);
    }
    let text = format!("the connection to `{host}` ended too early: {}", cause(error));
    Error::new(Code::ConnectionLost, text)
}

/// The error for an exchange whose reply did not begin, continue or end in time.
pub(super) fn late(host: &str) -> Error {
    Error::new(Code::TimedOut, format!("`{host}` did not answer in time"))
}

/// The error for a download that failed.
pub(super) fn lost(error: &reqwest::Error, host: &str) -> Error {
    if tls(error).is_none() && error.is_timeout() {
        late(host)
    } else if error.is_connect() {
        connect(error, host)
    } else {
        ended(error, host)
    }
}

/// The text of the innermost cause. reqwest's own text contains the URL, its causes' texts do not.
pub(super) fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(e) = innermost.source() {
        innermost = e;
    }
    if innermost.is::<reqwest::Error>() {
        return "no cause was given".to_owned();
    }
    innermost.to_string()
}

/// The host and port for a message.
pub(super) fn host(url: &reqwest::Url) -> String {
    authority(url.host_str().unwrap_or_default(), url.port())
}

/// The host and port of an API request for a message.
pub(super) fn api_host(uri: &http::Uri) -> String {
    authority(uri.host().unwrap_or_default(), uri.port_u16())
}

fn authority(host: &str, port: Option<u16>) -> String {
    match port {
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

/// Finds the TLS error; an I/O error hides it from `source`.
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
