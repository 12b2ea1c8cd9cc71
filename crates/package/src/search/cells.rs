//! One line of a list of indicators: which of its cells are meant.

use std::collections::BTreeSet;

use super::{
    IndicatorKind,
    harmless::plain,
    host::{host, is_url},
    indicator::{is_file, kind},
    types::{Type, is_head},
    unusable::{has_another, is_range},
};

/// The indicators of a line, with what made them harmless taken back; or why there are none.
pub(super) fn values(line: &str) -> Result<Vec<String>, &'static str> {
    if line.starts_with(['{', '[']) && line.contains(['"', '\'']) {
        return Err("it is of JSON or STIX: write one indicator a line");
    }
    let cells = cells(line);
    if cells.iter().all(|cell| is_head(cell)) {
        return Err(HEAD);
    }
    if let Some(found) = composite(&cells) {
        return found;
    }
    // Bars separate as well, but for what a type with bars in it stands before.
    let cells: Vec<_> =
        cells.iter().flat_map(|cell| cell.split('|')).flat_map(hashes).map(unquoted).collect();
    let (first, rest) = cells.split_first().ok_or("it is empty")?;
    if let (Some(own), Some((second, rest))) = (Type::named(first), rest.split_first()) {
        if is_head(second) {
            return Err(HEAD);
        }
        let mut meant = Meant::default();
        meant.typed(own, second)?;
        return meant.finish(rest);
    }
    if rest.is_empty() {
        return alone(first);
    }
    Meant::default().finish(&cells)
}

/// The cells of a line, which commas and tabs separate where they stand outside quotes, or semicolons where neither does.
fn cells(line: &str) -> Vec<&str> {
    let cells = separated(line, &[',', '\t']);
    if cells.len() > 1 { cells } else { separated(line, &[';']) }
}

fn separated<'a>(line: &'a str, by: &[char]) -> Vec<&'a str> {
    let mut is_quoted = false;
    let mut is_first = true;
    let separates = |c: char| {
        let is_quote = c == '"' && (is_quoted || is_first);
        is_quoted ^= is_quote;
        let is_end = !is_quoted && by.contains(&c);
        is_first = is_end || is_first && c.is_whitespace();
        is_end
    };
    line.split(separates).map(unquoted).collect()
}

/// The hashes of a cell in which they stand with their kinds, as `Sysmon` writes them.
fn hashes(cell: &str) -> impl Iterator<Item = &str> {
    let is_of_hashes = label(cell).is_some_and(|(own, _)| own == Type::Hash);
    let by: &[char] = if is_of_hashes { &[',', ';'] } else { &[] };
    cell.split(by)
}

/// What is meant where types with bars between stand before values with bars between, as MISP writes them:
/// `ip-dst|port,198.51.100.66|443`.
fn composite(cells: &[&str]) -> Option<Result<Vec<String>, &'static str>> {
    cells.windows(2).find_map(|pair| {
        let [first, second] = pair else { return None };
        let types: Vec<_> = first.split('|').map(Type::named).collect::<Option<_>>()?;
        let values: Vec<_> = second.split('|').map(unquoted).collect();
        (types.len() > 1).then(|| paired(types, values))
    })
}

fn paired(types: Vec<Type>, values: Vec<&str>) -> Result<Vec<String>, &'static str> {
    if types.len() != values.len() {
        return Err("its types and its values are not as many");
    }
    let mut meant = Meant::default();
    for (own, value) in types.into_iter().zip(values).filter(|(own, _)| *own != Type::Beside) {
        meant.typed(own, value)?;
    }
    if !meant.hashes.is_empty() {
        // The name is that of the file.
        meant.others.retain(|own| kind(own) != IndicatorKind::Name);
    }
    meant.finish(&[])
}

/// The indicators of a line as they are found.
#[derive(Default)]
struct Meant {
    hashes: Vec<String>,
    /// Addresses, hosts and names that are meant for certain.
    others: Vec<String>,
}

