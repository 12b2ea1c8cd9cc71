//! Removes from a text what must not be printed: tokens, secrets, link queries, control characters.

/// The replacement for removed text.
pub(crate) const REDACTED: &str = "[redacted]";

/// Names of secrets in a form, a query or a JSON object, without `-` and `_`. `code` is not
/// included: it is the name of the service's error code, and this library sends no authorization
/// code.
const SECRET_NAMES: &[&str] = &[
    "accesstoken",
    "assertion",
    "authorization",
    "clientassertion",
    "clientsecret",
    "devicecode",
    "idtoken",
    "password",
    "refreshtoken",
    "sig",
    "token",
    "xidentityheader",
];

/// The endings of other names of secrets. They do not count in prose, as in `invalid_token: it has
/// expired`.
const SECRET_ENDS: &[&str] = &["assertion", "password", "secret", "token"];

/// Returns at most `limit` bytes of `text`, without secrets.
///
/// Removed are: a JSON Web Token (`eyJ…`), the text after `Bearer`, the value of a [secret
/// name](SECRET_NAMES) after `=` or `:`, and a query after its `?`; also if a form, JSON text or
/// page has escaped the delimiters. Control characters become spaces.
pub(crate) fn redact(text: &str, limit: usize) -> String {
    // The part that is cut off is not searched, so that a long text costs no more than a short one.
    let mut rest = bounded(text, limit);
    let mut out = String::with_capacity(rest.len());
    let mut is_word_start = true;
    while let Some((meant, length)) = unit(rest) {
        let (raw, skipped) = if let Some((kept, skipped)) = step(rest, meant, length, is_word_start)
        {
            out.push_str(rest.get(..kept).unwrap_or_default());
            out.push_str(REDACTED);
            is_word_start = true;
            ("", skipped)
        } else {
            is_word_start = !is_word(meant);
            (rest.get(..length).unwrap_or_default(), length)
        };
        out.extend(raw.chars().map(|c| if is_hostile(c) { ' ' } else { c }));
        rest = rest.get(skipped..).unwrap_or_default();
    }
    let kept = bounded(&out, limit).len();
    out.truncate(kept);
    out
}

/// The first character of `text`, unescaped, and its length in bytes as written.
fn unit(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let escaped = match first {
        '%' => percent(text),
        '\\' => unicode(text),
        '&' => entity(text),
        _ => None,
    };
    Some(escaped.unwrap_or((first, first.len_utf8())))
}

/// `%3d`, or `%253d` if it was escaped twice.
fn percent(text: &str) -> Option<(char, usize)> {
    let mut end = 3;
    let mut meant = hexadecimal(text.get(1..end)?)?;
    while meant == '%'
        && let Some(next) = text.get(end..end + 2).and_then(hexadecimal)
    {
        (meant, end) = (next, end + 2);
    }
    Some((meant, end))
}

/// `\u003d`, with one more backslash for each enclosing JSON text.
fn unicode(text: &str) -> Option<(char, usize)> {
    let digits = span(text, |c| c == '\\') + 1;
    let is_unicode = text.get(digits - 1..digits) == Some("u");
    let meant = text.get(digits..digits + 4).filter(|_| is_unicode).and_then(hexadecimal)?;
    Some((meant, digits + 4))
}

/// `&quot;`, `&#34;` and `&#x22;`.
fn entity(text: &str) -> Option<(char, usize)> {
    let start = bounded(text, LONGEST_ENTITY);
    let (name, _) = start.strip_prefix('&')?.split_once(';')?;
    let meant = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => hexadecimal(digits)?,
            None => char::from_u32(name.get(1..)?.parse().ok()?).filter(char::is_ascii)?,
        },
    };
    Some((meant, name.len() + 2))
}

/// The ASCII character with this number.
fn hexadecimal(digits: &str) -> Option<char> {
    // `from_str_radix` accepts a sign, which is not a digit.
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    char::from_u32(number).filter(char::is_ascii)
}

/// If a secret begins at the start of `rest`: how many bytes to keep before the mark, and how many
/// bytes both stand for.
fn step(rest: &str, meant: char, length: usize, is_word_start: bool) -> Option<(usize, usize)> {
    if meant == '?' {
        let end = query_end(rest, length > 1);
        let query = rest.get(length..end).unwrap_or_default();
        return units(query).any(|(meant, _)| meant == '=').then_some((length, end));
    }
    if !is_word_start {
        return None;
    }
    if rest.starts_with("eyJ") {
        return Some((0, span(rest, is_token)));
    }
    let (name, after) = name(rest)?;
    if name == "bearer" {
        let start = after + unit(rest.get(after..)?).filter(|(c, _)| matches!(c, ' ' | '+'))?.1;
        let value = span(rest.get(start..)?, is_token);
        // Keeps prose such as "Bearer realm" or "bearer token"; no token is that short.
        return (value >= 16).then_some((start, start + value));
    }
    secret_value(rest, &name, after)
}

