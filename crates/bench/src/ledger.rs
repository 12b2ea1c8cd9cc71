//! A ledger for services without quotas.

use std::time::Duration;

use mde_forensics::{Ledger, MemoryLedger, Wanted};
use mde_forensics_core::engine::{Handle, Record, Settlement};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};

/// A memory ledger that permits every call: its calls are an hour apart in the eyes of the quotas.
#[derive(Debug, Default)]
pub(crate) struct Unlimited {
    ledger: MemoryLedger,
    calls: u32,
}

impl Unlimited {
    fn at(&self, now: Now) -> Now {
        Now { monotonic: now.monotonic + HOUR * self.calls, ..now }
    }
}

impl Ledger for Unlimited {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        self.ledger.load(wanted, is_free)
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        self.ledger.append(records)
    }

    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration> {
        self.ledger.claim(tenant, machine, now)
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        self.calls += 1;
        let now = self.at(now);
        self.ledger.permit(quota, now)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        let now = self.at(now);
        self.ledger.settle(permit, settlement, now);
    }

    fn blocks(&self) -> bool {
        self.ledger.blocks()
    }
}

const HOUR: Duration = Duration::from_secs(3_600);
