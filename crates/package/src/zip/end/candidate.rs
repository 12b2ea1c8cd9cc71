use crate::{Error, Source, source::fill, zip::fields::Fields};

/// The length of an end of central directory record without its comment.
pub(super) const LENGTH: usize = 22;

/// Bytes that look like an end of central directory record; APPNOTE.TXT 4.3.16.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) position: u64,
    pub(super) disk: u16,
    pub(super) directory_disk: u16,
    pub(super) entries_on_disk: u16,
    pub(super) entries: u16,
    pub(super) directory_size: u32,
    pub(super) directory_offset: u32,
    pub(super) comment_length: u16,
    /// Whether its comment reaches exactly to the end of the source.
    pub(super) is_exact: bool,
}

/// The candidates among the last `reach` bytes, the last one first.
pub(super) fn find(source: &dyn Source, reach: u64) -> Result<Vec<Candidate>, Error> {
    let reach = reach.min(source.len());
    let start = source.len() - reach;
    let mut tail = vec![0; usize::try_from(reach).unwrap_or(0)];
    let tail = fill(source, start, &mut tail)?;
    let records = tail.windows(LENGTH).enumerate().rev();
    let found = records.filter_map(|(index, record)| {
        let behind = tail.len() - index - LENGTH;
        Candidate::parse(record, start + index as u64, behind)
    });
    Ok(found.collect())
}

impl Candidate {
    fn parse(record: &[u8], position: u64, behind: usize) -> Option<Self> {
        let mut fields = Fields::new(record.strip_prefix(b"PK\x05\x06")?);
        Some(Self {
            position,
            disk: fields.u16()?,
            directory_disk: fields.u16()?,
            entries_on_disk: fields.u16()?,
            entries: fields.u16()?,
            directory_size: fields.u32()?,
            directory_offset: fields.u32()?,
            comment_length: fields.u16()?,
            is_exact: false,
        })
        .map(|record| Self { is_exact: usize::from(record.comment_length) == behind, ..record })
    }
}
