//! `USER_TempDirFiles.txt`: `dir /A /Q /S /T` of a user's folder of temporary files.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, Precision, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::Line,
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
        Column::bool("owner_may_be_cut"),
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
        Column::int("listed_bytes"),
        Column::int("stated_bytes"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let user = user(&input.entry.path).map(str::to_owned);
    let mut listing = Listing { user: user.as_deref(), ..Listing::default() };
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        if !line.text.trim().is_empty() {
            listing.line(line, output)?;
        }
    }
    listing.finish(output)
}

/// What is known of a listing as its lines go by.
#[derive(Default)]
struct Listing<'u> {
    user: Option<&'u str>,
    folder: Option<Folder>,
    /// Whether any folder was listed.
    has_folders: bool,
    /// What `dir` writes behind the path of each folder, in languages that do.
    words: Option<String>,
    /// Files and bytes in all folders, and entries that are folders.
    files: Sum,
    folders: i64,
    /// What `dir` itself counts in all folders: first its files, then its folders.
    totals: u32,
    /// Lines that are nothing known: how many, and the first.
    unread: Option<(u64, u64)>,
}

struct Folder {
    line: u64,
    path: String,
    files: Sum,
}

/// Files and what they have of bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    count: i64,
    bytes: i64,
}

impl Sum {
    fn add(&mut self, size: i64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(size);
    }
}

