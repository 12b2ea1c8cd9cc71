//! Why the firewall's log is not there: `FirewallExecutionLog.txt`, what `xcopy` and `move` said.

use super::{FIREWALL, Package, Uncopied};
use crate::{Error, Source, artifact::ARTIFACTS, name::safe};

impl<S: Source> Package<S> {
    /// Where there is no firewall log, the agent's own log may say why.
    pub(super) fn look_for_firewall_log(&mut self, locale: Option<&str>) -> Result<(), Error> {
        let own = ARTIFACTS.iter().find(|artifact| artifact.name == FIREWALL);
        if own.is_none_or(|own| self.has_member(own)) {
            return Ok(());
        }
        let mut said = None;
        self.each("firewallexecutionlog.txt", |mut input| {
            // A damaged one excuses nothing.
            input.told = None;
            let mut lines = input.lines()?;
            let mut words = Vec::new();
            while let Some(line) = lines.next()? {
                let text = line.text.trim();
                if text.contains(PROMPT) || text.is_empty() {
                    continue;
                }
                // In every language the last line of xcopy begins with the number of files; behind it stand the words
                // of move, which are the same whatever kept xcopy from copying.
                let is_end = is_count(text);
                if words.len() < MOST {
                    words.push(text.to_owned());
                }
                if is_end {
                    break;
                }
            }
            let found = uncopied(&words, locale);
            said = said.take().or(found);
            Ok(())
        })?;
        self.context.collected.uncopied_log = said;
        Ok(())
    }
}

/// What the words of xcopy say, the count of files at their end included; nothing where there are none.
fn uncopied(words: &[String], locale: Option<&str>) -> Option<Uncopied> {
    let is_not_found = match words {
        [why, count] if count.starts_with("0 ") => is_not_found(why, locale),
        _ => false,
    };
    let words = words.join("; ");
    (!words.is_empty()).then(|| Uncopied { words: safe(&words, LONGEST), is_not_found })
}

/// Whether a message of xcopy says that there is no such file. Where the language is another than English, it is told by
/// the form: no other message of xcopy names the file without its folder.
fn is_not_found(why: &str, locale: Option<&str>) -> bool {
    let is_english = locale.is_some_and(|own| own.to_ascii_lowercase().starts_with("en"));
    let (why, has_path) = (why.to_ascii_lowercase(), why.contains(['\\', '/']));
    let names_it = why.contains(LOG) && !has_path;
    names_it && (!is_english || why.starts_with("file not found"))
}

/// Whether a line is `0 File(s) copied` in any language.
fn is_count(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
}

/// What the agent copies.
const LOG: &str = "pfirewall.log";
/// What the shell repeats of the command.
const PROMPT: &str = ">cmd /C ";
/// Bytes of its words that are shown.
const LONGEST: usize = 400;
/// Lines that are kept of it.
const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::uncopied;

    #[test]
    fn only_that_there_is_no_file_is_no_reason_to_look() {
        const PATH: &str = "C:\\Windows\\System32\\LogFiles\\Firewall\\pfirewall.log";
        let sharing = format!("{PATH} -> C:\\ProgramData\\pfirewall.log");
        let denied = format!("Access denied - {PATH}");
        for (words, locale, is_not_found) in [
            (&["File not found - pfirewall.log", "0 File(s) copied"][..], Some("en-gb"), true),
            (&["Datei nicht gefunden - pfirewall.log", "0 Datei(en) kopiert"], Some("de"), true),
            (&["Datei nicht gefunden - pfirewall.log", "0 Datei(en) kopiert"], None, true),
            (&["Access denied - pfirewall.log", "0 File(s) copied"], Some("en-us"), false),
            (&[&denied, "0 Datei(en) kopiert"], Some("de"), false),
            (&[&sharing, "Sharing violation", "0 File(s) copied"], None, false),
            (&["Sharing violation", "0 File(s) copied"], None, false),
            (&["0 File(s) copied"], None, false),
            (&["File not found - pfirewall.log"], None, false),
            (&[PATH, "1 File(s) copied"], None, false),
        ] {
            let said = uncopied(&words.iter().map(ToString::to_string).collect::<Vec<_>>(), locale);
            assert_eq!(said.map(|said| said.is_not_found), Some(is_not_found), "{words:?}");
        }
        assert!(uncopied(&[], None).is_none());
    }
}
