//! Builds requests.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use serde::Serialize;

use crate::base_url::BaseUrl;
use crate::error::{Code, Error};
use crate::json;
use crate::odata;
use crate::secret::{AccessToken, check_length};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A path below the base URL, made of fixed text and escaped segments, and a query.
#[derive(Debug)]
pub(super) struct Target {
    path: String,
    query: String,
}

impl Target {
    /// `path` is fixed text that begins with a slash.
    pub(super) fn new(path: &'static str) -> Self {
        Self { path: path.to_owned(), query: String::new() }
    }

    /// Appends an escaped segment.
    pub(super) fn segment(mut self, segment: &str) -> Self {
        self.path.push('/');
        self.path.extend(odata::escaped(segment));
        self
    }

    /// Appends fixed text to the path.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.path.push_str(text);
        self
    }

    /// Appends `name=value` to the query; the value is escaped.
    pub(super) fn parameter(mut self, name: &'static str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        self.query.extend(odata::escaped(value));
        self
    }

    /// Replaces the query with one that was checked.
    pub(super) fn with_query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn query(&self) -> &str {
        &self.query
    }
}

pub(super) fn get(
    base: &BaseUrl,
    token: &AccessToken,
    target: &Target,
) -> Result<Request<Vec<u8>>, Error> {
    build(Method::GET, base, token, target, None)
}

pub(super) fn post<B: Serialize>(
    base: &BaseUrl,
    token: &AccessToken,
    target: &Target,
    body: &B,
) -> Result<Request<Vec<u8>>, Error> {
    build(Method::POST, base, token, target, Some(json::text(body).into_bytes()))
}

fn build(
    method: Method,
    base: &BaseUrl,
    token: &AccessToken,
    target: &Target,
    body: Option<Vec<u8>>,
) -> Result<Request<Vec<u8>>, Error> {
    let uri = match target.query.as_str() {
        "" => [base.as_str(), &target.path].concat(),
        query => [base.as_str(), &target.path, "?", query].concat(),
    };
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header(ACCEPT, JSON)
        .header(AUTHORIZATION, bearer(token)?);
    if body.is_some() {
        request = request.header(CONTENT_TYPE, JSON);
    }
    request.body(body.unwrap_or_default()).map_err(|error| {
        Error::new(Code::InvalidUrl, "the request has no valid URL").with_source(error)
    })
}

fn bearer(token: &AccessToken) -> Result<HeaderValue, Error> {
    check_length("access token", token.expose())?;
    // `fold`, not `all`: without an early exit the loop vectorises.
    let is_token = token.expose().bytes().fold(true, |is, byte| is & byte.is_ascii_graphic());
    if token.expose().is_empty() || !is_token {
        return Err(Error::new(
            Code::InvalidCredential,
            "the access token is empty or holds characters that no token has",
        ));
    }
    let mut value = HeaderValue::try_from(["Bearer ", token.expose()].concat()).map_err(|_| {
        Error::new(Code::InvalidCredential, "the access token cannot be put into a header")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
