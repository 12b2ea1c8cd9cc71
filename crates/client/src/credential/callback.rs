//! A token from the caller.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;

use super::{Credential, TokenContext};

/// A token that the caller gets by means of its own, such as another library.
pub struct CallbackCredential<F>(F);

impl<F, T> CallbackCredential<F>
where
    F: Fn(TokenContext) -> T + Send + Sync,
    T: Future<Output = Result<Token, Error>> + Send + 'static,
{
    /// `callback` is called for each token; the context says for which tenant and scope. Its failures should have
    /// the code `credential_failed`.
    pub fn new(callback: F) -> Self {
        Self(callback)
    }
}

impl<F> fmt::Debug for CallbackCredential<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackCredential").finish_non_exhaustive()
    }
}

impl<F, T> Credential for CallbackCredential<F>
where
    F: Fn(TokenContext) -> T + Send + Sync,
    T: Future<Output = Result<Token, Error>> + Send + 'static,
{
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin((self.0)(cx.clone()))
    }
}
