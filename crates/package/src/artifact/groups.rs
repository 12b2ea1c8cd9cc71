//! `LocalGroups.txt`: `net localgroup "NAME"` for each group, with the command echoed before it.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "groups",
    tables: &[&GROUPS, &GROUP_MEMBERS],
    // Microsoft's documentation says that there is a file for each group.
    takes: |key: &Key| {
        key.file() == "localgroups.txt"
            || (key.folder() == "usersandgroups"
                && key.file() != "queryuser.txt"
                && key.has_extension("txt"))
    },
    commands: &["LocalGroups"],
    read,
};

pub(crate) static GROUPS: TableSchema = TableSchema::new(
    "groups",
    "one local group",
    &[Column::text("group"), Column::text("comment"), Column::int("member_count")],
);

pub(crate) static GROUP_MEMBERS: TableSchema = TableSchema::new(
    "group_members",
    "one member of a local group",
    &[Column::text("group"), Column::text("account"), Column::text("domain"), Column::text("name")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut group: Option<Group> = None;
    while let Some(line) = lines.next()? {
        let text = line.text.trim_end();
        if let Some(name) = echoed(text) {
            let next = Group {
                line: line.number,
                name: name.to_owned(),
                lines: vec![(line.number, text.to_owned())],
            };
            if let Some(group) = group.replace(next) {
                group.finish(output)?;
            }
        } else if let Some(group) = &mut group {
            if group.lines.len() < MOST {
                group.lines.push((line.number, text.to_owned()));
            } else {
                output.issue(IssueKind::OverBudget, line.number, || {
                    "a group has more lines than are read of one".to_owned()
                });
            }
        }
    }
    match group {
        Some(group) => group.finish(output),
        None => Ok(()),
    }
}

/// The group in `C:\Windows\System32>net localgroup "NAME"`.
fn echoed(line: &str) -> Option<&str> {
    let (_, command) = line.split_once('>')?;
    let rest = command.trim_start().strip_prefix("net")?;
    let (_, rest) = rest.split_once("localgroup")?;
    Some(rest.trim().trim_matches('"')).filter(|name| !name.is_empty())
}

struct Group {
    line: u64,
    name: String,
    lines: Vec<(u64, String)>,
}

impl Group {
    /// Members stand between a line of dashes and the last line, which says that the command is done.
    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        let is_rule = |text: &str| text.len() > 20 && text.bytes().all(|byte| byte == b'-');
        let rule = self.lines.iter().position(|(_, text)| is_rule(text));
        let last = self.lines.iter().rposition(|(_, text)| !text.is_empty());
        let members = match (rule, last) {
            (Some(rule), Some(last)) if last > rule => {
                self.lines.get(rule + 1..last).unwrap_or_default()
            }
            _ => &[],
        };
        let mut count = 0;
        for (line, account) in members.iter().filter(|(_, text)| !text.is_empty()) {
            let (domain, name) = match account.split_once('\\') {
                Some((domain, name)) => (Some(domain), name),
                None => (None, account.as_str()),
            };
            let cells = [(&self.name).into(), account.into(), domain.into(), name.into()];
            output.row(&GROUP_MEMBERS, *line, ParseStatus::Clean, account, &cells)?;
            count += 1;
        }
        // Below the echoed command stand the name and then the comment, each behind its label.
        let comment = self.lines.get(2).and_then(|(_, text)| value(text));
        let cells = [(&self.name).into(), comment.into(), i64::from(count).into()];
        let status = ParseStatus::Clean.or_partial(rule.is_none());
        if rule.is_none() {
            output.issue(IssueKind::PartialRow, self.line, || "a group without a list".to_owned());
        }
        let raw: Vec<_> = self.lines.iter().map(|(_, text)| text.as_str()).collect();
        output.row(&GROUPS, self.line, status, raw.join("\n").trim_end(), &cells)
    }
}

/// What stands behind a label: after two spaces or more.
fn value(line: &str) -> Option<&str> {
    line.split_once("  ").map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// Lines that are read of one group.
const MOST: usize = 100_000;
