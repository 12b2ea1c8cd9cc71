//! Lists of indicators, as people write and exchange them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Indicator, IndicatorKind, address,
    cells::values,
    indicator::{is_file, kind},
    unusable::unusable,
};

/// A parsed list of indicators.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Indicators {
    /// The indicators, without duplicates.
    pub found: Vec<Indicator>,
    /// The lines that cannot be used.
    pub unusable: Vec<UnusableLine>,
}

/// A line of a list that cannot be used as an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnusableLine {
    /// The line number, counted from 1.
    pub line: usize,
    /// The line as safe text, possibly cut.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Reads a list of indicators, one per line.
///
/// A line may have cells, separated by tabs, by commas or semicolons (whichever comes first outside
/// quotes), or by bars. Used are all hashes and addresses in it, and any value that follows its
/// type: a cell that begins the line or follows a MISP category (`ip-dst,…`), or a prefix with a
/// colon (`ip:…`). Without any of these, the only domain, URL, path or file name is used; next to a
/// hash it is the name of the hashed file and is not searched for.
///
/// Empty lines are skipped, and so is everything after a `#` that begins a line or follows a space.
/// Defanging is undone: `hxxp`, `[.]`, `(dot)` and the like. Forms that also occur in file names,
/// such as `[d]` and `(at)`, are only replaced if the result is a host, a URL or an email address.
///
/// A URL is used as its host, and so is a host with a port or a path; a line from `sha256sum` is
/// used as its hash. Values that could not match as intended are reported as unusable: wildcards,
/// address ranges, shortened hashes, fewer than three characters, JSON and STIX, column headings,
/// and lines in which it is unclear what is meant.
#[must_use]
pub fn read_indicators(list: &str) -> Indicators {
    let mut read = Indicators::default();
    let mut known = BTreeSet::new();
    // A Macintosh ends lines so.
    for (index, line) in list.lines().flat_map(|line| line.split('\r')).enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        match values_of(line) {
            Err(why) => {
                let text = crate::name::shorten(line);
                read.unusable.push(UnusableLine { line: index + 1, text, why });
            }
            Ok(values) => {
                for value in values {
                    let kind = kind(&value);
                    if known.insert(folded(kind, &value)) {
                        read.found.push(Indicator { value, kind });
                    }
                }
            }
        }
    }
    read
}

/// The indicators of a line without its remark; or why there are none that could be matched.
fn values_of(line: &str) -> Result<Vec<String>, &'static str> {
    let (own, remark) = without_remark(line)?;
    if own.is_empty() {
        return Ok(Vec::new());
    }
    if own.len() > LONGEST {
        return Err("it is longer than any indicator: write one a line");
    }
    // What ends a line for one program ends none for another.
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Err("it has control characters: write one indicator a line");
    }
    let values = values(own)?;
    if let Some(why) = values.iter().find_map(|value| unusable(value)) {
        return Err(why);
    }
    let is_of_name = remark.starts_with(|c: char| !c.is_whitespace());
    let is_cut = |value: &String| kind(value) == IndicatorKind::Name && !is_file(value);
    if is_of_name && values.iter().any(is_cut) { Err(REMARK) } else { Ok(values) }
}

/// Reads a list like [`read_indicators`], and requires that every line can be used.
///
/// Fails with a message that names the first unusable line, because skipping it would look as if
/// nothing had been found; or that says there are no indicators.
pub fn parse_indicators(list: &str) -> Result<Vec<Indicator>, String> {
    let Indicators { found, unusable } = read_indicators(list);
    if let Some(UnusableLine { line, text, why }) = unusable.first() {
        let more = match unusable.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more cannot be looked for either"),
        };
        return Err(format!("line {line}, `{text}`, cannot be looked for: {why}{more}"));
    }
    if found.is_empty() {
        return Err(
            "there is none: hashes, addresses, domains or names of three characters or more"
                .to_owned(),
        );
    }
    Ok(found)
}

/// What two writings of one indicator have in common.
fn folded(kind: IndicatorKind, value: &str) -> String {
    let address = address::parse(value).filter(|_| kind == IndicatorKind::Address);
    address.map_or_else(|| value.to_lowercase(), |address| address.to_string())
}

/// A line and its remark: what follows a `#` that begins it or has a space before it, outside quotes. Behind it nothing
/// may stand that could be a cell, or more of a path.
fn without_remark(line: &str) -> Result<(&str, &str), &'static str> {
    let mut is_quoted = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        is_quoted ^= c == '"';
        if c == '#' && before.is_whitespace() && !is_quoted {
            let (own, remark) = line.split_at_checked(at).unwrap_or((line, ""));
            let own = own.trim();
            let is_more = !own.is_empty() && remark.contains([',', ';', '\t', '\\']);
            return if is_more { Err(REMARK) } else { Ok((own, remark.trim_start_matches('#'))) };
        }
        before = c;
    }
    Ok((line, ""))
}

/// Bytes: more than the longest path of Windows has, 32,767 characters.
const LONGEST: usize = 1 << 16;
const REMARK: &str = "it is not clear whether a remark begins at `#`: put what is meant in quotes, or the remark in a line of its own";

#[cfg(test)]
pub(super) mod asserts;
#[cfg(test)]
mod tests;
