//! Where single calls count: among all calls of the client, and in a folder's ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mde_forensics_core::engine::Settlement;
use mde_forensics_core::wire::MachineAction;
use mde_forensics_core::{Error, Now, PermitId, QuotaClass};

use super::folders::Folders;
use super::{FileLedger, Session};
use crate::clock::Clock;

/// A folder in whose ledger single calls count.
#[derive(Debug)]
pub(crate) struct Tallied {
    folder: PathBuf,
    /// Whether it was said that a call does not count there: once is enough.
    has_warned: AtomicBool,
}

impl Tallied {
    pub(crate) fn new(folder: &Path) -> Self {
        // Where the process goes meanwhile makes no difference.
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { folder, has_warned: AtomicBool::new(false) }
    }
}

/// The quota of one single call after another. The folder's ledger is open for no longer than it takes to write there: a call
/// may wait for a person who signs in, and whoever collects into the folder must not wait for that.
///
/// A call's place is written down before it goes out. Where another has the ledger in that moment, it is written down once it
/// has been answered; and where another has it then too, it counts in this client alone.
pub(crate) struct Tally {
    /// Has the places of the calls that are under way.
    calls: Session,
    tallied: Option<Arc<Tallied>>,
    folders: Arc<Folders>,
    clock: Arc<dyn Clock>,
}

impl Tally {
    pub(crate) fn new(
        tallied: Option<Arc<Tallied>>,
        folders: &Arc<Folders>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let calls = folders.in_memory(clock);
        Self { calls, tallied, folders: Arc::clone(folders), clock: Arc::clone(clock) }
    }

    /// As [`Session::permit`], and durable.
    pub(crate) fn permit(&self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        let Ok(Some(ledger)) = self.ledger() else { return self.calls.permit(quota, now) };
        let permit = ledger.permit(quota, now)?;
        ledger.sync();
        ledger.leave(permit, &self.calls);
        Ok(permit)
    }

    /// As [`Session::settle`].
    pub(crate) fn settle(&self, permit: PermitId, settlement: Settlement, now: Now) {
        match self.ledger() {
            Ok(Some(ledger)) => {
                self.calls.leave(permit, &ledger);
                ledger.settle(permit, settlement, now);
            }
            Ok(None) => self.calls.settle(permit, settlement, now),
            Err(error) => {
                self.calls.settle(permit, settlement, now);
                self.warn(&error);
            }
        }
    }

    /// As [`Session::write_status`]; nothing where no folder's ledger is written. Fails also if another has the ledger.
    pub(crate) fn write_status(&self, action: &MachineAction) -> Result<(), Error> {
        self.ledger()?.map_or(Ok(()), |ledger| ledger.write_status(action))
    }

    /// The folder's ledger, for a moment; none where calls count in no folder. Fails with `ledger_failed`.
    fn ledger(&self) -> Result<Option<Session>, Error> {
        let Some(Tallied { folder, .. }) = self.tallied.as_deref() else { return Ok(None) };
        // Nobody's folder is made only to count in it.
        if !folder.join(FileLedger::NAME).is_file() {
            return Ok(None);
        }
        self.folders.session(folder, &self.clock).map(Some)
    }

    fn warn(&self, error: &Error) {
        let is_first =
            self.tallied.as_ref().is_some_and(|it| !it.has_warned.swap(true, Ordering::Relaxed));
        if is_first {
            tracing::warn!(%error, "a call is not counted against the quota of the folder");
        }
    }
}

impl Drop for Tally {
    /// A call that nobody waits for any more has gone out.
    fn drop(&mut self) {
        for permit in self.calls.unsettled() {
            self.settle(permit, Settlement::Answered, self.clock.now());
        }
    }
}
