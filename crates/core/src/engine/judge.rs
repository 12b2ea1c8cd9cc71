//! Decides whether a call is over, must be repeated, or must wait; the same for the engine and for
//! single calls.

use std::time::Duration;

use super::{Exchange, Settlement};
use crate::{Code, Error, Fault, retry};

/// The history of one call, and the meaning of an exchange for it.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    is_repeatable: bool,
    failures: u32,
    /// Whether the last reply refused the token, so that a new one was requested.
    was_renewed: bool,
    /// Whether the last exchange was a reply that only the service can have sent.
    is_own: bool,
}

/// What to do after an exchange.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ruling<T> {
    /// The call is over, with this result.
    Done(T),
    /// The call is over and has failed.
    Failed {
        /// The error.
        error: Error,
        /// Whether the request may have been carried out nevertheless.
        in_doubt: bool,
    },
    /// Get a new token, then send it again.
    Renew,
    /// Send it again after [`Judge::wait`].
    Repeat(Error),
    /// The service asks us to wait; then send it again.
    Throttled {
        /// How long the quota class is closed.
        patience: Duration,
        /// The service's error.
        error: Error,
    },
}

impl Judge {
    /// Creates the judge of a call that was not sent yet; `is_repeatable` is
    /// [`Endpoint::REPEATABLE`](crate::Endpoint::REPEATABLE).
    #[must_use]
    pub fn new(is_repeatable: bool) -> Self {
        Self { is_repeatable, failures: 0, was_renewed: false, is_own: false }
    }

    /// Reads the exchange and decides. An error from `read` becomes part of the ruling.
    pub fn rule<T>(
        &mut self,
        exchange: Exchange,
        read: impl FnOnce(&http::Response<Vec<u8>>) -> Result<T, Error>,
    ) -> Ruling<T> {
        let in_doubt = !self.is_repeatable;
        self.is_own = false;
        let error = match exchange {
            Exchange::Reply(response) => {
                let read = read(&response);
                self.is_own =
                    read.as_ref().err().is_none_or(|error| error.service_code().is_some());
                match read {
                    Ok(output) => return Ruling::Done(output),
                    Err(error) => error,
                }
            }
            // Repeating does not make a certificate trusted.
            Exchange::NotSent(error) if error.code() == Code::TlsFailed => {
                return Ruling::Failed { error, in_doubt: false };
            }
            // Nor does a caller's own HTTP that is broken, which may have sent the request all the same.
            Exchange::Unknown(error) | Exchange::Broken(error)
                if error.code().fault() == Fault::Build =>
            {
                return Ruling::Failed { error, in_doubt };
            }
            Exchange::NotSent(error) => return self.again(error, false),
            Exchange::Unknown(error) | Exchange::Broken(error) => {
                return self.again(error, in_doubt);
            }
        };
        let was_renewed =
            std::mem::replace(&mut self.was_renewed, error.code() == Code::Unauthorized);
        match (error.code(), error.status()) {
            (Code::Unauthorized, _) if !was_renewed => Ruling::Renew,
            (Code::Throttled, _) => {
                let patience = error.retry_after().unwrap_or(PATIENCE);
                let patience = patience.clamp(Duration::from_secs(1), MAX_PATIENCE);
                Ruling::Throttled { patience, error }
            }
            (_, Some(408 | 500..)) => self.again(error, in_doubt),
            // An unreadable 400 may say that the work is already in progress.
            (_, Some(400)) if in_doubt && error.service_code().is_none() => self.again(error, true),
            // An unreadable 2xx may have been carried out; no other unreadable reply can.
            (_, Some(200..=299) | None) if error.code().fault() == Fault::Response => {
                self.again(error, in_doubt)
            }
            _ => Ruling::Failed { error, in_doubt: false },
        }
    }

    /// Whether the last exchange was a reply from the service itself: a readable one, or a refusal
    /// in its form. A gateway's reply, dated by its own clock, is not.
    #[must_use]
    pub fn has_heard_service(&self) -> bool {
        self.is_own
    }

    /// How long to wait before the repeat for this error; `jitter` is from 0 to 1.
    #[must_use]
    pub fn wait(&self, error: &Error, jitter: f64) -> Duration {
        retry::wait_after(self.failures, error, jitter)
    }

    /// Repeats the call if it may be repeated; otherwise it is in doubt.
    fn again<T>(&mut self, error: Error, in_doubt: bool) -> Ruling<T> {
        self.failures += 1;
        if in_doubt || self.failures >= MAX_FAILURES {
            Ruling::Failed { error, in_doubt }
        } else {
            Ruling::Repeat(error)
        }
    }
}

impl<T> Ruling<T> {
    /// The settlement of the call's permit under this ruling.
    #[must_use]
    pub fn settlement(&self, was_sent: bool) -> Settlement {
        match self {
            Self::Throttled { patience, .. } => Settlement::Throttled(*patience),
            _ if was_sent => Settlement::Answered,
            _ => Settlement::Unused,
        }
    }
}

/// The wait after a 429 without a `Retry-After`.
const PATIENCE: Duration = Duration::from_secs(30);
/// A longer `Retry-After` is cut to this hour.
const MAX_PATIENCE: Duration = Duration::from_secs(3_600);
const MAX_FAILURES: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(judge: &mut Judge, exchange: Exchange) -> Ruling<()> {
        judge.rule(exchange, |_| Ok(()))
    }

    fn lost() -> Exchange {
        Exchange::Unknown(Error::new(Code::TimedOut, "no answer"))
    }

    #[test]
    fn a_call_is_repeated_so_often_and_no_more() {
        let mut judge = Judge::new(true);
        for _ in 1..MAX_FAILURES {
            assert!(matches!(rule(&mut judge, lost()), Ruling::Repeat(_)));
        }
        let last = rule(&mut judge, lost());
        assert!(matches!(last, Ruling::Failed { in_doubt: false, .. }), "{last:?}");
    }

    #[test]
    fn what_may_not_be_repeated_is_in_doubt() {
        let ruling = rule(&mut Judge::new(false), lost());
        assert!(matches!(ruling, Ruling::Failed { in_doubt: true, .. }), "{ruling:?}");
        assert_eq!(ruling.settlement(true), Settlement::Answered);
        let unsent = Exchange::NotSent(Error::new(Code::ConnectFailed, "no connection"));
        let ruling = rule(&mut Judge::new(false), unsent);
        assert!(matches!(ruling, Ruling::Repeat(_)), "{ruling:?}");
        assert_eq!(ruling.settlement(false), Settlement::Unused);
    }

    #[test]
    fn a_fault_of_the_callers_own_http_is_told_at_once() {
        let broken = || Error::new(Code::InvalidOption, "the HTTP function raised TypeError");
        for is_repeatable in [true, false] {
            for exchange in [Exchange::Unknown(broken()), Exchange::Broken(broken())] {
                let ruling = rule(&mut Judge::new(is_repeatable), exchange);
                let Ruling::Failed { in_doubt, .. } = ruling else { panic!("{ruling:?}") };
                assert_eq!(in_doubt, !is_repeatable, "it may have sent the request first");
            }
        }
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_told_at_once() {
        let unsent = Exchange::NotSent(Error::new(Code::TlsFailed, "not trusted"));
        let ruling = rule(&mut Judge::new(true), unsent);
        assert!(matches!(ruling, Ruling::Failed { in_doubt: false, .. }), "{ruling:?}");
    }
}
