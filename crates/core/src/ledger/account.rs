//! Identifies whose quota is used.

use serde::Serialize;

use crate::Tenant;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// Identifies whose quota is used: the service counts per tenant and app.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Account {
    tenant: String,
    app: Option<String>,
}

impl Account {
    /// The account of the app with this client id in this tenant; `app` is `None` if unknown.
    #[must_use]
    pub fn new(tenant: &Tenant, app: Option<&str>) -> Self {
        let app = app.map(|app| app.trim().to_ascii_lowercase());
        Self { tenant: tenant.as_str().to_owned(), app: app.filter(|app| !app.is_empty()) }
    }

    /// Takes an account from the fields of an object.
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        Ok(Self { tenant: fields.take("tenant")?, app: fields.optional("app") })
    }

    /// Whether the two may be the same: an unknown app may be any, and a tenant has both an id and
    /// domains.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        let is_id = |tenant: &str| !tenant.contains('.');
        let tenants = self.tenant == other.tenant || is_id(&self.tenant) != is_id(&other.tenant);
        let apps = self.app == other.app || self.app.is_none() || other.app.is_none();
        tenants && apps
    }
}

impl Read for Account {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, Self::take)
    }
}

deserialize!(Account);

#[cfg(test)]
mod tests {
    use super::*;

    fn account(tenant: &str, app: Option<&str>) -> Account {
        Account::new(&Tenant::parse(tenant).unwrap(), app)
    }

    #[test]
    fn only_what_is_certainly_another_is_another() {
        let ours = account("contoso.com", Some("A"));
        for (tenant, app, expected) in [
            ("contoso.com", Some("a"), true),
            ("Contoso.com", None, true),
            ("00000000-0000-0000-0000-000000000001", Some("a"), true),
            ("contoso.com", Some("b"), false),
            ("fabrikam.com", Some("a"), false),
            ("00000000-0000-0000-0000-000000000001", Some("b"), false),
        ] {
            let other = account(tenant, app);
            assert_eq!(ours.may_be(&other), expected, "{other:?}");
            assert_eq!(other.may_be(&ours), expected, "{other:?}");
        }
    }
}
