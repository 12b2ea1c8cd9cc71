//! Installed programs: `InstalledPrograms.csv` (`Win32_Product`) and `reg QUERY ...\Uninstall /s`.

use super::{Artifact, Columns, autoruns::user_sid};
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::{Piece, Registry, Shape},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "programs",
    tables: &[&PROGRAMS],
    takes: |key: &Key| {
        key.file() == "installedprograms.csv" || key.file().ends_with("currentversionuninstall.txt")
    },
    commands: &[
        "InstalledPrograms",
        "UserInstalledPrograms",
        "WmicInstalledPrograms",
        "Wow6432NodeInstalledPrograms",
    ],
    read,
};

pub(crate) static PROGRAMS: TableSchema = TableSchema::new(
    "programs",
    "one installed program, by Windows Installer or by a key of the registry",
    &[
        Column::text("source"),
        Column::text("name"),
        Column::text("version"),
        Column::text("publisher"),
        Column::text("identifier"),
        Column::text("install_date"),
        Column::text("install_location"),
        Column::text("install_source"),
        Column::text("uninstall_command"),
        Column::text("key"),
        Column::text("user_sid"),
        Column::bool("is_wow64"),
    ],
);

const FIELDS: &[&str] = &[
    "Name",
    "Version",
    "Vendor",
    "IdentifyingNumber",
    "InstallDate",
    "InstallLocation",
    "InstallSource",
    "PackageCode",
];

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    if input.entry.key.has_extension("csv") {
        installer(input, output)
    } else {
        uninstall(input, output)
    }
}

fn installer(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut records = input.records()?;
    let mut columns = None;
    while let Some(record) = records.next()? {
        let Some(columns) = &columns else {
            columns = Columns::find(record.fields, FIELDS).filter(|columns| columns.is_by_name);
            if columns.is_none() && record.line > 3 {
                break;
            }
            continue;
        };
        let values = columns.values(record.fields);
        let is_amiss = values.is_amiss || record.shape != Shape::Strict;
        let mut cells = vec![Cell::Text("windows_installer")];
        cells.extend((0..7).map(|index| values.text(index)));
        cells.extend([Cell::Null, Cell::Null, Cell::Null, Cell::Null]);
        if is_amiss {
            output.issue(IssueKind::PartialRow, record.line, || "a program in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&PROGRAMS, record.line, status, record.raw, &cells)?;
    }
    if columns.is_none() {
        output.issue(IssueKind::BadFormat, None, || "it has no header of programs".to_owned());
    }
    Ok(())
}

fn uninstall(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut registry = Registry::new(input.lines()?);
    let mut program: Option<Program> = None;
    while let Some(piece) = registry.next()? {
        match piece {
            Piece::Key { line, key, is_cut } => {
                if let Some(program) = program.take() {
                    program.finish(output)?;
                }
                program = Some(Program { line, raw: key.clone(), key, is_cut, values: Vec::new() });
            }
            Piece::Value { name, data, raw, is_cut, .. } => {
                if let Some(program) = &mut program
                    && program.raw.len() < LONGEST
                {
                    program.raw.push('\n');
                    program.raw.push_str(&raw);
                    program.is_cut |= is_cut;
                    program.values.push((name.to_ascii_lowercase(), data));
                }
            }
            Piece::Message { .. } => {}
            Piece::Other { line, .. } => output.issue(IssueKind::PartialRow, line, || {
                "a line that is neither key nor value".to_owned()
            }),
        }
    }
    match program {
        Some(program) => program.finish(output),
        None => Ok(()),
    }
}

/// One key below `Uninstall`.
struct Program {
    line: u64,
    key: String,
    raw: String,
    is_cut: bool,
    values: Vec<(String, String)>,
}

impl Program {
    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        let value = |name: &str| {
            let found = self.values.iter().find(|(own, _)| own == name);
            Cell::from(found.map(|(_, data)| data.trim()).filter(|data| !data.is_empty()))
        };
        let is_wow64 = self.key.to_ascii_lowercase().contains("\\wow6432node\\");
        let cells = [
            Cell::Text("registry"),
            value("displayname"),
            value("displayversion"),
            value("publisher"),
            self.key.rsplit('\\').next().into(),
            value("installdate"),
            value("installlocation"),
            value("installsource"),
            value("uninstallstring"),
            (&self.key).into(),
            user_sid(&self.key).into(),
            is_wow64.into(),
        ];
        let status = ParseStatus::Clean.or_partial(self.is_cut);
        output.row(&PROGRAMS, self.line, status, &self.raw, &cells)
    }
}

/// Bytes of one key after which no further value is taken.
const LONGEST: usize = 1 << 20;
