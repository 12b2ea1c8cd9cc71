use super::{DateOrderSource, Precision, civil_micros};

/// How a date is written in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Day,
    Month,
}

impl Order {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day_month_year",
            Self::Month => "month_day_year",
        }
    }
}

/// A date and a time of day as a host wrote them, with day and month perhaps not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    year: i32,
    /// Whether it was written with two digits.
    is_short: bool,
    date: MonthAndDay,
    time: Option<TimeOfDay>,
}

/// Hours, minutes, and seconds if there are any.
pub(crate) type TimeOfDay = (u8, u8, Option<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MonthAndDay {
    /// Told by the format: the year stands first, or the month has a name.
    Told { month: u8, day: u8 },
    /// Two numbers, in the order in which they stand.
    Pair(u8, u8),
}

impl Local {
    /// The order, if the date fits one only, and how that was told.
    pub(crate) fn own_order(&self) -> Option<(Order, DateOrderSource)> {
        let order = match self.date {
            // Nothing hangs on it.
            MonthAndDay::Told { .. } => return Some((Order::Month, DateOrderSource::Format)),
            MonthAndDay::Pair(13.., 1..=12) => Order::Day,
            MonthAndDay::Pair(1..=12, 13..) => Order::Month,
            // The same day either way.
            MonthAndDay::Pair(one, other) if one == other => Order::Day,
            MonthAndDay::Pair(..) => return None,
        };
        Some((order, DateOrderSource::Unambiguous))
    }

    /// Whether the order that it fits says something of other dates.
    pub(crate) fn tells_order(&self) -> Option<Order> {
        match self.date {
            MonthAndDay::Pair(one, other) if one != other => self.own_order().map(|(own, _)| own),
            _ => None,
        }
    }

    /// Whether its year is none of this calendar, if it was written in the year `now`: what Windows writes is of the past,
    /// or soon. Years of four digits are so only where no host can mean them.
    pub(crate) fn is_of_another_calendar(&self, now: i32) -> bool {
        let last = if self.is_short { now + SOON } else { LAST };
        !(FIRST..=last).contains(&self.year)
    }

    /// The same by the Gregorian calendar, where it was written by the Buddhist one of Thailand: its months and days are
    /// the same. `None` where the year `now` is before it, or long after it.
    pub(crate) fn of_buddhist(mut self, now: i32) -> Option<Self> {
        self.year -= BUDDHIST;
        (!self.is_short && (FIRST..=now + SOON).contains(&self.year)).then_some(self)
    }

    /// Microseconds since 1970 if it were UTC.
    pub(crate) fn micros(&self, order: Order) -> Option<i64> {
        let (month, day) = match (self.date, order) {
            (MonthAndDay::Told { month, day }, _) | (MonthAndDay::Pair(day, month), Order::Day) => {
                (month, day)
            }
            (MonthAndDay::Pair(month, day), Order::Month) => (month, day),
        };
        let (hour, minute, second) = self.time.unwrap_or((0, 0, None));
        civil_micros((self.year, month, day), (hour, minute, second.unwrap_or(0)))
    }

    pub(crate) fn precision(&self) -> Precision {
        match self.time {
            Some((_, _, Some(_))) => Precision::Second,
            Some((_, _, None)) => Precision::Minute,
            None => Precision::Day,
        }
    }
}

/// Reads a short date of a host and perhaps a time of day, and nothing else: `07-08-2025 14:56:17`, `8/7/2025 2:56:17
/// PM`, `07.08.2025, 14:56`, `2025-08-07 14:56:17`, `07-Aug-25`.
pub(crate) fn parse_local(text: &str) -> Option<Local> {
    if text.len() > LONGEST {
        return None;
    }
    let text = plain(text);
    let (first, rest) = part(text.trim())?;
    let mark = rest.chars().next().filter(|mark| "-/.".contains(*mark))?;
    let (second, rest) = part(rest.strip_prefix(mark)?.trim_start())?;
    let (third, rest) = part(rest.strip_prefix(mark)?.trim_start())?;
    let (written, date) = match (first.len(), month(second)) {
        (_, Some(month)) => (third, MonthAndDay::Told { month, day: small(first, 31)? }),
        (4, None) => {
            (first, MonthAndDay::Told { month: small(second, 12)?, day: small(third, 31)? })
        }
        _ => (third, MonthAndDay::Pair(small(first, 31)?, small(second, 31)?)),
    };
    let (year, is_short) = (year(written)?, written.len() == 2);
    // "2025. 08. 07." and "07.08.2025 г." end so.
    let rest = rest.strip_prefix('.').unwrap_or(rest).trim_start();
    let rest = rest.strip_prefix("г.").unwrap_or(rest);
    let rest = rest.strip_prefix([',', 'T']).unwrap_or(rest).trim();
    let time = if rest.is_empty() { None } else { Some(time_of_day(rest)?) };
    Some(Local { year, is_short, date, time })
}

/// The time of day that ends a text: hours, minutes, and seconds if there are any.
pub(crate) fn parse_clock_time(text: &str) -> Option<TimeOfDay> {
    split_clock_time(text).map(|(_, time)| time)
}

/// The same, with what stands before it.
pub(crate) fn split_clock_time(text: &str) -> Option<(String, TimeOfDay)> {
    let text = plain(text);
    let text = text.trim();
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let is_clock = |c: char| c.is_ascii_digit() || ":.".contains(c);
    let start = text.get(..=last)?.trim_end_matches(is_clock).len();
    let (before, clock) = text.split_at_checked(start)?;
    let clock = clock.trim_start_matches([':', '.']);
    // A mark that stands before is the last word there, where such writing has words.
    let word = before.trim_end().rsplit(' ').next().unwrap_or_default();
    let mark = word.trim_start_matches(|c: char| c.is_ascii_digit() || "年月日년월일".contains(c));
    let time = match half_of_day(mark) {
        Some(_) => time_of_day(&format!("{mark} {clock}"))?,
        None => time_of_day(clock)?,
    };
    // Points stand in numbers too.
    let is_number = time.2.is_none() && clock.contains('.');
    (!is_number).then(|| (before.to_owned(), time))
}

/// A text whose spaces are plain ones, without marks of direction.
fn plain(text: &str) -> String {
    let is_mark = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !is_mark(c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

/// The digits or letters that a text begins with, and the rest.
fn part(text: &str) -> Option<(&str, &str)> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let is_part = |c: char| if is_number { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(part, _)| !part.is_empty())
}

fn small(part: &str, most: u8) -> Option<u8> {
    let number = Some(part).filter(|part| part.len() <= 2)?.parse().ok()?;
    (1..=most).contains(&number).then_some(number)
}

/// A year as it was written; of which calendar it is, the year of the collection tells.
fn year(part: &str) -> Option<i32> {
    let year = match part.len() {
        4 => part.parse().ok()?,
        2 => 2000 + part.parse::<i32>().ok()?,
        _ => return None,
    };
    (1300..=LAST + BUDDHIST).contains(&year).then_some(year)
}

fn month(part: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|month| part.eq_ignore_ascii_case(month))?;
    u8::try_from(at + 1).ok()
}

/// Reads a text that is a time of day, with a mark of a twelve-hour clock before or behind it.
fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let half = match (text.get(..start)?.trim(), text.get(end..)?.trim()) {
        ("", "") => None,
        (mark, "") | ("", mark) => Some(half_of_day(mark)?),
        _ => return None,
    };
    let clock = text.get(start..end)?;
    let mut parts = clock.split([':', '.']);
    let hour = parts.next().filter(|part| part.len() <= 2)?.parse().ok()?;
    let minute = two(parts.next()?)?;
    let second = match parts.next() {
        Some(second) => Some(two(second)?),
        None => None,
    };
    let hour = match half {
        Some(Half::Morning) if hour == 12 => 0,
        Some(Half::Evening) if hour < 12 => hour + 12,
        _ => hour,
    };
    (parts.next().is_none() && hour < 24).then_some((hour, minute, second))
}

