//! Names that a text mentions: folders of profiles, hosts of shares, accounts and hosts of a known domain.

use super::{found::Found, names::Said, words::lower};

/// Learns the names that a text mentions. Anybody may have written it, so only the places of names count.
pub(super) fn learn(found: &mut Found, text: &str) {
    if !text.contains(['\\', '/', '@', '.']) {
        return;
    }
    let hay = lower(text);
    if hay.contains(['\\', '/']) {
        profiles(found, &hay);
        shares(found, &hay);
        options(found, &hay);
        accounts(found, &hay);
    }
    addresses_of_mail(found, &hay);
    hosts(found, &hay);
}

/// The folders below `\Users` of a drive, and below `\Documents and Settings`.
fn profiles(found: &mut Found, hay: &str) {
    for folder in ["users", "documents and settings"] {
        for (place, _) in hay.match_indices(folder) {
            let (before, after) = (head(hay, place), tail(hay, place + folder.len()));
            let is_folder = before.ends_with(SLASHES) && after.starts_with(SLASHES);
            if !is_folder || !is_drive(before.trim_end_matches(SLASHES)) {
                continue;
            }
            // In JSON a backslash is written twice.
            let rest = near(after.trim_start_matches(SLASHES));
            let end = rest.find(|c: char| SLASHES.contains(&c) || is_mark(c) || c.is_control());
            let name = head(rest, end.unwrap_or(rest.len()));
            let is_whole = match end.and_then(|end| tail(rest, end).chars().next()) {
                Some(c) if matches!(c, '"' | '\'') => is_quoted(before, c),
                Some(c) => SLASHES.contains(&c) || c.is_control(),
                // Nothing but the path.
                None => before.len() <= "c:\\\\".len(),
            };
            // Else more words may follow that belong to something else.
            let name = if is_whole { name } else { name.split(' ').next().unwrap_or_default() };
            if is_name(name) {
                found.user(name, Said::ByAnybody);
            }
        }
    }
}

/// Whether a path ends with a drive, as Windows, its kernel, its shares and its subsystem for Linux write it.
fn is_drive(path: &str) -> bool {
    let own = path.rsplit(SLASHES).next().unwrap_or_default();
    let letter = |own: &str| {
        let mut letters = own.chars().rev();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && !letters.next().is_some_and(char::is_alphanumeric)
    };
    own.strip_suffix(':').or_else(|| own.strip_suffix("%3a")).is_some_and(letter)
        || own.strip_suffix('$').is_some_and(letter)
        || own.starts_with("harddiskvolume")
        || (own.starts_with("volume{") && own.ends_with('}'))
        || matches!(own, "%systemdrive%" | "%homedrive%")
        || letter(own) && path.strip_suffix(own).is_some_and(is_mount)
}

/// Whether drives are folders there.
fn is_mount(path: &str) -> bool {
    path == "/" || ["/mnt/", "/cygdrive/", "\\tsclient\\"].iter().any(|root| path.ends_with(root))
}

/// Whether a quote stands before a drive.
fn is_quoted(path: &str, quote: char) -> bool {
    let drive = path.trim_end_matches(SLASHES).trim_end_matches(':');
    drive.strip_suffix(|c: char| c.is_ascii_alphabetic()).is_some_and(|rest| rest.ends_with(quote))
}

/// The hosts of UNC paths, `\\host\share`, at the beginnings of words.
fn shares(found: &mut Found, hay: &str) {
    for (place, mark) in hay.match_indices("\\\\").chain(hay.match_indices("file://")) {
        let before = head(hay, place).chars().next_back();
        let is_begin = before.is_none_or(|c| {
            c.is_whitespace()
                || matches!(c, '"' | '\'' | '=' | ',' | ';' | '(' | '[' | '<' | '>' | '|' | '`')
        });
        if !is_begin {
            continue;
        }
        // In JSON every backslash is written twice.
        let rest = tail(hay, place + mark.len());
        let rest = rest.strip_prefix("\\\\").unwrap_or(rest);
        let (host, after) = token(rest);
        if after.starts_with(SLASHES) && is_host(host) && is_name(host) {
            found.host(host, Said::ByAnybody);
        }
    }
}

