//! Installed programs: `InstalledPrograms.csv` (`Win32_Product`) and output of `reg QUERY
//! ...\Uninstall /s`.

use super::{
    Artifact, Columns,
    autoruns::{MAY_BE_DATA, user_sid},
};
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
    "one installed program by Windows Installer, or one key of the registry below `Uninstall`; Windows hides \
     entries that have no name or are marked as system components",
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
        Column::bool("is_hidden"),
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
    let (columns, has_lines) = Columns::header(&mut records, FIELDS)?;
    let Some(columns) = columns else {
        if has_lines {
            output.headless("programs", true);
        } else {
            // PowerShell writes not even a header where the query finds nothing, as on a host without any product of
            // Windows Installer.
            output.issue(IssueKind::Missing, None, || {
                "it is empty: Windows Installer lists no program, or the list was not made"
                    .to_owned()
            });
        }
        return Ok(());
    };
    while let Some(record) = records.next()? {
        let values = columns.values(record.fields);
        let is_amiss = values.is_amiss || record.shape != Shape::Strict;
        let mut cells = vec![Cell::Text("windows_installer")];
        // Values of a record with a fault may stand in each other's place.
        cells.extend((0..7).map(|index| if is_amiss { Cell::Null } else { values.text(index) }));
        cells.extend([const { Cell::Null }; 5]);
        if is_amiss {
            output.issue(IssueKind::PartialRow, record.line, || "a program in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&PROGRAMS, record.line, status, record.raw, &cells)?;
    }
    Ok(())
}

fn uninstall(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut registry = Registry::new(input.lines()?);
    let mut program: Option<Program> = None;
    while let Some(piece) = registry.next()? {
        match piece {
            Piece::Key { line, key, is_cut, may_be_data } => {
                if let Some(program) = program.take() {
                    program.finish(output)?;
                }
                if may_be_data {
                    output.issue(IssueKind::PartialRow, line, || MAY_BE_DATA.to_owned());
                }
                program = Some(Program {
                    line,
                    raw: key.clone(),
                    key,
                    is_cut: is_cut || may_be_data,
                    is_flooded: false,
                    values: Default::default(),
                });
            }
            Piece::Value { line, name, data, raw, is_cut, .. } => {
                let program = program.get_or_insert_with(|| {
                    output.issue(IssueKind::PartialRow, line, || {
                        "a program whose key is not there".to_owned()
                    });
                    Program::without_key(line)
                });
                program.take(&name, data, &raw, is_cut, output);
            }
            Piece::Message { .. } => {}
            Piece::Other { line, text } => {
                output.issue(IssueKind::PartialRow, line, || {
                    "a line that is neither key nor value".to_owned()
                });
                if let Some(program) = &mut program {
                    program.take("", String::new(), &text, true, output);
                } else {
                    let cells = [const { Cell::Null }; 13];
                    output.row(&PROGRAMS, line, ParseStatus::Partial, &text, &cells)?;
                }
            }
        }
    }
    match program {
        Some(program) => program.finish(output),
        None => Ok(()),
    }
}

/// A key below `Uninstall`.
struct Program {
    line: u64,
    key: String,
    raw: String,
    is_cut: bool,
    /// Whether its raw text lacks some of its values.
    is_flooded: bool,
    /// The first value of each of [`VALUES`].
    values: [Option<String>; VALUES.len()],
}

impl Program {
    /// A program whose values precede any key.
    fn without_key(line: u64) -> Self {
        let (key, raw) = (String::new(), String::new());
        Self { line, key, raw, is_cut: true, is_flooded: false, values: Default::default() }
    }

    fn take(&mut self, name: &str, data: String, raw: &str, is_cut: bool, output: &mut Output<'_>) {
        self.is_cut |= is_cut;
        let place = VALUES.iter().position(|own| own.eq_ignore_ascii_case(name));
        if let Some(value) = place.and_then(|place| self.values.get_mut(place)) {
            value.get_or_insert(data);
        }
        if self.raw.len() < LONGEST {
            if !self.raw.is_empty() {
                self.raw.push('\n');
            }
            self.raw.push_str(raw);
        } else if !std::mem::replace(&mut self.is_flooded, true) {
            self.is_cut = true;
            output.issue(IssueKind::OverBudget, self.line, || {
                "a program has more values than the raw text of a row has room for".to_owned()
            });
        }
    }

    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        let given = |place: usize| {
            let value = self.values.get(place).and_then(Option::as_deref);
            value.map(str::trim).filter(|data| !data.is_empty())
        };
        let value = |place: usize| Cell::from(given(place));
        let is_wow64 = self.key.to_ascii_lowercase().contains("\\wow6432node\\");
        let is_component = given(7).is_some_and(|data| data != "0x0");
        let cells = [
            Cell::Text("registry"),
            value(0),
            value(1),
            value(2),
            self.key.rsplit('\\').next().filter(|last| !last.is_empty()).into(),
            value(3),
            value(4),
            value(5),
            value(6),
            Some(&self.key).filter(|key| !key.is_empty()).into(),
            user_sid(&self.key).into(),
            is_wow64.into(),
            (given(0).is_none() || is_component).into(),
        ];
        let status = ParseStatus::Clean.or_partial(self.is_cut);
        output.row(&PROGRAMS, self.line, status, &self.raw, &cells)
    }
}

/// The values used for columns, and the one that hides a program.
const VALUES: [&str; 8] = [
    "DisplayName",
    "DisplayVersion",
    "Publisher",
    "InstallDate",
    "InstallLocation",
    "InstallSource",
    "UninstallString",
    "SystemComponent",
];
/// The size of one key, in bytes, after which no further value is kept in its raw text.
const LONGEST: usize = 1 << 20;
