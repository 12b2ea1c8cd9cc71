//! How an app authenticates.

use std::path::PathBuf;

use mde_forensics_core::endpoint::token::{ClientProof, Grant};
use mde_forensics_core::{ClientAssertion, ClientSecret, Code, Error};

use super::{Certificate, TokenContext};

/// How an app authenticates to the login service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AppProof {
    /// A certificate with its private key.
    Certificate(Certificate),
    /// A file with a JWT from another issuer, which replaces it from time to time.
    FederatedTokenFile(PathBuf),
    /// The app's secret.
    Secret(ClientSecret),
}

impl AppProof {
    /// Creates the proof for one request: each time an assertion is signed anew or the file read
    /// again.
    pub(super) fn prove(&self, client_id: &str, cx: &TokenContext) -> Result<ClientProof, Error> {
        match self {
            Self::Certificate(certificate) => certificate
                .assertion(client_id, &cx.token_url(), cx.now().wall)
                .map(ClientProof::Assertion),
            Self::FederatedTokenFile(file) => {
                let unusable = |why: &dyn std::fmt::Display| {
                    let text = format!(
                        "the federated token file `{}` cannot be used: {why}",
                        file.display()
                    );
                    Error::new(Code::InvalidCredential, text)
                };
                let token = std::fs::read_to_string(file).map_err(|e| unusable(&e))?;
                match token.trim() {
                    "" => Err(unusable(&"it is empty")),
                    token => Ok(ClientProof::Assertion(ClientAssertion::new(token))),
                }
            }
            Self::Secret(secret) => Ok(ClientProof::Secret(secret.clone())),
        }
    }

    /// The grant with which the app gets a token for itself.
    pub(super) fn grant(&self, client_id: &str, cx: &TokenContext) -> Result<Grant, Error> {
        match self.prove(client_id, cx)? {
            ClientProof::Assertion(assertion) => Ok(Grant::ClientAssertion(assertion)),
            ClientProof::Secret(secret) => Ok(Grant::ClientSecret(secret)),
            _ => Err(Error::new(Code::Internal, "a proof that no grant takes")),
        }
    }
}
