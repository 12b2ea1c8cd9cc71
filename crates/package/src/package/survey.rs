use std::{cell::Cell, rc::Rc};

use sha2::Digest;

use super::{Collected, Entry, Input, Origin, Package};
use crate::{
    Error, Issue, IssueKind, Source, Work,
    artifact::{processes, robocopy, summary, system_info},
    clock::{Clues, derive},
    name::shorten,
    text::{CodePage, Told},
};

impl<S: Source> Package<S> {
    /// Determines the package's id, its device, its time zone and its language.
    ///
    /// What precedes damage is used, and reported as doubtful. A wrong CRC-32 does not say what is
    /// wrong, a forged line may have a right one, and without an offset no local time has a value
    /// in UTC. Fails with [`Error::ReadFailed`].
    pub(super) fn survey(&mut self) -> Result<(), Error> {
        let mut clues = Clues::default();
        let mut guid = None;
        let mut collected = Collected::default();
        let (mut device, mut listed, mut times) = (None, None, None);
        let mut has_more = false;
        let mut doubts = Vec::new();
        self.each("systeminformation.txt", |input| {
            let member = input.entry.path.clone();
            let facts = system_info::survey(input)?;
            if facts.is_doubtful {
                let message = format!(
                    "it has lines that may be forged, such as a second time zone or locale: `{}` and `{}` are taken",
                    shorten(facts.zone.as_deref().unwrap_or_default()),
                    shorten(facts.locale.as_deref().unwrap_or_default()),
                );
                let member = Some(member);
                doubts.push(Issue { kind: IssueKind::Hazard, member, line: None, message });
            }
            clues.zone = clues.zone.take().or(facts.zone);
            clues.locale = clues.locale.take().or(facts.locale);
            device = device.take().or(facts.host);
            times.get_or_insert(facts.times);
            clues.dates.extend(facts.dates);
            Ok(())
        })?;
        self.issues.append(&mut doubts);
        if let Some(times) = times {
            self.context.host_times = times;
        }
        self.context.oem = CodePage::of_locale(clues.locale.as_deref());
        self.each(summary::FILE, |input| {
            let facts = summary::survey(input)?;
            guid = guid.take().or(facts.guid);
            clues.prefetch_at = clues.prefetch_at.or(facts.prefetch_at);
            clues.processes_at = clues.processes_at.or(facts.processes_at);
            clues.collected = clues.collected.or(facts.first);
            clues.ended = clues.ended.or(facts.last);
            collected.join(facts.collected);
            Ok(())
        })?;
        self.each("processes.csv", |input| {
            let facts = processes::survey(input)?;
            listed = listed.take().or(facts.host);
            let room = processes::ENOUGH.saturating_sub(clues.processes.len());
            has_more |= facts.started.len() > room;
            clues.processes.extend(facts.started.into_iter().take(room));
            Ok(())
        })?;
        self.each("prefetchfileslist.txt", |input| {
            let facts = robocopy::survey(input)?;
            clues.robocopy_started = clues.robocopy_started.take().or(facts.started);
            collected.prefetch = collected.prefetch.or(facts.files);
            Ok(())
        })?;
        if collected.is_cut() {
            self.issues
                .push(Issue::of_package(IssueKind::OverBudget, MORE_IS_ASKED_FOR.to_owned()));
        }
        if has_more {
            let most = processes::ENOUGH;
            let message = format!(
                "more than {most} processes are listed: the offset from UTC and the order of day and month are told by \
                 the first of them",
            );
            self.issues.push(Issue::of_package(IssueKind::Time, message));
        }
        self.context.collected = collected;
        self.look_for_firewall_log(clues.locale.as_deref())?;
        if let (Some(own), Some(other)) = (&device, &listed)
            && !is_same_host(own, other)
        {
            let message = format!(
                "the host is `{}` by SystemInformation.txt, but `{}` by Processes.csv",
                shorten(own),
                shorten(other),
            );
            self.issues.push(Issue::of_package(IssueKind::Hazard, message));
        }
        self.context.clock = derive(&clues, &mut self.issues);
        self.context.locale = clues.locale;
        self.context.device = device.or(listed);
        self.context.package_id = guid.unwrap_or_else(|| digest(&self.entries));
        Ok(())
    }

    /// Calls `read` with every member of a name. If a member is damaged, the part before the damage
    /// is used and an issue is noted.
    pub(super) fn each(
        &mut self,
        file: &str,
        mut read: impl FnMut(Input<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut issues = Vec::new();
        let is_own = |entry: &&Entry| entry.key.file() == file && entry.origin == Origin::Agent;
        for entry in self.entries.iter().filter(is_own) {
            if let Err(error) = self.take_up(Work::Survey, entry) {
                issues.push(Issue {
                    kind: IssueKind::of(&error),
                    member: Some(entry.path.clone()),
                    line: None,
                    message: error.to_string(),
                });
                continue;
            }
            let told: Rc<Cell<Option<Told>>> = Rc::default();
            let read = self.input(entry).and_then(|mut input| {
                input.told = Some(Rc::clone(&told));
                read(input)
            });
            self.put_down();
            match read {
                Err(error) if !error.is_of_the_member() => return Err(error),
                // Its own table says what is wrong with it.
                _ => {}
            }
            if let Some(fault) = told.take().and_then(|told| told.fault) {
                issues.push(Issue {
                    kind: IssueKind::Time,
                    member: Some(entry.path.clone()),
                    line: None,
                    message: format!("{DOUBTED}: {fault}"),
                });
            }
        }
        self.issues.append(&mut issues);
        Ok(())
    }
}

const DOUBTED: &str = "it could be read only in part, and the offset from UTC, the language, the host, the id of the package and \
     the members that are expected are taken from that: they may be wrong";

const MORE_IS_ASKED_FOR: &str = "the agent's summary names more members or registry keys than are checked: members may \
     be missing without a word, and keys may be called not asked for although they were";

/// Whether two names are the same host's; either may be cut to the length of a `NetBIOS` name.
fn is_same_host(one: &str, other: &str) -> bool {
    let net_bios =
        |name: &str| name.chars().take(15).flat_map(char::to_lowercase).collect::<String>();
    net_bios(one) == net_bios(other)
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
    format!("members-{}", crate::Sha256::finish(sum).to_string().get(..32).unwrap_or_default())
}
