//! The login service's refusals. Sources: RFC 6749, 5.2; RFC 8628, 3.5; Microsoft's page "Microsoft
//! Entra authentication and authorization error codes".

use http::Response;

use crate::endpoint::reply;
use crate::error::{Code, Error};
use crate::json::{self, Fields, Json, Read, Wrong};
use crate::retry;

#[derive(Default)]
struct Wire {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Option<Vec<i64>>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    /// Used by App Service, which has no `error_description`.
    message: Option<String>,
}

impl Read for Wire {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                error: fields.optional("error"),
                error_description: fields.optional("error_description"),
                error_codes: fields.optional("error_codes"),
                trace_id: fields.optional("trace_id"),
                correlation_id: fields.optional("correlation_id"),
                message: fields.optional("message"),
            })
        })
    }
}

/// The error for the login service's reply with a status from 400 on.
pub(super) fn login(response: &Response<Vec<u8>>) -> Error {
    let wire = read(response);
    let status = response.status().as_u16();
    let code = match (status, wire.error.as_deref().unwrap_or_default()) {
        (429, _) => Code::Throttled,
        (500.., _) | (_, "temporarily_unavailable" | "server_error") => Code::ServiceError,
        (_, "authorization_pending" | "slow_down") => Code::AuthorizationPending,
        (_, "authorization_declined" | "access_denied") => Code::AuthorizationDeclined,
        (_, "expired_token" | "code_expired") => Code::DeviceCodeExpired,
        _ => Code::TokenRefused,
    };
    let error = error(code, response, &wire);
    match wire.error_codes.iter().flatten().find_map(|number| hint(*number)) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The error for a managed identity's reply with a status from 400 on. The service answers 404 and
/// 410 while it is being updated (Microsoft's page "How to use managed identities … to acquire an
/// access token", "Error handling").
pub(super) fn identity(response: &Response<Vec<u8>>) -> Error {
    let wire = read(response);
    let code = match response.status().as_u16() {
        429 => Code::Throttled,
        404 | 410 | 500.. => Code::ServiceError,
        _ => Code::TokenRefused,
    };
    let error = error(code, response, &wire);
    if code == Code::TokenRefused {
        return error.with_hint(
            "check that the machine or app has this managed identity, and that the identity may use the API",
        );
    }
    error
}

fn read(response: &Response<Vec<u8>>) -> Wire {
    if response.body().len() > crate::endpoint::BODY_LIMIT {
        return Wire::default();
    }
    json::parse(response.body()).unwrap_or_default()
}

fn error(code: Code, response: &Response<Vec<u8>>, wire: &Wire) -> Error {
    let kind = reply::content_type(response);
    let stranger = kind.filter(|kind| !reply::is_json(kind) && !response.body().is_empty());
    let message = match (&stranger, code) {
        (Some(kind), _) => {
            format!(
                "no token was given: the answer is `{kind}`, which is not the login service's own"
            )
        }
        (None, Code::AuthorizationPending) => "nobody has entered the device code yet".to_owned(),
        (None, Code::AuthorizationDeclined) => "the sign-in was refused".to_owned(),
        (None, Code::DeviceCodeExpired) => "the device code was not used in time".to_owned(),
        (None, Code::Throttled) => "the login service is asked too often".to_owned(),
        (None, Code::ServiceError) => "the login service failed".to_owned(),
        (None, _) => "the login service gave no token".to_owned(),
    };
    let description = wire.error_description.as_deref().or(wire.message.as_deref());
    let id = wire.trace_id.as_deref().or(wire.correlation_id.as_deref());
    let error = Error::new(code, message)
        .with_status(response.status().as_u16())
        .with_service(wire.error.as_deref().unwrap_or_default(), description.unwrap_or_default())
        .with_request_id(id.unwrap_or_default())
        .with_body(response.body());
    match retry::retry_after(response) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

/// Hints for the most common AADSTS numbers.
fn hint(number: i64) -> Option<&'static str> {
    Some(match number {
        50_034 | 50_126 => "check the user name and the password",
        50_076 | 50_079 | 53_003 => {
            "conditional access asks for more than was given; sign in with a device code from a trusted device"
        }
        65_001 => "give admin consent for the app's permissions on the API `WindowsDefenderATP`",
        70_043 | 700_082 | 700_084 => "the refresh token has expired; sign in again",
        90_002 => "check the tenant: no such tenant, or none in this cloud",
        500_011 => {
            "check the scope and the cloud; the tenant may have no Defender for Endpoint, whose API is the resource"
        }
        650_057 => "add a permission of the API `WindowsDefenderATP` to the app registration",
        700_016 => "check the client id and the tenant: the app is not registered there",
        700_027 => {
            "add the certificate to the app registration, or give the one that was added; check the clock"
        }
        700_213 | 700_211 => "check issuer, subject and audience of the app's federated credential",
        7_000_215 => "check the client secret: give its value, not its id",
        7_000_222 => "the client secret has expired; create a new one",
        7_000_229 => {
            "give the app admin consent in this tenant, which creates its service principal"
        }
        _ => return None,
    })
}
