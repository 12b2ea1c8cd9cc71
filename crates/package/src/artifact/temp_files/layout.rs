//! Parses the lines of a listing by their layout, because words are in the host's language.

/// The number of files and their size in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) count: i64,
    pub(super) bytes: i64,
}

impl Sum {
    pub(super) fn add(&mut self, size: i64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(size);
    }
}

/// The line of a folder, in any language: ` Directory of C:\...`, or ` C:\... ` and words.
#[derive(Clone, Copy)]
pub(super) struct Header<'a> {
    /// The text from the path on.
    pub(super) text: &'a str,
    /// Whether words precede it.
    has_words_before: bool,
}

impl<'a> Header<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(' ').filter(|rest| !rest.starts_with(' '))?;
        let drive = rest.find(":\\").and_then(|colon| colon.checked_sub(1));
        let start = drive.or_else(|| rest.find("\\\\"))?;
        Some(Self { text: rest.get(start..)?, has_words_before: start > 0 })
    }

    /// The words after the queried folder, which is listed first and has the same name on every
    /// host.
    pub(super) fn words_behind_temp(&self) -> Option<&'a str> {
        const TEMP: &str = "\\appdata\\local\\temp";
        let end = self.text.to_ascii_lowercase().find(TEMP)? + TEMP.len();
        self.text.get(end..).filter(|words| !words.contains('\\'))
    }

    /// The path alone, if it can be determined.
    pub(super) fn path(&self, words: Option<&str>) -> Option<&'a str> {
        if let Some(words) = words {
            return self.text.strip_suffix(words);
        }
        if self.has_words_before {
            return Some(self.text);
        }
        WORDS_BEHIND.iter().find_map(|words| self.text.strip_suffix(words))
    }
}

/// The words in Japanese, Chinese, Korean and Turkish.
const WORDS_BEHIND: &[&str] = &[" のディレクトリ", " 的目录", " 的目錄", " 디렉터리", " dizini"];

/// The count and the bytes in `  4 File(s)    354,656,224 bytes`, in any language: two numbers,
/// each with a word.
pub(super) fn counts(text: &str) -> Option<Sum> {
    let text = text.strip_prefix("    ")?.trim_start();
    let number = |text: &str| text.find(|c: char| !(c.is_ascii_digit() || is_separator(c)));
    let (count, rest) = text.split_at_checked(number(text)?)?;
    let (_, rest) = rest.split_at_checked(rest.find(|c: char| c.is_ascii_digit())?)?;
    Some(Sum { count: grouped(count)?, bytes: grouped(rest.get(..number(rest)?)?)? })
}

pub(super) struct Entry<'a> {
    pub(super) time: &'a str,
    pub(super) size: Option<i64>,
    pub(super) kind: Option<&'a str>,
    pub(super) owner: Option<&'a str>,
    pub(super) owner_may_be_cut: bool,
    pub(super) name: &'a str,
    pub(super) target: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Parses a line of date, time, kind or size, owner and name. It goes by the layout, because
    /// dates and numbers are in the host's format.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with(' ') {
            return None;
        }
        let (time, rest) = split_time(text)?;
        let (field, rest) = columns(rest, SIZE)?;
        let field = field.strip_suffix(' ')?.trim();
        let (kind, size) = match field.strip_prefix('<') {
            Some(kind) => (Some(kind.strip_suffix('>')?), None),
            None => (None, Some(grouped(field.trim_matches(['(', ')']))?)),
        };
        let (owner, name) = columns(rest, OWNER)?;
        if name.is_empty() {
            return None;
        }
        let (name, target) = match kind {
            Some("JUNCTION" | "SYMLINK" | "SYMLINKD") => match name.rsplit_once(" [") {
                Some((name, target)) => (name, Some(target.strip_suffix(']').unwrap_or(target))),
                None => (name, None),
            },
            _ => (name, None),
        };
        let owner_may_be_cut = !owner.ends_with(' ');
        let owner = Some(owner.trim_end()).filter(|owner| !owner.is_empty());
        Some(Self { time, size, kind, owner, owner_may_be_cut, name, target })
    }
}

/// Splits off date and time, which end before the first digit or bracket after the minutes.
fn split_time(text: &str) -> Option<(&str, &str)> {
    // Some locales have a point before the minutes, as others have in dates: two spaces stand between date and time.
    let point = text.find("  ").and_then(|gap| text.get(gap..)?.find('.').map(|at| gap + at));
    [text.find(':'), point].into_iter().flatten().find_map(|mark| split_at_minutes(text, mark))
}

/// The same, given the position of the separator before the minutes.
fn split_at_minutes(text: &str, mark: usize) -> Option<(&str, &str)> {
    let is_two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, rest) = text.split_at_checked(mark)?;
    let (minutes, rest) = rest.get(1..)?.split_at_checked(2)?;
    let hours = date.get(date.len().checked_sub(2)?..)?;
    if !is_two(minutes) || !is_two(hours) {
        return None;
    }
    let field = rest.find(|c: char| c.is_ascii_digit() || matches!(c, '<' | '('))?;
    let half_of_day = rest.get(..field)?.trim_end();
    text.split_at_checked(date.len() + 1 + minutes.len() + half_of_day.len())
}