impl Listing<'_> {
    fn line(&mut self, line: Line<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
        let text = line.text;
        if let Some(entry) = Entry::parse(text) {
            return self.entry(line, &entry, output);
        }
        if let Some(header) = Header::parse(text) {
            self.close(None, output)?;
            if !self.has_folders {
                self.words = header.words_behind_temp().map(str::to_owned);
            }
            let path = match header.path(self.words.as_deref()) {
                Some(path) => path,
                None => {
                    output.issue(IssueKind::PartialRow, line.number, || {
                        "a folder whose path may have words behind it".to_owned()
                    });
                    header.text
                }
            };
            self.has_folders = true;
            self.folder =
                Some(Folder { line: line.number, path: path.to_owned(), files: Sum::default() });
            return Ok(());
        }
        if let Some(stated) = counts(text) {
            if self.folder.is_some() {
                return self.close(Some((stated, text)), output);
            }
            return self.total(line, stated, output);
        }
        // `     Total Files Listed:`, in any language.
        if self.has_folders && self.totals == 0 && text.starts_with("    ") {
            return self.close(None, output);
        }
        // Before the folders stand the volume's name and number, or why there is nothing to list.
        if self.has_folders { self.unread(line, output) } else { Ok(()) }
    }

    fn entry(
        &mut self,
        line: Line<'_>,
        entry: &Entry<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Stop> {
        // A link to a file is counted as a file without bytes, and one to a folder as a folder.
        match entry.size.or_else(|| (entry.kind == Some("SYMLINK")).then_some(0)) {
            Some(size) => {
                self.files.add(size);
                if let Some(folder) = &mut self.folder {
                    folder.files.add(size);
                }
            }
            None => self.folders += 1,
        }
        let stamp = output.clock().local(entry.time);
        let is_amiss = stamp.precision == Precision::Unknown || self.folder.is_none();
        if is_amiss {
            output.issue(IssueKind::PartialRow, line.number, || {
                "an entry whose time cannot be read, or that is in no folder".to_owned()
            });
        }
        let cells = [
            self.user.into(),
            self.folder.as_ref().map(|folder| &folder.path).into(),
            entry.name.into(),
            entry.size.into(),
            entry.owner.into(),
            entry.owner_may_be_cut.into(),
            Cell::Time(stamp),
            entry.kind.into(),
            entry.target.into(),
        ];
        let status = ParseStatus::Clean.or_partial(line.is_cut || is_amiss);
        output.row(&TEMP_FILES, line.number, status, line.text, &cells)
    }

    /// A line that is nothing known is a row without values, so that its text is searched as well.
    fn unread(&mut self, line: Line<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
        let (count, _) = self.unread.get_or_insert((0, line.number));
        *count += 1;
        let mut cells = [const { Cell::Null }; 9];
        cells[0] = self.user.into();
        cells[1] = self.folder.as_ref().map(|folder| &folder.path).into();
        output.row(&TEMP_FILES, line.number, ParseStatus::Partial, line.text, &cells)
    }

    /// Ends a folder, with what `dir` counted in it if it did.
    fn close(&mut self, stated: Option<(Sum, &str)>, output: &mut Output<'_>) -> Result<(), Stop> {
        let Some(Folder { line, path, files }) = self.folder.take() else { return Ok(()) };
        let (sum, raw) = stated.unzip();
        if sum != Some(files) {
            output.issue(IssueKind::CountMismatch, line, || match sum {
                Some(sum) => format!(
                    "`dir` counts {} files and {} bytes in a folder, and lists {} files and {} bytes",
                    sum.count, sum.bytes, files.count, files.bytes
                ),
                None => "a folder without the counts that `dir` gives below it".to_owned(),
            });
        }
        let cells = [
            self.user.into(),
            (&path).into(),
            files.count.into(),
            sum.map(|sum| sum.count).into(),
            files.bytes.into(),
            sum.map(|sum| sum.bytes).into(),
        ];
        let status = ParseStatus::Clean.or_partial(sum.is_none());
        output.row(&TEMP_FOLDERS, line, status, raw.unwrap_or_default(), &cells)
    }

    /// Holds what `dir` counted over all folders against what it listed.
    fn total(&mut self, line: Line<'_>, stated: Sum, output: &mut Output<'_>) -> Result<(), Stop> {
        self.totals += 1;
        match self.totals {
            1 if stated != self.files => output.issue(IssueKind::CountMismatch, line.number, || {
                format!(
                    "`dir` counts {} files and {} bytes in all folders, and lists {} files and {} bytes",
                    stated.count, stated.bytes, self.files.count, self.files.bytes
                )
            }),
            // The bytes are those that are free on the volume.
            2 if stated.count != self.folders => {
                output.issue(IssueKind::CountMismatch, line.number, || {
                    format!("`dir` counts {} folders, and lists {}", stated.count, self.folders)
                });
            }
            1 | 2 => {}
            _ => return self.unread(line, output),
        }
        Ok(())
    }

    fn finish(mut self, output: &mut Output<'_>) -> Result<(), Stop> {
        self.close(None, output)?;
        if let Some((count, first)) = self.unread {
            output.issue(IssueKind::PartialRow, first, || {
                format!("{count} lines are neither entry nor folder nor count; this is the first")
            });
        }
        if self.has_folders && self.totals < 2 {
            output.cut();
            output.issue(IssueKind::CountMismatch, None, || {
                "the listing does not end with `dir`'s total, so that some of it is missing"
                    .to_owned()
            });
        }
        Ok(())
    }
}

/// The user in `wrapped/Admin_TempDirFiles.txt`.
fn user(path: &str) -> Option<&str> {
    let file = path.rsplit(['/', '\\']).next()?;
    let end = file.len().checked_sub("_TempDirFiles.txt".len())?;
    file.get(..end)
}

/// The line of a folder, in any language: ` Directory of C:\...`, or ` C:\... ` and words.
#[derive(Clone, Copy)]
struct Header<'a> {
    /// From the path on.
    text: &'a str,
    /// Whether words stand before it.
    has_words_before: bool,
}

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(' ').filter(|rest| !rest.starts_with(' '))?;
        let drive = rest.find(":\\").and_then(|colon| colon.checked_sub(1));
        let start = drive.or_else(|| rest.find("\\\\"))?;
        Some(Self { text: rest.get(start..)?, has_words_before: start > 0 })
    }

    /// What stands behind the folder that is asked for, which is listed first and is called so on every host.
    fn words_behind_temp(&self) -> Option<&'a str> {
        const TEMP: &str = "\\appdata\\local\\temp";
        let end = self.text.to_ascii_lowercase().find(TEMP)? + TEMP.len();
        self.text.get(end..).filter(|words| !words.contains('\\'))
    }

    /// The path alone, where it can be told.
    fn path(&self, words: Option<&str>) -> Option<&'a str> {
        if let Some(words) = words {
            return self.text.strip_suffix(words);
        }
        if self.has_words_before {
            return Some(self.text);
        }
        WORDS_BEHIND.iter().find_map(|words| self.text.strip_suffix(words))
    }
}

