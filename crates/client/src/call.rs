//! Single calls, outside of a run: looking things up, and cancelling.

use std::sync::PoisonError;
use std::time::Duration;

use mde_forensics_core::engine::{Exchange, Judge, Ruling};
use mde_forensics_core::{Code, Endpoint, Error, PermitId, retry};
use time::OffsetDateTime;

use crate::client::Inner;
use crate::ledger::Session;

/// Makes one call after another, within the quota, and repeats those that may be repeated.
pub(crate) struct Caller<'a> {
    inner: &'a Inner,
    /// A call that is dropped gives its place in the quota back with it.
    session: Session,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(inner: &'a Inner, session: Session) -> Self {
        Self { inner, session }
    }

    /// The service's time, as its last answer told it.
    pub(crate) fn service_now(&self) -> OffsetDateTime {
        let service = self.inner.service.lock().unwrap_or_else(PoisonError::into_inner);
        service.at(self.inner.clock.now())
    }

    pub(crate) async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output, Error> {
        let mut judge = Judge::new(E::REPEATABLE);
        let (mut rejected, mut attempts) = (None, 0);
        loop {
            attempts += 1;
            let token = self.inner.tokens.token(rejected.as_ref()).await?.0;
            let request = endpoint.request(&self.inner.base, &token)?;
            let permit = self.permit::<E>().await;
            let exchange = self.inner.transport.send(request, E::BODY_LIMIT, SEND_WITHIN).await;
            self.observe(&exchange);
            let was_sent = !matches!(exchange, Exchange::NotSent(_));
            let ruling =
                judge.rule(exchange, |response| endpoint.response(&self.inner.base, response));
            let now = self.inner.clock.now();
            self.session.settle(permit, ruling.settlement(was_sent), now);
            let (error, wait) = match ruling {
                Ruling::Done(output) => return Ok(output),
                Ruling::Renew(_) => {
                    rejected = Some(token);
                    continue;
                }
                Ruling::Repeat(error) => {
                    let wait = judge.wait(&error, 0.5);
                    (error, wait)
                }
                Ruling::Throttled { patience, error } => (error, patience),
                Ruling::Failed { error, .. } => return Err(error),
                _ => return Err(Error::new(Code::Internal, "a ruling of an unknown kind")),
            };
            if attempts >= ATTEMPTS || wait > PATIENCE {
                return Err(error);
            }
            self.inner.clock.sleep_until(now.monotonic.saturating_add(wait), false).await;
        }
    }

    async fn permit<E: Endpoint>(&self) -> PermitId {
        loop {
            match self.session.permit(E::QUOTA, self.inner.clock.now()) {
                Ok(permit) => return permit,
                Err(until) => self.inner.clock.sleep_until(until, false).await,
            }
        }
    }

    fn observe(&self, exchange: &Exchange) {
        if let Exchange::Reply(response) = exchange {
            let mut service = self.inner.service.lock().unwrap_or_else(PoisonError::into_inner);
            service.observe(retry::date(response.headers()), self.inner.clock.now());
        }
    }
}

const SEND_WITHIN: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 4;
/// A person waits at the other end; longer than this is for them to decide.
const PATIENCE: Duration = Duration::from_secs(120);
