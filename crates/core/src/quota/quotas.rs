use std::time::Duration;

use serde::Serialize;

use super::{PermitId, QuotaClass, QuotaLog};
use crate::engine::Settlement;
use crate::json::{self, read_word};
use crate::{Code, Error, Map};

/// How the service counts calls. The API's pages do not say; other pages say per API, an issue says
/// per app and tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaScope {
    /// All calls of an app together; calls for links also on their own.
    App,
    /// Each endpoint on its own.
    #[default]
    Endpoint,
}

read_word!(QuotaScope { App = "app", Endpoint = "endpoint" });

/// Which share of the quotas is ours, and how they are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotaOptions {
    /// Our share of every limit, above 0 and at most 1; at least one call remains.
    pub share: f64,
    /// How the service counts calls.
    pub scope: QuotaScope,
}

impl QuotaOptions {
    /// Fails with `invalid_option` unless the share is above 0 and at most 1.
    pub fn check(&self) -> Result<(), Error> {
        let share = self.share;
        if share > 0.0 && share <= 1.0 {
            return Ok(());
        }
        // Formatted through JSON, because a second number formatter would add 9 kB to the wasm.
        let share = json::text(&share);
        let text = format!("`{share}` is no share of a quota: it is above 0 and at most 1");
        Err(Error::new(Code::InvalidOption, text))
    }
}

impl Default for QuotaOptions {
    /// The whole quota, per endpoint.
    fn default() -> Self {
        Self { share: 1.0, scope: QuotaScope::Endpoint }
    }
}

/// The logs of all quotas of one tenant and app.
#[derive(Clone, Debug)]
pub struct Quotas {
    options: QuotaOptions,
    logs: Map<QuotaClass, QuotaLog>,
    app: Option<QuotaLog>,
    next_serial: u64,
}

/// An app's total quota has the limits of nearly every call.
const APP: QuotaClass = QuotaClass::GetMachine;

impl Quotas {
    /// Creates unused quotas.
    #[must_use]
    pub fn new(options: QuotaOptions) -> Self {
        let app = (options.scope == QuotaScope::App).then(|| QuotaLog::new(APP, options.share));
        Self { options, logs: Map::new(), app, next_serial: 0 }
    }

    /// Takes a permit for one call of `class`. It must be [settled](Self::settle) when the reply
    /// has arrived or the call was given up. Fails with the time at which to ask again if no slot
    /// is free.
    pub fn permit(&mut self, class: QuotaClass, now: Duration) -> Result<PermitId, Duration> {
        let own = self.log(class).check(now);
        let app = self.app.as_mut().map_or(Ok(()), |app| app.check(now));
        match (own, app) {
            (Err(own), Err(app)) => return Err(own.max(app)),
            (Err(until), Ok(())) | (Ok(()), Err(until)) => return Err(until),
            (Ok(()), Ok(())) => {}
        }
        Ok(self.assume(class, now))
    }

    /// The permit of a call that was sent at `then`, allowed or not: for reading a ledger.
    pub(crate) fn assume(&mut self, class: QuotaClass, then: Duration) -> PermitId {
        let permit = PermitId::new(self.next_serial, class);
        self.next_serial = self.next_serial.wrapping_add(1);
        self.log(class).take(permit, then);
        if let Some(app) = &mut self.app {
            app.take(permit, then);
        }
        permit
    }

    /// Settles a permit. A permit that is not open is ignored.
    pub fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Duration) {
        match settlement {
            Settlement::Answered => self.answered(permit, now),
            Settlement::Throttled(patience) => {
                self.answered(permit, now);
                if let Some(class) = permit.class() {
                    self.throttled(class, now.saturating_add(patience), now);
                }
            }
            Settlement::Unused => self.release(permit),
        }
    }

    fn answered(&mut self, permit: PermitId, now: Duration) {
        for log in self.logs_of(permit) {
            log.settle(permit, now);
        }
    }

    fn release(&mut self, permit: PermitId) {
        for log in self.logs_of(permit) {
            log.release(permit);
        }
    }

    /// Closes the class until `until`; our share is assumed to be half as large until a window has
    /// passed without another 429. Replies to calls that were in flight together count once.
    pub(super) fn throttled(&mut self, class: QuotaClass, until: Duration, now: Duration) {
        self.log(class).throttled(until, now);
        if let Some(app) = &mut self.app {
            app.throttled(until, now);
        }
    }

    /// The state at `now`, for quotas on another clock.
    pub(crate) fn snapshot(self, now: Duration) -> QuotaSnapshot {
        QuotaSnapshot { quotas: self, now }
    }

    /// Adds what other processes of the same app have used, as if the snapshot was taken at `now`.
    /// Calls that were open count from now, since nobody can settle them any more.
    pub fn absorb(&mut self, snapshot: &QuotaSnapshot, now: Duration) {
        let QuotaSnapshot { quotas, now: then } = snapshot;
        for (class, log) in quotas.logs.iter() {
            self.log(*class).absorb(log, *then, now);
        }
        if let Some((app, theirs)) = self.app.as_mut().zip(quotas.app.as_ref()) {
            app.absorb(theirs, *then, now);
        }
    }

    /// The share and the scope.
    #[must_use]
    pub fn options(&self) -> QuotaOptions {
        self.options
    }

    fn log(&mut self, class: QuotaClass) -> &mut QuotaLog {
        self.logs.or_insert_with(class, || QuotaLog::new(class, self.options.share))
    }

    fn logs_of(&mut self, permit: PermitId) -> impl Iterator<Item = &mut QuotaLog> {
        let own = permit.class().and_then(|class| self.logs.get_mut(&class));
        own.into_iter().chain(&mut self.app)
    }
}

/// The used quotas, with the time of that state on their own clock.
#[derive(Clone, Debug)]
pub struct QuotaSnapshot {
    quotas: Quotas,
    now: Duration,
}
