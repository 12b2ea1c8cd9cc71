//! Counts single calls, in the client and in a folder's ledger.

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

/// A folder whose ledger counts single calls.
#[derive(Debug)]
pub(crate) struct Tallied {
    folder: PathBuf,
    /// Whether it was already logged that a call is not counted there.
    has_warned: AtomicBool,
}

impl Tallied {
    pub(crate) fn new(folder: &Path) -> Self {
        // A later change of the current directory must not matter.
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { folder, has_warned: AtomicBool::new(false) }
    }
}

/// The quota of single calls. The folder's ledger is open only while it is written: a call may wait
/// for a person to sign in, and a run into the folder must not wait for that.
///
/// A permit is written before its call is sent. If another process has the ledger at that moment,
/// the permit is written after the call was answered; if that fails too, the call counts in this
/// client alone.
pub(crate) struct Tally {
    /// Has the permits of the calls in flight.
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

    /// Like [`Session::permit`], and durable.
    pub(crate) fn permit(&self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        let Ok(Some(ledger)) = self.ledger() else { return self.calls.permit(quota, now) };
        let permit = ledger.permit(quota, now)?;
        ledger.sync();
        ledger.leave(permit, &self.calls);
        Ok(permit)
    }

    /// Like [`Session::settle`].
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

    /// Like [`Session::write_status`]; does nothing if no folder counts the calls. Also fails if
    /// another process has the ledger.
    pub(crate) fn write_status(&self, action: &MachineAction) -> Result<(), Error> {
        self.ledger()?.map_or(Ok(()), |ledger| ledger.write_status(action))
    }

    /// Opens the folder's ledger briefly; `None` if no folder counts the calls. Fails with
    /// `ledger_failed`.
    fn ledger(&self) -> Result<Option<Session>, Error> {
        let Some(Tallied { folder, .. }) = self.tallied.as_deref() else { return Ok(None) };
        // Do not create a folder only to count calls in it.
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
    /// A call that was dropped may have been sent.
    fn drop(&mut self) {
        for permit in self.calls.unsettled() {
            self.settle(permit, Settlement::Answered, self.clock.now());
        }
    }
}
