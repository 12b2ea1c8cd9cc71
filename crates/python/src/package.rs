//! An opened package: its content and its tables.

mod budgets;
pub(crate) mod table;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use mde_forensics::evidence::{self, OpenError, TableFolder};
use mde_forensics_cli::MemberFiles;
use mde_forensics_package::{
    self as package, Dataset, Error, Password, TableFormat, TableSchema, parse_indicators,
};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use serde_json::{Map, Value, json};

use crate::aside::{Interruptible, aside};
use crate::convert;
use crate::error;
use crate::guard::guarded;

use self::table::Table;

type Opened = package::Package<Interruptible>;

/// An opened package, behind `mde_forensics.Package`. It is read-only and usable from any thread,
/// even after a fork.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Package {
    opened: Arc<Opened>,
    path: PathBuf,
    held_bytes: u64,
}

#[pymethods]
impl Package {
    /// Opens a zip or an extracted folder. A password given as `str` is encoded as UTF-8.
    #[new]
    fn new(
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        password: Option<&Bound<'_, PyAny>>,
        budgets: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let password = password.map(self::password).transpose()?;
            let path = convert::path(path, "path")?;
            let budgets = budgets::read(budgets)?;
            let at = path.clone();
            let opened = aside(py, move || {
                let place = evidence::place(&at)?;
                Ok((evidence::open_with(&place, &budgets, password.as_ref())?, place))
            })?;
            match opened {
                Ok((opened, path)) => {
                    Ok(Self { opened: Arc::new(opened), path, held_bytes: budgets.held_bytes })
                }
                Err(OpenError::Package(error)) => Err(raised(py, &path, &error)),
                Err(OpenError::Unreadable { path, source }) => Err(unreadable(path, &source)),
                Err(other) => Err(PyOSError::new_err(other.to_string())),
            }
        })
    }

    /// The path of what was opened: the given path, or the only package in that folder.
    #[getter]
    fn path(&self) -> &OsStr {
        self.path.as_os_str()
    }

    /// Every table that a package can have: its name, what a row is, and its columns.
    #[staticmethod]
    fn schemas(py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let column = |column: &package::Column| {
                let kind = format!("{:?}", column.kind).to_ascii_lowercase();
                json!({"name": column.name, "kind": kind})
            };
            let schema = |schema: &'static TableSchema| {
                let columns: Vec<_> = schema.columns.iter().map(column).collect();
                json!({"name": schema.name, "doc": schema.doc, "columns": columns})
            };
            convert::to_python(py, &Opened::schemas().map(schema).collect::<Vec<_>>())
        })
    }

    /// The package's description of itself, and whether the zip is whole.
    fn about(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || convert::to_python(py, &self.opened.about()))
    }

    /// Reads one table. Fails with `KeyError` if there is no table with that name.
    fn table(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<Table> {
        guarded(py, || {
            let name = convert::text(name, "name")?;
            let opened = Arc::clone(&self.opened);
            let read = aside(py, move || opened.table(&name))?;
            read.map(Table::from).map_err(|error| raised(py, &self.path, &error))
        })
    }

    /// Reads everything once. Returns the report as a dict, and the derived tables with these
    /// names.
    fn report(&self, py: Python<'_>, names: Vec<String>) -> PyResult<(Py<PyAny>, Vec<Table>)> {
        guarded(py, || {
            let opened = Arc::clone(&self.opened);
            let read = aside(py, move || {
                let mut kept: Vec<(&'static TableSchema, Vec<RecordBatch>)> = Opened::schemas()
                    .filter(|schema| names.iter().any(|name| name == schema.name))
                    .map(|schema| (schema, Vec::new()))
                    .collect();
                let report = opened.read_all(&mut |table, batch| {
                    if let Some((_, batches)) =
                        kept.iter_mut().find(|(schema, _)| schema.name == table.name)
                    {
                        batches.push(batch);
                    }
                    Ok(())
                })?;
                let table = |(schema, batches): (&'static TableSchema, _)| {
                    let (issues, is_partial) = opened.of_derived(schema.name, &report);
                    Table::new(schema, batches, issues, is_partial)
                };
                let tables = kept.into_iter().map(table).collect();
                Ok((report, tables))
            })?;
            let (report, tables) = read.map_err(|e| raised(py, &self.path, &e))?;
            Ok((convert::to_python(py, &report)?, tables))
        })
    }

    /// Searches for indicators, one per line. Returns the hits, their number, and what was not
    /// searched.
    fn search(
        &self,
        py: Python<'_>,
        indicators: &Bound<'_, PyAny>,
        limit: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let indicators = parse_indicators(&convert::text(indicators, "indicators")?)
                .map_err(|why| PyValueError::new_err(format!("`indicators`: {why}")))?;
            let limit = convert::count(limit, "limit")?;
            let opened = Arc::clone(&self.opened);
            let search = aside(py, move || opened.search(&indicators, limit))?;
            convert::to_python(py, &search.map_err(|error| raised(py, &self.path, &error))?)
        })
    }

    /// The processes, each after its parent, and what could not be determined.
    fn process_tree(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let opened = Arc::clone(&self.opened);
            let tree = aside(py, move || opened.process_tree())?;
            convert::to_python(py, &tree.map_err(|error| raised(py, &self.path, &error))?)
        })
    }

    /// Writes members as files named by their content, or as one encrypted zip. Returns a list that
    /// maps them.
    fn extract(
        &self,
        py: Python<'_>,
        folder: &Bound<'_, PyAny>,
        members: Vec<String>,
        zip: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let folder = convert::path(folder, "folder")?;
            let is_zip = convert::truth(zip, "zip")?;
            let files = if is_zip { MemberFiles::Zip } else { MemberFiles::Plain };
            let opened = Arc::clone(&self.opened);
            let extracted =
                aside(py, move || mde_forensics_cli::extract(&opened, &members, &folder, files))?;
            let extracted = extracted.map_err(|error| raised(py, &self.path, &error))?;
            convert::to_python(py, &extracted.members)
        })
    }

    /// The bytes of a member, by its name or its SHA-256 in the table `members`.
    fn read(&self, py: Python<'_>, member: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        guarded(py, || {
            let member = convert::text(member, "member")?;
            let opened = Arc::clone(&self.opened);
            let limit = self.held_bytes;
            let read = aside(py, move || {
                let mut bytes = Vec::new();
                opened.extract(opened.locate(&member)?, &mut |part| {
                    bytes.extend_from_slice(part);
                    if bytes.len() as u64 > limit {
                        let name = package::safe::for_terminal(&member, 200);
                        return Err(Error::OverBudget { name, limit });
                    }
                    Ok(())
                })?;
                Ok(bytes)
            })?;
            read.map_err(|error| raised(py, &self.path, &error))
        })
    }
}