/// In Japanese, Chinese, Korean and Turkish.
const WORDS_BEHIND: &[&str] = &[" のディレクトリ", " 的目录", " 的目錄", " 디렉터리", " dizini"];

/// Count and bytes in `  4 File(s)    354,656,224 bytes`, in any language: two numbers, each with a word.
fn counts(text: &str) -> Option<Sum> {
    let text = text.strip_prefix("    ")?.trim_start();
    let number = |text: &str| text.find(|c: char| !(c.is_ascii_digit() || is_separator(c)));
    let (count, rest) = text.split_at_checked(number(text)?)?;
    let (_, rest) = rest.split_at_checked(rest.find(|c: char| c.is_ascii_digit())?)?;
    Some(Sum { count: grouped(count)?, bytes: grouped(rest.get(..number(rest)?)?)? })
}

struct Entry<'a> {
    time: &'a str,
    size: Option<i64>,
    kind: Option<&'a str>,
    owner: Option<&'a str>,
    owner_may_be_cut: bool,
    name: &'a str,
    target: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// A line of date, time, kind or size, owner and name; by layout, since dates and numbers are
    /// in the host's format.
    fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with(' ') {
            return None;
        }
        let (time, rest) = split_time(text)?;
        let (field, rest) = columns(rest, SIZE)?;
        let field = field.strip_suffix(' ')?.trim();
        let (kind, size) = match field.strip_prefix('<') {
            Some(kind) => (Some(kind.strip_suffix('>')?), None),
            None => (None, Some(grouped(field.trim_matches(['(', ')']))?)),
        };
        let (owner, name) = columns(rest, OWNER)?;
        if name.is_empty() {
            return None;
        }
        let (name, target) = match kind {
            Some("JUNCTION" | "SYMLINK" | "SYMLINKD") => match name.rsplit_once(" [") {
                Some((name, target)) => (name, Some(target.strip_suffix(']').unwrap_or(target))),
                None => (name, None),
            },
            _ => (name, None),
        };
        let owner_may_be_cut = !owner.ends_with(' ');
        let owner = Some(owner.trim_end()).filter(|owner| !owner.is_empty());
        Some(Self { time, size, kind, owner, owner_may_be_cut, name, target })
    }
}

/// Date and time, which end before the first digit or bracket behind the minutes, and the rest.
fn split_time(text: &str) -> Option<(&str, &str)> {
    let is_two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, rest) = text.split_once(':')?;
    let (minutes, rest) = rest.split_at_checked(2)?;
    let hours = date.get(date.len().checked_sub(2)?..)?;
    if !is_two(minutes) || !is_two(hours) {
        return None;
    }
    let field = rest.find(|c: char| c.is_ascii_digit() || matches!(c, '<' | '('))?;
    let half_of_day = rest.get(..field)?.trim_end();
    text.split_at_checked(date.len() + 1 + minutes.len() + half_of_day.len())
}

/// So many columns of a text, and the rest. `dir` counts as Windows does, in units of UTF-16.
fn columns(text: &str, width: usize) -> Option<(&str, &str)> {
    let mut left = width;
    for (place, c) in text.char_indices() {
        if left == 0 {
            return text.split_at_checked(place);
        }
        left = left.checked_sub(c.len_utf16())?;
    }
    (left == 0).then_some((text, ""))
}

/// The number in `88,666,980`, whatever separates its groups.
fn grouped(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
    digits.parse().ok().filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// What separates the groups of a number somewhere: in some languages a space, and in code pages that have
/// no narrow one a question mark.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '.' | '\'' | '’' | '٬' | '?' | '\u{fffd}')
}

