//! One line of a list of indicators: which of its cells are meant.

use std::collections::BTreeSet;

use super::{
    IndicatorKind,
    harmless::plain,
    host::{host, is_url},
    indicator::{is_file, kind},
    split::{Cell, Line, unlisted, unquoted},
    types::{Type, is_category, is_head},
    unusable::{LENGTH, has_another, is_cut, is_meant, is_range},
    words::{is_clear, is_mail, is_open, is_own, is_unclear},
};

/// The indicators of a line, with what made them harmless taken back; or why there are none.
pub(super) fn values(line: &str) -> Result<Vec<String>, &'static str> {
    if line.starts_with(['{', '[']) && line.contains(['"', '\'']) {
        return Err("it is of JSON or STIX: write one indicator a line");
    }
    let line = unlisted(line);
    // A row of a table of Markdown begins and ends with a bar.
    let row = line.strip_prefix('|').map(|row| row.strip_suffix('|').unwrap_or(row));
    let Line { cells, left } = Line::of(row.unwrap_or(line))?;
    if cells.iter().all(|cell| is_head(&cell.text)) {
        return Err(HEAD);
    }
    let meant = Meant { left, ..Meant::default() };
    if let Some((at, pair)) = composite(&cells)? {
        let (before, rest) = cells.split_at_checked(at).unwrap_or_default();
        let mut others = parts(before);
        others.extend(parts(rest.get(2..).unwrap_or_default()));
        return meant.paired(pair, others);
    }
    let cells = parts(&cells);
    match cells.as_slice() {
        [own] => alone(own),
        cells => meant.of_cells(cells),
    }
}

/// The cells of a line, which bars separate as well, but within quotes and behind the type of a name.
fn parts<'a>(cells: &'a [Cell<'_>]) -> Vec<&'a str> {
    let mut is_name = false;
    let mut parts = Vec::new();
    for cell in cells {
        let bars: &[char] = if cell.is_quoted || is_name { &[] } else { &['|'] };
        parts.extend(cell.text.split(bars).flat_map(hashes).map(unquoted));
        is_name = matches!(Type::named(&cell.text), Some(Type::Name | Type::Text));
    }
    parts
}

/// The hashes of a cell in which they stand with their kinds, as `Sysmon` writes them.
fn hashes(cell: &str) -> impl Iterator<Item = &str> {
    let is_of_hashes = label(cell).is_some_and(|(own, _)| own == Type::Hash);
    let by: &[char] = if is_of_hashes { &[',', ';'] } else { &[] };
    cell.split(by)
}

type Pair<'a> = Vec<(Type, &'a str)>;

/// Where types with bars between stand before values with bars between, as MISP writes them, and which:
/// `ip-dst|port,198.51.100.66|443`.
fn composite<'a>(cells: &'a [Cell<'_>]) -> Result<Option<(usize, Pair<'a>)>, &'static str> {
    for (at, pair) in cells.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let types: Vec<_> = first.text.split('|').map(Type::named).collect();
        if types.len() < 2 || types.iter().all(Option::is_none) {
            continue;
        }
        let values: Vec<_> = second.text.split('|').map(unquoted).collect();
        let Some(types) = types.into_iter().collect::<Option<Vec<_>>>() else {
            if values.len() > 1 {
                return Err("one of its types is not understood: write one indicator a line");
            }
            continue;
        };
        if types.len() != values.len() {
            return Err("its types and its values are not as many");
        }
        return Ok(Some((at, types.into_iter().zip(values).collect())));
    }
    Ok(None)
}

/// The indicators of a line as they are found.
#[derive(Default)]
struct Meant {
    hashes: Vec<String>,
    /// Addresses, hosts and names that are meant for certain.
    others: Vec<String>,
    /// What may separate cells within one.
    left: Vec<char>,
}

