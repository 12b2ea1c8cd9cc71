//! Indicators that were made harmless, so that nobody clicks on them: `hxxp`, `[.]`, `(dot)` and the like.

/// A cell with what made it harmless taken back.
pub(super) fn plain(cell: &str) -> String {
    // An escaped full stop, where it is none of a path.
    let mut text = match cell.replace("\\.", ".") {
        unescaped if !unescaped.contains('\\') => unescaped,
        _ => cell.to_owned(),
    };
    for (harmless, own) in HARMLESS {
        text = replace(&text, harmless, own);
    }
    for scheme in ["hxxp", "hxtp", "htxp"] {
        if text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)) {
            text = format!("http{}", text.get(scheme.len()..).unwrap_or_default());
        }
    }
    text
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
}

/// What people write so that nobody clicks on it.
const HARMLESS: &[(&str, &str)] = &[
    ("[://]", "://"),
    ("[:]//", "://"),
    ("[:]", ":"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[d]", "."),
    ("[@]", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
];
/// What is left of such where it was not understood; `[` and `]` stand in names of files, but seldom so.
const MARKS: &[&str] = &["[.", ".]", "[/", "[:", "hxxp"];
