//! Indicators that were made harmless, so that nobody clicks on them: `hxxp`, `[.]`, `(dot)` and the like.

use super::{
    IndicatorKind,
    host::{host, is_url},
    indicator::{is_file, kind},
};
use crate::edge::begins;

/// A cell with what made it harmless taken back; what may be of a file's name as well, only where that makes a host, a
/// URL or an address of mail.
pub(super) fn plain(cell: &str) -> String {
    let mut text = points(cell).unwrap_or_else(|| cell.to_owned());
    for (harmless, own) in HARMLESS.iter().chain(POINTS).chain(UNCLEAR) {
        text = replace(&text, harmless, own);
    }
    for scheme in ["hxxp", "hxtp", "htxp"] {
        if text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)) {
            text = format!("http{}", text.get(scheme.len()..).unwrap_or_default());
        }
    }
    if is_of_the_net(&text) {
        return text;
    }
    let names = if is_file(&text) && !text.contains(char::is_whitespace) { POINTS } else { &[] };
    let own = HARMLESS.iter().chain(names);
    own.fold(cell.to_owned(), |text, (harmless, own)| replace(&text, harmless, own))
}

/// A cell whose full stops are all escaped, without the escapes; a single one may begin the name of a file: `a\.ssh`.
fn points(cell: &str) -> Option<String> {
    let count = cell.matches("\\.").count();
    let is_all = count == cell.matches('.').count() && count == cell.matches('\\').count();
    (is_all && count > 1).then(|| cell.replace("\\.", "."))
}

fn is_of_the_net(text: &str) -> bool {
    let is_domain = |name: &str| kind(name) == IndicatorKind::Domain;
    is_url(text)
        || host(text).is_ok_and(|host| kind(&host) != IndicatorKind::Name)
        || text.split_once('@').is_some_and(|(_, domain)| is_domain(domain))
}

/// Replaces a mark, without case, and the spaces around it where it is a mark of a point.
fn replace(text: &str, mark: &str, own: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut replaced = String::new();
    let mut at = 0;
    for (found, _) in lower.match_indices(mark) {
        replaced.push_str(text.get(at..found).unwrap_or_default());
        let kept = replaced.trim_end().len();
        replaced.truncate(kept);
        replaced.push_str(own);
        at = found + mark.len();
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
    }
    replaced.push_str(text.get(at..).unwrap_or_default());
    replaced
}

/// Whether something of such is left in a text, which was not understood.
pub(super) fn is_harmless(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
        || text.contains("(.") && !text.contains("(.)")
        || text.match_indices(SCHEME).any(|(at, _)| is_scheme(text, at))
}

/// Whether a scheme that was made harmless stands here: within a word its letters are those of any name.
fn is_scheme(text: &str, at: usize) -> bool {
    let rest = text.get(at + SCHEME.len()..).unwrap_or_default();
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    begins(text, at) && !rest.starts_with(char::is_alphanumeric)
}

/// Whether a text is a domain with an escaped full stop, or a folder and the name of a file in it.
pub(super) fn is_path_or_domain(text: &str) -> bool {
    // As an expression has it, between its begin and its end.
    let text = text.trim_start_matches('^').trim_end_matches('$');
    text.contains("\\.") && kind(&text.replace("\\.", ".")) == IndicatorKind::Domain
}

/// What people write so that nobody clicks on it.
const HARMLESS: &[(&str, &str)] = &[
    ("[://]", "://"),
    ("[:]//", "://"),
    ("[.]", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[@]", "@"),
    ("\u{3010}.\u{3011}", "."),
    ("<.>", "."),
];
/// What they write so as well, but names of files have too.
const UNCLEAR: &[(&str, &str)] = &[
    ("[:]", ":"),
    ("[d]", "."),
    ("[at]", "@"),
    ("(at)", "@"),
    ("\u{3002}", "."),
    ("\u{ff0e}", "."),
    ("\u{ff61}", "."),
];
/// What stands in the name of a file only where it is the point before its end.
const POINTS: &[(&str, &str)] = &[("(.)", "."), ("{.}", ".")];
/// What is left of such where it was not understood; `[` and `]` stand in names of files, but seldom so.
const MARKS: &[&str] = &[" dot ", "[.", ".]", "[/", "[:", "%2e", "%2E"];
const SCHEME: &str = "hxxp";
