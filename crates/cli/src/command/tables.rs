//! `mde-forensics tables`

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mde_forensics::evidence::{FileSource, Packages, Parts, TableFolder};
use mde_forensics_package::{Dataset, Error, Format, Package, RECORD, Report, TableFormat};
use serde_json::{Map, Value, json};

use super::{Console, blocking, open};
use crate::args::evidence::{Access, EvidenceArguments};
use crate::evidence::{self, LEFT_OUT, PASSED_OVER};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{count, print, safe};
use crate::unread;

/// Export packages as tables, one file per table with the rows of all packages.
///
/// Every row names its package, device, member and line. `issues` and `coverage` are tables too, and `tables.json` records
/// what was read. A table without rows becomes a file with its columns only.
///
/// Exits with 1 if something needs a look, and with 4 if a package is damaged or cannot be verified; the tables are
/// written all the same.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Packages: zips, folders with extracted packages, or folders of both.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<PathBuf>,
    /// Folder to write to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Format of the files.
    #[arg(long, value_enum, default_value_t = FileFormat::Parquet)]
    format: FileFormat,
    /// Write only this table; repeatable.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Replace user names, host names, SIDs and addresses with pseudonyms in everything that is written and printed.
    #[arg(long)]
    redact: bool,
    /// Replace the files of an earlier run.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// Arrow IPC stream.
    Arrow,
    /// CSV, safe for spreadsheets.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// OCSF 1.5 Live Evidence Info, one JSON object per line.
    Ocsf,
    /// Parquet.
    Parquet,
    /// The timeline as JSON lines for Timesketch.
    Timesketch,
}

impl From<FileFormat> for TableFormat {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Arrow => Self::Each(Format::Arrow),
            FileFormat::Csv => Self::Each(Format::Csv),
            FileFormat::Ndjson => Self::Each(Format::Ndjson),
            FileFormat::Ocsf => Self::Ocsf,
            FileFormat::Parquet => Self::Each(Format::Parquet),
            FileFormat::Timesketch => Self::Timesketch,
        }
    }
}

/// Writes the tables and prints the result for each package. Giving up `parts` removes unfinished files.
pub(crate) async fn run(
    arguments: Arguments,
    console: &Console,
    parts: &Parts,
) -> Result<Exit, Failure> {
    let (is_json, parts) = (console.output.json, parts.clone());
    blocking(move || write(&arguments, is_json, &parts)).await
}

fn write(arguments: &Arguments, is_json: bool, parts: &Parts) -> Result<Exit, Failure> {
    let format = TableFormat::from(arguments.format);
    let wanted: Vec<_> = arguments.tables.iter().map(String::as_str).collect();
    format.check(&wanted).map_err(|error| refused(&error))?;
    let unwritten = |error| written(&arguments.out, error);
    let store = TableFolder::among(arguments.out.clone(), arguments.overwrite, parts);
    let store = store.map_err(unwritten)?;
    let mut files = Dataset::new(store, format, arguments.redact);
    let access = arguments.evidence.access()?;
    let Packages { paths, left_out, passed_over, .. } = evidence::packages(&arguments.packages)?;
    let mut worst = if left_out.is_empty() { Exit::Success } else { Exit::Incomplete };
    let mut unread = learn(&paths, arguments, &access, &mut files);
    for (index, path) in paths.iter().enumerate() {
        let added = match unread.remove(path) {
            Some(failure) => Err(failure),
            None => one(path, arguments, &access, &mut files),
        };
        match added {
            Ok((package, report)) => {
                let exit = open::exit(&package, &report);
                worst = unread::graver(worst, exit);
                let mut remarks = Map::new();
                remarks.insert("exit".to_owned(), exit.number().into());
                files.remark(remarks);
            }
            // Continue with the other packages.
            Err(failure) if paths.len() > 1 && failure.exit != Exit::Output => {
                worst = Exit::Altered;
                let mut document = json!({
                    "path": path.display().to_string(), "failure": failure.to_json(),
                });
                if arguments.redact {
                    hide_path(&mut document, path, index + 1);
                }
                files.tell(document);
            }
            Err(failure) => return Err(failure),
        }
    }
    // With `--redact`, number the paths: their names may contain the name of an unknown device.
    let named = |paths: &[PathBuf], stand_in: &str| -> Vec<_> {
        let paths = (1..).zip(paths);
        let name = |(number, path): (usize, &PathBuf)| {
            if arguments.redact {
                format!("{stand_in}-{number}")
            } else {
                path.display().to_string()
            }
        };
        paths.map(name).collect()
    };
    let (left_out, passed_over) =
        (named(&left_out, "left-out"), named(&passed_over, "passed-over"));
    let mut more = Map::new();
    more.insert("left_out".to_owned(), left_out.into());
    more.insert("passed_over".to_owned(), passed_over.into());
    let document = files.finish(more).map_err(unwritten)?;
    let mut added = document.get("packages").and_then(Value::as_array).into_iter().flatten();
    if added.any(|package| package.get("same_as").is_some()) {
        worst = unread::graver(worst, Exit::Incomplete);
    }
    print(&if is_json { document.to_string() } else { to_text(arguments, &document) })?;
    Ok(worst)
}

/// The failure for a table that does not exist or does not fit the format.
fn refused(error: &Error) -> Failure {
    let names = || Package::<FileSource>::schemas().map(|schema| schema.name).collect::<Vec<_>>();
    let hint = match error {
        Error::UnknownTable { .. } => {
            format!("the tables are {}", names().join(", "))
        }
        _ => error.hint().to_owned(),
    };
    Failure::usage(error.to_string()).with_hint(hint)
}

