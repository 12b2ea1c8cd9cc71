//! Columns of a table as vectors.

use std::collections::BTreeMap;

use mde_forensics_package::{
    Format, Package, Source, Table, TableWriter,
    arrow_array::{
        Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray,
        TimestampMicrosecondArray,
    },
};

/// Every batch of every table of a package, read once.
pub(crate) fn batches<S: Source>(package: &Package<S>) -> BTreeMap<&'static str, Vec<RecordBatch>> {
    let mut found = BTreeMap::new();
    package
        .read_all(&mut |schema, batch| {
            found.entry(schema.name).or_insert_with(Vec::new).push(batch);
            Ok(())
        })
        .unwrap();
    found
}

/// The rows of a table as JSON.
pub(crate) fn objects<S: Source>(name: &str, batches: &[RecordBatch]) -> Vec<Object> {
    let schema = Package::<S>::schemas().find(|schema| schema.name == name).unwrap();
    let mut writer = TableWriter::new(Format::Ndjson, schema, Vec::new()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    let lines = String::from_utf8(writer.finish().unwrap()).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) type Object = serde_json::Map<String, serde_json::Value>;

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
