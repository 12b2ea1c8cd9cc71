//! Indicators that nothing could match as they are meant.

use super::{
    IndicatorKind, address,
    cells::{RANGE, is_titled},
    harmless::{is_harmless, is_path_or_domain},
    indicator::{HASHES, is_file, kind},
};

/// Why nothing could match a value as it is meant.
pub(super) fn unusable(value: &str) -> Option<&'static str> {
    if value.chars().count() < 3 {
        Some("it has less than three characters")
    } else if value.chars().any(|c| c.is_control() || c == '\u{fffd}') {
        Some("it is no text")
    } else if value.chars().any(|c| c == '\u{a0}' || crate::name::is_deceptive(c)) {
        Some("it has characters that nobody sees")
    } else if is_wild(value) {
        Some("wildcards are not understood: write the name without them")
    } else if !value.contains(char::is_alphanumeric) {
        Some("it has neither a letter nor a digit")
    } else if is_range(value) {
        Some(RANGE)
    } else if is_harmless(value) {
        Some("what makes it harmless is not understood: write it as it is")
    } else if is_placeholder(value) {
        Some("it stands for something else: write the path without what differs from host to host")
    } else if is_path_or_domain(value) {
        Some(
            "it may be a domain or a file in a folder: write the domain without `\\`, or more of the path",
        )
    } else if is_cut(value) {
        Some(LENGTH)
    } else {
        None
    }
}

fn is_wild(value: &str) -> bool {
    value.trim_start_matches(['\\', '?']).contains('?') || value.contains('*')
}

/// Whether it is of the digits of a hash, but of the length of none.
pub(super) fn is_cut(value: &str) -> bool {
    value.len() >= 16
        && !HASHES.contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (value.len() > 32 || value.contains(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a cell is meant as an indicator, though nothing could match it.
pub(super) fn is_meant(value: &str) -> bool {
    // A mark behind a word asks.
    let is_wild = is_wild(value.trim_end_matches('?')) && value.contains(char::is_alphanumeric);
    !value.contains(char::is_whitespace) && (is_wild || is_harmless(value))
}

/// An address and the bits or the mask of its network, the first and the last, or with `x` for any number.
pub(super) fn is_range(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_end = |text: &str| address::parse(text).is_some() || is_number(text);
    let separated = ["/", "-", "..", "\u{2013}"].into_iter().filter_map(|by| value.split_once(by));
    let is_any = value.to_ascii_lowercase().contains(".x");
    let is_class = value.split_once(['[', '{']).and_then(|(front, _)| front.strip_suffix('.'));
    separated.into_iter().any(|(first, last)| {
        address::parse(first.trim()).is_some() && is_end(last.trim_start_matches('.').trim())
    }) || is_class.is_some_and(|front| front.split('.').all(is_number))
        || is_any && address::parse(&value.to_ascii_lowercase().replace(".x", ".1")).is_some()
}

/// Whether a name has an address, a hash or a domain among other characters, or an address with spaces in it, where it
/// stands in no path and no name of a file.
pub(super) fn has_another(value: &str) -> bool {
    if kind(value) != IndicatorKind::Name {
        return false;
    }
    let is_hash = |word: &str| kind(word) == IndicatorKind::Hash;
    let is_mail = value.contains('@') && value.contains(char::is_whitespace);
    if is_mail || value.split(|c: char| !c.is_alphanumeric()).any(is_hash) || has_root(value) {
        return true;
    }
    let is_path = value.contains(['\\', '@']) || value.starts_with('/');
    if is_path || is_file(value) {
        return false;
    }
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_domain = |word: &str| {
        let word = word.trim_matches(['.', '-', '_']);
        kind(word) == IndicatorKind::Domain && !is_titled(word)
    };
    if value.split(|c| !is_word(c)).any(is_domain) {
        return true;
    }
    let is_address = |text: &str| address::parse(text.trim_matches('.')).is_some();
    let dense: String = value.split_whitespace().collect();
    let is_v4 = |text: &str| text.contains('.') && is_address(text);
    // A full stop that stands apart ends no sentence.
    let is_apart = value.split_whitespace().any(|word| word == ".")
        || value.rsplit(char::is_whitespace).next().is_some_and(|last| last.starts_with('.'));
    is_address(&dense)
        || is_apart && is_domain(&dense)
        || value.split_once([':', '=']).is_some_and(|(_, back)| is_address(back.trim()))
        || value.split(|c: char| !c.is_ascii_digit() && c != '.').any(is_v4)
}

/// Whether a path, a key or a URL begins behind other words.
fn has_root(value: &str) -> bool {
    value.split_whitespace().skip(1).any(|word| {
        let word = word.trim_start_matches(['"', '\'', '`', '(', '<', '[', '\u{201c}', '\u{2018}']);
        let lower = word.get(..5).unwrap_or(word).to_ascii_lowercase();
        let mut letters = word.chars();
        let is_drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.as_str().starts_with(":\\");
        let is_variable = word.starts_with('%') && word.contains("%\\");
        is_drive
            || is_variable
            || word.starts_with("\\\\")
            || word.contains("://")
            || ROOTS.iter().any(|root| lower.starts_with(root))
    })
}

/// Whether something in a path stands for what differs from host to host.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_left_out = value.contains('\\') && value.split('\\').any(|part| part == "...");
    // No variable of Windows has a space in its name.
    let variable = value.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    let is_said = variable.is_some_and(|(name, _)| name.contains(' '));
    is_left_out
        || is_said
        || value.contains(['<', '>'])
        || PLACEHOLDERS.iter().any(|own| lower.contains(own))
}

/// The roots of keys of the registry.
const ROOTS: &[&str] =
    &["hkey_", "hklm\\", "hklm:", "hkcu\\", "hkcu:", "hkcr\\", "hkcr:", "hku\\", "hku:"];
const PLACEHOLDERS: &[&str] = &[
    "%username%",
    "%system%\\",
    "%windows%\\",
    "{user}",
    "[user]",
    "{username}",
    "[username]",
    "[redacted]",
    "\\$user\\",
    "{sid}",
    "[sid]",
];
pub(super) const LENGTH: &str = "it is of the length of no MD5, SHA-1 or SHA-256";

#[cfg(test)]
mod tests {
    use crate::{read_indicators, search::list::asserts::assert_told};

    #[test]
    fn what_holds_an_address_or_a_range_is_told() {
        for text in [
            "10.82.150.1-10.82.150.200",
            "10.82.150.1 - 10.82.150.200",
            "10.82.150.1-200",
            "10.82.150.1..200",
            "10.82.150.x",
            "10.82.X.x",
            "10.82.150.0/255.255.255.0",
            "10 .82.150.96",
            "c2=10.82.150.96",
            "peer:2001:db8::66",
            "10.82.150.96&10.82.150.97",
        ] {
            assert_told(text);
        }
        for text in [
            "scan-10.82.150.96.txt",
            r"\\10.82.150.96\share",
            "/opt/10.82.150.96/x",
            "agent 10.82",
            "T1059.001",
            "10.82.150.96/x",
        ] {
            let read = read_indicators(text);
            assert_eq!((read.found.len(), read.unusable.len()), (1, 0), "{text}: {read:?}");
        }
    }
}
