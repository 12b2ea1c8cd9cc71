//! The quota's part of a ledger file: who was let through when, so that a restart stays within the quota.

use std::collections::BTreeMap;
use std::time::Duration;

use mde_forensics_core::engine::Settlement;
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Now, PermitId, QuotaClass};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// One thing that happened to a permit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct QuotaLine {
    permit: PermitId,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    what: What,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Granted,
    Released,
    Settled,
    /// Closed for so many seconds.
    Throttled(u64),
}

impl QuotaLine {
    pub(super) fn granted(permit: PermitId, now: Now) -> Self {
        Self { permit, at: now.wall, what: What::Granted }
    }

    pub(super) fn settled(permit: PermitId, settlement: Settlement, now: Now) -> Self {
        let what = match settlement {
            Settlement::Unused => What::Released,
            Settlement::Throttled(patience) => What::Throttled(patience.as_secs()),
            _ => What::Settled,
        };
        Self { permit, at: now.wall, what }
    }
}

/// The quotas as an earlier run left them, seen from now.
pub(super) fn restore(lines: &[QuotaLine], options: QuotaOptions, now: Now) -> Quotas {
    // What lies in the future was written by a clock that was wrong; to count it as now is the careful reading.
    let age = |line: &QuotaLine| Duration::try_from(now.wall - line.at).unwrap_or_default();
    let recent: Vec<&QuotaLine> = lines.iter().filter(|line| age(line) < REMEMBERED).collect();
    let mut quotas = Quotas::new(options);
    let mut permits = BTreeMap::new();
    for line in recent {
        let then = REMEMBERED.saturating_sub(age(line));
        let known = permits.get(&line.permit).copied();
        match (line.what, known, line.permit.class()) {
            (What::Granted, _, Some(class)) => {
                if let Ok(permit) = quotas.permit(class, then) {
                    permits.insert(line.permit, permit);
                }
            }
            (What::Released, Some(permit), _) => quotas.release(permit),
            (What::Settled, Some(permit), _) => quotas.settle(permit, then),
            (What::Throttled(seconds), Some(permit), Some(class)) => {
                quotas.settle(permit, then);
                throttle(&mut quotas, class, then, seconds);
            }
            _ => {}
        }
    }
    quotas.abandon_open(REMEMBERED);
    Quotas::restore(options, &quotas.snapshot(REMEMBERED), now.monotonic)
}

fn throttle(quotas: &mut Quotas, class: QuotaClass, then: Duration, seconds: u64) {
    quotas.throttled(class, then.saturating_add(Duration::from_secs(seconds)), then);
}

/// Twice the longest window.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);
