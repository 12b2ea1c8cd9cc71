//! The ledgers that the runs of one client have open: one for each output folder, and one quota for all of them.

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
    /// Whose quota it is, and how much of it is used.
    account: Account,
    quotas: SharedQuotas,
    /// Tells our lines in a ledger's file from those of other processes.
    by: u64,
    open: Mutex<Open>,
    /// What the runs of all of them are at work on.
    taken: Arc<Mutex<Taken>>,
    /// For runs without an output folder, and for single calls.
    memory: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Open {
    ledgers: BTreeMap<PathBuf, Weak<Shared>>,
    /// A folder is opened time and again, and what its file says of others is counted once.
    seen: Seen,
}

/// A ledger, and what is to be logged of its opening.
type Opened = (Arc<Shared>, Vec<String>);

impl Folders {
    /// No folder is open yet.
    ///
    /// Fails with `invalid_option` if the share of the quotas is none, and with `credential_failed` if the system has
    /// no randomness.
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

    /// A run's part in the ledger of this folder, as soon as whoever has it only to write there is done.
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

    /// A run's part in the ledger of this folder, which is opened if no run has it open.
    ///
    /// Fails with `ledger_failed` as [`FileLedger::open`] does.
    pub(crate) fn session(
        self: &Arc<Self>,
        folder: &Path,
        clock: &Arc<dyn Clock>,
    ) -> Result<Session, Error> {
        self.try_session(folder, clock)?.ok_or_else(|| FileLedger::busy(folder))
    }

    /// The same; none where another process, or another client, has it open.
    fn try_session(
        self: &Arc<Self>,
        folder: &Path,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Session>, Error> {
        let Some((shared, warnings)) = self.shared(folder, clock)? else { return Ok(None) };
        log(warnings);
        Ok(Some(Session::new(shared, Arc::clone(self), Arc::clone(clock))))
    }

    /// The ledger of this folder; none where another has it.
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

    /// The ledger that keeps nothing.
    pub(crate) fn memory(&self) -> Arc<Shared> {
        Arc::clone(&self.memory)
    }

    /// A part in a ledger of the caller's.
    pub(crate) fn in_ledger(self: &Arc<Self>, ledger: &Shared, clock: &Arc<dyn Clock>) -> Session {
        let shared = Arc::new(ledger.joined(&self.taken));
        Session::new(shared, Arc::clone(self), Arc::clone(clock))
    }

    /// A part in the ledger that keeps nothing.
    pub(crate) fn in_memory(self: &Arc<Self>, clock: &Arc<dyn Clock>) -> Session {
        Session::new(Arc::clone(&self.memory), Arc::clone(self), Arc::clone(clock))
    }

    /// Lets go of a folder's ledger, so that whoever opens it next finds it open, or closed for good.
    pub(super) fn close(&self, shared: Arc<Shared>) {
        let mut open = lock(&self.open);
        drop(shared);
        open.ledgers.retain(|_, shared| shared.strong_count() > 0);
    }
}

/// Three seconds: to write there takes some milliseconds.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);