/// The name at the start of `rest`, in lower case without `-` and `_`, and where it ends.
fn name(rest: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut end = 0;
    for (meant, length) in units(rest).take_while(|(meant, _)| is_word(*meant)) {
        if name.len() == LONGEST_NAME {
            return None;
        }
        end += length;
        name.extend((!matches!(meant, '-' | '_')).then(|| meant.to_ascii_lowercase()));
    }
    Some((name, end))
}

/// `"name" : "value"`, `\"name\":\"value\"`, `name=value`, `name: value`, `name%3dvalue`,
/// `&quot;name&quot;:&quot;value&quot;`
fn secret_value(rest: &str, name: &str, after: usize) -> Option<(usize, usize)> {
    let is_known = SECRET_NAMES.contains(&name);
    if !is_known && !SECRET_ENDS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let sign = after + quotes(rest.get(after..)?);
    let (meant, length) = unit(rest.get(sign..)?).filter(|(c, _)| matches!(c, '=' | ':'))?;
    let opening = sign + length;
    let start = opening + quotes(rest.get(opening..)?);
    if meant == ':' && !is_known && sign == after {
        return None;
    }
    let start = start + scheme(rest.get(start..)?);
    let value = match quote(rest.get(opening..start)?) {
        Some(quote) => quoted(rest.get(start..)?, quote),
        None => unquoted(rest.get(start..)?),
    };
    (value > 0).then_some((start, start + value))
}

/// The length in bytes of quotation marks and spaces, escaped or not.
fn quotes(text: &str) -> usize {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '\\' | ' ');
    units(text).take_while(|(meant, _)| is_quote(*meant)).map(|(_, length)| length).sum()
}

/// The last quotation mark in an opening, as written, with the backslashes before it.
fn quote(opening: &str) -> Option<&str> {
    let (mut at, mut found) = (0, None);
    for (meant, length) in units(opening) {
        let raw = opening.get(at..at + length);
        found = raw.filter(|_| matches!(meant, '"' | '\'')).map(|_| (at, length)).or(found);
        at += length;
    }
    let (at, length) = found?;
    let backslashes = opening.get(..at)?.bytes().rev().take_while(|byte| *byte == b'\\').count();
    opening.get(at - backslashes..at + length)
}

/// The length of a value up to its closing mark, or of the rest of the text; an escaped mark is
/// part of the value.
fn quoted(text: &str, quote: &str) -> usize {
    let closes = |(at, _): &(usize, &str)| !text.get(..*at).unwrap_or_default().ends_with('\\');
    text.match_indices(quote).find(closes).map_or(text.len(), |(at, _)| at)
}

/// The length of a value without quotation marks.
fn unquoted(text: &str) -> usize {
    let mut end = 0;
    for (meant, length) in units(text) {
        let raw = text.get(end..end + length).unwrap_or_default();
        let is_end = match raw.as_bytes() {
            // A character that a form escapes is part of the value; one that JSON escapes is a
            // delimiter.
            [b'%', _, ..] => false,
            [b'\\'] => !text.get(end + 1..).is_some_and(|after| after.starts_with('/')),
            _ => matches!(meant, '"' | '\'' | '&' | '<') || meant.is_whitespace(),
        };
        if is_end {
            break;
        }
        end += length;
    }
    end
}

/// The length of the scheme before an HTTP credential, including its space.
fn scheme(value: &str) -> usize {
    const SCHEMES: [&str; 4] = ["basic ", "bearer ", "negotiate ", "ntlm "];
    let starts = |scheme: &&&str| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().find(starts).map_or(0, |scheme| scheme.len())
}

/// The end of the query at the start of `rest`: a quotation mark, a space or an angle bracket. A
/// JSON escape such as `\u0026` is part of it. If the `?` itself `is_escaped`, the query also ends
/// with the enclosing value.
fn query_end(rest: &str, is_escaped: bool) -> usize {
    let mut end = 0;
    let mut characters = rest.chars().peekable();
    while let Some(next) = characters.next() {
        let escape = next == '\\' && matches!(characters.peek(), Some('u' | '/'));
        if is_hostile(next)
            || next.is_whitespace()
            || matches!(next, '"' | '\'' | '<' | '>' | '`')
            || (next == '\\' && !escape)
            || (next == '&' && is_escaped)
        {
            break;
        }
        end += next.len_utf8();
    }
    end
}

/// The characters of `text`, unescaped, each with its length in bytes as written.
fn units(text: &str) -> impl Iterator<Item = (char, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (meant, length) = unit(rest)?;
        rest = rest.get(length..).unwrap_or_default();
        Some((meant, length))
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=' | '%')
}

/// Control characters, and those that change the direction of text: terminals obey them.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of `text`: at most `limit` bytes, in whole characters.
fn bounded(text: &str, limit: usize) -> &str {
    let mut ends = (0..=limit.min(text.len())).rev();
    ends.find_map(|end| text.get(..end)).unwrap_or_default()
}

