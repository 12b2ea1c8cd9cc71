//! The service's refusals. Source: Microsoft's page "Common REST API error codes".

use http::Response;

use super::reply;
use crate::error::{Code, Error};
use crate::exchange::REQUEST_IDS;
use crate::json::{self, Fields, Json, Read, Wrong};
use crate::retry;

/// The body of an error, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) target: String,
}

/// The error for a reply with a status from 400 on.
pub(super) fn api(response: &Response<Vec<u8>>) -> Error {
    let refusal = Refusal::of(response);
    let status = response.status().as_u16();
    let code = code(status, &refusal);
    let kind = reply::content_type(response);
    let stranger = kind.filter(|kind| !reply::is_json(kind) && !response.body().is_empty());
    let message = match &stranger {
        Some(kind) => {
            format!("the call was refused with a body of `{kind}`, which is not the service's own")
        }
        None => message(code).to_owned(),
    };
    let mut error = Error::new(code, message)
        .with_status(status)
        .with_service(refusal.code.as_str(), refusal.message.as_str())
        .with_request_id(request_id(response, &refusal))
        .with_body(response.body());
    if let Some(wait) = retry::retry_after(response) {
        error = error.with_retry_after(wait);
    }
    if let Some(hint) = hint(code, status, &refusal, stranger.is_some()) {
        error = error.with_hint(hint);
    }
    error
}

impl Read for Refusal {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| fields.take("error").map(|Inner(refusal)| refusal))
    }
}

/// The `error` object in the body.
struct Inner(Refusal);

impl Read for Inner {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let mut text = |name| fields.optional(name).unwrap_or_default();
            let mut refusal =
                Refusal { code: text("code"), message: text("message"), target: text("target") };
            let details: Option<Vec<Detail>> = fields.optional("details");
            for Detail { code, message } in details.into_iter().flatten() {
                if refusal.code.is_empty() {
                    refusal.code = code.unwrap_or_default();
                }
                if refusal.message.is_empty() {
                    refusal.message = message.unwrap_or_default();
                }
            }
            Ok(Self(refusal))
        })
    }
}

/// An entry of the error's `details`.
struct Detail {
    code: Option<String>,
    message: Option<String>,
}

impl Read for Detail {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self { code: fields.optional("code"), message: fields.optional("message") })
        })
    }
}

impl Refusal {
    fn of(response: &Response<Vec<u8>>) -> Self {
        let body = response.body();
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.len() > super::BODY_LIMIT {
            return Self::default();
        }
        json::parse(body).unwrap_or_default()
    }

    fn says(&self, what: &str) -> bool {
        self.message.to_ascii_lowercase().contains(what)
    }

    fn is(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.code.eq_ignore_ascii_case(code))
    }
}

fn code(status: u16, refusal: &Refusal) -> Code {
    match status {
        400 => bad_request(refusal),
        401 => Code::Unauthorized,
        403 if refusal.is(&["DisabledFeature"]) => Code::DisabledFeature,
        403 if refusal.is(&["DisallowedOperation"]) => Code::DisallowedOperation,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        429 => Code::Throttled,
        500.. => Code::ServiceError,
        _ => Code::BadRequest,
    }
}

fn bad_request(refusal: &Refusal) -> Code {
    const INVALID: &[&str] = &[
        "InvalidDomainName",
        "InvalidHashValue",
        "InvalidInput",
        "InvalidIpAddress",
        "InvalidRequestBody",
        "InvalidUrl",
        "MaximumBatchSizeExceeded",
        "MissingRequiredParameter",
        "ODataError",
    ];
    const SELF_EXPLAINING: &[&str] =
        &["InvalidRequestBody", "MissingRequiredParameter", "ODataError"];
    if refusal.is(&["ActiveRequestAlreadyExists"]) {
        Code::AlreadyRunning
    } else if refusal.is(&["OsPlatformNotSupported"]) {
        Code::OsPlatformNotSupported
    } else if refusal.is(&["ClientVersionNotSupported"]) {
        Code::ClientVersionNotSupported
    } else if !refusal.is(SELF_EXPLAINING) && refusal.says("already") {
        // The collect call's page says 400 but gives no code.
        Code::AlreadyRunning
    } else if refusal.is(INVALID) {
        Code::InvalidRequest
    } else {
        Code::BadRequest
    }
}

fn message(code: Code) -> &'static str {
    match code {
        Code::AlreadyRunning => "an action of this kind runs on the device already",
        Code::ClientVersionNotSupported => "the agent on the device is too old",
        Code::DisabledFeature => "the feature is off in the tenant",
        Code::DisallowedOperation => "the service does not allow this",
        Code::Forbidden => "the token may not do this",
        Code::InvalidRequest => "the service could not read the request",
        Code::NotFound => "the service does not know what was asked for",
        Code::OsPlatformNotSupported => "the service does not do this on that operating system",
        Code::ServiceError => "the service failed",
        Code::Throttled => "the quota is used up",
        Code::Unauthorized => "the token was refused",
        _ => "the service refused the call",
    }
}

