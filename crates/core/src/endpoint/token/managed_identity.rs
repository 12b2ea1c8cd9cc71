use http::header::{ACCEPT, HeaderName};
use http::{HeaderValue, Request, Response};
use time::OffsetDateTime;

use super::{Token, refusal, token_reply};
use crate::base_url::BaseUrl;
use crate::endpoint::reply;
use crate::error::{Code, Error};
use crate::odata;
use crate::secret::{IdentityHeader, check_length};
use crate::url::Parts;

/// The instance metadata service on every virtual machine of Azure.
const IMDS: &str = "http://169.254.169.254";

/// Selects one of a machine's managed identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagedIdentity {
    /// The identity with this client id.
    ClientId(String),
    /// The identity with this object id.
    ObjectId(String),
    /// The identity with this resource id.
    ResourceId(String),
    /// The system-assigned identity.
    #[default]
    System,
}

/// `GET /metadata/identity/oauth2/token`: a token for the managed identity of a virtual machine.
/// Source: Microsoft's page "How to use managed identities for Azure resources on an Azure VM to
/// acquire an access token".
///
/// It must not go through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImdsRequest {
    /// The resource of the token, such as `https://api.securitycenter.microsoft.com`.
    pub resource: String,
    /// The identity.
    pub identity: ManagedIdentity,
    /// Another URL of the service, such as an emulator's; `None` for the standard address.
    pub endpoint: Option<BaseUrl>,
}

/// `GET $IDENTITY_ENDPOINT`: a token for the managed identity of App Service, Functions or
/// Automation. Source: Microsoft's page "Use managed identities for App Service and Azure
/// Functions", REST endpoint reference, 2019-08-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppServiceIdentityRequest {
    /// The value of `IDENTITY_ENDPOINT`.
    pub endpoint: String,
    /// The value of `IDENTITY_HEADER`.
    pub header: IdentityHeader,
    /// The resource of the token.
    pub resource: String,
    /// The identity.
    pub identity: ManagedIdentity,
}

impl ImdsRequest {
    /// Builds the request to the metadata service. Fails with [`Code::InvalidCredential`] if the
    /// resource is empty.
    pub fn request(&self) -> Result<Request<Vec<u8>>, Error> {
        let place = self.endpoint.as_ref().map_or(IMDS, BaseUrl::as_str);
        let query = query("2018-02-01", &self.resource, &self.identity, "msi_res_id")?;
        let url = format!("{place}/metadata/identity/oauth2/token?{query}");
        build(&url, METADATA, HeaderValue::from_static("true"))
    }

    /// Reads the reply. `wall` is the current wall-clock time.
    ///
    /// Fails with [`Code::ServiceError`] for 404, 410 and 5xx, which are transient (repeat for at
    /// least 70 s), with [`Code::Throttled`], or with [`Code::TokenRefused`]; and with the common
    /// errors for an unreadable reply.
    pub fn response(
        &self,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<Token, Error> {
        reply::status(response, &[200], refusal::identity)?;
        token_reply::read(response, Some(wall))
    }
}

impl AppServiceIdentityRequest {
    /// Builds the request to the identity endpoint.
    ///
    /// Fails with [`Code::InvalidUrl`] if the endpoint is not a URL or has a query, with
    /// [`Code::InsecureUrl`] if it is plain http and neither on this machine nor link-local, and
    /// with [`Code::InvalidCredential`] if the resource is empty, or if the header cannot be sent
    /// or is longer than 64 KiB.
    pub fn request(&self) -> Result<Request<Vec<u8>>, Error> {
        let parts = Parts::parse(&self.endpoint)?;
        if !parts.is_private() && !is_link_local(parts.host) {
            let message = format!("the identity endpoint leads to `{}` by plain http", parts.host);
            return Err(Error::new(Code::InsecureUrl, message));
        }
        if parts.query.is_some() {
            return Err(Error::new(Code::InvalidUrl, "the identity endpoint has a query"));
        }
        check_length("identity header", self.header.expose())?;
        let mut header = HeaderValue::from_str(self.header.expose()).map_err(|_| {
            Error::new(Code::InvalidCredential, "the identity header cannot be sent")
        })?;
        header.set_sensitive(true);
        let query = query("2019-08-01", &self.resource, &self.identity, "mi_res_id")?;
        build(&format!("{}?{query}", self.endpoint), IDENTITY_HEADER, header)
    }

