//! What the agent's own summary says was collected, held against the members that are there.

use std::collections::BTreeSet;

use super::Package;
use crate::{
    Issue, IssueKind, Source,
    artifact::{ARTIFACTS, Artifact, robocopy::PrefetchTotals},
    name::shorten,
    package::{Entry, Key},
    report::{Queried, is_of, written},
};

/// What the commands of the agent's summary have written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collected {
    /// The artifacts.
    artifacts: BTreeSet<&'static str>,
    /// The members of artifacts whose commands write one each.
    files: BTreeSet<(&'static str, String)>,
    /// Whether some of them were left out, since they are too many or their names too long.
    has_more_files: bool,
    /// The keys of the registry that they ask for.
    pub(crate) queried: Queried,
    /// What robocopy says of the prefetch files.
    pub(crate) prefetch: Option<PrefetchTotals>,
    /// What the agent's own log says of the firewall log, where that is not there.
    pub(crate) uncopied_log: Option<Uncopied>,
}

/// What the agent's own log says of a file that it did not copy.
#[derive(Clone, Debug)]
pub(crate) struct Uncopied {
    /// Its words, as safe text.
    pub(crate) words: String,
    /// Whether they say no more than that there was no such file.
    pub(crate) is_not_found: bool,
}

impl Uncopied {
    /// Its words, to follow a sentence.
    pub(crate) fn in_words(&self) -> String {
        format!("; the agent's own log says: `{}`", self.words)
    }
}

impl Collected {
    /// Takes note of one command of the summary.
    pub(crate) fn add(&mut self, name: &str, line: &str) {
        self.queried.ask(name, line);
        for artifact in ARTIFACTS.iter().filter(|artifact| is_of(artifact, name)) {
            self.artifacts.insert(artifact.name);
            if let Some(file) = written(name, line) {
                self.expect((artifact.name, file));
            }
        }
    }

    fn expect(&mut self, own: (&'static str, String)) {
        let has_room = self.files.len() < MOST || self.files.contains(&own);
        if has_room && own.1.len() < LONGEST {
            self.files.insert(own);
        } else {
            self.has_more_files = true;
        }
    }

    /// Takes note of all that another summary of the same package says.
    pub(crate) fn join(&mut self, other: Self) {
        self.artifacts.extend(other.artifacts);
        self.has_more_files |= other.has_more_files;
        other.files.into_iter().for_each(|own| self.expect(own));
        self.queried.join(&other.queried);
    }

    /// Whether there is more than is held against the members and the registry.
    pub(super) fn is_cut(&self) -> bool {
        self.has_more_files || self.queried.is_cut
    }
}

impl<S: Source> Package<S> {
    /// Whether an artifact was collected, as the agent's summary says, and no member has it.
    pub(crate) fn is_absent(&self, artifact: &Artifact) -> bool {
        let collected = &self.context.collected;
        let is_not_found = self.uncopied_log(artifact).is_some_and(|log| log.is_not_found);
        collected.artifacts.contains(artifact.name) && !is_not_found && !self.has_member(artifact)
    }

    /// What the agent's own log says of an artifact that it did not copy.
    pub(crate) fn uncopied_log(&self, artifact: &Artifact) -> Option<&Uncopied> {
        self.context.collected.uncopied_log.as_ref().filter(|_| artifact.name == FIREWALL)
    }

    /// Whether any member has an artifact.
    pub(super) fn has_member(&self, artifact: &Artifact) -> bool {
        self.entries.iter().any(|entry| artifact.reads(&entry.key, entry.origin))
    }

    /// What an artifact lacks that the agent's summary says was collected: all of it, or some of its members.
    pub(crate) fn missing(&self, artifact: &Artifact) -> Vec<Issue> {
        let issue = |message| Issue::of_package(IssueKind::MissingMember, message);
        if self.is_absent(artifact) {
            let words = self.uncopied_log(artifact).map(Uncopied::in_words);
            return vec![issue(format!(
                "`{}` is not there, though the agent's summary says that it was collected{}",
                artifact.name,
                words.unwrap_or_default()
            ))];
        }
        let files = self.context.collected.files.iter().filter(|(name, _)| *name == artifact.name);
        let mut files = files.peekable();
        if files.peek().is_none() {
            return Vec::new();
        }
        let entries = self.entries.iter().filter(|own| artifact.reads(&own.key, own.origin));
        let there: BTreeSet<_> = entries.map(|entry| entry.key.file()).collect();
        let lost = files.filter(|(_, file)| !there.contains(Key::of(file).file()));
        lost.map(|(name, file)| {
            issue(format!(
                "no member `{}` of `{name}` is there, though the agent's summary says that it was collected",
                shorten(file)
            ))
        })
        .collect()
    }

    /// What is said of all that some artifacts lack, to know it again among other issues.
    pub(crate) fn all_missing<'a>(
        &self,
        artifacts: impl Iterator<Item = &'a Artifact>,
    ) -> BTreeSet<String> {
        artifacts.flat_map(|own| self.missing(own)).map(|issue| issue.message).collect()
    }

    /// What an artifact lacks that robocopy says it copied, or could not copy.
    pub(crate) fn uncopied(&self, artifact: &Artifact) -> Vec<Issue> {
        let totals = self.context.collected.prefetch.filter(|_| artifact.name == PREFETCH);
        let Some(PrefetchTotals { copied, failed, .. }) = totals else { return Vec::new() };
        // With /MIR it copies folders too, such as ReadyBoot. What an archive among the files holds, it did not copy.
        let is_below = |entry: &&Entry| entry.key.is_below("prefetch");
        let depths = || self.entries.iter().filter(is_below).map(|entry| entry.depth);
        let outermost = depths().min();
        let there = depths().filter(|depth| Some(*depth) == outermost).count() as u64;
        let copied = copied.filter(|copied| *copied != there).map(|copied| {
            let is_lost = copied > there;
            let kind = if is_lost { IssueKind::MissingMember } else { IssueKind::CountMismatch };
            Issue::of_package(
                kind,
                format!("robocopy copied {copied} prefetch files, and the package has {there}"),
            )
        });
        let failed = failed.filter(|failed| *failed > 0).map(|failed| {
            let message = format!("robocopy failed to copy {failed} prefetch files");
            Issue::of_package(IssueKind::MissingMember, message)
        });
        copied.into_iter().chain(failed).collect()
    }
}

/// The artifact whose files robocopy copies.
const PREFETCH: &str = "prefetch";
/// The artifact whose log the agent may not find.
pub(crate) const FIREWALL: &str = "firewall_events";
/// Members that are expected; no host has as many users.
const MOST: usize = 2_000;
/// Bytes of their names.
const LONGEST: usize = 1_000;
