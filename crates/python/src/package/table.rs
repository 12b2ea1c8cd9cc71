//! One table, as Arrow memory and as Python values.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, RecordBatchIterator};
use mde_forensics_package::{self as package, TableSchema};
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyCapsule, PyDict, PyInt, PyList, PyString};
use time::OffsetDateTime;

use crate::convert;
use crate::guard::guarded;

/// One table of a package, behind `mde_forensics.Table`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Table {
    schema: &'static TableSchema,
    batches: Vec<RecordBatch>,
    issues: Vec<package::Issue>,
    is_partial: bool,
}

impl Table {
    pub(super) fn new(
        schema: &'static TableSchema,
        batches: Vec<RecordBatch>,
        issues: Vec<package::Issue>,
        is_partial: bool,
    ) -> Self {
        Self { schema, batches, issues, is_partial }
    }
}

impl From<package::Table> for Table {
    fn from(table: package::Table) -> Self {
        let package::Table { schema, batches, issues, is_partial, .. } = table;
        Self { schema, batches, issues, is_partial }
    }
}

#[pymethods]
impl Table {
    #[getter]
    fn name(&self) -> &'static str {
        self.schema.name
    }

    /// What a row is, in one line.
    #[getter]
    fn doc(&self) -> &'static str {
        self.schema.doc
    }

    /// The names of all columns.
    #[getter]
    fn columns(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        guarded(py, || Ok(self.names()))
    }

    /// Whether rows are missing.
    #[getter]
    fn partial(&self) -> bool {
        self.is_partial
    }

    /// The issues found while reading it.
    fn issues(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || convert::to_python(py, &self.issues))
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The rows from `start` up to but not including `stop`, as dicts.
    fn rows<'py>(
        &self,
        py: Python<'py>,
        start: usize,
        stop: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        guarded(py, || {
            let rows = PyList::empty(py);
            let names: Vec<_> =
                self.names().iter().map(|name| PyString::intern(py, name)).collect();
            for (batch, part) in self.parts(start, stop) {
                let columns: PyResult<Vec<_>> =
                    batch.columns().iter().map(|column| values(py, column, part.clone())).collect();
                let columns = columns?;
                for row in 0..part.len() {
                    let dict = PyDict::new(py);
                    for (name, column) in names.iter().zip(&columns) {
                        dict.set_item(name, column.get_item(row)?)?;
                    }
                    rows.append(dict)?;
                }
            }
            Ok(rows)
        })
    }

    /// The values of one column from `start` up to but not including `stop`. Fails with `KeyError`
    /// if there is no column with that name.
    fn column<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        start: usize,
        stop: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        guarded(py, || {
            let name = convert::text(name, "name")?;
            let Ok(index) = self.schema.arrow().index_of(&name) else {
                let text =
                    format!("`{}` has no column `{}`", self.schema.name, name.escape_debug());
                return Err(PyKeyError::new_err(text));
            };
            let found = PyList::empty(py);
            for (batch, part) in self.parts(start, stop) {
                for value in values(py, batch.column(index), part)? {
                    found.append(value)?;
                }
            }
            Ok(found)
        })
    }

    /// The schema through Arrow's `PyCapsule` interface: a capsule `arrow_schema`.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        guarded(py, || {
            let schema = FFI_ArrowSchema::try_from(self.schema.arrow().as_ref())
                .map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
            // The capsule owns the value, which releases itself unless a consumer has moved it.
            PyCapsule::new_with_value(py, schema, c"arrow_schema")
        })
    }

    /// The rows through Arrow's `PyCapsule` interface: a capsule `arrow_array_stream`. Nothing is
    /// copied.
    ///
    /// `requested_schema` is ignored, as the interface allows: the types are the table's own.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        guarded(py, || {
            let _ = requested_schema;
            let batches = self.batches.clone().into_iter().map(Ok);
            let reader = RecordBatchIterator::new(batches, self.schema.arrow());
            let stream = FFI_ArrowArrayStream::new(Box::new(reader));
            PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
        })
    }
}

impl Table {
    fn names(&self) -> Vec<String> {
        self.schema.arrow().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The batches, each with the range of its rows between `start` and `stop`.
    fn parts(
        &self,
        start: usize,
        stop: usize,
    ) -> impl Iterator<Item = (&RecordBatch, Range<usize>)> {
        let mut before = 0;
        self.batches.iter().filter_map(move |batch| {
            let count = batch.num_rows();
            let from = start.saturating_sub(before).min(count);
            let to = stop.saturating_sub(before).min(count);
            before += count;
            (from < to).then_some((batch, from..to))
        })
    }
}

/// A column's values as Python values. A time outside Python's calendar is None, as in JSON.
fn values<'py>(
    py: Python<'py>,
    column: &dyn Array,
    rows: Range<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    let push = |row: usize, value: Bound<'py, PyAny>| {
        if column.is_valid(row) { list.append(value) } else { list.append(py.None()) }
    };
    if let Some(texts) = column.as_string_opt::<i32>() {
        rows.into_iter()
            .try_for_each(|row| push(row, PyString::new(py, texts.value(row)).into_any()))?;
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        rows.into_iter()
            .try_for_each(|row| push(row, PyInt::new(py, numbers.value(row)).into_any()))?;
    } else if let Some(truths) = column.as_boolean_opt() {
        rows.into_iter().try_for_each(|row| {
            push(row, PyBool::new(py, truths.value(row)).to_owned().into_any())
        })?;
    } else if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        let class = datetime.getattr("datetime")?;
        for row in rows {
            push(row, time(py, &class, &utc, times.value(row))?)?;
        }
    } else {
        let text = format!("a column of {} is not known here", column.data_type());
        return Err(PyRuntimeError::new_err(text));
    }
    Ok(list)
}

fn time<'py>(
    py: Python<'py>,
    class: &Bound<'py, PyAny>,
    utc: &Bound<'py, PyAny>,
    micros: i64,
) -> PyResult<Bound<'py, PyAny>> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    let Some(time) = time.ok().filter(|time| (1..=9999).contains(&time.year())) else {
        return Ok(py.None().into_bound(py));
    };
    let date = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second, micro) = time.to_hms_micro();
    class.call1((date.0, date.1, date.2, hour, minute, second, micro, utc))
}
