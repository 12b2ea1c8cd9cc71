//! Endpoints and engine alone, for tools that only build requests and check responses.

use mde_forensics_core::{
    AccessToken, BaseUrl, Code, CodeInfo, Error, Operation as Inner, exchange,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::convert::{self, Thrown, thrown};

/// The codes as a JSON array: each with its fault, whether repeating may help, and its hint.
pub(crate) fn codes() -> String {
    convert::json(&CodeInfo::all())
}

/// Validates a caller's text and returns its normal form; `kind` is `baseUrl`, `cloud`, `comment`,
/// `device` or `tenant`.
pub(crate) fn parse(kind: &str, text: &str) -> Result<String, Error> {
    let no_kind = || Err(Error::new(Code::InvalidOption, format!("`kind` cannot be `{kind}`")));
    mde_forensics_core::parse(kind, text).unwrap_or_else(no_kind)
}

/// A request, to be sent unchanged.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "OperationRequest"))]
pub(crate) struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Request {
    pub(crate) fn of(request: http::Request<Vec<u8>>) -> Self {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let (head, body) = request.into_parts();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        Self {
            method: head.method.as_str().to_owned(),
            url: head.uri.to_string(),
            headers: headers.collect(),
            body: (!body.is_empty()).then(|| String::from_utf8(body).unwrap_or_default()),
        }
    }
}

/// One operation of the service or its login service.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Operation {
    inner: Inner,
    /// The base URL of the last call, which is nearly always that of the next.
    base: Option<BaseUrl>,
}

#[wasm_bindgen]
impl Operation {
    /// Creates the operation with this name and this input, a JSON object.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, input: &str) -> Thrown<Operation> {
        Inner::parse(name, input)
            .map(|inner| Self { inner, base: None })
            .map_err(|error| thrown(&error))
    }

    /// The request as JSON: method, url, headers and body.
    pub fn request(&mut self, base: &str, token: &str) -> Thrown<String> {
        let token = AccessToken::new(token.to_owned());
        let request = self.base(base).and_then(|base| self.inner.request(&base, &token));
        request.map(|request| convert::json(&Request::of(request))).map_err(|error| thrown(&error))
    }

    /// Reads the reply and returns JSON. `headers` is a JSON array of pairs, and `wall` the current
    /// wall-clock time.
    pub fn response(
        &mut self,
        base: &str,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        wall: f64,
    ) -> Thrown<String> {
        let read = || {
            let base = self.base(base)?;
            let headers: Vec<(String, String)> = convert::read(headers, "headers")?;
            let mut response = http::Response::new(body);
            *response.status_mut() = http::StatusCode::from_u16(status).map_err(|_| {
                Error::new(Code::InvalidOption, format!("`{status}` is no HTTP status"))
            })?;
            *response.headers_mut() = exchange::headers(&headers);
            self.inner.response_json(&base, &response, convert::now(wall, 0.0).wall)
        };
        read().map_err(|error: Error| thrown(&error))
    }

    /// The operation's properties as JSON: method, success statuses, quota, whether it can be
    /// repeated, permission; `null` for a login operation.
    #[must_use]
    pub fn properties(&self) -> String {
        convert::json(&self.inner.properties())
    }
}

impl Operation {
    fn base(&mut self, text: &str) -> Result<BaseUrl, Error> {
        match &self.base {
            Some(base) if base.as_str() == text => Ok(base.clone()),
            _ => Ok(self.base.insert(BaseUrl::parse(text)?).clone()),
        }
    }
}
