//! The transport: the only place that speaks HTTP.

mod connecting;
mod connector;
mod decode;
mod download;
mod failure;
mod foreign;
mod options;
mod patience;
mod tls;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT,
};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use mde_forensics_core::download::Limits;
use mde_forensics_core::engine::Exchange;
use mde_forensics_core::{Code, Error};

use connecting::Connecting;
use connector::Connector;
use decode::Decoders;
pub(crate) use download::Download;
use failure::api_host;
pub use foreign::{Http, HttpFailure, HttpReply, decoded};
pub use options::{Proxy, ProxyUrl, TransportOptions};
use patience::{Limit, Patience};
use tokio::time::Instant;
use turns::Turns;

/// The HTTP implementation.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// The caller's own.
    Foreign(Arc<dyn Http>),
    /// Ours.
    Own(Box<Own>),
}

/// HTTP clients that share one TLS configuration.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    api: Routes<Api>,
    downloads: Routes<reqwest::Client>,
    limits: Limits,
    verifies: bool,
    decoders: Decoders,
    user_agent: HeaderValue,
    turns: Turns,
    silence: Duration,
    total: Duration,
}

/// The client for the API and the login service. It follows no redirects and keeps no cookies. It
/// repeats only a request that was never sent because its pooled connection was found closed before
/// the first byte.
#[derive(Clone, Debug)]
struct Api {
    http: Client<Connector, Full<Bytes>>,
    connector: Connector,
}

/// The same client with and without a proxy.
#[derive(Clone, Debug)]
struct Routes<C> {
    /// Without any proxy.
    direct: C,
    /// Through the chosen proxy, if any.
    usual: C,
    /// Whether loopback hosts bypass the proxy, because a system proxy cannot reach this machine's
    /// loopback address.
    spares_loopback: bool,
}

impl<C> Routes<C> {
    fn to(&self, host: Option<&str>) -> &C {
        let is_loopback = || match host.map(|host| host.trim_matches(['[', ']'])) {
            Some("localhost") => true,
            Some(host) => host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback()),
            None => false,
        };
        if self.spares_loopback && is_loopback() { &self.direct } else { &self.usual }
    }
}

impl Api {
    fn new(connector: Connector) -> Self {
        let http = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector.clone());
        Self { http, connector }
    }
}

impl Transport {
    /// Builds the clients.
    ///
    /// Fails with `invalid_option` if the CA file, the proxy or the User-Agent suffix cannot be
    /// used.
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, Error> {
        let tls = tls::config(options.ca_file.as_deref(), options.verify_certificates)?;
        let user_agent = options.user_agent()?;
        let spares_loopback = matches!(options.proxy, Proxy::System);
        let api = |proxies| {
            let timeout = options.connect_timeout;
            Api::new(Connector::new(&tls, proxies, timeout, user_agent.clone()))
        };
        let base =
            || options.builder().map(|builder| builder.tls_backend_preconfigured(tls.clone()));
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| {
                Error::new(
                    Code::InvalidOption,
                    format!("the HTTP client cannot be set up: {}", failure::cause(&e)),
                )
            })
        };
        Ok(Self::Own(Box::new(Own {
            api: Routes {
                direct: api(options::no_proxy()),
                usual: api(options.proxies()),
                spares_loopback,
            },
            downloads: Routes {
                direct: build(base()?.no_proxy())?,
                usual: build(options.proxied(base()?)?)?,
                spares_loopback,
            },
            limits: options.limits(),
            verifies: options.verify_certificates,
            decoders: Decoders::default(),
            turns: Turns::new(),
            silence: options.read_timeout,
            total: options.total_timeout,
            user_agent,
        })))
    }

    /// Sends the request once and keeps at most `body_limit` bytes of the decoded body.
    ///
    /// `sendable` is the real time within which its first byte must be sent; if it is zero, the
    /// request is not sent.
    pub(crate) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        match self {
            Self::Foreign(_) if sendable.is_zero() => Exchange::NotSent(expired()),
            Self::Foreign(http) => {
                let exchange = foreign::exchange(http.as_ref(), request, body_limit, sendable);
                let patience = TransportOptions::default().total_timeout;
                tokio::time::timeout(patience, exchange).await.unwrap_or_else(|_| {
                    Exchange::Unknown(Error::new(
                        Code::TimedOut,
                        "the HTTP of the caller's own gave no answer within five minutes",
                    ))
                })
            }
            Self::Own(own) => {
                let api = own.api.to(request.uri().host());
                own.exchange(api, request, body_limit, sendable).await
            }
        }
    }

    /// Like [`send`](Self::send), but never through a proxy: for the metadata service of a virtual
    /// machine.
    pub(crate) async fn send_direct(
        &self,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        match self {
            Self::Foreign(_) => self.send(request, body_limit, sendable).await,
            Self::Own(own) => own.exchange(&own.api.direct, request, body_limit, sendable).await,
        }
    }

    /// Whether certificates are verified; `None` for the caller's own HTTP.
    pub(crate) fn verifies(&self) -> Option<bool> {
        match self {
            Self::Foreign(_) => None,
            Self::Own(own) => Some(own.verifies),
        }
    }

    /// The limits of a download.
    pub(crate) fn limits(&self) -> Limits {
        match self {
            Self::Foreign(_) => Limits::default(),
            Self::Own(own) => own.limits,
        }
    }
}

