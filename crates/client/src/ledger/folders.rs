//! The ledgers that a client's runs have open: one per output folder, with one quota for all of
//! them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use mde_forensics_core::Error;
use mde_forensics_core::ledger::{Seen, Taken};
use mde_forensics_core::quota::{QuotaOptions, Quotas};

use super::session::{lock, log};
use super::{Account, FileLedger, Ledger as _, MemoryLedger, Session, Shared, SharedQuotas};
use crate::clock::Clock;
use crate::random;

/// The ledgers of one client.
#[derive(Debug)]
pub(crate) struct Folders {
    /// The account that calls are counted for, and its quotas.
    account: Account,
    quotas: SharedQuotas,
    /// Distinguishes our lines in a ledger's file from those of other processes.
    by: u64,
    open: Mutex<Open>,
    /// What the runs of all ledgers are working on.
    taken: Arc<Mutex<Taken>>,
    /// For runs without an output folder, and for single calls.
    memory: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Open {
    ledgers: BTreeMap<PathBuf, Weak<Shared>>,
    /// Quota lines that were already counted, since a folder is opened many times.
    seen: Seen,
}

/// A ledger and the messages to log about opening it.
type Opened = (Arc<Shared>, Vec<String>);

impl Folders {
    /// Starts with no folder open.
    ///
    /// Fails with `invalid_option` if the quota share is invalid, and with `credential_failed` if
    /// the system's random generator fails.
    pub(crate) fn new(account: Account, options: QuotaOptions) -> Result<Arc<Self>, Error> {
        options.check()?;
        let [by, _] = random::numbers()?;
        let quotas: SharedQuotas = Arc::new(Mutex::new(Quotas::new(options)));
        let memory = MemoryLedger::forgetful(Arc::clone(&quotas));
        let taken = Arc::default();
        let memory = Arc::new(Mutex::new(memory));
        let memory = Arc::new(Shared::among(memory, String::new(), Arc::clone(&taken)));
        Ok(Arc::new(Self { account, quotas, by, open: Mutex::default(), taken, memory }))
    }

    /// Opens a session in this folder's ledger; waits up to three seconds for a process that has it
    /// only for a short write.
    ///
    /// Fails with `ledger_failed` as [`FileLedger::open`] does.
    pub(crate) async fn session_soon(
        self: &Arc<Self>,
        folder: &Path,
        clock: &Arc<dyn Clock>,
    ) -> Result<Session, Error> {
        for _ in 0..TRIES {
            if let Some(session) = self.try_session(folder, clock)? {
                return Ok(session);
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.session(folder, clock)
    }

    /// Opens a session in this folder's ledger; the ledger is opened if no run has it open.
    ///
    /// Fails with `ledger_failed` as [`FileLedger::open`] does.
    pub(crate) fn session(
        self: &Arc<Self>,
        folder: &Path,
        clock: &Arc<dyn Clock>,
    ) -> Result<Session, Error> {
        self.try_session(folder, clock)?.ok_or_else(|| FileLedger::busy(folder))
    }

    /// Like [`session`](Self::session), but `None` if another process or another client has the
    /// ledger open.
    fn try_session(
        self: &Arc<Self>,
        folder: &Path,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Session>, Error> {
        let Some((shared, warnings)) = self.shared(folder, clock)? else { return Ok(None) };
        log(warnings);
        Ok(Some(Session::new(shared, Arc::clone(self), Arc::clone(clock))))
    }

    /// The ledger of this folder; `None` if it is open elsewhere.
    fn shared(&self, folder: &Path, clock: &Arc<dyn Clock>) -> Result<Option<Opened>, Error> {
        let mut open = lock(&self.open);
        let path = FileLedger::create_folder(folder)?;
        if let Some(shared) = open.ledgers.get(&path).and_then(Weak::upgrade) {
            return Ok(Some((shared, Vec::new())));
        }
        let Self { account, quotas, by, .. } = self;
        let now = clock.now();
        let ledger = FileLedger::open_sharing(folder, account, quotas, *by, &mut open.seen, now)?;
        let Some(mut ledger) = ledger else { return Ok(None) };
        let warnings = ledger.warnings();
        let (ledger, name) = (Arc::new(Mutex::new(ledger)), path.display().to_string());
        let shared = Arc::new(Shared::among(ledger, name, Arc::clone(&self.taken)));
        open.ledgers.insert(path, Arc::downgrade(&shared));
        Ok(Some((shared, warnings)))
    }

    /// The in-memory ledger.
    pub(crate) fn memory(&self) -> Arc<Shared> {
        Arc::clone(&self.memory)
    }

    /// Opens a session in a caller's ledger.
    pub(crate) fn in_ledger(self: &Arc<Self>, ledger: &Shared, clock: &Arc<dyn Clock>) -> Session {
        let shared = Arc::new(ledger.joined(&self.taken));
        Session::new(shared, Arc::clone(self), Arc::clone(clock))
    }

    /// Opens a session in the in-memory ledger.
    pub(crate) fn in_memory(self: &Arc<Self>, clock: &Arc<dyn Clock>) -> Session {
        Session::new(Arc::clone(&self.memory), Arc::clone(self), Arc::clone(clock))
    }

    /// Releases a folder's ledger under the lock, so that the next opener finds it either open or
    /// fully closed.
    pub(super) fn close(&self, shared: Arc<Shared>) {
        let mut open = lock(&self.open);
        drop(shared);
        open.ledgers.retain(|_, shared| shared.strong_count() > 0);
    }
}

/// Three seconds; a write takes a few milliseconds.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);
