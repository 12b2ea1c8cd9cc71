//! Time zones as `systeminfo` names them, and the offset that holds at an instant.

use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

/// A Windows time zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone {
    /// As the line "Time Zone" has it: always the standard offset, also in summer.
    pub(super) label: &'static str,
    standard_minutes: i32,
    summer: Summer,
}

#[derive(Clone, Copy, Debug)]
enum Summer {
    Never,
    /// Last Sunday of March to last Sunday of October, at 01:00 UTC.
    Europe,
    /// Second Sunday of March to first Sunday of November, at 02:00 local time.
    America,
}

impl Zone {
    /// The offset from UTC that holds at this instant.
    pub(super) fn offset_at(self, instant: OffsetDateTime) -> UtcOffset {
        let minutes = self.standard_minutes + if self.is_summer(instant) { 60 } else { 0 };
        UtcOffset::from_whole_seconds(minutes * 60).unwrap_or(UtcOffset::UTC)
    }

    fn is_summer(self, instant: OffsetDateTime) -> bool {
        let year = instant.year();
        let standard = i64::from(self.standard_minutes) * 60;
        let bounds = match self.summer {
            Summer::Never => None,
            Summer::Europe => last_sunday(year, Month::March)
                .zip(last_sunday(year, Month::October))
                .map(|(start, end)| (start + 3600, end + 3600)),
            Summer::America => first_sunday(year, Month::March)
                .zip(first_sunday(year, Month::November))
                .map(|(start, end)| (start + WEEK + 7200 - standard, end + 3600 - standard)),
        };
        bounds.is_some_and(|(start, end)| (start..end).contains(&instant.unix_timestamp()))
    }
}

/// Midnight UTC of the month's first Sunday, in Unix seconds.
fn first_sunday(year: i32, month: Month) -> Option<i64> {
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let date = if first.weekday() == Weekday::Sunday {
        first
    } else {
        first.next_occurrence(Weekday::Sunday)
    };
    Some(date.midnight().assume_utc().unix_timestamp())
}

fn last_sunday(year: i32, month: Month) -> Option<i64> {
    let first = first_sunday(year, month)?;
    let days = i64::from(month.length(year)) * 86_400;
    let midnight = Date::from_calendar_date(year, month, 1).ok()?.midnight().assume_utc();
    let end = midnight.unix_timestamp() + days;
    Some(first + (end - 1 - first) / WEEK * WEEK)
}

const WEEK: i64 = 7 * 86_400;

/// The zones that a seed chooses from.
pub(super) const ZONES: [&Zone; 11] = [
    &zone("(UTC) Coordinated Universal Time", 0, Summer::Never),
    &zone("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", 0, Summer::Europe),
    &zone("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 60, Summer::Europe),
    &zone("(UTC-05:00) Eastern Time (US & Canada)", -300, Summer::America),
    &zone("(UTC-08:00) Pacific Time (US & Canada)", -480, Summer::America),
    &zone("(UTC-07:00) Arizona", -420, Summer::Never),
    &zone("(UTC-03:30) Newfoundland", -210, Summer::America),
    &zone("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", 330, Summer::Never),
    &zone("(UTC+05:45) Kathmandu", 345, Summer::Never),
    &zone("(UTC+09:00) Osaka, Sapporo, Tokyo", 540, Summer::Never),
    &zone("(UTC+10:00) Brisbane", 600, Summer::Never),
];

const fn zone(label: &'static str, standard_minutes: i32, summer: Summer) -> Zone {
    Zone { label, standard_minutes, summer }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn minutes(label: &str, instant: OffsetDateTime) -> i16 {
        let zone = ZONES.into_iter().find(|zone| zone.label.contains(label)).unwrap();
        zone.offset_at(instant).whole_minutes()
    }

    #[test]
    fn summer_begins_and_ends_when_the_law_says() {
        assert_eq!(minutes("Berlin", datetime!(2025-03-30 00:59:59 UTC)), 60);
        assert_eq!(minutes("Berlin", datetime!(2025-03-30 01:00 UTC)), 120);
        assert_eq!(minutes("Berlin", datetime!(2025-10-26 00:59:59 UTC)), 120);
        assert_eq!(minutes("Berlin", datetime!(2025-10-26 01:00 UTC)), 60);
        assert_eq!(minutes("Eastern", datetime!(2025-03-09 06:59:59 UTC)), -300);
        assert_eq!(minutes("Eastern", datetime!(2025-03-09 07:00 UTC)), -240);
        assert_eq!(minutes("Eastern", datetime!(2025-11-02 05:59:59 UTC)), -240);
        assert_eq!(minutes("Eastern", datetime!(2025-11-02 06:00 UTC)), -300);
        assert_eq!(minutes("Kathmandu", datetime!(2025-07-01 00:00 UTC)), 345);
    }
}
