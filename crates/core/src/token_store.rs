//! A client's token: cached, and renewed before it expires.

use std::time::Duration;

use crate::endpoint::token::Token;
use crate::{AccessToken, Code, Error, Now};

/// A client's token. It decides when a new one is needed, but does not request it.
#[derive(Debug, Default)]
pub struct TokenStore(Option<Kept>);

#[derive(Debug)]
struct Kept {
    token: AccessToken,
    renew_at: Duration,
    ends_at: Duration,
}

impl Kept {
    fn left(&self, now: Now) -> (AccessToken, Duration) {
        (self.token.clone(), self.ends_at.saturating_sub(now.monotonic))
    }
}

impl TokenStore {
    /// The cached token and how long it is valid; `None` if a new one is needed or the cached one
    /// was `rejected`.
    pub fn kept(
        &mut self,
        rejected: Option<&AccessToken>,
        now: Now,
    ) -> Option<(AccessToken, Duration)> {
        self.0.take_if(|kept| Some(&kept.token) == rejected);
        self.0.as_ref().filter(|kept| now.monotonic < kept.renew_at).map(|kept| kept.left(now))
    }

    /// Takes the credential's result. A failed early renewal is ignored while the cached token is
    /// valid.
    ///
    /// Fails as the credential did, and with `credential_failed` if it returns the rejected token
    /// again.
    pub fn take(
        &mut self,
        given: Result<Token, Error>,
        rejected: Option<&AccessToken>,
        now: Now,
    ) -> Result<(AccessToken, Duration), Error> {
        match given {
            Ok(token) if Some(&token.access_token) == rejected => Err(same_again()),
            Ok(token) => {
                let margin = (token.expires_in / 10).clamp(LEAST_MARGIN, MOST_MARGIN);
                let ends_at = now.monotonic.saturating_add(token.expires_in);
                let renew_at =
                    now.monotonic.saturating_add(token.expires_in.saturating_sub(margin));
                let kept = Kept { token: token.access_token, renew_at, ends_at };
                Ok(self.0.insert(kept).left(now))
            }
            Err(error) => {
                let kept = self.0.as_ref().filter(|kept| now.monotonic < kept.ends_at);
                kept.map(|kept| kept.left(now)).ok_or(error)
            }
        }
    }
}

fn same_again() -> Error {
    let text = "the service refused the token, and the credential has no other";
    Error::new(Code::CredentialFailed, text)
        .with_hint("the token is kept elsewhere and may lack a new role; wait until it ends, or check the audience")
}

/// Microsoft's page "Configurable token lifetimes" gives 60 to 90 minutes; tokens are renewed two
/// to five minutes earlier.
const LEAST_MARGIN: Duration = Duration::from_secs(120);
const MOST_MARGIN: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    #[test]
    fn a_token_that_never_ends_is_kept() {
        let now = Now::new(OffsetDateTime::UNIX_EPOCH, Duration::from_secs(86_400));
        let token = Token::new(AccessToken::new("for ever"), Duration::MAX);
        let mut store = TokenStore::default();
        store.take(Ok(token), None, now).unwrap();
        assert!(store.kept(None, now).is_some());
    }
}
