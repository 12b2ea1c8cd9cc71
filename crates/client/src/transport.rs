//! Bytes in, bytes out: the one place that speaks HTTP.

mod connecting;
mod decode;
mod download;
mod failure;
mod foreign;
mod options;
mod tls;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use mde_forensics_core::engine::Exchange;
use mde_forensics_core::{Code, Error};

use connecting::{Connecting, Counting};
pub(crate) use download::Download;
pub use foreign::{Http, HttpFailure, HttpReply, decoded};
pub use options::{Proxy, ProxyUrl, TransportOptions};

/// Who speaks HTTP.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// The caller's own.
    Foreign(Arc<dyn Http>),
    /// Ours.
    Own(Own),
}

/// HTTP clients that share one TLS configuration and differ in what they may reach and carry.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    api: Routes,
    downloads: Routes,
    limits: Limits,
}

/// What a download may not go beyond.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) most_bytes: u64,
    /// In each of these spans of waiting [`least_bytes`](Self::least_bytes) must come.
    pub(crate) window: Duration,
    pub(crate) least_bytes: u64,
}

/// The same client by two routes.
#[derive(Clone, Debug)]
struct Routes {
    /// Past every proxy.
    direct: reqwest::Client,
    /// By the proxy that was asked for, if any.
    usual: reqwest::Client,
    /// Whether the proxy is the system's, which cannot know this machine's loopback address.
    spares_loopback: bool,
}

impl Routes {
    fn to(&self, host: Option<&str>) -> &reqwest::Client {
        let is_loopback = || match host.map(|host| host.trim_matches(['[', ']'])) {
            Some("localhost") => true,
            Some(host) => host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback()),
            None => false,
        };
        if self.spares_loopback && is_loopback() { &self.direct } else { &self.usual }
    }
}

impl Transport {
    /// Builds the clients.
    ///
    /// Fails with `invalid_option` if the CA file, the proxy or the User-Agent's suffix cannot be used.
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, Error> {
        let tls = tls::config(options.ca_file.as_deref())?;
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| {
                Error::new(
                    Code::InvalidOption,
                    format!("the HTTP client cannot be set up: {}", failure::cause(&e)),
                )
            })
        };
        let base =
            || options.builder().map(|builder| builder.tls_backend_preconfigured(tls.clone()));
        let api = || base().map(|b| b.timeout(options.total_timeout).connector_layer(Counting));
        let routes = |direct, usual| Routes {
            direct,
            usual,
            spares_loopback: matches!(options.proxy, Proxy::System),
        };
        Ok(Self::Own(Own {
            api: routes(build(api()?.no_proxy())?, build(options.proxied(api()?)?)?),
            downloads: routes(build(base()?.no_proxy())?, build(options.proxied(base()?)?)?),
            limits: options.limits(),
        }))
    }

    /// Sends the request once, and keeps at most `body_limit` bytes of the decoded body.
    ///
    /// `sendable` is the real time within which its first byte must have left; none left means that it is not sent.
    pub(crate) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        match self {
            _ if sendable.is_zero() => Exchange::NotSent(expired()),
            Self::Foreign(http) => foreign::exchange(http.as_ref(), request, body_limit).await,
            Self::Own(own) => {
                let client = own.api.to(request.uri().host());
                Own::exchange(client, request, body_limit, sendable).await
            }
        }
    }

    /// As [`send`](Self::send), and never through a proxy: for the metadata service of a virtual machine.
    pub(crate) async fn send_direct(
        &self,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        match self {
            Self::Foreign(_) => self.send(request, body_limit, sendable).await,
            Self::Own(own) => Own::exchange(&own.api.direct, request, body_limit, sendable).await,
        }
    }

    /// What a download may not go beyond.
    pub(crate) fn limits(&self) -> Limits {
        match self {
            Self::Foreign(_) => TransportOptions::default().limits(),
            Self::Own(own) => own.limits,
        }
    }
}

impl Own {
    async fn exchange(
        client: &reqwest::Client,
        mut request: http::Request<Vec<u8>>,
        body_limit: usize,
        sendable: Duration,
    ) -> Exchange {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        let request = match reqwest::Request::try_from(request) {
            Ok(request) => request,
            Err(e) => {
                let text = format!("the request cannot be sent as it is: {}", failure::cause(&e));
                return Exchange::NotSent(Error::new(Code::InvalidUrl, text));
            }
        };
        let host = failure::host(request.url());
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        // Kept to the end of the exchange: a runtime that sleeps with no timer at all must be woken to take the next.
        let connecting = Connecting::default();
        let mut overdue = pin!(connecting.overdue(sendable));
        let response = tokio::select! {
            // A reply that is here already is never given up.
            biased;
            response = connecting.watch(client.execute(request)) => response,
            () = &mut overdue => return Exchange::Unknown(expired()),
        };
        let exchange = match response {
            Ok(response) => receive(response, body_limit, &host).await,
            Err(e) if e.is_connect() => Exchange::NotSent(failure::connect(&e, &host)),
            Err(e) => Exchange::Unknown(failure::lost(&e, &host)),
        };
        // Never the query: it may hold a name that somebody looks for, and elsewhere a secret.
        match &exchange {
            Exchange::Reply(reply) => {
                tracing::debug!(%method, host, path, status = reply.status().as_u16(), "answered");
            }
            Exchange::Broken(e) | Exchange::NotSent(e) | Exchange::Unknown(e) => {
                tracing::debug!(%method, host, path, code = e.code().as_str(), "not answered");
            }
            _ => {}
        }
        exchange
    }
}

/// Takes in the reply's body, bounded before and after decoding.
async fn receive(mut response: reqwest::Response, limit: usize, host: &str) -> Exchange {
    let mut head = http::Response::new(());
    *head.status_mut() = response.status();
    *head.headers_mut() = std::mem::take(response.headers_mut());

    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                return Exchange::Broken(decode::too_large(limit));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(e) => return Exchange::Broken(failure::lost(&e, host)),
        }
    }
    match decode::decode(head.headers(), body, limit) {
        Ok(body) => {
            head.headers_mut().remove(CONTENT_ENCODING);
            head.headers_mut().remove(CONTENT_LENGTH);
            Exchange::Reply(head.map(|()| body))
        }
        Err(error) => Exchange::Broken(error),
    }
}

fn expired() -> Error {
    Error::new(Code::TimedOut, "the request waited longer for a connection than it may")
}

#[cfg(test)]
mod tests;
