//! The client's token: cached, and renewed before it expires.

use std::sync::Arc;
use std::time::Duration;

use mde_forensics_core::{AccessToken, Error, TokenStore};
use tokio::sync::Mutex;

use crate::credential::{Credential, TokenContext};

/// The client's token. At most one renewal is in flight at a time.
#[derive(Debug)]
pub(crate) struct Tokens {
    credential: Arc<dyn Credential>,
    cx: TokenContext,
    kept: Mutex<TokenStore>,
}

impl Tokens {
    pub(crate) fn new(credential: Arc<dyn Credential>, cx: TokenContext) -> Self {
        Self { credential, cx, kept: Mutex::default() }
    }

    /// The token that [`token`](Self::token) returns, if it is available without waiting.
    pub(crate) fn at_hand(
        &self,
        rejected: Option<&AccessToken>,
    ) -> Option<(AccessToken, Duration)> {
        self.kept.try_lock().ok()?.kept(rejected, self.cx.now())
    }

    /// Returns a token and how long it is valid; never the one that was `rejected`.
    ///
    /// Fails as the credential does, and with `credential_failed` if the credential returns the
    /// rejected token again.
    pub(crate) async fn token(
        &self,
        rejected: Option<&AccessToken>,
    ) -> Result<(AccessToken, Duration), Error> {
        let mut kept = self.kept.lock().await;
        if let Some(fresh) = kept.kept(rejected, self.cx.now()) {
            return Ok(fresh);
        }
        let given = self.credential.token(&self.cx).await;
        let failed = given.as_ref().err().map(Error::code);
        let token = kept.take(given, rejected, self.cx.now());
        if let (Ok(_), Some(code)) = (&token, failed) {
            tracing::warn!(%code, "the token could not be renewed early");
        }
        token
    }
}

#[cfg(test)]
mod tests;
