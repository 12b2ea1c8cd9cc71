use crate::secret::{ClientAssertion, ClientSecret, DeviceCode, RefreshToken, UserAssertion};

/// What a token is asked for with (RFC 6749, RFC 7523, RFC 8628; Microsoft's pages
/// `v2-oauth2-client-creds-grant-flow`, `-device-code` and `-on-behalf-of-flow`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// An app with a JWT of its certificate or of a federated issuer.
    ClientAssertion(ClientAssertion),
    /// An app with its secret.
    ClientSecret(ClientSecret),
    /// A user who enters a code on another screen; asked again and again until that has happened.
    DeviceCode(DeviceCode),
    /// An app for the user who called it.
    OnBehalfOf {
        /// The user's token for the app.
        user: UserAssertion,
        /// What the app proves itself with.
        client: ClientProof,
    },
    /// A user who was there before.
    RefreshToken {
        /// The token of that time.
        token: RefreshToken,
        /// What a confidential app proves itself with; `None` for a public one.
        client: Option<ClientProof>,
    },
}

/// What an app proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientProof {
    /// A JWT of its certificate or of a federated issuer.
    Assertion(ClientAssertion),
    /// Its secret.
    Secret(ClientSecret),
}

/// Which of the two token endpoints is asked, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenStyle {
    /// `/oauth2/token`, which takes a resource such as `https://api.securitycenter.microsoft.com`.
    V1 {
        /// The resource.
        resource: String,
    },
    /// `/oauth2/v2.0/token`, which takes scopes such as `https://api.securitycenter.microsoft.com/.default`.
    V2 {
        /// The scopes, separated by blanks.
        scope: String,
    },
}

/// The `client_assertion_type` of RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Grant {
    /// The fields of the form that say what is asked with.
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

    /// The secrets among them.
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
