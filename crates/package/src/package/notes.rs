use std::collections::BTreeMap;

use super::Entry;
use crate::{Budgets, Issue, IssueKind, name::safe};

/// Issues about members that are noted as a package is opened: of each kind a bounded number, and how many more there
/// are.
pub(super) struct Notes {
    limit: u64,
    counts: BTreeMap<IssueKind, u64>,
    issues: Vec<Issue>,
}

impl Notes {
    pub(super) fn new(budgets: &Budgets) -> Self {
        let limit = budgets.findings_per_kind.max(1).into();
        Self { limit, counts: BTreeMap::new(), issues: Vec::new() }
    }

    pub(super) fn add(&mut self, kind: IssueKind, entry: &Entry, message: &str) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= self.limit {
            let (member, message) = (Some(entry.path.clone()), safe(message, LONGEST));
            self.issues.push(Issue { kind, member, line: None, message });
        }
    }

    /// The issues, and of each kind that has more of them how many.
    pub(super) fn finish(mut self) -> Vec<Issue> {
        for (kind, count) in self.counts {
            if let Some(more) = count.checked_sub(self.limit).filter(|more| *more > 0) {
                let message = format!("{more} more of the kind `{}`", kind.code());
                self.issues.push(Issue::of_package(kind, message));
            }
        }
        self.issues
    }
}

/// Characters of a message.
const LONGEST: usize = 400;
