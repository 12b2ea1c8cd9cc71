//! Enough of RFC 3986 to split a URL without changing it.

use std::net::IpAddr;

use crate::error::{Code, Error};

/// The parts of an absolute http or https URL, as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) scheme: Scheme,
    /// Without brackets, user information and port.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl<'a> Parts<'a> {
    /// Splits `url`. Fails with [`Code::InvalidUrl`] for other schemes, user information,
    /// fragments, missing hosts, and characters that a URL cannot contain. The text itself is never
    /// part of the error.
    pub(crate) fn parse(url: &'a str) -> Result<Self, Error> {
        if url.len() > 64_000 {
            return Err(invalid("is longer than 64,000 characters"));
        }
        if !url.bytes().all(belongs) {
            return Err(invalid("holds a character that a URL cannot hold"));
        }
        let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid("is not absolute"))?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(invalid("is neither http nor https"));
        };
        if rest.contains('#') {
            return Err(invalid("has a fragment"));
        }
        let (before, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = before.split_at(before.find('/').unwrap_or(before.len()));
        let (host, port) = split_authority(authority, scheme)?;
        Ok(Self { scheme, host, port, path, query })
    }

    /// Whether the host is `localhost` or a loopback address.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(self.host)
    }

    /// Whether the connection is encrypted or stays on this machine.
    pub(crate) fn is_private(&self) -> bool {
        self.scheme == Scheme::Https || self.is_loopback()
    }
}

impl Scheme {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Whether a URL may contain the byte unescaped.
fn belongs(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}')
}

fn split_authority(authority: &str, scheme: Scheme) -> Result<(&str, u16), Error> {
    if authority.contains('@') {
        return Err(invalid("holds a user name"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(|| invalid("has no host"))?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(invalid("has no valid host"));
            }
            (host, port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(is_name) {
        return Err(invalid("has no valid host"));
    }
    let port = match port.strip_prefix(':') {
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|port| *port != 0 && !digits.starts_with('+'))
            .ok_or_else(|| invalid("has no valid port"))?,
        None if port.is_empty() => scheme.default_port(),
        None => return Err(invalid("has no valid host")),
    };
    Ok((host, port))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn invalid(what: &str) -> Error {
    Error::new(Code::InvalidUrl, format!("the URL {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart_as_it_was_written() {
        let parts = Parts::parse("HTTPS://User.Example:8443/a/%2b;c?token=%2b%3d?x").unwrap();
        assert_eq!(parts.scheme, Scheme::Https);
        assert_eq!((parts.host, parts.port), ("User.Example", 8443));
        assert_eq!((parts.path, parts.query), ("/a/%2b;c", Some("token=%2b%3d?x")));
        let parts = Parts::parse("http://[::1]").unwrap();
        assert_eq!((parts.host, parts.port, parts.path), ("::1", 80, ""));
        assert!(parts.is_loopback());
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in [
            "",
            "/a",
            "api.example",
            "ftp://a/",
            "https://",
            "https:///p",
            "https://a b/",
            "https://u:p@h/",
            "https://h/#f",
            "https://h:/",
            "https://h:0/",
            "https://h:+1/",
            "https://h:99999/",
            "https://[::1/",
            "https://[x]/",
            "https://h\\@e/",
            "https://[::1]x/",
            "https://é/",
        ] {
            assert_eq!(Parts::parse(url).unwrap_err().code(), Code::InvalidUrl, "{url}");
        }
        for host in ["127.0.0.1.example", "127.1", "localhost.example"] {
            assert!(!Parts::parse(&format!("http://{host}/")).unwrap().is_private(), "{host}");
        }
    }
}
