//! Hosts, as URLs and addresses with a port or a path have them.

use super::{IndicatorKind, cells::WHICH_WORD, indicator::kind, unusable::is_range};
use crate::address::one_number;

/// The host of a URL, and of a host with a port, a path or a full stop; all else is itself.
pub(super) fn host(text: &str) -> Result<String, &'static str> {
    let is_url = is_url(text);
    let is_spaced = text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_url && (is_spaced || text.split([',', ';', '|']).skip(1).any(self::is_url)) {
        return Err(WHICH_WORD);
    }
    let rest = text.split_once("//").filter(|_| is_url).map_or(text, |(_, rest)| rest);
    let of = |rest: &str| -> Option<String> {
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        let authority = authority.rsplit('@').next()?;
        let host = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, port) = inner.split_once(']')?;
                (port.is_empty() || port.starts_with(':')).then_some(host)?
            }
            // More than one colon, and it is an address of IPv6.
            None if authority.matches(':').count() == 1 => {
                let (host, port) = authority.split_once(':')?;
                port.bytes().all(|byte| byte.is_ascii_digit()).then_some(host)?
            }
            None => authority,
        };
        Some(host.trim_matches('.').to_owned())
    };
    if is_url {
        let host = of(rest).filter(|host| !host.is_empty()).ok_or("the URL has no host")?;
        let number = one_number(&host).filter(|(_, length)| *length == host.len());
        let is_word = kind(&host) == IndicatorKind::Name;
        return match number {
            Some((address, _)) => Ok(address.to_string()),
            None if is_word && is_share(text) => Ok(text.to_owned()),
            // A comma in the host may have been for a full stop.
            None if is_word && rest == host => {
                Err("the URL ends in its host: write the host alone")
            }
            None => Ok(host),
        };
    }
    // A path of a file has slashes too, and so has a range of addresses.
    if is_spaced || is_range(text) || text.contains('@') || text.contains('\\') {
        return Ok(text.to_owned());
    }
    let has_more = text.contains('/')
        || text.ends_with('.')
        || text.starts_with('.')
        || text.contains(':')
        || text.starts_with('[');
    let is_host =
        |host: &String| matches!(kind(host), IndicatorKind::Address | IndicatorKind::Domain);
    let own = of(text).filter(|host| has_more && is_host(host));
    Ok(own.unwrap_or_else(|| text.to_owned()))
}

/// Whether it has a host; the URL of a file on this machine is a path.
pub(super) fn is_url(text: &str) -> bool {
    let is_file = starts_with(text, "file:///");
    // One letter is a drive.
    let is_scheme = |text: &str| {
        text.len() > 1 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    (text.starts_with("//") || scheme.is_some_and(is_scheme)) && !is_file
}

/// Whether it is a share of another host, if its host is a word.
fn is_share(text: &str) -> bool {
    text.starts_with("//") || starts_with(text, "file://")
}

fn starts_with(text: &str, begin: &str) -> bool {
    text.get(..begin.len()).is_some_and(|own| own.eq_ignore_ascii_case(begin))
}
