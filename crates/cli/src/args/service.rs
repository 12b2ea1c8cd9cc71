//! Which tenant, through which hosts, and as whom.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use mde_forensics::{Client, Proxy, ScaledClock};

use crate::command::Console;
use crate::core::quota::{QuotaOptions, QuotaScope};
use crate::core::{BaseUrl, Cloud};
use crate::failure::Failure;

mod sign_in;

/// Which tenant, through which hosts, and as whom. The same for every command that talks to the service.
///
/// Secrets are no options: who is on the same machine can read a command line. They come from the environment
/// (`AZURE_CLIENT_SECRET`, `AZURE_CLIENT_CERTIFICATE_PASSWORD`) or from a file.
#[derive(Args, Debug)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArguments {
    /// The tenant: its id or a verified domain.
    #[arg(long, env = "AZURE_TENANT_ID", hide_env_values = true)]
    tenant: Option<String>,
    /// The app registration's client id.
    #[arg(long, env = "AZURE_CLIENT_ID", hide_env_values = true)]
    client_id: Option<String>,
    /// A file with the app's secret; else the secret is in `AZURE_CLIENT_SECRET`.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    client_secret_file: Option<PathBuf>,
    /// The app's certificate with its private key, PEM or PFX; else `AZURE_CLIENT_CERTIFICATE_PATH` names it. A PFX's
    /// password is in `AZURE_CLIENT_CERTIFICATE_PASSWORD`.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    certificate: Option<PathBuf>,
    /// A file with a token of another issuer, for workload identity; else `AZURE_FEDERATED_TOKEN_FILE` names it.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    federated_token_file: Option<PathBuf>,
    /// Sign in as a person, on another screen.
    #[arg(long, group = "sign_in")]
    device_code: bool,
    /// Sign in as this machine's or app's managed identity in Azure.
    #[arg(long, group = "sign_in")]
    managed_identity: bool,
    /// The cloud or region, such as `commercial`, `eu`, `gcc-high`.
    #[arg(long, env = "MDE_CLOUD", default_value = "commercial", hide_env_values = true)]
    cloud: String,
    /// Where the API is, in place of the cloud's own.
    #[arg(long, value_name = "URL", env = "MDE_API_URL", hide_env_values = true)]
    api_url: Option<String>,
    /// Where the login is, in place of the cloud's own.
    #[arg(long, value_name = "URL", env = "MDE_LOGIN_URL", hide_env_values = true)]
    login_url: Option<String>,
    /// What tokens are made for, in place of the cloud's own.
    #[arg(long, value_name = "URI", env = "MDE_RESOURCE", hide_env_values = true)]
    resource: Option<String>,
    /// Further certificate authorities to trust (PEM), such as that of a proxy that inspects TLS.
    #[arg(long, value_name = "FILE", env = "SSL_CERT_FILE", hide_env_values = true)]
    ca_file: Option<PathBuf>,
    /// The proxy; one with a password is set in `HTTPS_PROXY`. `none` asks no proxy at all.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// What the service's quotas count: the calls of each endpoint, or all calls of the app together.
    #[arg(long, value_name = "WHAT", default_value = "endpoint")]
    quota_scope: Scope,
    /// How much of the quotas is ours, above 0 and at most 1; the rest is left to whatever else uses the same app.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    quota_share: f64,
    /// So many seconds pass in one second; only against an emulator on this machine.
    #[arg(long, value_name = "X", env = "MDE_TIME_SCALE", hide_env_values = true)]
    time_scale: Option<f64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    App,
    Endpoint,
}

impl ServiceArguments {
    /// A client for that service. Nothing is sent yet.
    ///
    /// Fails if it is not said how to sign in, or if a part of it cannot be used.
    pub(crate) fn connect(&self, console: &Console) -> Result<Client, Failure> {
        let scope = match self.quota_scope {
            Scope::App => QuotaScope::App,
            Scope::Endpoint => QuotaScope::Endpoint,
        };
        let quotas = QuotaOptions { share: self.quota_share, scope };
        let mut builder = self.sign_in(console)?.cloud(self.cloud()?).quotas(quotas);
        if let Some(file) = &self.ca_file {
            builder = builder.ca_file(file);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(parse_proxy(proxy)?);
        }
        if let Some(scale) = self.time_scale {
            builder = builder.clock(Arc::new(ScaledClock::new(scale)?));
        }
        Ok(builder.build()?)
    }

    /// The same as [`connect`](Self::connect), and single calls count in the ledger of this folder, if it has one.
    ///
    /// Where a collection that is under way has the ledger, they go uncounted, and that is said.
    pub(crate) fn connect_counting(
        &self,
        folder: &Path,
        console: &Console,
    ) -> Result<Client, Failure> {
        let client = self.connect(console)?;
        Ok(client.counting_in(folder).unwrap_or_else(|error| {
            console.note(&format!("not counted against the quota of the folder: {error}"));
            client
        }))
    }

    fn cloud(&self) -> Result<Cloud, Failure> {
        let cloud: Cloud = self.cloud.parse()?;
        let url =
            |url: Option<&String>| sign_in::filled(url).map(|url| BaseUrl::parse(&url)).transpose();
        let (api, login) = (url(self.api_url.as_ref())?, url(self.login_url.as_ref())?);
        Ok(cloud.customized(api, login, sign_in::filled(self.resource.as_ref()).as_deref())?)
    }
}

fn parse_proxy(proxy: &str) -> Result<Proxy, Failure> {
    if proxy == "none" {
        return Ok(Proxy::None);
    }
    if proxy.contains('@') {
        return Err(Failure::usage("`--proxy` may hold no password: others can read it")
            .with_hint("set it in `HTTPS_PROXY`"));
    }
    Ok(Proxy::url(proxy)?)
}
