//! Takes out of a text what must not be printed: tokens, secrets, the queries of links, control characters.

/// What stands in place of what was taken out.
pub(crate) const REDACTED: &str = "[redacted]";

/// Names whose value is a secret, in a form, a query or a JSON object. `code` is not among them: it is the name of
/// the service's error code, and this library sends no authorization code.
const SECRET_NAMES: &[&str] = &[
    "access_token",
    "assertion",
    "authorization",
    "client_assertion",
    "client_secret",
    "device_code",
    "id_token",
    "password",
    "refresh_token",
    "sig",
    "token",
    "x-identity-header",
];

/// Gives `text` back without secrets, at most `limit` bytes of it.
///
/// Taken out are: what begins like a JSON Web Token (`eyJ…`), what follows `Bearer`, the value of a
/// [secret name](SECRET_NAMES) after `=` or `:`, and a query from its `?` on. Control characters become spaces.
pub(crate) fn redact(text: &str, limit: usize) -> String {
    // What is cut off is not searched either, so that a long text costs no more than a short one.
    let mut rest = bounded(text, limit);
    let mut out = String::with_capacity(rest.len());
    while let Some(next) = rest.chars().next() {
        let (shown, skipped) = step(rest, next, &out);
        match shown {
            Shown::Character => out.push(if is_hostile(next) { ' ' } else { next }),
            Shown::Kept(kept) => {
                out.push_str(kept);
                out.push_str(REDACTED);
            }
        }
        rest = rest.get(skipped..).unwrap_or_default();
    }
    let kept = bounded(&out, limit).len();
    out.truncate(kept);
    out
}

enum Shown<'a> {
    /// The next character, as it is.
    Character,
    /// This text and the mark, in place of what was skipped.
    Kept(&'a str),
}

/// What becomes of the start of `rest`, and how many of its bytes that uses up.
fn step<'a>(rest: &'a str, next: char, before: &str) -> (Shown<'a>, usize) {
    let word_start = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if next == '?' {
        let end = query_end(rest);
        if rest.get(..end).is_some_and(|query| query.contains('=')) {
            return (Shown::Kept("?"), end);
        }
    }
    if word_start {
        if rest.starts_with("eyJ") {
            return (Shown::Kept(""), span(rest, is_token));
        }
        if let Some(found) = bearer(rest).or_else(|| secret_value(rest)) {
            return found;
        }
    }
    (Shown::Character, next.len_utf8())
}

fn bearer(rest: &str) -> Option<(Shown<'_>, usize)> {
    const NAME: &str = "bearer ";
    let name = rest.get(..NAME.len()).filter(|name| name.eq_ignore_ascii_case(NAME))?;
    let value = span(rest.get(NAME.len()..)?, is_token);
    // Prose such as "Bearer realm" or "bearer token" stays; no token is that short.
    (value >= 16).then_some((Shown::Kept(name), NAME.len() + value))
}

fn secret_value(rest: &str) -> Option<(Shown<'_>, usize)> {
    let name = SECRET_NAMES.iter().find(|name| {
        rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let after = rest.get(name.len()..)?;
    // `"name" : "value"`, `\"name\":\"value\"`, `name=value`, `name: value`, `name%3dvalue`
    let sign = span(after, |c| matches!(c, '"' | '\'' | '\\' | ' '));
    let signed = after.get(sign..)?;
    let equals = if signed.starts_with(['=', ':']) {
        1
    } else if signed.get(..3).is_some_and(|sign| sign.eq_ignore_ascii_case("%3d")) {
        3
    } else {
        return None;
    };
    let opening = span(signed.get(equals..)?, |c| matches!(c, '"' | '\'' | '\\' | ' '));
    let start = name.len() + sign + equals + opening;
    let start = start + scheme(rest.get(start..)?);
    let value = span(rest.get(start..)?, |c| {
        !matches!(c, '"' | '\'' | '\\' | '&' | '<' | ',' | '}') && !c.is_whitespace()
    });
    (value > 0).then(|| (Shown::Kept(rest.get(..start).unwrap_or_default()), start + value))
}

/// The length of the scheme in front of a credential of HTTP, with its blank.
fn scheme(value: &str) -> usize {
    const SCHEMES: [&str; 4] = ["basic ", "bearer ", "negotiate ", "ntlm "];
    let starts = |scheme: &&&str| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().find(starts).map_or(0, |scheme| scheme.len())
}

/// Where the query that begins `rest` ends: at a quote, a blank, an angle bracket; a JSON escape such as `\u0026` is
/// part of it.
fn query_end(rest: &str) -> usize {
    let mut end = 0;
    let mut characters = rest.chars().peekable();
    while let Some(next) = characters.next() {
        let escape = next == '\\' && matches!(characters.peek(), Some('u' | '/'));
        if is_hostile(next)
            || next.is_whitespace()
            || matches!(next, '"' | '\'' | '<' | '>' | '`')
            || (next == '\\' && !escape)
        {
            break;
        }
        end += next.len_utf8();
    }
    end
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=' | '%')
}

/// Control characters, and those that turn the direction of a line: a terminal obeys them.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The start of `text`, at most `limit` bytes of it, in whole characters.
fn bounded(text: &str, limit: usize) -> &str {
    let mut ends = (0..=limit.min(text.len())).rev();
    ends.find_map(|end| text.get(..end)).unwrap_or_default()
}

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
