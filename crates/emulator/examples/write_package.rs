//! Writes an investigation package to a file: `write_package SEED OUT [SIZE] [DAMAGE]`.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use mde_forensics_emulator::package::{Package, PackageSpec};
use time::macros::datetime;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next();
    let (Some(seed), Some(out)) = (next(), next()) else {
        return Err("usage: write_package SEED OUT [SIZE] [DAMAGE]".into());
    };
    let seed = seed.parse()?;
    let name = format!("ws-{seed:03}.corp.example.com");
    let mut spec = PackageSpec::new(seed, name, datetime!(2026-06-15 09:12:33 UTC));
    spec.size = next().filter(|size| size != "-").map(|size| size.parse()).transpose()?;
    spec.damage = next().map(|name| serde_json::from_value(name.into())).transpose()?;

    let package = Package::generate(&spec);
    let mut file = BufWriter::new(File::create(out)?);
    let (mut offset, mut buf) = (0, vec![0; 1 << 20]);
    while let Some(bytes) = buf.get_mut(..) {
        let count = package.read_at(offset, bytes);
        if count == 0 {
            break;
        }
        file.write_all(bytes.get(..count).unwrap_or_default())?;
        offset += count as u64;
    }
    Ok(file.flush()?)
}
