//! Conversions between Python's values and ours. An error names the argument.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::Serialize;
use serde_json::Value;

/// A string without lone surrogates.
pub(crate) fn text(value: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else { return Err(no(name, "a str", value)) };
    let plain = |_| {
        PyValueError::new_err(format!("`{name}` holds a lone surrogate, which is no character"))
    };
    text.to_cow().map(std::borrow::Cow::into_owned).map_err(plain)
}

/// A duration: a number of seconds, or a `timedelta`.
pub(crate) fn duration(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    let number = |value: &Bound<'_, PyAny>| {
        (value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>())
            && !value.is_instance_of::<PyBool>()
    };
    let seconds = if number(value) {
        value.extract::<f64>().map_err(|_| out_of_range(name))?
    } else {
        match value.call_method0("total_seconds") {
            Ok(seconds) if number(&seconds) => seconds.extract()?,
            _ => return Err(no(name, "a number of seconds or a timedelta", value)),
        }
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| out_of_range(name))
}

/// A path: a `str` or an `os.PathLike`. An exception from `__fspath__` is passed on.
pub(crate) fn path(value: &Bound<'_, PyAny>, name: &str) -> PyResult<PathBuf> {
    let py = value.py();
    value.extract::<PathBuf>().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(py) {
            return no(name, "a str or an os.PathLike", value);
        }
        if error.is_instance_of::<PyUnicodeEncodeError>(py) {
            return PyValueError::new_err(format!("`{name}` holds a character that no path has"));
        }
        error
    })
}

pub(crate) fn truth(value: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    value.extract::<bool>().map_err(|_| no(name, "True or False", value))
}

/// A whole number of at least 1.
pub(crate) fn count(value: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(no(name, "an int", value));
    }
    match value.extract::<usize>() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(PyValueError::new_err(format!("`{name}` must be at least 1"))),
    }
}

/// The error for an argument of the wrong type.
pub(crate) fn no(name: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let found = value.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("`{name}` must be {wanted}, not {found}"))
}

fn out_of_range(name: &str) -> PyErr {
    PyValueError::new_err(format!("`{name}` must be a finite number of seconds, not below zero"))
}

/// Converts a value to Python's types: dict, list, str, int, float, bool and None.
pub(crate) fn to_python(py: Python<'_>, value: &impl Serialize) -> PyResult<Py<PyAny>> {
    let value = serde_json::to_value(value).map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(plain(py, &value)?.unbind())
}

fn plain<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into_pyobject(py)?.into_any(),
            (None, Some(number)) => number.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let items: PyResult<Vec<_>> = items.iter().map(|item| plain(py, item)).collect();
            PyList::new(py, items?)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, value) in fields {
                dict.set_item(key, plain(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

/// Converts Python's values to JSON; `name` is the argument's name.
pub(crate) fn to_json(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Value> {
    json_at(value, name, 0)
}

fn json_at(value: &Bound<'_, PyAny>, name: &str, depth: usize) -> PyResult<Value> {
    if depth > MAX_DEPTH {
        return Err(PyValueError::new_err(format!("`{name}` is nested too deep")));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(truth.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        let number = value.extract::<i64>().map(Value::from);
        return number.or_else(|_| value.extract::<u64>().map(Value::from)).map_err(|_| {
            PyValueError::new_err(format!("`{name}` holds a number that is too large"))
        });
    }
    if value.is_instance_of::<PyFloat>() {
        let number = serde_json::Number::from_f64(value.extract()?);
        return number.map(Value::Number).ok_or_else(|| {
            PyValueError::new_err(format!("`{name}` holds a number that is not finite"))
        });
    }
    if value.is_instance_of::<PyString>() {
        return text(value, name).map(Value::String);
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        let mut fields = serde_json::Map::new();
        for (key, value) in dict {
            let key = text(&key, &format!("a key of {name}"))?;
            let value = json_at(&value, &format!("{name}.{key}"), depth + 1)?;
            fields.insert(key, value);
        }
        return Ok(Value::Object(fields));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.enumerate();
        let items = items.map(|(at, item)| json_at(&item?, &format!("{name}[{at}]"), depth + 1));
        return items.collect::<PyResult<_>>().map(Value::Array);
    }
    if let Ok(path) = value.extract::<PathBuf>() {
        return Ok(Value::String(path.to_string_lossy().into_owned()));
    }
    Err(no(name, "a str, int, float, bool, None, list or dict", value))
}

const MAX_DEPTH: usize = 64;
