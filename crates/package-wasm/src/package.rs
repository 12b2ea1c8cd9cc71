//! A package, opened: what it holds, and its tables.

use std::io::Write as _;

use mde_forensics_package::{
    self as package, Dataset, Error, FolderFile, Format, LeftOut, Password, Places, TableFormat,
    TableWriter, parse_indicators,
};
use serde::Deserialize;
use serde_json::Map;
use wasm_bindgen::prelude::*;

use crate::budgets;
use crate::convert::{Thrown, fault, json, number, parsed, thrown};
use crate::reader_host::{File, Out, ReaderHost, ReaderHostFiles};
use crate::said::{ComparisonSaid, SchemaSaid, TableSaid};

/// Every table that a package can have, as JSON: name, what a row is, and its columns.
#[must_use]
#[wasm_bindgen]
pub fn schemas() -> String {
    json(&package::Package::<File>::schemas().map(SchemaSaid::of).collect::<Vec<_>>())
}

/// Which package the files of a folder are, by a JSON array of their names below it: the folder itself, as an empty
/// text, or one folder or zip below it. What `tables` and `extract` wrote is passed over.
///
/// Fails where they are several packages.
#[wasm_bindgen]
pub fn choose(names: &str) -> Thrown<String> {
    let names: Vec<String> = parsed("names", names)?;
    let places = Places::find(names.iter().map(String::as_str));
    places.one().map(str::to_owned).map_err(|error| thrown(&error))
}

/// A file of a folder, or the zip.
#[derive(Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "FileGiven"))]
pub(crate) struct Given {
    /// Its path below the folder, with slashes; of a zip it says nothing.
    name: String,
    /// Bytes.
    size: f64,
}

/// Something below a folder that is not read.
#[derive(Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "LeftOut"))]
pub(crate) struct LeftBehind {
    /// Its path below the folder, with slashes.
    name: String,
    /// Why: it lies too deep, it is a link, or it is something else than a file.
    #[cfg_attr(feature = "typescript", ts(inline))]
    kind: Reason,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
enum Reason {
    Deep,
    Link,
    Other,
}

/// An opened package.
#[wasm_bindgen]
pub struct Package {
    opened: package::Package<File>,
    host: ReaderHost,
    held_bytes: u64,
}

#[wasm_bindgen]
impl Package {
    /// Opens the files of a host, a JSON array of names and sizes: those of a folder, or one zip; `left_out` is what
    /// lies in the folder and was not read, by name and kind.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: ReaderHost,
        files: &str,
        left_out: &str,
        is_folder: bool,
        budgets: &str,
        password: Option<Vec<u8>>,
    ) -> Thrown<Package> {
        let budgets = budgets::read(budgets)?;
        let password = password.map(Password::new);
        let files: Vec<Given> = parsed("files", files)?;
        let files = (0..).zip(files).map(|(index, given)| {
            FolderFile::new(given.name, File::new(&host, index, number(given.size)))
        });
        let opened = if is_folder {
            package::Package::open_folder_with(files.collect(), &budgets, password.as_ref())
        } else {
            let source = files.map(|file| file.source).next();
            let source =
                source.ok_or_else(|| fault("invalid_option", "`files` has none to open"))?;
            package::Package::open_with(source, &budgets, password.as_ref())
        };
        let mut opened = opened.map_err(|error| thrown(&error))?;
        let left_out: Vec<LeftBehind> = parsed("leftOut", left_out)?;
        let left_out = left_out.into_iter().map(|LeftBehind { name, kind }| LeftOut {
            name,
            why: match kind {
                Reason::Deep => "a folder that lies too deep",
                Reason::Link => "a link",
                Reason::Other => "no plain file",
            },
        });
        opened.leave_out(&left_out.collect::<Vec<_>>());
        Ok(Self { opened, host, held_bytes: budgets.held_bytes })
    }

    /// What the package says of itself, and whether the zip is whole, as JSON.
    #[must_use]
    pub fn about(&self) -> String {
        json(&self.opened.about())
    }

    /// Reads one table, which goes to the host as an Arrow IPC stream or as NDJSON; gives what is said of it, as JSON.
    pub fn table(&self, name: &str, format: &str) -> Thrown<String> {
        let format = if format == "ndjson" { Format::Ndjson } else { Format::Arrow };
        let table = self.opened.table(name).map_err(|error| thrown(&error))?;
        give(&self.host, format, &table).map_err(|error| thrown(&error))?;
        Ok(json(&TableSaid::of(&table)))
    }

