//! What a device does again and again, the same for every collection from it.

use time::{Duration, OffsetDateTime};

use super::host::{Host, seconds};
use super::rng::Rng;

/// Something that happens again and again from the installation of Windows on.
///
/// It is settled by the device and not by the collection: what has happened before one collection
/// has also happened before every later one.
#[derive(Clone, Debug)]
pub(super) struct Habit {
    rng: Rng,
    since: OffsetDateTime,
    /// Seconds; it happens once in each period.
    period: u64,
}

impl Habit {
    /// The habit of that name, with a period of fifty minutes to three days.
    pub(super) fn of(host: &Host, name: &str) -> Self {
        let mut rng = host.lasting("habits").fork(name);
        let period = rng.range(3_000, 250_000);
        Self { rng, since: host.installed(), period }
    }

    /// How often it has happened in the periods that were over at `until`.
    pub(super) fn count(&self, until: OffsetDateTime) -> u64 {
        u64::try_from((until - self.since).whole_seconds()).unwrap_or(0) / self.period
    }

    /// When it happened in those periods, latest first.
    pub(super) fn latest(&self, until: OffsetDateTime) -> impl Iterator<Item = OffsetDateTime> {
        (0..self.count(until)).rev().map(|number| self.time(number))
    }

    fn time(&self, number: u64) -> OffsetDateTime {
        let within = self.rng.fork(&number.to_string()).below(self.period);
        let whole = i64::try_from(number.saturating_mul(self.period)).unwrap_or(i64::MAX);
        self.since.saturating_add(Duration::seconds(whole)).saturating_add(seconds(within))
    }
}
