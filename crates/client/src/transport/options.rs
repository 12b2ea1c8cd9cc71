//! Network options.

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
    /// A PEM file with extra certificate authorities to trust, such as that of a proxy that
    /// inspects TLS.
    pub ca_file: Option<PathBuf>,
    /// Whether server certificates are verified (default: true).
    ///
    /// If false, anyone on the network path can take the token, which opens the tenant, and change
    /// the evidence. Each such client logs a warning, and each manifest that it writes says
    /// `verify_certificates: false`. A proxy that inspects TLS only needs its
    /// [`ca_file`](Self::ca_file).
    pub verify_certificates: bool,
    /// The proxy (default: as the environment or the system says).
    pub proxy: Proxy,
    /// The time limit for one connection, TLS included (default: 10 s).
    pub connect_timeout: Duration,
    /// The time limit for the reply to begin, and then between any two parts of it (default: 60 s).
    pub read_timeout: Duration,
    /// The time limit for one whole API exchange (default: 5 minutes). Downloads have no such
    /// limit.
    pub total_timeout: Duration,
    /// The largest package to accept, in bytes (default: 64 GiB). A larger one is refused with
    /// `too_large`.
    pub max_package: u64,
    /// The span of waiting in which [`least_bytes`](Self::least_bytes) must arrive (default: 60 s).
    /// Otherwise the download is interrupted with `timed_out` and resumed where it stopped.
    pub progress_window: Duration,
    /// The minimum number of package bytes per [`progress_window`](Self::progress_window) (default:
    /// 60 KiB, 1 KiB/s).
    pub least_bytes: u64,
    /// Text to append to `mde-forensics/VERSION` in the User-Agent.
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
    /// The limits of a download.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            most_bytes: self.max_package,
            window: self.progress_window,
            least_bytes: self.least_bytes,
            silence: self.read_timeout,
        }
    }

    /// A client builder with everything but TLS and proxy: no redirects, no retries, no cookies.
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

    /// The proxies of the API client.
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

/// Uses this proxy for everything; no proxy if its address is not understood.
fn all_by(url: &str) -> Matcher {
    Matcher::builder().all(url).build()
}

/// No proxy for anything.
pub(super) fn no_proxy() -> Matcher {
    Matcher::builder().build()
}

/// The proxy to use.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// No proxy.
    None,
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` or the system's settings say.
    #[default]
    System,
    /// This proxy, for everything.
    Url(ProxyUrl),
}

impl Proxy {
    /// The proxy at this URL, such as `http://user:password@proxy.contoso.com:8080`.
    ///
    /// Fails with `invalid_option` if it is not an http or https URL with a host.
    pub fn url(url: &str) -> Result<Self, Error> {
        let parsed = reqwest::Url::parse(url).ok();
        // A requested proxy that is not understood must never be bypassed silently.
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

/// A proxy's address; it may contain a password and is never printed.
#[derive(Clone)]
pub struct ProxyUrl(zeroize::Zeroizing<String>);

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyUrl([redacted])")
    }
}
