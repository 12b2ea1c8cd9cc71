use super::Lines;
use crate::Error;

/// What `reg.exe QUERY /s` wrote, piece by piece.
pub(crate) struct Registry<'a> {
    lines: Lines<'a>,
    /// A line that was read ahead.
    next: Option<(u64, String, bool)>,
    /// What stands before the next.
    before: Before,
    /// Whether the last key is the one of which the agent asks for the default value alone, which reg.exe calls a search.
    is_searched: bool,
    /// Whether the last key may be data of the value before it, and what stands below it belong to another.
    is_doubtful: bool,
}

/// What stands before a line that is not empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Empty,
    Key,
    Other,
}

/// One piece of a registry listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A key, which the values after it belong to; it may be data where it stands right below a value.
    Key { line: u64, key: String, is_cut: bool, may_be_data: bool },
    /// A value: its name, its type such as `REG_SZ`, and its data as it stands.
    Value { line: u64, name: String, kind: String, data: String, raw: String, is_cut: bool },
    /// The count behind a search, or the message that there is no such key.
    Message { line: u64, text: String },
    /// A line that is none of these.
    Other { line: u64, text: String },
}

impl<'a> Registry<'a> {
    pub(crate) fn new(lines: Lines<'a>) -> Self {
        Self { lines, next: None, before: Before::Nothing, is_searched: false, is_doubtful: false }
    }

    /// The next piece, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, Error> {
        while let Some((line, text, is_cut)) = self.take()? {
            if text.is_empty() {
                self.skip();
                continue;
            }
            let own = if is_key(&text) { Before::Key } else { Before::Other };
            let before = std::mem::replace(&mut self.before, own);
            let is_apart = matches!(before, Before::Nothing | Before::Empty);
            if is_key(&text) {
                // reg.exe ends the values of a key with an empty line.
                self.is_doubtful = !is_apart && (self.is_doubtful || before == Before::Other);
                self.is_searched = text.to_ascii_lowercase().ends_with(SEARCHED);
                // A value's name may have a line end, and then this is its rest, or a key has such a name.
                let is_cut = is_cut || has_type(&text);
                let may_be_data = self.is_doubtful;
                return Ok(Some(Piece::Key { line, key: text, is_cut, may_be_data }));
            } else if let Some((name, kind, data)) = value(&text) {
                let (name, kind, mut data) = (name.to_owned(), kind.to_owned(), data.to_owned());
                let (mut raw, mut is_cut) = (text, is_cut || self.is_doubtful);
                while let Some((number, more, more_is_cut)) = self.take()? {
                    if !goes_on(&kind, &more) || raw.len() > LONGEST {
                        is_cut |= is_key(&more);
                        self.next = Some((number, more, more_is_cut));
                        break;
                    }
                    data = data + "\n" + &more;
                    raw = raw + "\n" + &more;
                    is_cut |= more_is_cut;
                }
                return Ok(Some(Piece::Value { line, name, kind, data, raw, is_cut }));
            }
            let may_be_message = is_apart && !text.starts_with(' ') && !has_type(&text);
            let is_message = may_be_message
                && (is_end_of_search(&text)
                    || self.is_searched && numbers(&text) == 1 && text.len() < LONGEST_MESSAGE
                    // Why there is no key, in any language, is all that there is.
                    || before == Before::Nothing && self.is_at_end()?);
            let piece = if is_message {
                Piece::Message { line, text }
            } else {
                Piece::Other { line, text }
            };
            return Ok(Some(piece));
        }
        Ok(None)
    }

    /// Whether nothing but empty lines follows.
    fn is_at_end(&mut self) -> Result<bool, Error> {
        while let Some(line) = self.take()? {
            if !line.1.is_empty() {
                self.next = Some(line);
                return Ok(false);
            }
            self.skip();
        }
        Ok(true)
    }

    /// Passes over an empty line.
    fn skip(&mut self) {
        if self.before != Before::Nothing {
            self.before = Before::Empty;
        }
    }

    fn take(&mut self) -> Result<Option<(u64, String, bool)>, Error> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        let line = self.lines.next()?;
        Ok(line.map(|line| (line.number, line.text.to_owned(), line.is_cut)))
    }
}

fn is_key(line: &str) -> bool {
    line.starts_with("HKEY_")
}

