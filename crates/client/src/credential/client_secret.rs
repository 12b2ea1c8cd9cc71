//! An app that authenticates with a client secret.

use futures_util::future::BoxFuture;
use mde_forensics_core::endpoint::token::{Grant, Token};
use mde_forensics_core::{ClientSecret, Error};

use super::{Credential, TokenContext};

/// An app that authenticates with a client secret. Source: Microsoft's page "Create an app to
/// access Microsoft Defender for Endpoint without a user".
#[derive(Clone, Debug)]
pub struct ClientSecretCredential {
    client_id: String,
    secret: ClientSecret,
}

impl ClientSecretCredential {
    /// Creates the credential of the app with this client id and the value (not the id) of its
    /// secret.
    pub fn new(client_id: impl Into<String>, secret: ClientSecret) -> Self {
        Self { client_id: client_id.into(), secret }
    }
}

impl Credential for ClientSecretCredential {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(cx.grant(&self.client_id, Grant::ClientSecret(self.secret.clone())))
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
