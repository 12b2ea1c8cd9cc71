//! How members and records lie in the package: what they share, and what lies between them.

use std::ops::Range;

use super::end::End;
use crate::{Error, Kind, Member, Source, finding::Log, order::sorted, source::fill};

/// A part of the package and what takes it.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    range: Range<u64>,
    owner: Owner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Directory,
    End,
    Member(u32),
}

impl Span {
    pub(crate) fn member(range: Range<u64>, index: u32) -> Self {
        Self { range, owner: Owner::Member(index) }
    }
}

/// Notes overlaps, gaps, and what lies before the archive, in one pass over the sorted spans.
///
/// Fails with [`Error::ReadFailed`].
pub(crate) fn check(
    source: &dyn Source,
    end: &End,
    mut spans: Vec<Span>,
    members: &[Member],
    log: &mut Log,
) -> Result<(), Error> {
    spans.push(Span { range: end.directory.clone(), owner: Owner::Directory });
    spans.push(Span { range: end.records..source.len(), owner: Owner::End });
    let spans = sorted(spans, |one, other| {
        (one.range.start, one.range.end).cmp(&(other.range.start, other.range.end))
    });
    let label = |owner: Owner| match owner {
        Owner::Member(index) => {
            let member = usize::try_from(index).ok().and_then(|index| members.get(index));
            member.map_or_else(String::new, |member| format!("`{}`", member.label()))
        }
        Owner::Directory => "the central directory".to_owned(),
        Owner::End => "the end record".to_owned(),
    };
    let mut reached = 0;
    let mut last = None;
    for span in &spans {
        let Range { start, end: stop } = span.range;
        match last {
            _ if start > reached => gap(source, reached..start, end, log)?,
            Some(before) if start < reached => {
                let index = [span.owner, before].into_iter().find_map(|owner| match owner {
                    Owner::Member(index) => Some(index),
                    Owner::Directory | Owner::End => None,
                });
                let message = || {
                    let shared = stop.min(reached) - start;
                    format!("{} and {} share {shared} bytes", label(before), label(span.owner))
                };
                match index {
                    Some(index) => log.member(Kind::Overlap, index, start, message),
                    None => log.archive(Kind::Overlap, start, message),
                }
            }
            _ => {}
        }
        if stop > reached || last.is_none() {
            (reached, last) = (stop, Some(span.owner));
        }
    }
    Ok(())
}

/// Notes what lies in a part of the package that nothing takes.
fn gap(source: &dyn Source, gap: Range<u64>, end: &End, log: &mut Log) -> Result<(), Error> {
    let mut begin = [0; 4];
    let begin = fill(source, gap.start, &mut begin)?;
    let is_header = begin == b"PK\x03\x04";
    let length = gap.end - gap.start;
    if gap.start == 0 && end.base > 0 && is_header {
        log.archive(Kind::Truncated, 0, || {
            "the archive that begins at byte 0 has no end record; what is listed is another one \
             inside it"
                .to_owned()
        });
    } else if gap.start == 0 && !is_header {
        let what = if begin.starts_with(b"MZ") { "a Windows program" } else { "other bytes" };
        let counted = if end.base > 0 { "do not count" } else { "count" };
        log.archive(Kind::PrefixData, 0, || {
            format!(
                "{what} of {length} bytes stand before the archive, whose offsets {counted} them"
            )
        });
    } else if is_header && log.has(Kind::TooManyEntries) {
        // It may be of a member that is in the directory and, by the budget, not listed here.
    } else if is_header {
        log.archive(Kind::UnlistedEntry, gap.start, || {
            format!(
                "a local header at byte {} is not in the central directory ({length} bytes)",
                gap.start
            )
        });
    } else {
        log.archive(Kind::DataBetweenEntries, gap.start, || {
            format!("{length} bytes at byte {} belong to no member", gap.start)
        });
    }
    Ok(())
}
