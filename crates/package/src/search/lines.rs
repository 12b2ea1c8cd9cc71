use std::collections::{BTreeMap, BTreeSet};

use super::{Hits, NotSearched};
use crate::{Error, Package, Source, Verdict, Work, package::Entry, report::kind};

/// The lines of which a row has been seen to have an indicator.
#[derive(Default)]
pub(super) struct Seen {
    by_member: BTreeMap<String, BTreeSet<(u64, usize)>>,
    count: usize,
}

impl Seen {
    pub(super) fn insert(
        &mut self,
        member: &str,
        line: Option<i64>,
        raw: Option<&str>,
        index: usize,
    ) {
        let Some(line) = line.and_then(|line| u64::try_from(line).ok()) else { return };
        if !self.by_member.contains_key(member) {
            self.by_member.insert(member.to_owned(), BTreeSet::new());
        }
        let Some(lines) = self.by_member.get_mut(member) else { return };
        let count = raw.map_or(1, |raw| raw.lines().count().max(1)) as u64;
        for line in line..line.saturating_add(count) {
            if self.count < MOST && lines.insert((line, index)) {
                self.count += 1;
            }
        }
    }

    fn contains(&self, member: &str, line: u64, index: usize) -> bool {
        let of_member = self.by_member.get(member);
        // Where so many were found that not all are kept, a hit twice is better than none.
        of_member.is_some_and(|lines| lines.contains(&(line, index)))
    }
}

impl<S: Source> Package<S> {
    /// Searches the lines of every member that has text, and names what cannot be searched so.
    pub(super) fn search_lines(
        &self,
        hits: &mut Hits<'_>,
        seen: &Seen,
        not_searched: &mut Vec<NotSearched>,
    ) -> Result<(), Error> {
        let mut named: BTreeSet<_> = not_searched.iter().map(|own| own.member.clone()).collect();
        for entry in self.entries() {
            let why = self.search_entry(entry, hits, seen)?;
            let Some(why) = why else { continue };
            let member = Some(entry.path.clone());
            if named.insert(member.clone()) {
                not_searched.push(NotSearched { member, why });
            }
        }
        Ok(())
    }

    /// Why a member was not searched to its end, if it was not.
    fn search_entry(
        &self,
        entry: &Entry,
        hits: &mut Hits<'_>,
        seen: &Seen,
    ) -> Result<Option<String>, Error> {
        let own = kind(entry);
        if entry.verdict == Verdict::Encrypted {
            return Ok(Some("it is encrypted".to_owned()));
        }
        if own == "archive" {
            let is_opened = self.is_opened(entry);
            return Ok((!is_opened).then(|| "it is an archive that is not opened".to_owned()));
        }
        // Their rows have all their text.
        if ["pf", "evtx"].iter().any(|end| entry.key.has_extension(end))
            && !matches!(own, "known" | "unrecognised")
        {
            return Ok(None);
        }
        let read = self.take_up(Work::Read, entry).and_then(|()| {
            let mut lines = self.input(entry)?.lines()?;
            let (mut is_cut, mut is_binary) = (false, false);
            while let Some(line) = lines.next()? {
                is_cut |= line.is_cut;
                is_binary |= line.text.contains('\0');
                let number = line.number;
                hits.finder.each(line.text, &mut |index| {
                    if !seen.contains(&entry.path, number, index) {
                        let at = i64::try_from(number).ok();
                        hits.add(index, "text", "raw", &entry.path, at, line.text);
                    }
                });
            }
            Ok((is_cut, is_binary))
        });
        self.put_down();
        match read {
            Ok((true, _)) => Ok(Some(format!(
                "it has a line of more than {} bytes, of which only these were searched",
                self.context().budgets.line_bytes
            ))),
            Ok((_, true)) if matches!(own, "known" | "unrecognised") => {
                Ok(Some("it is no text: only what it has in plain letters was found".to_owned()))
            }
            Ok(_) if own == "unrecognised" => Ok(Some(
                "it is of no kind that is read: its lines were searched, and no more".to_owned(),
            )),
            Ok(_) => Ok(None),
            Err(error) if error.is_of_the_member() => Ok(Some(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Whether the members of an archive are among those of the package.
    fn is_opened(&self, archive: &Entry) -> bool {
        let is_in = |entry: &Entry| {
            entry.path.strip_prefix(&archive.path).is_some_and(|rest| rest.starts_with('!'))
        };
        self.entries().iter().any(is_in)
    }
}

/// Lines that are kept in mind.
const MOST: usize = 1_000_000;
