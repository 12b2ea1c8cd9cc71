use arrow_array::RecordBatch;

use super::{
    Coverage, CoverageStatus, Report,
    coverage::{is_of, window},
    watch::Watch,
};
use crate::{
    Column, Error, Package, ParseStatus, Precision, Source, Stamp, TableSchema,
    artifact::{ARTIFACTS, robocopy::PrefetchTotals},
    clock::{iso_utc, show_offset},
    table::{Origin, Rows},
};

pub(super) static COLLECTION: TableSchema = TableSchema::new(
    "collection",
    "the collection itself: one row; lists have one name in a line",
    &[
        Column::text("os_name"),
        Column::text("os_version"),
        Column::int("os_build"),
        Column::text("locale"),
        Column::text("oem_code_page"),
        Column::text("zone"),
        Column::text("utc_offset"),
        Column::text("utc_offset_source"),
        Column::text("date_order"),
        Column::text("date_order_source"),
        Column::time("started"),
        Column::time("ended"),
        Column::time("events_from"),
        Column::text("prefetch_from"),
        Column::int("prefetch_copied"),
        Column::int("prefetch_skipped"),
        Column::int("prefetch_failed"),
        Column::text("artifacts_expected"),
        Column::text("artifacts_present"),
        Column::text("artifacts_missing"),
        Column::int("commands"),
        Column::int("members"),
        Column::int("issues"),
    ],
);

impl<S: Source> Package<S> {
    pub(super) fn collection_row(
        &self,
        report: &Report,
        watch: &Watch,
    ) -> Result<Vec<RecordBatch>, Error> {
        let context = self.context();
        let clock = &context.clock;
        let (page, offset) = (format!("cp{}", context.oem.0), clock.offset.map(show_offset));
        let raw = watch.times.as_ref();
        let stamp = |micros: Option<i64>, place: usize| {
            let (_, raw) = raw?.get(place)?;
            Some(Stamp::utc(micros, raw, Precision::Second))
        };
        let ran = |command: &str| {
            let mut ran = watch.commands.iter().filter(|(name, _)| name == command);
            ran.find_map(|(_, line)| window(line))
        };
        let (events, prefetch) = (ran("SecurityEventLog"), ran("Prefetch"));
        let events_from = events.as_deref().map(|raw| {
            // What the query compares with is UTC, whether it says so or not.
            let utc = iso_utc(raw).or_else(|| iso_utc(&format!("{raw}Z")));
            Stamp::utc(utc, raw, Precision::Second)
        });
        let PrefetchTotals { copied, skipped, failed } =
            self.context().collected.prefetch.unwrap_or_default();
        let [expected, present, missing] = [
            names(report, |own| {
                let artifact = ARTIFACTS.iter().find(|artifact| artifact.name == own.subject);
                artifact.is_some_and(|artifact| {
                    watch.commands.iter().any(|(command, _)| is_of(artifact, command))
                })
            }),
            names(report, |own| own.members > 0),
            names(report, |own| own.status == CoverageStatus::Missing),
        ];
        let os = &watch.os;
        let build: Option<u32> =
            os.version.as_deref().and_then(|version| version.split('.').nth(2)?.parse().ok());
        let count = |name: &str| {
            let found = report.tables.iter().find(|count| count.table == name);
            found.map(|count| count.rows)
        };
        let cells = [
            os.name.as_ref().into(),
            os.version.as_ref().into(),
            build.into(),
            context.locale.as_ref().into(),
            (&page).into(),
            clock.zone_name.as_ref().into(),
            offset.as_ref().into(),
            clock.offset_source.into(),
            clock.order.map(crate::clock::Order::as_str).into(),
            clock.order_source.as_str().into(),
            stamp(clock.collected, 0).into(),
            stamp(clock.ended, 1).into(),
            events_from.into(),
            prefetch.as_ref().into(),
            copied.into(),
            skipped.into(),
            failed.into(),
            expected.as_ref().into(),
            present.as_ref().into(),
            missing.as_ref().into(),
            count("commands").into(),
            (self.entries().len() as u64).into(),
            (report.issues.len() as u64).into(),
        ];
        let mut rows = Rows::new(context, &COLLECTION);
        rows.push(Origin::default(), ParseStatus::Clean, &cells)?;
        rows.finish()
    }
}

/// The artifacts that `is_wanted`, one in a line.
fn names(report: &Report, is_wanted: impl Fn(&Coverage) -> bool) -> Option<String> {
    let artifacts = report.coverage.iter().filter(|own| own.kind == "artifact" && is_wanted(own));
    let names: Vec<_> = artifacts.map(|own| own.subject.as_str()).collect();
    (!names.is_empty()).then(|| names.join("\n"))
}