impl Meant {
    /// Takes what a type stands before.
    fn typed(&mut self, own: Type, text: &str) -> Result<(), &'static str> {
        let text = plain(text);
        let value = host(&text)?;
        if is_range(&value) {
            return Err(RANGE);
        }
        // A pattern of STIX has types before names.
        if own == Type::File && has_words(&value) || value.contains(" = ") {
            return Err(WHICH_WORD);
        }
        if !own.fits(&value, is_url(&text)) {
            return Err(
                "its value is not of the type before it; the head of a list begins with `#`",
            );
        }
        self.take(value);
        Ok(())
    }

    fn take(&mut self, value: String) {
        let is_hash = kind(&value) == IndicatorKind::Hash;
        if is_hash { &mut self.hashes } else { &mut self.others }.push(value);
    }

    /// Takes what of further cells is an indicator whatever stands beside it: hashes and addresses, and what a type
    /// stands before. Of hosts, names of files and paths there may be one, unless they are those of a file whose hash is
    /// there too.
    fn finish(mut self, cells: &[&str]) -> Result<Vec<String>, &'static str> {
        let (mut hosts, mut names, mut titles) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for cell in cells {
            if let Some(hash) = sum(cell)? {
                self.hashes.push(hash.to_owned());
                continue;
            }
            if let Some((own, text)) = label(cell).filter(|(own, _)| *own != Type::Beside) {
                self.typed(own, text)?;
                continue;
            }
            let text = plain(cell);
            let value = host(&text)?;
            if is_range(&value) {
                return Err(RANGE);
            }
            match kind(&value) {
                IndicatorKind::Address | IndicatorKind::Hash => self.take(value),
                _ if is_url(&text) => {
                    hosts.insert(value);
                }
                IndicatorKind::Domain if is_titled(&value) => titles.push(value),
                IndicatorKind::Domain => {
                    hosts.insert(value);
                }
                IndicatorKind::Name if has_another(&value) => return Err(WHICH_WORD),
                _ if is_file(&value) || value.contains('\\') || is_mail(&value) => {
                    if has_words(&value) {
                        return Err(WHICH_WORD);
                    }
                    names.insert(value);
                }
                IndicatorKind::Name => {}
            }
        }
        if self.hashes.is_empty() {
            hosts.append(&mut names);
        }
        for own in &self.others {
            hosts.remove(own);
        }
        let mut hosts: Vec<_> = hosts.into_iter().collect();
        let mut found = self.hashes;
        found.append(&mut self.others);
        if found.is_empty() && hosts.is_empty() {
            hosts = titles;
        }
        if hosts.len() > 1 || !hosts.is_empty() && !found.is_empty() {
            return Err("it is not clear which of its cells is meant: write one indicator a line");
        }
        found.append(&mut hosts);
        if found.is_empty() {
            return Err(
                "none of its cells is clearly an indicator: write it alone, or its type before it, such as `name,…`; \
                 the head of a list begins with `#`",
            );
        }
        Ok(found)
    }
}

/// The indicator that is all of a line.
fn alone(cell: &str) -> Result<Vec<String>, &'static str> {
    if sum(cell)?.is_some() || label(cell).is_some() {
        return Meant::default().finish(&[cell]);
    }
    let cell = unquoted(unlisted(cell));
    let own = host(&plain(cell))?;
    // A mark of punctuation behind a name is none of it.
    let name = own.trim_end_matches(['.', '!', ':']);
    let own = if is_file(name) { name } else { &own };
    if kind(own) == IndicatorKind::Name && has_words(own) {
        return Err(WHICH_WORD);
    }
    Ok(vec![own.to_owned()])
}

/// Whether a word is an indicator that is no name.
fn is_clear(word: &str) -> bool {
    host(&plain(word)).is_ok_and(|own| kind(&own) != IndicatorKind::Name)
}

