//! The caller's own HTTP client, instead of this library's.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use mde_forensics_core::Error;
use mde_forensics_core::engine::Exchange;
use mde_forensics_core::exchange::looks_decoded;

use super::decode::{self, Decoders};

/// The caller's own HTTP client, for a platform that insists on its own proxies, certificates and
/// audit.
///
/// It carries requests with a token as well as requests for a package link. It sends each request
/// once and unchanged, with all its headers; it follows no redirects, retries nothing and keeps no
/// cookies.
pub trait Http: fmt::Debug + Send + Sync {
    /// Sends the request and returns the reply as soon as its head has arrived.
    ///
    /// An implementation that queues the request, for example for a thread or a connection, must
    /// not send it after `leave_by`, but return [`NotSent`](HttpFailure::NotSent): by then the
    /// engine may have sent the same request another way.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        leave_by: Instant,
    ) -> BoxFuture<'_, Result<HttpReply, HttpFailure>>;
}

/// A reply: its head, and its body as it arrives.
pub struct HttpReply {
    head: http::Response<()>,
    body: BoxStream<'static, Result<Bytes, Error>>,
}

impl HttpReply {
    /// Creates a reply. `body` may or may not be decoded from its content encoding; a broken body
    /// ends with an error of fault `transport`.
    #[must_use]
    pub fn new(
        head: http::Response<()>,
        body: impl futures_util::Stream<Item = Result<Bytes, Error>> + Send + 'static,
    ) -> Self {
        Self { head, body: body.boxed() }
    }

    pub(super) fn into_parts(
        self,
    ) -> (http::Response<()>, BoxStream<'static, Result<Bytes, Error>>) {
        (self.head, self.body)
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReply").field("status", &self.head.status()).finish_non_exhaustive()
    }
}

/// Why there is no reply. In doubt it is [`Unknown`](Self::Unknown).
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpFailure {
    /// No byte of the request was sent.
    NotSent(Error),
    /// The request may have arrived.
    Unknown(Error),
}

impl HttpFailure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::NotSent(error) | Self::Unknown(error) => error,
        }
    }
}

/// Makes one exchange and keeps at most `limit` bytes of the decoded body.
pub(super) async fn exchange(
    http: &dyn Http,
    mut request: http::Request<Vec<u8>>,
    limit: usize,
    sendable: Duration,
) -> Exchange {
    // It is not known whether a foreign client decodes bodies.
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    match http.send(request, leave_by(sendable)).await {
        Ok(reply) => receive(reply, limit).await,
        Err(HttpFailure::NotSent(error)) => Exchange::NotSent(error),
        Err(HttpFailure::Unknown(error)) => Exchange::Unknown(error),
    }
}

/// The time by which a request must be sent that may wait this long.
pub(super) fn leave_by(sendable: Duration) -> Instant {
    // An `Instant` cannot represent times that are too far away.
    Instant::now() + sendable.min(A_DAY)
}

async fn receive(reply: HttpReply, limit: usize) -> Exchange {
    let (head, mut stream) = reply.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) if body.len() + chunk.len() > limit => {
                return Exchange::Broken(decode::too_large(limit));
            }
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(error) => return Exchange::Broken(error),
        }
    }
    decoded(head.map(|()| body), limit)
}

/// Converts a reply whose body the foreign client may or may not have decoded.
///
/// At most `limit` bytes of the decoded body are kept.
#[must_use]
pub fn decoded(reply: http::Response<Vec<u8>>, limit: usize) -> Exchange {
    let (mut head, mut body) = reply.into_parts();
    if body.len() > limit {
        return Exchange::Broken(decode::too_large(limit));
    }
    if !looks_decoded(&body) {
        match decode::decode(&Decoders::default(), &head.headers, body, limit) {
            Ok(decoded) => body = decoded,
            Err(error) => return Exchange::Broken(error),
        }
    }
    head.headers.remove(CONTENT_ENCODING);
    head.headers.remove(CONTENT_LENGTH);
    Exchange::Reply(http::Response::from_parts(head, body))
}

const A_DAY: Duration = Duration::from_secs(86_400);
