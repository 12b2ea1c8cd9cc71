//! The one token of a run.

use std::time::Duration;

use super::context::{Asked, Timer};
use super::{Command, Context, EventKind};
use crate::{AccessToken, Claims, Error, retry};

#[derive(Debug, Default)]
pub(super) struct Token {
    state: State,
    /// Counts tokens, so that a refusal of an older one is not held against a newer one.
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

    /// What the last token says of itself.
    pub(super) fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The service refused the token of this serial.
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
        self.token.serial += 1;
        self.token.failures = 0;
        self.token.claims = Claims::read(&token);
        // A token that dies on the way is refused; one that is short-lived must still be used once.
        let margin = MARGIN.min(good_for / 2);
        self.token.state =
            State::Good { token, until: self.after(good_for.saturating_sub(margin)) };
    }

    pub(super) fn token_failed(&mut self, error: &Error) {
        self.token.failures += 1;
        if error.is_retryable() && self.token.failures < MAX_FAILURES {
            let wait = error
                .retry_after()
                .unwrap_or_else(|| retry::backoff(self.token.failures - 1, self.jitter()));
            self.token.state = State::Resting;
            self.timer(self.after(wait), Timer::Token);
            let (code, message) = (error.code(), error.to_string());
            self.event(None, EventKind::Retrying { code, message, seconds: wait.as_secs_f64() });
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
const MAX_FAILURES: u32 = 5;