/// Whether a name has words of which one is an indicator of its own, but for the end of a name or of a path.
fn has_words(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let Some(last) = words.next_back() else { return false };
    let is_path = name.contains(['\\', '/']);
    let is_several = words.clone().next().is_some();
    words.any(|word| {
        is_file(unquoted(word))
            || !is_path && (is_clear(word) || word.ends_with(':') || word == "=")
    }) || is_several && !is_path && is_clear(last)
}

fn is_mail(name: &str) -> bool {
    name.split_once('@').is_some_and(|(_, domain)| kind(domain) == IndicatorKind::Domain)
}

/// A cell without what begins an item of a list: `- `, `• `, `1. `.
fn unlisted(cell: &str) -> &str {
    let Some((front, rest)) = cell.split_once(char::is_whitespace) else { return cell };
    let number = front.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_mark = is_number || matches!(front, "-" | "*" | "+" | "•" | "–" | "·");
    if is_mark { rest.trim_start() } else { cell }
}

/// A cell without spaces, quotes and brackets around it.
fn unquoted(cell: &str) -> &str {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || crate::name::is_deceptive(c));
    let inner = QUOTES.iter().find_map(|(open, close)| {
        let inner = cell.strip_prefix(*open)?.strip_suffix(*close)?;
        (!inner.contains([*open, *close])).then_some(inner)
    });
    inner.unwrap_or(cell).trim_matches('"').trim()
}

/// Type and text of a cell such as `md5:…` or `IP = …`; that of hashes may stand before another: `Hashes: MD5=…`.
fn label(cell: &str) -> Option<(Type, &str)> {
    let (own, text) = labelled(cell)?;
    Some(labelled(text).filter(|_| own == Type::Hash).unwrap_or((own, text)))
}

fn labelled(cell: &str) -> Option<(Type, &str)> {
    let (front, back) = cell.split_once([':', '='])?;
    let own = Type::named(front).filter(|_| !back.starts_with("//"))?;
    let text = unquoted(back);
    // `ip:port` is a type as well.
    (!is_head(text)).then_some((own, text))
}

/// The hash of a line as `sha256sum` writes it, which begins with `\` where the name has one, as BSD and OpenSSL do with
/// `SHA256 (name) =`, and as `Get-FileHash` does behind its kind.
fn sum(cell: &str) -> Result<Option<&str>, &'static str> {
    let is_hash = |word: &str| kind(word) == IndicatorKind::Hash;
    let of_bsd = cell.rsplit_once('=').filter(|(front, _)| {
        let name = front.trim_end().strip_suffix(')').and_then(|front| front.split_once('('));
        name.is_some_and(|(name, _)| Type::named(name) == Some(Type::Hash))
    });
    if let Some((_, hash)) = of_bsd {
        return Ok(Some(hash.trim()).filter(|hash| is_hash(hash)));
    }
    let behind = cell
        .split_once(char::is_whitespace)
        .filter(|(front, _)| Type::named(front) == Some(Type::Hash));
    let text = behind.map_or(cell, |(_, text)| text.trim_start());
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let word = word.strip_prefix('\\').or_else(|| word.strip_prefix("0x")).unwrap_or(word);
    if !is_hash(word) {
        return Ok(None);
    }
    // The name of the file stands behind two spaces, a space and an asterisk, or the table's next column.
    let is_name = rest.starts_with([' ', '*', '\t']) || behind.is_some();
    let is_another = rest.split(|c: char| !c.is_alphanumeric()).any(is_hash)
        || !is_name && rest.split_whitespace().any(is_clear);
    if is_another { Err(WHICH_WORD) } else { Ok(Some(word)) }
}

/// Whether its end is written as a title, as that of names of malware is and of domains is not: `Trojan.Agent`.
pub(super) fn is_titled(name: &str) -> bool {
    let mut letters = name.rsplit('.').next().unwrap_or_default().chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

const WHICH_WORD: &str = "it is not clear which of its words is meant: write the indicator alone, or `name,` before a name";
const HEAD: &str = "it is the head of a list: begin it with `#`";
pub(super) const RANGE: &str = "ranges of addresses are not understood";
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
