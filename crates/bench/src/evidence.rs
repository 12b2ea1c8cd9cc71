//! A package as tables, and an event log as Parquet or, by the `evtx` crate, as JSON.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use evtx::{EvtxParser, ParserSettings};
use mde_forensics_emulator::package::{Package as Generated, PackageSpec};
use mde_forensics_package::{Budgets, Format, Inventory, Package, TableWriter};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::Result;
use crate::verify::FileSource;

/// Writes an invented package of at least so many bytes, and its event log beside it.
pub(crate) fn write(file: &Path, log: &Path, bytes: u64) -> Result<Value> {
    let mut spec = PackageSpec::new(7, "ws-042.contoso.com", datetime!(2026-01-05 10:00 UTC));
    spec.size = Some(bytes);
    let package = Generated::generate(&spec);
    let mut out = BufWriter::new(File::create(file)?);
    let mut block = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let count = package.read_at(at, &mut block);
        if count == 0 {
            break;
        }
        out.write_all(block.get(..count).unwrap_or_default())?;
        at += count as u64;
    }
    out.flush()?;
    let source = FileSource::open(file)?;
    let budgets = Budgets::default();
    let inventory = Inventory::read(&source, &budgets)?;
    let member = inventory.members.iter().find(|member| member.name.contains("Security.evtx"));
    let member = member.ok_or("the package has no event log")?;
    let mut reader = inventory.reader(&source, member, &budgets)?;
    io::copy(&mut reader, &mut BufWriter::new(File::create(log)?))?;
    Ok(json!({ "bytes": fs::metadata(file)?.len(), "log_bytes": fs::metadata(log)?.len() }))
}

/// Opens a package, hashes every member and reads every table, on one thread.
pub(crate) fn open(file: &Path) -> Result<Value> {
    let clock = Instant::now();
    let package = Package::open(FileSource::open(file)?, &Budgets::default())?;
    let opened = clock.elapsed();
    let report = package.report()?;
    let rows: u64 = report.tables.iter().map(|table| table.rows).sum();
    Ok(json!({
        "opened_seconds": opened.as_secs_f64(),
        "seconds": clock.elapsed().as_secs_f64(),
        "rows": rows,
        "issues": report.issues.len(),
    }))
}

/// Reads the event log of a package, and writes it as Parquet.
pub(crate) fn events(file: &Path, to: &Path) -> Result<Value> {
    let source = FileSource::open(file)?;
    let budgets = Budgets::default();
    let inventory = Inventory::read(&source, &budgets)?;
    let package = Package::from_inventory(source, inventory, &budgets)?;
    let table = Package::<FileSource>::schemas().find(|table| table.name == "security_events");
    let table = table.ok_or("there is no table of events")?;
    let mut writer = TableWriter::new(Format::Parquet, table, BufWriter::new(File::create(to)?))?;
    let mut rows = 0;
    let read = package.stream(table.name, &mut |batch| {
        rows += batch.num_rows();
        writer.write(&batch)
    })?;
    writer.finish()?.flush()?;
    if read.is_partial {
        return Err("the event log was not read to its end".into());
    }
    Ok(json!({ "rows": rows }))
}

/// Reads an event log by the `evtx` crate, and writes it as JSON.
pub(crate) fn json(log: &Path, to: &Path) -> Result<Value> {
    let settings = ParserSettings::default().num_threads(1).indent(false);
    let mut parser = EvtxParser::from_path(log)?.with_configuration(settings);
    let mut out = BufWriter::new(File::create(to)?);
    let mut rows = 0;
    for record in parser.records_json() {
        writeln!(out, "{}", record?.data)?;
        rows += 1;
    }
    out.flush()?;
    Ok(json!({ "rows": rows }))
}
