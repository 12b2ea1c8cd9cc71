//! An app that acts for the user who called it.

use futures_util::future::BoxFuture;
use mde_forensics_core::endpoint::token::{Grant, Token};
use mde_forensics_core::{Error, UserAssertion};

use super::{AppProof, Credential, TokenContext};

/// An app that acts for the user who called it. Source: Microsoft's page "OAuth 2.0 On-Behalf-Of
/// flow".
#[derive(Debug)]
pub struct OnBehalfOfCredential {
    client_id: String,
    proof: AppProof,
    user: UserAssertion,
}

impl OnBehalfOfCredential {
    /// Creates the credential of the app with this client id and proof; `user` is the user's token
    /// for the app's own API.
    pub fn new(client_id: impl Into<String>, proof: AppProof, user: UserAssertion) -> Self {
        Self { client_id: client_id.into(), proof, user }
    }
}

impl Credential for OnBehalfOfCredential {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async {
            let client = self.proof.prove(&self.client_id, cx)?;
            cx.grant(&self.client_id, Grant::OnBehalfOf { user: self.user.clone(), client }).await
        })
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
