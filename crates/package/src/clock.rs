//! Times: what the host wrote, in UTC where that can be told, and how it was told.

mod calendar;
mod derive;
mod local;
mod stamp;

pub(crate) use calendar::{civil_micros, days_in_month, iso, iso_utc};
pub(crate) use derive::{Clues, derive, show as show_offset};
pub(crate) use local::{Local, Order, parse_clock_time, parse_local, split_clock_time};
pub use stamp::{DateOrderSource, Precision, Stamp, TzSource};

use calendar::may_have_changed;

/// How a package's local times are to be read, and how that was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// Seconds that the host was ahead of UTC when the package was collected.
    pub(crate) offset: Option<i32>,
    pub(crate) offset_source: Option<&'static str>,
    pub(crate) order: Option<Order>,
    pub(crate) order_source: DateOrderSource,
    /// The zone as `systeminfo` names it.
    pub(crate) zone_name: Option<String>,
    /// When the collection began, in microseconds since 1970 UTC.
    pub(crate) collected: Option<i64>,
    /// When the last command of the collection was recorded.
    pub(crate) ended: Option<i64>,
    /// Whether the host's dates are of the Buddhist calendar of Thailand.
    pub(crate) is_buddhist: bool,
}

/// The year of a collection; where it is not known, one that is late enough.
fn year(collected: Option<i64>) -> i32 {
    let seconds = collected.map(|micros| micros.div_euclid(1_000_000));
    let time = seconds.and_then(|at| time::OffsetDateTime::from_unix_timestamp(at).ok());
    time.map_or(2_030, time::OffsetDateTime::year)
}

impl Clock {
    /// Reads a local time in the host's short date pattern, such as `07-08-2025 14:56:17`.
    ///
    /// A text that is no time gives a stamp with its raw text and no value.
    pub(crate) fn local<'a>(&self, raw: &'a str) -> Stamp<'a> {
        self.date(raw).map_or(Stamp::unread(raw), |local| self.place(&local, raw))
    }

    /// Reads a local time as the Gregorian calendar has it.
    pub(crate) fn date(&self, raw: &str) -> Option<Local> {
        let (local, now) = (parse_local(raw)?, year(self.collected));
        if !local.is_of_another_calendar(now) {
            return Some(local);
        }
        local.of_buddhist(now).filter(|_| self.is_buddhist)
    }

    fn place<'a>(&self, local: &Local, raw: &'a str) -> Stamp<'a> {
        let (order, order_source) = match local.own_order() {
            Some((order, source)) => (Some(order), source),
            None => (self.order, self.order_source),
        };
        let micros = order.and_then(|order| local.micros(order));
        let utc = micros.zip(self.offset).and_then(|(micros, offset)| {
            micros.checked_sub(i64::from(offset).checked_mul(1_000_000)?)
        });
        let dst_uncertain = match (utc, self.collected, self.offset) {
            (Some(utc), Some(collected), Some(offset)) => {
                may_have_changed(utc, collected, offset, self.zone_name.as_deref())
            }
            _ => utc.is_some(),
        };
        Stamp {
            utc,
            raw,
            tz_source: if utc.is_some() { TzSource::InferredOffset } else { TzSource::Unknown },
            order_source: if micros.is_some() { order_source } else { DateOrderSource::Unknown },
            precision: local.precision(),
            dst_uncertain,
        }
    }
}