    /// Reads everything once and keeps nothing: the report as JSON.
    pub fn report(&self) -> Thrown<String> {
        self.opened.report().map(|report| json(&report)).map_err(|error| thrown(&error))
    }

    /// Looks for indicators, one per line; the hits, how many there are, and what was not searched, as JSON.
    pub fn search(&self, indicators: &str, limit: f64) -> Thrown<String> {
        let indicators = parse_indicators(indicators)
            .map_err(|why| fault("invalid_option", &format!("`indicators`: {why}")))?;
        let limit = usize::try_from(number(limit)).unwrap_or(usize::MAX);
        self.opened.search(&indicators, limit).map(|it| json(&it)).map_err(|error| thrown(&error))
    }

    /// The processes, each after its parent, and what of them could not be told, as JSON.
    #[wasm_bindgen(js_name = tree)]
    pub fn process_tree(&self) -> Thrown<String> {
        self.opened.process_tree().map(|tree| json(&tree)).map_err(|error| thrown(&error))
    }

    /// Writes tables as files, which go to the host: those of a JSON array of names, or all where there is none.
    pub fn export(&self, format: &str, tables: &str, redact: bool) -> Thrown<()> {
        let format = TableFormat::parse(format).ok_or_else(|| {
            let text =
                "`format` must be `arrow`, `csv`, `ndjson`, `ocsf`, `parquet` or `timesketch`";
            fault("invalid_option", text)
        })?;
        let tables: Vec<String> = parsed("tables", tables)?;
        let names: Vec<_> = tables.iter().map(String::as_str).collect();
        let mut files = Dataset::new(ReaderHostFiles(self.host.clone()), format, redact);
        let written = files.add(&self.opened, None, &names).and_then(|_| files.finish(Map::new()));
        written.map(drop).map_err(|error| thrown(&error))
    }

    /// The members whose bytes are whole, as JSON: place, name, size, SHA-256, and the name of a file that holds nothing of
    /// theirs.
    #[must_use]
    pub fn extracts(&self) -> String {
        json(&self.opened.extracts().collect::<Vec<_>>())
    }

    /// The text of `members.json` for the members of a JSON array of places, with what such a list that is there has.
    #[expect(clippy::needless_pass_by_value, reason = "JavaScript gives its bytes away")]
    pub fn list_extracts(&self, places: &str, there: Option<Vec<u8>>) -> Thrown<String> {
        let places: Vec<usize> = parsed("places", places)?;
        let own = self.opened.extracts().filter(|own| places.contains(&own.index));
        let own: Vec<_> = own.collect();
        self.opened.list_extracts(&own, there.as_deref()).map_err(|error| thrown(&error))
    }

    /// The place of the member that has this name or this SHA-256.
    pub fn locate(&self, member: &str) -> Thrown<usize> {
        self.opened.locate(member).map_err(|error| thrown(&error))
    }

    /// Gives the bytes of the member at a place to the host; `is_held` is whether they are all kept in memory there.
    pub fn extract(&self, index: usize, is_held: bool) -> Thrown<()> {
        let mut out = Out::new(&self.host, "member");
        let limit = if is_held { self.held_bytes } else { u64::MAX };
        let mut seen = 0;
        let extracted = self.opened.extract(index, &mut |part| {
            seen += part.len() as u64;
            if seen > limit {
                let own = self.opened.extracts().find(|own| own.index == index);
                let name = own.map(|own| package::safe::for_terminal(&own.member, 200));
                return Err(Error::OverBudget { name: name.unwrap_or_default(), limit });
            }
            out.write_all(part).map_err(Error::Write)
        });
        extracted.and_then(|()| out.flush().map_err(Error::Write)).map_err(|error| thrown(&error))
    }
}

/// Compares two packages; the comparison as JSON, and its changes as a table that goes to the host of the second.
#[wasm_bindgen]
pub fn compare(before: &Package, after: &Package) -> Thrown<String> {
    let compared = || {
        let (one, other) = (&before.opened, &after.opened);
        let comparison = package::compare(one, other)?;
        let table = comparison.table(if comparison.was_turned { one } else { other })?;
        give(&after.host, Format::Arrow, &table)?;
        Ok(json(&ComparisonSaid::of(&comparison, &table)))
    };
    compared().map_err(|error: Error| thrown(&error))
}

/// Gives a table to a host.
fn give(host: &ReaderHost, format: Format, table: &package::Table) -> Result<(), Error> {
    let mut writer = TableWriter::new(format, table.schema, Out::new(host, table.name()))?;
    for batch in &table.batches {
        writer.write(batch)?;
    }
    writer.finish()?.flush().map_err(Error::Write)
}