fn two(part: &str) -> Option<u8> {
    let number = Some(part).filter(|part| part.len() == 2)?.parse().ok()?;
    (number < 60).then_some(number)
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Evening,
}

/// What a mark of a twelve-hour clock says, in the locales of Windows that use one.
fn half_of_day(mark: &str) -> Option<Half> {
    let folded = fold(mark);
    let is_one_of = |marks: &[&str]| marks.iter().any(|own| fold(own) == folded);
    if is_one_of(EVENING) {
        Some(Half::Evening)
    } else if is_one_of(MORNING) {
        Some(Half::Morning)
    } else {
        None
    }
}

fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

const MORNING: &[&str] =
    &["AM", "上午", "오전", "午前", "ص", "πμ", "SA", "vm", "PG", "ق.ظ", "पूर्वाह्न"];
const EVENING: &[&str] =
    &["PM", "下午", "오후", "午後", "م", "μμ", "CH", "nm", "PTG", "ب.ظ", "अपराह्न"];
/// As the short dates of English locales have them.
const MONTHS: &[&str] =
    &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Years ahead of which nothing is planned or written, while in the other calendars that are written with two digits
/// the year is some twenty ahead.
const SOON: i32 = 10;
/// The years of four digits that are taken for those of the Gregorian calendar.
const FIRST: i32 = 1_601;
const LAST: i32 = 2_200;
/// Years by which the Buddhist calendar of Thailand is ahead.
const BUDDHIST: i32 = 543;
/// No date and time is longer.
const LONGEST: usize = 80;

#[cfg(test)]
mod tests {
    use super::{Order, parse_clock_time, parse_local};
    use crate::clock::iso_utc;

