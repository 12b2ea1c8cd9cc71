use std::time::Duration;

use http::{Request, Response};

use super::refusal;
use super::token_reply::seconds;
use super::token_request::form;
use crate::base_url::BaseUrl;
use crate::endpoint::{BODY_LIMIT, reply};
use crate::error::{Code, Error};
use crate::json::{Fields, Json, Read, Wrong};
use crate::secret::DeviceCode;
use crate::tenant::Tenant;
use crate::url::Parts;

/// The interval of RFC 8628, 3.2, in seconds, if the service gives none.
const INTERVAL: u64 = 5;

/// `POST /{tenant}/oauth2/v2.0/devicecode`: begins a sign-in on another screen. Source: Microsoft's
/// page `v2-oauth2-device-code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCodeRequest {
    /// The tenant.
    pub tenant: Tenant,
    /// The app's client id.
    pub client_id: String,
    /// The scopes, separated by spaces; with `offline_access` the reply has a refresh token.
    pub scope: String,
}

/// What to show the person, and how to poll.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceCodePrompt {
    /// The code for polling the token endpoint.
    pub device_code: DeviceCode,
    /// The code that the person enters.
    pub user_code: String,
    /// Where the person enters it.
    pub verification_uri: String,
    /// How long the codes are valid.
    pub expires_in: Duration,
    /// The wait between two polls; 5 s more after each `slow_down`.
    pub interval: Duration,
    /// The service's own message to the person.
    pub message: Option<String>,
}

struct Wire {
    device_code: DeviceCode,
    user_code: String,
    verification_uri: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
    message: Option<String>,
}

impl Read for Wire {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let uri = fields.either("verification_uri", "verification_url");
            Ok(Self {
                device_code: DeviceCode::new(fields.take::<String>("device_code")?),
                user_code: fields.take("user_code")?,
                verification_uri: uri.ok_or_else(|| Wrong::missing("verification_uri"))?,
                expires_in: seconds(fields, "expires_in")?,
                interval: seconds(fields, "interval")?,
                message: fields.optional("message"),
            })
        })
    }
}

impl DeviceCodeRequest {
    /// Builds the request to the login service. Fails with [`Code::InvalidCredential`] if the
    /// client id or the scope is empty.
    pub fn request(&self, login: &BaseUrl) -> Result<Request<Vec<u8>>, Error> {
        for (name, value) in [("client id", &self.client_id), ("scope", &self.scope)] {
            if value.trim().is_empty() {
                return Err(Error::new(Code::InvalidCredential, format!("the {name} is empty")));
            }
        }
        let fields = [("client_id", self.client_id.as_str()), ("scope", self.scope.as_str())];
        form(&format!("{login}/{}/oauth2/v2.0/devicecode", self.tenant), &fields)
    }

    /// Reads the reply. Fails as [`TokenRequest::response`](super::TokenRequest::response) does,
    /// and with [`Code::InvalidShape`] if the user code is empty or cannot be typed, or if the
    /// address is neither https nor on this machine. A message with control characters is dropped.
    pub fn response(&self, response: &Response<Vec<u8>>) -> Result<DeviceCodePrompt, Error> {
        reply::status(response, &[200], refusal::login)?;
        let wire: Wire = reply::json(response, BODY_LIMIT)?;
        let invalid = |path: &str, why: &str| Err(reply::invalid_shape(response, path, why));
        if wire.user_code.is_empty() || !wire.user_code.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return invalid("user_code", "it is empty or cannot be typed");
        }
        if !Parts::parse(&wire.verification_uri).is_ok_and(|parts| parts.is_private()) {
            return invalid("verification_uri", "it is no https address");
        }
        let printable = |text: &String| !text.chars().any(|c| c.is_control() && c != '\n');
        Ok(DeviceCodePrompt {
            device_code: wire.device_code,
            user_code: wire.user_code,
            verification_uri: wire.verification_uri,
            expires_in: Duration::from_secs(wire.expires_in.unwrap_or_default()),
            interval: Duration::from_secs(wire.interval.unwrap_or(INTERVAL)),
            message: wire.message.filter(printable),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::testing::reply;

    #[test]
    fn the_documented_example() {
        let request = DeviceCodeRequest {
            tenant: Tenant::parse("contoso.com").unwrap(),
            client_id: "app".to_owned(),
            scope: "s offline_access".to_owned(),
        };
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        let sent = request.request(&login).unwrap();
        assert_eq!(
            sent.uri(),
            "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/devicecode"
        );
        assert_eq!(sent.body(), b"client_id=app&scope=s%20offline_access");
        let body = r#"{"user_code":"RK987NX4","device_code":"long","verification_uri":"https://microsoft.com/devicelogin",
            "expires_in":900,"interval":5,"message":"To sign in, open the page and enter the code."}"#;
        let prompt = request.response(&reply(200, body)).unwrap();
        assert_eq!(prompt.user_code, "RK987NX4");
        assert_eq!(prompt.expires_in, Duration::from_secs(900));
        assert!(!format!("{prompt:?}").contains("long"));
        for (good, bad) in
            [("RK987NX4", "\\u001b[2J"), ("https://microsoft.com", "http://example.com")]
        {
            let error = request.response(&reply(200, &body.replace(good, bad))).unwrap_err();
            assert_eq!(error.code(), Code::InvalidShape);
        }
    }
}
