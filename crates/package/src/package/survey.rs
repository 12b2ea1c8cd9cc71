use sha2::Digest;

use super::{Entry, Input, Package};
use crate::{
    Error, Issue, IssueKind, Source, Work,
    artifact::{processes, summary, system_info},
    clock::{Clues, derive},
    text::CodePage,
};

impl<S: Source> Package<S> {
    /// Reads what tells the package's id, its device, its time zone and its language.
    ///
    /// Fails with [`Error::ReadFailed`]; what is damaged tells nothing.
    pub(super) fn survey(&mut self) -> Result<(), Error> {
        let mut clues = Clues::default();
        let mut guid = None;
        let mut device = None;
        self.each("systeminformation.txt", |input| {
            let facts = system_info::survey(input)?;
            clues.zone = facts.zone.or(clues.zone.take());
            clues.locale = facts.locale.or(clues.locale.take());
            device = facts.host.or(device.take());
            clues.dates.extend(facts.dates);
            Ok(())
        })?;
        self.context.oem = CodePage::of_locale(clues.locale.as_deref());
        self.each(summary::FILE, |input| {
            let facts = summary::survey(input)?;
            guid = facts.guid.or(guid.take());
            clues.prefetch_at = facts.prefetch_at.or(clues.prefetch_at);
            clues.processes_at = facts.processes_at.or(clues.processes_at);
            clues.collected = facts.first.or(clues.collected);
            clues.ended = facts.last.or(clues.ended);
            Ok(())
        })?;
        self.each("processes.csv", |input| {
            let facts = processes::survey(input)?;
            device = device.take().or(facts.host);
            clues.processes.extend(facts.started);
            Ok(())
        })?;
        self.each("prefetchfileslist.txt", |input| {
            clues.robocopy_started = started(input)?.or(clues.robocopy_started.take());
            Ok(())
        })?;
        self.context.clock = derive(&clues, &mut self.issues);
        self.context.locale = clues.locale;
        self.context.device = device;
        self.context.package_id = guid.unwrap_or_else(|| digest(&self.entries));
        Ok(())
    }

    /// Calls `read` with every member of a name; those that are damaged are passed over, since their own
    /// tables say so.
    fn each(
        &mut self,
        file: &str,
        mut read: impl FnMut(Input<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut refused = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.key.file() == file) {
            if let Err(error) = self.take_up(Work::Survey, entry) {
                refused.push(Issue {
                    kind: IssueKind::DamagedMember,
                    member: Some(entry.path.clone()),
                    line: None,
                    message: error.to_string(),
                });
                continue;
            }
            let read = self.input(entry).and_then(&mut read);
            self.put_down();
            match read {
                Err(error) if !error.is_of_the_member() => return Err(error),
                _ => {}
            }
        }
        self.issues.append(&mut refused);
        Ok(())
    }
}

/// The line in which robocopy says when it began: the first that has a time of day.
fn started(input: Input<'_>) -> Result<Option<String>, Error> {
    let mut lines = input.lines()?;
    let mut seen = 0;
    while let Some(line) = lines.next()? {
        let has_time =
            crate::clock::parse_clock_time(line.text).is_some_and(|time| time.2.is_some());
        if has_time {
            return Ok(Some(line.text.to_owned()));
        }
        seen += 1;
        if seen > HEADER {
            break;
        }
    }
    Ok(None)
}

/// A digest of the members' hashes, in the order of their names.
fn digest(entries: &[Entry]) -> String {
    let mut hashes: Vec<_> = entries.iter().map(|entry| (&entry.path, entry.sha256)).collect();
    hashes.sort();
    let mut sum = sha2::Sha256::new();
    for (path, sha256) in hashes {
        sum.update(path.as_bytes());
        sum.update([0]);
        sum.update(sha256.map(|sha256| *sha256.as_bytes()).unwrap_or_default());
    }
    let sum: [u8; 32] = sum.finalize().into();
    format!("members-{}", crate::Sha256::from(sum).to_string().get(..32).unwrap_or_default())
}

/// Lines of robocopy's log before the files.
const HEADER: u32 = 30;
