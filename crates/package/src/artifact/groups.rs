//! `LocalGroups.txt`: output of `net localgroup "NAME"` for each group, after the echoed command.

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
    let mut ends = Ends::default();
    let (mut found, mut stray) = (false, None);
    while let Some(line) = lines.next()? {
        let text = line.text.trim_end();
        let begins = match echoed(text) {
            Some(name) => Some((name, false)),
            // A file for one group has no commands: the name stands in the first line, behind its label.
            None if group.is_none() && stray.is_none() => value(text).map(|name| (name, true)),
            None => None,
        };
        if let Some((name, is_alias)) = begins {
            found = true;
            let next = Group {
                line: line.number,
                name: name.to_owned(),
                comment_at: if is_alias { 1 } else { 2 },
                lines: vec![(line.number, text.to_owned())],
                bytes: text.len(),
                given: None,
                end: End::Alone,
            };
            if let Some(group) = group.replace(next) {
                group.follow(&mut ends, output)?;
            }
        } else if let Some(group) = &mut group {
            group.push(line.number, text, output)?;
        } else if !text.is_empty() {
            stray.get_or_insert(line.number);
        }
    }
    if let Some(line) = stray {
        let kind = if found { IssueKind::PartialRow } else { IssueKind::BadFormat };
        if !found {
            output.cut();
        }
        output.issue(kind, line, || "text that belongs to no group".to_owned());
    }
    if let Some(group) = group {
        group.follow(&mut ends, output)?;
    }
    ends.held.map_or(Ok(()), |group| group.finish(output))
}

/// The group's name in `C:\Windows\System32>net localgroup "NAME"`.
fn echoed(line: &str) -> Option<&str> {
    let (_, command) = line.split_once('>')?;
    let rest = command.trim_start().strip_prefix("net")?;
    let (_, rest) = rest.split_once("localgroup")?;
    Some(rest.trim().trim_matches('"')).filter(|name| !name.is_empty())
}

struct Group {
    line: u64,
    name: String,
    /// Which of its lines is the comment.
    comment_at: usize,
    lines: Vec<(u64, String)>,
    bytes: usize,
    /// How many members were output before the group's end, because no more lines can be held.
    given: Option<i64>,
    end: End,
}

/// How the last line of a group compares with its neighbours'. Each group should end with the same
/// sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// There is no other group to compare it with.
    Alone,
    Same,
    /// They differ, so this group or its neighbour was cut or forged.
    Other,
}

/// Compares the last lines of groups.
#[derive(Default)]
struct Ends {
    /// The group that is held until the next one is known.
    held: Option<Group>,
    /// The last line that two groups have had in common.
    known: Option<String>,
}

impl Ends {
    fn compare(&mut self, before: &mut Group, next: &mut Group) {
        let (Some(first), Some(second)) = (before.last(), next.last()) else { return };
        let (first, second) = (before.text(first), next.text(second));
        let is_known = |text: &str| self.known.as_deref() == Some(text);
        if first == second {
            // Two may be cut behind the same member.
            let is_better = is_sentence(first) || !self.known.as_deref().is_some_and(is_sentence);
            if is_better {
                self.known = Some(first.to_owned());
            }
            for own in [before, next] {
                own.end = if own.end == End::Other { End::Other } else { End::Same };
            }
            return;
        }
        // It is the one that is no sentence, for no account's name ends like one; else the one that is not known.
        let own = (is_sentence(first), is_sentence(second));
        let own = if own.0 == own.1 { (is_known(first), is_known(second)) } else { own };
        if own.1 || !own.0 {
            before.end = End::Other;
        }
        if own.0 || !own.1 {
            next.end = End::Other;
        }
    }
}

impl Group {
    /// Holds a line. If too much is held already, outputs what is held and the line as members.
    fn push(&mut self, line: u64, text: &str, output: &mut Output<'_>) -> Result<(), Stop> {
        if self.given.is_none() && self.lines.len() < MOST && self.bytes < MOST_BYTES {
            self.bytes += text.len();
            self.lines.push((line, text.to_owned()));
            return Ok(());
        }
        if self.given.is_none() {
            output.issue(IssueKind::PartialRow, line, || {
                "a group has more lines than are held of one: from here on any may be its last"
                    .to_owned()
            });
            let held = self.rule().and_then(|rule| self.lines.get(rule + 1..)).unwrap_or_default();
            self.given = Some(self.members(held, false, output)?);
        }
        if !text.is_empty() {
            self.member(line, text, ParseStatus::Partial, output)?;
            self.given = self.given.map(|given| given + 1);
        }
        Ok(())
    }

