use std::time::Duration;

use serde::Serialize;

use super::{PermitId, QuotaClass, QuotaLog};
use crate::engine::Settlement;
use crate::json::{self, read_word};
use crate::{Code, Error, Map};

/// What the service counts by. Its pages do not say; other pages say per API, an issue says per app and tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaScope {
    /// All calls of an app together, and those for links also by themselves.
    App,
    /// Each endpoint by itself.
    #[default]
    Endpoint,
}

read_word!(QuotaScope { App = "app", Endpoint = "endpoint" });

/// How much of the quotas is ours, and what they count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotaOptions {
    /// Our share of every limit, 0 to 1; at least one call remains.
    pub share: f64,
    /// What the service counts by.
    pub scope: QuotaScope,
}

impl QuotaOptions {
    /// Fails with `invalid_option` unless the share is above 0 and at most 1.
    pub fn check(&self) -> Result<(), Error> {
        let share = self.share;
        if share > 0.0 && share <= 1.0 {
            return Ok(());
        }
        // As everywhere else, or the wasm has a second way to write numbers in it, of 9 kB.
        let share = json::text(&share);
        let text = format!("`{share}` is no share of a quota: it is above 0 and at most 1");
        Err(Error::new(Code::InvalidOption, text))
    }
}

impl Default for QuotaOptions {
    /// All of it, by endpoint.
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

/// An app's quota as a whole has the limits that nearly every call has.
const APP: QuotaClass = QuotaClass::GetMachine;

impl Quotas {
    /// Quotas of which nothing is used up.
    #[must_use]
    pub fn new(options: QuotaOptions) -> Self {
        let app = (options.scope == QuotaScope::App).then(|| QuotaLog::new(APP, options.share));
        Self { options, logs: Map::new(), app, next_serial: 0 }
    }

    /// Takes a permit for one call of `class`; it must be [settled](Self::settle) when the answer has come or the call
    /// was given up. Fails with the time at which to ask again if none is free now.
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

    /// The permit of a call that went out at `then` whatever the rule says, for a ledger that is read again.
    pub(crate) fn assume(&mut self, class: QuotaClass, then: Duration) -> PermitId {
        let permit = PermitId::new(self.next_serial, class);
        self.next_serial = self.next_serial.wrapping_add(1);
        self.log(class).take(permit, then);
        if let Some(app) = &mut self.app {
            app.take(permit, then);
        }
        permit
    }

    /// What came of the call. A permit that is not open is ignored.
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

    /// The class is closed until `until`, and our share is taken for half as large until one window has gone by without
    /// another 429. Answers to calls that were out together count once.
    pub(super) fn throttled(&mut self, class: QuotaClass, until: Duration, now: Duration) {
        self.log(class).throttled(until, now);
        if let Some(app) = &mut self.app {
            app.throttled(until, now);
        }
    }

    /// Everything as it is at `now`, for quotas on another clock.
    pub(crate) fn snapshot(self, now: Duration) -> QuotaSnapshot {
        QuotaSnapshot { quotas: self, now }
    }

    /// Counts what other processes of the same app have done as well, as if it were `now` when the snapshot was taken.
    /// Calls that were open count from now, since nobody is left who could settle them.
    pub fn absorb(&mut self, snapshot: &QuotaSnapshot, now: Duration) {
        let QuotaSnapshot { quotas, now: then } = snapshot;
        for (class, log) in quotas.logs.iter() {
            self.log(*class).absorb(log, *then, now);
        }
        if let Some((app, theirs)) = self.app.as_mut().zip(quotas.app.as_ref()) {
            app.absorb(theirs, *then, now);
        }
    }

    /// How much of the quotas is ours, and what they count.
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

/// What was used up of quotas, with the time at which that was so on a clock of its own.
#[derive(Clone, Debug)]
pub struct QuotaSnapshot {
    quotas: Quotas,
    now: Duration,
}
