//! Ledgers: where records, claims and quotas are kept.

mod compact;
mod file;
mod folders;
mod lock;
mod memory;
mod session;
mod tally;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::engine::{Handle, Record, Settlement};
use mde_forensics_core::quota::Quotas;
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

pub use file::FileLedger;
pub(crate) use folders::Folders;
pub use mde_forensics_core::ledger::{Account, Book, Wanted};
pub use memory::MemoryLedger;
pub(crate) use session::{Session, Shared};
pub(crate) use tally::{Tallied, Tally};

/// A ledger that several runs may share.
pub(crate) type SharedLedger = Arc<Mutex<dyn Ledger>>;

/// The quotas of one app in one tenant, shared by all its folders.
type SharedQuotas = Arc<Mutex<Quotas>>;

/// Where records, claims and quotas are kept. The trait is small, so that another store is easy to
/// add.
pub trait Ledger: fmt::Debug + Send {
    /// Returns the wanted collections in the order in which they began, except those that are not
    /// free because another run is working on them. A [`Book`] of the appended records answers
    /// this.
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle>;

    /// Appends records; they are durable when this returns. Fails with `ledger_failed`; then some
    /// or none of them are durable.
    fn append(&mut self, records: &[Record]) -> Result<(), Error>;

    /// Claims a device for this run, until a record says that its collection was accepted or has
    /// ended. Fails with the monotonic time until which another process holds the claim.
    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration>;

    /// Takes a slot in the quota, durable after [`sync`](Self::sync). Fails with the monotonic time
    /// at which to ask again if no slot is free.
    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration>;

    /// Reports the result of the call that had this permit.
    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now);

    /// Makes permits durable before their calls are sent. Fails with `ledger_failed`.
    fn sync(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Takes the pending log messages. Called when no lock is held: a log handler may wait for a
    /// lock whose holder waits for this ledger.
    fn warnings(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Whether [`append`](Self::append) and [`sync`](Self::sync) wait for a disk.
    fn blocks(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
