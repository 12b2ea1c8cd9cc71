use crate::secret::{ClientAssertion, ClientSecret, DeviceCode, RefreshToken, UserAssertion};

/// What a token is requested with. Sources: RFC 6749, RFC 7523, RFC 8628; Microsoft's pages
/// `v2-oauth2-client-creds-grant-flow`, `-device-code` and `-on-behalf-of-flow`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// An app with a JWT, signed with its certificate or by a federated issuer.
    ClientAssertion(ClientAssertion),
    /// An app with its secret.
    ClientSecret(ClientSecret),
    /// A user who enters a code on another screen; polled until that has happened.
    DeviceCode(DeviceCode),
    /// An app that acts for the user who called it.
    OnBehalfOf {
        /// The user's token for the app.
        user: UserAssertion,
        /// The app's proof.
        client: ClientProof,
    },
    /// A user who signed in before.
    RefreshToken {
        /// The refresh token from that time.
        token: RefreshToken,
        /// The proof of a confidential app; `None` for a public one.
        client: Option<ClientProof>,
    },
}

/// How an app authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientProof {
    /// A JWT, signed with its certificate or by a federated issuer.
    Assertion(ClientAssertion),
    /// Its secret.
    Secret(ClientSecret),
}

/// The token endpoint, and what the token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenStyle {
    /// `/oauth2/token`, which takes a resource such as `https://api.securitycenter.microsoft.com`.
    V1 {
        /// The resource.
        resource: String,
    },
    /// `/oauth2/v2.0/token`, which takes scopes such as
    /// `https://api.securitycenter.microsoft.com/.default`.
    V2 {
        /// The scopes, separated by spaces.
        scope: String,
    },
}

/// The `client_assertion_type` of RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Grant {
    /// The form fields of the grant.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::ClientAssertion(assertion) => {
                let mut fields = vec![("grant_type", "client_credentials")];
                fields.extend(assertion_fields(assertion));
                fields
            }
            Self::ClientSecret(secret) => {
                vec![("grant_type", "client_credentials"), ("client_secret", secret.expose())]
            }
            Self::DeviceCode(code) => vec![
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", code.expose()),
            ],
            Self::OnBehalfOf { user, client } => {
                let mut fields = vec![
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", user.expose()),
                    ("requested_token_use", "on_behalf_of"),
                ];
                fields.extend(client.fields());
                fields
            }
            Self::RefreshToken { token, client } => {
                let mut fields =
                    vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())];
                fields.extend(client.iter().flat_map(ClientProof::fields));
                fields
            }
        }
    }

    /// The form fields that are secrets.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&'static str, &str)> {
        const SECRETS: [&str; 5] =
            ["client_secret", "client_assertion", "device_code", "assertion", "refresh_token"];
        self.fields().into_iter().filter(|(name, _)| SECRETS.contains(name))
    }
}

impl ClientProof {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Assertion(assertion) => assertion_fields(assertion).to_vec(),
            Self::Secret(secret) => vec![("client_secret", secret.expose())],
        }
    }
}

fn assertion_fields(assertion: &ClientAssertion) -> [(&'static str, &str); 2] {
    [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.expose())]
}
