//! A ledger for one process that keeps nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::engine::{Record, Settlement};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

use super::session::lock;
use super::{Ledger, SharedQuotas};

/// A ledger for one process that keeps nothing when it ends.
#[derive(Debug)]
pub struct MemoryLedger {
    records: Vec<Record>,
    quotas: SharedQuotas,
}

impl MemoryLedger {
    /// An empty ledger. `quotas` says how much of the service's quotas is ours.
    #[must_use]
    pub fn new(quotas: QuotaOptions) -> Self {
        Self::sharing(Arc::new(Mutex::new(Quotas::new(quotas))))
    }

    pub(super) fn sharing(quotas: SharedQuotas) -> Self {
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

    fn load_some(&self, is_wanted: &dyn Fn(&Record) -> bool) -> Vec<Record> {
        self.records.iter().filter(|record| is_wanted(record)).cloned().collect()
    }

    fn append(&mut self, mut records: Vec<Record>) -> Result<(), Error> {
        self.records.append(&mut records);
        Ok(())
    }

    /// Always taken: the runs of one process are kept apart before they ask.
    fn claim(&mut self, _: &str, _: &MachineId, _: Now) -> Result<(), Duration> {
        Ok(())
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        lock(&self.quotas).permit(quota, now.monotonic)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        let mut quotas = lock(&self.quotas);
        match settlement {
            Settlement::Unused => quotas.release(permit),
            Settlement::Throttled(patience) => {
                quotas.settle(permit, now.monotonic);
                if let Some(class) = permit.class() {
                    let until = now.monotonic.saturating_add(patience);
                    quotas.throttled(class, until, now.monotonic);
                }
            }
            _ => quotas.settle(permit, now.monotonic),
        }
    }

    fn blocks(&self) -> bool {
        false
    }
}
