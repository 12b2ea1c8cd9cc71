use std::ops::Range;

use serde::Serialize;

use super::address;
use crate::{edge::are_apart, escape::ends_in_escape};

/// Something to search for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Indicator {
    /// The text, without the changes that made it harmless to click on.
    pub value: String,
    /// The kind of indicator.
    pub kind: IndicatorKind,
}

/// A kind of indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IndicatorKind {
    /// An IPv4 or IPv6 address.
    Address,
    /// A domain name.
    Domain,
    /// An MD5, SHA-1 or SHA-256 hash, recognised by its length.
    Hash,
    /// Anything else: a file name, a path, a service, a registry key.
    Name,
}

impl IndicatorKind {
    /// The name in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Hash => "hash",
            Self::Name => "name",
        }
    }
}

fn is_hex(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Digits of MD5, SHA-1 and SHA-256.
pub(super) const HASHES: &[usize] = &[32, 40, 64];

pub(super) fn kind(value: &str) -> IndicatorKind {
    if is_hex(value) && HASHES.contains(&value.len()) {
        return IndicatorKind::Hash;
    }
    if address::parse(value).is_some() {
        return IndicatorKind::Address;
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.len() < 64
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let last = value.rsplit('.').next().unwrap_or_default();
    let is_domain = value.contains('.')
        && value.split('.').all(is_label)
        && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"))
        && last.len() > 1
        && !is_file(value);
    if is_domain { IndicatorKind::Domain } else { IndicatorKind::Name }
}

/// Whether a name ends as that of a file does.
pub(super) fn is_file(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    end.is_some_and(|end| FILES.contains(&&*end))
}

/// Ends of names that are files and no domains.
const FILES: &[&str] = &[
    "7z", "asp", "aspx", "bat", "bin", "cab", "cfg", "chm", "cmd", "conf", "cpl", "csv", "dat",
    "dll", "dmp", "doc", "docm", "docx", "dotm", "drv", "efi", "evtx", "exe", "gz", "hta", "img",
    "inf", "ini", "iso", "jar", "jpg", "js", "jse", "json", "jsp", "jspx", "lnk", "log", "msc",
    "msi", "ocx", "odt", "pdf", "pf", "php", "pif", "png", "ppt", "pptx", "ps1", "psd1", "psm1",
    "rar", "reg", "rtf", "scr", "sct", "sys", "tar", "tmp", "txt", "vbe", "vbs", "vhd", "vhdx",
    "wsf", "wsh", "xlam", "xll", "xls", "xlsm", "xlsx", "xml", "zip",
];

impl Indicator {
    /// Whether a place in a text is the indicator itself, and no part of a longer one.
    pub(super) fn stands_alone(&self, text: &str, place: Range<usize>) -> bool {
        let front = text.get(..place.start).unwrap_or_default();
        // Of names only what the registry and URLs put before them: `\\test.exe` begins no word.
        let is_escape = ends_in_escape(front)
            && (self.kind != IndicatorKind::Name
                || front.ends_with("\\0")
                || !front.ends_with(['n', 'r', 't', 'N', 'R', 'T']));
        let before = front.chars().next_back().filter(|_| !is_escape);
        let rest = text.get(place.end..).unwrap_or_default();
        let own = text.get(place).unwrap_or_default();
        let are_one = |one: Option<char>, other: Option<char>| {
            one.zip(other).is_some_and(|(one, other)| !are_apart(one, other))
        };
        if are_one(before, own.chars().next())
            || are_one(own.chars().next_back(), rest.chars().next())
        {
            return false;
        }
        if self.kind != IndicatorKind::Domain {
            return true;
        }
        // A dash is of a label only between letters or digits: an arrow is none.
        let is_behind_label =
            before == Some('-') && front.trim_end_matches('-').ends_with(char::is_alphanumeric);
        let after = rest.strip_prefix('.').unwrap_or_else(|| rest.trim_start_matches('-'));
        let goes_on = after.len() < rest.len() && after.starts_with(char::is_alphanumeric);
        !is_behind_label && !goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::{Indicator, IndicatorKind};
    use crate::parse_indicators;

    #[test]
    fn a_kind_has_one_name() {
        for kind in [
            IndicatorKind::Address,
            IndicatorKind::Domain,
            IndicatorKind::Hash,
            IndicatorKind::Name,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn a_part_of_something_longer_is_no_hit() {
        let alone = |value: &str, text: &str| {
            let place = text.find(value).unwrap();
            let indicator: Indicator = parse_indicators(value).unwrap().remove(0);
            indicator.stands_alone(text, place..place + value.len())
        };
        assert!(alone("evil.example", "a.evil.example."));
        assert!(
            !alone("evil.example", "notevil.example") && !alone("evil.example", "evil.example.org")
        );
        assert!(alone("mimi.exe", "C:\\x\\mimi.exe -a") && !alone("mimi.exe", "xmimi.exe"));
        for before in ["good.example\\0", "http%3A%2F%2F", "{\"a\":\"x\\n"] {
            assert!(alone("evil.example", &format!("{before}evil.example")), "{before}");
        }
        assert!(alone("mimi.exe", "good.exe\\0mimi.exe") && !alone("est.exe", "C:\\x\\test.exe"));
        assert!(!alone("est.exe", "C:\\x\\Test.exe"));
        let hash = "44d88612fea8a8f36de82e1278abb02f";
        assert!(alone(hash, &format!("x\\0{hash}")) && !alone(hash, &format!("0{hash}")));
    }
}
