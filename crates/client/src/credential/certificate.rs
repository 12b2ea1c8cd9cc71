//! An app that authenticates with a certificate.

mod assertion;
mod read;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;
use ring::rsa::KeyPair;

use super::{AppProof, Credential, TokenContext};

/// A certificate with its RSA private key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<KeyPair>,
    der: Arc<[u8]>,
    form: SigningForm,
}

impl Certificate {
    /// Returns the certificate with another signing form.
    #[must_use]
    pub fn with_form(mut self, form: SigningForm) -> Self {
        self.form = form;
        self
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("key", &"[redacted]")
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// How an assertion is signed and how it identifies the certificate. Source: Microsoft's page
/// "Certificate credentials".
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SigningForm {
    /// RSASSA-PSS with SHA-256, and the certificate's SHA-256 thumbprint.
    #[default]
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, and the certificate's SHA-1 thumbprint: the older form.
    Rs256,
}

/// An app that authenticates with a certificate.
#[derive(Clone, Debug)]
pub struct CertificateCredential {
    client_id: String,
    proof: AppProof,
}

impl CertificateCredential {
    /// Creates the credential of the app with this client id; the certificate must be in the app's
    /// registration.
    pub fn new(client_id: impl Into<String>, certificate: Certificate) -> Self {
        Self { client_id: client_id.into(), proof: AppProof::Certificate(certificate) }
    }
}

impl Credential for CertificateCredential {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async { cx.grant(&self.client_id, self.proof.grant(&self.client_id, cx)?).await })
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}

#[cfg(test)]
mod tests;
