//! Words of a line of a list of indicators: which of them are indicators of their own.

use super::{
    IndicatorKind,
    harmless::plain,
    host::host,
    indicator::{is_file, kind},
    split::unquoted,
    types::Type,
};

/// Whether a word is an indicator that is no name.
pub(super) fn is_clear(word: &str) -> bool {
    host(&plain(word)).is_ok_and(|own| kind(&own) != IndicatorKind::Name)
}

/// Whether a text is an indicator whatever stands beside it, or a name that is written as one.
pub(super) fn is_own(text: &str) -> bool {
    is_file(text) || text.contains('\\') || is_mail(text) || is_clear(text)
}

pub(super) fn is_mail(name: &str) -> bool {
    name.split_once('@').is_some_and(|(_, domain)| kind(domain) == IndicatorKind::Domain)
}

/// Whether a name has more in it than the name: words of which one is meant, a label, what is said of it.
pub(super) fn is_unclear(name: &str) -> bool {
    let said = name.split_once(['/', '(', ',', ';']);
    has_words(name)
        || is_labelled(name)
        || is_open(name)
        || name.contains('"')
        || name.starts_with('\'')
        || said.is_some_and(|(front, _)| is_file(front))
}

/// Whether it ends within brackets or quotes, or has the end of such alone.
pub(super) fn is_open(name: &str) -> bool {
    let count = |mark: char| name.matches(mark).count();
    count('(') != count(')') || count('"') % 2 == 1
}

/// Whether a name has words of which one is an indicator of its own, but for the end of a name or of a path.
fn has_words(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let Some(last) = words.next_back() else { return false };
    let is_path = name.contains(['\\', '/']);
    let mut others = words.clone();
    let first = others.next();
    let is_type = first.and_then(Type::named).is_some_and(|own| own != Type::Beside);
    words.any(|word| {
        is_file(unquoted(word)) || word.ends_with(':') || word == "=" || !is_path && is_clear(word)
    }) || is_type
        || first.is_some() && !is_path && is_clear(last)
}

/// Whether a name begins with a label: `Image:evil.exe`. A drive, a root of the registry, a file's stream and what is
/// within a path have colons as well.
fn is_labelled(name: &str) -> bool {
    let word = name.split_whitespace().next().unwrap_or_default();
    let Some((front, back)) = word.split_once([':', '=']) else { return false };
    let lower = front.to_ascii_lowercase();
    let is_root = match back.strip_prefix("//") {
        Some(_) => lower == "file",
        // As `PowerShell` writes a root: `Registry::HKLM`.
        None if back.starts_with(':') => true,
        None => back.starts_with(['\\', '/']) && (front.len() == 1 || lower.starts_with("hk")),
    };
    !is_root && !front.contains(['.', '\\', '/'])
}