impl Own {
    async fn exchange(
        &self,
        api: &Api,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        if request.uri().host().is_none() {
            return Exchange::NotSent(Error::new(Code::InvalidUrl, "the request names no host"));
        }
        let asked = Instant::now();
        let _turn = self.turns.next().await;
        let sendable = sendable.saturating_sub(asked.elapsed());
        if sendable.is_zero() {
            return Exchange::NotSent(expired());
        }
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(value) = api.connector.proxy_authorization(&uri) {
            headers.insert(PROXY_AUTHORIZATION, value);
        }
        let connecting = Connecting::default();
        let mut patience = Patience::new(connecting.clone(), sendable, self.silence, self.total);
        let response = tokio::select! {
            // A reply that has already arrived is never given up.
            biased;
            response = connecting.watch(api.http.request(request)) => response,
            limit = patience.runs_out() => return Exchange::Unknown(match limit {
                Limit::Sendable => expired(),
                Limit::Reply => failure::late(&api_host(&uri)),
            }),
        };
        let exchange = match response {
            Ok(response) => {
                patience.heard();
                self.receive(response, body_limit, &uri, patience).await
            }
            Err(e) if e.is_connect() => Exchange::NotSent(failure::connect(&e, &api_host(&uri))),
            Err(e) => Exchange::Unknown(failure::ended(&e, &api_host(&uri))),
        };
        // Never the query: it may contain a searched name or, elsewhere, a secret.
        match &exchange {
            Exchange::Reply(reply) => {
                let status = reply.status().as_u16();
                tracing::debug!(%method, host = api_host(&uri), path = uri.path(), status, "answered");
            }
            Exchange::Broken(e) | Exchange::NotSent(e) | Exchange::Unknown(e) => {
                let code = e.code().as_str();
                tracing::debug!(%method, host = api_host(&uri), path = uri.path(), code, "not answered");
            }
            _ => {}
        }
        exchange
    }

    /// Reads the reply's body, bounded before and after decoding.
    async fn receive(
        &self,
        response: http::Response<Incoming>,
        limit: usize,
        uri: &Uri,
        mut patience: Patience,
    ) -> Exchange {
        let (mut head, mut incoming) = response.into_parts();
        let mut body = Vec::new();
        loop {
            let frame = tokio::select! {
                biased;
                frame = incoming.frame() => frame,
                _ = patience.runs_out() => {
                    return Exchange::Broken(failure::late(&api_host(uri)));
                }
            };
            patience.heard();
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) if body.len() + chunk.len() > limit => {
                    return Exchange::Broken(decode::too_large(limit));
                }
                Some(Ok(Ok(chunk))) => body.extend_from_slice(&chunk),
                // Trailers are ignored.
                Some(Ok(Err(_))) => {}
                Some(Err(e)) => return Exchange::Broken(failure::ended(&e, &api_host(uri))),
                None => break,
            }
        }
        match decode::decode(&self.decoders, &head.headers, body, limit) {
            Ok(body) => {
                head.headers.remove(CONTENT_ENCODING);
                head.headers.remove(CONTENT_LENGTH);
                Exchange::Reply(http::Response::from_parts(head, body))
            }
            Err(error) => Exchange::Broken(error),
        }
    }
}

fn expired() -> Error {
    Error::new(Code::TimedOut, "the request waited longer for a connection than it may")
}

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(90);

#[cfg(test)]
mod tests;
