//! `USER_TempDirFiles.txt`: `dir /A /Q /S /T` of a user's folder of temporary files.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    clock::parse_local,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "temp_files",
    tables: &[&TEMP_FILES, &TEMP_FOLDERS],
    takes: |key: &Key| key.file().ends_with("tempdirfiles.txt"),
    commands: &["TempDirFiles"],
    read,
};

pub(crate) static TEMP_FILES: TableSchema = TableSchema::new(
    "temp_files",
    "one entry of a folder of temporary files, `.` and `..` included",
    &[
        Column::text("user"),
        Column::text("folder"),
        Column::text("name"),
        Column::int("size"),
        Column::text("owner"),
        Column::time("modified"),
        Column::text("entry_type"),
        Column::text("link_target"),
    ],
);

pub(crate) static TEMP_FOLDERS: TableSchema = TableSchema::new(
    "temp_folders",
    "one listed folder of temporary files, with the counts that `dir` gave below it",
    &[
        Column::text("user"),
        Column::text("folder"),
        Column::int("listed_files"),
        Column::int("stated_files"),
        Column::text("stated_bytes"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let user = user(&input.entry.path).map(str::to_owned);
    let mut lines = input.lines()?;
    let mut folder: Option<(u64, String, i64)> = None;
    while let Some(line) = lines.next()? {
        let text = line.text;
        if text.trim().is_empty() {
            continue;
        }
        if let Some(entry) = Entry::parse(text) {
            let stamp = output.clock().local(entry.time);
            let status = ParseStatus::Clean.or_partial(line.is_cut);
            if let Some((_, _, files)) = &mut folder {
                *files += i64::from(entry.size.is_some());
            }
            let cells = [
                user.as_ref().into(),
                folder.as_ref().map(|(_, name, _)| name).into(),
                entry.name.into(),
                entry.size.into(),
                entry.owner.into(),
                Cell::Time(stamp),
                entry.kind.into(),
                entry.target.into(),
            ];
            output.row(&TEMP_FILES, line.number, status, text, &cells)?;
        } else if let Some(path) = path(text) {
            folder = Some((line.number, path.to_owned(), 0));
        } else if let Some((count, bytes)) = footer(text)
            && let Some((number, name, listed)) = folder.take()
        {
            if count != listed {
                output.issue(IssueKind::CountMismatch, number, || {
                    format!("`dir` counts {count} files in a folder, and lists {listed}")
                });
            }
            let cells =
                [user.as_ref().into(), (&name).into(), listed.into(), count.into(), bytes.into()];
            output.row(&TEMP_FOLDERS, number, ParseStatus::Clean, text, &cells)?;
        }
    }
    Ok(())
}

/// The user in `wrapped/Admin_TempDirFiles.txt`.
fn user(path: &str) -> Option<&str> {
    let file = path.rsplit(['/', '\\']).next()?;
    let end = file.len().checked_sub("_TempDirFiles.txt".len())?;
    file.get(..end)
}

/// The path in ` Directory of C:\...`, in any language.
fn path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(' ').filter(|rest| !rest.starts_with(' '))?;
    let drive = rest.find(":\\").and_then(|colon| colon.checked_sub(1));
    let start = drive.or_else(|| rest.find("\\\\"))?;
    rest.get(start..)
}

/// Count and bytes in `  4 File(s)    354,656,224 bytes`, in any language: two numbers and two words.
fn footer(text: &str) -> Option<(i64, &str)> {
    let mut words = text.strip_prefix("    ")?.split_whitespace();
    let count = words.next()?.parse().ok()?;
    let mut numbers = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    numbers.next().map(|bytes| (count, bytes))
}

struct Entry<'a> {
    time: &'a str,
    size: Option<i64>,
    kind: Option<&'a str>,
    owner: Option<&'a str>,
    name: &'a str,
    target: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// A line of date, time, kind or size, owner and name; by layout, since dates and numbers are
    /// in the host's format.
    fn parse(text: &'a str) -> Option<Self> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        // Date and time are what stands before four spaces or the kind.
        let (time, rest) = split_time(text)?;
        parse_local(time)?;
        let body = rest.trim_start();
        let (kind, size, after) = if let Some(inside) = body.strip_prefix('<') {
            let (kind, after) = inside.split_once('>')?;
            (Some(kind), None, after.trim_start())
        } else {
            let (digits, after) = body.split_once(' ')?;
            let number: String = digits.chars().filter(char::is_ascii_digit).collect();
            (None, Some(number.parse().ok()?), after)
        };
        let (owner, name) = split_owner(after)?;
        let (name, target) = match kind {
            Some("JUNCTION" | "SYMLINK" | "SYMLINKD") => match name.rsplit_once(" [") {
                Some((name, target)) => (name, Some(target.strip_suffix(']').unwrap_or(target))),
                None => (name, None),
            },
            _ => (name, None),
        };
        Some(Self { time, size, kind, owner, name, target })
    }
}

fn split_time(text: &str) -> Option<(&str, &str)> {
    let colon = text.find(':')?;
    let (before, after) = text.split_at_checked(colon)?;
    let end = after.find("  ")?;
    let end = before.len() + end;
    text.split_at_checked(end)
}

/// Owner and name: the owner's place is 22 characters wide and then a space, or wider where it must.
fn split_owner(text: &str) -> Option<(Option<&str>, &str)> {
    let place = text.char_indices().nth(OWNER).map(|(index, _)| index)?;
    let (owner, rest) = text.split_at_checked(place)?;
    if let Some(name) = rest.strip_prefix(' ') {
        return Some((Some(owner.trim_end()).filter(|owner| !owner.is_empty()), name));
    }
    let (more, name) = rest.split_once(' ')?;
    let owner = text.get(..place + more.len())?;
    Some((Some(owner), name))
}

const OWNER: usize = 22;

#[cfg(test)]
mod tests {
    use super::Entry;

    fn parts(text: &str) -> (Option<i64>, Option<&str>, Option<&str>, &str) {
        let entry = Entry::parse(text).unwrap();
        (entry.size, entry.kind, entry.owner, entry.name)
    }

    #[test]
    fn owners_wide_and_narrow_are_told_from_names() {
        assert_eq!(
            parts("07-08-2025  18:27                51 BUILTIN\\Administrators cryptsp.dll"),
            (Some(51), None, Some("BUILTIN\\Administrators"), "cryptsp.dll")
        );
        assert_eq!(
            parts("07-08-2025  18:29    <DIR>          AVIRUP-1\\Admin         a b"),
            (None, Some("DIR"), Some("AVIRUP-1\\Admin"), "a b")
        );
        assert_eq!(
            parts("08/07/2025  06:27 PM             1,051 NT SERVICE\\TrustedInstaller x y.dll"),
            (Some(1051), None, Some("NT SERVICE\\TrustedInstaller"), "x y.dll")
        );
    }
}
