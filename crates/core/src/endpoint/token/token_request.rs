use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response};

use super::{Grant, Token, TokenStyle, refusal, token_reply};
use crate::base_url::BaseUrl;
use crate::endpoint::{BODY_LIMIT, reply};
use crate::error::{Code, Error};
use crate::odata;
use crate::secret::check_length;
use crate::tenant::Tenant;

/// `POST /{tenant}/oauth2/v2.0/token` or `/{tenant}/oauth2/token`: a token for a grant. Sources:
/// Microsoft's pages "Access Microsoft Defender for Endpoint with application context" and
/// `v2-oauth2-client-creds-grant-flow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The tenant; for a partner's app, the customer's tenant.
    pub tenant: Tenant,
    /// The app's client id.
    pub client_id: String,
    /// The grant.
    pub grant: Grant,
    /// The token endpoint, and what the token is for.
    pub style: TokenStyle,
}

impl TokenRequest {
    /// Builds the request to the login service.
    ///
    /// Fails with [`Code::InvalidCredential`] if the client id, a secret, or the resource or scope
    /// is empty, if a secret is longer than 64 KiB, and for a device code with [`TokenStyle::V1`],
    /// whose form is not supported.
    pub fn request(&self, login: &BaseUrl) -> Result<Request<Vec<u8>>, Error> {
        let invalid = |what: &str| Error::new(Code::InvalidCredential, what.to_owned());
        if self.client_id.trim().is_empty() {
            return Err(invalid("the client id is empty"));
        }
        for (name, secret) in self.grant.secrets() {
            if secret.is_empty() {
                return Err(invalid(&format!("the credential's `{name}` is empty")));
            }
            check_length(&format!("credential's `{name}`"), secret)?;
        }
        let (path, wanted) = match &self.style {
            TokenStyle::V1 { .. } if matches!(self.grant, Grant::DeviceCode(_)) => {
                return Err(invalid("a device code needs the v2 token endpoint"));
            }
            TokenStyle::V1 { resource } => ("oauth2/token", ("resource", resource.as_str())),
            TokenStyle::V2 { scope } => ("oauth2/v2.0/token", ("scope", scope.as_str())),
        };
        if wanted.1.trim().is_empty() {
            return Err(invalid(&format!("the token's `{}` is empty", wanted.0)));
        }
        let mut fields = vec![("client_id", self.client_id.as_str()), wanted];
        fields.extend(self.grant.fields());
        form(&format!("{login}/{}/{path}", self.tenant), &fields)
    }

    /// Reads the reply.
    ///
    /// Fails with [`Code::AuthorizationPending`] (also for `slow_down`, which
    /// [`service_code`](Error::service_code) distinguishes), [`Code::AuthorizationDeclined`],
    /// [`Code::DeviceCodeExpired`], [`Code::Throttled`], [`Code::ServiceError`], or
    /// [`Code::TokenRefused`] with the AADSTS text; and with the common errors for an unreadable
    /// reply.
    pub fn response(&self, response: &Response<Vec<u8>>) -> Result<Token, Error> {
        reply::status(response, &[200], refusal::login)?;
        token_reply::read(response, None)
    }
}

/// Builds a form request.
pub(super) fn form(url: &str, fields: &[(&str, &str)]) -> Result<Request<Vec<u8>>, Error> {
    let mut body = String::new();
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        body.extend(odata::escaped(value));
    }
    Request::post(url)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.into_bytes())
        .map_err(|error| {
            Error::new(Code::InvalidUrl, "the login URL is not valid").with_source(error)
        })
}

impl TokenRequest {
    /// The largest body to read, in bytes.
    pub const BODY_LIMIT: usize = BODY_LIMIT;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::endpoint::testing::reply;
    use crate::endpoint::token::ClientProof;
    use crate::secret::{ClientAssertion, ClientSecret, DeviceCode, RefreshToken, UserAssertion};

    const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";
    const JWT: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c";

    fn request(grant: Grant) -> TokenRequest {
        TokenRequest {
            tenant: Tenant::parse("contoso.com").unwrap(),
            client_id: "app".to_owned(),
            grant,
            style: TokenStyle::V2 { scope: SCOPE.to_owned() },
        }
    }

    fn body(request: &TokenRequest) -> String {
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        String::from_utf8(request.request(&login).unwrap().into_body()).unwrap()
    }

