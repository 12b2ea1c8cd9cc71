use super::{Clock, DateOrderSource, Local, Order, calendar::MONTH_FIRST, split_clock_time, year};
use crate::{Issue, IssueKind};

/// What a package says of its host's clock, before any table is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clues {
    /// The line in which robocopy says when it began, in local time.
    pub(crate) robocopy_started: Option<String>,
    /// When the summary says that robocopy ran, in microseconds UTC.
    pub(crate) prefetch_at: Option<i64>,
    /// When the summary says that the list of processes was made.
    pub(crate) processes_at: Option<i64>,
    /// The start times of processes.
    pub(crate) processes: Vec<Local>,
    /// Other dates of the host in its own pattern.
    pub(crate) dates: Vec<Local>,
    /// The zone as `systeminfo` names it.
    pub(crate) zone: Option<String>,
    /// The host's locale, such as `en-gb`.
    pub(crate) locale: Option<String>,
    pub(crate) collected: Option<i64>,
    pub(crate) ended: Option<i64>,
}

/// Finds the offset from UTC, the order of day and month, and the calendar.
pub(crate) fn derive(clues: &Clues, issues: &mut Vec<Issue>) -> Clock {
    let buddhist = of_buddhist(clues);
    let (clues, is_buddhist) = (buddhist.as_ref().unwrap_or(clues), buddhist.is_some());
    let mut note = |message: String| {
        issues.push(Issue { kind: IssueKind::Time, member: None, line: None, message });
    };
    let nominal = clues.zone.as_deref().and_then(zone_offset);
    let by_process = by_newest_process(clues).map(|(offset, _)| offset);
    let by_robocopy = clues
        .robocopy_started
        .as_deref()
        .zip(clues.prefetch_at)
        .map(|(line, at)| offsets_between(line, at))
        .unwrap_or_default();
    let agrees = |offset: &i32| {
        by_process == Some(*offset) || nominal.is_some_and(|nominal| is_of_zone(*offset, nominal))
    };
    // Where the line fits two offsets, or another clue speaks against it, what agrees with a clue is taken.
    let supported = by_robocopy.iter().copied().find(agrees);
    let only = Some(by_robocopy.as_slice()).filter(|found| found.len() == 1).and_then(<[_]>::first);
    let by_robocopy = supported.or_else(|| only.copied());
    let (offset, offset_source) = match (by_robocopy, by_process, nominal) {
        (Some(offset), Some(process), Some(nominal))
            if offset != process
                && is_of_zone(process, nominal)
                && (process == nominal || !is_of_zone(offset, nominal)) =>
        {
            (Some(process), Some(NEWEST_PROCESS))
        }
        (Some(offset), ..) => (Some(offset), Some("robocopy_and_summary")),
        (None, Some(offset), _) => (Some(offset), Some(NEWEST_PROCESS)),
        (None, None, Some(offset)) => {
            note(
                "the offset from UTC is the zone's nominal one: daylight saving may add an hour"
                    .to_owned(),
            );
            (Some(offset), Some("system_information"))
        }
        (None, None, None) => {
            note("no offset from UTC was found: local times have no UTC value".to_owned());
            (None, None)
        }
    };
    if let (Some(found), Some(process)) = (by_robocopy, by_process)
        && found != process
    {
        note(format!(
            "the offset from UTC is {} by the log of robocopy, but {} by the newest process",
            show(found),
            show(process),
        ));
    }
    if let (Some(found), Some(nominal)) = (offset, nominal)
        && !is_of_zone(found, nominal)
    {
        note(format!(
            "the offset from UTC is {} by {}, but {} by the name of the zone",
            show(found),
            offset_source.unwrap_or_default(),
            show(nominal),
        ));
    }
    let now = year(clues.collected);
    if clues.processes.iter().chain(&clues.dates).any(|local| local.is_of_another_calendar(now)) {
        note(
            "dates of the host are of another calendar than the Gregorian: such times have no UTC value"
                .to_owned(),
        );
    }
    let (order, order_source) = find_order(clues, offset);
    // Where the year stands first, or each date fits one order only, nothing hangs on it.
    let matters =
        clues.processes.iter().chain(&clues.dates).any(|local| local.own_order().is_none());
    if matters && order_source == DateOrderSource::Locale {
        note("day and month were told apart by the locale alone".to_owned());
    } else if matters && order.is_none() {
        note("day and month could not be told apart: such times have no UTC value".to_owned());
    }
    Clock {
        offset,
        offset_source,
        order,
        order_source,
        zone_name: clues.zone.clone(),
        collected: clues.collected,
        ended: clues.ended,
        is_buddhist,
    }
}

