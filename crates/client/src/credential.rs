//! Credentials: ways to get a token.

mod callback;
mod certificate;
mod client_secret;
mod context;
mod device_code;
mod federated;
mod managed_identity;
mod on_behalf_of;
mod proof;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;

pub use callback::CallbackCredential;
pub use certificate::{Certificate, CertificateCredential, SigningForm};
pub use client_secret::ClientSecretCredential;
pub use context::TokenContext;
pub use device_code::DeviceCodeCredential;
pub use federated::FederatedCredential;
pub use managed_identity::ManagedIdentityCredential;
pub use on_behalf_of::OnBehalfOfCredential;
pub use proof::AppProof;

/// A way to get a token. Its `Debug` output must not contain a secret.
pub trait Credential: fmt::Debug + Send + Sync {
    /// Gets a new token. The client caches it and asks again shortly before it expires, never twice
    /// at the same time.
    ///
    /// Fails with a code of the token endpoint (`token_refused`, `throttled`, `service_error`),
    /// with a network error, or with `invalid_credential` or `credential_failed` if the credential
    /// itself cannot be used.
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>>;

    /// The client id of the app that the tokens are for, if known in advance. The service counts
    /// its quotas per tenant and app.
    fn client_id(&self) -> Option<&str> {
        None
    }
}

impl<C: Credential + ?Sized> Credential for Arc<C> {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        (**self).token(cx)
    }

    fn client_id(&self) -> Option<&str> {
        (**self).client_id()
    }
}

#[cfg(test)]
mod tests;