    #[test]
    fn the_documented_example() {
        let request = request(Grant::ClientSecret(ClientSecret::new("sampleCredentials+/=&")));
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        let sent = request.request(&login).unwrap();
        assert_eq!(sent.method(), "POST");
        assert_eq!(sent.uri(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
        assert_eq!(sent.headers()["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(
            body(&request),
            "client_id=app&scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default&grant_type=client_credentials&client_secret=sampleCredentials%2B%2F%3D%26"
        );
        let answer = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0eXAi"}"#;
        let token = request.response(&reply(200, answer)).unwrap();
        assert_eq!(token.access_token.expose(), "eyJ0eXAi");
        assert_eq!(token.expires_in, Duration::from_secs(3599));
        assert_eq!(token.refresh_token, None);
    }

    #[test]
    fn every_grant_has_its_fields() {
        let client = || ClientProof::Assertion(ClientAssertion::new("a.b.c"));
        for (grant, wanted) in [
            (
                Grant::ClientAssertion(ClientAssertion::new("a.b.c")),
                format!("grant_type=client_credentials&{JWT}"),
            ),
            (
                Grant::DeviceCode(DeviceCode::new("d")),
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d"
                    .to_owned(),
            ),
            (
                Grant::OnBehalfOf { user: UserAssertion::new("u"), client: client() },
                format!(
                    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=u&requested_token_use=on_behalf_of&{JWT}"
                ),
            ),
            (
                Grant::RefreshToken { token: RefreshToken::new("r"), client: None },
                "grant_type=refresh_token&refresh_token=r".to_owned(),
            ),
            (
                Grant::RefreshToken { token: RefreshToken::new("r"), client: Some(client()) },
                format!("grant_type=refresh_token&refresh_token=r&{JWT}"),
            ),
        ] {
            let sent = body(&request(grant));
            let (_, fields) = sent.split_once(".default&").unwrap();
            assert_eq!(fields, wanted);
        }
    }

    #[test]
    fn the_v1_endpoint_takes_a_resource() {
        let mut request = request(Grant::ClientSecret(ClientSecret::new("s")));
        request.style = TokenStyle::V1 { resource: "https://r".to_owned() };
        let login = BaseUrl::parse("https://login.microsoftonline.us").unwrap();
        assert_eq!(
            request.request(&login).unwrap().uri(),
            "https://login.microsoftonline.us/contoso.com/oauth2/token"
        );
        assert!(body(&request).contains("&resource=https%3A%2F%2Fr&"));
        request.grant = Grant::DeviceCode(DeviceCode::new("d"));
        assert_eq!(request.request(&login).unwrap_err().code(), Code::InvalidCredential);
    }

    #[test]
    fn an_empty_secret_is_not_sent() {
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        let error =
            request(Grant::ClientSecret(ClientSecret::new(""))).request(&login).unwrap_err();
        assert_eq!(error.code(), Code::InvalidCredential);
        assert!(error.message().contains("client_secret"));
    }

    #[test]
    fn a_secret_that_is_longer_than_any_is_not_sent() {
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        let long = || "x".repeat(64 << 10);
        let too_long = || "x".repeat((64 << 10) + 1);
        let secret = |text| ClientProof::Secret(ClientSecret::new(text));
        let token = || RefreshToken::new("r");
        for (grant, name) in [
            (Grant::ClientAssertion(ClientAssertion::new(too_long())), "client_assertion"),
            (Grant::ClientSecret(ClientSecret::new(too_long())), "client_secret"),
            (Grant::DeviceCode(DeviceCode::new(too_long())), "device_code"),
            (
                Grant::OnBehalfOf {
                    user: UserAssertion::new(too_long()),
                    client: secret("s".into()),
                },
                "assertion",
            ),
            (
                Grant::RefreshToken { token: token(), client: Some(secret(too_long())) },
                "client_secret",
            ),
        ] {
            let error = request(grant).request(&login).unwrap_err();
            assert_eq!(error.code(), Code::InvalidCredential);
            let text =
                format!("the credential's `{name}` is longer than 64 KiB, as no credential is");
            assert_eq!(error.message(), text);
        }
        request(Grant::ClientSecret(ClientSecret::new(long()))).request(&login).unwrap();
    }

    #[test]
    fn what_the_login_service_refuses_is_told_apart() {
        let request = request(Grant::ClientSecret(ClientSecret::new("s")));
        for (status, name, code) in [
            (400, "authorization_pending", Code::AuthorizationPending),
            (400, "slow_down", Code::AuthorizationPending),
            (400, "authorization_declined", Code::AuthorizationDeclined),
            (400, "expired_token", Code::DeviceCodeExpired),
            (400, "bad_verification_code", Code::TokenRefused),
            (401, "invalid_client", Code::TokenRefused),
            (400, "temporarily_unavailable", Code::ServiceError),
            (429, "throttled", Code::Throttled),
            (503, "", Code::ServiceError),
        ] {
            let error =
                request.response(&reply(status, &format!(r#"{{"error":"{name}"}}"#))).unwrap_err();
            assert_eq!(error.code(), code, "{name}");
            assert_eq!(error.service_code().unwrap_or_default(), name);
        }
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'app' are expired.\r\nTrace ID: t","error_codes":[7000222],"trace_id":"t","correlation_id":"c"}"#;
        let error = request.response(&reply(401, body)).unwrap_err();
        assert!(error.service_message().unwrap().starts_with("AADSTS7000222: "));
        assert_eq!(error.request_id(), Some("t"));
        assert_eq!(error.hint(), "the client secret has expired; create a new one");
    }

    #[test]
    fn a_token_that_is_none_is_refused_and_not_shown() {
        let request = request(Grant::ClientSecret(ClientSecret::new("s")));
        for body in [
            r#"{"token_type":"Bearer","expires_in":1}"#,
            r#"{"access_token":"","expires_in":1}"#,
            r#"{"access_token":"very-secret"}"#,
            r#"{"access_token":"very-secret","expires_in":1,"token_type":"pop"}"#,
            r#"{"access_token":"very-secret","expires_in":"soon"}"#,
        ] {
            let error = request.response(&reply(200, body)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidShape, "{body}");
            assert!(!format!("{error} {:?}", error.body()).contains("very-secret"));
        }
    }
}
