use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response};

use super::{Grant, Token, TokenStyle, refusal, token_reply};
use crate::base_url::BaseUrl;
use crate::endpoint::{BODY_LIMIT, reply};
use crate::error::{Code, Error};
use crate::odata;
use crate::tenant::Tenant;

/// `POST /{tenant}/oauth2/v2.0/token` or `/{tenant}/oauth2/token`: a token for a grant (Microsoft's pages "Access
/// Microsoft Defender for Endpoint with application context" and `v2-oauth2-client-creds-grant-flow`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The tenant; for a partner's app the customer's.
    pub tenant: Tenant,
    /// The app's client id.
    pub client_id: String,
    /// What is asked with.
    pub grant: Grant,
    /// Which endpoint is asked, and for what.
    pub style: TokenStyle,
}

impl TokenRequest {
    /// The request to the login service.
    ///
    /// Fails with [`Code::InvalidCredential`] if the client id, a secret, or the resource or scope is empty, and for
    /// a device code with [`TokenStyle::V1`], which has another form that is not built here.
    pub fn request(&self, login: &BaseUrl) -> Result<Request<Vec<u8>>, Error> {
        let invalid = |what: &str| Error::new(Code::InvalidCredential, what.to_owned());
        if self.client_id.trim().is_empty() {
            return Err(invalid("the client id is empty"));
        }
        if let Some(name) = self.grant.empty_secret() {
            return Err(invalid(&format!("the credential's `{name}` is empty")));
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

    /// Reads the answer.
    ///
    /// Fails with [`Code::AuthorizationPending`] (also for `slow_down`, which
    /// [`service_code`](Error::service_code) tells apart), [`Code::AuthorizationDeclined`],
    /// [`Code::DeviceCodeExpired`], [`Code::Throttled`], [`Code::ServiceError`], or [`Code::TokenRefused`] with the
    /// AADSTS text; and as every call does for what cannot be read.
    pub fn response(&self, response: &Response<Vec<u8>>) -> Result<Token, Error> {
        reply::status(response, &[200], refusal::login)?;
        token_reply::read(response, None)
    }
}

/// A form, as the login service takes it.
pub(super) fn form(url: &str, fields: &[(&str, &str)]) -> Result<Request<Vec<u8>>, Error> {
    let mut body = String::new();
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        body.push_str(&odata::escape(value));
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
    /// The largest body that is read, in bytes.
    pub const BODY_LIMIT: usize = BODY_LIMIT;
}
