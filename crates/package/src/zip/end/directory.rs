use super::{
    End,
    candidate::Candidate,
    zip64::{Before, Zip64},
};
use crate::{Error, Kind, Source, finding::Log, source::fill};

/// Where the central directory lies by one end record, and what does not fit about it.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// Whether a central header, or nothing where nothing is declared, is at `start`.
    pub(super) is_there: bool,
    start: u64,
    size: u64,
    /// Where the first end record begins.
    records: u64,
    base: u64,
    entries: u64,
    is_zip64: bool,
    /// The declared offset, where it lies behind where the directory can be.
    missing: u64,
    /// What contradicts itself.
    faults: Vec<(Kind, &'static str)>,
}

impl Directory {
    /// Finds the central directory that an end record declares.
    ///
    /// It ends where the end records begin; if something was put before the archive, that is where it
    /// is, and not at its declared offset.
    pub(super) fn locate(source: &dyn Source, candidate: &Candidate) -> Result<Self, Error> {
        let before = Before::read(source, candidate)?;
        let mut declared = Declared::merge(candidate, &before);
        let records = match before {
            Before::Record(zip64) => zip64.position,
            // The locator is an end record too.
            Before::Locator => candidate.position.saturating_sub(20),
            Before::Nothing => candidate.position,
        };
        let by_size = records.checked_sub(declared.size);
        let by_offset = Some(declared.offset)
            .filter(|offset| offset.checked_add(declared.size).is_some_and(|end| end <= records));
        let found_by_size = has_directory(source, by_size, declared.size)?;
        let found_by_offset = has_directory(source, by_offset, declared.size)?;
        let start = match (found_by_size, found_by_offset, by_size) {
            (true, ..) => by_size,
            (false, true, _) => by_offset,
            (false, false, by_size) => by_size,
        }
        .unwrap_or(records);
        if declared.size > 0 && found_by_size && found_by_offset && by_size != by_offset {
            declared.faults.push((Kind::AmbiguousEnd, TWO_DIRECTORIES));
        }
        Ok(Self {
            is_there: found_by_size || found_by_offset,
            start,
            size: declared.size.min(records.saturating_sub(start)),
            records,
            base: start.saturating_sub(declared.offset),
            entries: declared.entries,
            is_zip64: matches!(before, Before::Record(_)),
            missing: declared.offset.saturating_sub(start),
            faults: declared.faults,
        })
    }

    /// Notes what does not fit.
    pub(super) fn report(&self, log: &mut Log) {
        if !self.is_there {
            log.archive(Kind::DirectoryDamaged, self.start, || {
                "there is no central directory where the end record says".to_owned()
            });
        }
        if self.missing > 0 {
            log.archive(Kind::Truncated, self.start, || {
                format!("{} bytes are missing before the central directory", self.missing)
            });
        }
        for (kind, message) in &self.faults {
            log.archive(*kind, self.records, || (*message).to_owned());
        }
    }

    pub(super) fn into_end(self) -> End {
        End {
            directory: self.start..self.start.saturating_add(self.size),
            records: self.records,
            base: self.base,
            entries: self.entries,
            is_zip64: self.is_zip64,
        }
    }
}

/// What the end record declares, with the saturated fields taken from its zip64 form.
struct Declared {
    entries: u64,
    size: u64,
    offset: u64,
    faults: Vec<(Kind, &'static str)>,
}

impl Declared {
    fn merge(candidate: &Candidate, before: &Before) -> Self {
        let zip64 = match before {
            Before::Record(zip64) => Some(zip64),
            Before::Locator | Before::Nothing => None,
        };
        let mut faults = faults(candidate, before);
        let mut merge = |narrow: u64, saturated: u64, wide: Option<u64>, fault| match wide {
            Some(wide) if narrow == saturated => wide,
            Some(wide) if narrow != wide => {
                faults.push((Kind::Zip64Mismatch, fault));
                narrow
            }
            _ => narrow,
        };
        let entries = merge(
            u64::from(candidate.entries),
            u64::from(u16::MAX),
            zip64.map(|zip64| zip64.entries),
            "the two end records declare different numbers of members",
        );
        let size = merge(
            u64::from(candidate.directory_size),
            u64::from(u32::MAX),
            zip64.map(|zip64| zip64.directory_size),
            "the two end records declare different sizes of the central directory",
        );
        let offset = merge(
            u64::from(candidate.directory_offset),
            u64::from(u32::MAX),
            zip64.map(|zip64| zip64.directory_offset),
            "the two end records declare different places of the central directory",
        );
        Self { entries, size, offset, faults }
    }
}

/// What does not fit about the end records themselves.
fn faults(candidate: &Candidate, before: &Before) -> Vec<(Kind, &'static str)> {
    let needs_zip64 = [candidate.directory_size, candidate.directory_offset].contains(&u32::MAX);
    let zip64 = match before {
        Before::Record(zip64) if zip64.meets_locator => None,
        Before::Record(_) => Some("the zip64 end record does not end where its locator begins"),
        Before::Locator => Some("there is no zip64 end record where its locator says"),
        Before::Nothing if needs_zip64 => {
            Some("the end record needs a zip64 record: there is none")
        }
        Before::Nothing => None,
    };
    let wide = match before {
        Before::Record(zip64) => Some(zip64),
        Before::Locator | Before::Nothing => None,
    };
    let disks = is_multi_disk(candidate, wide).then_some(SEVERAL_DISKS);
    zip64
        .map(|fault| (Kind::Zip64Mismatch, fault))
        .into_iter()
        .chain(disks.map(|fault| (Kind::MultiDisk, fault)))
        .collect()
}

fn is_multi_disk(candidate: &Candidate, zip64: Option<&Zip64>) -> bool {
    let elsewhere = |disk: u16| disk != 0 && !(disk == u16::MAX && zip64.is_some());
    elsewhere(candidate.disk)
        || elsewhere(candidate.directory_disk)
        || candidate.entries_on_disk != candidate.entries
        || zip64.is_some_and(|zip64| {
            zip64.disk != 0
                || zip64.directory_disk != 0
                || zip64.disks > 1
                || zip64.entries_on_disk != zip64.entries
        })
}

/// Whether a central header begins at `start`; a directory of no bytes is there anywhere.
fn has_directory(source: &dyn Source, start: Option<u64>, size: u64) -> Result<bool, Error> {
    let Some(start) = start else { return Ok(false) };
    let mut signature = [0; 4];
    Ok(size == 0 || fill(source, start, &mut signature)? == b"PK\x01\x02")
}

const SEVERAL_DISKS: &str = "the end record says that the archive is one part of several";
const TWO_DIRECTORIES: &str = "one central directory is where the end record's offset says and \
                               another where its size says; the latter was used";
