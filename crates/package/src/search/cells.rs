//! One line of a list of indicators: which of its cells are meant.

use super::{
    IndicatorKind,
    harmless::plain,
    host::{host, is_url},
    indicator::{is_file, kind},
    types::{Type, is_head},
    unusable::is_range,
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
    let cells: Vec<_> = cells.iter().flat_map(|cell| cell.split('|')).map(unquoted).collect();
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
        return alone(first).map(|value| vec![value]);
    }
    Meant::default().finish(&cells)
}

/// The cells of a line, which commas, tabs and semicolons separate where they stand outside quotes.
fn cells(line: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_first = true;
    let separates = |c: char| {
        let is_quote = c == '"' && (is_quoted || is_first);
        is_quoted ^= is_quote;
        let is_end = !is_quoted && matches!(c, ',' | '\t' | ';');
        is_first = is_end || is_first && c.is_whitespace();
        is_end
    };
    line.split(separates).map(unquoted).collect()
}

/// What is meant where types with bars between stand before values with bars between, as MISP writes them:
/// `ip-dst|port,198.51.100.66|443`.
fn composite(cells: &[&str]) -> Option<Result<Vec<String>, &'static str>> {
    let [first, second, ..] = cells else { return None };
    let types: Vec<_> = first.split('|').map(Type::named).collect::<Option<_>>()?;
    let values: Vec<_> = second.split('|').map(unquoted).collect();
    if types.len() < 2 {
        return None;
    }
    if types.len() != values.len() {
        return Some(Err("its types and its values are not as many"));
    }
    let mut meant = Meant::default();
    for (own, value) in types.into_iter().zip(values).filter(|(own, _)| *own != Type::Beside) {
        if let Err(why) = meant.typed(own, value) {
            return Some(Err(why));
        }
    }
    if !meant.hashes.is_empty() {
        // The name is that of the file.
        meant.others.retain(|own| kind(own) != IndicatorKind::Name);
    }
    Some(meant.finish(&[]))
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
        let (mut hosts, mut names, mut titles) = (Vec::new(), Vec::new(), Vec::new());
        for cell in cells {
            if let Some(hash) = sum(cell) {
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
                _ if is_url(&text) => hosts.push(value),
                IndicatorKind::Domain if is_titled(&value) => titles.push(value),
                IndicatorKind::Domain => hosts.push(value),
                _ if is_file(&value) || value.contains('\\') => names.push(value),
                _ => {}
            }
        }
        if self.hashes.is_empty() {
            hosts.append(&mut names);
        } else {
            hosts.retain(|host| !ends_as_script(host));
        }
        hosts.retain(|host| !self.others.contains(host));
        hosts.sort();
        hosts.dedup();
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
fn alone(cell: &str) -> Result<String, &'static str> {
    if let Some(hash) = sum(cell) {
        return Ok(hash.to_owned());
    }
    if let Some((own, text)) = label(cell) {
        let mut meant = Meant::default();
        meant.typed(own, text)?;
        return meant.finish(&[]).map(|mut values| values.swap_remove(0));
    }
    let cell = unquoted(unlisted(cell));
    let own = host(&plain(cell))?;
    if kind(&own) == IndicatorKind::Name && !own.contains(['\\', '/']) {
        let mut words = own.split_whitespace();
        let last = words.next_back();
        let is_own =
            |word: &str| host(&plain(word)).is_ok_and(|own| kind(&own) != IndicatorKind::Name);
        let is_among = words.clone().any(|word| {
            is_own(word) || is_file(unquoted(word)) || word.ends_with(':') || word == "="
        });
        let is_last = words.next().is_some() && last.is_some_and(is_own);
        if is_among || is_last {
            return Err(
                "it is not clear which of its words is meant: write the indicator alone, or `name,` before it",
            );
        }
    }
    Ok(own)
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

/// Type and text of a cell such as `md5:…` or `IP = …`.
fn label(cell: &str) -> Option<(Type, &str)> {
    let (front, back) = cell.split_once([':', '='])?;
    let own = Type::named(front).filter(|_| !back.starts_with("//"))?;
    Some((own, unquoted(back)))
}

/// The hash of a line as `sha256sum` writes it, which begins with `\` where the name has one, and with `SHA256 (name) =`
/// in BSD.
fn sum(cell: &str) -> Option<&str> {
    let is_hash = |word: &&str| kind(word) == IndicatorKind::Hash;
    let of_bsd = cell.rsplit_once(") = ").filter(|(front, _)| {
        front.split_once(" (").is_some_and(|(name, _)| Type::named(name) == Some(Type::Hash))
    });
    if let Some((_, hash)) = of_bsd {
        return Some(hash).filter(is_hash);
    }
    let word = cell.split_whitespace().next()?;
    Some(word.strip_prefix('\\').unwrap_or(word)).filter(is_hash)
}

/// Whether it is the name of a script, which domains of some countries end like.
fn ends_as_script(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(front, end)| {
        !front.contains('.') && ["com", "mof", "one", "pl", "py", "sh"].contains(&end)
    })
}

/// Whether a word of it is written as a title, as names of malware are and domains are not: `Trojan.Agent`.
pub(super) fn is_titled(name: &str) -> bool {
    name.split(['.', '-', '_']).any(|word| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
    })
}

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
