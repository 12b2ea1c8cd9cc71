//! `mde-forensics tables`

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mde_forensics_package::{
    Error, Format, Package, Redaction, Report, TableSchema, TableWriter, arrow_array::RecordBatch,
    write_ocsf, write_timesketch,
};
use serde_json::{Value, json};

use super::{Console, blocking, open};
use crate::args::evidence::{Access, EvidenceArguments};
use crate::evidence::{self, FileSource};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{count, print, safe};

/// Writes the tables of packages as files, one for each table, with the rows of all packages.
///
/// Every row says which package, device, member and line it comes from. `issues` and `coverage` are among the tables,
/// and `tables.json` says what was read. Ends with 1 if something needs a look, and with 4 if a package is damaged;
/// the tables are written all the same.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Packages: zips, folders that packages were extracted to, or folders of zips.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<PathBuf>,
    /// The folder to write to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The format of the files.
    #[arg(long, value_enum, default_value_t = FileFormat::Parquet)]
    format: FileFormat,
    /// Only this table; may be given again.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Replace the names of users and hosts, SIDs and addresses by names that stand for them, in all that is written
    /// and printed.
    #[arg(long)]
    redact: bool,
    /// Replace files of an earlier run.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// Arrow IPC, as a stream.
    Arrow,
    /// CSV, safe for spreadsheets.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// OCSF 1.5 Live Evidence Info, one JSON object per line.
    Ocsf,
    /// Parquet.
    Parquet,
    /// The timeline as Timesketch takes it.
    Timesketch,
}

/// Writes, and says what became of each package.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    blocking(move || write(&arguments, is_json)).await
}

fn write(arguments: &Arguments, is_json: bool) -> Result<Exit, Failure> {
    for name in &arguments.tables {
        if !Package::<FileSource>::schemas().any(|schema| schema.name == name) {
            let names: Vec<_> =
                Package::<FileSource>::schemas().map(|schema| schema.name).collect();
            return Err(Failure::usage(format!("there is no table `{name}`"))
                .with_hint(format!("there are {}", names.join(", "))));
        }
    }
    fs::create_dir_all(&arguments.out).map_err(|error| unwritable(&arguments.out, &error))?;
    let access = arguments.evidence.access()?;
    let mut paths = Vec::new();
    for path in &arguments.packages {
        paths.extend(evidence::packages(path)?);
    }
    let mut files = Files {
        arguments,
        writers: BTreeMap::new(),
        redaction: arguments.redact.then(Redaction::default),
    };
    let mut documents: Vec<Value> = Vec::new();
    let mut worst = Exit::Success;
    for path in &paths {
        match one(path, &access, &mut files) {
            Ok((package, report)) => {
                let exit = open::exit(&package, &report);
                let is_worse = exit == Exit::Altered || worst == Exit::Success;
                worst = if is_worse { exit } else { worst };
                let mut document = open::to_json(&package, &report, false);
                if let Some(fields) = document.as_object_mut() {
                    fields.insert("path".to_owned(), path.display().to_string().into());
                }
                documents.push(document);
            }
            // One package that cannot be read keeps nobody from reading the others.
            Err(failure) if paths.len() > 1 && failure.exit != Exit::Output => {
                worst = Exit::Altered;
                documents.push(json!({
                    "path": path.display().to_string(), "failure": failure.to_json(),
                }));
            }
            Err(failure) => return Err(failure),
        }
    }
    if let Some(redaction) = &mut files.redaction {
        for document in &mut documents {
            redact(document, redaction);
        }
    }
    let written = files.finish()?;
    let document = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "redacted": arguments.redact,
        "files": written,
        "packages": documents,
    });
    let record = arguments.out.join("tables.json");
    fs::write(&record, format!("{document:#}\n")).map_err(|error| unwritable(&record, &error))?;
    print(&if is_json { document.to_string() } else { to_text(arguments, &written, &documents) })?;
    Ok(worst)
}

