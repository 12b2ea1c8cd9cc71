//! The context of a token request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mde_forensics_core::endpoint::BODY_LIMIT;
use mde_forensics_core::endpoint::token::{Grant, Token, TokenRequest, TokenStyle};
use mde_forensics_core::engine::Exchange;
use mde_forensics_core::{BaseUrl, Cloud, Error, Now, Tenant};

use crate::clock::Clock;
use crate::transport::Transport;

/// What the token is for, and the client's clock and network.
#[derive(Clone)]
pub struct TokenContext {
    tenant: Tenant,
    cloud: Cloud,
    uses_v1: bool,
    clock: Arc<dyn Clock>,
    transport: Transport,
}

impl TokenContext {
    pub(crate) fn new(
        tenant: Tenant,
        cloud: Cloud,
        uses_v1: bool,
        clock: Arc<dyn Clock>,
        transport: Transport,
    ) -> Self {
        Self { tenant, cloud, uses_v1, clock, transport }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The login service's base URL.
    #[must_use]
    pub fn login(&self) -> BaseUrl {
        self.cloud.login()
    }

    /// The scope of a v2 token, such as `https://api.securitycenter.microsoft.com/.default`.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.cloud.scope()
    }

    /// The resource of a v1 token, such as `https://api.securitycenter.microsoft.com`.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.cloud.resource()
    }

    /// The client's current time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Sleeps for this time on the client's clock.
    pub async fn sleep(&self, time: Duration) {
        self.clock.sleep_until(self.now().monotonic.saturating_add(time), false).await;
    }

    /// The token endpoint as the login service expects it in an assertion's audience.
    pub(super) fn token_url(&self) -> String {
        let path = if self.uses_v1 { "oauth2/token" } else { "oauth2/v2.0/token" };
        format!("{}/{}/{path}", self.login(), self.tenant)
    }

    /// Requests an app token.
    pub(super) async fn grant(&self, client_id: &str, grant: Grant) -> Result<Token, Error> {
        let style = if self.uses_v1 {
            TokenStyle::V1 { resource: self.resource().to_owned() }
        } else {
            TokenStyle::V2 { scope: self.scope().to_owned() }
        };
        self.ask(client_id, grant, style).await
    }

    /// Requests a user token and a refresh token from the v2 endpoint.
    pub(super) async fn user_grant(&self, client_id: &str, grant: Grant) -> Result<Token, Error> {
        self.ask(client_id, grant, TokenStyle::V2 { scope: self.user_scope() }).await
    }

    pub(super) fn user_scope(&self) -> String {
        format!("{} offline_access", self.scope())
    }

    /// Sends one request.
    pub(super) async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, Error> {
        answered(self.transport.send(request, BODY_LIMIT, SEND_WITHIN).await)
    }

    /// Sends one request without any proxy.
    pub(super) async fn exchange_direct(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, Error> {
        answered(self.transport.send_direct(request, BODY_LIMIT, SEND_WITHIN).await)
    }

    async fn ask(&self, client_id: &str, grant: Grant, style: TokenStyle) -> Result<Token, Error> {
        let (tenant, client_id) = (self.tenant.clone(), client_id.to_owned());
        let request = TokenRequest { tenant, client_id, grant, style };
        request.response(&self.exchange(request.request(&self.login())?).await?)
    }
}

impl fmt::Debug for TokenContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenContext")
            .field("tenant", &self.tenant)
            .field("cloud", &self.cloud)
            .field("uses_v1", &self.uses_v1)
            .finish_non_exhaustive()
    }
}

/// A token request changes nothing, so all reasons for a missing reply are treated alike.
fn answered(exchange: Exchange) -> Result<http::Response<Vec<u8>>, Error> {
    match exchange {
        Exchange::Reply(response) => Ok(response),
        Exchange::Broken(error) | Exchange::NotSent(error) | Exchange::Unknown(error) => Err(error),
        other => Err(Error::new(
            mde_forensics_core::Code::Internal,
            format!("an exchange ended in a way that is not known: {other:?}"),
        )),
    }
}

const SEND_WITHIN: Duration = Duration::from_secs(30);
