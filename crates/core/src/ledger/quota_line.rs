//! The quota's part of a ledger file: who was let through when, so that a restart stays within the quota.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::Account;
use crate::engine::Settlement;
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::quota::{QuotaOptions, QuotaSnapshot, Quotas};
use crate::{Map, Now, PermitId, QuotaClass};

/// One thing that happened to a permit.
#[derive(Clone, Debug, Serialize)]
pub struct QuotaLine {
    /// Whose permit it is: other processes count theirs from 0 as well.
    by: u64,
    #[serde(flatten)]
    account: Account,
    permit: PermitId,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    what: What,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Granted,
    Released,
    Settled,
    /// Closed for so many seconds.
    Throttled(u64),
}

impl Read for QuotaLine {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                by: fields.take("by")?,
                account: Account::take(fields)?,
                permit: fields.take("permit")?,
                at: fields.take("at")?,
                what: fields.take("what")?,
            })
        })
    }
}

impl Read for What {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        if let Json::Object(_) = json {
            return Fields::read(json, |fields| fields.take("throttled").map(Self::Throttled));
        }
        match String::read(json)?.as_str() {
            "granted" => Ok(Self::Granted),
            "released" => Ok(Self::Released),
            "settled" => Ok(Self::Settled),
            other => Err(Wrong::unknown(other)),
        }
    }
}

deserialize!(QuotaLine);

impl QuotaLine {
    /// The permit was given.
    #[must_use]
    pub fn granted(by: u64, account: Account, permit: PermitId, now: Now) -> Self {
        Self { by, account, permit, at: now.wall, what: What::Granted }
    }

    /// This came of the permit.
    #[must_use]
    pub fn settled(
        by: u64,
        account: Account,
        permit: PermitId,
        settlement: Settlement,
        now: Now,
    ) -> Self {
        let what = match settlement {
            Settlement::Unused => What::Released,
            Settlement::Throttled(patience) => What::Throttled(patience.as_secs()),
            _ => What::Settled,
        };
        Self { by, account, permit, at: now.wall, what }
    }
}

/// The permits of other processes that have been counted already.
pub type Seen = Map<(u64, PermitId), ()>;

/// What others than `by` have done with the quotas of `account` and was not `seen` before, as ages from now.
#[must_use]
pub fn snapshot(
    lines: &[QuotaLine],
    by: u64,
    account: &Account,
    seen: &mut Seen,
    options: QuotaOptions,
    now: Now,
) -> QuotaSnapshot {
    // What lies in the future was written by a clock that was wrong; to count it as now is the careful reading.
    let age = |line: &QuotaLine| Duration::try_from(now.wall - line.at).unwrap_or_default();
    let counts =
        |line: &&QuotaLine| line.by != by && age(line) < REMEMBERED && line.account.may_be(account);
    let recent: Vec<&QuotaLine> = lines.iter().filter(counts).collect();
    let mut quotas = Quotas::new(options);
    let mut permits = Map::new();
    for line in recent {
        let then = REMEMBERED.saturating_sub(age(line));
        let known = permits.get(&(line.by, line.permit)).copied();
        match (line.what, known, line.permit.class()) {
            (What::Granted, _, Some(class))
                if seen.insert((line.by, line.permit), ()).is_none() =>
            {
                // It has gone out, whatever the rule makes of the times of a clock that may have been set.
                permits.insert((line.by, line.permit), quotas.assume(class, then));
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
    quotas.snapshot(REMEMBERED)
}

fn throttle(quotas: &mut Quotas, class: QuotaClass, then: Duration, seconds: u64) {
    quotas.throttled(class, then.saturating_add(Duration::from_secs(seconds)), then);
}

/// Twice the longest window.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);
