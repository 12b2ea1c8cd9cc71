//! A person who signs in on another screen.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics_core::endpoint::token::{DeviceCodePrompt, DeviceCodeRequest, Grant, Token};
use mde_forensics_core::{Code, Error, RefreshToken};

use super::{Credential, TokenContext};

/// A person who signs in on another screen. Sources: RFC 8628; Microsoft's page "OAuth 2.0 device
/// authorization grant flow".
pub struct DeviceCodeCredential<P> {
    client_id: String,
    prompt: P,
    refresh: Mutex<Option<RefreshToken>>,
}

impl<P: Fn(&DeviceCodePrompt) + Send + Sync> DeviceCodeCredential<P> {
    /// Creates the credential of the public app with this client id; `prompt` shows the code and
    /// where to enter it.
    pub fn new(client_id: impl Into<String>, prompt: P) -> Self {
        Self { client_id: client_id.into(), prompt, refresh: Mutex::default() }
    }

    async fn sign_in(&self, cx: &TokenContext) -> Result<Token, Error> {
        let (tenant, client_id) = (cx.tenant().clone(), self.client_id.clone());
        let request = DeviceCodeRequest { tenant, client_id, scope: cx.user_scope() };
        let begun = cx.now().monotonic;
        let code = request.response(&cx.exchange(request.request(&cx.login())?).await?)?;
        (self.prompt)(&code);

        let mut interval = code.interval.max(Duration::from_secs(1));
        loop {
            let waited = cx.now().monotonic.saturating_sub(begun);
            if waited.saturating_add(interval) > code.expires_in {
                return Err(Error::new(
                    Code::DeviceCodeExpired,
                    "the device code was not used in time",
                ));
            }
            cx.sleep(interval).await;
            let grant = Grant::DeviceCode(code.device_code.clone());
            match cx.user_grant(&self.client_id, grant).await {
                Err(error) if error.service_code() == Some("slow_down") => {
                    interval = interval.saturating_add(SLOW_DOWN);
                }
                Err(error) if error.code() == Code::AuthorizationPending => {}
                // RFC 8628, 3.5: poll less often after a network failure.
                Err(error) if error.is_retryable() => {
                    interval = longer(interval, error.retry_after());
                }
                asked => return asked,
            }
        }
    }

    /// Uses the refresh token; the reply contains the next one.
    async fn refresh(&self, cx: &TokenContext) -> Option<Result<Token, Error>> {
        let token = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let grant = Grant::RefreshToken { token, client: None };
        match cx.user_grant(&self.client_id, grant).await {
            // The refresh token has expired or was revoked: the person must sign in again.
            Err(error) if error.code() == Code::TokenRefused => None,
            asked => Some(asked),
        }
    }
}

impl<P> fmt::Debug for DeviceCodeCredential<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodeCredential")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl<P: Fn(&DeviceCodePrompt) + Send + Sync> Credential for DeviceCodeCredential<P> {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async {
            let asked = match self.refresh(cx).await {
                Some(asked) => asked,
                None => self.sign_in(cx).await,
            };
            let token = asked?;
            if token.refresh_token.is_some() {
                let mut refresh = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
                refresh.clone_from(&token.refresh_token);
            }
            Ok(token)
        })
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}

/// The next interval after a failure: the requested one or else twice the last, capped at one
/// minute but never shorter than the last.
fn longer(interval: Duration, asked: Option<Duration>) -> Duration {
    asked.unwrap_or(interval.saturating_mul(2)).clamp(interval, LONGEST.max(interval))
}

/// RFC 8628, 3.5.
const SLOW_DOWN: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_grows_and_never_shrinks() {
        let seconds = Duration::from_secs;
        assert_eq!(longer(seconds(5), None), seconds(10));
        assert_eq!(longer(seconds(5), Some(seconds(1))), seconds(5));
        assert_eq!(longer(seconds(5), Some(seconds(86_400))), LONGEST);
        assert_eq!(longer(seconds(300), Some(seconds(1))), seconds(300));
        assert_eq!(longer(Duration::MAX, None), Duration::MAX);
    }
}
