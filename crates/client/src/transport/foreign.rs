//! HTTP of the caller's own, in place of this library's.

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

/// HTTP of the caller's own: of a platform that insists on its proxies, certificates and audit.
///
/// It carries requests with a token and requests for a package's link alike. It sends each as it is and once, with all
/// of its headers; it follows no redirect, repeats nothing and keeps no cookie.
pub trait Http: fmt::Debug + Send + Sync {
    /// Sends the request, and gives the reply as soon as its head is there.
    ///
    /// An implementation that queues the request, as for a thread or a connection, must not send it after `leave_by`, and
    /// returns [`NotSent`](HttpFailure::NotSent) instead: the engine may have asked for the same in another way by then.
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
    /// A reply with this head. `body` may be decoded from its content encoding already or not; what ends it early is
    /// an error of a code of the fault `transport`.
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
    /// Not a byte of the request has left.
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

/// Makes one exchange, and keeps at most `limit` bytes of the decoded body.
pub(super) async fn exchange(
    http: &dyn Http,
    mut request: http::Request<Vec<u8>>,
    limit: usize,
    sendable: Duration,
) -> Exchange {
    // Who decodes and who does not is not known of somebody else's HTTP.
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    match http.send(request, leave_by(sendable)).await {
        Ok(reply) => receive(reply, limit).await,
        Err(HttpFailure::NotSent(error)) => Exchange::NotSent(error),
        Err(HttpFailure::Unknown(error)) => Exchange::Unknown(error),
    }
}

/// When a request must have left that may do so within this time.
pub(super) fn leave_by(sendable: Duration) -> Instant {
    // The clock of a machine does not go on for any time.
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

/// What a reply comes to whose body another's HTTP has decoded from its content encoding, or has not.
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
