use std::collections::BTreeMap;

use super::{Entry, Origin, Package, notes::Notes};
use crate::artifact::{ARTIFACTS, Artifact, summary};
use crate::finding::and_more;
use crate::name::{shorten, windows_key};
use crate::{Inventory, Issue, IssueKind, Kind, Severity, Source};

impl<S: Source> Package<S> {
    /// Notes where nothing in it is of a kind that is read: no row must not read as nothing found.
    pub(super) fn recognise(&mut self) {
        let is_read = |entry: &Entry| {
            ARTIFACTS.iter().any(|artifact| artifact.reads(&entry.key, entry.origin))
        };
        let mut notes = Notes::new(&self.context.budgets);
        for entry in self.entries.iter().filter(|entry| !is_read(entry)) {
            let artifact = ARTIFACTS.iter().find(|artifact| (artifact.takes)(&entry.key));
            if let Some((artifact, place)) = artifact.zip(entry.origin.place()) {
                let name = artifact.name;
                let message = format!(
                    "it is called as a member for `{name}` is, but lies among {place}, where the host's users can put files: it was not read"
                );
                notes.add(IssueKind::Hazard, entry, &message);
            }
        }
        self.doubled(&mut notes);
        self.issues.extend(notes.finish());
        let is_summary = |entry: &Entry| is_read(entry) && entry.key.file() == summary::FILE;
        if self.entries.iter().any(is_read) && !self.entries.iter().any(is_summary) {
            self.issues.push(Issue::of_package(
                IssueKind::Missing,
                "the agent's summary is not there: nothing says what was collected".to_owned(),
            ));
        }
        if !self.entries.iter().any(is_read) {
            let count = self.entries.len();
            let members =
                if count == 1 { "1 member".to_owned() } else { format!("{count} members") };
            self.issues.push(Issue::of_package(IssueKind::NothingRecognised, format!(
                    "of its {members} none is of a kind that is read: is it the package of a Windows device?"
                )));
        }
    }

    /// Of what the agent writes once, that it is there in several folders: the rows of all are in one table.
    fn doubled(&self, notes: &mut Notes) {
        if self.roots().len() > 1 {
            return;
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
        for ((name, _), entries) in places {
            let Some(first) = entries.first() else { continue };
            // Of one name they are a finding of the zip.
            let name_of = |entry: &Entry| windows_key(&entry.path);
            if let Some(other) = entries.iter().find(|entry| name_of(entry) != name_of(first)) {
                let message = format!(
                    "`{}` has the same name ({} members in all): the agent writes only one, so table `{name}` holds the rows of all of them",
                    shorten(&first.path),
                    entries.len()
                );
                notes.add(IssueKind::Hazard, other, &message);
            }
        }
    }

    /// Notes what the zip's findings say of all of it: that it has members which no list has, and hazards.
    pub(super) fn warn(&mut self) {
        let hidden = |is_of_budget: bool| {
            let is_own = |kind: Kind| kind.hides_members() && kind.is_of_budget() == is_of_budget;
            in_one(&self.inventory, is_own)
        };
        let told = [
            (IssueKind::DamagedMember, hidden(false)),
            (IssueKind::OverBudget, hidden(true)),
            (IssueKind::Hazard, hazards(&self.inventory)),
        ];
        let told = told.into_iter().filter_map(|(kind, message)| Some((kind, message?)));
        self.issues.extend(told.map(|(kind, message)| Issue::of_package(kind, message)));
    }
}

/// Artifacts that are read from files which lie in several folders under one name.
const MANY: &[&str] = &["defender_log", "other_events", "prefetch"];

/// The first hazard of a zip, and how many more there are.
pub(super) fn hazards(inventory: &Inventory) -> Option<String> {
    in_one(inventory, |kind| kind.severity() == Severity::Hazard)
}

/// The first finding of some kinds, and how many more there are.
fn in_one(inventory: &Inventory, is_own: impl Fn(Kind) -> bool) -> Option<String> {
    let first = inventory.findings.iter().find(|finding| is_own(finding.kind))?;
    let counts = inventory.counts.iter().filter(|(kind, _)| is_own(**kind));
    let more = counts.map(|(_, count)| count).sum::<u64>().saturating_sub(1);
    Some(and_more(&first.message, more))
}
