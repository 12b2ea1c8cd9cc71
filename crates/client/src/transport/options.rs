//! How the client reaches the network.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use mde_forensics_core::download::Limits;
use mde_forensics_core::{Code, Error};

/// How the client reaches the network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportOptions {
    /// A PEM file with further certificate authorities to trust, such as that of a proxy that inspects TLS.
    pub ca_file: Option<PathBuf>,
    /// Whether the servers' certificates are verified (default: true).
    ///
    /// Without, anybody on the way can take the token, which opens the tenant, and change the evidence: each client that
    /// is made so logs a warning, and each manifest that it writes says `verify_certificates: false`. A proxy that
    /// inspects TLS needs its [`ca_file`](Self::ca_file) only.
    pub verify_certificates: bool,
    /// Which proxy to use (default: what the environment or the system says).
    pub proxy: Proxy,
    /// For making one connection, TLS included (default: 10 s).
    pub connect_timeout: Duration,
    /// For the reply to begin, and then between any two parts of it (default: 60 s).
    pub read_timeout: Duration,
    /// For one whole API exchange; downloads have no such limit (default: 5 minutes).
    pub total_timeout: Duration,
    /// The largest package that is taken, in bytes (default: 64 GiB). A larger one is refused with `too_large`.
    pub max_package: u64,
    /// In each of these spans of waiting for a download [`least_bytes`](Self::least_bytes) must come, or it is
    /// interrupted with `timed_out` and begun anew from where it stands (default: 60 s).
    pub progress_window: Duration,
    /// The fewest bytes of a package in each [`progress_window`](Self::progress_window) (default: 60 KiB, 1 KiB/s).
    pub least_bytes: u64,
    /// What stands behind `mde-forensics/VERSION` in the User-Agent.
    pub user_agent_suffix: Option<String>,
}

impl Default for TransportOptions {
    fn default() -> Self {
        let Limits { most_bytes, window, least_bytes, silence } = Limits::default();
        Self {
            ca_file: None,
            verify_certificates: true,
            proxy: Proxy::System,
            connect_timeout: Duration::from_secs(10),
            read_timeout: silence,
            total_timeout: Duration::from_secs(300),
            max_package: most_bytes,
            progress_window: window,
            least_bytes,
            user_agent_suffix: None,
        }
    }
}

impl TransportOptions {
    /// What a download may not go beyond.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            most_bytes: self.max_package,
            window: self.progress_window,
            least_bytes: self.least_bytes,
            silence: self.read_timeout,
        }
    }

    /// A builder with everything but TLS and proxy: nothing is followed, repeated or remembered.
    pub(super) fn builder(&self) -> Result<reqwest::ClientBuilder, Error> {
        Ok(reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(self.user_agent()?)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout))
    }

    /// The builder with the chosen proxy.
    pub(super) fn proxied(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, Error> {
        match &self.proxy {
            Proxy::System => Ok(builder),
            Proxy::None => Ok(builder.no_proxy()),
            Proxy::Url(url) => match reqwest::Proxy::all(url.0.as_str()) {
                Ok(proxy) => Ok(builder.no_proxy().proxy(proxy)),
                Err(_) => Err(Error::new(Code::InvalidOption, "the proxy's address is not a URL")),
            },
        }
    }

    /// The proxies of the API's client.
    pub(super) fn proxies(&self) -> Matcher {
        match &self.proxy {
            Proxy::System => Matcher::from_system(),
            Proxy::None => no_proxy(),
            Proxy::Url(url) => all_by(url.0.as_str()),
        }
    }

    pub(super) fn user_agent(&self) -> Result<http::HeaderValue, Error> {
        let name = concat!("mde-forensics/", env!("CARGO_PKG_VERSION"));
        let text = match self.user_agent_suffix.as_deref().map(str::trim) {
            None | Some("") => name.to_owned(),
            Some(suffix) => format!("{name} {suffix}"),
        };
        text.parse().map_err(|_| {
            let text = "the User-Agent's suffix may hold visible ASCII characters and spaces only";
            Error::new(Code::InvalidOption, text)
        })
    }
}

/// That proxy for everything; none at all where its address is not understood.
fn all_by(url: &str) -> Matcher {
    Matcher::builder().all(url).build()
}

/// No proxy for anything.
pub(super) fn no_proxy() -> Matcher {
    Matcher::builder().build()
}

/// Which proxy to use.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// None at all.
    None,
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` or the system's settings say.
    #[default]
    System,
    /// This one, for everything.
    Url(ProxyUrl),
}

impl Proxy {
    /// The proxy at this URL, such as `http://user:password@proxy.contoso.com:8080`.
    ///
    /// Fails with `invalid_option` if it is not an http or https URL with a host.
    pub fn url(url: &str) -> Result<Self, Error> {
        let parsed = reqwest::Url::parse(url).ok();
        // A proxy that was asked for and not understood must never be gone past.
        let is_understood = |url: &reqwest::Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && all_by(url.as_str()).intercept(&http::Uri::from_static("https://x/")).is_some()
        };
        match parsed.filter(is_understood) {
            Some(url) => Ok(Self::Url(ProxyUrl(zeroize::Zeroizing::new(url.into())))),
            None => Err(Error::new(
                Code::InvalidOption,
                "the proxy's address is not an http or https URL with a host",
            )),
        }
    }
}

/// A proxy's address; it may hold a password and is never printed.
#[derive(Clone)]
pub struct ProxyUrl(zeroize::Zeroizing<String>);

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyUrl([redacted])")
    }
}
