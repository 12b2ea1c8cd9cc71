//! `USER_TempDirFiles.txt`: output of `dir /A /Q /S /T` for a user's temporary folder.

mod layout;

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, Precision, TableSchema,
    name::composed,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::Line,
};

use layout::{Entry, Header, Sum, counts};

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
    let user = user(&input.entry.path).map(|user| composed(user).into_owned());
    let mut listing = Listing { user: user.as_deref(), ..Listing::default() };
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        if !line.text.trim().is_empty() {
            listing.line(line, output)?;
        }
    }
    listing.finish(output)
}

/// The state of reading a listing.
#[derive(Default)]
struct Listing<'u> {
    user: Option<&'u str>,
    folder: Option<Folder>,
    /// Whether any folder was listed.
    has_folders: bool,
    /// What `dir` prints after the path of each folder, in languages that have such words.
    words: Option<String>,
    /// The number and size of files in all folders, and the number of folders.
    files: Sum,
    folders: i64,
    /// The totals that `dir` itself prints: first for files, then for folders.
    totals: u32,
    /// Unknown lines: how many, and the first one.
    unread: Option<(u64, u64)>,
}

struct Folder {
    line: u64,
    path: String,
    files: Sum,
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
            let path = header.path(self.words.as_deref());
            if path.is_none() {
                output.issue(IssueKind::PartialRow, line.number, || {
                    "a folder whose path may have words behind it".to_owned()
                });
            }
            let path = path.unwrap_or(header.text);
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

    /// An unknown line becomes a row without values, so that its text is searched too.
    fn unread(&mut self, line: Line<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
        let (count, _) = self.unread.get_or_insert((0, line.number));
        *count += 1;
        let mut cells = [const { Cell::Null }; 9];
        cells[0] = self.user.into();
        cells[1] = self.folder.as_ref().map(|folder| &folder.path).into();
        output.row(&TEMP_FILES, line.number, ParseStatus::Partial, line.text, &cells)
    }

    /// Ends a folder, with the totals that `dir` printed for it, if any.
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

    /// Compares the totals that `dir` printed for all folders with its listing.
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
            output.issue(IssueKind::DamagedMember, None, || {
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
