//! Indicators of compromise: hashes, addresses, domains and names, looked for in every table.

mod indicator;

use aho_corasick::{AhoCorasick, MatchKind};
use arrow_array::{Array, cast::AsArray};
use serde::Serialize;

use crate::{Error, Package, Source, table::View};

pub use indicator::{Indicator, IndicatorKind, parse_indicators};

/// Where an indicator was found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Hit {
    /// The indicator, as it was looked for.
    pub indicator: String,
    /// What kind it is.
    pub kind: IndicatorKind,
    /// The table that has it.
    pub table: &'static str,
    /// The column that has it.
    pub column: String,
    /// The member that the row comes from.
    pub member: String,
    /// The line or record of the member, counted from 1.
    pub line: Option<i64>,
    /// The value that has it, as safe text, cut.
    pub value: String,
}

impl<S: Source> Package<S> {
    /// Looks for indicators in every text of every table, without case, as whole words.
    ///
    /// A domain is also found in a name below it, a file's name behind any folder. At most `limit` hits
    /// are returned. Fails with [`Error::ReadFailed`], and with [`Error::Unreadable`] where there are
    /// more indicators than can be looked for at once.
    pub fn search(&self, indicators: &[Indicator], limit: usize) -> Result<Vec<Hit>, Error> {
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(indicators.iter().map(|indicator| indicator.value.as_bytes()))
            .map_err(|error| Error::Unreadable {
                name: "the list of indicators".to_owned(),
                reason: error.to_string(),
            })?;
        let mut hits: Vec<Hit> = Vec::new();
        self.read_all(&mut |table, batch| {
            // What others are made of has been searched there.
            if matches!(table.name, "timeline" | "coverage" | "issues" | "collection") {
                return Ok(());
            }
            let view = View(&batch);
            let schema = batch.schema();
            for (field, column) in schema.fields().iter().zip(batch.columns()) {
                let Some(texts) = column.as_string_opt::<i32>() else { continue };
                // Where a row comes from is no evidence; what is in `raw` is in the other columns too.
                if matches!(field.name().as_str(), "package_id" | "member_sha256" | "parse_status")
                {
                    continue;
                }
                for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                    let text = texts.value(row);
                    let mut last = None;
                    for found in finder.find_overlapping_iter(text) {
                        let index = found.pattern().as_usize();
                        let Some(indicator) = indicators.get(index) else { continue };
                        if last == Some(index) || !indicator.stands_alone(text, found.range()) {
                            continue;
                        }
                        last = Some(index);
                        let hit = Hit {
                            indicator: indicator.value.clone(),
                            kind: indicator.kind,
                            table: table.name,
                            column: field.name().clone(),
                            member: view.text("member", row).unwrap_or_default().to_owned(),
                            line: view.int("line", row),
                            value: crate::name::safe(text, SHOWN),
                        };
                        let is_same = |other: &Hit| {
                            other.indicator == hit.indicator
                                && other.table == hit.table
                                && other.member == hit.member
                                && other.line == hit.line
                        };
                        // A raw text repeats what a column of the same row has.
                        let repeats =
                            field.name() == "raw" && hits.iter().rev().take(5_000).any(is_same);
                        if hits.len() < limit && !repeats {
                            hits.push(hit);
                        }
                    }
                }
            }
            Ok(())
        })?;
        Ok(hits)
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 400;
