use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use super::{Report, collection::COLLECTION, coverage::kind, timeline::TIMELINE, watch::Watch};
use crate::{
    Column, Error, Package, ParseStatus, Source, TableSchema, TextEncoding,
    package::Encodings,
    table::{Origin, Rows},
};

/// The tables that are derived from others, or from the package as a whole.
pub(crate) static DERIVED: &[&TableSchema] =
    &[&COLLECTION, &MEMBERS, &TIMELINE, &COVERAGE, &ISSUES];

static MEMBERS: TableSchema = TableSchema::new(
    "members",
    "one member of the package, or of an archive in it",
    &[
        Column::text("name"),
        Column::text("kind"),
        Column::int("size"),
        Column::text("sha256"),
        Column::text("verdict"),
        Column::text("encoding"),
    ],
);

static COVERAGE: TableSchema = TableSchema::new(
    "coverage",
    "what the package has, and has not, of one thing",
    &[
        Column::text("kind"),
        Column::text("subject"),
        Column::text("status"),
        Column::int("members"),
        Column::int("rows"),
        Column::text("detail"),
    ],
);

static ISSUES: TableSchema = TableSchema::new(
    "issues",
    "one thing to know about the package before trusting it",
    &[Column::text("code"), Column::bool("needs_a_look"), Column::text("message")],
);

impl<S: Source> Package<S> {
    pub(super) fn derive(
        &self,
        schema: &'static TableSchema,
        report: &Report,
        watch: &Watch,
    ) -> Result<Vec<RecordBatch>, Error> {
        match schema.name {
            "collection" => self.collection_row(report, watch),
            "members" => self.members(&watch.decoded),
            "timeline" => watch.timeline.rows(self.context()),
            "coverage" => self.coverage_rows(report),
            _ => self.issue_rows(report),
        }
    }

    /// `decoded` says how members were decoded, as far as known; others are read to find out.
    pub(super) fn members(&self, decoded: &Encodings) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = Rows::new(self.context(), &MEMBERS);
        for entry in self.entries() {
            let sha256 = entry.sha256.map(|sha256| sha256.to_string());
            let verdict = entry.verdict.name();
            let kind = kind(entry);
            let encoding = match kind {
                "archive" | "known" | "unrecognised" => None,
                _ => match decoded.get(&entry.path) {
                    Some(encoding) => Some(*encoding),
                    None => self.encoding(entry)?,
                },
            };
            let encoding = encoding.map(TextEncoding::name);
            let cells = [
                (&entry.path).into(),
                kind.into(),
                entry.size.into(),
                sha256.as_ref().into(),
                verdict.into(),
                encoding.as_ref().into(),
            ];
            let origin =
                Origin { member: &entry.path, sha256: sha256.as_deref(), ..Origin::default() };
            rows.push(origin, ParseStatus::Clean, &cells)?;
        }
        rows.finish()
    }

    fn coverage_rows(&self, report: &Report) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = Rows::new(self.context(), &COVERAGE);
        for own in &report.coverage {
            let cells = [
                own.kind.into(),
                (&own.subject).into(),
                own.status.as_str().into(),
                own.members.into(),
                own.rows.into(),
                (&own.detail).into(),
            ];
            rows.push(Origin::default(), ParseStatus::Clean, &cells)?;
        }
        rows.finish()
    }

    fn issue_rows(&self, report: &Report) -> Result<Vec<RecordBatch>, Error> {
        // Of several members of one name nobody knows which is meant.
        let mut named = BTreeMap::new();
        for entry in self.entries() {
            let sha256 = entry.sha256.as_ref();
            named.entry(entry.path.as_str()).and_modify(|own| *own = None).or_insert(sha256);
        }
        let mut rows = Rows::new(self.context(), &ISSUES);
        for issue in &report.issues {
            let member = issue.member.as_deref();
            let sha256 = member.and_then(|member| *named.get(member)?).map(ToString::to_string);
            let cells = [
                issue.kind.code().into(),
                issue.kind.needs_a_look().into(),
                (&issue.message).into(),
            ];
            let origin = Origin {
                member: member.unwrap_or_default(),
                sha256: sha256.as_deref(),
                line: issue.line,
                ..Origin::default()
            };
            rows.push(origin, ParseStatus::Clean, &cells)?;
        }
        rows.finish()
    }
}
