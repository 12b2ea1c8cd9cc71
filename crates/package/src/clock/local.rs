use super::{Precision, civil_micros};

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
    /// The two other numbers of the date, in the order in which they stand.
    pair: (u8, u8),
    /// Whether the year stands first, so that the month follows.
    is_year_first: bool,
    time: Option<(u8, u8, Option<u8>)>,
}

impl Local {
    /// The order, if the date fits one only.
    pub(crate) fn own_order(&self) -> Option<Order> {
        match self.pair {
            _ if self.is_year_first => Some(Order::Month),
            (13.., 1..=12) => Some(Order::Day),
            (1..=12, 13..) => Some(Order::Month),
            // The same day either way.
            (one, other) if one == other => Some(Order::Day),
            _ => None,
        }
    }

    /// Whether the order that it fits says something of other dates.
    pub(crate) fn tells_order(&self) -> Option<Order> {
        let is_telling = !self.is_year_first && self.pair.0 != self.pair.1;
        self.own_order().filter(|_| is_telling)
    }

    /// Microseconds since 1970 if it were UTC.
    pub(crate) fn micros(&self, order: Order) -> Option<i64> {
        let (month, day) = match order {
            Order::Day => (self.pair.1, self.pair.0),
            Order::Month => self.pair,
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

/// Reads a date in numbers and perhaps a time of day, whatever stands between them: `07-08-2025
/// 14:56:17`, `8/7/2025 2:56:17 PM`, `07.08.2025, 14:56`, `2025-08-07 14:56:17`.
pub(crate) fn parse_local(text: &str) -> Option<Local> {
    if text.len() > LONGEST {
        return None;
    }
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let date = [numbers.next()?, numbers.next()?, numbers.next()?];
    let [first, second, third] = date;
    let small = |part: &str| (part.len() <= 2).then(|| part.parse::<u8>().ok()).flatten();
    let (year, pair, is_year_first) = if first.len() == 4 {
        (first.parse().ok()?, (small(second)?, small(third)?), true)
    } else {
        let year = match third.len() {
            4 => third.parse().ok()?,
            2 => 2000 + third.parse::<i32>().ok()?,
            _ => return None,
        };
        (year, (small(first)?, small(second)?), false)
    };
    // Other calendars than the Gregorian are not guessed at.
    if !(1601..=2200).contains(&year) || pair.0 == 0 || pair.1 == 0 || pair.0 > 31 || pair.1 > 31 {
        return None;
    }
    let time = match text.find(':') {
        Some(_) => Some(parse_clock_time(text)?),
        None => None,
    };
    Some(Local { year, pair, is_year_first, time })
}

/// The first time of day in a text: hours, minutes, and seconds if there are any.
pub(crate) fn parse_clock_time(text: &str) -> Option<(u8, u8, Option<u8>)> {
    text.match_indices(':').find_map(|(colon, _)| clock_time_at(text, colon))
}

fn clock_time_at(text: &str, colon: usize) -> Option<(u8, u8, Option<u8>)> {
    let (before, after) = text.split_at_checked(colon)?;
    let hour = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let mut rest = after.get(1..)?;
    let minute = two(rest)?;
    rest = rest.get(2..)?;
    let second = rest.strip_prefix(':').and_then(two);
    if second.is_some() {
        rest = rest.get(3..)?;
    }
    let mut hour: u8 = hour.parse().ok()?;
    let around = format!("{} {}", before.trim_end_matches(|c: char| c.is_ascii_digit()), rest);
    match half_of_day(&around) {
        Some(Half::Morning) if hour == 12 => hour = 0,
        Some(Half::Evening) if hour < 12 => hour += 12,
        _ => {}
    }
    let minute: u8 = minute.parse().ok()?;
    let second: Option<u8> = second.and_then(|second| second.parse().ok());
    let is_time = hour < 24 && minute < 60 && second.is_none_or(|second| second < 60);
    is_time.then_some((hour, minute, second))
}

fn two(text: &str) -> Option<&str> {
    text.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()))
}

enum Half {
    Morning,
    Evening,
}

/// The marks of twelve-hour clocks of the locales that use them.
fn half_of_day(around: &str) -> Option<Half> {
    let folded: String =
        around.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let has = |marks: &[&str]| marks.iter().any(|mark| folded.ends_with(mark));
    if has(&["pm", "下午", "오후", "午後", "م", "μμ", "ch"]) {
        Some(Half::Evening)
    } else if has(&["am", "上午", "오전", "午前", "ص", "πμ", "sa"]) {
        Some(Half::Morning)
    } else {
        None
    }
}

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
        ] {
            assert_eq!(parse_local(text).unwrap().micros(order), expected, "{text}");
        }
    }

    #[test]
    fn order_is_told_only_by_what_tells_it() {
        let order = |text| parse_local(text).unwrap().own_order();
        assert_eq!(order("25-10-2024, 17:23:47"), Some(Order::Day));
        assert_eq!(order("10/25/2024 17:23:47"), Some(Order::Month));
        assert_eq!(order("07-08-2025 14:56:17"), None);
        assert_eq!(parse_local("08-08-2025").unwrap().tells_order(), None);
        assert_eq!(parse_local("2025-10-25").unwrap().tells_order(), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "N/A", "72:00:00", "Never", "1:2", "99-99-2025 01:01:01", "07-08-2568 1:00:00"]
        {
            assert_eq!(parse_local(text), None, "{text}");
        }
        assert_eq!(parse_clock_time("12:05:00 AM"), Some((0, 5, Some(0))));
        assert_eq!(parse_clock_time("Started : 07 August 2025 18:32:51"), Some((18, 32, Some(51))));
    }
}
