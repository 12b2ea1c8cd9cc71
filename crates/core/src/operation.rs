//! Operations by name, with input and output as JSON: for languages without these types.
//!
//! The names and fields are those of `tests/vectors`, which all languages run.

mod input;
mod output;

use http::{Method, Request, Response};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use self::output::Output;
use crate::endpoint::token::{
    AppServiceIdentityRequest, DeviceCodeRequest, ImdsRequest, TokenRequest,
};
use crate::json::{self, Json};
use crate::{AccessToken, BaseUrl, Endpoint, Error, Need, QuotaClass};

/// An operation of the service or its login service, with its type erased.
pub struct Operation(Box<dyn Act + Send + Sync>);

impl Operation {
    /// All names.
    pub const NAMES: &'static [&'static str] = input::NAMES;

    /// Creates the operation with this name, such as `get_machine`, and this input: the text of a
    /// JSON object.
    ///
    /// Fails with `invalid_option` for an unknown name and for a field that is missing or has the
    /// wrong type, and with the errors of the fields' own types, such as `invalid_device`.
    pub fn parse(name: &str, input: &str) -> Result<Self, Error> {
        input::operation(name, input).map(Self)
    }

    /// Builds the request; `base` is the API's URL, or the login service's for `token` and
    /// `device_code`. Fails as the operation does.
    pub fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.0.request(base, token)
    }

    /// Reads the reply, including secrets: a link is a string, a token an object. `wall` is the
    /// current wall-clock time.
    ///
    /// Fails as the operation does.
    pub fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<Value, Error> {
        let text = self.response_json(base, response, wall)?;
        Ok(Json::parse(text.as_bytes()).unwrap_or_default().into())
    }

    /// Like [`response`](Self::response), but returns JSON text.
    ///
    /// Fails as the operation does.
    pub fn response_json(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<String, Error> {
        self.0.response(base, response, wall)
    }

    /// The constants of an [`Endpoint`]: method, success, quota, limits, repeatable, need,
    /// bodyLimit; null for a login operation.
    #[must_use]
    pub fn properties(&self) -> Value {
        self.0.properties()
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation").finish_non_exhaustive()
    }
}

trait Act {
    fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error>;
    fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<String, Error>;
    fn properties(&self) -> Value {
        Value::Null
    }
}

struct Api<E>(E);

impl<E: Endpoint> Act for Api<E>
where
    E::Output: Output,
{
    fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.0.request(base, token)
    }

    fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
        _: OffsetDateTime,
    ) -> Result<String, Error> {
        self.0.response(base, response).map(|output| output.to_json())
    }

    fn properties(&self) -> Value {
        properties(&E::METHOD, E::SUCCESS, E::QUOTA, E::REPEATABLE, &E::NEED, E::BODY_LIMIT)
    }
}

/// The properties of an operation; login operations have none.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "OperationProperties"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Properties<'a> {
    /// The HTTP method.
    method: &'a str,
    /// The statuses that mean success.
    success: &'a [u16],
    /// The quota that a call uses.
    quota: QuotaClass,
    /// The limits as pairs of calls and seconds; all of them apply.
    limits: Vec<(u32, u64)>,
    /// Whether the call can safely be repeated.
    repeatable: bool,
    /// The permission that a token needs.
    need: Needs<'a>,
    /// The largest body of a reply, in bytes.
    body_limit: usize,
}

/// The permission that a token needs: one of the roles (for an app) or one of the scopes (for a
/// user).
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "OperationNeed"))]
pub(crate) struct Needs<'a> {
    /// The step that needs it.
    step: &'a str,
    /// Permissions for an app.
    roles: &'a [&'a str],
    /// Permissions for a user.
    scopes: &'a [&'a str],
}

/// The constants of an endpoint; not generic, so that the code exists once.
fn properties(
    method: &Method,
    success: &[u16],
    quota: QuotaClass,
    repeatable: bool,
    need: &Need,
    body_limit: usize,
) -> Value {
    let limits = quota.limits().iter().map(|(calls, window)| (*calls, window.as_secs()));
    json::value(&Properties {
        method: method.as_str(),
        success,
        quota,
        limits: limits.collect(),
        repeatable,
        need: Needs { step: need.step, roles: need.roles, scopes: need.scopes },
        body_limit,
    })
}

impl Act for TokenRequest {
    fn request(&self, base: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request(base)
    }

    fn response(
        &self,
        _: &BaseUrl,
        response: &Response<Vec<u8>>,
        _: OffsetDateTime,
    ) -> Result<String, Error> {
        self.response(response).map(|token| token.to_json())
    }
}

impl Act for DeviceCodeRequest {
    fn request(&self, base: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request(base)
    }

    fn response(
        &self,
        _: &BaseUrl,
        response: &Response<Vec<u8>>,
        _: OffsetDateTime,
    ) -> Result<String, Error> {
        self.response(response).map(|prompt| prompt.to_json())
    }
}

impl Act for ImdsRequest {
    fn request(&self, _: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request()
    }

    fn response(
        &self,
        _: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<String, Error> {
        self.response(response, wall).map(|token| token.to_json())
    }
}

impl Act for AppServiceIdentityRequest {
    fn request(&self, _: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request()
    }

    fn response(
        &self,
        _: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<String, Error> {
        self.response(response, wall).map(|token| token.to_json())
    }
}
