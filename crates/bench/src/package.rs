//! A package to verify: text and records that compress, as most members do, and members that are stored.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::Result;

/// Writes members of 8 MiB: of four, two are deflated text, one is deflated records, one is stored noise.
pub(crate) fn write(file: &Path, bytes: u64) -> Result<Value> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(file)?));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let members = bytes.div_ceil(MEMBER as u64);
    for index in 0..members {
        let (name, method, content) = match index % 4 {
            0 | 2 => ("Processes.csv", CompressionMethod::Deflated, text(&mut random)),
            1 => ("Security.evtx", CompressionMethod::Deflated, records(&mut random)),
            _ => ("MPSupportFiles.cab", CompressionMethod::Stored, noise(&mut random)),
        };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(format!("{index:04}/{name}"), options)?;
        zip.write_all(&content)?;
    }
    zip.finish()?.into_inner()?.sync_all()?;
    Ok(json!({ "members": members, "inflated_bytes": members * MEMBER as u64 }))
}

/// Rows as a list of processes has them.
fn text(random: &mut Random) -> Vec<u8> {
    let mut text = String::with_capacity(MEMBER + 256);
    while text.len() < MEMBER {
        let (id, parent, memory) =
            (random.below(65_536), random.below(65_536), random.below(1 << 30));
        let program = PROGRAMS.get(random.below(PROGRAMS.len())).copied().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\"{program}\",\"{id}\",\"{parent}\",\"Services\",\"{memory}\",\"C:\\Windows\\System32\\{program}\",\"Running\""
        );
    }
    let mut bytes = text.into_bytes();
    bytes.truncate(MEMBER);
    bytes
}

/// Records of one form with numbers of their own, as an event log has them.
fn records(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MEMBER + 256);
    while bytes.len() < MEMBER {
        bytes.extend_from_slice(b"\x2a\x2a\x00\x00\xf8\x01\x00\x00");
        bytes.extend_from_slice(&random.next().to_le_bytes());
        bytes.extend_from_slice(&[0; 48]);
        bytes.extend(
            "Microsoft-Windows-Security-Auditing".encode_utf16().flat_map(u16::to_le_bytes),
        );
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(MEMBER);
    bytes
}

/// What does not compress.
fn noise(random: &mut Random) -> Vec<u8> {
    let words = std::iter::repeat_with(|| random.next().to_le_bytes());
    words.take(MEMBER / 8).flatten().collect()
}

/// `xorshift64`, so that every run writes the same package.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }
}

const MEMBER: usize = 8 << 20;
const PROGRAMS: &[&str] =
    &["svchost.exe", "lsass.exe", "MsMpEng.exe", "explorer.exe", "powershell.exe", "chrome.exe"];
