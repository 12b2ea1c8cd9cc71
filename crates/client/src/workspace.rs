//! Everything in a run except tokens and waiting, for other drivers.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics_core::engine::{
    Answer, Custody, Fetched, Handle, Held, Partial, Record, Sealed, Settlement,
};
use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{Code, Error, MachineId, Now, PackageLink, PermitId, QuotaClass};
use serde_json::Value;

use crate::clock::Clock;
use crate::download::Downloads;
use crate::ledger::{Account, Folders, Session, Wanted};
use crate::transport::{Http, Transport};

/// Keeps records, claims, quotas and files for another driver of the
/// [engine](mde_forensics_core::engine).
///
/// Each method answers one command. Downloads use the driver's HTTP client and go to the output
/// folder as with a [`Client`](crate::Client): hashed while they stream, verified, with a manifest,
/// and never over an existing file.
pub struct Workspace {
    ledger: Session,
    transport: Transport,
    downloads: Option<Downloads>,
    told: Arc<Told>,
}

/// The last time that the driver passed in.
#[derive(Debug)]
struct Told(Mutex<Now>);

impl Told {
    fn note(&self, now: Now) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for Told {
    fn now(&self) -> Now {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, _: Duration, _: bool) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

impl Workspace {
    /// Creates a workspace that downloads into `folder` through `http` and keeps its ledger there,
    /// or in memory if there is no folder.
    ///
    /// `options` is written into manifests as the settings of the run. `account` says whose quotas
    /// are counted, and `quotas` how.
    ///
    /// Fails with `invalid_option` if the quota share is invalid, with `ledger_failed`, and with
    /// `credential_failed` if the system's random generator fails.
    pub fn new(
        folder: Option<PathBuf>,
        http: Arc<dyn Http>,
        options: Value,
        account: Account,
        quotas: QuotaOptions,
        now: Now,
    ) -> Result<Self, Error> {
        let told = Arc::new(Told(Mutex::new(now)));
        let clock: Arc<dyn Clock> = Arc::<Told>::clone(&told);
        let ledgers = Folders::new(account, quotas)?;
        let transport = Transport::Foreign(http);
        let Some(folder) = folder else {
            return Ok(Self {
                ledger: ledgers.in_memory(&clock),
                transport,
                downloads: None,
                told,
            });
        };
        let ledger = ledgers.session(&folder, &clock)?;
        let downloads = Some(Downloads::new(folder, options, transport.clone()));
        Ok(Self { ledger, transport, downloads, told })
    }

    /// The collections in the ledger, in the order in which they began.
    #[must_use]
    pub fn handles(&self) -> Vec<Handle> {
        self.ledger.load(Wanted::All)
    }

    /// Makes records durable. Fails with `ledger_failed`.
    pub fn append(&self, records: &[Record]) -> Result<(), Error> {
        self.ledger.append(records)
    }

    /// Answers [`Command::Claim`](mde_forensics_core::engine::Command::Claim).
    #[must_use]
    pub fn claim(&self, tenant: &str, machine: &MachineId, now: Now) -> Answer {
        self.told.note(now);
        match self.ledger.claim_alone(tenant, machine, now) {
            Ok(()) => Answer::Claimed,
            Err(until) => Answer::ClaimHeld(until),
        }
    }

    /// Answers [`Command::Permit`](mde_forensics_core::engine::Command::Permit).
    #[must_use]
    pub fn permit(&self, quota: QuotaClass, now: Now) -> Answer {
        self.told.note(now);
        let permit = self.ledger.permit(quota, now);
        self.ledger.sync();
        match permit {
            Ok(permit) => Answer::Granted(permit),
            Err(until) => Answer::Until(until),
        }
    }

    /// Carries out [`Command::Settle`](mde_forensics_core::engine::Command::Settle).
    pub fn settle(&self, permit: PermitId, settlement: Settlement, now: Now) {
        self.told.note(now);
        self.ledger.settle(permit, settlement, now);
    }

    /// Answers [`Command::Send`](mde_forensics_core::engine::Command::Send) through the driver's
    /// HTTP client. Nothing is sent after `not_after`, and at most `body_limit` bytes of the reply
    /// are kept.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
        not_after: Duration,
        now: Now,
    ) -> Answer {
        self.told.note(now);
        let sendable = not_after.saturating_sub(now.monotonic);
        Answer::Exchange(self.transport.send(request, body_limit, sendable).await)
    }

    /// Answers [`Command::Inspect`](mde_forensics_core::engine::Command::Inspect).
    pub async fn inspect(&self, name: &str) -> Answer {
        Answer::Held(match &self.downloads {
            Some(downloads) => downloads.inspect(name).await,
            None => Held::Conflict(no_folder()),
        })
    }

    /// Answers [`Command::Fetch`](mde_forensics_core::engine::Command::Fetch). `progress` receives
    /// the bytes so far and, if known, the total.
    pub async fn fetch(
        &self,
        link: PackageLink,
        name: &str,
        resume: Option<Partial>,
        progress: impl Fn(u64, Option<u64>) + Send + 'static,
    ) -> Answer {
        Answer::Fetched(match &self.downloads {
            Some(downloads) => downloads.fetch(link, name, resume, progress).await,
            None => Fetched::Output(no_folder()),
        })
    }

    /// Answers [`Command::Seal`](mde_forensics_core::engine::Command::Seal).
    pub async fn seal(
        &self,
        name: &str,
        custody: Custody,
        size: u64,
        sha256: String,
        keep_damaged: bool,
    ) -> Answer {
        Answer::Sealed(match &self.downloads {
            Some(downloads) => downloads.seal(name, custody, size, sha256, keep_damaged, ()).await,
            None => Sealed::Failed(no_folder()),
        })
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("downloads", &self.downloads).finish_non_exhaustive()
    }
}

fn no_folder() -> Error {
    Error::new(Code::InvalidOption, "there is no output folder to download into")
}
