//! Faults that change the response to an executed request.

use bytes::Bytes;
use http::HeaderValue;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::{Change, Ending};
use crate::answer::{Answer, Payload};
use crate::config::Fault;
use crate::exchange::Call;

/// Changes a response according to the call's fault, and returns how to send it.
pub(crate) fn change(call: &Call<'_>, answer: &mut Answer) -> Change {
    let mut change = Change { may_compress: true, ..Change::default() };
    let Some(fault) = call.fault else { return change };
    match fault {
        Fault::LostAnswer => change.ending = Ending::Drop,
        Fault::Stall { seconds } => change.hold = Some(*seconds),
        Fault::Slow { bytes_per_second } => {
            change.travel.bytes_per_second = Some(*bytes_per_second);
        }
        Fault::Truncate { at } => {
            change.travel.cut = Some(*at);
            change.may_compress = false;
        }
        Fault::Status { done: true, .. } => {
            if let Some(instead) = super::before::status(call) {
                *answer = instead;
            }
        }
        _ => {
            spoil(fault, answer);
            change.may_compress = false;
        }
    }
    change
}

fn spoil(fault: &Fault, answer: &mut Answer) {
    match fault {
        Fault::BadGzip => {
            answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Fault::DeepJson => {
            let deep = ["[".repeat(DEPTH), "]".repeat(DEPTH)].concat();
            answer.replace(JSON, Payload::Chunked(deep.into()));
        }
        Fault::Empty => {
            let kind = answer.headers.get(CONTENT_TYPE).cloned();
            answer.replace(JSON, Payload::Whole(Bytes::new()));
            if let Some(kind) = kind {
                answer.headers.insert(CONTENT_TYPE, kind);
            }
        }
        Fault::Html => {
            answer.status = StatusCode::OK;
            answer.replace("text/html; charset=utf-8", Payload::Whole(PROXY_PAGE.into()));
        }
        Fault::MalformedJson => {
            let bytes = answer.bytes();
            let half = bytes.slice(..bytes.len().saturating_sub(1).min(bytes.len() / 2 + 1));
            answer.replace(JSON, Payload::Chunked(half));
        }
        Fault::Oversize { bytes: size } => {
            let bytes = answer.bytes();
            answer.headers.remove(http::header::CONTENT_LENGTH);
            answer.payload = Payload::Padded { bytes, size: *size };
        }
        Fault::WrongContent => {
            answer.status = StatusCode::OK;
            answer.replace(JSON, Payload::Whole(Bytes::from_static(b"{\"hello\":\"world\"}")));
        }
        Fault::WrongContentType => {
            answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
        // Done to the world where the request was done, or before it was.
        _ => {}
    }
}

const DEPTH: usize = 100_000;
const JSON: &str = "application/json; charset=utf-8";
const PROXY_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in to continue</title></head>\
                          <body><h1>Your network requires you to sign in</h1></body></html>";
