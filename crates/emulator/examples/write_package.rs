//! Writes an investigation package to a file: `write_package SEED OUT [SIZE] [DAMAGE]`, and beside it, as
//! `OUT.written.json`, what it was written from.
//!
//! `SIZE` and `DAMAGE` may be `-` for none. A `SIZE` that begins with `~` leaves a hole where the event
//! log's middle belongs: a file of that length with the small members and the directory in place.

use std::error::Error;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use mde_forensics_emulator::package::{Package, PackageSpec};
use time::Duration;
use time::macros::datetime;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().filter(|argument| argument != "-");
    let (Some(seed), Some(out)) = (next(), next()) else {
        return Err("usage: write_package SEED OUT [SIZE] [DAMAGE]".into());
    };
    let size = next();
    let is_sparse = size.as_ref().is_some_and(|size| size.starts_with('~'));
    let seed: u64 = seed.parse()?;
    let name = format!("ws-{seed:03}.corp.example.com");
    // Another season for each seed, so that summer time comes and goes.
    let collected =
        datetime!(2026-01-15 09:12:33 UTC) + Duration::hours(709) * u8::try_from(seed % 97)?;
    let mut spec = PackageSpec::new(seed, name, collected);
    spec.size = size.map(|size| size.trim_start_matches('~').parse()).transpose()?;
    spec.damage = next().map(|name| serde_json::from_value(name.into())).transpose()?;

    let package = Package::generate(&spec);
    std::fs::write(format!("{out}.written.json"), serde_json::to_vec(package.written())?)?;
    let mut file = File::create(out)?;
    file.set_len(package.len())?;
    if is_sparse && package.len() > 2 * EDGE {
        write(&package, &mut file, 0..EDGE)?;
        write(&package, &mut file, package.len() - EDGE..package.len())?;
    } else {
        write(&package, &mut file, 0..package.len())?;
    }
    Ok(file.flush()?)
}

fn write(package: &Package, file: &mut File, range: Range<u64>) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(range.start))?;
    let (mut offset, mut buf) = (range.start, vec![0; 1 << 20]);
    while offset < range.end {
        let count = package.read_at(offset, &mut buf);
        file.write_all(buf.get(..count).unwrap_or_default())?;
        offset += count as u64;
    }
    Ok(())
}

/// Bytes at either end of a file with a hole.
const EDGE: u64 = 8 << 20;
