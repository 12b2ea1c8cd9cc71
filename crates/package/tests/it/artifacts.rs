//! What members give as rows and as issues: each of these was lost, changed, or passed over in silence once.

mod collection;
mod encodings;
mod network;
mod processes;
mod robocopy;
mod scheduled_tasks;
mod services;
mod temp_files;
mod users_and_programs;

use mde_forensics_package::{Budgets, FolderFile, Format, Package, Table, TableWriter};
use serde_json::Value;

/// The tables of a package that has these members only.
fn package<const N: usize>(members: [(&str, &[u8]); N]) -> Package<Vec<u8>> {
    let files = members.map(|(name, bytes)| FolderFile::new(name, bytes.to_vec()));
    Package::open_folder(files.into(), &Budgets::default()).unwrap()
}

/// One table of a package that has one member only.
fn table(member: &str, bytes: impl AsRef<[u8]>, name: &str) -> Table {
    package([(member, bytes.as_ref())]).table(name).unwrap()
}

/// Some columns of a table, row by row.
fn cells<const N: usize>(table: &Table, columns: [&str; N]) -> Value {
    let mut writer = TableWriter::new(Format::Ndjson, table.schema, Vec::new()).unwrap();
    for batch in &table.batches {
        writer.write(batch).unwrap();
    }
    let lines = String::from_utf8(writer.finish().unwrap()).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let cell = |column| row.get(column).unwrap_or_else(|| panic!("no `{column}`")).clone();
        Value::Array(columns.into_iter().map(cell).collect())
    };
    Value::Array(lines.lines().map(row).collect())
}

/// What was noted of a table: what kind, and at which line.
fn issues(table: &Table) -> Vec<(&'static str, Option<u64>)> {
    table.issues.iter().map(|issue| (issue.kind.code(), issue.line)).collect()
}
