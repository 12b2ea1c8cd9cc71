//! Paths by what stands for their drive or folder: prefetch and the kernel write the name of a volume, services and
//! scripts a variable, and other hosts a share.

use super::form::{Form, Front, before_name};
use crate::edge::begins;

/// What of a path may stand behind something else than its drive: `\windows\a.exe` of `c:\windows\a.exe`, and
/// `\system32\a.exe` of `%windir%\system32\a.exe`.
pub(super) fn forms(path: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for (drive, path) in rooted(path) {
        forms.push(match path.strip_prefix(SOME_USER) {
            Some(rest) => Form { text: rest.to_owned(), front: Front::Profile },
            None => Form { text: path.clone(), front: Front::Drive(drive) },
        });
        // Behind a drive nobody has `*` for a user.
        let is_any_user = path.starts_with(SOME_USER);
        for (folder, names) in
            FOLDERS.iter().filter(|(folder, _)| !(is_any_user && folder.is_empty()))
        {
            let Some(rest) = below(&path, folder) else { continue };
            forms.push(Form { text: rest.to_owned(), front: Front::Written(names) });
            // A name alone may be of a file in any folder.
            let relative = rest.trim_start_matches('\\');
            if *folder == WINDOWS && relative.contains('\\') {
                forms.push(Form { text: relative.to_owned(), front: Front::Start });
            }
        }
    }
    forms
}

/// The drive of a path and what stands behind it; several where a variable is of one of several folders.
fn rooted(path: &str) -> Vec<(Option<char>, String)> {
    if let Some((drive, rest)) = in_drive(path) {
        return vec![(Some(drive), rest.to_owned())];
    }
    let mut found = Vec::new();
    for (folder, names) in FOLDERS {
        let rest = names.iter().find_map(|name| path.strip_prefix(name));
        if let Some(rest) = rest.filter(|rest| is_path(rest)) {
            found.push((None, format!("{folder}{rest}")));
        }
    }
    found
}

fn in_drive(path: &str) -> Option<(char, &str)> {
    let own = DEVICES.iter().find_map(|device| path.strip_prefix(device)).unwrap_or(path);
    let (drive, rest) = own.split_once(':')?;
    let drive = drive.parse().ok().filter(char::is_ascii_alphabetic)?;
    is_path(rest).then_some((drive, rest))
}

fn is_path(rest: &str) -> bool {
    rest.starts_with('\\') && rest.contains(char::is_alphanumeric)
}

/// What of a path stands behind a folder, of which a part may be the name of any user.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let mut rest = path;
    for part in folder.split('\\').skip(1) {
        let own = rest.strip_prefix('\\')?;
        let (name, _) = own.split_once('\\')?;
        if name != part && (part != "*" || name == "public") {
            return None;
        }
        rest = own.get(name.len()..)?;
    }
    is_path(rest).then_some(rest)
}

/// Whether a text ends in a drive, this one or any, or in what stands for it: the name of a volume, or the share that
/// administrators reach it by.
pub(super) fn ends_in_drive(before: &str, drive: Option<char>) -> bool {
    let Some((at, letter)) = before.char_indices().rev().nth(1) else { return false };
    let is_own = letter.is_ascii_alphabetic()
        && drive.is_none_or(|drive| drive.eq_ignore_ascii_case(&letter));
    let is_drive = before.ends_with(':') && begins(before, at);
    let is_share =
        before.ends_with('$') && before.get(..at).is_some_and(|front| front.ends_with('\\'));
    (is_own && (is_drive || is_share)) || ends_in_volume(before)
}

/// Whether a text ends in the name of a volume: `\VOLUME{…}`, `\Device\HarddiskVolume3`, or that of a shadow copy.
fn ends_in_volume(before: &str) -> bool {
    let Some((_, name)) = before.rsplit_once('\\') else { return false };
    let name = name.to_ascii_lowercase();
    let device = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_device = ["harddiskvolume", "harddiskvolumeshadowcopy"].contains(&device);
    (is_device && device.len() < name.len()) || (name.starts_with("volume{") && name.ends_with('}'))
}

/// Whether a text ends in the folder of a user.
pub(super) fn ends_in_profile(before: &str) -> bool {
    let Some((front, user)) = before.rsplit_once('\\') else { return false };
    !user.is_empty() && before_name(front, r"\users").is_some()
}

/// What may stand before a drive.
const DEVICES: &[&str] = &[r"\\.\", r"\\?\", r"\??\", r"file:\\\"];
/// The folder of a user whom a variable does not name.
const SOME_USER: &str = r"\users\*";
const WINDOWS: &str = r"\windows";
/// Folders, and what is written in their stead.
const FOLDERS: &[(&str, &[&str])] = &[
    ("", &["%systemdrive%", "$env:systemdrive"]),
    (WINDOWS, &[r"\systemroot", "%systemroot%", "%windir%", "$env:systemroot", "$env:windir"]),
    (
        r"\program files",
        &["%programfiles%", "%programw6432%", "$env:programfiles", "$env:programw6432"],
    ),
    (
        r"\program files (x86)",
        &["%programfiles(x86)%", "%programfiles%", "${env:programfiles(x86)}"],
    ),
    (
        r"\programdata",
        &["%programdata%", "%allusersprofile%", "$env:programdata", "$env:allusersprofile"],
    ),
    (r"\users\public", &["%public%", "$env:public"]),
    (SOME_USER, &["%userprofile%", "$env:userprofile"]),
    (r"\users\*\appdata\roaming", &["%appdata%", "$env:appdata"]),
    (r"\users\*\appdata\local", &["%localappdata%", "$env:localappdata"]),
    (r"\users\*\appdata\local\temp", &["%temp%", "%tmp%", "$env:temp", "$env:tmp"]),
];
