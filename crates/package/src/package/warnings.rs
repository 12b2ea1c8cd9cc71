use std::collections::BTreeMap;

use super::{Entry, Origin, Package};
use crate::artifact::{ARTIFACTS, Artifact, summary};
use crate::name::{shorten, windows_key};
use crate::{Finding, Inventory, Issue, IssueKind, Kind, Severity, Source};

impl<S: Source> Package<S> {
    /// Notes where nothing in it is of a kind that is read: no row must not read as nothing found.
    pub(super) fn recognise(&mut self) {
        let is_read = |entry: &Entry| {
            ARTIFACTS.iter().any(|artifact| artifact.reads(&entry.key, entry.origin))
        };
        let planted = self.entries.iter().filter(|entry| !is_read(entry)).filter_map(|entry| {
            let artifact = ARTIFACTS.iter().find(|artifact| (artifact.takes)(&entry.key))?;
            let (name, place) = (artifact.name, entry.origin.place()?);
            Some(Issue {
                kind: IssueKind::Hazard,
                member: Some(entry.path.clone()),
                line: None,
                message: format!("it is called as a member for `{name}` is, but lies among {place}, where the host's users can put files: it was not read"),
            })
        });
        let planted: Vec<_> =
            planted.take(self.context.budgets.findings_per_kind as usize).collect();
        self.issues.extend(planted);
        self.issues.extend(self.doubled());
        let is_summary = |entry: &Entry| is_read(entry) && entry.key.file() == summary::FILE;
        if self.entries.iter().any(is_read) && !self.entries.iter().any(is_summary) {
            self.issues.push(Issue {
                kind: IssueKind::Missing,
                member: None,
                line: None,
                message: "the agent's summary is not there: nothing says what was collected"
                    .to_owned(),
            });
        }
        if !self.entries.iter().any(is_read) {
            let count = self.entries.len();
            let members =
                if count == 1 { "1 member".to_owned() } else { format!("{count} members") };
            self.issues.push(Issue {
                kind: IssueKind::NothingRecognised,
                member: None,
                line: None,
                message: format!(
                    "of its {members} none is of a kind that is read: is it the package of a Windows device?"
                ),
            });
        }
    }

    /// Of what the agent writes once, that it is there in several folders: the rows of all are in one table.
    fn doubled(&self) -> Vec<Issue> {
        if self.roots().len() > 1 {
            return Vec::new();
        }
        let mut places = BTreeMap::<_, Vec<&Entry>>::new();
        let own = self.entries.iter().filter(|entry| entry.origin == Origin::Agent);
        for entry in own {
            let is_of = |artifact: &&Artifact| artifact.reads(&entry.key, entry.origin);
            if let Some(artifact) =
                ARTIFACTS.iter().find(is_of).filter(|own| !MANY.contains(&own.name))
            {
                places.entry((artifact.name, entry.key.file())).or_default().push(entry);
            }
        }
        let doubled = places.into_iter().filter_map(|((name, _), entries)| {
            let first = entries.first()?;
            // Of one name they are a finding of the zip.
            let name_of = |entry: &Entry| windows_key(&entry.path);
            let other = entries.iter().find(|entry| name_of(entry) != name_of(first))?;
            Some(Issue {
                kind: IssueKind::Hazard,
                member: Some(other.path.clone()),
                line: None,
                message: format!(
                    "`{}` is called so too ({} members in all): the agent writes one, and `{name}` has the rows of each",
                    shorten(&first.path),
                    entries.len()
                ),
            })
        });
        doubled.take(self.context.budgets.findings_per_kind as usize).collect()
    }

    /// Notes that the zip has hazards, which are its findings.
    pub(super) fn warn(&mut self) {
        if let Some(message) = hazards(&self.inventory) {
            let (member, line) = (None, None);
            self.issues.push(Issue { kind: IssueKind::Hazard, member, line, message });
        }
    }
}

/// Artifacts that are read from files which lie in several folders under one name.
const MANY: &[&str] = &["defender_log", "other_events", "prefetch"];

/// The first hazard of a zip, and how many more there are.
pub(super) fn hazards(inventory: &Inventory) -> Option<String> {
    // What is in the zip and not listed misleads, besides that its bytes were not checked.
    let is_hazard = |finding: &&Finding| {
        finding.severity() == Severity::Hazard || finding.kind == Kind::UnlistedEntry
    };
    let mut hazards = inventory.findings.iter().filter(is_hazard);
    let first = hazards.next()?;
    let more = match hazards.count() {
        0 => String::new(),
        1 => ", and 1 finding more".to_owned(),
        more => format!(", and {more} findings more"),
    };
    Some(format!("{}{more}", first.message))
}
