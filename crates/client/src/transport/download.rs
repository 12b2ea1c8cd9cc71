//! The reply to a package link, from either HTTP implementation.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use http::header::{ACCEPT_ENCODING, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use mde_forensics_core::{Code, Error};
use tokio::time::timeout;

use super::Transport;
use super::failure::{host, lost};
use super::foreign::leave_by;

/// The reply to a package link: its head, and its body as it arrives.
pub(crate) struct Download {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Body,
}

enum Body {
    Foreign(BoxStream<'static, Result<Bytes, Error>>, Duration),
    Own(reqwest::Response),
}

impl Download {
    /// The absolute target of a redirect from `url`; `None` if there is none or it is not a URL.
    pub(crate) fn location(&self, url: &str) -> Option<String> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        Some(reqwest::Url::parse(url).ok()?.join(to).ok()?.into())
    }

    /// The next part of the body, or `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.body {
            Body::Foreign(stream, silence) => {
                let chunk = timeout(*silence, stream.next()).await;
                chunk.map_err(|_| late())?.transpose()
            }
            Body::Own(response) => {
                response.chunk().await.map_err(|e| lost(&e, &host(response.url())))
            }
        }
    }
}

impl Transport {
    /// Requests a package with these headers and the User-Agent only: no token, no cookie.
    pub(crate) async fn download(
        &self,
        url: &str,
        mut headers: HeaderMap,
    ) -> Result<Download, Error> {
        let no_url = || Error::new(Code::ForeignLink, "the package link is no URL");
        // A package is hashed as received: the server must not encode it.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let own = match self {
            Self::Foreign(http) => {
                let mut request = http::Request::new(Vec::new());
                *request.uri_mut() = url.parse().map_err(|_| no_url())?;
                *request.headers_mut() = headers;
                let silence = self.limits().silence;
                let reply = timeout(silence, http.send(request, leave_by(silence)))
                    .await
                    .map_err(|_| late())?;
                let reply = reply.map_err(super::HttpFailure::into_error)?;
                let (head, body) = reply.into_parts();
                let (head, ()) = head.into_parts();
                let body = Body::Foreign(body, silence);
                return Ok(Download { status: head.status, headers: head.headers, body });
            }
            Self::Own(own) => own,
        };
        let url = reqwest::Url::parse(url).map_err(|_| no_url())?;
        let client = own.downloads.to(url.host_str());
        let mut response = client.get(url).headers(headers).send().await.map_err(|e| {
            let host = e.url().map(host).unwrap_or_default();
            lost(&e, &host)
        })?;
        let headers = std::mem::take(response.headers_mut());
        Ok(Download { status: response.status(), headers, body: Body::Own(response) })
    }
}

fn late() -> Error {
    Error::new(
        Code::TimedOut,
        "the HTTP of the caller's own gave nothing of the package for too long",
    )
}
