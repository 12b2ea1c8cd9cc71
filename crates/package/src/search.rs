//! Indicators of compromise: hashes, addresses, domains and names, looked for in every table.

mod address;
mod cells;
mod escape;
mod finder;
mod form;
mod harmless;
mod host;
mod indicator;
mod joined;
mod lines;
mod list;
mod registry;
mod split;
mod types;
mod unusable;
mod volume;
mod words;

use std::collections::BTreeSet;

use arrow_array::{Array, cast::AsArray};
use serde::Serialize;

use crate::{
    CoverageStatus, Error, Issue, IssueKind, Package, Report, Source, artifact::ARTIFACTS,
    report::artifact_of, table::View,
};

use finder::Finder;
use joined::Joined;
use lines::Seen;

pub use indicator::{Indicator, IndicatorKind};
pub use list::{Indicators, UnusableLine, parse_indicators, read_indicators};

/// Where an indicator was found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Hit {
    /// The indicator, as it was looked for.
    pub indicator: String,
    /// What kind it is.
    pub kind: IndicatorKind,
    /// The table that has it; `text` where it stands in a line of a member that no row has.
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Search {
    /// Where they were found, up to the limit.
    pub hits: Vec<Hit>,
    /// How many hits there are, also beyond the limit.
    pub total: u64,
    /// What was looked for, as the lines of the list were understood.
    pub indicators: Vec<Indicator>,
    /// How many hits each of them has, in the same order, also beyond the limit.
    pub hits_per_indicator: Vec<u64>,
    /// What was not searched, or not to its end: that nothing was found there proves nothing.
    pub not_searched: Vec<NotSearched>,
}

/// A member or a table that was not searched, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct NotSearched {
    /// The member, as the column `member` names it; none where it is the package.
    pub member: Option<String>,
    /// Why, in one line of safe text.
    pub why: String,
}

impl<S: Source> Package<S> {
    /// Looks for indicators in every text of every table, without case, as whole words, and then in every line of
    /// text of which no table has a row: what a reader passes over is no less there.
    ///
    /// A domain is also found in a name below it, a file's name behind any folder. An address is found with zeros
    /// before its numbers, in any form of IPv6, from its end on in names of the DNS, with dashes or with more labels in
    /// names of hosts, and as one number in a URL. A path is found with doubled backslashes, as JSON has it, or slashes,
    /// and where the name of a volume or a share stands for its drive, or a variable for a folder of Windows or a user;
    /// a key of the registry by every name of its root, and with the name of a value behind it.
    ///
    /// At most `limit` hits are returned, and all are counted. Fails with [`Error::ReadFailed`], and with
    /// [`Error::Unreadable`] where there are more indicators than can be looked for at once.
    pub fn search(&self, indicators: &[Indicator], limit: usize) -> Result<Search, Error> {
        let finder = Finder::new(indicators)?;
        let mut hits = Hits::new(&finder, limit, indicators.len());
        let (mut seen, mut joined) = (Seen::default(), Joined::default());
        let report = self.read_all(&mut |table, batch| {
            // What others are made of has been searched there.
            if matches!(table.name, "timeline" | "coverage" | "issues" | "collection") {
                return Ok(());
            }
            let view = View(&batch);
            let schema = batch.schema();
            // A raw text and a path, which come last, repeat what a column of the same row has.
            let mut of_row = BTreeSet::new();
            let mut add = |row, column: &str, text: &str, is_new: bool| {
                finder.each(text, &mut |index| {
                    let member = view.text("member", row).unwrap_or_default();
                    let line = view.int("line", row);
                    seen.insert(member, line, view.text("raw", row), index);
                    if of_row.insert((row, index)) || is_new {
                        hits.add(index, table.name, column, member, line, text);
                    }
                });
            };
            for (field, column) in schema.fields().iter().zip(batch.columns()) {
                let Some(texts) = column.as_string_opt::<i32>() else { continue };
                // Where a row comes from is no evidence; what is in `raw` is in the other columns too, and the name of a
                // member in the table of members.
                if matches!(
                    field.name().as_str(),
                    "package_id" | "device" | "member" | "member_sha256" | "parse_status"
                ) {
                    continue;
                }
                let is_raw = field.name() == "raw";
                for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                    add(row, field.name(), texts.value(row), !is_raw);
                }
            }
            for row in 0..batch.num_rows() {
                if let Some((column, text)) = joined.of(table.name, view, row) {
                    add(row, column, &text, false);
                }
            }
            Ok(())
        })?;
        let mut not_searched = self.not_searched(&report);
        self.search_lines(&mut hits, &seen, &mut not_searched)?;
        Ok(Search {
            total: hits.counts.iter().sum(),
            hits_per_indicator: (0..indicators.len())
                .map(|index| hits.count(finder.found_as(index)))
                .collect(),
            indicators: indicators.to_vec(),
            hits: hits.kept,
            not_searched,
        })
    }

    /// What issues and coverage say that tables lack.
    fn not_searched(&self, report: &Report) -> Vec<NotSearched> {
        // What is not there is told by coverage, command by command; a row without a time is searched.
        let told = self.all_missing(ARTIFACTS.iter());
        let is_own = |issue: &&Issue| {
            issue.hides_rows() && issue.kind != IssueKind::Untimed && !told.contains(&issue.message)
        };
        let issues = report.issues.iter().filter(is_own);
        let mut found: Vec<_> = issues
            .map(|issue| NotSearched { member: issue.member.clone(), why: issue.message.clone() })
            .collect();
        let missing = report.coverage.iter().filter(|own| own.status == CoverageStatus::Missing);
        // Where all of an artifact is missing, its commands say nothing more.
        let of_artifacts: BTreeSet<_> = missing
            .clone()
            .filter(|own| own.kind == "artifact")
            .map(|own| own.subject.as_str())
            .collect();
        let missing = missing.filter(|own| {
            own.kind == "artifact"
                || artifact_of(&own.subject).is_none_or(|own| !of_artifacts.contains(own))
        });
        found.extend(missing.map(|own| NotSearched {
            member: None,
            why: format!("`{}` is not there: {}", own.subject, own.detail),
        }));
        found
    }
}

/// Hits as they are found.
struct Hits<'a> {
    finder: &'a Finder<'a>,
    limit: usize,
    kept: Vec<Hit>,
    /// All of them, also beyond the limit, by the place of their indicator in the list.
    counts: Vec<u64>,
}

impl<'a> Hits<'a> {
    fn new(finder: &'a Finder<'a>, limit: usize, indicators: usize) -> Self {
        Self { finder, limit, kept: Vec::new(), counts: vec![0; indicators] }
    }

    fn count(&self, index: usize) -> u64 {
        self.counts.get(index).copied().unwrap_or_default()
    }

    fn add(
        &mut self,
        index: usize,
        table: &'static str,
        column: &str,
        member: &str,
        line: Option<i64>,
        text: &str,
    ) {
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
        let Some(indicator) = self.finder.indicator(index).filter(|_| self.kept.len() < self.limit)
        else {
            return;
        };
        self.kept.push(Hit {
            indicator: indicator.value.clone(),
            kind: indicator.kind,
            table,
            column: column.to_owned(),
            member: member.to_owned(),
            line,
            value: crate::name::safe(text, SHOWN),
        });
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 400;
