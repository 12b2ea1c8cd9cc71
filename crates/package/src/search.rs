//! Indicators of compromise: hashes, addresses, domains and names, looked for in every table.

mod indicator;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use arrow_array::{Array, cast::AsArray};
use serde::Serialize;

use crate::{
    CoverageStatus, Error, Package, Report, Source, Verdict, package::Entry, report::kind,
    table::View,
};

pub use indicator::{
    Indicator, IndicatorKind, Indicators, UnusableLine, parse_indicators, read_indicators,
};

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

/// What looking for indicators came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Search {
    /// Where they were found, up to the limit.
    pub hits: Vec<Hit>,
    /// How many hits there are, also beyond the limit.
    pub total: u64,
    /// What was not searched, or not to its end: that nothing was found there proves nothing.
    pub not_searched: Vec<NotSearched>,
}

/// A member or a table that was not searched, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotSearched {
    /// The member, as the column `member` names it; absent where it is the package.
    pub member: Option<String>,
    /// Why, in one line of safe text.
    pub why: String,
}

impl<S: Source> Package<S> {
    /// Looks for indicators in every text of every table, without case, as whole words.
    ///
    /// A domain is also found in a name below it, a file's name behind any folder. At most `limit` hits
    /// are returned, and all are counted. Fails with [`Error::ReadFailed`], and with [`Error::Unreadable`]
    /// where there are more indicators than can be looked for at once.
    pub fn search(&self, indicators: &[Indicator], limit: usize) -> Result<Search, Error> {
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(indicators.iter().map(|indicator| indicator.value.as_bytes()))
            .map_err(|error| Error::Unreadable {
                name: "the list of indicators".to_owned(),
                reason: error.to_string(),
            })?;
        let (mut hits, mut total) = (Vec::new(), 0);
        let report = self.read_all(&mut |table, batch| {
            // What others are made of has been searched there.
            if matches!(table.name, "timeline" | "coverage" | "issues" | "collection") {
                return Ok(());
            }
            let view = View(&batch);
            let schema = batch.schema();
            // A raw text, which comes last, repeats what a column of the same row has.
            let mut seen = BTreeSet::new();
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
                        let is_new = seen.insert((row, index));
                        if field.name() == "raw" && !is_new {
                            continue;
                        }
                        total += 1;
                        if hits.len() < limit {
                            hits.push(Hit {
                                indicator: indicator.value.clone(),
                                kind: indicator.kind,
                                table: table.name,
                                column: field.name().clone(),
                                member: view.text("member", row).unwrap_or_default().to_owned(),
                                line: view.int("line", row),
                                value: crate::name::safe(text, SHOWN),
                            });
                        }
                    }
                }
            }
            Ok(())
        })?;
        Ok(Search { hits, total, not_searched: self.not_searched(&report) })
    }

    /// Whether the members of an archive are among those of the package.
    fn is_opened(&self, archive: &Entry) -> bool {
        let is_in = |entry: &Entry| {
            entry.path.strip_prefix(&archive.path).is_some_and(|rest| rest.starts_with('!'))
        };
        self.entries().iter().any(is_in)
    }

    fn not_searched(&self, report: &Report) -> Vec<NotSearched> {
        let issues = report.issues.iter().filter(|issue| issue.hides_rows());
        let mut found: Vec<_> = issues
            .map(|issue| NotSearched { member: issue.member.clone(), why: issue.message.clone() })
            .collect();
        let missing = report
            .coverage
            .iter()
            .filter(|own| own.kind == "artifact" && own.status == CoverageStatus::Missing);
        found.extend(missing.map(|own| NotSearched {
            member: None,
            why: format!("`{}` is not there: {}", own.subject, own.detail),
        }));
        let unread = self.entries().iter().filter_map(|entry| {
            let why = match (kind(entry), entry.verdict) {
                (_, Verdict::Encrypted) => "it is encrypted",
                ("unrecognised", _) => "it is of no kind that is read",
                ("archive", _) if !self.is_opened(entry) => "it is an archive that is not opened",
                _ => return None,
            };
            Some(NotSearched { member: Some(entry.path.clone()), why: why.to_owned() })
        });
        let mut known: BTreeSet<_> = found.iter().map(|own| own.member.clone()).collect();
        for unread in unread {
            if known.insert(unread.member.clone()) {
                found.push(unread);
            }
        }
        found
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 400;
