//! `QueryUser.txt`: output of `query user`, in columns whose names are in the host's language.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, Precision, TableSchema,
    clock::parse_local,
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "sessions",
    tables: &[&SESSIONS],
    takes: |key: &Key| key.file() == "queryuser.txt",
    commands: &["QueryUser"],
    read,
};

pub(crate) static SESSIONS: TableSchema = TableSchema::new(
    "sessions",
    "one session of a user who was logged on",
    &[
        Column::text("user"),
        Column::text("session_name"),
        Column::int("session_id"),
        Column::text("state"),
        Column::text("idle_time"),
        Column::time("logon"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        let text = line.text.trim_start_matches('>').trim();
        if text.is_empty() {
            continue;
        }
        let Some(session) = Session::parse(text) else {
            // The first line has the names of the columns.
            if line.number > 1 {
                output.issue(IssueKind::PartialRow, line.number, || {
                    "a line of no session".to_owned()
                });
            }
            continue;
        };
        let stamp = output.clock().local(session.logon);
        let cells = [
            session.user.into(),
            session.name.into(),
            session.id.into(),
            session.state.into(),
            session.idle.into(),
            stamp.into(),
        ];
        let is_amiss = line.is_cut || stamp.precision == Precision::Unknown;
        if is_amiss {
            output.issue(IssueKind::PartialRow, line.number, || "a session in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&SESSIONS, line.number, status, line.text, &cells)?;
    }
    Ok(())
}

struct Session<'a> {
    user: &'a str,
    name: Option<&'a str>,
    id: i64,
    state: &'a str,
    idle: &'a str,
    logon: &'a str,
}

impl<'a> Session<'a> {
    /// Parses a user, an optional session name, a number, a state, an idle time, and a date with a
    /// time.
    ///
    /// Names may contain numbers, and an idle time may be one. The session id is the last number
    /// that has a date three words after it.
    fn parse(text: &'a str) -> Option<Self> {
        let words = words(text);
        let is_number =
            |place: &usize| words.get(*place).is_some_and(|(_, word)| word.parse::<u32>().is_ok());
        let numbers = || (1..words.len()).filter(is_number);
        let date = |place: usize| text.get(words.get(place + 3)?.0..);
        let is_dated = |place: &usize| date(*place).is_some_and(|date| parse_local(date).is_some());
        let is_like = |place: &usize| {
            words.get(place + 3).is_some_and(|(_, word)| {
                word.starts_with(char::is_numeric) && word.contains(['-', '/', '.'])
            })
        };
        let id = numbers().rfind(is_dated).or_else(|| numbers().rfind(is_like));
        let id = id.or_else(|| numbers().next())?;
        let (at, number) = words.get(id)?;
        let front = text.get(..*at)?.trim_end();
        let (user, name) = match front.split_once("  ") {
            Some((user, name)) => (user, Some(name.trim())),
            None => (front, None),
        };
        let (_, state) = words.get(id + 1)?;
        let (_, idle) = words.get(id + 2)?;
        let (logon, _) = words.get(id + 3)?;
        let logon = text.get(*logon..)?;
        Some(Self { user, name, id: number.parse().ok()?, state, idle, logon })
    }
}

/// The words of a line, each with its offset.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut at = 0;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        let word = rest.get(start..).unwrap_or_default();
        let length = word.find(char::is_whitespace).unwrap_or(word.len());
        found.push((at + start, word.get(..length).unwrap_or_default()));
        at += start + length;
        rest = word.get(length..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Session;

    #[test]
    fn a_session_that_is_disconnected_has_no_name() {
        let session = Session::parse(
            "bob j                                     3  Disc         1+02:03  8/7/2025 3:11 PM",
        )
        .unwrap();
        assert_eq!((session.user, session.name, session.id), ("bob j", None, 3));
        assert_eq!(
            (session.state, session.idle, session.logon),
            ("Disc", "1+02:03", "8/7/2025 3:11 PM")
        );
        let session = Session::parse(
            "svc 7                 console             1  Active          5  07-08-2025 15:11",
        )
        .unwrap();
        assert_eq!((session.user, session.name, session.id), ("svc 7", Some("console"), 1));
        assert_eq!(
            (session.state, session.idle, session.logon),
            ("Active", "5", "07-08-2025 15:11")
        );
        let session = Session::parse(
            "svc 7                 console             1  Active          5  13/02/1447 15:11",
        )
        .unwrap();
        assert_eq!((session.user, session.id, session.logon), ("svc 7", 1, "13/02/1447 15:11"));
        assert!(
            Session::parse(
                "USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME"
            )
            .is_none()
        );
    }
}
