use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known};

/// Microseconds since 1970 of a civil time taken as UTC; `None` where no calendar has it.
pub(crate) fn civil_micros(
    (year, month, day): (i32, u8, u8),
    (hour, minute, second): (u8, u8, u8),
) -> Option<i64> {
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp().checked_mul(1_000_000)
}

/// How many days a month has, counted from 1; 0 where no year has such a month.
pub(crate) fn days_in_month(year: u16, month: u16) -> u8 {
    let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok());
    month.map_or(0, |month| month.length(year.into()))
}

/// Microseconds since 1970 of an RFC 3339 time.
pub(crate) fn iso_utc(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &well_known::Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000).ok()
}

/// A time as RFC 3339 has it, in UTC; fractions only where there are any.
pub(crate) fn iso(micros: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
    time.format(&well_known::Rfc3339).ok()
}

/// Whether the clocks may have changed between two times (microseconds, UTC) on a host that was `offset` seconds ahead
/// of UTC at the second of them.
///
/// Nothing in a package says what rules a zone had in the past. What is certain, by the IANA time zone database: since
/// March 2024 no zone at offsets from +04:00 to +09:00 changes its clocks (the last was Kazakhstan, on the 1st), and
/// since 2024 the others do so in spring and autumn only, at night, northern and southern alike, Morocco excepted.
pub(crate) fn may_have_changed(
    utc: i64,
    collected: i64,
    offset: i32,
    zone_name: Option<&str>,
) -> bool {
    const HOUR: i32 = 3_600;
    let local = |micros: i64| {
        OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000) + i64::from(offset))
    };
    let (Ok(first), Ok(last)) = (local(utc.min(collected)), local(utc.max(collected))) else {
        return true;
    };
    if (4 * HOUR..=9 * HOUR).contains(&offset) {
        return first.date() <= CHANGE_OF_KAZAKHSTAN;
    }
    let is_by_day = |time: OffsetDateTime| (5..21).contains(&time.hour());
    if first.date() == last.date() && is_by_day(first) && is_by_day(last) {
        return false;
    }
    if (offset == 0 || offset == HOUR) && zone_name.is_none_or(may_be_morocco) {
        return true;
    }
    let season = |time: OffsetDateTime| match (u8::from(time.month()), time.day()) {
        _ if time.year() < 2024 => None,
        (1..=2, _) => Some((time.year(), 0)),
        (5..=8, _) => Some((time.year(), 1)),
        (12, _) | (11, 16..) => Some((time.year() + 1, 0)),
        _ => None,
    };
    season(first).is_none() || season(first) != season(last)
}

/// Whether a zone may be Morocco's, which changes its clocks for Ramadan. Its name is the city's in every language that
/// is written in Latin letters.
fn may_be_morocco(zone_name: &str) -> bool {
    let is_latin = |c: char| !c.is_alphabetic() || c < '\u{250}';
    zone_name.contains("Casablanca") || !zone_name.chars().all(is_latin)
}

const CHANGE_OF_KAZAKHSTAN: Date = time::macros::date!(2024 - 03 - 01);

/// Locales of Windows whose short date begins with the month.
pub(super) const MONTH_FIRST: &[&str] = &[
    "chr-cher-us",
    "ee-gh",
    "ee-tg",
    "en-as",
    "en-bi",
    "en-gu",
    "en-mh",
    "en-mp",
    "en-ph",
    "en-pr",
    "en-um",
    "en-us",
    "en-vi",
    "es-pa",
    "es-pr",
    "es-us",
    "fil-ph",
    "lkt-us",
];

#[cfg(test)]
mod tests {
    use super::{iso_utc, may_have_changed};

    fn uncertain(first: &str, last: &str, hours: i32) -> bool {
        let micros = |text: &str| iso_utc(&format!("{text}T12:00:00Z")).unwrap();
        may_have_changed(micros(first), micros(last), hours * 3_600, Some("(UTC) Zone"))
    }

    #[test]
    fn a_summer_is_certain_and_a_year_is_not() {
        assert!(!uncertain("2025-05-02", "2025-08-07", 2));
        assert!(!uncertain("2024-12-20", "2025-02-10", 1));
        assert!(!uncertain("2025-11-20", "2026-01-10", -5));
        assert!(uncertain("2025-03-20", "2025-08-07", 2));
        assert!(uncertain("2024-08-07", "2025-08-07", 2));
        assert!(uncertain("2025-01-10", "2025-06-10", 1));
    }

    #[test]
    fn middle_asia_is_certain_since_its_last_change() {
        assert!(!uncertain("2024-03-10", "2025-08-07", 5));
        assert!(uncertain("2024-02-10", "2025-08-07", 5));
    }

    /// The IANA database says what really happened: no time that clocks lie between is called certain.
    #[test]
    fn what_is_certain_is_so_in_every_zone_of_the_world() {
        let seconds = |text: &str| iso_utc(text).unwrap() / 1_000_000;
        let (from, to) = (seconds("2018-01-01T00:00:00Z"), seconds("2028-01-01T00:00:00Z"));
        let since = seconds("2023-06-01T00:00:00Z");
        let offset_at = |zone: &jiff::tz::TimeZone, second: i64| {
            zone.to_offset(jiff::Timestamp::from_second(second).unwrap()).seconds()
        };
        let steps: Vec<i64> = [0, 1, 2, 3, 6, 10, 18, 30, 60, 20 * 24, 45 * 24, 90 * 24, 200 * 24]
            .into_iter()
            .map(|hours| hours * 3_600 + 60)
            .collect();
        let (mut zones, mut pairs) = (0, 0);
        for name in jiff::tz::db().available() {
            let zone = jiff::tz::TimeZone::get(name.as_str()).unwrap();
            let said = if matches!(name.as_str(), "Africa/Casablanca" | "Africa/El_Aaiun") {
                "(UTC+01:00) Casablanca"
            } else {
                "(UTC) Somewhere"
            };
            zones += 1;
            let changes = zone.following(jiff::Timestamp::from_second(from).unwrap());
            for change in changes.map(|it| it.timestamp().as_second()).take_while(|at| *at < to) {
                for (before, after) in
                    steps.iter().flat_map(|one| steps.iter().map(move |other| (one, other)))
                {
                    let (first, last) = (change - before, change + after);
                    let (was, is) = (offset_at(&zone, first), offset_at(&zone, last));
                    if was == is || last < since {
                        continue;
                    }
                    pairs += 1;
                    // What the package writes is local time, which is read by the offset of its collection.
                    let read = (first + i64::from(was) - i64::from(is)) * 1_000_000;
                    assert!(
                        may_have_changed(read, last * 1_000_000, is, Some(said)),
                        "{}: {before} s before and {after} s after {change}",
                        name.as_str(),
                    );
                }
            }
        }
        assert!(zones > 400 && pairs > 50_000, "{zones} zones, {pairs} pairs");
    }
}
