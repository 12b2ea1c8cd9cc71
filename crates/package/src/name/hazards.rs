use crate::Kind;

/// What is dangerous about a name, in the order of the list of kinds.
pub(crate) fn hazards(name: &str) -> Vec<Kind> {
    let drive = has_drive(name);
    let unprefixed = if drive { name.get(2..).unwrap_or_default() } else { name };
    let parts = || unprefixed.split(['/', '\\']);
    [
        (name.starts_with(['/', '\\']), Kind::AbsoluteName),
        (name.contains('\\'), Kind::BackslashName),
        (!name.is_ascii() && name.contains(is_deceptive), Kind::BidiName),
        (name.contains(char::is_control), Kind::ControlName),
        (drive, Kind::DriveName),
        (name.is_empty(), Kind::EmptyName),
        (parts().any(is_reserved), Kind::ReservedName),
        (unprefixed.contains(':'), Kind::StreamName),
        (parts().any(ends_in_dot_or_space), Kind::TrailingDotOrSpace),
        (parts().any(is_parent), Kind::TraversalName),
    ]
    .into_iter()
    .filter_map(|(found, kind)| found.then_some(kind))
    .collect()
}

/// What a name with one of these hazards does, to follow the name in a sentence.
pub(crate) fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::AbsoluteName => "is an absolute path",
        Kind::BackslashName => "separates its folders with backslashes",
        Kind::BidiName => "has invisible characters, or ones that turn the direction of writing",
        Kind::ControlName => "has control characters",
        Kind::DriveName => "begins with a drive letter",
        Kind::EmptyName => "is a member without a name",
        Kind::ReservedName => "is a device on Windows",
        Kind::StreamName => "names an alternate data stream on Windows",
        Kind::TrailingDotOrSpace => "has a part that ends in a dot or a space",
        _ => "steps out of its folder",
    }
}

/// The name as Windows compares it: without case, with one kind of slash, without trailing dots and
/// spaces of its parts.
pub(crate) fn windows_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for part in name.split(['/', '\\']) {
        let kept =
            if matches!(part, "." | "..") { part } else { part.trim_end_matches(['.', ' ']) };
        if kept.is_ascii() {
            key.extend(kept.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        } else {
            key.extend(kept.chars().flat_map(char::to_lowercase));
        }
        key.push('/');
    }
    key.truncate(key.trim_end_matches('/').len());
    key
}

/// Whether a character does not show, or changes how its neighbours show: bidirectional controls
/// (UAX #9), zero-width and format characters, line separators, tags, private use.
pub(crate) fn is_deceptive(character: char) -> bool {
    character >= '\u{ad}' && is_listed(character)
}

fn is_listed(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn has_drive(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && characters.next() == Some(':')
}

fn ends_in_dot_or_space(part: &str) -> bool {
    !matches!(part, "." | "..") && part.ends_with(['.', ' '])
}

fn is_parent(part: &str) -> bool {
    part.trim_end_matches(' ') == ".."
}

/// Whether Windows takes a part of a path as a device; "Naming Files, Paths, and Namespaces" (Microsoft).
fn is_reserved(part: &str) -> bool {
    let stem = part.split(['.', ':']).next().unwrap_or_default().trim_end_matches(' ');
    if stem.len() > LONGEST_DEVICE {
        return false;
    }
    let stem = stem.to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut digits = number.unwrap_or_default().chars();
    matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

/// `CONOUT$`.
const LONGEST_DEVICE: usize = 7;

#[cfg(test)]
mod tests {
    use super::{hazards, windows_key};
    use crate::Kind;

    #[test]
    fn honest_names_have_no_hazards() {
        for name in [
            "Autoruns/Autoruns.txt",
            "Prefetch Files/Prefetch/CONHOST.EXE-0C6456FB.pf",
            "Users and Groups/",
            "S-1-5-21-38-500_Software.txt",
            ".hidden/..data/COM10/console",
            "Größe/日本語.txt",
        ] {
            assert_eq!(hazards(name), [], "{name}");
        }
    }

    #[test]
    fn each_hazard_is_seen() {
        for (name, expected) in [
            ("/etc/passwd", Kind::AbsoluteName),
            ("a\\b", Kind::BackslashName),
            ("gnp.\u{202e}exe", Kind::BidiName),
            ("a\u{200b}b", Kind::BidiName),
            ("a\nb", Kind::ControlName),
            ("a\0b", Kind::ControlName),
            ("a\u{85}b", Kind::ControlName),
            ("C:a", Kind::DriveName),
            ("", Kind::EmptyName),
            ("a/CON", Kind::ReservedName),
            ("nul.txt", Kind::ReservedName),
            ("Aux .log/x", Kind::ReservedName),
            ("com1", Kind::ReservedName),
            ("LPT³.x", Kind::ReservedName),
            ("a.txt:ads", Kind::StreamName),
            ("a./b", Kind::TrailingDotOrSpace),
            ("a ", Kind::TrailingDotOrSpace),
            ("a/../b", Kind::TraversalName),
        ] {
            assert_eq!(hazards(name), [expected], "{name:?}");
        }
        assert!(hazards("..\\x").contains(&Kind::TraversalName));
        assert!(hazards(".. /x").contains(&Kind::TraversalName));
        assert!(hazards("\\\\host\\share").contains(&Kind::AbsoluteName));
        assert!(hazards("C:\\x:y").contains(&Kind::StreamName));
    }

    #[test]
    fn windows_compares_without_case_slashes_and_trailing_dots() {
        assert_eq!(windows_key("A\\B. /C"), windows_key("a/b/c"));
        assert_eq!(windows_key("STRASSE/É"), windows_key("strasse/é"));
        assert_ne!(windows_key("a/../b"), windows_key("a/b"));
        assert_eq!(windows_key("dir/"), windows_key("dir"));
    }
}
