use std::fmt;

use serde::{Serialize, Serializer};

use super::invalid;
use crate::error::Error;
use crate::json::read_text;

/// A device's DNS name in lower case: fully qualified, or its first label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceName(String);

impl DeviceName {
    /// Parses a DNS name: labels of 1 to 63 letters, digits, hyphens and underscores, 253
    /// characters in total. One trailing dot is dropped.
    ///
    /// Fails with [`Code::InvalidDevice`](crate::Code::InvalidDevice) if it is not a DNS name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let bare = name.strip_suffix('.').unwrap_or(name);
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_part);
        if bare.len() > 253 || !bare.split('.').all(is_label) {
            return Err(invalid(name, "device id, DNS name or IP address"));
        }
        Ok(Self(bare.to_ascii_lowercase()))
    }

    /// The name in lower case, without a trailing dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name has a domain.
    #[must_use]
    pub fn is_qualified(&self) -> bool {
        self.0.contains('.')
    }

    /// Whether this name matches a device's `computerDnsName`: the names are equal, or this name
    /// has no domain and equals the other's first label. Case and one trailing dot are ignored;
    /// `ws-04` does not match `ws-042`.
    #[must_use]
    pub fn matches(&self, computer_dns_name: &str) -> bool {
        let whole = computer_dns_name.strip_suffix('.').unwrap_or(computer_dns_name);
        let compared = if self.is_qualified() {
            whole
        } else {
            whole.split_once('.').map_or(whole, |(first, _)| first)
        };
        compared.eq_ignore_ascii_case(&self.0)
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for DeviceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

read_text!(DeviceName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_only_the_whole_name_or_the_whole_first_label() {
        let short = DeviceName::parse("WS-04").unwrap();
        let full = DeviceName::parse("ws-04.contoso.com.").unwrap();
        for (other, is_short, is_full) in [
            ("ws-04", true, false),
            ("WS-04.Contoso.com", true, true),
            ("ws-04.contoso.com.", true, true),
            ("ws-04.fabrikam.com", true, false),
            ("ws-042", false, false),
            ("ws-042.contoso.com", false, false),
            ("a.ws-04", false, false),
            ("", false, false),
        ] {
            assert_eq!(short.matches(other), is_short, "{other}");
            assert_eq!(full.matches(other), is_full, "{other}");
        }
    }
}