/// Splits a text after this many columns. Like Windows, `dir` counts in UTF-16 units.
fn columns(text: &str, width: usize) -> Option<(&str, &str)> {
    let mut left = width;
    for (place, c) in text.char_indices() {
        if left == 0 {
            return text.split_at_checked(place);
        }
        left = left.checked_sub(c.len_utf16())?;
    }
    (left == 0).then_some((text, ""))
}

/// The number in `88,666,980`, with any separator.
fn grouped(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
    digits.parse().ok().filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a character separates groups of digits in some language. In some it is a space, and a
/// question mark in code pages without a narrow space.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '.' | '\'' | '’' | '٬' | '?' | '\u{fffd}')
}

/// The number of columns for kind or size, and a space.
const SIZE: usize = 19;
/// The number of columns for the owner. A longer name is cut, and the file name follows directly.
const OWNER: usize = 23;

#[cfg(test)]
mod tests {
    use super::{Entry, counts};

    fn parts(text: &str) -> (Option<i64>, Option<&str>, Option<&str>, bool, &str) {
        let entry = Entry::parse(text).unwrap();
        (entry.size, entry.kind, entry.owner, entry.owner_may_be_cut, entry.name)
    }

    #[test]
    fn owners_have_23_columns_and_names_follow_at_once() {
        let (dir, admins) = (Some("DIR"), Some("BUILTIN\\Administrators"));
        let installer = Some("NT SERVICE\\TrustedInsta");
        let jane = Some("CONTOSO-EUROPE\\jane.doe");
        for (line, expected) in [
            (
                "07-08-2025  18:27                51 BUILTIN\\Administrators cryptsp.dll",
                (Some(51), None, admins, false, "cryptsp.dll"),
            ),
            (
                "07-08-2025  18:29    <DIR>          AVIRUP-1\\Admin         a b",
                (None, dir, Some("AVIRUP-1\\Admin"), false, "a b"),
            ),
            (
                "08/07/2025  06:27 PM             1,051 NT SERVICE\\TrustedInstax y.dll",
                (Some(1051), None, installer, true, "x y.dll"),
            ),
            (
                "07-08-2025  15:12    <DIR>          NT SERVICE\\TrustedInsta..",
                (None, dir, installer, true, ".."),
            ),
            (
                "07-08-2025  15:12                53 CONTOSO-EUROPE\\jane.doemimikatz.exe",
                (Some(53), None, jane, true, "mimikatz.exe"),
            ),
            (
                "07-08-2025  15:12                53 CONTOSO-EUROPE\\jane.doeevil payload.ps1",
                (Some(53), None, jane, true, "evil payload.ps1"),
            ),
            // An owner whose account is gone.
            (
                "07.08.2025  15:12                53 ...                      two  spaces",
                (Some(53), None, Some("..."), false, "  two  spaces"),
            ),
            (
                "07/08/2025  15:12        88\u{a0}666\u{a0}980 AVIRUP-1\\Ádmin         a.exe",
                (Some(88_666_980), None, Some("AVIRUP-1\\Ádmin"), false, "a.exe"),
            ),
            (
                "07/08/2025  15:12        88 666 980 AVIRUP-1\\Admin         a.exe",
                (Some(88_666_980), None, Some("AVIRUP-1\\Admin"), false, "a.exe"),
            ),
            (
                "07.08.2025  15.12    <DIR>          AVIRUP-1\\Admin         a.b",
                (None, dir, Some("AVIRUP-1\\Admin"), false, "a.b"),
            ),
            (
                "07/08/2025  15.12            88.666 AVIRUP-1\\Admin         12.30  45.exe",
                (Some(88_666), None, Some("AVIRUP-1\\Admin"), false, "12.30  45.exe"),
            ),
            // A sparse file may state more than any disk has.
            (
                "2025-08-07  02:56 p. m.17,592,186,044,416 AVIRUP-1\\Admin         a.exe",
                (Some(17_592_186_044_416), None, Some("AVIRUP-1\\Admin"), false, "a.exe"),
            ),
        ] {
            assert_eq!(parts(line), expected, "{line}");
        }
        for line in [
            "07-08-2025  15:12                53 AVIRUP-1\\Admin         ",
            "07-08-2025  15:12    <DIR           AVIRUP-1\\Admin         a",
            "                                    1 File(s)              0 bytes",
            "The system cannot find the path specified.",
            "",
        ] {
            assert!(Entry::parse(line).is_none(), "{line}");
        }
    }

    #[test]
    fn counts_are_read_however_their_digits_are_grouped() {
        for line in [
            "               4 File(s)    354,656,224 bytes",
            "               4 fichier(s)    354\u{a0}656\u{a0}224 octets",
            "               4 fichier(s)    354\u{202f}656\u{202f}224 octets",
            "               4 fichier(s)    354 656 224 octets",
            "               4 Datei(en),    354'656'224 Bytes",
            "               4 Datei(en),    354.656.224 Bytes",
            "               4 個のファイル         354,656,224 バイト",
            "               4개 파일             354,656,224 바이트",
            "               4 个文件    354,656,224 字节",
        ] {
            let sum = counts(line).unwrap();
            assert_eq!((sum.count, sum.bytes), (4, 354_656_224), "{line}");
        }
    }
}
