//! `*.pf`: what ran, when, how often, and what it loaded.

use super::Artifact;
use crate::{
    Column, FileTime, IssueKind, ParseStatus, Precision, Stamp, TableSchema,
    package::{Input, Key},
    prefetch::{Prefetch, PrefetchError},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "prefetch",
    tables: &[&PREFETCH, &PREFETCH_RUNS, &PREFETCH_FILES, &PREFETCH_VOLUMES],
    takes: |key: &Key| key.has_extension("pf"),
    commands: &["Prefetch"],
    read,
};

pub(crate) static PREFETCH: TableSchema = TableSchema::new(
    "prefetch",
    "one prefetch file: a program that was run",
    &[
        Column::text("executable"),
        Column::text("hash"),
        Column::text("path"),
        Column::int("run_count"),
        Column::time("last_run"),
        Column::int("files"),
        Column::int("volumes"),
        Column::int("version"),
        Column::bool("is_compressed"),
        Column::bool("has_own_name"),
    ],
);

pub(crate) static PREFETCH_RUNS: TableSchema = TableSchema::new(
    "prefetch_runs",
    "one of the last runs of a program; older ones are only counted",
    &[Column::text("executable"), Column::text("hash"), Column::time("run")],
);

pub(crate) static PREFETCH_FILES: TableSchema = TableSchema::new(
    "prefetch_files",
    "one file that a program loaded as it started",
    &[
        Column::text("executable"),
        Column::text("hash"),
        Column::text("path"),
        Column::int("mft_entry"),
        Column::int("mft_sequence"),
        Column::int("trace_start_ms"),
        Column::int("trace_duration_ms"),
        Column::text("flags"),
    ],
);

pub(crate) static PREFETCH_VOLUMES: TableSchema = TableSchema::new(
    "prefetch_volumes",
    "one volume that a program loaded files from",
    &[
        Column::text("executable"),
        Column::text("hash"),
        Column::text("device_path"),
        Column::text("serial"),
        Column::time("created"),
        Column::int("file_references"),
        Column::int("directories"),
        Column::text("directory_paths"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let limit = usize::try_from(input.budgets.held_bytes).unwrap_or(usize::MAX);
    let limit = limit.min(Prefetch::LIMIT);
    let key = input.entry.key.clone();
    let file = input.held(limit as u64)?;
    if let Some(declared) = Prefetch::declared(&file)
        && declared <= limit as u64
        && !output.may_inflate(file.len() as u64, declared)
    {
        output.cut();
        // The same for each, so that a thousand of them are told in one line.
        output.issue(IssueKind::OverBudget, None, || {
            "it inflates to more than the budget allows".to_owned()
        });
        return Ok(());
    }
    let parsed = Prefetch::parse(&file, limit);
    match parsed {
        Ok(prefetch) => rows(&prefetch, &key, output),
        Err(error) => {
            let kind = match error {
                PrefetchError::OverBudget { .. } => IssueKind::OverBudget,
                PrefetchError::Truncated { .. } => IssueKind::DamagedMember,
                _ => IssueKind::BadFormat,
            };
            output.cut();
            output.issue(kind, None, || error.to_string());
            Ok(())
        }
    }
}

fn rows(prefetch: &Prefetch, key: &Key, output: &mut Output<'_>) -> Result<(), Stop> {
    for defect in &prefetch.defects {
        output.issue(IssueKind::PartialRow, None, || defect.to_string());
    }
    let status = ParseStatus::Clean.or_partial(!prefetch.defects.is_empty());
    let hash = format!("{:08X}", prefetch.hash);
    let (executable, hash) = (Cell::from(&prefetch.executable), Cell::from(&hash));

    // Windows cuts a short form of some names, and somebody may have given another.
    let has_own_name = Key::of(&prefetch.file_name()).file() == key.file();
    let newest = prefetch.last_runs.iter().max().copied();
    let shown = newest.map(|time| time.to_string());
    let cells = [
        executable.clone(),
        hash.clone(),
        prefetch.executable_path().into(),
        prefetch.run_count.into(),
        newest.zip(shown.as_deref()).map(|(time, raw)| stamp(time, raw)).into(),
        (prefetch.files.len() as u64).into(),
        (prefetch.volumes.len() as u64).into(),
        prefetch.version.into(),
        prefetch.is_compressed.into(),
        has_own_name.into(),
    ];
    output.row(&PREFETCH, 1, status, "", &cells)?;

    for (run, time) in (1..).zip(&prefetch.last_runs) {
        let raw = time.to_string();
        let cells = [executable.clone(), hash.clone(), stamp(*time, &raw).into()];
        output.row(&PREFETCH_RUNS, run, status, "", &cells)?;
    }
    output.each(&PREFETCH_FILES, &prefetch.files, &mut |output, line, file| {
        let flags = format!("{:#x}", file.flags);
        let cells = [
            executable.clone(),
            hash.clone(),
            Some(&file.path).filter(|path| !path.is_empty()).into(),
            file.mft_entry.into(),
            file.mft_sequence.map(u32::from).into(),
            file.trace_start.into(),
            file.trace_duration.into(),
            (&flags).into(),
        ];
        output.row(&PREFETCH_FILES, line, status, "", &cells)
    })?;
    output.each(&PREFETCH_VOLUMES, &prefetch.volumes, &mut |output, line, volume| {
        let raw = volume.created.to_string();
        let serial = format!("{:08X}", volume.serial);
        let directories = volume.directories.join("\n");
        let cells = [
            executable.clone(),
            hash.clone(),
            Some(&volume.device_path).filter(|path| !path.is_empty()).into(),
            (&serial).into(),
            stamp(volume.created, &raw).into(),
            volume.file_references.into(),
            (volume.directories.len() as u64).into(),
            Some(&directories).filter(|paths| !paths.is_empty()).into(),
        ];
        output.row(&PREFETCH_VOLUMES, line, status, "", &cells)
    })
}

/// A FILETIME as a table has it: UTC by its format.
pub(super) fn stamp(time: FileTime, raw: &str) -> Stamp<'_> {
    Stamp::utc(time.unix_micros(), raw, Precision::Microsecond)
}