/// The length of the longest entity that is recognised.
const LONGEST_ENTITY: usize = 8;
/// Longer than any name of a secret.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn secrets_are_taken_out_and_words_stay() {
        let cases = [
            ("a eyJhbGciOi.eyJhdWQ.sig_-x b", "a [redacted] b"),
            ("Authorization: Bearer abcdefghijklmnop.q", "Authorization: Bearer [redacted]"),
            ("authorization: Basic dXNlcjpwdw== x", "authorization: Basic [redacted] x"),
            (
                "client_id=app&client_secret=s3cr%2bt&scope=x",
                "client_id=app&client_secret=[redacted]&scope=x",
            ),
            (
                r#"{"access_token": "abc", "code": "Forbidden"}"#,
                r#"{"access_token": "[redacted]", "code": "Forbidden"}"#,
            ),
            (
                r#"{"value":"\"https://h:443/safedownload/P.zip?token=ab%2b;c\""}"#,
                r#"{"value":"\"https://h:443/safedownload/P.zip?[redacted]\""}"#,
            ),
            (r"https:\/\/h\/p?sv=1\u0026sig=AB%2f rest", r"https:\/\/h\/p?[redacted] rest"),
            ("really? yes, a token is missing", "really? yes, a token is missing"),
            ("Bearer realm", "Bearer realm"),
            ("line\u{1b}[31mred\u{202e}", "line [31mred "),
        ];
        for (text, wanted) in cases {
            assert_eq!(redact(text, 4096), wanted, "{text}");
        }
    }

    #[test]
    fn secrets_are_taken_out_however_they_are_escaped() {
        let cases = [
            // As .NET writes a form into JSON.
            (
                r#"{"body":"client_id=app\u0026client_secret=hunt\u002Ber2\u0026scope=x"}"#,
                r#"{"body":"client_id=app\u0026client_secret=[redacted]\u0026scope=x"}"#,
            ),
            (
                r"{\u0022client_secret\u0022:\u0022hunter2\u0022,\u0022a\u0022:1}",
                r"{\u0022client_secret\u0022:\u0022[redacted]\u0022,\u0022a\u0022:1}",
            ),
            (r"\\u0026sig=hunter2 x", r"\\u0026sig=[redacted] x"),
            // JSON and a link, each in a form.
            (
                "body=%7B%22client_secret%22%3A%22hunter2%22%7D",
                "body=%7B%22client_secret%22%3A%22[redacted]%22%7D",
            ),
            (
                "url=https%3A%2F%2Fh%2FP.zip%3Ftoken%3Dhunter2%26a%3Db&status=403",
                "url=https%3A%2F%2Fh%2FP.zip%3F[redacted]&status=403",
            ),
            ("a%26sig%3Dhunter2&b", "a%26sig%3D[redacted]&b"),
            ("a%2526sig%253Dhunter2&b", "a%2526sig%253D[redacted]&b"),
            ("assertion%3DeyJhunter2&b", "assertion%3D[redacted]&b"),
            ("x%3DeyJhunter2.x&b", "x%3D[redacted]&b"),
            ("Authorization%3A%20Bearer%20hunterhunterhunter2", "Authorization%3A%20[redacted]"),
            ("Bearer%20hunterhunterhunter2 b", "Bearer%20[redacted] b"),
            // An HTML page.
            (
                "<pre>{&quot;password&quot;: &#34;hunter2 &amp; more&#34;, 1}</pre>",
                "<pre>{&quot;password&quot;: &#34;[redacted]&#34;, 1}</pre>",
            ),
            ("?a&amp;sig=hunter2</p>", "?[redacted]</p>"),
            // Up to the closing quotation mark.
            (r#"{"password":"hun,t}e\"r2 <x","a":1}"#, r#"{"password":"[redacted]","a":1}"#),
            (r#"{\"client_secret\":\"hun\\\"ter2\",1}"#, r#"{\"client_secret\":\"[redacted]\",1}"#),
            ("client_secret=hun,ter}2 x", "client_secret=[redacted] x"),
            // Names used by other software.
            (r#"{"clientSecret":"hunter2"}"#, r#"{"clientSecret":"[redacted]"}"#),
            ("sas_token=hunter2;", "sas_token=[redacted]"),
        ];
        for (text, wanted) in cases {
            assert_eq!(redact(text, 4096), wanted, "{text}");
            assert_eq!(redact(wanted, 4096), wanted, "once is enough");
        }
    }

    #[test]
    fn what_only_sounds_like_a_secret_stays() {
        for text in [
            "invalid_token: it has expired",
            r#"{"error":"invalid_token","error_codes":[7000215]}"#,
            "presented assertion issuer 'https://issuer.example', subject 'x'",
            "100% of tokens: 5 & 6; &c.",
            "%zz%3",
            r"C:\users\u00zz",
            "&#99999999; &; &quot",
            "the assertion's audience is `x`",
        ] {
            assert_eq!(redact(text, 4096), text);
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_is_not_shown_either() {
        for text in ["ab client_secret=hunter2", "ab eyJhunter2.eyJ", "ab https://h/?t=hunter2"] {
            for limit in 0..=text.len() {
                let kept = redact(text, limit);
                assert!(!kept.contains("hu") && kept.len() <= limit, "{kept}");
            }
        }
    }

    #[test]
    fn the_limit_holds_and_never_splits_a_character() {
        assert_eq!(redact(&"é".repeat(100), 7), "ééé");
        assert_eq!(redact("abc", 0), "");
    }
}
