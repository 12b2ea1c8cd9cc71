//! The token of a run.

use std::time::Duration;

use super::context::{Asked, Timer};
use super::{AskedBy, Command, Context};
use crate::{AccessToken, Claims, Code, Error};

#[derive(Debug, Default)]
pub(super) struct Token {
    state: State,
    /// Counts tokens, so that the refusal of an older one does not affect a newer one.
    serial: u64,
    rejected: Option<AccessToken>,
    claims: Option<Claims>,
    failures: u32,
}

#[derive(Debug, Default)]
enum State {
    Asked,
    Good {
        token: AccessToken,
        until: Duration,
    },
    #[default]
    Missing,
    Resting,
}

impl Token {
    pub(super) fn current(&self, now: Duration) -> Option<&AccessToken> {
        match &self.state {
            State::Good { token, until } if now < *until => Some(token),
            _ => None,
        }
    }

    pub(super) fn is_good(&self, now: Duration) -> bool {
        self.current(now).is_some()
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// The claims of the last token.
    pub(super) fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The owner of the last token, according to its claims.
    pub(super) fn owner(&self) -> AskedBy {
        self.claims.as_ref().map(AskedBy::from).unwrap_or_default()
    }

    /// Whether `requestor`, as an action names it, is the token's owner.
    pub(super) fn is_of(&self, requestor: Option<&str>) -> bool {
        let claims = self.claims.as_ref();
        claims.zip(requestor).is_some_and(|(claims, requestor)| claims.is_requestor(requestor))
    }

    /// Reports that the service refused the token with this serial number.
    pub(super) fn reject(&mut self, serial: u64) {
        if serial == self.serial
            && let State::Good { token, .. } = std::mem::take(&mut self.state)
        {
            self.rejected = Some(token);
        }
    }
}

impl Context {
    pub(super) fn ask_for_token(&mut self) {
        if matches!(self.token.state, State::Asked | State::Resting) {
            return;
        }
        self.token.state = State::Asked;
        let ticket = self.ticket(Asked::Token);
        self.out.push_back(Command::Token { ticket, rejected: self.token.rejected.clone() });
    }

    pub(super) fn token_came(&mut self, token: AccessToken, good_for: Duration) {
        if good_for < SHORTEST {
            let text = "the credential gave a token that is over already";
            let error = Error::new(Code::CredentialFailed, text)
                .with_hint("check this machine's clock, and what keeps the token");
            return self.no_token(&error, true);
        }
        self.token.serial += 1;
        self.token.failures = 0;
        self.has_no_trouble(None);
        self.token.claims = Claims::read(&token);
        // Renew before the token expires in transit, but use even a short-lived one at least once.
        let margin = MARGIN.min(good_for / 2);
        self.token.state =
            State::Good { token, until: self.after(good_for.saturating_sub(margin)) };
    }

    pub(super) fn token_failed(&mut self, error: &Error) {
        self.no_token(error, error.is_retryable());
    }

    fn no_token(&mut self, error: &Error, may_come: bool) {
        self.token.failures += 1;
        if may_come && self.token.failures < MAX_FAILURES {
            let wait = self.wait_after(self.token.failures, error);
            self.token.state = State::Resting;
            self.timer(self.after(wait), Timer::Token);
            self.retrying(None, error, wait);
        } else {
            self.token.state = State::Missing;
            self.token.failures = 0;
            self.fail_all_calls(error);
        }
    }

    pub(super) fn token_due(&mut self) {
        if matches!(self.token.state, State::Resting) {
            self.token.state = State::Missing;
        }
    }
}

const MARGIN: Duration = Duration::from_secs(60);
/// A token with a shorter lifetime cannot be used.
const SHORTEST: Duration = Duration::from_secs(1);
const MAX_FAILURES: u32 = 5;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::engine::{Answer, Engine, Options, Start};
    use crate::{BaseUrl, Comment, Device, Now};

    /// Runs an engine whose token requests are answered like this; returns the seconds at which it
    /// asked, and the final error code.
    fn asked(answer: impl Fn() -> Answer) -> (Vec<u64>, Code) {
        let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
        let comment = Comment::parse("INC-42").unwrap();
        let options = Options::new("contoso.com", base, comment, [7; 16]);
        let mut seconds = 0;
        let now = |seconds| Now::new(datetime!(2026-01-05 10:00 UTC), Duration::from_secs(seconds));
        let starts = vec![Start::Device(Device::parse("ws-042").unwrap())];
        let mut engine = Engine::new(options, starts, &[], now(0)).unwrap();
        let mut asked = Vec::new();
        for _ in 0..1_000 {
            match engine.poll(now(seconds)) {
                Command::Token { ticket, .. } => {
                    asked.push(seconds);
                    engine.answer(ticket, answer(), now(seconds));
                }
                Command::Record { seq, .. } => engine.recorded(seq),
                Command::Wait { until } => seconds = until.unwrap().as_secs() + 1,
                Command::Done(report) => {
                    let code = report.devices[0].outcome.error().unwrap().code();
                    return (asked, code);
                }
                _ => {}
            }
        }
        panic!("it asked {} times, last at {seconds} s", asked.len());
    }

    #[test]
    fn a_token_that_is_over_at_once_is_not_asked_for_for_ever() {
        let over = || Answer::Token(AccessToken::new("x"), Duration::from_millis(999));
        let (asked, code) = asked(over);
        assert_eq!(code, Code::CredentialFailed);
        assert_eq!(asked.len(), 5);
        assert!(asked.windows(2).all(|pair| pair[0] < pair[1]), "{asked:?}");
    }

    #[test]
    fn a_login_that_wants_a_day_of_peace_is_asked_again_within_minutes() {
        let (asked, code) = asked(|| {
            let day = Duration::from_secs(86_400);
            Answer::TokenFailed(Error::new(Code::ServiceError, "no").with_retry_after(day))
        });
        assert_eq!(code, Code::ServiceError);
        assert_eq!(asked.len(), 5);
        assert!(asked[4] < 4 * 310, "{asked:?}");
    }
}
