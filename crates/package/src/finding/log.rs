use std::collections::BTreeMap;

use super::{Finding, Kind};

/// Collects findings and keeps a bounded number of each kind.
#[derive(Debug)]
pub(crate) struct Log {
    findings: Vec<Finding>,
    counts: BTreeMap<Kind, u64>,
    per_kind: u32,
}

impl Log {
    /// A log that keeps `per_kind` findings of each kind, and at least one, so that no kind is ever lost.
    pub(crate) fn new(per_kind: u32) -> Self {
        Self { findings: Vec::new(), counts: BTreeMap::new(), per_kind: per_kind.max(1) }
    }

    /// Takes up the log of an inventory that was read before.
    pub(crate) fn resume(
        findings: Vec<Finding>,
        counts: BTreeMap<Kind, u64>,
        per_kind: u32,
    ) -> Self {
        Self { findings, counts, per_kind: per_kind.max(1) }
    }

    /// Notes a finding about the archive as a whole.
    pub(crate) fn archive(
        &mut self,
        kind: Kind,
        offset: impl Into<Option<u64>>,
        message: impl FnOnce() -> String,
    ) {
        self.note(kind, None, offset.into(), message);
    }

    /// Notes a finding about one member.
    pub(crate) fn member(
        &mut self,
        kind: Kind,
        member: u32,
        offset: impl Into<Option<u64>>,
        message: impl FnOnce() -> String,
    ) {
        self.note(kind, Some(member), offset.into(), message);
    }

    /// Whether this kind was noted before.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.counts.contains_key(&kind)
    }

    /// The findings that were kept, and how many there were of each kind.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, BTreeMap<Kind, u64>) {
        (self.findings, self.counts)
    }

    fn note(
        &mut self,
        kind: Kind,
        member: Option<u32>,
        offset: Option<u64>,
        message: impl FnOnce() -> String,
    ) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= u64::from(self.per_kind) {
            self.findings.push(Finding { kind, member, offset, message: message() });
        }
    }
}
