//! Hosts, as URLs and addresses with a port or a path have them.

use super::{IndicatorKind, indicator::kind, unusable::is_range};
use crate::address::one_number;

/// The host of a URL, and of a host with a port, a path or a full stop; all else is itself.
pub(super) fn host(text: &str) -> Result<String, &'static str> {
    let is_url = is_url(text);
    let rest = text.split_once("//").filter(|_| is_url).map_or(text, |(_, rest)| rest);
    let of = |rest: &str| -> Option<String> {
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        let authority = authority.rsplit('@').next()?;
        let host = match authority.strip_prefix('[') {
            Some(inner) => inner.split(']').next()?,
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
        return Ok(match number {
            Some((address, _)) => address.to_string(),
            // Without a scheme it is a share of another host.
            None if text.starts_with("//") && kind(&host) == IndicatorKind::Name => text.to_owned(),
            None => host,
        });
    }
    // A path of a file has slashes too, and so has a range of addresses.
    if is_range(text) || text.contains('@') || text.contains('\\') {
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
    let is_file = text.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("file:///"));
    (text.contains("://") || text.starts_with("//")) && !is_file
}