    #[test]
    fn patterns_of_many_locales_are_one_time() {
        let expected = iso_utc("2025-08-07T14:56:17Z");
        for (text, order) in [
            ("07-08-2025 14:56:17", Order::Day),
            ("07-08-2025, 14:56:17", Order::Day),
            ("8/7/2025 2:56:17 PM", Order::Month),
            ("8/7/2025, 2:56:17\u{202f}PM", Order::Month),
            ("07.08.2025 14:56:17", Order::Day),
            ("2025-08-07 14:56:17", Order::Month),
            ("2025. 08. 07. 14:56:17", Order::Month),
            ("2025/8/7 下午 2:56:17", Order::Month),
            ("7/8/2025 2:56:17 p. m.", Order::Day),
            ("07/08/25 14:56:17", Order::Day),
            ("07-Aug-25 14:56:17", Order::Day),
            ("7.8.2025 14.56.17", Order::Day),
            ("7/8/2025 14.56.17", Order::Day),
            ("07.8.2025 г. 14:56:17", Order::Day),
            ("07/08/2025 2:56:17 CH", Order::Day),
            ("\u{200e}7\u{200e}/8\u{200e}/2025 02:56:17 م", Order::Day),
            ("2025-08-07T14:56:17", Order::Day),
        ] {
            assert_eq!(parse_local(text).unwrap().micros(order), expected, "{text}");
        }
    }

    #[test]
    fn minutes_follow_a_point_in_some_locales() {
        let minute = iso_utc("2025-08-07T15:11:00Z");
        for text in ["7.8.2025 15.11", "07.08.2025  15.11", "07/08/2025 15.11", "7.8.2025 15:11"] {
            assert_eq!(parse_local(text).unwrap().micros(Order::Day), minute, "{text}");
        }
        assert_eq!(parse_clock_time("Version : 15.11"), None);
    }

    #[test]
    fn a_buddhist_year_is_543_ahead_and_has_the_same_days() {
        let local = |text| parse_local(text).unwrap();
        let thai = local("29/2/2567 15:11");
        assert!(thai.is_of_another_calendar(2025));
        let read = thai.of_buddhist(2025).unwrap();
        assert!(!read.is_of_another_calendar(2025));
        assert_eq!(read.micros(Order::Day), iso_utc("2024-02-29T15:11:00Z"));
        for text in ["7/8/2025 15:11", "7/8/68 15:11", "7/8/2600 15:11"] {
            assert_eq!(local(text).of_buddhist(2025), None, "{text}");
        }
        for text in ["13/02/1447 15:11", "16/05/1404 15:11"] {
            assert!(local(text).is_of_another_calendar(2025), "{text}");
        }
    }

    #[test]
    fn order_is_told_only_by_what_tells_it() {
        let order = |text| parse_local(text).unwrap().own_order().map(|(order, _)| order);
        assert_eq!(order("25-10-2024, 17:23:47"), Some(Order::Day));
        assert_eq!(order("10/25/2024 17:23:47"), Some(Order::Month));
        assert_eq!(order("07-08-2025 14:56:17"), None);
        assert_eq!(parse_local("08-08-2025").unwrap().tells_order(), None);
        assert_eq!(parse_local("2025-10-25").unwrap().tells_order(), None);
    }

    #[test]
    #[rustfmt::skip]
    fn what_is_no_time_is_none() {
        for text in [
            "", "N/A", "72:00:00", "Never", "1:2", "99-99-2025 01:01:01", "07-08-2868 1:00:00",
            "[02]: fd13:10:25::5", "Dell Inc. 1.12.21", "WS-10-11-23", "07-13-25-1", "10/11/12 x",
            "07-Foo-25 14:56:19", "07-08-2025 14:56:17 Uhr", "07-08/2025", "1.2.3.4", "07-08-2025 14",
            "Dell Inc. 1.12.21, 30/05/2023", "00-01-2025", "2025-13-01", "07-08-2025 25:00",
        ] {
            assert_eq!(parse_local(text), None, "{text}");
        }
        for text in ["Files : 1, 2", "Started : 07.08.2025", "12:05:00 Uhr", "", ":", "1:2:3"] {
            assert_eq!(parse_clock_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_ends_a_line_of_any_language() {
        for (text, expected) in [
            ("12:05:00 AM", (0, 5, Some(0))),
            ("Started : 07 August 2025 18:32:51", (18, 32, Some(51))),
            // The month ends as a Vietnamese mark of the afternoon does.
            ("Started : 07 March 2026 08:02:51", (8, 2, Some(51))),
            ("Bắt đầu : 07 Tháng Ba 2026 8:02:51 CH", (20, 2, Some(51))),
            ("开始时间: 2025年8月7日 下午 6:32:51", (18, 32, Some(51))),
            ("开始时间: 2025年8月7日下午 6:32:51", (18, 32, Some(51))),
            ("시작: 2025년 8월 7일 목요일 오전 12:32:51", (0, 32, Some(51))),
            ("Alkoi : torstai 7. elokuuta 2025 18.32.51", (18, 32, Some(51))),
            ("Started : Thursday, August 7, 2025 6:32:51 p. m.", (18, 32, Some(51))),
        ] {
            assert_eq!(parse_clock_time(text), Some(expected), "{text}");
        }
    }
}
