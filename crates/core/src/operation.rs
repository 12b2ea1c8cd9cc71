//! Operations by name, with input and output as JSON: for languages that have no such types.
//!
//! The names and the fields are those of `tests/vectors`, which every language runs.

mod input;
mod output;

use http::{Method, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

use self::output::Output;
use crate::endpoint::token::{
    AppServiceIdentityRequest, DeviceCodeRequest, ImdsRequest, TokenRequest,
};
use crate::{AccessToken, BaseUrl, Endpoint, Error, Need, QuotaClass};

/// An operation of the service or of its login, whose type was forgotten.
pub struct Operation(Box<dyn Act + Send + Sync>);

impl Operation {
    /// Every name.
    pub const NAMES: &'static [&'static str] = input::NAMES;

    /// The operation of this name, such as `get_machine`, with this input: a JSON object.
    ///
    /// Fails with `invalid_option` for a name that is none and for a field that is missing or of another type, and as
    /// the fields' own types do, such as with `invalid_device`.
    pub fn parse(name: &str, input: &Value) -> Result<Self, Error> {
        input::operation(name, input).map(Self)
    }

    /// The request; `base` is the API's URL, or the login's for `token` and `device_code`. Fails as the operation does.
    pub fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.0.request(base, token)
    }

    /// What the answer says, secrets included: a link is a text, a token an object. `wall` is the time of day.
    ///
    /// Fails as the operation does.
    pub fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<Value, Error> {
        self.0.response(base, response, wall)
    }

    /// The constants of an [`Endpoint`]: method, success, quota, limits, repeatable, need, bodyLimit; null for a login.
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
    ) -> Result<Value, Error>;
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
    ) -> Result<Value, Error> {
        self.0.response(base, response).map(|output| output.to_json())
    }

    fn properties(&self) -> Value {
        properties(&E::METHOD, E::SUCCESS, E::QUOTA, E::REPEATABLE, &E::NEED, E::BODY_LIMIT)
    }
}

/// The constants of an endpoint: once for all of them.
fn properties(
    method: &Method,
    success: &[u16],
    quota: QuotaClass,
    repeatable: bool,
    need: &Need,
    body_limit: usize,
) -> Value {
    let limits = quota.limits().iter().map(|(calls, window)| json!([calls, window.as_secs()]));
    json!({
        "method": method.as_str(),
        "success": success,
        "quota": quota,
        "limits": Value::from_iter(limits),
        "repeatable": repeatable,
        "need": {"step": need.step, "roles": need.roles, "scopes": need.scopes},
        "bodyLimit": body_limit,
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
    ) -> Result<Value, Error> {
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
    ) -> Result<Value, Error> {
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
    ) -> Result<Value, Error> {
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
    ) -> Result<Value, Error> {
        self.response(response, wall).map(|token| token.to_json())
    }
}
