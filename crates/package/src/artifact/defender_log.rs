//! Defender's own logs from `MPSupportFiles.cab`: `MPLog-*.log`, `MPDetection-*.log` and their kin, in UTC.

use super::Artifact;
use crate::{
    Column, ParseStatus, Precision, Stamp, TableSchema,
    clock::iso_utc,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "defender_log",
    tables: &[&DEFENDER_LOG],
    takes: |key: &Key| {
        let is_log = |begin: &str| key.file().starts_with(begin) && key.has_extension("log");
        ["mplog-", "mpdetection-", "mpdevicecontrol-", "mpscanskip-", "mpdlp-"]
            .into_iter()
            .any(is_log)
    },
    commands: &["WdSupportLogs"],
    read,
};

pub(crate) static DEFENDER_LOG: TableSchema = TableSchema::new(
    "defender_log",
    "one line of a log of Microsoft Defender Antivirus",
    &[Column::text("log"), Column::time("time"), Column::text("event"), Column::text("text")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let file = input.entry.key.file();
    let log = file.split('-').next().unwrap_or(file).to_owned();
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if text.is_empty() {
            continue;
        }
        let (time, rest) = timed(text);
        let event = rest.split_whitespace().next().filter(|word| {
            word.len() > 3
                && word.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'0'..=b'9'))
        });
        let cells = [(&log).into(), time.map_or(Cell::Null, Cell::Time), event.into(), rest.into()];
        let status = ParseStatus::Clean.or_partial(line.is_cut);
        output.row(&DEFENDER_LOG, line.number, status, line.text, &cells)?;
    }
    Ok(())
}

/// The time that a line begins with, as `2025-08-07T12:01:50.123Z` or without its `Z`, and the rest.
fn timed(text: &str) -> (Option<Stamp<'_>>, &str) {
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if word.len() < 19 || !word.starts_with(|c: char| c.is_ascii_digit()) {
        return (None, text);
    }
    let utc = iso_utc(word).or_else(|| iso_utc(&format!("{word}Z")));
    match utc {
        Some(utc) => {
            let precision =
                if word.contains('.') { Precision::Millisecond } else { Precision::Second };
            (Some(Stamp::utc(Some(utc), word, precision)), rest.trim_start())
        }
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::timed;

    #[test]
    fn a_line_may_have_no_time() {
        let (time, rest) = timed("2025-08-07T12:01:50.123 DETECTION x");
        assert_eq!((time.unwrap().utc, rest), (Some(1_754_568_110_123_000), "DETECTION x"));
        assert_eq!(timed("2025-08-07T12:01:50Z x").0.unwrap().utc, Some(1_754_568_110_000_000));
        assert_eq!(timed("Internal signature match").0, None);
    }
}
