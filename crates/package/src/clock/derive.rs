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
        issues.push(Issue::of_package(IssueKind::Time, message));
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
mod tests;