/// The same clues by the Gregorian calendar, where every date was written by the Buddhist one of Thailand, and the newest
/// process was then started when the list was made. No other calendar of Windows is near that year.
fn of_buddhist(clues: &Clues) -> Option<Clues> {
    let now = year(clues.collected);
    let read = |locals: &[Local]| -> Option<Vec<Local>> {
        let is_of_another = |local: &&Local| local.is_of_another_calendar(now);
        locals.iter().map(|local| Some(local).filter(is_of_another)?.of_buddhist(now)).collect()
    };
    let (processes, dates) = (read(&clues.processes)?, read(&clues.dates)?);
    let read = Clues { processes, dates, ..clues.clone() };
    by_newest_process(&read).is_some().then_some(read)
}

/// Whether a host in a zone of this nominal offset can be at an offset.
fn is_of_zone(offset: i32, nominal: i32) -> bool {
    // Ireland and Morocco have their hour in winter, as it were.
    matches!(offset - nominal, 0 | 3_600 | -3_600)
}

/// An offset as `+05:30`.
pub(crate) fn show(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn find_order(clues: &Clues, offset: Option<i32>) -> (Option<Order>, DateOrderSource) {
    if let Some((_, order)) = by_newest_process(clues)
        && offset.is_some_and(|offset| fits(clues, order, offset))
        && !offset.is_some_and(|offset| fits(clues, other(order), offset))
    {
        return (Some(order), DateOrderSource::ProcessList);
    }
    let mut told = clues.processes.iter().chain(&clues.dates).filter_map(Local::tells_order);
    if let Some(order) = told.next() {
        let agree = told.all(|another| another == order);
        if agree {
            return (Some(order), DateOrderSource::OtherDate);
        }
    }
    match clues.locale.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some(locale) if MONTH_FIRST.contains(&locale) => {
            (Some(Order::Month), DateOrderSource::Locale)
        }
        Some(_) => (Some(Order::Day), DateOrderSource::Locale),
        None => (None, DateOrderSource::Unknown),
    }
}

fn other(order: Order) -> Order {
    match order {
        Order::Day => Order::Month,
        Order::Month => Order::Day,
    }
}

/// Whether the newest process, so read, was started while the list was made, and none after it.
fn fits(clues: &Clues, order: Order, offset: i32) -> bool {
    let newest = newest(clues, order).map(|micros| micros - i64::from(offset) * 1_000_000);
    newest.zip(clues.processes_at).is_some_and(|(newest, at)| (newest - at).abs() <= CLOSE)
}

/// The offset and order by which the newest process was started when the list was made.
fn by_newest_process(clues: &Clues) -> Option<(i32, Order)> {
    let at = clues.processes_at?;
    [Order::Day, Order::Month].into_iter().find_map(|order| {
        let ahead = newest(clues, order)?.checked_sub(at)?;
        let offset = round(ahead)?;
        Some((offset, order))
    })
}

fn newest(clues: &Clues, order: Order) -> Option<i64> {
    clues
        .processes
        .iter()
        .filter_map(|local| local.micros(local.own_order().map_or(order, |(own, _)| own)))
        .max()
}

/// How far the local time of day and day of month in `line` can be ahead of a UTC time: the time of day fits two
/// offsets, a day apart, of which the day of the month leaves one, unless it is another number of the date too.
fn offsets_between(line: &str, utc: i64) -> Vec<i32> {
    let Some((date, (hour, minute, Some(second)))) = split_clock_time(line) else {
        return Vec::new();
    };
    let of_day = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    let utc_seconds = utc.div_euclid(1_000_000);
    let ahead = (of_day - utc_seconds.rem_euclid(DAY)).rem_euclid(DAY);
    let both = [ahead, ahead - DAY].into_iter().filter_map(|ahead| round(ahead * 1_000_000));
    let fits = |offset: &i32| {
        let local = utc_seconds + i64::from(*offset);
        time::OffsetDateTime::from_unix_timestamp(local)
            .is_ok_and(|local| is_day_of(&date, local.day()))
    };
    both.filter(fits).collect()
}