/// Whether a line is `End of search: 1 match(es) found.`
fn is_end_of_search(line: &str) -> bool {
    let found = line.strip_prefix("End of search: ");
    let count = found.and_then(|rest| rest.strip_suffix(" match(es) found."));
    count.is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How many numbers a line has.
fn numbers(line: &str) -> usize {
    line.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count()
}

/// Whether a line is more of the data before it, which may have line ends of its own. So may names: what could be a
/// value's name, or hold a value, is never taken for the data of its neighbour.
fn goes_on(kind: &str, line: &str) -> bool {
    matches!(kind, "REG_SZ" | "REG_EXPAND_SZ" | "REG_MULTI_SZ")
        && !(line.is_empty() || is_key(line) || line.starts_with(GAP) || has_type(line))
}

/// Whether a type stands in a line as it does behind a value's name.
fn has_type(line: &str) -> bool {
    line.match_indices("    REG_").any(|(place, _)| {
        let kind = line.get(place + GAP.len()..).unwrap_or_default();
        kind.split(' ').next().is_some_and(is_word)
    })
}

fn is_word(kind: &str) -> bool {
    kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A value's line: four spaces, name, four spaces, type, four spaces, data. A name may hold what looks like
/// a type, so that known types whose data fits go before others, and these before those that nobody has listed.
fn value(line: &str) -> Option<(&str, &str, &str)> {
    let rest = line.strip_prefix(GAP)?;
    // Once, and not for each type that the line has.
    let end = rest.trim_end().len();
    let typed = |is_type: fn(&str, &str) -> bool| {
        rest.match_indices("    REG_").find_map(|(place, _)| {
            let (name, after) = rest.split_at_checked(place)?;
            let after = after.get(GAP.len()..)?;
            let (kind, data) = after.split_once(GAP).unwrap_or_else(|| (after.trim_end(), ""));
            let from = rest.len() - data.len();
            let own = rest.get(from..end).unwrap_or_default();
            is_type(kind, own).then_some((name, kind, data))
        })
    };
    typed(|kind, data| TYPES.contains(&kind) && fits(kind, data))
        .or_else(|| typed(|kind, _| TYPES.contains(&kind)))
        .or_else(|| typed(|kind, _| is_word(kind)))
}

/// Whether data, without spaces at its end, is written as reg.exe writes that of a type.
fn fits(kind: &str, data: &str) -> bool {
    let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match kind {
        "REG_DWORD" | "REG_DWORD_BIG_ENDIAN" | "REG_QWORD" => {
            data.strip_prefix("0x").is_some_and(is_hexadecimal)
        }
        "REG_BINARY" => is_hexadecimal(data),
        _ => true,
    }
}

const GAP: &str = "    ";
const TYPES: &[&str] = &[
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_EXPAND_SZ",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_NONE",
    "REG_QWORD",
    "REG_RESOURCE_LIST",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_SZ",
];
/// How the key ends that `reg.exe QUERY /ve /s` is asked for.
const SEARCHED: &str = "\\htmlfile\\shell\\open\\command";
/// Bytes of a message; those of reg.exe have less than a hundred.
const LONGEST_MESSAGE: usize = 300;
/// Bytes of a value after which no further line is added to it.
const LONGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::{Piece, Registry};
    use crate::{
        package::Bytes,
        text::{CodePage, Lines},
    };

    #[test]
    fn pieces_are_told_apart_by_their_layout() {
        let text = "\nHKEY_USERS\\S-1\\Run\n    (Default)    REG_SZ    \n    a    b    REG_SZ    one\ntwo\n    \
                    none    REG_DWORD    0x1\n\nEnd of search: 1 match(es) found.\n\n    odd\n";
        let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
        let mut registry = Registry::new(lines);
        let mut pieces = Vec::new();
        while let Some(piece) = registry.next().unwrap() {
            pieces.push(piece);
        }
        let [
            Piece::Key { key, line: 2, .. },
            empty,
            two,
            dword,
            Piece::Message { .. },
            Piece::Other { .. },
        ] = pieces.as_slice()
        else {
            panic!("{pieces:#?}")
        };
        assert_eq!(key, "HKEY_USERS\\S-1\\Run");
        let parts = |piece: &Piece| match piece {
            Piece::Value { name, kind, data, .. } => (name.clone(), kind.clone(), data.clone()),
            _ => panic!("{piece:?}"),
        };
        assert_eq!(parts(empty), ("(Default)".into(), "REG_SZ".into(), String::new()));
        assert_eq!(parts(two), ("a    b".into(), "REG_SZ".into(), "one\ntwo".into()));
        assert_eq!(parts(dword).2, "0x1");
    }
}
