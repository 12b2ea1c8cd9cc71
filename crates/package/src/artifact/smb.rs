//! The SMB folder, line by line. No file with a session has been seen, so the lines are not
//! interpreted.

use super::Artifact;
use crate::{
    Column, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "smb",
    tables: &[&SMB],
    takes: |key: &Key| {
        key.folder().contains("smb") && (key.has_extension("txt") || key.has_extension("csv"))
            || key.file().starts_with("smbinboundsession")
            || key.file().starts_with("smboutboundsession")
    },
    commands: &["SmbInboundSessions", "SmbOutboundSessions"],
    read,
};

pub(crate) static SMB: TableSchema = TableSchema::new(
    "smb",
    "one line of a member about SMB sessions, as it stands",
    &[Column::text("file"), Column::text("text")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let path = input.entry.path.as_str();
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if text.is_empty() {
            continue;
        }
        let status = ParseStatus::Clean.or_partial(line.is_cut);
        output.row(&SMB, line.number, status, line.text, &[file.into(), text.into()])?;
    }
    Ok(())
}
