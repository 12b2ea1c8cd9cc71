//! Tenant, hosts and credentials.

use std::num::ParseFloatError;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use mde_forensics::{Client, Proxy, ScaledClock};

use crate::command::Console;
use crate::core::quota::{QuotaOptions, QuotaScope};
use crate::core::{BaseUrl, Cloud};
use crate::failure::Failure;

mod sign_in;

/// Tenant, hosts and credentials, shared by all commands that talk to the service.
///
/// Secrets are never options, since other users of the machine can read the command line. They come from the environment
/// (`AZURE_CLIENT_SECRET`, `AZURE_CLIENT_CERTIFICATE_PASSWORD`) or from a file.
#[derive(Args, Debug)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArguments {
    /// Tenant id or verified domain.
    #[arg(long, env = "AZURE_TENANT_ID", hide_env_values = true)]
    tenant: Option<String>,
    /// Client id of the app registration, or of a user-assigned managed identity.
    #[arg(long, env = "AZURE_CLIENT_ID", hide_env_values = true)]
    client_id: Option<String>,
    /// File with the client secret; overrides `AZURE_CLIENT_SECRET`.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    client_secret_file: Option<PathBuf>,
    /// File with the client certificate and its private key, PEM or PFX; overrides `AZURE_CLIENT_CERTIFICATE_PATH`.
    ///
    /// The password of a PFX file is read from `AZURE_CLIENT_CERTIFICATE_PASSWORD`.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    certificate: Option<PathBuf>,
    /// File with a token from another issuer, for workload identity; overrides `AZURE_FEDERATED_TOKEN_FILE`.
    #[arg(long, value_name = "FILE", group = "sign_in")]
    federated_token_file: Option<PathBuf>,
    /// Sign in as a user: open the printed URL in any browser and enter the printed code.
    #[arg(long, group = "sign_in")]
    device_code: bool,
    /// Sign in with the managed identity of this Azure machine or app.
    #[arg(long, group = "sign_in")]
    managed_identity: bool,
    /// Cloud or region, such as `commercial`, `eu`, `gcc-high`.
    #[arg(long, env = "MDE_CLOUD", default_value = "commercial", hide_env_values = true)]
    cloud: String,
    /// Base URL of the API [default: that of the cloud].
    #[arg(long, value_name = "URL", env = "MDE_API_URL", hide_env_values = true)]
    api_url: Option<String>,
    /// Base URL of the login host [default: that of the cloud].
    #[arg(long, value_name = "URL", env = "MDE_LOGIN_URL", hide_env_values = true)]
    login_url: Option<String>,
    /// Resource to request tokens for [default: that of the cloud].
    #[arg(long, value_name = "URI", env = "MDE_RESOURCE", hide_env_values = true)]
    resource: Option<String>,
    /// Additional certificate authorities to trust (PEM), such as that of a TLS-inspecting proxy.
    #[arg(
        long,
        value_name = "FILE",
        env = "SSL_CERT_FILE",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    ca_file: Option<PathBuf>,
    /// Proxy URL, or `none` for no proxy; overrides the environment.
    ///
    /// A proxy that needs a password belongs in `HTTPS_PROXY`, since other users can read the command line.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Which calls share a quota at the service.
    #[arg(long, value_name = "WHAT", default_value = "endpoint")]
    quota_scope: Scope,
    /// Share of the quotas to use, above 0 and at most 1; the rest is left to other programs of the same app.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    quota_share: f64,
    /// Run the clock this many times faster; only for an emulator on this machine.
    #[arg(long, value_name = "X", env = "MDE_TIME_SCALE", hide_env_values = true)]
    time_scale: Option<Scale>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    /// All calls of the app.
    App,
    /// The calls of one endpoint.
    Endpoint,
}

impl ServiceArguments {
    /// Builds a client for the service. Nothing is sent yet.
    ///
    /// Fails if there is no credential or if an option cannot be used.
    pub(crate) fn connect(&self, console: &Console) -> Result<Client, Failure> {
        let scope = match self.quota_scope {
            Scope::App => QuotaScope::App,
            Scope::Endpoint => QuotaScope::Endpoint,
        };
        let quotas = QuotaOptions { share: self.quota_share, scope };
        let mut builder = self.sign_in(console)?.cloud(self.cloud()?).quotas(quotas);
        if let Some(file) = self.ca_file.as_ref().filter(|file| is_filled(file)) {
            builder = builder.ca_file(file);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(parse_proxy(proxy)?);
        }
        if let Some(Scale(Some(scale))) = self.time_scale {
            builder = builder.clock(Arc::new(ScaledClock::new(scale)?));
        }
        Ok(builder.build()?)
    }

    /// Like [`connect`](Self::connect), but calls are counted in the ledger of this folder, if it has one.
    ///
    /// While another run holds the ledger they are not counted, which is printed as a note.
    pub(crate) fn connect_counting(
        &self,
        folder: &Path,
        console: &Console,
    ) -> Result<Client, Failure> {
        let client = self.connect(console)?;
        Ok(client.counting_in(folder).unwrap_or_else(|error| {
            console.note(&format!("calls are not counted in the ledger of the folder: {error}"));
            client
        }))
    }

    fn cloud(&self) -> Result<Cloud, Failure> {
        let cloud = sign_in::filled(Some(&self.cloud));
        let cloud: Cloud = cloud.map_or(Ok(Cloud::default()), |cloud| cloud.parse())?;
        let url =
            |url: Option<&String>| sign_in::filled(url).map(|url| BaseUrl::parse(&url)).transpose();
        let (api, login) = (url(self.api_url.as_ref())?, url(self.login_url.as_ref())?);
        Ok(cloud.customized(api, login, sign_in::filled(self.resource.as_ref()).as_deref())?)
    }
}

/// A factor of time; none where a variable is set to nothing, which counts as not set.
#[derive(Clone, Copy, Debug)]
struct Scale(Option<f64>);

impl FromStr for Scale {
    type Err = ParseFloatError;

    fn from_str(text: &str) -> Result<Self, ParseFloatError> {
        let text = text.trim();
        if text.is_empty() { Ok(Self(None)) } else { text.parse().map(|scale| Self(Some(scale))) }
    }
}

fn is_filled(path: &Path) -> bool {
    path.to_str().is_none_or(|path| !path.trim().is_empty())
}

fn parse_proxy(proxy: &str) -> Result<Proxy, Failure> {
    if proxy == "none" {
        return Ok(Proxy::None);
    }
    if proxy.contains('@') {
        return Err(Failure::usage("`--proxy` must not contain a user name or password")
            .with_hint("other users can read the command line: set the proxy in `HTTPS_PROXY`"));
    }
    Ok(Proxy::url(proxy)?)
}
