//! Columns of a table as vectors.

use mde_forensics_package::{
    Table,
    arrow_array::{
        Array, ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray,
    },
};

/// A column of text.
pub(crate) fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    arrays(table, name)
        .iter()
        .flat_map(|array| {
            let array = array.as_any().downcast_ref::<StringArray>().unwrap();
            array.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect()
}

/// A column of numbers or times.
pub(crate) fn ints(table: &Table, name: &str) -> Vec<Option<i64>> {
    arrays(table, name)
        .iter()
        .flat_map(|array| {
            if let Some(array) = array.as_any().downcast_ref::<Int64Array>() {
                return array.iter().collect::<Vec<_>>();
            }
            array.as_any().downcast_ref::<TimestampMicrosecondArray>().unwrap().iter().collect()
        })
        .collect()
}

/// A column of truths.
pub(crate) fn bools(table: &Table, name: &str) -> Vec<Option<bool>> {
    arrays(table, name)
        .iter()
        .flat_map(|array| {
            array.as_any().downcast_ref::<BooleanArray>().unwrap().iter().collect::<Vec<_>>()
        })
        .collect()
}

fn arrays(table: &Table, name: &str) -> Vec<ArrayRef> {
    table
        .batches
        .iter()
        .map(|batch| {
            let column = batch.column_by_name(name);
            ArrayRef::clone(column.unwrap_or_else(|| panic!("no column `{name}`")))
        })
        .collect()
}
