//! `mde-forensics timeline`

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mde_forensics_package::{Error, Format, TableWriter, write_timesketch};

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::lines;
use crate::unread;

/// Print the events of a package in chronological order.
///
/// State at the time of collection is not an event. Rows whose day and month or time zone are unclear, and rows that were
/// only partly read, are left out here; they are in their tables with their original text, and are counted on standard
/// error.
///
/// Exits with 1 if there are such rows or events may be missing for another reason, which standard error explains, and
/// with 4 if the package is damaged or cannot be verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Package: a zip, or a folder with an extracted one.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// Output format; with `--json`, `text` becomes `ndjson`.
    #[arg(long, value_enum, default_value_t = TimelineFormat::Text)]
    format: TimelineFormat,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TimelineFormat {
    /// One line per event: time, event, message.
    Text,
    /// CSV, safe for spreadsheets.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// JSON lines for Timesketch.
    Timesketch,
}

/// Prints the events.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    let console = console.clone();
    blocking(move || {
        let failed = |error| Failure::from_package(&arguments.package, error);
        let package = evidence::open(&arguments.package, &arguments.evidence.access()?)?;
        let table = package.table("timeline").map_err(failed)?;
        let mut out = lines();
        let format = match arguments.format {
            TimelineFormat::Text if is_json => TimelineFormat::Ndjson,
            format => format,
        };
        let written = (|| {
            match format {
                TimelineFormat::Text => {
                    for line in table.batches.iter().flat_map(mde_forensics_package::timeline_lines)
                    {
                        writeln!(out, "{line}").map_err(Error::Write)?;
                    }
                }
                TimelineFormat::Timesketch => {
                    table.batches.iter().try_for_each(|batch| write_timesketch(batch, &mut out))?;
                }
                TimelineFormat::Csv | TimelineFormat::Ndjson => {
                    let format =
                        if format == TimelineFormat::Csv { Format::Csv } else { Format::Ndjson };
                    let mut writer = TableWriter::new(format, table.schema, &mut out)?;
                    table.batches.iter().try_for_each(|batch| writer.write(batch))?;
                    writer.finish()?;
                }
            }
            out.flush().map_err(Error::Write)
        })();
        match written {
            // A closed pipe is not an error.
            Err(Error::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => return Err(failed(error)),
            Ok(()) => {}
        }
        if table.rows() == 0 {
            console.note("the package has no events");
        }
        let exit = unread::tell(&console, &package, &table.issues);
        let is_whole = exit != Exit::Success || !table.is_partial;
        Ok(if is_whole { exit } else { Exit::Incomplete })
    })
    .await
}