fn one(
    path: &Path,
    arguments: &Arguments,
    access: &Access,
    files: &mut Dataset<TableFolder>,
) -> Result<(Package<FileSource>, Report), Failure> {
    let package = evidence::open(path, access)?;
    let names: Vec<_> = arguments.tables.iter().map(String::as_str).collect();
    let report = files.add(&package, Some(&path.display().to_string()), &names);
    let report = report.map_err(|error| written(path, error))?;
    Ok((package, report))
}

/// Collects the names to redact from all packages before the first row is written: a later package may reveal that a
/// word in an earlier one is a name. Returns the packages that could not be read, whose names are unknown.
fn learn(
    paths: &[PathBuf],
    arguments: &Arguments,
    access: &Access,
    files: &mut Dataset<TableFolder>,
) -> BTreeMap<PathBuf, Failure> {
    let mut unread = BTreeMap::new();
    // The names of a single package are collected when it is added.
    if !arguments.redact || paths.len() < 2 {
        return unread;
    }
    for path in paths {
        let learned = evidence::open(path, access).and_then(|package| {
            files.learn(&package).map_err(|error| Failure::from_package(path, error))
        });
        if let Err(failure) = learned {
            unread.insert(path.clone(), failure);
        }
    }
    unread
}

/// Replaces the path of an unreadable package with its number: files are named after devices, and this name is unknown.
fn hide_path(document: &mut Value, path: &Path, place: usize) {
    let whole = path.display().to_string();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let hidden: Vec<_> = std::iter::once(whole).chain(name).collect();
    let stand_in = format!("package-{place}");
    each_text(document, &mut |text| {
        hidden.iter().fold(text.to_owned(), |text, own| text.replace(own.as_str(), &stand_in))
    });
}

fn each_text(document: &mut Value, change: &mut dyn FnMut(&str) -> String) {
    match document {
        Value::String(text) => *text = change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, change)),
        Value::Object(fields) => fields.values_mut().for_each(|value| each_text(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn to_text(arguments: &Arguments, record: &Value) -> String {
    let list = |field: &str| record.get(field).and_then(Value::as_array).into_iter().flatten();
    let mut lines = Vec::new();
    for (field, why) in
        [("left_out", format!("not read: {LEFT_OUT}")), ("passed_over", PASSED_OVER.to_owned())]
    {
        let names = list(field).filter_map(Value::as_str);
        lines.extend(names.map(|name| format!("{}: {why}", safe(name))));
    }
    for document in list("packages") {
        let text = |pointer: &str| {
            let found = document.pointer(pointer).and_then(Value::as_str);
            found.map(safe)
        };
        let path = text("/path").unwrap_or_default();
        if document.get("failure").is_some() {
            let message = text("/failure/error/message").unwrap_or_default();
            lines.push(format!("{path}: not read: {message}"));
            continue;
        }
        let list = |pointer: &str| document.pointer(pointer).and_then(Value::as_array);
        let tables = list("/report/tables").into_iter().flatten();
        let rows: u64 = tables.filter_map(|table| table.get("rows").and_then(Value::as_u64)).sum();
        let issues = list("/report/issues").map_or(0, Vec::len);
        let device = text("/device").unwrap_or_else(|| "unknown device".to_owned());
        let remark = match document.get("exit").and_then(Value::as_u64) {
            Some(0) => "",
            Some(1) => ", needs a look: see `open`",
            _ => ", damaged or NOT VERIFIED: see `open`",
        };
        let issues = count(issues, "issue");
        lines.push(format!("{path}: {device}, {rows} rows read, {issues}{remark}"));
        if let Some(first) = text("/same_as") {
            lines.push(format!(
                "{path}: the same collection as {first}, so its rows are there twice; pass only one of them"
            ));
        }
    }
    let not_written: Vec<_> = list("not_written").filter_map(Value::as_str).collect();
    if !not_written.is_empty() {
        lines.push(format!(
            "not written, since the format has no place for them: {}",
            not_written.join(", ")
        ));
    }
    for doubtful in list("doubtful") {
        let name = doubtful.get("name").and_then(Value::as_str).unwrap_or_default();
        let places = doubtful.get("places").and_then(Value::as_u64).unwrap_or_default();
        lines.push(format!(
            "{name} replaced a word in {places} places that may not be a name: only a path, a command line or a failed \
             logon suggests it"
        ));
    }
    let folder = safe(&arguments.out.display().to_string());
    lines.push(format!(
        "{} in {folder}; `{RECORD}` there records what was read",
        count(list("files").count(), "file")
    ));
    lines.join("\n")
}

/// The failure of reading or writing tables, with a hint if files already exist.
fn written(path: &Path, error: Error) -> Failure {
    let is_there =
        matches!(&error, Error::Write(error) if error.kind() == ErrorKind::AlreadyExists);
    let failure = Failure::from_package(path, error);
    if is_there {
        failure.with_hint("`--overwrite` replaces the files of an earlier run")
    } else {
        failure
    }
}

const EXAMPLES: &str = "\
Examples:
  mde-forensics tables package.zip --out tables/
  mde-forensics tables evidence/ --out dataset/ --format csv --redact
  mde-forensics tables evidence/ --out timelines/ --format timesketch";