impl Meant {
    /// Takes what types with bars between stand before, and of the other cells what is an indicator.
    fn paired<'a>(
        mut self,
        pair: Pair<'a>,
        mut others: Vec<&'a str>,
    ) -> Result<Vec<String>, &'static str> {
        for (own, value) in pair {
            if own == Type::Beside { others.push(value) } else { self.typed(own, value)? }
        }
        if !self.hashes.is_empty() {
            // The name is that of the file.
            self.others.retain(|own| kind(own) != IndicatorKind::Name);
        }
        self.finish(&others)
    }

    /// Takes what the type of a line stands before, which begins it or follows a category of MISP, and of the other
    /// cells what is an indicator.
    fn of_cells(mut self, cells: &[&str]) -> Result<Vec<String>, &'static str> {
        let mut before = None;
        let at = cells.iter().position(|cell| {
            let is_begin = before.replace(*cell).is_none_or(is_category);
            is_begin && Type::named(cell).is_some()
        });
        let (front, rest) = cells.split_at_checked(at.unwrap_or(cells.len())).unwrap_or_default();
        let mut others = front.to_vec();
        if let [own, second, rest @ ..] = rest {
            if is_head(second) {
                return Err(HEAD);
            }
            if let Some(own) = Type::named(own) {
                self.typed(own, second)?;
            }
            if is_open(second) && !rest.is_empty() {
                return Err(OPEN);
            }
            others.extend(rest);
        }
        // Whether a type stands before or behind its value is clear where the value is.
        for (at, cell) in others.iter().enumerate() {
            let is_known = match Type::named(cell) {
                None | Some(Type::Beside) => true,
                Some(Type::Text) => false,
                Some(_) => {
                    let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
                    beside.filter_map(|at| others.get(at)).any(|cell| is_own(&plain(cell)))
                }
            };
            if !is_known {
                return Err(
                    "a type is not the first of its cells: write the type, then the indicator; the head of a list begins \
                     with `#`",
                );
            }
        }
        self.finish(&others)
    }

    /// Whether a cell has one within that is an indicator, by what separates cells elsewhere.
    fn is_torn(&self, cell: &str) -> bool {
        let mut pieces = cell.split(self.left.as_slice());
        let first = pieces.next().unwrap_or_default();
        let mut is_split = false;
        pieces.any(|piece| {
            is_split = true;
            is_own(piece.trim())
        }) || is_split && !is_url(first) && is_own(first.trim())
    }

    /// Takes what a type stands before.
    fn typed(&mut self, own: Type, text: &str) -> Result<(), &'static str> {
        let text = plain(text);
        let is_text = own == Type::Text && text.contains(char::is_whitespace);
        let value = if is_text { text.clone() } else { host(&text)? };
        if is_range(&value) {
            return Err(RANGE);
        }
        // A rule of Sigma has a label behind the name of a field, and a pattern of STIX types before names.
        let is_labelled = value.split_whitespace().next().is_some_and(|word| word.ends_with(':'));
        if own == Type::File && is_unclear(&value) || value.contains(" = ") || is_labelled {
            return Err(WHICH_WORD);
        }
        if own != Type::Text {
            if is_open(&value) {
                return Err(WHICH_WORD);
            }
            if has_another(&value) {
                return Err(WITHIN);
            }
            if self.is_torn(&text) {
                return Err(WHICH_CELL);
            }
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
        let mut is_any_cut = false;
        for cell in cells.iter().filter(|cell| !cell.is_empty()) {
            if let Some(hash) = sum(cell)? {
                self.hashes.push(hash.to_owned());
                continue;
            }
            if let Some((own, text)) = label(cell).filter(|(own, _)| *own != Type::Beside) {
                self.typed(own, text)?;
                if is_open(text) && cells.len() > 1 {
                    return Err(OPEN);
                }
                continue;
            }
            let text = plain(cell);
            let value = host(&text)?;
            if is_range(&value) {
                return Err(RANGE);
            }
            if has_another(&value) {
                return Err(WITHIN);
            }
            if self.is_torn(&text) {
                return Err(WHICH_CELL);
            }
            // Of 24 digits are the numbers that databases give to rows.
            is_any_cut |= is_cut(&value) && value.len() != 24;
            match kind(&value) {
                IndicatorKind::Address | IndicatorKind::Hash => self.take(value),
                _ if is_url(&text) => {
                    hosts.insert(value);
                }
                IndicatorKind::Domain if is_titled(&value) => titles.push(value),
                IndicatorKind::Domain => {
                    hosts.insert(value);
                }
                _ if is_file(&value) || value.contains('\\') || is_mail(&value) => {
                    if is_unclear(&value) {
                        return Err(WHICH_WORD);
                    }
                    names.insert(value);
                }
                IndicatorKind::Name if is_meant(&value) => return Err(WHICH_CELL),
                IndicatorKind::Name => {}
            }
        }
        // Beside another it is of the same file.
        if is_any_cut && self.hashes.is_empty() {
            return Err(LENGTH);
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
            return Err(WHICH_CELL);
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
    let own = host(&plain(cell))?;
    // A mark of punctuation behind a name is none of it.
    let name = own.trim_end_matches(['.', '!', ':']);
    let own = if is_file(name) || is_mail(name) { name } else { &own };
    if is_range(own) {
        return Err(RANGE);
    }
    if has_another(own) {
        return Err(WITHIN);
    }
    if kind(own) == IndicatorKind::Name && is_unclear(own) {
        return Err(WHICH_WORD);
    }
    Ok(vec![own.to_owned()])
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
        let is_row = text.len() < cell.len() || !rest.is_empty();
        return if is_row && is_cut(word) { Err(LENGTH) } else { Ok(None) };
    }
    // The name of the file stands behind two spaces, a space and an asterisk, or the table's next column.
    let is_name = rest.starts_with([' ', '*', '\t']);
    let is_another = rest.split(|c: char| !c.is_alphanumeric()).any(is_hash)
        || !is_name
            && (has_another(rest)
                || rest.split_whitespace().any(|word| is_clear(word) || is_cut(word)));
    if is_another { Err(WHICH_WORD) } else { Ok(Some(word)) }
}

/// Whether its end is written as a title, as that of names of malware is and of domains is not: `Trojan.Agent`.
pub(super) fn is_titled(name: &str) -> bool {
    let mut letters = name.rsplit('.').next().unwrap_or_default().chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

pub(super) const WHICH_WORD: &str = "it is not clear which of its words is meant: write the indicator alone, or `name,` before a name";
const WHICH_CELL: &str = "it is not clear which of its cells is meant: write one indicator a line";
const WITHIN: &str = "it has an indicator within: write that alone, and of several each on a line";
const OPEN: &str =
    "one of its cells ends within brackets or quotes: write all that is meant in quotes";
const HEAD: &str = "it is the head of a list: begin it with `#`";
pub(super) const RANGE: &str = "ranges of addresses are not understood";

#[cfg(test)]
mod tests;
