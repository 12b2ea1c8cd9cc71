use std::fmt;

/// A time as Windows keeps it: steps of 100 nanoseconds since 1601-01-01 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(u64);

impl FileTime {
    /// The time that is `ticks` steps of 100 nanoseconds after 1601-01-01T00:00:00Z.
    #[must_use]
    pub const fn new(ticks: u64) -> Self {
        Self(ticks)
    }

    /// Steps of 100 nanoseconds since 1601-01-01.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// Nanoseconds since 1970-01-01; `None` outside of the years 1678 to 2262, which 64 bits cannot
    /// tell.
    #[must_use]
    pub fn unix_nanos(self) -> Option<i64> {
        let ticks = i64::try_from(self.0).ok()?.checked_sub(UNIX_EPOCH)?;
        ticks.checked_mul(100)
    }

    /// Year, month, day, hour, minute, second, and the steps of 100 nanoseconds within the second;
    /// `None` after the year 9999.
    #[must_use]
    pub fn parts(self) -> Option<(u16, u8, u8, u8, u8, u8, u32)> {
        let (days, rest) = (self.0 / DAY, self.0 % DAY);
        let (seconds, ticks) = (rest / SECOND, rest % SECOND);
        if days > LAST_DAY {
            return None;
        }
        // Days since the 1st of March of the year 0, in eras of 400 years.
        let days = days + 584_694;
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
    fn nanoseconds_end_where_64_bits_end() {
        assert_eq!(FileTime::new(116_444_736_000_000_001).unix_nanos(), Some(100));
        assert_eq!(FileTime::new(0).unix_nanos(), None);
        assert_eq!(FileTime::new(u64::MAX).unix_nanos(), None);
    }
}
