//! Lists of indicators, as people write and exchange them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Indicator, IndicatorKind, address,
    cells::values,
    indicator::{is_file, kind},
    unusable::unusable,
};

/// A list of indicators, read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Indicators {
    /// What to look for, each once.
    pub found: Vec<Indicator>,
    /// Lines that are no indicator.
    pub unusable: Vec<UnusableLine>,
}

/// A line of a list that is no indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnusableLine {
    /// Which, counted from 1.
    pub line: usize,
    /// The line, as safe text, cut.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Reads a list of indicators: one per line. Where tabs, or else commas or semicolons, whichever is first outside
/// quotes, or bars make cells, all hashes and addresses are meant, and what its type stands before, in a cell that
/// begins the line or follows a category of MISP (`ip-dst,…`) or with a colon (`ip:…`); else the one domain, URL, path
/// or name of a file, which beside a hash is that of the file and not looked for. Empty lines are passed over, and what
/// follows a `#` that begins a line or has a space before it. What makes indicators harmless is taken back: `hxxp`,
/// `[.]`, `(dot)` and the like; what names of files have too, as `[d]` and `(at)`, only where that makes a host, a URL
/// or an address of mail.
///
/// A URL counts as its host, and so does a host with a port or a path, and a line of `sha256sum` as its hash. What
/// nothing could match as it is meant (wildcards, ranges of addresses, hashes cut short, less than three characters,
/// JSON and STIX, heads of columns, words or cells of which it is not clear which is meant) is told as unusable.
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

/// The indicators of a list, as [`read_indicators`] finds them, if all of it can be looked for.
///
/// Fails with a text that names the first line that cannot, since it would look as if nothing had been found, or says
/// that there is no indicator.
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
