use crate::{Error, clock::Clock, table::Cell, text::Records};

/// Maps the fields of a CSV record to columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    places: Vec<Option<usize>>,
    /// The number of fields in a record.
    pub(crate) width: usize,
    /// Whether fields were matched by name; otherwise they are taken by position.
    pub(crate) is_by_name: bool,
}

impl Columns {
    /// Finds `expected` names in a header, ignoring case. If hardly any is found but the number of
    /// fields is right, the header is in another language and the order decides.
    ///
    /// `None` if this is not such a header.
    pub(crate) fn find(header: &[String], expected: &[&str]) -> Option<Self> {
        let places: Vec<_> = expected
            .iter()
            .map(|name| header.iter().position(|field| field.trim().eq_ignore_ascii_case(name)))
            .collect();
        let found = places.iter().flatten().count();
        if found * 2 > expected.len() {
            return Some(Self { places, width: header.len(), is_by_name: true });
        }
        (header.len() == expected.len()).then(|| Self {
            places: (0..expected.len()).map(Some).collect(),
            width: header.len(),
            is_by_name: false,
        })
    }

    /// Reads up to the header with the `expected` names, which Windows PowerShell may precede with
    /// a `#TYPE` line.
    ///
    /// `None` if there is none. Everything is read then, so that damage is noticed; the second
    /// value says whether there were any records.
    pub(crate) fn header(
        records: &mut Records<'_>,
        expected: &[&str],
    ) -> Result<(Option<Self>, bool), Error> {
        let mut count = 0_u64;
        while let Some(record) = records.next()? {
            count += 1;
            if count <= 4
                && let Some(columns) = Self::find(record.fields, expected)
                && columns.is_by_name
            {
                return Ok((Some(columns), true));
            }
        }
        Ok((None, count > 0))
    }

    pub(crate) fn values<'a>(&'a self, fields: &'a [String]) -> Values<'a> {
        Values { columns: self, fields, is_amiss: fields.len() != self.width }
    }
}

/// The values of one record. Notes whether any of them does not fit its column.
pub(crate) struct Values<'a> {
    columns: &'a Columns,
    fields: &'a [String],
    /// Whether the record's width differs from its header's, or a value is not valid.
    pub(crate) is_amiss: bool,
}

impl<'a> Values<'a> {
    /// The field with the expected name at `index`, if present and not empty.
    pub(crate) fn get(&self, index: usize) -> Option<&'a str> {
        let place = self.columns.places.get(index).copied().flatten()?;
        self.fields.get(place).map(String::as_str).filter(|field| !field.is_empty())
    }

    pub(crate) fn text(&self, index: usize) -> Cell<'a> {
        self.get(index).into()
    }

    pub(crate) fn int(&mut self, index: usize) -> Cell<'a> {
        let Some(text) = self.get(index) else { return Cell::Null };
        let value = text.trim().parse::<i64>().ok();
        self.is_amiss |= value.is_none();
        value.into()
    }

    pub(crate) fn bool(&mut self, index: usize) -> Cell<'a> {
        let Some(text) = self.get(index) else { return Cell::Null };
        let value = match text.trim() {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        self.is_amiss |= value.is_none();
        value.into()
    }

    pub(crate) fn local_time(&mut self, index: usize, clock: &Clock) -> Cell<'a> {
        let Some(text) = self.get(index) else { return Cell::Null };
        let stamp = clock.local(text);
        self.is_amiss |= stamp.precision == crate::Precision::Unknown;
        Cell::Time(stamp)
    }
}
