//! A token from a caller's function.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;

use super::{Credential, TokenContext};

/// A credential that calls a function to get a token, for example from another library.
pub struct CallbackCredential<F>(F);

impl<F, T> CallbackCredential<F>
where
    F: Fn(TokenContext) -> T + Send + Sync,
    T: Future<Output = Result<Token, Error>> + Send + 'static,
{
    /// `callback` is called for each token; its argument names the tenant and the scope. Its errors
    /// should have the code `credential_failed`.
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
