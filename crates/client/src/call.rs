//! Single calls, outside of a run: looking things up, and cancelling.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mde_forensics_core::engine::{Exchange, Settlement};
use mde_forensics_core::{Code, Endpoint, Error, PermitId, retry};
use time::OffsetDateTime;

use crate::client::Inner;

/// Makes one call after another, within the quota, and repeats those that may be repeated.
pub(crate) struct Caller<'a> {
    inner: &'a Inner,
    /// The service's time less ours.
    service_ahead: Mutex<time::Duration>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(inner: &'a Inner) -> Self {
        Self { inner, service_ahead: Mutex::default() }
    }

    /// The service's time, as its last answer told it.
    pub(crate) fn service_now(&self) -> OffsetDateTime {
        self.inner.clock.now().wall
            + *self.service_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output, Error> {
        let mut attempt = 0;
        let mut rejected = None;
        loop {
            let token = self.inner.tokens.token(rejected.as_ref()).await?.0;
            let request = endpoint.request(&self.inner.base, &token)?;
            let permit = self.permit::<E>().await;
            let exchange = self.inner.transport.send(request, E::BODY_LIMIT, SEND_WITHIN).await;
            let (error, may_be_done) = match exchange {
                Exchange::Reply(response) => {
                    self.observe(&response);
                    match endpoint.response(&self.inner.base, &response) {
                        Ok(output) => {
                            self.settle(permit, Settlement::Answered);
                            return Ok(output);
                        }
                        Err(error) => {
                            let refused =
                                error.status().is_some_and(|status| (400..500).contains(&status));
                            (error, !refused)
                        }
                    }
                }
                Exchange::NotSent(error) => (error, false),
                Exchange::Broken(error) | Exchange::Unknown(error) => (error, true),
                _ => return Err(Error::new(Code::Internal, "an exchange of an unknown kind")),
            };
            let wait = error.retry_after().unwrap_or_else(|| retry::backoff(attempt, 0.5));
            let throttled = error.code() == Code::Throttled;
            self.settle(
                permit,
                if throttled { Settlement::Throttled(wait) } else { Settlement::Answered },
            );
            if error.code() == Code::Unauthorized && rejected.is_none() {
                rejected = Some(token);
                continue;
            }
            attempt += 1;
            let may_repeat = E::REPEATABLE || !may_be_done;
            if !(error.is_retryable() && may_repeat) || attempt >= ATTEMPTS || wait > PATIENCE {
                return Err(error);
            }
            self.sleep(wait).await;
        }
    }

    async fn permit<E: Endpoint>(&self) -> PermitId {
        loop {
            let now = self.inner.clock.now();
            let permit = self
                .inner
                .ledger
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .permit(E::QUOTA, now);
            match permit {
                Ok(permit) => return permit,
                Err(until) => self.inner.clock.sleep_until(until, false).await,
            }
        }
    }

    fn settle(&self, permit: PermitId, settlement: Settlement) {
        let now = self.inner.clock.now();
        self.inner
            .ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .settle(permit, settlement, now);
    }

    fn observe(&self, response: &http::Response<Vec<u8>>) {
        if let Some(date) = retry::date(response.headers()) {
            let ahead = date - self.inner.clock.now().wall;
            *self.service_ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
        }
    }

    async fn sleep(&self, wait: Duration) {
        let until = self.inner.clock.now().monotonic.saturating_add(wait);
        self.inner.clock.sleep_until(until, false).await;
    }
}

const SEND_WITHIN: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 4;
/// A person waits at the other end; longer than this is for them to decide.
const PATIENCE: Duration = Duration::from_secs(120);
