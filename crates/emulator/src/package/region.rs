//! Dates and numbers as a Windows region format prints them.

use time::OffsetDateTime;

/// A region format (English words only; no localised package has been seen).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    Australia,
    Britain,
    Canada,
    India,
    America,
}

impl Region {
    pub(super) const ALL: [&'static Self; 5] =
        [&Self::Australia, &Self::Britain, &Self::Canada, &Self::India, &Self::America];

    /// As `systeminfo` prints "System Locale".
    pub(super) fn locale(self) -> &'static str {
        match self {
            Self::Australia => "en-au;English (Australia)",
            Self::Britain => "en-gb;English (United Kingdom)",
            Self::Canada => "en-ca;English (Canada)",
            Self::India => "en-in;English (India)",
            Self::America => "en-us;English (United States)",
        }
    }

    /// The short date.
    pub(super) fn date(self, t: OffsetDateTime) -> String {
        let (y, m, d) = (t.year(), u8::from(t.month()), t.day());
        match self {
            Self::Australia => format!("{d}/{m:02}/{y}"),
            Self::Britain => format!("{d:02}/{m:02}/{y}"),
            Self::Canada => format!("{y}-{m:02}-{d:02}"),
            Self::India => format!("{d:02}-{m:02}-{y}"),
            Self::America => format!("{m}/{d}/{y}"),
        }
    }

    /// The long time, with seconds.
    pub(super) fn time(self, t: OffsetDateTime) -> String {
        let (m, s) = (t.minute(), t.second());
        if self.has_half_days() {
            format!("{}:{m:02}:{s:02} {}", half_day_hour(t), half(t))
        } else {
            format!("{:02}:{m:02}:{s:02}", t.hour())
        }
    }

    /// The short time, without seconds.
    pub(super) fn minutes(self, t: OffsetDateTime) -> String {
        if self.has_half_days() {
            format!("{}:{:02} {}", half_day_hour(t), t.minute(), half(t))
        } else {
            format!("{:02}:{:02}", t.hour(), t.minute())
        }
    }

    /// Short date and long time.
    pub(super) fn date_time(self, t: OffsetDateTime) -> String {
        format!("{} {}", self.date(t), self.time(t))
    }

    /// Long date and long time, as `robocopy` and `ipconfig` print them.
    pub(super) fn long(self, t: OffsetDateTime) -> String {
        let (day, month, year, weekday) = (t.day(), t.month(), t.year(), t.weekday());
        let date = match self {
            Self::Australia => format!("{weekday}, {day} {month} {year}"),
            Self::Britain | Self::India => format!("{day:02} {month} {year}"),
            Self::Canada => format!("{month} {day}, {year}"),
            Self::America => format!("{weekday}, {month} {day}, {year}"),
        };
        format!("{date} {}", self.time(t))
    }

    /// Date and time in the columns of `dir`, which pads both to two digits.
    pub(super) fn dir(self, t: OffsetDateTime) -> String {
        let date = match self {
            Self::Australia => format!("{:02}/{:02}/{}", t.day(), u8::from(t.month()), t.year()),
            Self::America => format!("{:02}/{:02}/{}", u8::from(t.month()), t.day(), t.year()),
            Self::Britain | Self::Canada | Self::India => self.date(t),
        };
        if self.has_half_days() {
            format!("{date}  {:02}:{:02} {}", half_day_hour(t), t.minute(), half(t))
        } else {
            format!("{date}  {}", self.minutes(t))
        }
    }

    /// A number with the region's grouping, which is by two after the thousands in India.
    pub(super) fn grouped(self, number: u64) -> String {
        let step = if self == Self::India { 2 } else { 3 };
        let digits = number.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            let left = digits.len() - index;
            if index > 0 && (left == 3 || left > 3 && (left - 3).is_multiple_of(step)) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }

    fn has_half_days(self) -> bool {
        matches!(self, Self::Australia | Self::Canada | Self::America)
    }
}

fn half_day_hour(t: OffsetDateTime) -> u8 {
    match t.hour() % 12 {
        0 => 12,
        hour => hour,
    }
}

fn half(t: OffsetDateTime) -> &'static str {
    if t.hour() < 12 { "AM" } else { "PM" }
}

/// A number with a comma before every third digit, as `dir` prints it in every English format.
pub(super) fn thousands(number: u64) -> String {
    Region::Britain.grouped(number)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_and_numbers_follow_the_region() {
        let t = datetime!(2025-08-07 00:05:09 UTC);
        assert_eq!(Region::America.date_time(t), "8/7/2025 12:05:09 AM");
        assert_eq!(Region::India.date_time(t), "07-08-2025 00:05:09");
        assert_eq!(Region::America.dir(t), "08/07/2025  12:05 AM");
        assert_eq!(Region::Britain.dir(t), "07/08/2025  00:05");
        assert_eq!(Region::Australia.long(t), "Thursday, 7 August 2025 12:05:09 AM");
        assert_eq!(Region::India.grouped(15_215_583), "1,52,15,583");
        assert_eq!(thousands(381_325_835), "381,325,835");
        assert_eq!(thousands(12), "12");
    }
}