/// The accounts that programs are told to use.
fn options(found: &mut Found, hay: &str) {
    let is_end = |c: char| c.is_whitespace() || c == '/' || is_mark(c);
    for option in ["/user:", "/u:"] {
        for (place, _) in hay.match_indices(option) {
            let rest = near(tail(hay, place + option.len()));
            let name = match rest.strip_prefix(['"', '\'']) {
                Some(quoted) => head(quoted, quoted.find(['"', '\'']).unwrap_or(0)),
                None => head(rest, rest.find(is_end).unwrap_or(rest.len())),
            };
            let own = name.rsplit('\\').next().unwrap_or_default();
            if is_name(own) && !own.contains(|c| is_mark(c) || c == '/') {
                found.account(&name.replace("\\\\", "\\"), Said::ByAnybody);
            }
        }
    }
}

/// The accounts of a host or domain that is known, `HOST\account`.
fn accounts(found: &mut Found, hay: &str) {
    for (place, _) in hay.match_indices('\\') {
        let before = head(hay, place);
        let host = last(before, is_part);
        let is_path = before.strip_suffix(host).is_some_and(|path| path.ends_with(SLASHES));
        if host.is_empty() || is_path || !found.knows_host(host) {
            continue;
        }
        let rest = tail(hay, place + 1);
        let rest = rest.strip_prefix('\\').unwrap_or(rest);
        let (name, after) = token(rest);
        if !after.starts_with(SLASHES) && is_name(name) {
            found.user(name.trim_end_matches('.'), Said::ByAnybody);
        }
    }
}

/// The accounts of a domain that is known, `account@domain`.
fn addresses_of_mail(found: &mut Found, hay: &str) {
    for (place, _) in hay.match_indices('@') {
        let (domain, _) = token(tail(hay, place + 1));
        let domain = domain.trim_end_matches('.');
        if !found.domains().iter().any(|known| known == domain) {
            continue;
        }
        let name = last(head(hay, place), |c| is_part(c) || c == '+');
        if is_name(name) {
            found.user(name, Said::ByAnybody);
        }
    }
}

/// The hosts of a domain that is known, `host.domain`.
fn hosts(found: &mut Found, hay: &str) {
    let mut known = Vec::new();
    for domain in found.domains() {
        for (place, _) in hay.match_indices(domain.as_str()) {
            let before = head(hay, place);
            let after = tail(hay, place + domain.len());
            let is_end = !after.starts_with(|c: char| c.is_alphanumeric() || c == '-');
            let Some(labels) = before.strip_suffix('.').filter(|_| is_end) else { continue };
            let label = last(labels, is_label);
            // A name such as `_ldap` is that of a service.
            if is_host(label) && !labels.ends_with(&format!("_{label}")) {
                known.push(format!("{label}.{domain}"));
            }
        }
    }
    for name in known {
        found.host(&name, Said::ByAnybody);
    }
}

/// Whether a text may be the name of a host.
pub(super) fn is_host(text: &str) -> bool {
    text.chars().all(is_part) && text.chars().any(char::is_alphabetic)
}

/// What stands at the place of a name is none if it is a variable or a pattern, or has no letter: a number would be
/// replaced wherever it is written.
fn is_name(text: &str) -> bool {
    !text.contains(['%', '$', '{', '}', '*', '?']) && text.chars().any(char::is_alphabetic)
        || text.contains("%20") && !text.replace("%20", "").contains('%')
}

/// The characters of a name at the beginning of a text, and the rest.
fn token(text: &str) -> (&str, &str) {
    text.split_at_checked(text.find(|c| !is_part(c)).unwrap_or(text.len())).unwrap_or((text, ""))
}

/// The characters of this kind at the end of a text.
fn last(text: &str, is_own: impl Fn(char) -> bool) -> &str {
    let own = text.char_indices().rev().take_while(|(_, c)| is_own(*c)).last();
    own.map_or("", |(begin, _)| tail(text, begin))
}

pub(super) fn is_part(c: char) -> bool {
    is_label(c) || matches!(c, '.' | '_')
}

fn is_label(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

/// Characters that no folder's name has, and that follow one.
fn is_mark(c: char) -> bool {
    matches!(c, '"' | '\'' | '<' | '>' | '|' | ',' | ';' | ':' | '*' | '?' | '&' | ')' | ']')
}

/// As much of a text as a name may be: each place is looked at in the same time.
fn near(text: &str) -> &str {
    head(
        text,
        (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0),
    )
}

fn head(text: &str, end: usize) -> &str {
    text.get(..end).unwrap_or_default()
}

fn tail(text: &str, begin: usize) -> &str {
    text.get(begin..).unwrap_or_default()
}

const SLASHES: [char; 2] = ['\\', '/'];
/// Bytes of a name, and what may stand around it.
const LONGEST: usize = 1_024;
