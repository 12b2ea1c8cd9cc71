//! The quota lines of a ledger file: which calls were permitted and when, so that the quota
//! survives a restart.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::Account;
use crate::engine::Settlement;
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::quota::{QuotaOptions, QuotaScope, QuotaSnapshot, Quotas};
use crate::{Map, Now, PermitId};

/// One event of a permit.
#[derive(Clone, Debug, Serialize)]
pub struct QuotaLine {
    /// The process of the permit: other processes count theirs from 0 as well.
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
    /// The class is closed for this number of seconds.
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
    /// The permit was granted.
    #[must_use]
    pub fn granted(by: u64, account: Account, permit: PermitId, now: Now) -> Self {
        Self { by, account, permit, at: now.wall, what: What::Granted }
    }

    /// The permit was settled.
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
            // Round up: asking too early would be refused again.
            Settlement::Throttled(patience) => {
                let part = u64::from(patience.subsec_nanos() > 0);
                What::Throttled(patience.as_secs().saturating_add(part))
            }
            _ => What::Settled,
        };
        Self { by, account, permit, at: now.wall, what }
    }

    /// Whether the line still counts: no quota window reaches back to an older one.
    #[must_use]
    pub fn counts(&self, now: Now) -> bool {
        self.age(now) < REMEMBERED
    }

    /// A line from the future was written by a wrong clock; counting it as now is the safe choice.
    fn age(&self, now: Now) -> Duration {
        Duration::try_from(now.wall - self.at).unwrap_or_default()
    }
}

/// The permits of other processes that were already counted.
pub type Seen = Map<(u64, PermitId), ()>;

/// What processes other than `by` have used of the quotas of `account` and was not `seen` before,
/// to be [absorbed](Quotas::absorb) at `now`.
///
/// Only the wall clock tells a line's age. If that clock was set forward since, calls look older
/// than they are, and one extra quota of calls may be sent; no more, since these calls are counted
/// again.
#[must_use]
pub fn snapshot(
    lines: &[QuotaLine],
    by: u64,
    account: &Account,
    seen: &mut Seen,
    now: Now,
) -> QuotaSnapshot {
    let counts =
        |line: &&QuotaLine| line.by != by && line.counts(now) && line.account.may_be(account);
    // The absorbing quotas may have another scope and share.
    let options = QuotaOptions { scope: QuotaScope::App, ..QuotaOptions::default() };
    let mut quotas = Quotas::new(options);
    let mut permits = Map::new();
    for line in lines.iter().filter(counts) {
        let Some(class) = line.permit.class() else { continue };
        let (key, then) = ((line.by, line.permit), REMEMBERED.saturating_sub(line.age(now)));
        // The call was sent, even if the rule would not allow it at times from an adjusted clock. A
        // call that ended within the remembered time counts even if it began before.
        if !matches!(line.what, What::Released) && seen.insert(key, ()).is_none() {
            permits.insert(key, quotas.assume(class, then));
        }
        let Some(permit) = permits.get(&key).copied() else { continue };
        let settlement = match line.what {
            What::Granted => continue,
            What::Released => Settlement::Unused,
            What::Settled => Settlement::Answered,
            What::Throttled(seconds) => Settlement::Throttled(Duration::from_secs(seconds)),
        };
        quotas.settle(permit, settlement, then);
    }
    quotas.snapshot(REMEMBERED)
}

/// Twice the longest window.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);
