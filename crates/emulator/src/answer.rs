//! Responses, before they become bytes on a connection.

mod body;
mod compress;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::clock::Clock;
use crate::package::Package;
use crate::text::http_date;

pub(crate) use body::Body;
pub(crate) use compress::compress;

/// A response: status, headers and the payload of its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

/// The payload of a body.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// Bytes without a `Content-Length`, sent in chunks, as the API sends its JSON.
    Chunked(Bytes),
    /// A range of a package.
    Package { package: Arc<Package>, range: Range<u64> },
    /// Bytes, followed by blanks up to a size.
    Padded { bytes: Bytes, size: u64 },
    /// Bytes with a `Content-Length`.
    Whole(Bytes),
}

/// How a body is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Travel {
    /// Close the connection after this many bytes of the body.
    pub(crate) cut: Option<u64>,
    /// At most this many bytes per second of the emulator's clock.
    pub(crate) bytes_per_second: Option<u64>,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: Bytes) -> Self {
        let answer = Self { status, headers: HeaderMap::new(), payload: Payload::Whole(body) };
        answer.with(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), payload: Payload::Whole(Bytes::new()) }
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        Self::new(status, "application/json; charset=utf-8", encode(value))
    }

    /// JSON with the headers of the API, in chunks.
    pub(crate) fn odata(status: StatusCode, value: &impl Serialize) -> Self {
        let mut answer = Self::new(status, ODATA_JSON, Bytes::new());
        answer.payload = Payload::Chunked(encode(value));
        answer.with(HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"))
    }

    /// An error in the API's form (Microsoft Learn, "Common REST API error codes").
    pub(crate) fn error(status: u16, code: &str, message: &str, target: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = json!({"error": {"code": code, "message": message, "target": target}});
        Self::json(status, &error)
    }

    /// An error in the form of the storage behind a link.
    pub(crate) fn storage_error(status: StatusCode, code: &str, message: &str) -> Self {
        let page = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code>\
             <Message>{message}</Message></Error>"
        );
        Self::new(status, "application/xml", page.into())
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn with_text(self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }

    pub(crate) fn with_retry_after(self, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with_text(RETRY_AFTER, &value),
            None => self,
        }
    }

    /// The bytes of a body that is held in memory.
    pub(crate) fn bytes(&self) -> Bytes {
        match &self.payload {
            Payload::Chunked(bytes) | Payload::Whole(bytes) => bytes.clone(),
            Payload::Package { .. } | Payload::Padded { .. } => Bytes::new(),
        }
    }

    /// Replaces the body and its length, and keeps the status.
    pub(crate) fn replace(&mut self, content_type: &'static str, payload: Payload) {
        self.headers.remove(http::header::CONTENT_LENGTH);
        self.headers.remove(http::header::CONTENT_ENCODING);
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.payload = payload;
    }

    pub(crate) fn into_response(self, travel: Travel, clock: &Clock) -> Response<Body> {
        let mut response = Response::new(Body::new(self.payload, travel, clock.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Ok(date) = HeaderValue::from_str(&http_date(clock.now())) {
            response.headers_mut().entry(http::header::DATE).or_insert(date);
        }
        response
    }
}

fn encode(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

const ODATA_JSON: &str =
    "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";