fn one(
    path: &Path,
    access: &Access,
    files: &mut Files<'_>,
) -> Result<(Package<FileSource>, Report), Failure> {
    let package = evidence::open(path, access)?;
    let failed = |error| Failure::from_package(path, error);
    if let Some(redaction) = &mut files.redaction {
        redaction.learn(&package).map_err(failed)?;
    }
    let collected = package.collection().started_ms;
    let names: Vec<_> = files.arguments.tables.iter().map(String::as_str).collect();
    let mut sink = |table: &'static TableSchema, batch| {
        let batch = match &mut files.redaction {
            Some(redaction) => redaction.apply(&batch)?,
            None => batch,
        };
        files.write(table, &batch, collected)
    };
    let report = match names.as_slice() {
        [] => package.read_all(&mut sink),
        names => package.read_some(names, &mut sink),
    };
    let report = report.map_err(failed)?;
    Ok((package, report))
}

/// Replaces names in every text of a document.
fn redact(document: &mut Value, redaction: &mut Redaction) {
    match document {
        Value::String(text) => *text = redaction.text(text),
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, redaction)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(value, redaction)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The files that are being written: each under a name of its own until it is whole.
struct Files<'a> {
    arguments: &'a Arguments,
    writers: BTreeMap<String, Writer>,
    /// One for all packages, so that no two devices get the same name.
    redaction: Option<Redaction>,
}

enum Writer {
    Lines(BufWriter<File>),
    Table(TableWriter<BufWriter<File>>),
}

impl Files<'_> {
    fn write(
        &mut self,
        table: &'static TableSchema,
        batch: &RecordBatch,
        collected: Option<i64>,
    ) -> Result<(), Error> {
        let (name, format) = match self.arguments.format {
            FileFormat::Timesketch if table.name != "timeline" => return Ok(()),
            FileFormat::Timesketch => ("timeline.jsonl".to_owned(), None),
            FileFormat::Ocsf => ("evidence.ocsf.ndjson".to_owned(), None),
            FileFormat::Arrow => (named(table, Format::Arrow), Some(Format::Arrow)),
            FileFormat::Csv => (named(table, Format::Csv), Some(Format::Csv)),
            FileFormat::Ndjson => (named(table, Format::Ndjson), Some(Format::Ndjson)),
            FileFormat::Parquet => (named(table, Format::Parquet), Some(Format::Parquet)),
        };
        if !self.writers.contains_key(&name) {
            let writer = self.begin(&name, table, format)?;
            self.writers.insert(name.clone(), writer);
        }
        match self.writers.get_mut(&name) {
            Some(Writer::Table(writer)) => writer.write(batch),
            Some(Writer::Lines(out)) if self.arguments.format == FileFormat::Ocsf => {
                write_ocsf(table, batch, collected, out)
            }
            Some(Writer::Lines(out)) => write_timesketch(batch, out),
            None => Ok(()),
        }
    }

    fn begin(
        &self,
        name: &str,
        table: &TableSchema,
        format: Option<Format>,
    ) -> Result<Writer, Error> {
        let path = self.arguments.out.join(name);
        if path.exists() && !self.arguments.overwrite {
            let message = format!(
                "`{}` is there already: name another folder, or `--overwrite`",
                path.display()
            );
            return Err(Error::Write(std::io::Error::other(message)));
        }
        let file =
            File::create(self.arguments.out.join(format!("{name}.part"))).map_err(Error::Write)?;
        let out = BufWriter::new(file);
        Ok(match format {
            Some(format) => Writer::Table(TableWriter::new(format, table, out)?),
            None => Writer::Lines(out),
        })
    }

    fn finish(self) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for (name, writer) in self.writers {
            let path = self.arguments.out.join(&name);
            let mut out = match writer {
                Writer::Lines(out) => out,
                Writer::Table(writer) => {
                    writer.finish().map_err(|error| Failure::from_package(&path, error))?
                }
            };
            out.flush().map_err(|error| unwritable(&path, &error))?;
            let part = self.arguments.out.join(format!("{name}.part"));
            fs::rename(part, &path).map_err(|error| unwritable(&path, &error))?;
            names.push(name);
        }
        Ok(names)
    }
}

fn named(table: &TableSchema, format: Format) -> String {
    format!("{}.{}", table.name, format.extension())
}

fn to_text(arguments: &Arguments, written: &[String], documents: &[Value]) -> String {
    let mut lines = Vec::new();
    for document in documents {
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
        lines.push(format!("{path}: {device}, {rows} rows, {}", count(issues, "issue")));
    }
    let folder = safe(&arguments.out.display().to_string());
    lines.push(format!(
        "{} in {folder}; `tables.json` there says what was read",
        count(written.len(), "file")
    ));
    lines.join("\n")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Output, format!("cannot write `{}`: {error}", path.display()))
}
