//! `Forensics Collection Summary.csv`: the agent's own account of what it ran.

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime};

use super::csv;
use super::host::{Host, User};
use super::text;

/// One command that the agent ran.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The name that the summary gives it.
    pub(super) name: &'static str,
    /// The command line, with this device's paths and accounts.
    pub(super) line: String,
    /// When it was started.
    pub(super) at: OffsetDateTime,
}

/// All commands in the order of the summary; those about an account come once for each.
pub(super) fn commands(host: &Host) -> Vec<Command> {
    let pace = host.passing("pace").range(70, 160);
    let templates = include_str!("../../data/commands.txt").lines().filter_map(parse);
    templates
        .flat_map(|(offset, name, template)| {
            let at =
                host.started + Duration::seconds(offset * i64::try_from(pace).unwrap_or(100) / 100);
            let command = move |line| Command { name, line, at };
            if template.contains("{sid}") || template.contains("{user}") {
                host.users.iter().map(|user| command(for_user(template, user))).collect()
            } else {
                vec![command(for_device(template, host))]
            }
        })
        .collect()
}

/// When the command of this name was first started.
pub(super) fn at(commands: &[Command], name: &str) -> OffsetDateTime {
    let found = commands.iter().find(|command| command.name == name);
    found.map_or(OffsetDateTime::UNIX_EPOCH, |command| command.at)
}

/// The member's bytes. Every command "completed", whatever its output says.
pub(super) fn csv(commands: &[Command]) -> Vec<u8> {
    let mut out = "Current Time,Command Name,Command Line,Status,hError\n".to_owned();
    for Command { name, line, at } in commands {
        let (date, time) = (at.date(), at.time());
        let (hour, minute, second) = time.as_hms();
        let _ = writeln!(
            out,
            "[{date}T{hour:02}:{minute:02}:{second:02}Z],{name},{},Completed,0",
            csv::quoted(line)
        );
    }
    text::marked(&out)
}

fn parse(line: &'static str) -> Option<(i64, &'static str, &'static str)> {
    let mut cells = line.splitn(3, '\t');
    Some((cells.next()?.parse().ok()?, cells.next()?, cells.next()?))
}

fn for_user(template: &str, user: &User) -> String {
    template.replace("{sid}", &user.sid).replace("{user}", &user.name)
}

fn for_device(template: &str, host: &Host) -> String {
    let since = host.window_start().to_string();
    template
        .replace("{folder}", &host.folder())
        .replace("{since:compact}", &since.replace('-', ""))
        .replace("{since}", &since)
}
