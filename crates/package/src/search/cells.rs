//! One line of a list of indicators: which of its cells are meant.

use super::{
    IndicatorKind,
    harmless::plain,
    host::host,
    indicator::{is_file, kind},
};

/// The indicators of a line, with what made them harmless taken back; or why there are none.
///
/// There are several only where one file's hashes stand in a line.
pub(super) fn values(line: &str) -> Result<Vec<String>, &'static str> {
    if line.starts_with(['{', '[']) && line.contains(['"', '\'']) {
        return Err("it is of JSON or STIX: write one indicator a line");
    }
    let cells: Vec<_> = line.split([',', '\t', ';', '|']).map(unquoted).collect();
    let (first, rest) = cells.split_first().ok_or("it is empty")?;
    let is_type = |cell: &str| TYPES.contains(&cell.trim().to_ascii_lowercase().as_str());
    if let Some(second) = rest.first().filter(|_| is_type(first)) {
        if is_type(second) || HEADS.contains(&second.to_ascii_lowercase().as_str()) {
            return Err("it is the head of a list: begin it with `#`");
        }
        return Ok(vec![host(&plain(second))?]);
    }
    let is_clear = |text: &str| kind(text) != IndicatorKind::Name;
    let is_own = |text: &str| host(&plain(text)).is_ok_and(|own| is_clear(&own));
    if let Some(hash) = sum(first) {
        let (hashes, others): (Vec<_>, Vec<_>) =
            rest.iter().copied().partition(|cell| kind(cell) == IndicatorKind::Hash);
        if others.into_iter().any(&is_own) {
            return Err(WHICH_CELL);
        }
        return Ok([hash].into_iter().chain(hashes).map(str::to_owned).collect());
    }
    let typed = first
        .split_once([':', '='])
        .filter(|(front, back)| is_type(front) && !back.starts_with("//"));
    let own = host(&plain(typed.map_or(first, |(_, back)| unquoted(back))))?;
    if !is_clear(&own) && own.contains(char::is_whitespace) && own.split_whitespace().any(is_own) {
        return Err("it is not clear which of its words is meant: write the indicator alone");
    }
    // The same once more, such as the host of a URL, is no other.
    let is_other = |cell: &&str| {
        (is_own(cell) || is_file(cell)) && host(&plain(cell)).is_ok_and(|other| other != own)
    };
    if rest.iter().any(is_other) {
        return Err(WHICH_CELL);
    }
    Ok(vec![own])
}

/// A cell without spaces, quotes and angle brackets around it.
fn unquoted(cell: &str) -> &str {
    let cell = cell.trim();
    let inner = ["\"\"", "''", "``", "<>"].iter().find_map(|pair| {
        let (open, close) = pair.split_at_checked(1)?;
        cell.strip_prefix(open)?.strip_suffix(close)
    });
    inner.unwrap_or(cell).trim_matches('"').trim()
}

/// The hash of a line as `sha256sum` writes it, and of one with the name of its kind: `SHA256:…`.
fn sum(cell: &str) -> Option<&str> {
    let (front, back) = cell.split_once([':', '=']).unwrap_or_default();
    let is_kind = |name: &str| ["md5", "sha1", "sha256"].contains(&name);
    let word = if is_kind(&front.trim().to_ascii_lowercase().replace('-', "")) {
        back.trim()
    } else {
        cell.split_whitespace().next()?
    };
    (kind(word) == IndicatorKind::Hash).then_some(word)
}

const WHICH_CELL: &str = "it is not clear which of its cells is meant: write one indicator a line";
/// Names of types that lists have in a cell before the indicator.
const TYPES: &[&str] = &[
    "domain",
    "domain-name",
    "domainname",
    "dns",
    "email",
    "email-addr",
    "email-dst",
    "email-src",
    "file",
    "filehash-md5",
    "filehash-sha1",
    "filehash-sha256",
    "filename",
    "filesha1",
    "filesha256",
    "filemd5",
    "hash",
    "host",
    "hostname",
    "indicator",
    "indicator_type",
    "indicatortype",
    "ioc",
    "ioc_type",
    "ip",
    "ip-dst",
    "ip-src",
    "ipaddress",
    "ipv4",
    "ipv4-addr",
    "ipv6",
    "ipv6-addr",
    "link",
    "md5",
    "name",
    "regkey",
    "sha1",
    "sha256",
    "type",
    "uri",
    "url",
];
/// Names of the column that has the indicators.
const HEADS: &[&str] = &["indicatorvalue", "indicator_value", "ioc_value", "value"];