/// Writes tables of packages as files, one per table with the rows of all packages. Returns the
/// file names.
#[pyfunction]
pub(crate) fn export(
    py: Python<'_>,
    packages: Vec<Bound<'_, Package>>,
    folder: &Bound<'_, PyAny>,
    format: &Bound<'_, PyAny>,
    tables: Vec<String>,
    redact: &Bound<'_, PyAny>,
    overwrite: &Bound<'_, PyAny>,
) -> PyResult<Vec<String>> {
    guarded(py, || {
        let folder = convert::path(folder, "folder")?;
        let to = folder.clone();
        let format = self::format(&convert::text(format, "format")?)?;
        let redact = convert::truth(redact, "redact")?;
        let overwrite = convert::truth(overwrite, "overwrite")?;
        let opened: Vec<_> = packages
            .iter()
            .map(|package| (package.get().path.clone(), Arc::clone(&package.get().opened)))
            .collect();
        let written = aside(py, move || {
            let names: Vec<_> = tables.iter().map(String::as_str).collect();
            let store = TableFolder::new(to.clone(), overwrite).map_err(|e| (to.clone(), e))?;
            let mut files = Dataset::new(store, format, redact);
            if redact && opened.len() > 1 {
                // Learn all names before the first row is written.
                for (path, package) in &opened {
                    files.learn(package).map_err(|error| (path.clone(), error))?;
                }
            }
            for (path, package) in &opened {
                let own = path.display().to_string();
                files.add(package, Some(&own), &names).map_err(|error| (path.clone(), error))?;
            }
            let record = files.finish(Map::new()).map_err(|error| (to, error))?;
            let names = record.get("files").and_then(Value::as_array).into_iter().flatten();
            Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
        })?;
        written.map_err(|(path, error)| raised(py, &path, &error))
    })
}

/// Compares two packages. Returns the comparison as a dict, and its changes as a table.
#[pyfunction]
pub(crate) fn compare(
    py: Python<'_>,
    before: &Bound<'_, Package>,
    after: &Bound<'_, Package>,
) -> PyResult<(Py<PyAny>, Table)> {
    guarded(py, || {
        let (before, after) = (before.get(), after.get());
        let (one, other) = (Arc::clone(&before.opened), Arc::clone(&after.opened));
        let compared = aside(py, move || {
            let comparison = package::compare(&one, &other)?;
            let later = if comparison.was_turned { &one } else { &other };
            let table = comparison.table(later)?;
            Ok((comparison, table))
        })?;
        let (comparison, table) = compared.map_err(|error| raised(py, &after.path, &error))?;
        let mut comparison = serde_json::to_value(comparison).unwrap_or_default();
        if let Some(fields) = comparison.as_object_mut() {
            fields.remove("changes");
        }
        Ok((convert::to_python(py, &comparison)?, table.into()))
    })
}

fn password(value: &Bound<'_, PyAny>) -> PyResult<Password> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Password::new(bytes.as_bytes()));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Password::new(convert::text(value, "password")?));
    }
    Err(convert::no("password", "a str or bytes", value))
}

fn format(name: &str) -> PyResult<TableFormat> {
    TableFormat::parse(name).ok_or_else(|| {
        PyValueError::new_err(
            "`format` must be `arrow`, `csv`, `ndjson`, `ocsf`, `parquet` or `timesketch`",
        )
    })
}

/// The exception for a package error.
fn raised(py: Python<'_>, path: &Path, error: &Error) -> PyErr {
    let cause = std::error::Error::source(error).filter(|_| !matches!(error, Error::Write(_)));
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let text = match error {
        Error::NoPlace { .. } | Error::UnknownTable { .. } | Error::Write(_) => error.to_string(),
        _ => format!("`{}`: {error}{cause}", path.display()),
    };
    error::of_package(py, error, &text)
}

/// The exception that Python itself raises for an unreadable file.
fn unreadable(path: PathBuf, error: &std::io::Error) -> PyErr {
    let text = error.to_string();
    match error.raw_os_error() {
        // Python's own constructor chooses the class by the error number.
        Some(number) => {
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path.into_os_string()))
        }
        None => PyValueError::new_err(format!("`path` is `{}`: {text}", path.display())),
    }
}