/// Columns of kind or size, and a space.
const SIZE: usize = 19;
/// Columns of the owner: a longer one is cut, and the name follows at once.
const OWNER: usize = 23;

#[cfg(test)]
mod tests {
    use super::{Entry, counts};

    fn parts(text: &str) -> (Option<i64>, Option<&str>, Option<&str>, bool, &str) {
        let entry = Entry::parse(text).unwrap();
        (entry.size, entry.kind, entry.owner, entry.owner_may_be_cut, entry.name)
    }

    #[test]
    fn owners_have_23_columns_and_names_follow_at_once() {
        let (dir, admins) = (Some("DIR"), Some("BUILTIN\\Administrators"));
        let installer = Some("NT SERVICE\\TrustedInsta");
        let jane = Some("CONTOSO-EUROPE\\jane.doe");
        for (line, expected) in [
            (
                "07-08-2025  18:27                51 BUILTIN\\Administrators cryptsp.dll",
                (Some(51), None, admins, false, "cryptsp.dll"),
            ),
            (
                "07-08-2025  18:29    <DIR>          AVIRUP-1\\Admin         a b",
                (None, dir, Some("AVIRUP-1\\Admin"), false, "a b"),
            ),
            (
                "08/07/2025  06:27 PM             1,051 NT SERVICE\\TrustedInstax y.dll",
                (Some(1051), None, installer, true, "x y.dll"),
            ),
            (
                "07-08-2025  15:12    <DIR>          NT SERVICE\\TrustedInsta..",
                (None, dir, installer, true, ".."),
            ),
            (
                "07-08-2025  15:12                53 CONTOSO-EUROPE\\jane.doemimikatz.exe",
                (Some(53), None, jane, true, "mimikatz.exe"),
            ),
            (
                "07-08-2025  15:12                53 CONTOSO-EUROPE\\jane.doeevil payload.ps1",
                (Some(53), None, jane, true, "evil payload.ps1"),
            ),
            // An owner whose account is gone.
            (
                "07.08.2025  15:12                53 ...                      two  spaces",
                (Some(53), None, Some("..."), false, "  two  spaces"),
            ),
            (
                "07/08/2025  15:12        88\u{a0}666\u{a0}980 AVIRUP-1\\Ádmin         a.exe",
                (Some(88_666_980), None, Some("AVIRUP-1\\Ádmin"), false, "a.exe"),
            ),
            (
                "07/08/2025  15:12        88 666 980 AVIRUP-1\\Admin         a.exe",
                (Some(88_666_980), None, Some("AVIRUP-1\\Admin"), false, "a.exe"),
            ),
            // A sparse file may state more than any disk has.
            (
                "2025-08-07  02:56 p. m.17,592,186,044,416 AVIRUP-1\\Admin         a.exe",
                (Some(17_592_186_044_416), None, Some("AVIRUP-1\\Admin"), false, "a.exe"),
            ),
        ] {
            assert_eq!(parts(line), expected, "{line}");
        }
        for line in [
            "07-08-2025  15:12                53 AVIRUP-1\\Admin         ",
            "07-08-2025  15:12    <DIR           AVIRUP-1\\Admin         a",
            "                                    1 File(s)              0 bytes",
            "The system cannot find the path specified.",
            "",
        ] {
            assert!(Entry::parse(line).is_none(), "{line}");
        }
    }

    #[test]
    fn counts_are_read_however_their_digits_are_grouped() {
        for line in [
            "               4 File(s)    354,656,224 bytes",
            "               4 fichier(s)    354\u{a0}656\u{a0}224 octets",
            "               4 fichier(s)    354\u{202f}656\u{202f}224 octets",
            "               4 fichier(s)    354 656 224 octets",
            "               4 Datei(en),    354'656'224 Bytes",
            "               4 Datei(en),    354.656.224 Bytes",
            "               4 個のファイル         354,656,224 バイト",
            "               4개 파일             354,656,224 바이트",
            "               4 个文件    354,656,224 字节",
        ] {
            let sum = counts(line).unwrap();
            assert_eq!((sum.count, sum.bytes), (4, 354_656_224), "{line}");
        }
    }
}
