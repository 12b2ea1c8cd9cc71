//! An in-memory ledger for one process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::engine::{Handle, Record, Settlement};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

use super::session::lock;
use super::{Book, Ledger, SharedQuotas, Wanted};

/// An in-memory ledger for one process; nothing is kept when it ends.
#[derive(Debug)]
pub struct MemoryLedger {
    book: Book,
    quotas: SharedQuotas,
}

impl MemoryLedger {
    /// Creates an empty ledger. `quotas` says which share of the service's quotas is ours.
    #[must_use]
    pub fn new(quotas: QuotaOptions) -> Self {
        Self::sharing(Arc::new(Mutex::new(Quotas::new(quotas))))
    }

    pub(super) fn sharing(quotas: SharedQuotas) -> Self {
        Self { book: Book::default(), quotas }
    }

    /// The same with a book that [forgets](Book::forgetful).
    pub(super) fn forgetful(quotas: SharedQuotas) -> Self {
        Self { book: Book::forgetful(), quotas }
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(QuotaOptions::default())
    }
}

impl Ledger for MemoryLedger {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        self.book.handles(wanted).filter(|handle| is_free(handle)).cloned().collect()
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        for record in records {
            self.book.append(record);
        }
        Ok(())
    }

    /// Always succeeds: the process separates its runs before they claim.
    fn claim(&mut self, _: &str, _: &MachineId, _: Now) -> Result<(), Duration> {
        Ok(())
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        lock(&self.quotas).permit(quota, now.monotonic)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        lock(&self.quotas).settle(permit, settlement, now.monotonic);
    }

    fn blocks(&self) -> bool {
        false
    }
}
