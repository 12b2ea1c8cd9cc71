//! The real members against ours: encodings, line ends, headers, fixed lines.

use std::fs;
use std::path::{Path, PathBuf};

use super::unzip::{extract, list};
use super::*;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The folder with the real members, which is not part of the repository.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/package");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there, nothing was compared", folder.display());
        return None;
    }
    Some(folder)
}

/// Real members' paths and bytes, but for the prefetch files.
fn real(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            if name != "README.md" && !name.starts_with("Prefetch Files/Prefetch/") {
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A member's name without what belongs to one device: SIDs to their last number, no account names.
fn kind(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("Installed Programs/S-1-5-21-") {
        return format!("Installed Programs/{}", rest.splitn(4, '-').last().unwrap());
    }
    match name.strip_prefix("Temp Directories/") {
        Some("Administrator_TempDirFiles.txt" | "WDAGUtilityAccount_TempDirFiles.txt") => {
            name.to_owned()
        }
        Some(_) => "Temp Directories/person".to_owned(),
        None => name.to_owned(),
    }
}

fn ours() -> Vec<(String, Vec<u8>)> {
    let package = Package::generate(&spec(8));
    let entries = list(&package);
    entries.iter().map(|entry| (kind(&entry.name), extract(&package, entry))).collect()
}

/// With the publication's line ends: every CR LF became LF.
fn published(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n")
}

#[test]
fn every_real_member_has_a_counterpart_of_the_same_encoding_and_line_ends() {
    let Some(folder) = folder() else { return };
    let ours = ours();
    for (name, real) in real(&folder) {
        let found = ours.iter().find(|(ours, _)| *ours == kind(&name));
        let (_, bytes) = found.unwrap_or_else(|| panic!("no counterpart of {name}"));
        assert_eq!(bytes.starts_with(MARK), real.starts_with(MARK), "{name}");
        assert_eq!(bytes.is_empty(), real.is_empty(), "{name}");
        let (text, real) = (published(bytes), String::from_utf8(real).unwrap());
        let lone = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
        assert!(name.ends_with("ScheduledTasks.csv") || !text.contains('\r'), "{name}");
        assert_eq!(lone(&text), lone(&real), "{name}");
        let end = |text: &str| text.trim_end_matches(['\r', '\n']).len().abs_diff(text.len());
        assert_eq!(end(&text), end(&real), "{name}");
        let begin =
            |text: &str| text.trim_start_matches(['\u{feff}', '\n']).len().abs_diff(text.len());
        assert_eq!(begin(&text), begin(&real), "{name}");
    }
}

#[test]
fn headers_and_fixed_lines_are_the_real_ones() {
    let Some(folder) = folder() else { return };
    let ours = ours();
    for (name, lines) in [
        ("Forensics Collection Summary.csv", 1),
        ("Installed Programs/InstalledPrograms.csv", 2),
        ("Network Connections/ActiveNetConnections.txt", 4),
        ("Network Connections/DnsCache.txt", 3),
        ("Prefetch Files/PrefetchFilesList.txt", 4),
        ("Processes/Processes.csv", 2),
        ("SMB Session/Summary.txt", 1),
        ("Scheduled Tasks/ScheduledTasks.csv", 1),
        ("Services/Services.csv", 1),
        ("Users and Groups/QueryUser.txt", 1),
    ] {
        let real = fs::read_to_string(folder.join(name)).unwrap();
        let (_, bytes) = ours.iter().find(|(ours, _)| ours == name).unwrap();
        let ours = published(bytes);
        let head = |text: &str| text.lines().take(lines).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(head(&ours), head(&real), "{name}");
    }
}

/// The labels before the colons, the summary's commands, the lines of the tools' own words.
#[test]
fn labels_and_command_names_are_the_real_ones() {
    let Some(folder) = folder() else { return };
    let ours = ours();
    let both = |name: &str| {
        let (_, bytes) = ours.iter().find(|(ours, _)| ours == name).unwrap();
        (published(bytes), fs::read_to_string(folder.join(name)).unwrap())
    };
    let (text, real) = both("System Information/SystemInformation.txt");
    let labels = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with(' '));
        lines.filter_map(|line| Some(line.get(..31)?.trim().to_owned())).collect()
    };
    assert_eq!(labels(&text), labels(&real));

    let (text, real) = both("Forensics Collection Summary.csv");
    let commands = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| Some(line.split(',').nth(1)?.to_owned())).collect()
    };
    assert_eq!(commands(&text), commands(&real));

    for name in ["Prefetch Files/PrefetchFilesList.txt", "Users and Groups/LocalGroups.txt"] {
        let (text, real) = both(name);
        let words = |text: &str| -> std::collections::BTreeSet<String> {
            let lines = text.lines().map(|line| line.split([':', '"']).next().unwrap_or(line));
            lines
                .filter(|line| !line.contains('\\') && !line.contains(".pf"))
                .map(str::to_owned)
                .collect()
        };
        let (ours, real) = (words(&text), words(&real));
        for fixed in [
            "               Total    Copied   Skipped  Mismatch    FAILED    Extras",
            "Members",
            "100%  ",
        ] {
            assert_eq!(ours.contains(fixed), real.contains(fixed), "{name}: {fixed}");
        }
    }
}
