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
                format!("  Started : {day:02} {month} {year} {hour:02}:{minute:02}:{second:02}"),
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
