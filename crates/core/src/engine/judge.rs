//! Whether a call is over, must be repeated, or must wait: the same for the engine and for single calls.

use std::time::Duration;

use super::{Exchange, Settlement};
use crate::{Code, Error, Fault, retry};

/// What one call has been through so far, and what an exchange means for it.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    is_repeatable: bool,
    failures: u32,
    /// The last answer was that the token is no good, and a new one was asked for.
    was_renewed: bool,
    /// The last exchange was a reply that only the service can have made.
    is_own: bool,
}

/// What to do after an exchange.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ruling<T> {
    /// The call is over and gave this.
    Done(T),
    /// The call is over and came to nothing.
    Failed {
        /// Why.
        error: Error,
        /// Whether the request may have been done all the same.
        in_doubt: bool,
    },
    /// A new token is needed; then send it again.
    Renew,
    /// Send it again after [`Judge::wait`].
    Repeat(Error),
    /// The service asks for patience; send it again after that.
    Throttled {
        /// How long the quota's class is closed.
        patience: Duration,
        /// What the service said.
        error: Error,
    },
}

impl Judge {
    /// A call of which nothing was sent yet; `is_repeatable` is [`Endpoint::REPEATABLE`](crate::Endpoint::REPEATABLE).
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
            // A certificate that is not trusted does not become so.
            Exchange::NotSent(error) if error.code() == Code::TlsFailed => {
                return Ruling::Failed { error, in_doubt: false };
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
            // It may say, where we cannot read it, that the work is under way already.
            (_, Some(400)) if in_doubt && error.service_code().is_none() => self.again(error, true),
            // A 2xx that cannot be read may well have been done; nothing else can.
            (_, Some(200..=299) | None) if error.code().fault() == Fault::Response => {
                self.again(error, in_doubt)
            }
            _ => Ruling::Failed { error, in_doubt: false },
        }
    }

    /// Whether the last exchange was a reply of the service's own: one that could be read, or a refusal in its form. What a
    /// gateway answers in its place, and by its own clock, is not.
    #[must_use]
    pub fn has_heard_service(&self) -> bool {
        self.is_own
    }

    /// How long to wait before the repeat that was ruled for this reason; `jitter` is 0 to 1.
    #[must_use]
    pub fn wait(&self, error: &Error, jitter: f64) -> Duration {
        retry::wait_after(self.failures, error, jitter)
    }

    /// Repeats what may be repeated; what may not is in doubt.
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
    /// What the ruling means for the call's place in the quota.
    #[must_use]
    pub fn settlement(&self, was_sent: bool) -> Settlement {
        match self {
            Self::Throttled { patience, .. } => Settlement::Throttled(*patience),
            _ if was_sent => Settlement::Answered,
            _ => Settlement::Unused,
        }
    }
}

/// A 429 without a `Retry-After`.
const PATIENCE: Duration = Duration::from_secs(30);
/// No service is believed that wants to be left alone for longer than an hour.
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
    fn a_certificate_that_is_not_trusted_is_told_at_once() {
        let unsent = Exchange::NotSent(Error::new(Code::TlsFailed, "not trusted"));
        let ruling = rule(&mut Judge::new(true), unsent);
        assert!(matches!(ruling, Ruling::Failed { in_doubt: false, .. }), "{ruling:?}");
    }
}
