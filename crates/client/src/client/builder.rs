//! The builder of a client.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{Cloud, Code, Error, Tenant};

use super::{Client, Inner};
use crate::clock::{Clock, SystemClock};
use crate::credential::{Credential, TokenContext};
use crate::ledger::{Account, Folders};
use crate::tokens::Tokens;
use crate::transport::{Http, Proxy, Transport, TransportOptions};

/// The settings of a client. Created by [`Client::builder`].
#[derive(Debug)]
pub struct ClientBuilder {
    tenant: String,
    credential: Arc<dyn Credential>,
    cloud: Cloud,
    transport: TransportOptions,
    http: Option<Arc<dyn Http>>,
    clock: Arc<dyn Clock>,
    uses_v1: bool,
    quotas: QuotaOptions,
}

impl ClientBuilder {
    pub(super) fn new(tenant: String, credential: Arc<dyn Credential>) -> Self {
        Self {
            tenant,
            credential,
            cloud: Cloud::default(),
            transport: TransportOptions::default(),
            http: None,
            clock: Arc::new(SystemClock::new()),
            uses_v1: false,
            quotas: QuotaOptions::default(),
        }
    }

    /// Sets the cloud, region or custom hosts to talk to (default: commercial).
    #[must_use]
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// Sets the clock (default: the system's). A scaled clock is accepted only with an API host on
    /// a loopback address.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Trusts the certificate authorities in this PEM file as well.
    #[must_use]
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.transport.ca_file = Some(file.into());
        self
    }

    /// Sets whether server certificates are verified (default: true). See
    /// [`verify_certificates`](TransportOptions::verify_certificates) for the consequences of
    /// false.
    #[must_use]
    pub fn verify_certificates(mut self, verify: bool) -> Self {
        self.transport.verify_certificates = verify;
        self
    }

    /// Sets the proxy (default: as the environment or the system says).
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.transport.proxy = proxy;
        self
    }

    /// Sets all network options at once.
    #[must_use]
    pub fn transport(mut self, transport: TransportOptions) -> Self {
        self.transport = transport;
        self
    }

    /// Sends everything through this HTTP client instead of our own. It is then responsible for the
    /// proxy, the CA file and all other network options.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn Http>) -> Self {
        self.http = Some(http);
        self
    }

    /// Uses the v1 token endpoint, which takes a resource instead of a scope (default: v2).
    #[must_use]
    pub fn v1_tokens(mut self) -> Self {
        self.uses_v1 = true;
        self
    }

    /// Sets how the service's quotas are counted and which share of them is ours (default: per
    /// endpoint, all of it).
    #[must_use]
    pub fn quotas(mut self, quotas: QuotaOptions) -> Self {
        self.quotas = quotas;
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// Fails with `invalid_credential` if the tenant is malformed, with `invalid_option` if the CA
    /// file, the proxy, the User-Agent suffix, the clock or the quota share cannot be used, and
    /// with `credential_failed` if the system's random generator fails.
    pub fn build(self) -> Result<Client, Error> {
        let tenant = Tenant::parse(&self.tenant)?;
        let base = self.cloud.api();
        if self.clock.is_loopback_only() && !base.is_loopback() {
            let text = format!(
                "a scaled clock is only allowed with an emulator on this machine, and `{base}` is not one"
            );
            return Err(Error::new(Code::InvalidOption, text));
        }
        let transport = match self.http {
            Some(http) => Transport::Foreign(http),
            None => Transport::new(&self.transport)?,
        };
        let clock = self.clock;
        let cx = TokenContext::new(
            tenant.clone(),
            self.cloud,
            self.uses_v1,
            Arc::clone(&clock),
            transport.clone(),
        );
        let quotas = self.quotas;
        let account = Account::new(&tenant, self.credential.client_id());
        Ok(Client::from_parts(Inner {
            tenant: tenant.as_str().to_owned(),
            base,
            transport,
            tokens: Tokens::new(self.credential, cx),
            clock,
            ledgers: Folders::new(account, quotas)?,
            quotas,
            service: Mutex::default(),
        }))
    }
}
