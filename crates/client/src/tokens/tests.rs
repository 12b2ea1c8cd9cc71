use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::{Cloud, Code, Tenant};
use time::macros::datetime;

use super::*;
use crate::clock::{Clock, JumpClock};
use crate::credential::CallbackCredential;
use crate::transport::{Transport, TransportOptions};

/// Tokens `1`, `2`, … valid for an hour; from number `fail_from` on the credential fails.
fn tokens(fail_from: u32) -> (Arc<Tokens>, JumpClock) {
    let clock = JumpClock::new(datetime!(2026-01-05 10:00 UTC), |_| {});
    let count = Arc::new(AtomicU32::new(0));
    let credential = CallbackCredential::new(move |_| {
        let count = Arc::clone(&count);
        async move {
            // Let other callers ask too.
            tokio::task::yield_now().await;
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            if number >= fail_from {
                return Err(Error::new(Code::ServiceError, "no"));
            }
            Ok(Token::new(AccessToken::new(number.to_string()), Duration::from_secs(3600)))
        }
    });
    let cx = TokenContext::new(
        Tenant::parse("contoso").unwrap(),
        Cloud::Commercial,
        false,
        Arc::new(clock.clone()) as Arc<dyn Clock>,
        Transport::new(&TransportOptions::default()).unwrap(),
    );
    (Arc::new(Tokens::new(Arc::new(credential), cx)), clock)
}

async fn pass(clock: &JumpClock, seconds: u64) {
    clock.sleep_until(clock.now().monotonic + Duration::from_secs(seconds), false).await;
}

#[tokio::test]
async fn a_token_is_kept_and_renewed_before_it_ends() {
    let (tokens, clock) = tokens(u32::MAX);
    let token = async || tokens.token(None).await.unwrap();
    assert_eq!(token().await.0.expose(), "1");
    pass(&clock, 3299).await;
    let (same, left) = token().await;
    assert_eq!((same.expose(), left.as_secs()), ("1", 301));
    pass(&clock, 1).await;
    let (next, left) = token().await;
    assert_eq!((next.expose(), left.as_secs()), ("2", 3600));
}

#[tokio::test]
async fn many_who_ask_get_one_renewal() {
    let (tokens, _) = tokens(u32::MAX);
    let asked = futures_util::future::join_all((0..50).map(|_| tokens.token(None))).await;
    assert!(asked.into_iter().all(|asked| asked.unwrap().0.expose() == "1"));
}

#[tokio::test]
async fn a_rejected_token_does_not_come_again() {
    let (tokens, _) = tokens(u32::MAX);
    let (first, _) = tokens.token(None).await.unwrap();
    let (second, _) = tokens.token(Some(&first)).await.unwrap();
    assert_eq!(second.expose(), "2");
    // A caller whose old token was rejected meanwhile gets the new one.
    assert_eq!(tokens.token(Some(&first)).await.unwrap().0.expose(), "2");
}

#[tokio::test]
async fn a_failed_early_renewal_does_no_harm_until_the_end() {
    let (tokens, clock) = tokens(2);
    tokens.token(None).await.unwrap();
    pass(&clock, 3400).await;
    assert_eq!(tokens.token(None).await.unwrap().0.expose(), "1");
    pass(&clock, 200).await;
    assert_eq!(tokens.token(None).await.unwrap_err().code(), Code::ServiceError);
}

#[tokio::test]
async fn a_credential_with_one_token_says_so() {
    let (_, clock) = tokens(1);
    let credential = CallbackCredential::new(|_| async {
        Ok(Token::new(AccessToken::new("only"), Duration::from_secs(3600)))
    });
    let cx = TokenContext::new(
        Tenant::parse("contoso").unwrap(),
        Cloud::Commercial,
        false,
        Arc::new(clock) as Arc<dyn Clock>,
        Transport::new(&TransportOptions::default()).unwrap(),
    );
    let tokens = Tokens::new(Arc::new(credential), cx);
    let (only, _) = tokens.token(None).await.unwrap();
    assert_eq!(tokens.token(Some(&only)).await.unwrap_err().code(), Code::CredentialFailed);
}
