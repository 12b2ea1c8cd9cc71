//! A ledger for one process that keeps nothing.

use std::time::Duration;

use mde_forensics_core::engine::{Record, Settlement};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

use super::Ledger;

/// A ledger for one process that keeps nothing when it ends.
#[derive(Debug)]
pub struct MemoryLedger {
    records: Vec<Record>,
    quotas: Quotas,
}

impl MemoryLedger {
    /// An empty ledger. `quotas` says how much of the service's quotas is ours.
    #[must_use]
    pub fn new(quotas: QuotaOptions) -> Self {
        Self::with_quotas(Quotas::new(quotas))
    }

    pub(super) fn with_quotas(quotas: Quotas) -> Self {
        Self { records: Vec::new(), quotas }
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(QuotaOptions::default())
    }
}

impl Ledger for MemoryLedger {
    fn load(&self) -> Vec<Record> {
        self.records.clone()
    }

    fn append(&mut self, mut records: Vec<Record>) -> Result<(), Error> {
        self.records.append(&mut records);
        Ok(())
    }

    /// Always taken: within one run the engine itself lets no device be collected twice.
    fn claim(&mut self, _: &str, _: &MachineId, _: Now) -> Result<(), Duration> {
        Ok(())
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        self.quotas.permit(quota, now.monotonic)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        match settlement {
            Settlement::Unused => self.quotas.release(permit),
            Settlement::Throttled(patience) => {
                self.quotas.settle(permit, now.monotonic);
                if let Some(class) = permit.class() {
                    self.quotas.throttled(class, now.monotonic + patience, now.monotonic);
                }
            }
            _ => self.quotas.settle(permit, now.monotonic),
        }
    }

    fn blocks(&self) -> bool {
        false
    }
}
