//! One run's session in a ledger that several runs of this process share.
//!
//! Locks are taken in this order: the open folders ([`Folders`]), a ledger, the claims ([`Taken`]),
//! the quotas. Nothing is logged under any of them: a log handler may wait for a lock of its own,
//! such as Python's, whose holder waits for one of ours.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mde_forensics_core::engine::{Handle, Record, Settlement};
use mde_forensics_core::ledger::Taken;
use mde_forensics_core::wire::MachineAction;
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

use super::folders::Folders;
use super::{Ledger, SharedLedger, Wanted};
use crate::clock::Clock;

/// A ledger, and what the runs of this process are doing in it.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    ledger: SharedLedger,
    /// The ledger's folder: empty for the client's in-memory ledger, an address for a caller's
    /// ledger.
    folder: String,
    /// Shared by all ledgers whose runs must not work on the same devices.
    taken: Arc<Mutex<Taken>>,
}

/// One run's session in a ledger. When it is dropped, everything that it took is freed: devices and
/// collections for other runs, and open permits, which then count as answered calls.
pub(crate) struct Session {
    shared: Option<Arc<Shared>>,
    /// The client's ledgers; the ledger is closed there once no run uses it.
    folders: Arc<Folders>,
    clock: Arc<dyn Clock>,
    run: u64,
    open: Mutex<BTreeSet<PermitId>>,
}

impl Shared {
    /// Wraps a caller's ledger. Runs of one client that use the same ledger know of each other.
    pub(crate) fn new(ledger: SharedLedger) -> Self {
        let name = format!("{:p}", Arc::as_ptr(&ledger));
        Self::among(ledger, name, Arc::default())
    }

    /// The same ledger, with the claims of a client.
    pub(super) fn joined(&self, taken: &Arc<Mutex<Taken>>) -> Self {
        Self::among(Arc::clone(&self.ledger), self.folder.clone(), Arc::clone(taken))
    }