/// Whether a number is the day of a date in words or numbers: one of one or two digits, and before its sign where
/// such writing has signs.
fn is_day_of(date: &str, day: u8) -> bool {
    let numbers = |text: &str| -> Vec<u8> {
        let parts = text.split(|c: char| !c.is_ascii_digit());
        parts
            .filter(|part| (1..=2).contains(&part.len()))
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    match date.split_once('日').or_else(|| date.split_once("일")) {
        Some((before, _)) if !numbers(before).is_empty() => numbers(before).last() == Some(&day),
        _ => numbers(date).contains(&day),
    }
}

/// An offset of whole quarters of an hour, if a difference is close to one.
fn round(micros: i64) -> Option<i32> {
    const QUARTER: i64 = 900 * 1_000_000;
    let quarters = (micros + QUARTER / 2).div_euclid(QUARTER);
    let is_close = (micros - quarters * QUARTER).abs() <= CLOSE;
    let seconds = i32::try_from(quarters * 900).ok()?;
    (is_close && (-12 * 3_600..=14 * 3_600).contains(&seconds)).then_some(seconds)
}

/// The offset in a zone's name as `systeminfo` writes it: `(UTC+05:30) Chennai, ...`.
fn zone_offset(zone: &str) -> Option<i32> {
    let (_, rest) = zone.split_once("(UTC")?;
    let (offset, _) = rest.split_once(')')?;
    if offset.is_empty() {
        return Some(0);
    }
    let sign = match offset.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset.trim_start_matches(['+', '-', '−']).split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

const NEWEST_PROCESS: &str = "newest_process_and_summary";
const DAY: i64 = 86_400;
/// How far apart two records of the same moment may be, in microseconds.
const CLOSE: i64 = 90 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::{
        super::{iso_utc, parse_local},
        *,
    };

    fn locals<const N: usize>(texts: [&str; N]) -> Vec<Local> {
        texts.into_iter().filter_map(parse_local).collect()
    }

    fn clues(started: &str, prefetch_at: &str) -> Clues {
        Clues {
            robocopy_started: Some(started.to_owned()),
            prefetch_at: iso_utc(prefetch_at),
            ..Clues::default()
        }
    }

    #[test]
    fn the_offset_is_found_in_any_language_and_across_midnight() {
        for (line, utc, expected) in [
            ("  Started : 07 August 2025 18:32:51", "2025-08-07T13:02:51Z", "+05:30"),
            ("  Started : Thursday, August 7, 2025 6:32:51 PM", "2025-08-07T13:02:50Z", "+05:30"),
            ("  Début : jeudi 7 août 2025 01:02:51", "2025-08-06T23:02:51Z", "+02:00"),
            ("  Started : Wednesday, August 6, 2025 8:02:51 PM", "2025-08-07T03:02:51Z", "-07:00"),
            ("  Started : 8 August 2025 02:00:00", "2025-08-07T13:00:00Z", "+13:00"),
            ("  Started : 7 August 2025 02:00:00", "2025-08-07T13:00:00Z", "-11:00"),
        ] {
            let clock = derive(&clues(line, utc), &mut Vec::new());
            assert_eq!(show(clock.offset.unwrap()), expected, "{line}");
        }
    }

    #[test]
    fn the_newest_process_settles_the_order() {
        let mut clues = clues("Started : 07 August 2025 18:32:51", "2025-08-07T13:02:51Z");
        clues.processes_at = iso_utc("2025-08-07T13:02:57Z");
        clues.processes = locals(["07-08-2025 14:56:17", "07-08-2025 18:32:57"]);
        let clock = derive(&clues, &mut Vec::new());
        assert_eq!(clock.order, Some(Order::Day));
        assert_eq!(clock.order_source, DateOrderSource::ProcessList);
    }

    #[test]
    fn a_zone_that_contradicts_is_an_issue_and_daylight_saving_is_none() {
        let issues = |zone: &str| {
            let mut clues = clues("Started : 07 August 2025 15:02:51", "2025-08-07T13:02:51Z");
            clues.zone = Some(zone.to_owned());
            let mut issues = Vec::new();
            derive(&clues, &mut issues);
            issues.len()
        };
        assert_eq!(issues("(UTC+01:00) Paris"), 0);
        assert_eq!(issues("(UTC+02:00) Kaliningrad"), 0);
        assert_eq!(issues("(UTC+05:30) Chennai"), 1);
    }

    #[test]
    fn nothing_known_is_nothing_invented() {
        let mut issues = Vec::new();
        let clock = derive(&Clues::default(), &mut issues);
        assert_eq!((clock.offset, clock.order, issues.len()), (None, None, 1));
        assert_eq!(clock.local("07-08-2025 14:56:17").utc, None);
    }

    #[test]
    fn every_offset_at_every_hour_of_every_month_is_found() {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let mut tried = 0;
        for quarters in -48..=56 {
            let offset = quarters * 900;
            for day in 0..365 {
                let utc =
                    iso_utc("2026-01-01T00:07:51Z").unwrap() + i64::from(day) * 91_800 * 1_000_000;
                let local = utc / 1_000_000 + i64::from(offset);
                let local = time::OffsetDateTime::from_unix_timestamp(local).unwrap();
                let month = MONTHS[usize::from(u8::from(local.month())) - 1];
                let (hour, minute, second) = (local.hour(), local.minute(), local.second());
                let (twelve, mark) = ((hour + 11) % 12 + 1, if hour < 12 { "AM" } else { "PM" });
                let (day, year) = (local.day(), local.year());
                for line in [
                    format!(
                        "  Started : {day:02} {month} {year} {hour:02}:{minute:02}:{second:02}"
                    ),
                    format!(
                        "  Started : {month} {day}, {year} {twelve}:{minute:02}:{second:02} {mark}"
                    ),
                ] {
                    assert_eq!(offsets_between(&line, utc), [offset], "{line}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 105 * 365 * 2);
    }

    #[test]
    fn a_clue_settles_what_the_line_leaves_open() {
        // Day and month are both 8 or 7, so that both offsets fit.
        let mut clues = clues("Started : 7/8/2025 02:00:00", "2025-08-07T13:00:00Z");
        let offset = |clues: &Clues| derive(clues, &mut Vec::new()).offset.map(show);
        assert_eq!(offset(&clues), None);
        clues.zone = Some("(UTC+13:00) Nuku'alofa".to_owned());
        assert_eq!(offset(&clues).as_deref(), Some("+13:00"));
        clues.zone = Some("(UTC-11:00) Coordinated Universal Time-11".to_owned());
        assert_eq!(offset(&clues).as_deref(), Some("-11:00"));
        // Signs say which number is the day.
        clues.zone = None;
        clues.robocopy_started = Some("开始时间: 2025年7月8日 2:00:00".to_owned());
        assert_eq!(offset(&clues).as_deref(), Some("+13:00"));
    }

    #[test]
    fn dates_of_a_thai_host_are_read_where_its_newest_process_says_so() {
        let mut clues = clues("เริ่มต้น : 7 สิงหาคม 2568 20:02:51", "2025-08-07T13:02:51Z");
        clues.processes_at = iso_utc("2025-08-07T13:02:57Z");
        clues.collected = clues.prefetch_at;
        clues.processes = locals(["29/2/2567 9:02:57", "7/8/2568 20:02:57"]);
        let derived = |clues: &Clues| {
            let mut issues = Vec::new();
            let clock = derive(clues, &mut issues);
            (clock, issues.len())
        };
        let (clock, issues) = derived(&clues);
        assert_eq!((clock.offset.map(show).as_deref(), issues), (Some("+07:00"), 0));
        assert_eq!(clock.local("7/8/2568 20:02").utc, iso_utc("2025-08-07T13:02:00Z"));
        // Another date, another time, or no list of processes: nothing is certain.
        for processes in
            [locals(["7/8/2568 20:02:57", "7/8/2025 20:02:57"]), locals(["6/8/2568 3:33:33"])]
        {
            let (clock, issues) = derived(&Clues { processes, ..clues.clone() });
            assert_eq!((clock.local("7/8/2568 20:02").utc, issues > 0), (None, true));
        }
    }

    #[test]
    fn what_zone_and_process_agree_on_is_taken_and_told() {
        let mut clues = clues("Started : 7 August 2025 20:02:51", "2025-08-07T08:02:51Z");
        clues.zone = Some("(UTC+00:00) London".to_owned());
        clues.processes_at = iso_utc("2025-08-07T08:02:57Z");
        clues.processes = locals(["07-08-2025 09:02:57"]);
        let mut issues = Vec::new();
        let clock = derive(&clues, &mut issues);
        assert_eq!(clock.offset.map(show).as_deref(), Some("+01:00"));
        assert_eq!(clock.offset_source, Some(NEWEST_PROCESS));
        assert_eq!(issues.len(), 1);
    }
}