fn hint(code: Code, status: u16, refusal: &Refusal, is_stranger: bool) -> Option<String> {
    if status == 407 {
        return Some(
            "the proxy wants to know who you are; give it a user name and a password".into(),
        );
    }
    if is_stranger && code != Code::ServiceError {
        return Some(
            "a proxy, a gateway or a wrong API URL answered in place of the service".into(),
        );
    }
    let permissions = permissions(&refusal.message).filter(|_| code == Code::Forbidden)?;
    let kind = if refusal.says("application permissions") { "application" } else { "delegated" };
    Some(format!(
        "grant one of the {kind} permissions {permissions} (API `WindowsDefenderATP`), give admin consent, and get a new token"
    ))
}

/// The names in "… required application permissions (A, B) to access the resource", each in
/// backticks.
fn permissions(message: &str) -> Option<String> {
    let (_, list) = message.split_once("permissions (")?;
    let (list, _) = list.split_once(')')?;
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    };
    let names: Vec<_> =
        list.split(',').map(str::trim).filter(is_name).map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The service puts the request id into the body's `target`; otherwise a header may have it.
fn request_id(response: &Response<Vec<u8>>, refusal: &Refusal) -> String {
    if !refusal.target.is_empty() {
        return refusal.target.clone();
    }
    REQUEST_IDS
        .iter()
        .find_map(|name| response.headers().get(name)?.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::endpoint::testing::reply;

    #[test]
    fn the_services_own_words_are_kept() {
        let body = r#"{"error":{"code":"ResourceNotFound","message":"Machine 123123123 was not found","target":"43f4cb08-8fac-4b65-9db1-745c2ae65f3a"}}"#;
        let error = api(&reply(404, body));
        assert_eq!(error.code(), Code::NotFound);
        assert_eq!(error.service_code(), Some("ResourceNotFound"));
        assert_eq!(error.service_message(), Some("Machine 123123123 was not found"));
        assert_eq!(error.request_id(), Some("43f4cb08-8fac-4b65-9db1-745c2ae65f3a"));
        assert_eq!(error.body(), Some(body));
    }

    #[test]
    fn each_status_has_its_code() {
        for (status, service_code, code) in [
            (400, "ODataError", Code::InvalidRequest),
            (400, "InvalidInput", Code::InvalidRequest),
            (401, "Unauthorized", Code::Unauthorized),
            (403, "Forbidden", Code::Forbidden),
            (403, "DisabledFeature", Code::DisabledFeature),
            (403, "DisallowedOperation", Code::DisallowedOperation),
            (409, "", Code::BadRequest),
            (429, "TooManyRequests", Code::Throttled),
            (500, "InternalServerError", Code::ServiceError),
            (503, "", Code::ServiceError),
        ] {
            let body = format!(r#"{{"error":{{"code":"{service_code}","message":"x"}}}}"#);
            assert_eq!(api(&reply(status, &body)).code(), code, "{status} {service_code}");
        }
    }

    #[test]
    fn a_403_that_names_permissions_becomes_a_hint() {
        let body = r#"{"error":{"code":"Forbidden","message":"The application does not have any of the required application permissions (Machine.Read.All, Machine.ReadWrite.All) to access the resource."}}"#;
        assert_eq!(
            api(&reply(403, body)).hint(),
            "grant one of the application permissions `Machine.Read.All`, `Machine.ReadWrite.All` (API `WindowsDefenderATP`), give admin consent, and get a new token"
        );
        let body = r#"{"error":{"code":"Forbidden","message":"permissions (<b>, ../x)"}}"#;
        assert_eq!(api(&reply(403, body)).hint(), Code::Forbidden.hint());
    }

    #[test]
    fn an_empty_code_is_filled_from_the_details() {
        let body = r#"{"error":{"code":"","message":"","details":[{"code":"ODataError","message":"bad filter"}]}}"#;
        let error = api(&reply(400, body));
        assert_eq!(error.code(), Code::InvalidRequest);
        assert_eq!(error.service_message(), Some("bad filter"));
    }

    #[test]
    fn what_is_not_the_services_own_says_so() {
        let mut proxy = reply(403, "<html>blocked</html>");
        let headers = proxy.headers_mut();
        headers.insert("content-type", http::HeaderValue::from_static("text/html"));
        headers.insert("retry-after", http::HeaderValue::from_static("7"));
        let error = api(&proxy);
        assert!(error.message().contains("text/html"));
        assert!(error.hint().contains("proxy"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(api(&reply(429, "")).retry_after(), None);
        assert_eq!(api(&reply(400, "[1]")).code(), Code::BadRequest);
    }
}
