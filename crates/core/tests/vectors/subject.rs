//! An operation whose type was forgotten, so that all vectors are run by one loop.

use http::{Request, Response};
use mde_forensics_core::endpoint::token::{
    AppServiceIdentityRequest, DeviceCodePrompt, DeviceCodeRequest, ImdsRequest, Token,
    TokenRequest,
};
use mde_forensics_core::wire::{ActionAvailability, Machine, MachineAction};
use mde_forensics_core::{
    AccessToken, BaseUrl, Endpoint, Error, NextPage, PackageLink, Page, RefreshToken,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

/// The time of day in all vectors.
const WALL: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

pub(crate) trait Subject {
    /// `base` is the API's or the login service's.
    fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error>;
    fn response(&self, base: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error>;
    /// The constants, in the form of the vectors; null where there are none.
    fn properties(&self) -> Value {
        Value::Null
    }
}

pub(crate) struct Api<E>(pub(crate) E);

impl<E: Endpoint> Subject for Api<E>
where
    E::Output: Shown,
{
    fn request(&self, base: &BaseUrl, token: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.0.request(base, token)
    }

    fn response(&self, base: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error> {
        self.0.response(base, response).map(|output| output.shown())
    }

    fn properties(&self) -> Value {
        let limits: Vec<_> = E::QUOTA
            .limits()
            .iter()
            .map(|(calls, window)| json!([calls, window.as_secs()]))
            .collect();
        json!({
            "method": E::METHOD.as_str(),
            "success": E::SUCCESS,
            "quota": E::QUOTA,
            "limits": limits,
            "repeatable": E::REPEATABLE,
            "need": {"step": E::NEED.step, "roles": E::NEED.roles, "scopes": E::NEED.scopes},
            "bodyLimit": E::BODY_LIMIT,
        })
    }
}

impl Subject for TokenRequest {
    fn request(&self, base: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request(base)
    }

    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error> {
        self.response(response).map(|token| token.shown())
    }
}

impl Subject for DeviceCodeRequest {
    fn request(&self, base: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request(base)
    }

    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error> {
        self.response(response).map(|prompt| prompt.shown())
    }
}

impl Subject for ImdsRequest {
    fn request(&self, _: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request()
    }

    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error> {
        self.response(response, WALL).map(|token| token.shown())
    }
}

impl Subject for AppServiceIdentityRequest {
    fn request(&self, _: &BaseUrl, _: &AccessToken) -> Result<Request<Vec<u8>>, Error> {
        self.request()
    }

    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Value, Error> {
        self.response(response, WALL).map(|token| token.shown())
    }
}

/// An output in the form of the vectors, secrets included.
pub(crate) trait Shown {
    fn shown(&self) -> Value;
}

impl Shown for Machine {
    fn shown(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }
}

impl Shown for MachineAction {
    fn shown(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }
}

impl<T: Shown> Shown for Page<T> {
    fn shown(&self) -> Value {
        let items: Vec<_> = self.items.iter().map(Shown::shown).collect();
        json!({"items": items, "next": self.next.as_ref().map(NextPage::as_str)})
    }
}

impl Shown for Vec<ActionAvailability> {
    fn shown(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }
}

impl Shown for PackageLink {
    fn shown(&self) -> Value {
        Value::from(self.expose())
    }
}

impl Shown for Token {
    fn shown(&self) -> Value {
        json!({
            "access_token": self.access_token.expose(),
            "expires_in": self.expires_in.as_secs(),
            "refresh_token": self.refresh_token.as_ref().map(RefreshToken::expose),
            "scope": self.scope,
        })
    }
}

impl Shown for DeviceCodePrompt {
    fn shown(&self) -> Value {
        json!({
            "device_code": self.device_code.expose(),
            "user_code": self.user_code,
            "verification_uri": self.verification_uri,
            "expires_in": self.expires_in.as_secs(),
            "interval": self.interval.as_secs(),
            "message": self.message,
        })
    }
}
