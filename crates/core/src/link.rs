use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::url::Parts;

/// The link to a package: a secret that is valid for about a minute.
///
/// Its query is never printed. Its text is never changed, since the service signs it byte by byte.
/// Source: Microsoft's page "Get package SAS URI".
#[derive(Clone, PartialEq, Eq)]
pub struct PackageLink {
    url: Zeroizing<String>,
    shown: String,
    is_loopback: bool,
}

impl PackageLink {
    /// Parses a link.
    ///
    /// Fails with [`Code::ForeignLink`] if it is not an absolute http or https URL, contains a user
    /// name or a fragment, or is plain http to another machine. A link comes from the service, so
    /// these errors are the service's fault.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let foreign =
            |what: &str| Error::new(Code::ForeignLink, format!("the package link {what}"));
        let parts = Parts::parse(url)
            .map_err(|error| foreign(error.message().trim_start_matches("the URL ")))?;
        if url.parse::<http::Uri>().is_err() {
            return Err(foreign("cannot be requested"));
        }
        if !parts.is_private() {
            return Err(foreign(&format!("leads to `{}` by plain http", parts.host)));
        }
        let shown = url.split_once('?').map_or(url, |(before, _)| before).to_owned();
        let is_loopback = parts.is_loopback();
        Ok(Self { url: Zeroizing::new(url.to_owned()), shown, is_loopback })
    }

    /// The whole link, including its secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// Whether it leads to this machine, as only an emulator's link may.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for PackageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)?;
        f.write_str("?[redacted]")
    }
}

impl fmt::Debug for PackageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackageLink({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://userrequests-us.securitycenter.windows.com:443/safedownload/WDATP_Investigation_Package.zip?token=a%2bb%3d%3bc";

    #[test]
    fn a_link_keeps_every_byte_and_shows_no_query() {
        let link = PackageLink::parse(LINK).unwrap();
        assert_eq!(link.expose(), LINK);
        let shown = "https://userrequests-us.securitycenter.windows.com:443/safedownload/WDATP_Investigation_Package.zip?[redacted]";
        assert_eq!(link.to_string(), shown);
        assert_eq!(format!("{link:?}"), format!("PackageLink({shown})"));
    }

    #[test]
    fn only_https_or_this_machine_will_do() {
        assert!(PackageLink::parse("http://127.0.0.1:9/p?token=x").unwrap().is_loopback());
        for link in [
            "http://example.com/p?token=secret",
            "ftp://example.com/p?token=secret",
            "https://user@example.com/p?token=secret",
            "/p?token=secret",
            "https://h/ p?token=secret",
        ] {
            let error = PackageLink::parse(link).unwrap_err();
            assert_eq!(error.code(), Code::ForeignLink, "{link}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
