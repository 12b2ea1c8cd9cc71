//! An app with a JWT of another issuer.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;

use super::{AppProof, Credential, TokenContext};

/// An app with a JWT of another issuer, such as Kubernetes or GitHub (Microsoft's page "Workload identity
/// federation"). The file is read again for every token, since its issuer replaces it.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    client_id: String,
    proof: AppProof,
}

impl FederatedCredential {
    /// The app of this client id, and the file that its JWT lies in.
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
