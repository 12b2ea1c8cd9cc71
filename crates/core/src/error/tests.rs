use std::error::Error as _;
use std::time::Duration;

use super::{Code, Error, Fault};

#[test]
fn an_error_reads_as_one_line_and_never_shows_its_body() {
    let error = Error::new(Code::Forbidden, "the service refused the collection")
        .with_status(403)
        .with_service("Forbidden", "no\r\npermission")
        .with_body(b"the body");
    assert_eq!(
        error.to_string(),
        "the service refused the collection (HTTP 403): Forbidden: no permission"
    );
    assert!(!format!("{error:?}").contains("the body"));
    assert_eq!(error.fault(), Fault::Api);
    assert_eq!(error.hint(), Code::Forbidden.hint());
}

#[test]
fn a_serialised_error_reads_back_without_its_source() {
    let error = Error::new(Code::Throttled, "slow down")
        .with_status(429)
        .with_service("TooManyRequests", "quota")
        .with_request_id("abc")
        .with_retry_after(Duration::from_millis(1500))
        .with_hint("wait")
        .with_body(b"{}")
        .with_source(std::fmt::Error);
    assert!(error.source().is_some());
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["retry_after"], 1.5);
    assert_eq!(json["fault"], "api");
    assert_eq!(json["retryable"], true);
    let back: Error = serde_json::from_value(json).unwrap();
    assert_eq!(back, error);
    assert!(back.source().is_none());
}

#[test]
fn an_error_keeps_what_the_service_said_in_its_cause() {
    let cause = Error::new(Code::ServiceError, "the service failed")
        .with_status(503)
        .with_service("InternalServerError", "try again")
        .with_request_id("request-4711");
    let error = Error::new(Code::CollectionUncertain, "two requests went unanswered")
        .with_source(cause.clone());
    assert_eq!(error.request_id(), Some("request-4711"));
    assert_eq!(error.to_string(), "two requests went unanswered: InternalServerError: try again");
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["causes"], serde_json::json!([cause.to_string()]));
    let back: Error = serde_json::from_value(json).unwrap();
    assert_eq!(back.causes(), error.causes());

    // The error's own service code wins.
    let error = Error::new(Code::Forbidden, "refused").with_service("Forbidden", "no");
    assert_eq!(error.with_source(cause).service_code(), Some("Forbidden"));
}

#[test]
fn causes_are_told_once_and_not_without_end() {
    let full = std::io::Error::other("No space left on device (os error 28)");
    let ledger = Error::new(Code::LedgerFailed, format!("the ledger cannot be written: {full}"))
        .with_source(full);
    let error = Error::new(Code::LedgerFailed, "nothing was asked").with_source(ledger);
    assert_eq!(
        error.causes(),
        ["the ledger cannot be written: No space left on device (os error 28)"]
    );
    let mut error = Error::new(Code::Internal, "0");
    for n in 1..9 {
        error = Error::new(Code::Internal, n.to_string()).with_source(error);
    }
    assert_eq!(error.causes(), ["7", "6", "5", "4"]);
    let secret =
        Error::new(Code::Internal, "x").with_source(std::io::Error::other("client_secret=abc"));
    assert!(!secret.causes()[0].contains("abc"));
}

#[test]
fn the_body_is_bounded_and_redacted() {
    let error =
        Error::new(Code::BadRequest, "x").with_body("client_secret=abc ".repeat(9_999).as_bytes());
    let body = error.body().unwrap();
    assert!(body.len() <= 4096);
    assert!(!body.contains("abc"));
}

#[test]
fn the_error_is_one_pointer() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[test]
fn names_are_unique_and_read_back() {
    for code in Code::ALL {
        assert_eq!(code.as_str().parse::<Code>().unwrap(), *code);
        assert!(!code.hint().is_empty() && !code.hint().ends_with('.'), "{code}");
    }
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
    assert_eq!("nonsense".parse::<Code>().unwrap_err().code(), Code::InvalidOption);
}
