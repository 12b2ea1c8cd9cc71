use arrow_array::RecordBatch;

use super::{Report, Timeline, coverage::kind, timeline::TIMELINE};
use crate::{
    Column, Error, Package, ParseStatus, Precision, Source, Stamp, TableSchema,
    clock::{iso, show_offset},
    table::{Cell, Origin, Rows},
};

/// The tables that are made of others, or of the package as a whole.
pub(crate) static DERIVED: &[&TableSchema] =
    &[&COLLECTION, &MEMBERS, &TIMELINE, &COVERAGE, &ISSUES];

static COLLECTION: TableSchema = TableSchema::new(
    "collection",
    "the collection itself: one row",
    &[
        Column::text("locale"),
        Column::text("oem_code_page"),
        Column::text("zone"),
        Column::text("utc_offset"),
        Column::text("utc_offset_source"),
        Column::text("date_order"),
        Column::text("date_order_source"),
        Column::time("started"),
        Column::time("ended"),
        Column::int("commands"),
        Column::int("members"),
        Column::int("issues"),
    ],
);

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
        timeline: &Timeline,
    ) -> Result<Vec<RecordBatch>, Error> {
        match schema.name {
            "collection" => self.collection_row(report),
            "members" => self.members(),
            "timeline" => timeline.rows(self.context()),
            "coverage" => self.coverage_rows(report),
            _ => self.issue_rows(report),
        }
    }

    fn collection_row(&self, report: &Report) -> Result<Vec<RecordBatch>, Error> {
        let context = self.context();
        let clock = &context.clock;
        let (page, offset) = (format!("cp{}", context.oem.0), clock.offset.map(show_offset));
        let texts = [clock.collected.and_then(iso), clock.ended.and_then(iso)];
        let stamp = |micros: Option<i64>, raw: &Option<String>| -> Cell<'_> {
            match raw {
                Some(_) => Cell::Time(Stamp::utc(micros, "", Precision::Second)),
                None => Cell::Null,
            }
        };
        let commands = report.tables.iter().find(|count| count.table == "commands");
        let cells = [
            context.locale.as_ref().into(),
            (&page).into(),
            clock.zone_name.as_ref().into(),
            offset.as_ref().into(),
            clock.offset_source.into(),
            clock.order.map(crate::clock::Order::as_str).into(),
            clock.order_source.as_str().into(),
            stamp(clock.collected, &texts[0]),
            stamp(clock.ended, &texts[1]),
            commands.map(|count| count.rows).into(),
            (self.entries().len() as u64).into(),
            (report.issues.len() as u64).into(),
        ];
        let mut rows = Rows::new(context, &COLLECTION);
        rows.push(Origin::default(), ParseStatus::Clean, &cells)?;
        rows.finish()
    }

    pub(super) fn members(&self) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = Rows::new(self.context(), &MEMBERS);
        for entry in self.entries() {
            let sha256 = entry.sha256.map(|sha256| sha256.to_string());
            let verdict = entry.verdict.name();
            let kind = kind(entry);
            let encoding = match kind {
                "archive" | "known" | "unrecognised" => None,
                _ => self.encoding(entry)?,
            };
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
        let mut rows = Rows::new(self.context(), &ISSUES);
        for issue in &report.issues {
            let cells = [
                issue.kind.code().into(),
                issue.kind.needs_a_look().into(),
                (&issue.message).into(),
            ];
            let origin = Origin {
                member: issue.member.as_deref().unwrap_or_default(),
                line: issue.line,
                ..Origin::default()
            };
            rows.push(origin, ParseStatus::Clean, &cells)?;
        }
        rows.finish()
    }
}
