//! The end of central directory record, its zip64 forms, and where the central directory lies.

mod candidate;
mod directory;
mod zip64;

use std::ops::Range;

use candidate::Candidate;
use directory::Directory;

use crate::{Error, Kind, Source, finding::Log, source::fill};

/// What the end of a zip archive says about the rest of it.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// Where the central directory lies.
    pub(crate) directory: Range<u64>,
    /// Where the archive's first end record begins, right behind the central directory.
    pub(crate) records: u64,
    /// What is to be added to every declared offset: the length of what was put before the archive.
    pub(crate) base: u64,
    /// How many members are declared.
    pub(crate) entries: u64,
    /// Whether zip64 records were used.
    pub(crate) is_zip64: bool,
}

/// Finds the end record that most readers would use, and from it the central directory.
///
/// Fails with [`Error::NotAZip`] or [`Error::Truncated`] where there is no end record, and with
/// [`Error::ReadFailed`].
pub(crate) fn find(source: &dyn Source, log: &mut Log) -> Result<End, Error> {
    let mut candidates = candidate::find(source, NEAR)?;
    if candidates.is_empty() {
        candidates = candidate::find(source, FAR)?;
    }
    let (candidate, directory) = choose(source, &candidates)?;
    report_end(source, &candidate, log);
    directory.report(log);
    if candidates.iter().filter(|other| other.is_exact).count() > 1 {
        log.archive(Kind::AmbiguousEnd, candidate.position, || {
            "several end records reach exactly to the end of the package; the last one that fits \
             was used"
                .to_owned()
        });
    }
    Ok(directory.into_end())
}

/// The last candidate that reaches exactly to the end and has a directory, else the last that has one,
/// else the last.
fn choose(source: &dyn Source, candidates: &[Candidate]) -> Result<(Candidate, Directory), Error> {
    let exact = candidates.iter().filter(|candidate| candidate.is_exact);
    let loose = candidates.iter().filter(|candidate| !candidate.is_exact);
    let mut fallback = None;
    for candidate in exact.chain(loose).take(TRIED) {
        let directory = Directory::locate(source, candidate)?;
        if directory.is_there {
            return Ok((*candidate, directory));
        }
        fallback.get_or_insert((*candidate, directory));
    }
    match fallback {
        Some(chosen) => Ok(chosen),
        None => Err(no_end(source)?),
    }
}

/// What lies behind the chosen end record.
fn report_end(source: &dyn Source, candidate: &Candidate, log: &mut Log) {
    let end = candidate.position.saturating_add(candidate::LENGTH as u64);
    let behind = source.len().saturating_sub(end);
    let comment = u64::from(candidate.comment_length);
    if comment > behind {
        log.archive(Kind::Truncated, end, || {
            format!("the archive's comment has {behind} of its {comment} bytes")
        });
    } else if comment > 0 {
        log.archive(Kind::Comment, end, || format!("the archive's comment has {comment} bytes"));
    }
    if comment < behind {
        log.archive(Kind::TrailingData, end.saturating_add(comment), || {
            format!("{} bytes lie behind the end of the archive", behind - comment)
        });
    }
}

/// The error for a source without an end record.
fn no_end(source: &dyn Source) -> Result<Error, Error> {
    let length = source.len();
    let mut begin = [0; 32];
    let begin = fill(source, 0, &mut begin)?;
    if begin.starts_with(b"PK\x03\x04") {
        return Ok(Error::Truncated { length });
    }
    let begin = crate::name::shorten(&String::from_utf8_lossy(begin));
    Ok(Error::NotAZip { length, begin })
}

/// How far from the end the record lies at most, with a comment of full length and nothing behind it.
const NEAR: u64 = candidate::LENGTH as u64 + 0xffff;
/// How far from the end it is looked for where something lies behind it.
const FAR: u64 = 1 << 20;
/// How many candidates are tried; an honest package has one.
const TRIED: usize = 64;
