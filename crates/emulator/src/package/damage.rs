//! What can be wrong with a package.

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::rng::Rng;
use super::zip::{self, Archive, Entry};

/// One kind of damage, which clients and readers must cope with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Damage {
    /// One member's name begins with a slash, another's with a drive letter.
    AbsoluteName,
    /// The separators are backslashes, as older .NET wrote them.
    BackslashNames,
    /// A member's CRC-32 does not match its bytes.
    BadCrc,
    /// A member's name contains a bidirectional override.
    BidiName,
    /// A member of 4 MiB inflates to 4 GiB of zeros.
    Bomb,
    /// The names of two members differ only in case.
    CaseCollision,
    /// Two members have the same name but different content.
    DuplicateName,
    /// A zip without entries.
    EmptyZip,
    /// A member claims to be encrypted.
    EncryptedFlag,
    /// A sign-in page of a proxy, in HTML.
    Html,
    /// Bytes precede the archive and are not counted in its offsets.
    LeadingGarbage,
    /// A member's headers declare a wrong size.
    LyingSize,
    /// The summary is missing.
    MissingSummary,
    /// The archive ends where the central directory should begin.
    NoCentralDirectory,
    /// Random bytes.
    NotAZip,
    /// Two members share one local header and its data.
    Overlap,
    /// Names that Windows reserves: devices, streams, trailing dots and spaces.
    ReservedName,
    /// A member is a symbolic link that leads out of the folder.
    Symlink,
    /// Bytes follow the archive.
    TrailingGarbage,
    /// Names of members contain `..`.
    TraversalName,
    /// The archive is cut off in the middle of a member.
    Truncated,
    /// A member uses a compression method that does not exist.
    UnknownMethod,
    /// All members are inside one folder.
    WrappingFolder,
    /// The storage service's error document instead of the package.
    Xml,
}

impl Damage {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::AbsoluteName,
        Self::BackslashNames,
        Self::BadCrc,
        Self::BidiName,
        Self::Bomb,
        Self::CaseCollision,
        Self::DuplicateName,
        Self::EmptyZip,
        Self::EncryptedFlag,
        Self::Html,
        Self::LeadingGarbage,
        Self::LyingSize,
        Self::MissingSummary,
        Self::NoCentralDirectory,
        Self::NotAZip,
        Self::Overlap,
        Self::ReservedName,
        Self::Symlink,
        Self::TrailingGarbage,
        Self::TraversalName,
        Self::Truncated,
        Self::UnknownMethod,
        Self::WrappingFolder,
        Self::Xml,
    ];

    /// Spoils the entries before they are put together.
    pub(super) fn of_entries(self, entries: &mut Vec<Entry>, rng: &mut Rng) {
        match self {
            Self::AbsoluteName => {
                entries.extend(added(&["/etc/cron.d/evil", r"C:\Windows\Temp\evil.exe"]));
            }
            Self::BackslashNames => rename(entries, |name| name.replace('/', "\\")),
            Self::BadCrc => spoil(entries, |entry| entry.crc ^= 0x0100_0001),
            Self::BidiName => entries.extend(added(&["Processes/Processes\u{202e}vsc.exe"])),
            Self::Bomb => entries.extend(
                zip::bomb(4_096, 0)
                    .map(|entry| Entry { name: b"Temp Directories/zeros.txt".to_vec(), ..entry }),
            ),
            Self::CaseCollision => entries.extend(added(&["processes/PROCESSES.CSV"])),
            Self::DuplicateName => entries.extend(added(&["Processes/Processes.csv"])),
            Self::EncryptedFlag => spoil(entries, |entry| entry.flags |= zip::ENCRYPTED),
            Self::LyingSize => spoil(entries, |entry| entry.size = entry.size / 2 + rng.below(9)),
            Self::MissingSummary => entries.retain(|entry| !entry.name.ends_with(b"Summary.csv")),
            Self::Overlap => {
                let shared = entries.iter().position(is_services);
                let copy = entries.iter().find(|entry| is_services(entry)).cloned();
                entries.extend(copy.map(|entry| Entry {
                    name: b"Services/Again.csv".to_vec(),
                    shares: shared,
                    ..entry
                }));
            }
            Self::ReservedName => entries.extend(added(&[
                "CON",
                "Processes/NUL.txt",
                "Services/Services.csv:hidden",
                "Autoruns/dot.",
                "Autoruns/space ",
                "Autoruns/COM1",
            ])),
            Self::Symlink => entries.extend(Some(Entry {
                attributes: 0o120_777 << 16,
                ..Entry::stored("Autoruns/link", Content::from(b"../../../etc/passwd".to_vec()))
            })),
            Self::TraversalName => {
                entries.extend(added(&[
                    "../../evil.txt",
                    r"..\..\evil.txt",
                    "Autoruns/../../evil.txt",
                ]));
            }
            Self::UnknownMethod => spoil(entries, |entry| entry.method = 77),
            Self::WrappingFolder => rename(entries, |name| format!("InvestigationPackage/{name}")),
            Self::EmptyZip
            | Self::Html
            | Self::LeadingGarbage
            | Self::NoCentralDirectory
            | Self::NotAZip
            | Self::TrailingGarbage
            | Self::Truncated
            | Self::Xml => {}
        }
    }

    /// Spoils the finished archive.
    pub(super) fn of_archive(self, archive: Archive, rng: &mut Rng) -> Content {
        let Archive { mut content, directory } = archive;
        match self {
            Self::EmptyZip => Content::from(zip::empty()),
            Self::Html => Content::from(HTML.as_bytes().to_vec()),
            Self::LeadingGarbage => Content::new([garbage(rng, 777), content]),
            Self::NoCentralDirectory => {
                content.truncate(directory);
                content
            }
            Self::NotAZip => garbage(rng, 50_000),
            Self::TrailingGarbage => Content::new([content, garbage(rng, 777)]),
            Self::Truncated => {
                content.truncate(directory / 5 * 3);
                content
            }
            Self::Xml => Content::from(XML.as_bytes().to_vec()),
            _ => content,
        }
    }
}

/// Entries of these names with a line of text.
fn added(names: &[&str]) -> Vec<Entry> {
    let text = |name: &&str| Entry::stored(name, Content::from(b"not what it seems\r\n".to_vec()));
    names.iter().map(text).collect()
}

fn rename(entries: &mut [Entry], change: impl Fn(&str) -> String) {
    for entry in entries {
        entry.name = change(&String::from_utf8_lossy(&entry.name)).into_bytes();
    }
}

fn spoil(entries: &mut [Entry], change: impl FnOnce(&mut Entry)) {
    if let Some(entry) = entries.iter_mut().find(|entry| is_services(entry)) {
        change(entry);
    }
}

fn is_services(entry: &Entry) -> bool {
    entry.name == b"Services/Services.csv"
}

fn garbage(rng: &mut Rng, len: usize) -> Content {
    let bytes: Vec<u8> =
        std::iter::repeat_with(|| rng.next().to_le_bytes()).flatten().take(len).collect();
    Content::from(bytes)
}

const HTML: &str = "<!DOCTYPE html>\r\n<html><head><title>Sign in to the proxy</title></head>\
<body><form action=\"/login\"><input name=\"user\"></form></body></html>\r\n";

/// As Azure Storage answers for a blob that is gone ("Status and error codes").
const XML: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code>\
<Message>The specified blob does not exist.\nRequestId:00000000-0000-0000-0000-000000000000\n\
Time:2025-01-01T00:00:00.0000000Z</Message></Error>";
