//! An app that authenticates with another issuer's JWT.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;

use super::{AppProof, Credential, TokenContext};

/// An app that authenticates with a JWT from another issuer, such as Kubernetes or GitHub. The file
/// is read again for every token, since the issuer replaces it. Source: Microsoft's page "Workload
/// identity federation".
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    client_id: String,
    proof: AppProof,
}

impl FederatedCredential {
    /// Creates the credential of the app with this client id; `token_file` contains the JWT.
    pub fn new(client_id: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        let proof = AppProof::FederatedTokenFile(token_file.into());
        Self { client_id: client_id.into(), proof }
    }
}

impl Credential for FederatedCredential {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async { cx.grant(&self.client_id, self.proof.grant(&self.client_id, cx)?).await })
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
