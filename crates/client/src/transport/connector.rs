//! Makes connections: directly, through a tunnel, or to a forwarding proxy.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::{HeaderMap, HeaderValue, USER_AGENT};
use http::uri::{Scheme, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use super::connecting::One;

/// Makes connections within a timeout, through a proxy if there is one, and counts them while they
/// are made.
#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    service: HttpsConnector<HttpConnector>,
    proxy: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxies: Matcher,
    timeout: Duration,
    user_agent: HeaderValue,
}

impl Connector {
    pub(super) fn new(
        tls: &ClientConfig,
        proxies: Matcher,
        timeout: Duration,
        user_agent: HeaderValue,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout));
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let mut to_proxy = tls.clone();
        to_proxy.alpn_protocols.clear();
        let tls = Arc::new(tls.clone());
        Self(Arc::new(Inner {
            service: HttpsConnector::from((tcp.clone(), Arc::clone(&tls))),
            proxy: HttpsConnector::from((tcp, to_proxy)),
            tls,
            proxies,
            timeout,
            user_agent,
        }))
    }

    /// The credentials for a forwarding proxy, to be sent with the request; a tunnel has already
    /// sent them.
    pub(super) fn proxy_authorization(&self, to: &Uri) -> Option<HeaderValue> {
        let proxy =
            (to.scheme() == Some(&Scheme::HTTP)).then(|| self.0.proxies.intercept(to))??;
        let mut value = proxy.basic_auth()?.clone();
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let one = One::of_current();
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let _one = one;
            let made = tokio::time::timeout(inner.timeout, inner.connect(to)).await;
            made.map_err(|_| late(inner.timeout))?
        })
    }
}

impl Inner {
    async fn connect(&self, to: Uri) -> Result<Stream, BoxError> {
        match self.proxies.intercept(&to) {
            None => Ok(Stream::new(self.service.clone().call(to).await?)),
            Some(proxy) if to.scheme() == Some(&Scheme::HTTPS) => self.tunnel(&proxy, to).await,
            Some(proxy) => {
                let io = self.proxy.clone().call(proxy.uri().clone()).await?;
                Ok(Stream { is_proxied: true, ..Stream::new(io) })
            }
        }
    }

    async fn tunnel(&self, proxy: &Intercept, to: Uri) -> Result<Stream, BoxError> {
        let headers = HeaderMap::from_iter([(USER_AGENT, self.user_agent.clone())]);
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.proxy.clone()).with_headers(headers);
        if let Some(value) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(value.clone());
        }
        let io = HttpsConnector::from((tunnel, Arc::clone(&self.tls))).call(to).await?;
        Ok(Stream::new(io))
    }
}

/// A connection of any kind.
pub(super) struct Stream {
    io: Box<dyn Io>,
    is_proxied: bool,
}

impl Stream {
    fn new(io: impl Io + 'static) -> Self {
        Self { io: Box::new(io), is_proxied: false }
    }
}

trait Io: Read + Write + Connection + Send + Unpin {}
impl<T: Read + Write + Connection + Send + Unpin> Io for T {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.is_proxied)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn late(timeout: Duration) -> io::Error {
    let text = format!("it timed out after {timeout:?}");
    io::Error::new(io::ErrorKind::TimedOut, text)
}

/// A dead peer is noticed within a minute.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
