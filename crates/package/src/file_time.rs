use std::fmt;

use crate::clock::days_in_month;

/// A Windows `FILETIME`: 100-nanosecond ticks since 1601-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(u64);

impl FileTime {
    /// The time that is `ticks` steps of 100 nanoseconds after 1601-01-01T00:00:00Z.
    #[must_use]
    pub const fn new(ticks: u64) -> Self {
        Self(ticks)
    }

    /// The number of 100-nanosecond steps since 1601-01-01.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// Microseconds since 1970-01-01, truncated; `None` if they do not fit in 64 bits.
    #[must_use]
    pub fn unix_micros(self) -> Option<i64> {
        i64::try_from(self.0).ok()?.checked_sub(UNIX_EPOCH).map(|ticks| ticks.div_euclid(10))
    }

    /// Year, month, day, hour, minute, second, and the 100-nanosecond steps within the second;
    /// `None` after the year 9999.
    #[must_use]
    pub fn parts(self) -> Option<(u16, u8, u8, u8, u8, u8, u32)> {
        let (days, rest) = (self.0 / DAY, self.0 % DAY);
        let (seconds, ticks) = (rest / SECOND, rest % SECOND);
        if days > LAST_DAY {
            return None;
        }
        // Days since the 1st of March of the year 0, in eras of 400 years.
        let days = days + MARCH_OF_0_TO_1601;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        let small = |number: u64| number.to_le_bytes()[0];
        Some((
            u16::try_from(era * 400 + year).ok()?,
            small(month),
            small(day),
            small(seconds / 3_600),
            small(seconds / 60 % 60),
            small(seconds % 60),
            u32::try_from(ticks).ok()?,
        ))
    }

    /// The time of a date, a time of day and steps of 100 nanoseconds; `None` where a calendar has no
    /// such day or a clock no such time.
    pub(crate) fn from_parts(
        (year, month, day): (u16, u16, u16),
        (hour, minute, second): (u16, u16, u16),
        ticks: u32,
    ) -> Option<Self> {
        let last = u16::from(days_in_month(year, month));
        let is_time = hour < 24 && minute < 60 && second < 60 && u64::from(ticks) < SECOND;
        if !(1601..=9999).contains(&year) || !(1..=last).contains(&day) || !is_time {
            return None;
        }
        // Years and months from the 1st of March.
        let (year, month) =
            if month > 2 { (u64::from(year), month - 3) } else { (u64::from(year) - 1, month + 9) };
        // The first two months of 1601 lie behind the days that are taken off.
        let days = 365 * year + year / 4 - year / 100
            + year / 400
            + u64::from((153 * month + 2) / 5 + day - 1)
            - MARCH_OF_0_TO_1601;
        let seconds = u64::from(hour) * 3_600 + u64::from(minute) * 60 + u64::from(second);
        Some(Self(days * DAY + seconds * SECOND + u64::from(ticks)))
    }

    /// Reads `2025-08-07T13:01:50.1234567Z`, with up to nine decimals or none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, decimals) = time.split_once('.').unwrap_or((time, "0"));
        let three = |text: &str, sign| {
            let mut parts = text.split(sign).map(|part| part.parse().ok());
            let found = (parts.next()??, parts.next()??, parts.next()??);
            parts.next().is_none().then_some(found)
        };
        let decimals = decimals.get(..7).unwrap_or(decimals);
        let scale = 10_u32.pow(u32::try_from(7_usize.checked_sub(decimals.len())?).ok()?);
        let ticks = decimals.parse::<u32>().ok()?.checked_mul(scale)?;
        Self::from_parts(three(date, '-')?, three(time, ':')?, ticks)
    }

    /// Writes it as ISO 8601 with seven decimals, `2025-08-07T13:01:50.1234567Z`.
    ///
    /// Does nothing and returns `false` after the year 9999.
    pub(crate) fn push_to(self, text: &mut String) -> bool {
        let Some((year, month, day, hour, minute, second, ticks)) = self.parts() else {
            return false;
        };
        let mut shown = *b"0000-00-00T00:00:00.0000000Z";
        digits(&mut shown, 0..4, year.into());
        for (at, number) in [(5, month), (8, day), (11, hour), (14, minute), (17, second)] {
            digits(&mut shown, at..at + 2, number.into());
        }
        digits(&mut shown, 20..27, ticks);
        text.push_str(std::str::from_utf8(&shown).unwrap_or_default());
        true
    }
}

impl fmt::Display for FileTime {
    /// ISO 8601 with seven decimals, or the number of ticks after the year 9999.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(28);
        if self.push_to(&mut text) { f.pad(&text) } else { write!(f, "{:#018x}", self.0) }
    }
}

fn digits(shown: &mut [u8], places: std::ops::Range<usize>, mut number: u32) {
    for place in shown.get_mut(places).unwrap_or_default().iter_mut().rev() {
        *place = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
    }
}

/// Days from the 1st of March of the year 0 to 1601-01-01.
const MARCH_OF_0_TO_1601: u64 = 584_694;

/// Ticks from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

const SECOND: u64 = 10_000_000;

const DAY: u64 = 86_400 * SECOND;

/// Days from 1601-01-01 to 9999-12-31.
const LAST_DAY: u64 = 3_067_670;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_the_gregorian_one() {
        let show = |ticks| FileTime::new(ticks).to_string();
        assert_eq!(show(0), "1601-01-01T00:00:00.0000000Z");
        assert_eq!(show(116_444_736_000_000_000), "1970-01-01T00:00:00.0000000Z");
        assert_eq!(show(133_990_453_101_234_567), "2025-08-07T13:01:50.1234567Z");
        assert_eq!(show((LAST_DAY + 1) * DAY - 1), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(show((LAST_DAY + 1) * DAY), "0x24c85a5ed1c04000");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1601, 1, 1);
        for days in 0..=LAST_DAY {
            let parts = FileTime::new(days * DAY).parts().unwrap();
            assert_eq!((parts.0, parts.1, parts.2), (year, month, day));
            let date = (year, month.into(), day.into());
            let back = FileTime::from_parts(date, (23, 59, 58), 7).unwrap();
            assert_eq!(back.ticks(), days * DAY + (86_398 * SECOND) + 7);
            assert_eq!(FileTime::parse(&back.to_string()), Some(back));
            assert_eq!(FileTime::from_parts((year, month.into(), 32), (0, 0, 0), 0), None);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn microseconds_are_cut() {
        assert_eq!(FileTime::new(116_444_736_000_000_019).unix_micros(), Some(1));
        assert_eq!(FileTime::new(116_444_735_999_999_999).unix_micros(), Some(-1));
        assert_eq!(FileTime::new(u64::MAX).unix_micros(), None);
    }
}