    /// One of several ledgers of a client.
    pub(super) fn among(ledger: SharedLedger, folder: String, taken: Arc<Mutex<Taken>>) -> Self {
        Self { ledger, folder, taken }
    }
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, folders: Arc<Folders>, clock: Arc<dyn Clock>) -> Self {
        let run = lock(&shared.taken).begin(&shared.folder);
        Self { shared: Some(shared), folders, clock, run, open: Mutex::default() }
    }

    /// The wanted collections, except those that another run is working on.
    pub(crate) fn load(&self, wanted: Wanted<'_>) -> Vec<Handle> {
        let Some(shared) = &self.shared else { return Vec::new() };
        // Register before loading, so that no other run's claim is missed.
        lock(&shared.taken).begin_wanted(wanted, self.run);
        let is_free =
            |handle: &Handle| lock(&shared.taken).begin_if_free(handle.collection(), self.run);
        lock(&shared.ledger).load(wanted, &is_free)
    }

    /// Like [`Ledger::append`], but leaves out collections that another run has claimed: only that
    /// run may write about them.
    pub(crate) fn append(&self, records: &[Record]) -> Result<(), Error> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let mut ledger = lock(&shared.ledger);
        let ours = lock(&shared.taken).begin_append(records, self.run);
        let appended = if ours.is_empty() { Ok(()) } else { ledger.append(&ours) };
        let asking = ledger.load(Wanted::Named(&Taken::asking(&ours)), &|_| true);
        let (is_appended, now) = (appended.is_ok(), self.clock.now());
        lock(&shared.taken).end_append(records, is_appended, asking, self.run, now);
        let warnings = ledger.warnings();
        // Not before: notes must follow the ledger's order.
        drop(ledger);
        log(warnings);
        appended
    }

    /// Writes an action's status for each collection that waits for it. Fails as
    /// [`append`](Self::append) does.
    pub(crate) fn write_status(&self, action: &MachineAction) -> Result<(), Error> {
        let at = self.clock.now().wall;
        let handles = self.with(|ledger| ledger.load(Wanted::All, &|_| true)).unwrap_or_default();
        self.append(
            &handles.iter().filter_map(|it| it.status_record(action, at)).collect::<Vec<_>>(),
        )
    }

    /// Like [`Ledger::claim`], but also among the runs of this process, for a collection of this
    /// run. Returns what the ledger knows of the machine and the collection, and the last
    /// collection that asked the machine, in any folder.
    pub(crate) fn claim(
        &self,
        tenant: &str,
        machine: &MachineId,
        wants_device: bool,
        collection: &str,
        now: Now,
    ) -> Result<(Vec<Handle>, Option<Handle>), Duration> {
        let Some(shared) = &self.shared else { return Ok((Vec::new(), None)) };
        let asked = lock(&shared.taken).claim(machine, wants_device, collection, self.run, now)?;
        // Not under the same lock: a slow disk must not block runs into other folders.
        let mut ledger = lock(&shared.ledger);
        if let Err(until) = ledger.claim(tenant, machine, now) {
            drop(ledger);
            lock(&shared.taken).unclaim(collection, self.run);
            return Err(until);
        }
        Ok((ledger.load(Wanted::Claimed(machine, collection), &|_| true), asked))
    }

    /// Like [`Ledger::claim`], for a ledger that no other run uses.
    pub(crate) fn claim_alone(
        &self,
        tenant: &str,
        machine: &MachineId,
        now: Now,
    ) -> Result<(), Duration> {
        self.with(|ledger| ledger.claim(tenant, machine, now)).unwrap_or(Ok(()))
    }

    /// Keeps the other runs of this process from the package at this path until the collection has
    /// ended. Fails with the monotonic time at which to ask again if another run has it.
    pub(crate) fn take_package(
        &self,
        path: String,
        collection: &str,
        now: Now,
    ) -> Result<(), Duration> {
        let Some(shared) = &self.shared else { return Ok(()) };
        lock(&shared.taken).take_package(path, collection, self.run, now)
    }

    /// Like [`Ledger::permit`].
    pub(crate) fn permit(&self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        let permit = self.with(|ledger| ledger.permit(quota, now)).unwrap_or(Err(now.monotonic))?;
        lock(&self.open).insert(permit);
        Ok(permit)
    }

    /// Like [`Ledger::sync`], but a failure is only logged: the calls are sent all the same.
    pub(crate) fn sync(&self) {
        if let Some(Err(error)) = self.with(Ledger::sync) {
            tracing::warn!(%error, "a crash of this machine now would lose count of some calls");
        }
    }

    /// Like [`Ledger::settle`].
    pub(crate) fn settle(&self, permit: PermitId, settlement: Settlement, now: Now) {
        lock(&self.open).remove(&permit);
        self.with(|ledger| ledger.settle(permit, settlement, now));
    }

    /// Like [`Ledger::blocks`].
    pub(crate) fn blocks(&self) -> bool {
        self.with(|ledger| ledger.blocks()).unwrap_or(false)
    }

    /// Passes an open permit to another session of the same quota, which then settles it.
    pub(super) fn leave(&self, permit: PermitId, to: &Self) {
        lock(&self.open).remove(&permit);
        lock(&to.open).insert(permit);
    }

    /// The permits that are not settled.
    pub(super) fn unsettled(&self) -> Vec<PermitId> {
        lock(&self.open).iter().copied().collect()
    }

    fn with<T>(&self, work: impl FnOnce(&mut (dyn Ledger + 'static)) -> T) -> Option<T> {
        let shared = self.shared.as_ref()?;
        let mut ledger = lock(&shared.ledger);
        let done = work(&mut *ledger);
        let warnings = ledger.warnings();
        drop(ledger);
        log(warnings);
        Some(done)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let now = self.clock.now();
        for permit in std::mem::take(&mut *lock(&self.open)) {
            self.with(|ledger| ledger.settle(permit, Settlement::Answered, now));
        }
        if let Some(shared) = self.shared.take() {
            let mut taken = lock(&shared.taken);
            taken.end(self.run);
            drop(taken);
            self.folders.close(shared);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("run", &self.run).finish_non_exhaustive()
    }
}

/// Logs a ledger's messages; no lock may be held.
pub(super) fn log(warnings: Vec<String>) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// A panic elsewhere leaves the ledger in a valid state.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
