use std::fmt;

use crate::error::{Code, Error};

/// An Entra tenant: a GUID or a verified domain, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

impl Tenant {
    /// Parses a tenant. Fails with [`Code::InvalidCredential`] if it is empty, longer than 253
    /// characters, or contains anything but letters, digits, hyphens and single dots.
    pub fn parse(tenant: &str) -> Result<Self, Error> {
        let tenant = tenant.trim();
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if tenant.len() > 253 || !tenant.split('.').all(is_label) {
            let shown: String = tenant.chars().take(64).collect();
            return Err(Error::new(
                Code::InvalidCredential,
                format!("`{shown}` is no tenant: it is neither a GUID nor a domain"),
            ));
        }
        Ok(Self(tenant.to_ascii_lowercase()))
    }

    /// The tenant in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_cannot_change_the_path() {
        assert_eq!(
            Tenant::parse(" Contoso.onmicrosoft.com").unwrap().as_str(),
            "contoso.onmicrosoft.com"
        );
        for tenant in ["", ".", "..", "a/b", "a..b", "a b", "a?b", "é.example"] {
            assert_eq!(
                Tenant::parse(tenant).unwrap_err().code(),
                Code::InvalidCredential,
                "{tenant}"
            );
        }
    }
}
