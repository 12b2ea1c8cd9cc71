//! A request, read whole within bounds.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::answer::Answer;
use crate::text::pairs;

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) method: Method,
    /// As it was sent: not decoded.
    pub(crate) path: String,
    /// As it was sent: not decoded.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Inbound {
    /// Fails with the answer for a body that is larger than `limit`, slow or broken.
    pub(super) async fn read(request: Request<Incoming>, limit: usize) -> Result<Self, Answer> {
        let (head, body) = request.into_parts();
        let body = match tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let message = format!("The request body is larger than {limit} bytes");
                return Err(Answer::error(413, "InvalidRequestBody", &message, ""));
            }
            Ok(Err(_)) => {
                let message = "The request body cannot be read";
                return Err(Answer::error(400, "InvalidRequestBody", message, ""));
            }
            Err(_) => return Err(Answer::empty(StatusCode::REQUEST_TIMEOUT)),
        };
        Ok(Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
        })
    }

    /// The bearer token, if there is one.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.header(AUTHORIZATION.as_str())?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type of the body, without parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The pairs of the query, decoded; nothing if they cannot be.
    pub(crate) fn query_pairs(&self) -> Option<Vec<(String, String)>> {
        pairs(self.query.as_deref().unwrap_or_default())
    }

    /// The pairs of a form, decoded; nothing if they cannot be.
    pub(crate) fn form(&self) -> Option<Vec<(String, String)>> {
        pairs(std::str::from_utf8(&self.body).ok()?)
    }
}

/// How long a caller may take for a body, by the machine's clock.
const PATIENCE: Duration = Duration::from_secs(30);
