//! Where records, claims and quotas live.

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

/// The quotas of one app in one tenant, whatever folders its records go to.
type SharedQuotas = Arc<Mutex<Quotas>>;

/// Where records, claims and quotas live: small, so that another store is one more file.
pub trait Ledger: fmt::Debug + Send {
    /// The collections that are wanted, in the order in which they were begun, but for those that are not free: others
    /// are at work on them. A [`Book`] of what was appended answers this.
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle>;

    /// Appends records; they are durable when this returns. Fails with `ledger_failed`, and then none or some of them are.
    fn append(&mut self, records: &[Record]) -> Result<(), Error>;

    /// Takes a device for this run, until a record says that its collection was accepted or has ended. Fails with the
    /// monotonic time until which another process has it.
    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration>;

    /// A place in the quota, durable after [`sync`](Self::sync). Fails with the monotonic time at which to ask again if
    /// none is free now.
    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration>;

    /// What came of the call that had this permit.
    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now);

    /// Makes durable what was permitted, before the calls go out. Fails with `ledger_failed`.
    fn sync(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Takes what is to be logged of it. It is asked for once no lock is held: whoever hears the log may wait for a lock that
    /// another thread has, which waits for this ledger.
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
