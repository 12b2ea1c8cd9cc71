//! Single calls outside a run.

use std::cell::RefCell;
use std::time::Duration;

use mde_forensics_core::calls::{self, Courier};
use mde_forensics_core::engine::{Exchange, Handle, Settlement};
use mde_forensics_core::json;
use mde_forensics_core::wire::MachineAction;
use mde_forensics_core::work::{Effect, Effects, Work};
use mde_forensics_core::{AccessToken, BaseUrl, Device, Error, Now, PermitId, QuotaClass};
use serde::Serialize;
use time::OffsetDateTime;

use crate::client::Shared;

/// One call in progress, or several that belong together; its result is JSON.
pub(crate) type Task = Work<Result<String, Error>>;

/// Finds the devices that match a name, an id or an address.
pub(crate) fn find(client: Shared, device: &str) -> Result<Task, Error> {
    let device = Device::parse(device)?;
    Ok(Work::new(move |effects| async move {
        let found = calls::find(&Carrier::new(client, effects), &device).await?;
        Ok(json::text(&found))
    }))
}

/// Cancels the action of a handle at the service; `foreign` also cancels an action that someone
/// else requested.
pub(crate) fn cancel(
    client: Shared,
    handle: &str,
    comment: &str,
    foreign: bool,
) -> Result<Task, Error> {
    let mut handle = Handle::parse(handle, client.tenant.as_str(), &client.base)?;
    let comment = comment.to_owned();
    Ok(Work::new(move |effects| async move {
        let carrier = Carrier::new(client, effects);
        let cancelled = calls::cancel(&carrier, &handle, &comment, foreign).await?;
        handle.observe(&cancelled.status);
        let handle = handle.to_json();
        Ok(json::text(&Cancelled { action: &cancelled, handle: &handle }))
    }))
}

/// The result of cancelling.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct Cancelled<'a> {
    action: &'a MachineAction,
    handle: &'a str,
}

/// Carries out calls through a driver.
struct Carrier {
    client: Shared,
    effects: Effects,
    /// The open permits: a task may be dropped in the middle of a call.
    open: RefCell<Vec<PermitId>>,
}

impl Carrier {
    fn new(client: Shared, effects: Effects) -> Self {
        Self { client, effects, open: RefCell::default() }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        for permit in self.open.take() {
            self.client.settle(permit, Settlement::Answered, self.effects.now());
        }
    }
}

impl Courier for Carrier {
    fn base(&self) -> &BaseUrl {
        &self.client.base
    }

    fn now(&self) -> Now {
        self.effects.now()
    }

    fn service_now(&self) -> OffsetDateTime {
        self.client.state().service.at(self.effects.now())
    }

    fn observe(&self, date: Option<OffsetDateTime>) {
        self.client.state().service.observe(date, self.effects.now());
    }

    async fn token(&self, rejected: Option<&AccessToken>) -> Result<AccessToken, Error> {
        Ok(self.client.token(&self.effects, rejected).await?.0)
    }

    fn permit(&self, quota: QuotaClass) -> Result<PermitId, Duration> {
        let permit = self.client.state().quotas.permit(quota, self.effects.now().monotonic)?;
        self.open.borrow_mut().push(permit);
        Ok(permit)
    }

    fn settle(&self, permit: PermitId, settlement: Settlement) {
        self.open.borrow_mut().retain(|open| *open != permit);
        self.client.settle(permit, settlement, self.effects.now());
    }

    async fn send(&self, request: http::Request<Vec<u8>>, body_limit: usize) -> Exchange {
        self.client.send(&self.effects, request, body_limit).await
    }

    async fn sleep_until(&self, monotonic: Duration) {
        self.effects.ask(Effect::Wait { until: monotonic.as_secs_f64() }).await;
    }
}