    fn rule(&self) -> Option<usize> {
        let is_rule = |text: &str| text.len() > 20 && text.bytes().all(|byte| byte == b'-');
        self.lines.iter().position(|(_, text)| is_rule(text))
    }

    /// The position of the list's last line, which says that the command completed, unless the list
    /// was cut.
    fn last(&self) -> Option<usize> {
        let last = self.lines.iter().rposition(|(_, text)| !text.is_empty())?;
        let is_of_list = self.given.is_none() && self.rule().is_some_and(|rule| rule < last);
        is_of_list.then_some(last)
    }

    fn text(&self, place: usize) -> &str {
        self.lines.get(place).map_or("", |(_, text)| text.as_str())
    }

    /// Compares the last line with the previous group's, and completes that group.
    fn follow(mut self, ends: &mut Ends, output: &mut Output<'_>) -> Result<(), Stop> {
        if let Some(mut before) = ends.held.take() {
            ends.compare(&mut before, &mut self);
            before.finish(output)?;
        }
        ends.held = Some(self);
        Ok(())
    }

    /// The members are between a line of dashes and the last line, which says that the command
    /// completed. Without that line the text was cut, and the last line is a member, possibly in
    /// part.
    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        let last = self.last();
        let is_closed = last.is_some_and(|last| {
            let is_followed = last + 1 < self.lines.len();
            match self.end {
                End::Same => true,
                End::Alone => is_followed || is_sentence(self.text(last)),
                End::Other => is_sentence(self.text(last)),
            }
        });
        let end = last.map(|last| if is_closed { last } else { last + 1 });
        let members = self.rule().zip(end).and_then(|(rule, end)| self.lines.get(rule + 1..end));
        let is_other = self.end == End::Other;
        let count = match self.given {
            Some(given) => given,
            None => self.members(members.unwrap_or_default(), !is_closed || is_other, output)?,
        };
        // Below the name stands the comment, each behind its label.
        let comment = self.lines.get(self.comment_at).and_then(|(_, text)| value(text));
        let cells = [(&self.name).into(), comment.into(), count.into()];
        if is_other {
            output.issue(IssueKind::PartialRow, self.line, || {
                "a group whose closing line differs from its neighbour's, or whose member list is cut off".to_owned()
            });
        } else if !is_closed && self.given.is_none() {
            output.issue(IssueKind::PartialRow, self.line, || {
                "a group whose list of members is cut, or that has none".to_owned()
            });
        }
        let status = ParseStatus::Clean.or_partial(!is_closed || is_other);
        let raw: Vec<_> = self.lines.iter().map(|(_, text)| text.as_str()).collect();
        output.row(&GROUPS, self.line, status, raw.join("\n").trim_end(), &cells)
    }

    /// Outputs members, the last of which may be cut, and returns how many there are.
    fn members(
        &self,
        lines: &[(u64, String)],
        may_be_cut: bool,
        output: &mut Output<'_>,
    ) -> Result<i64, Stop> {
        let mut count = 0;
        for (line, account) in lines.iter().filter(|(_, text)| !text.is_empty()) {
            let is_cut = may_be_cut && lines.last().is_some_and(|(last, _)| last == line);
            self.member(*line, account, ParseStatus::Clean.or_partial(is_cut), output)?;
            count += 1;
        }
        Ok(count)
    }

    fn member(
        &self,
        line: u64,
        account: &str,
        status: ParseStatus,
        output: &mut Output<'_>,
    ) -> Result<(), Stop> {
        let (domain, name) = match account.split_once('\\') {
            Some((domain, name)) => (Some(domain), name),
            None => (None, account),
        };
        let cells = [(&self.name).into(), account.into(), domain.into(), name.into()];
        output.row(&GROUP_MEMBERS, line, status, account, &cells)
    }
}

fn is_sentence(text: &str) -> bool {
    text.ends_with(['.', '。', '।'])
}

/// The value after a label: after two or more spaces.
fn value(line: &str) -> Option<&str> {
    line.split_once("  ").map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// The maximum number of lines, and of bytes, held for one group.
const MOST: usize = 100_000;
const MOST_BYTES: usize = 1 << 20;
