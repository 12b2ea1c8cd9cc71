use arrow_array::RecordBatch;

use super::{
    Cell, ParseStatus, TableSchema,
    output::impossible,
    writer::{Provenance, Writer},
};
use crate::{Error, package::Context};

/// Rows of a table that is not read from one member, but made of what is known of all.
pub(crate) struct Rows<'a> {
    context: &'a Context,
    writer: Writer,
    batches: Vec<RecordBatch>,
}

/// Where such a row comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin<'a> {
    pub(crate) member: &'a str,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) line: Option<u64>,
    pub(crate) raw: Option<&'a str>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(context: &'a Context, table: &'static TableSchema) -> Self {
        Self { context, writer: Writer::new(table), batches: Vec::new() }
    }

    pub(crate) fn push(
        &mut self,
        origin: Origin<'_>,
        status: ParseStatus,
        cells: &[Cell<'_>],
    ) -> Result<(), Error> {
        let provenance = Provenance {
            package_id: &self.context.package_id,
            device: self.context.device.as_deref(),
            member: origin.member,
            member_sha256: origin.sha256,
            line: origin.line,
            parse_status: status.as_str(),
            raw: origin.raw,
        };
        self.writer.push(&provenance, cells);
        if self.writer.is_due() {
            self.flush()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<RecordBatch>, Error> {
        self.flush()?;
        Ok(self.batches)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.batches.extend(self.writer.batch().map_err(|error| impossible(&error))?);
        Ok(())
    }
}
