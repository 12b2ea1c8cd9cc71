//! The emulated tenant, and who can get tokens from it.

use serde::{Deserialize, Serialize};

/// The emulator's only tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Tenant {
    /// Its id, a GUID.
    pub id: String,
    /// Its verified domains; each can be used in place of the id.
    pub domains: Vec<String>,
    /// The app registrations.
    pub apps: Vec<App>,
    /// The users, for device codes and on-behalf-of.
    pub users: Vec<User>,
    /// The identity for which IMDS and the App Service endpoint issue tokens.
    pub managed_identity: ManagedIdentity,
    /// Audiences that the API accepts, besides those the service is known to accept.
    pub audiences: Vec<String>,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            id: "11111111-2222-4333-8444-555555555555".to_owned(),
            domains: vec!["contoso.onmicrosoft.com".to_owned(), "contoso.com".to_owned()],
            apps: vec![App::default()],
            users: vec![User::default()],
            managed_identity: ManagedIdentity::default(),
            audiences: Vec::new(),
        }
    }
}

/// An app registration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct App {
    /// The application (client) id.
    pub client_id: String,
    /// Its display name.
    pub name: String,
    /// Its client secrets.
    pub secrets: Vec<String>,
    /// Its certificates, as PEM. RSA only, as in the service.
    pub certificates: Vec<String>,
    /// The external tokens it accepts as a credential.
    pub federated: Vec<FederatedCredential>,
    /// The application permissions that were granted.
    pub roles: Vec<String>,
    /// The delegated permissions that were granted.
    pub scopes: Vec<String>,
}

impl Default for App {
    fn default() -> Self {
        Self {
            client_id: "00000000-0000-4000-8000-00000000aaaa".to_owned(),
            name: "mde-forensics".to_owned(),
            secrets: vec!["emulator-secret".to_owned()],
            certificates: Vec::new(),
            federated: Vec::new(),
            roles: owned(&[
                "Machine.Read.All",
                "Machine.ReadWrite.All",
                "Machine.CollectForensics",
            ]),
            scopes: owned(&["Machine.Read", "Machine.ReadWrite", "Machine.CollectForensics"]),
        }
    }
}

/// An external issuer and subject whose tokens replace a client secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FederatedCredential {
    /// The `iss` of the external token.
    pub issuer: String,
    /// The `sub` of the external token.
    pub subject: String,
    /// The `aud` of the external token.
    #[serde(default = "exchange_audience")]
    pub audience: String,
}

impl FederatedCredential {
    /// A credential for the tokens of `issuer` with this `subject`, and the usual audience.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), subject: subject.into(), audience: exchange_audience() }
    }
}

/// A user who can sign in with a device code.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct User {
    /// The user principal name.
    pub upn: String,
    /// The object id.
    pub id: String,
}

impl Default for User {
    fn default() -> Self {
        Self {
            upn: "analyst@contoso.com".to_owned(),
            id: "00000000-0000-4000-8000-00000000bbbb".to_owned(),
        }
    }
}

/// The identity for which IMDS and the App Service endpoint issue tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ManagedIdentity {
    /// Its client id.
    pub client_id: String,
    /// Its object id.
    pub object_id: String,
    /// Its resource id.
    pub resource_id: String,
    /// The application permissions that were granted.
    pub roles: Vec<String>,
    /// The value of `X-IDENTITY-HEADER` that the App Service endpoint requires.
    pub identity_header: String,
}

impl Default for ManagedIdentity {
    fn default() -> Self {
        Self {
            client_id: "00000000-0000-4000-8000-00000000cccc".to_owned(),
            object_id: "00000000-0000-4000-8000-00000000dddd".to_owned(),
            resource_id: "/subscriptions/0/resourceGroups/soc/providers/Microsoft.Compute/\
                          virtualMachines/playbooks"
                .to_owned(),
            roles: App::default().roles,
            identity_header: "emulator-identity-header".to_owned(),
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn exchange_audience() -> String {
    "api://AzureADTokenExchange".to_owned()
}
