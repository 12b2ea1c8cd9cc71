use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::{Code, Error};
use crate::json::read_text;
use crate::url::Parts;

/// The base URL of a service, such as `https://api.security.microsoft.com`.
///
/// It is https, or plain http on a loopback address. It may have a path, such as a gateway's
/// prefix, which precedes `/api/…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BaseUrl {
    url: String,
    host: String,
    port: u16,
    path_at: usize,
    is_loopback: bool,
}

impl BaseUrl {
    /// Parses an absolute URL. Scheme and host are lower-cased; a default port and trailing slashes
    /// are dropped.
    ///
    /// Fails with [`Code::InvalidUrl`] if it is not an absolute URL or has user information, a
    /// query, a fragment, or a path with escapes or dot segments, and with [`Code::InsecureUrl`] if
    /// it is plain http to another machine.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let parts = Parts::parse(url.trim())?;
        if parts.query.is_some() {
            return Err(Error::new(Code::InvalidUrl, "the base URL has a query"));
        }
        if parts.path.contains('%') || parts.path.split('/').any(|part| part == "." || part == "..")
        {
            return Err(Error::new(
                Code::InvalidUrl,
                "the base URL has escapes or dots in its path",
            ));
        }
        if !parts.is_private() {
            return Err(Error::new(
                Code::InsecureUrl,
                format!("`{}` would be reached by plain http", parts.host),
            ));
        }
        let host = parts.host.to_ascii_lowercase();
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let mut url = format!("{}://{shown}", parts.scheme.as_str());
        if parts.port != parts.scheme.default_port() {
            url = format!("{url}:{}", parts.port);
        }
        let path_at = url.len();
        url.push_str(parts.path.trim_end_matches('/'));
        Ok(Self { url, host, port: parts.port, path_at, is_loopback: parts.is_loopback() })
    }

    /// The https URL of a host that is known to be valid.
    pub(crate) fn https(host: &str) -> Self {
        let url = format!("https://{host}");
        Self { path_at: url.len(), url, host: host.to_owned(), port: 443, is_loopback: false }
    }

    /// The URL, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The host in lower case, without port; an IPv6 address has no brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, even if it is the default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The path: empty, or beginning with a slash.
    pub(crate) fn path(&self) -> &str {
        self.url.get(self.path_at..).unwrap_or_default()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.url)
    }
}

impl std::str::FromStr for BaseUrl {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        Self::parse(url)
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.url)
    }
}

read_text!(BaseUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_brought_into_one_form() {
        for (url, wanted) in [
            ("https://API.Security.Microsoft.com:443/", "https://api.security.microsoft.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080//", "http://[::1]:8080"),
            (" https://gateway.example/Mde/ ", "https://gateway.example/Mde"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().as_str(), wanted);
        }
        assert_eq!(BaseUrl::parse("https://g.example/Mde/").unwrap().path(), "/Mde");
    }

    #[test]
    fn what_could_change_its_meaning_is_refused() {
        for url in ["https://h/?a=b", "https://h/a/../b", "https://h/%2e%2e", "https://h#f", "h"] {
            assert_eq!(BaseUrl::parse(url).unwrap_err().code(), Code::InvalidUrl, "{url}");
        }
        assert_eq!(BaseUrl::parse("http://api.example").unwrap_err().code(), Code::InsecureUrl);
    }
}
