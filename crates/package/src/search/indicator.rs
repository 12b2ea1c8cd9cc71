use std::{net::IpAddr, ops::Range};

use serde::Serialize;

/// Something to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indicator {
    /// The text, with what made it harmless taken back.
    pub value: String,
    /// What it is.
    pub kind: IndicatorKind,
}

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IndicatorKind {
    /// An IPv4 or IPv6 address.
    Address,
    /// A domain name.
    Domain,
    /// MD5, SHA-1 or SHA-256, by its length.
    Hash,
    /// Anything else: a file's name, a path, a service, a key.
    Name,
}

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

/// Reads a list of indicators: one per line, the first cell where there are commas or tabs; empty
/// lines are passed over, and what follows a `#` that begins a line or has a space before it; `hxxp`, `[.]`,
/// `(.)` and `[:]` are taken back.
///
/// A URL counts as its host. What nothing could match as it is meant (wildcards, ranges of addresses, hashes cut short,
/// less than three characters) is told as unusable.
#[must_use]
pub fn read_indicators(list: &str) -> Indicators {
    let mut read = Indicators::default();
    for (index, line) in list.lines().enumerate() {
        let line = without_remark(line.trim_start_matches('\u{feff}')).trim();
        if line.is_empty() {
            continue;
        }
        let value = value(line);
        if let Some(why) = unusable(&value) {
            let text = crate::name::shorten(line);
            read.unusable.push(UnusableLine { line: index + 1, text, why });
            continue;
        }
        let indicator = Indicator { kind: kind(&value), value };
        if !read.found.contains(&indicator) {
            read.found.push(indicator);
        }
    }
    read
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

fn without_remark(line: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| {
        line.get(..*at)
            .is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    };
    let remark = line.match_indices('#').find(begins);
    remark.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

/// The first cell of a line, with what made it harmless taken back.
fn value(line: &str) -> String {
    let cell = line.split([',', '\t', ';']).next().unwrap_or(line).trim().trim_matches('"');
    let value = cell
        .replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[dot]", ".")
        .replace("[:]", ":")
        .replace("hxxp", "http");
    match value.split_once("://") {
        Some((_, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host).to_owned()
        }
        None => value,
    }
}

/// Why nothing could match a value as it is meant.
fn unusable(value: &str) -> Option<&'static str> {
    let is_range = |(address, bits): (&str, &str)| {
        address.parse::<IpAddr>().is_ok() && bits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if value.chars().count() < 3 {
        Some("it has less than three characters")
    } else if value.chars().any(|c| c.is_control() || c == '\u{fffd}') {
        Some("it is no text")
    } else if value.contains(['*', '?']) {
        Some("wildcards are not understood: write the name without them")
    } else if !value.contains(char::is_alphanumeric) {
        Some("it has neither a letter nor a digit")
    } else if value.split_once('/').is_some_and(is_range) {
        Some("ranges of addresses are not understood")
    } else if is_hex(value) && value.len() > 32 && !HASHES.contains(&value.len()) {
        Some("it is of the length of no MD5, SHA-1 or SHA-256")
    } else {
        None
    }
}

fn is_hex(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Digits of MD5, SHA-1 and SHA-256.
const HASHES: &[usize] = &[32, 40, 64];

fn kind(value: &str) -> IndicatorKind {
    if is_hex(value) && HASHES.contains(&value.len()) {
        return IndicatorKind::Hash;
    }
    if value.parse::<IpAddr>().is_ok() {
        return IndicatorKind::Address;
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = value.rsplit('.').next().unwrap_or_default();
    let is_domain = value.contains('.')
        && value.split('.').all(is_label)
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
        && last.len() > 1
        && !FILES.contains(&last.to_ascii_lowercase().as_str());
    if is_domain { IndicatorKind::Domain } else { IndicatorKind::Name }
}

/// Ends of names that are files and no domains.
const FILES: &[&str] = &[
    "exe", "dll", "sys", "ps1", "bat", "cmd", "vbs", "js", "lnk", "dmp", "zip", "txt", "tmp",
    "msi", "scr", "hta",
];

impl Indicator {
    /// Whether a place in a text is the indicator itself, and no part of a longer one.
    pub(super) fn stands_alone(&self, text: &str, place: Range<usize>) -> bool {
        let before = text.get(..place.start).and_then(|before| before.chars().next_back());
        let mut rest = text.get(place.end..).unwrap_or_default().chars();
        let (after, then) = (rest.next(), rest.next());
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if self.kind != IndicatorKind::Name && (is_word(before) || is_word(after)) {
            return false;
        }
        match self.kind {
            IndicatorKind::Address => {
                let goes_on = after == Some('.') && then.is_some_and(|c| c.is_ascii_digit());
                !matches!(before, Some('.' | ':')) && !goes_on
            }
            IndicatorKind::Domain => {
                let goes_on = after == Some('.') && is_word(then);
                before != Some('-') && !matches!(after, Some('-' | '_')) && !goes_on
            }
            IndicatorKind::Hash => true,
            IndicatorKind::Name => {
                let starts_in_word =
                    self.value.starts_with(char::is_alphanumeric) && is_word(before);
                let ends_in_word = self.value.ends_with(char::is_alphanumeric) && is_word(after);
                !starts_in_word && !ends_in_word
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Indicator, IndicatorKind, parse_indicators, read_indicators};

    #[test]
    fn lists_come_in_many_forms() {
        let list = "# mine\n\nhxxps://evil[.]example[:]8080/a?b\n10.0.0[.]1\nmimi.exe,why\n\
                    D41D8CD98F00B204E9800998ECF8427E\nab\n10.0.0.1\n";
        let found: Vec<_> =
            read_indicators(list).found.into_iter().map(|own| (own.value, own.kind)).collect();
        assert_eq!(
            found,
            [
                ("evil.example".to_owned(), IndicatorKind::Domain),
                ("10.0.0.1".to_owned(), IndicatorKind::Address),
                ("mimi.exe".to_owned(), IndicatorKind::Name),
                ("D41D8CD98F00B204E9800998ECF8427E".to_owned(), IndicatorKind::Hash),
            ]
        );
    }

    #[test]
    fn what_is_no_indicator_is_told_by_its_line() {
        let list = "a.exe # why\n  #x\n*.exe\nC#.dll\n10.0.0.0/8\nab\nd41d8cd98f00b204e9800998ecf8427e0\n---\n";
        let read = read_indicators(list);
        let values: Vec<_> = read.found.iter().map(|own| own.value.as_str()).collect();
        assert_eq!(values, ["a.exe", "C#.dll"]);
        let lines: Vec<_> = read.unusable.iter().map(|own| own.line).collect();
        assert_eq!(lines, [3, 5, 6, 7, 8]);
        assert_eq!(read.unusable[0].text, "*.exe");
    }

    #[test]
    fn a_part_of_something_longer_is_no_hit() {
        let alone = |value: &str, text: &str| {
            let place = text.find(value).unwrap();
            let indicator: Indicator = parse_indicators(value).unwrap().remove(0);
            indicator.stands_alone(text, place..place + value.len())
        };
        assert!(alone("10.0.0.1", "to 10.0.0.1:80."));
        assert!(!alone("10.0.0.1", "110.0.0.1") && !alone("10.0.0.1", "10.0.0.12"));
        assert!(alone("evil.example", "a.evil.example."));
        assert!(
            !alone("evil.example", "notevil.example") && !alone("evil.example", "evil.example.org")
        );
        assert!(alone("mimi.exe", "C:\\x\\mimi.exe -a") && !alone("mimi.exe", "xmimi.exe"));
    }
}
