//! Keeps web pages away from the control plane.

use http::{StatusCode, header};

use super::problem;
use crate::answer::Answer;
use crate::exchange::Inbound;

/// Refuses a call that may come from a web page: one for a foreign host name (DNS rebinding), from
/// a foreign origin, or with a body that a form could send.
pub(super) fn refusal(inbound: &Inbound) -> Option<Answer> {
    let host = inbound.header(header::HOST.as_str()).unwrap_or_default();
    if !is_loopback(host) {
        return Some(problem(StatusCode::MISDIRECTED_REQUEST, "the host is not a loopback name"));
    }
    let origin = inbound.header(header::ORIGIN.as_str());
    let foreign =
        |origin: &str| origin.split_once("://").is_none_or(|(_, host)| !is_loopback(host));
    if origin.is_some_and(foreign) {
        return Some(problem(StatusCode::FORBIDDEN, "the origin is not a loopback name"));
    }
    if !inbound.body.is_empty() && inbound.media_type() != "application/json" {
        let message = "the body must be application/json";
        return Some(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    None
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name.to_ascii_lowercase().as_str(), "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_loopback_names_pass() {
        for host in ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:80", "[::1]"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.com", "127.0.0.1.example.com", "localhost.example.com:80"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
