//! Single calls outside a run: look-ups and cancelling.

use std::sync::PoisonError;
use std::time::Duration;

use mde_forensics_core::calls::{Courier, call};
use mde_forensics_core::engine::{Exchange, Settlement};
use mde_forensics_core::wire::MachineAction;
use mde_forensics_core::{AccessToken, BaseUrl, Endpoint, Error, Now, PermitId, QuotaClass};
use time::OffsetDateTime;

use crate::client::Inner;
use crate::ledger::Tally;

/// Makes single calls within the quota and repeats those that are safe to repeat.
pub(crate) struct Caller<'a> {
    inner: &'a Inner,
    /// Dropping a call also returns its unused quota slot.
    tally: Tally,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(inner: &'a Inner, tally: Tally) -> Self {
        Self { inner, tally }
    }

    pub(crate) async fn call<E: Endpoint + Sync>(&self, endpoint: &E) -> Result<E::Output, Error>
    where
        E::Output: Send,
    {
        call(self, endpoint).await
    }

    /// Records an action's new status in the ledger that counts these calls.
    pub(crate) fn write_status(&self, action: &MachineAction) -> Result<(), Error> {
        self.tally.write_status(action)
    }
}

impl Courier for Caller<'_> {
    fn base(&self) -> &BaseUrl {
        &self.inner.base
    }

    fn now(&self) -> Now {
        self.inner.clock.now()
    }

    fn service_now(&self) -> OffsetDateTime {
        let service = self.inner.service.lock().unwrap_or_else(PoisonError::into_inner);
        service.at(self.inner.clock.now())
    }

    fn observe(&self, date: Option<OffsetDateTime>) {
        let mut service = self.inner.service.lock().unwrap_or_else(PoisonError::into_inner);
        service.observe(date, self.inner.clock.now());
    }

    async fn token(&self, rejected: Option<&AccessToken>) -> Result<AccessToken, Error> {
        Ok(self.inner.tokens.token(rejected).await?.0)
    }

    fn permit(&self, quota: QuotaClass) -> Result<PermitId, Duration> {
        self.tally.permit(quota, self.inner.clock.now())
    }

    fn settle(&self, permit: PermitId, settlement: Settlement) {
        self.tally.settle(permit, settlement, self.inner.clock.now());
    }

    async fn send(&self, request: http::Request<Vec<u8>>, body_limit: usize) -> Exchange {
        self.inner.transport.send(request, body_limit, SEND_WITHIN).await
    }

    async fn sleep_until(&self, monotonic: Duration) {
        self.inner.clock.sleep_until(monotonic, false).await;
    }
}

const SEND_WITHIN: Duration = Duration::from_secs(30);
