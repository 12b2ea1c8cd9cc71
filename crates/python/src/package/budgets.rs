//! Budgets for reading a package, from a dict.

use mde_forensics_package::Budgets;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt};

use crate::convert;

/// The default budgets, overridden by the given ones. Fails with `TypeError` or `ValueError`,
/// naming the budget.
pub(super) fn read(given: &Bound<'_, PyDict>) -> PyResult<Budgets> {
    let mut budgets = Budgets::default();
    for (name, value) in given {
        let name = convert::text(&name, "the name of a budget")?;
        budgets = match name.as_str() {
            "depth" => budgets.with_depth(number(&value, &name)?),
            "entries" => budgets.with_entries(number(&value, &name)?),
            "findings_per_kind" => budgets.with_findings_per_kind(number(&value, &name)?),
            "held_bytes" => budgets.with_held_bytes(number(&value, &name)?),
            "line_bytes" => budgets.with_line_bytes(number(&value, &name)?),
            "name_bytes" => budgets.with_name_bytes(number(&value, &name)?),
            "package_ratio_from_bytes" => {
                budgets.with_package_ratio_from_bytes(number(&value, &name)?)
            }
            "ratio" => budgets.with_ratio(number(&value, &name)?),
            "ratio_from_bytes" => budgets.with_ratio_from_bytes(number(&value, &name)?),
            "row_ratio" => budgets.with_row_ratio(number(&value, &name)?),
            "table_bytes" => budgets.with_table_bytes(number(&value, &name)?),
            "table_rows" => budgets.with_table_rows(number(&value, &name)?),
            "timeline_bytes" => budgets.with_timeline_bytes(number(&value, &name)?),
            "total_bytes" => budgets.with_total_bytes(number(&value, &name)?),
            other => return Err(PyValueError::new_err(format!("there is no budget `{other}`"))),
        };
    }
    Ok(budgets)
}

fn number<T: TryFrom<u64>>(value: &Bound<'_, PyAny>, name: &str) -> PyResult<T> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(convert::no(name, "an int", value));
    }
    let number = value.extract::<u64>().ok().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| {
        PyValueError::new_err(format!("the budget `{name}` cannot be so much, or less than 0"))
    })
}
