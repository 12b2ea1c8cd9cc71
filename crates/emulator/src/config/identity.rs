//! The tenant that the emulator stands for, and who may ask it for tokens.

use serde::{Deserialize, Serialize};

/// The one tenant of the emulator.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Tenant {
    /// Its id, a GUID.
    pub id: String,
    /// Its verified domains; each may stand for the id.
    pub domains: Vec<String>,
    /// The app registrations.
    pub apps: Vec<App>,
    /// The users, for device code and on-behalf-of.
    pub users: Vec<User>,
    /// The identity that IMDS and the App Service endpoint give tokens for.
    pub managed_identity: ManagedIdentity,
    /// Audiences that the API takes, beside those that the service is known to take.
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
    /// Its certificates, each as PEM. RSA only, as in the service.
    pub certificates: Vec<String>,
    /// The foreign tokens that it takes for a credential.
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

/// A foreign issuer and subject whose tokens stand for a client secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FederatedCredential {
    /// The `iss` of the foreign token.
    pub issuer: String,
    /// The `sub` of the foreign token.
    pub subject: String,
    /// The `aud` of the foreign token.
    #[serde(default = "exchange_audience")]
    pub audience: String,
}

impl FederatedCredential {
    /// A credential for the tokens of `issuer` about `subject`, with the usual audience.
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

/// The identity that IMDS and the App Service endpoint give tokens for.
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
    /// What `X-IDENTITY-HEADER` must be at the App Service endpoint.
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
