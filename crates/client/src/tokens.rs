//! The client's token: kept, and renewed before it ends.

use std::sync::Arc;
use std::time::Duration;

use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::{AccessToken, Code, Error};
use tokio::sync::Mutex;

use crate::credential::{Credential, TokenContext};

/// The client's token. However many ask, one renewal is under way at a time.
#[derive(Debug)]
pub(crate) struct Tokens {
    credential: Arc<dyn Credential>,
    cx: TokenContext,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    token: AccessToken,
    renew_at: Duration,
    ends_at: Duration,
}

impl Tokens {
    pub(crate) fn new(credential: Arc<dyn Credential>, cx: TokenContext) -> Self {
        Self { credential, cx, kept: Mutex::default() }
    }

    /// What [`token`](Self::token) gives, if it can be had without waiting.
    pub(crate) fn at_hand(
        &self,
        rejected: Option<&AccessToken>,
    ) -> Option<(AccessToken, Duration)> {
        let kept = self.kept.try_lock().ok()?;
        kept.as_ref().filter(|kept| Some(&kept.token) != rejected)?.fresh(self.cx.now().monotonic)
    }

    /// A token, and for how long it is good; never the one that was `rejected`.
    ///
    /// Fails as the credential does, and with `credential_failed` if it has no other than the rejected one.
    pub(crate) async fn token(
        &self,
        rejected: Option<&AccessToken>,
    ) -> Result<(AccessToken, Duration), Error> {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| Some(&kept.token) == rejected) {
            *kept = None;
        }
        let now = self.cx.now().monotonic;
        if let Some(fresh) = kept.as_ref().and_then(|kept| kept.fresh(now)) {
            return Ok(fresh);
        }
        match self.credential.token(&self.cx).await {
            Ok(token) if Some(&token.access_token) == rejected => Err(same_again()),
            Ok(token) => {
                let kept = kept.insert(Kept::new(token, self.cx.now().monotonic));
                Ok((kept.token.clone(), kept.ends_at.saturating_sub(self.cx.now().monotonic)))
            }
            Err(error) => match kept.as_ref().filter(|kept| now < kept.ends_at) {
                // An early renewal that fails does no harm yet.
                Some(kept) => {
                    tracing::warn!(code = %error.code(), "the token could not be renewed early");
                    Ok((kept.token.clone(), kept.ends_at.saturating_sub(now)))
                }
                None => Err(error),
            },
        }
    }
}

impl Kept {
    fn new(token: Token, now: Duration) -> Self {
        let margin = (token.expires_in / 10).clamp(LEAST_MARGIN, MOST_MARGIN);
        Self {
            token: token.access_token,
            renew_at: now.saturating_add(token.expires_in.saturating_sub(margin)),
            ends_at: now.saturating_add(token.expires_in),
        }
    }

    /// The token, and for how long it is good, unless it is time for another.
    fn fresh(&self, now: Duration) -> Option<(AccessToken, Duration)> {
        (now < self.renew_at).then(|| (self.token.clone(), self.ends_at.saturating_sub(now)))
    }
}

fn same_again() -> Error {
    let text = "the service refused the token, and the credential has no other";
    Error::new(Code::CredentialFailed, text)
        .with_hint("the token is kept elsewhere and may lack a new role; wait until it ends, or check the audience")
}

/// Microsoft's page "Configurable token lifetimes" gives 60 to 90 minutes; renewed two to five minutes before.
const LEAST_MARGIN: Duration = Duration::from_secs(120);
const MOST_MARGIN: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
