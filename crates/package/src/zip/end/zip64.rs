use super::candidate::Candidate;
use crate::{Error, Source, source::fill, zip::fields::Fields};

/// The zip64 end of central directory record and its locator; APPNOTE.TXT 4.3.14 and 4.3.15.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zip64 {
    /// Where the record lies.
    pub(super) position: u64,
    pub(super) disk: u32,
    pub(super) directory_disk: u32,
    pub(super) disks: u32,
    pub(super) entries_on_disk: u64,
    pub(super) entries: u64,
    pub(super) directory_size: u64,
    pub(super) directory_offset: u64,
    /// Whether the record ends where its locator begins, as it must.
    pub(super) meets_locator: bool,
}

/// What lies before an end of central directory record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before {
    /// No zip64 locator.
    Nothing,
    /// A zip64 locator, and no record where it points.
    Locator,
    /// A zip64 locator and its record.
    Record(Zip64),
}

impl Before {
    /// Reads what lies before an end of central directory record.
    pub(super) fn read(source: &dyn Source, candidate: &Candidate) -> Result<Self, Error> {
        let Some(locator_at) = candidate.position.checked_sub(LOCATOR as u64) else {
            return Ok(Self::Nothing);
        };
        let mut locator = [0; LOCATOR];
        let locator = fill(source, locator_at, &mut locator)?;
        let Some((declared, disks)) = parse_locator(locator) else { return Ok(Self::Nothing) };
        // A program that was put before the archive moves the record, but not the locator's offset.
        let moved = locator_at.checked_sub(RECORD as u64);
        for position in [Some(declared), moved].into_iter().flatten() {
            if position >= locator_at {
                continue;
            }
            let mut record = [0; RECORD];
            let record = fill(source, position, &mut record)?;
            if let Some(zip64) = Zip64::parse(record, position, disks, locator_at) {
                return Ok(Self::Record(zip64));
            }
        }
        Ok(Self::Locator)
    }
}

impl Zip64 {
    fn parse(record: &[u8], position: u64, disks: u32, locator_at: u64) -> Option<Self> {
        let mut fields = Fields::new(record.strip_prefix(b"PK\x06\x06")?);
        let length = fields.u64()?;
        fields.bytes(4)?;
        let end = position.checked_add(12).and_then(|start| start.checked_add(length));
        Some(Self {
            position,
            disk: fields.u32()?,
            directory_disk: fields.u32()?,
            disks,
            entries_on_disk: fields.u64()?,
            entries: fields.u64()?,
            directory_size: fields.u64()?,
            directory_offset: fields.u64()?,
            meets_locator: end == Some(locator_at),
        })
    }
}

fn parse_locator(locator: &[u8]) -> Option<(u64, u32)> {
    let mut fields = Fields::new(locator.strip_prefix(b"PK\x06\x07")?);
    fields.u32()?;
    Some((fields.u64()?, fields.u32()?))
}

const LOCATOR: usize = 20;
const RECORD: usize = 56;