    /// Reads the reply. `wall` is the current wall-clock time: the reply gives the time at which
    /// the token expires, not its lifetime. Fails as [`ImdsRequest::response`] does.
    pub fn response(
        &self,
        response: &Response<Vec<u8>>,
        wall: OffsetDateTime,
    ) -> Result<Token, Error> {
        reply::status(response, &[200], refusal::identity)?;
        token_reply::read(response, Some(wall))
    }
}

fn query(
    version: &str,
    resource: &str,
    identity: &ManagedIdentity,
    resource_id: &str,
) -> Result<String, Error> {
    if resource.trim().is_empty() {
        return Err(Error::new(Code::InvalidCredential, "the token's `resource` is empty"));
    }
    let query = format!("api-version={version}&resource={}", odata::escaped(resource));
    let chosen = match identity {
        ManagedIdentity::ClientId(id) => Some(("client_id", id)),
        ManagedIdentity::ObjectId(id) => Some(("object_id", id)),
        ManagedIdentity::ResourceId(id) => Some((resource_id, id)),
        ManagedIdentity::System => None,
    };
    if let Some((name, id)) = chosen {
        return Ok(format!("{query}&{name}={}", odata::escaped(id)));
    }
    Ok(query)
}

fn build(url: &str, header: HeaderName, value: HeaderValue) -> Result<Request<Vec<u8>>, Error> {
    Request::get(url)
        .header(ACCEPT, "application/json")
        .header(header, value)
        .body(Vec::new())
        .map_err(|error| {
            Error::new(Code::InvalidUrl, "the identity endpoint is not valid").with_source(error)
        })
}

/// 169.254.0.0/16 is never routed; App Service on Linux has its endpoint there.
fn is_link_local(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_link_local())
}

const METADATA: HeaderName = HeaderName::from_static("metadata");
const IDENTITY_HEADER: HeaderName = HeaderName::from_static("x-identity-header");

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;
    use crate::endpoint::testing::reply;

    const RESOURCE: &str = "https://api.securitycenter.microsoft.com";
    const WALL: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

    #[test]
    fn the_documented_example_of_a_virtual_machine() {
        let mut request = ImdsRequest {
            resource: RESOURCE.to_owned(),
            identity: ManagedIdentity::System,
            endpoint: None,
        };
        let sent = request.request().unwrap();
        assert_eq!(
            sent.uri(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fapi.securitycenter.microsoft.com"
        );
        assert_eq!(sent.headers()["metadata"], "true");
        request.identity = ManagedIdentity::ResourceId("/subscriptions/x".to_owned());
        assert!(
            request
                .request()
                .unwrap()
                .uri()
                .to_string()
                .ends_with("&msi_res_id=%2Fsubscriptions%2Fx")
        );

        let body = r#"{"access_token":"eyJ0","refresh_token":"","expires_in":"3599","expires_on":"1506484173","not_before":"1506480273","token_type":"Bearer"}"#;
        let token = request.response(&reply(200, body), WALL).unwrap();
        assert_eq!(token.expires_in, Duration::from_secs(3599));
        assert_eq!(token.refresh_token, None);
        for status in [404, 410, 500] {
            assert_eq!(
                request.response(&reply(status, ""), WALL).unwrap_err().code(),
                Code::ServiceError
            );
        }
        let body = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
        assert_eq!(
            request.response(&reply(400, body), WALL).unwrap_err().code(),
            Code::TokenRefused
        );
    }

    #[test]
    fn the_documented_example_of_app_service() {
        let mut request = AppServiceIdentityRequest {
            endpoint: "http://127.0.0.1:41741/MSI/token/".to_owned(),
            header: IdentityHeader::new("853b9a84"),
            resource: RESOURCE.to_owned(),
            identity: ManagedIdentity::ClientId("c".to_owned()),
        };
        let sent = request.request().unwrap();
        assert_eq!(
            sent.uri(),
            "http://127.0.0.1:41741/MSI/token/?api-version=2019-08-01&resource=https%3A%2F%2Fapi.securitycenter.microsoft.com&client_id=c"
        );
        assert_eq!(sent.headers()["x-identity-header"], "853b9a84");
        assert!(sent.headers()["x-identity-header"].is_sensitive());
        let end = WALL.unix_timestamp() + 600;
        let body = format!(
            r#"{{"access_token":"eyJ0","expires_on":"{end}","resource":"r","token_type":"Bearer"}}"#
        );
        assert_eq!(
            request.response(&reply(200, &body), WALL).unwrap().expires_in,
            Duration::from_secs(600)
        );
        let error = request
            .response(&reply(400, r#"{"statusCode":400,"message":"no identity"}"#), WALL)
            .unwrap_err();
        assert_eq!(error.service_message(), Some("no identity"));

        request.endpoint = "http://169.254.129.5:8081/msi/token".to_owned();
        request.request().unwrap();
        let too_long = IdentityHeader::new("x".repeat((64 << 10) + 1));
        let error = AppServiceIdentityRequest { header: too_long, ..request.clone() }.request();
        assert_eq!(error.unwrap_err().code(), Code::InvalidCredential);
        for (endpoint, code) in [
            ("http://example.com/msi", Code::InsecureUrl),
            ("msi", Code::InvalidUrl),
            ("http://127.0.0.1/msi?a=b", Code::InvalidUrl),
        ] {
            request.endpoint = endpoint.to_owned();
            assert_eq!(request.request().unwrap_err().code(), code);
        }
    }
}
