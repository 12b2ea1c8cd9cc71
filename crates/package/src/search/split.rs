//! How a line of a list of indicators is split into its cells.

use std::borrow::Cow;

/// A line, split.
pub(super) struct Line<'a> {
    pub(super) cells: Vec<Cell<'a>>,
    /// What separates elsewhere, and stands outside quotes here: whether it separates is not clear.
    pub(super) left: Vec<char>,
}

pub(super) struct Cell<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) is_quoted: bool,
}

impl<'a> Line<'a> {
    /// What separates the cells of a line first, outside quotes, separates them all: a note behind a semicolon may have
    /// commas in it. A tab does wherever it stands, since no note has one.
    pub(super) fn of(line: &'a str) -> Result<Self, &'static str> {
        let first = |own: &[char]| {
            let mut is_end = ends();
            line.chars().find(|c| is_end(*c) && own.contains(c))
        };
        let by = first(&['\t']).or_else(|| first(&SEPARATORS));
        let mut is_end = ends();
        let cells = line.split(|c| is_end(c) && Some(c) == by).map(Cell::of).collect::<Option<_>>();
        let is_left = |other: &char| Some(*other) != by && first(&[*other]).is_some();
        let cells = cells.ok_or("a quote opens that does not close: write one indicator a line")?;
        Ok(Self { cells, left: SEPARATORS.into_iter().filter(is_left).collect() })
    }
}

impl<'a> Cell<'a> {
    /// A cell without its quotes, in which two stand for one; none if they do not close.
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        if text.starts_with('"') && text.matches('"').count() % 2 == 1 {
            return None;
        }
        // None is left where all are doubled.
        let doubled =
            inner.filter(|inner| inner.contains('"') && !inner.replace("\"\"", "").contains('"'));
        let text = match doubled {
            Some(inner) => Cow::Owned(inner.replace("\"\"", "\"")),
            None => Cow::Borrowed(unquoted(text)),
        };
        Some(Self { text, is_quoted: inner.is_some() })
    }
}

/// Tells of each character of a line whether it may separate cells, which is so outside quotes.
fn ends() -> impl FnMut(char) -> bool {
    let mut is_quoted = false;
    let mut opens = true;
    move |c| {
        let is_quote = c == '"' && (is_quoted || opens);
        is_quoted ^= is_quote;
        let is_end = !is_quoted && SEPARATORS.contains(&c);
        // Of two quotes within quotes the second opens again.
        opens = is_end || is_quote || opens && c.is_whitespace();
        is_end
    }
}

/// A line without what begins an item of a list: `- `, `• `, `1. `.
pub(super) fn unlisted(line: &str) -> &str {
    let Some((front, rest)) = line.split_once(char::is_whitespace) else { return line };
    let number = front.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_mark = is_number || matches!(front, "-" | "*" | "+" | "•" | "–" | "·");
    if is_mark { rest.trim_start() } else { line }
}

/// A text without spaces, quotes and brackets around it.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || crate::name::is_deceptive(c));
    let inner = QUOTES.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(*open)?.strip_suffix(*close)?;
        (!inner.contains([*open, *close])).then_some(inner)
    });
    inner.unwrap_or(text).trim()
}

const SEPARATORS: [char; 3] = [',', ';', '\t'];
const QUOTES: &[(char, char)] = &[
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('<', '>'),
    ('(', ')'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{ab}', '\u{bb}'),
];
