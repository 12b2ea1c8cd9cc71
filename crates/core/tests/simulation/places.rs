//! Places in the quota, and what the ledger's file says of them, as drivers keep both.

use std::time::Duration;

use mde_forensics_core::engine::Settlement;
use mde_forensics_core::ledger::{Account, QuotaLine, Seen, snapshot};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Now, PermitId, QuotaClass, Tenant};

/// The quota of one program after the other, and the lines by which each knows of those before it.
pub(crate) struct Places {
    quotas: Quotas,
    by: u64,
    lines: Vec<QuotaLine>,
    /// How many lines, of those that came last, a crash may lose: that a place was given is on the disk before its call
    /// goes out, and what became of it is only written.
    unsynced: u64,
}

impl Places {
    pub(crate) fn new() -> Self {
        let quotas = Quotas::new(QuotaOptions::default());
        Self { quotas, by: 0, lines: Vec::new(), unsynced: 0 }
    }

    pub(crate) fn permit(&mut self, class: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        let permit = self.quotas.permit(class, now.monotonic)?;
        self.lines.push(QuotaLine::granted(self.by, account(), permit, now));
        self.unsynced = 0;
        Ok(permit)
    }

    pub(crate) fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.quotas.settle(permit, settlement, now.monotonic);
        self.lines.push(QuotaLine::settled(self.by, account(), permit, settlement, now));
        self.unsynced += 1;
    }

    pub(crate) fn unsynced(&self) -> u64 {
        self.unsynced
    }

    pub(crate) fn lose(&mut self, lines: u64) {
        self.lines.truncate(self.lines.len() - usize::try_from(lines).unwrap());
    }

    /// Another program, which has numbers of its own and knows what the file says.
    pub(crate) fn restart(&mut self, now: Now) {
        (self.by, self.unsynced) = (self.by + 1, 0);
        self.quotas = Quotas::new(QuotaOptions::default());
        let theirs = snapshot(&self.lines, self.by, &account(), &mut Seen::new(), now);
        self.quotas.absorb(&theirs, now.monotonic);
    }
}

fn account() -> Account {
    Account::new(&Tenant::parse("contoso.onmicrosoft.com").unwrap(), Some(crate::APP_ID))
}
