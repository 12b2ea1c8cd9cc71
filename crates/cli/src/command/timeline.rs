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

/// Prints what has a time of its own, in the order of time.
///
/// A state at the time of collection is no event and gets no time. Where day and month or the zone could not be told,
/// or a row was read in part, the event is not here but in its table, with its text as it stands; such rows are counted
/// on standard error. Ends with 1 if there are any, or events may be missing for another reason, which standard error
/// says, and with 4 if the package is damaged or could not be verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A package: a zip, or a folder that somebody extracted one to.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// How events are printed; `--json` is `ndjson`.
    #[arg(long, value_enum, default_value_t = TimelineFormat::Text)]
    format: TimelineFormat,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TimelineFormat {
    /// A line for people: time, event, message.
    Text,
    /// CSV, safe for spreadsheets.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// JSON lines as Timesketch takes them.
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
            // That nobody reads on is no error.
            Err(Error::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => return Err(failed(error)),
            Ok(()) => {}
        }
        if table.rows() == 0 {
            console.note("there is no event with a time of its own");
        }
        let exit = unread::tell(&console, &package, &table.issues);
        let is_whole = exit != Exit::Success || !table.is_partial;
        Ok(if is_whole { exit } else { Exit::Incomplete })
    })
    .await
}
