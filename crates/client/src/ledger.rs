//! Where records, claims and quotas live.

mod file;
mod memory;
mod quota_line;

use std::fmt;
use std::time::Duration;

use mde_forensics_core::engine::{Record, Settlement};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

pub use file::FileLedger;
pub use memory::MemoryLedger;

/// Where records, claims and quotas live: small, so that another store is one more file.
pub trait Ledger: fmt::Debug + Send {
    /// All records so far, in the order in which they were appended.
    fn load(&self) -> Vec<Record>;

    /// Appends records; they are durable when this returns. Fails with `ledger_failed`, and then none or some of them are.
    fn append(&mut self, records: Vec<Record>) -> Result<(), Error>;

    /// Takes a device for this run, or says until which monotonic time another process has it.
    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration>;

    /// A place in the quota, or the monotonic time at which to ask again.
    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration>;

    /// What came of the call that had this permit.
    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now);

    /// Whether [`append`](Self::append) waits for a disk.
    fn blocks(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
