use arrow_array::{
    Array, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    cast::AsArray,
    types::{Int64Type, TimestampMicrosecondType},
};

/// The columns of a batch by their names, one row at a time; what is absent is `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a>(pub(crate) &'a RecordBatch);

impl<'a> View<'a> {
    pub(crate) fn texts(self, name: &str) -> Option<&'a StringArray> {
        self.0.column_by_name(name)?.as_string_opt::<i32>()
    }

    pub(crate) fn ints(self, name: &str) -> Option<&'a Int64Array> {
        self.0.column_by_name(name)?.as_primitive_opt::<Int64Type>()
    }

    pub(crate) fn times(self, name: &str) -> Option<&'a TimestampMicrosecondArray> {
        self.0.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>()
    }

    pub(crate) fn bools(self, name: &str) -> Option<&'a BooleanArray> {
        self.0.column_by_name(name)?.as_boolean_opt()
    }

    pub(crate) fn text(self, name: &str, row: usize) -> Option<&'a str> {
        let array = self.texts(name)?;
        (row < array.len() && array.is_valid(row)).then(|| array.value(row))
    }

    pub(crate) fn int(self, name: &str, row: usize) -> Option<i64> {
        let array = self.ints(name)?;
        (row < array.len() && array.is_valid(row)).then(|| array.value(row))
    }

    pub(crate) fn time(self, name: &str, row: usize) -> Option<i64> {
        let array = self.times(name)?;
        (row < array.len() && array.is_valid(row)).then(|| array.value(row))
    }

    pub(crate) fn bool(self, name: &str, row: usize) -> Option<bool> {
        let array = self.bools(name)?;
        (row < array.len() && array.is_valid(row)).then(|| array.value(row))
    }

    /// A value as text, whatever its column holds.
    pub(crate) fn shown(self, name: &str, row: usize) -> Option<String> {
        self.text(name, row)
            .map(str::to_owned)
            .or_else(|| self.int(name, row).map(|value| value.to_string()))
            .or_else(|| self.time(name, row).and_then(crate::clock::iso))
            .or_else(|| self.bool(name, row).map(|value| value.to_string()))
    }
}
