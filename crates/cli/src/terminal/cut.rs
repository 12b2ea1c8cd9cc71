//! Shortens untrusted text.

use super::safe;

/// Escapes the text with [`safe`] and shortens it to `limit` characters plus `…`, between words if possible.
pub(crate) fn short(text: &str, limit: usize) -> String {
    let text = safe(text);
    let Some((end, _)) = text.char_indices().nth(limit) else { return text };
    let kept = text.get(..end).unwrap_or_default();
    let at = kept.rfind(' ').filter(|at| *at > kept.len() / 2).unwrap_or(kept.len());
    format!("{}…", kept.get(..at).unwrap_or(kept).trim_end())
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn what_is_cut_says_so_and_cuts_no_word() {
        assert_eq!(short("as it is", 8), "as it is");
        assert_eq!(short("rows are missing here", 18), "rows are missing…");
        assert_eq!(short("aaaaaaaaaaaa", 4), "aaaa…");
        assert_eq!(short("é\u{1b}[2J", 3), "é\\u…");
    }
}
