use std::fs;

use crate::{
    bench::{
        Bench, child,
        program::{argument, number},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        table::mebibytes,
    },
    failure::Failure,
};

/// An event log to Parquet, against the `evtx` crate to JSON; one thread each.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let bytes: u64 = if bench.quick { 128 << 20 } else { 4 << 30 };
    let place = |name: &str| bench.scratch.join(name);
    let (file, log) = (place("events.zip"), place("events.evtx"));
    let (parquet, json) = (place("events.parquet"), place("events.json"));
    let (file_text, log_text) = (argument(&file)?, argument(&log)?);
    let (parquet_text, json_text) = (argument(&parquet)?, argument(&json)?);
    let written = bench.program.run(&["evidence", file_text, log_text, &bytes.to_string()])?;
    let series = interleave(
        bench.rounds,
        vec![
            Contender::new("evtx, JSON", || {
                child::measure(bench.program.command(&["json", log_text, json_text]))
            }),
            Contender::new("mde-forensics, Parquet", || {
                child::measure(bench.program.command(&["events", file_text, parquet_text]))
            }),
        ],
    )?;
    let rows = bench.program.run(&["events", file_text, parquet_text])?;
    let limits = match series.as_slice() {
        [evtx, ours] => vec![
            Limit {
                what: "time, ratio to `evtx`",
                measured: ours.ratio_to(evtx),
                at_most: 1.0 / 0.7,
            },
            Limit {
                what: "peak memory, MiB",
                measured: ours.peak_bytes().map(mebibytes),
                at_most: 96.0,
            },
        ],
        _ => Vec::new(),
    };
    let output = [&parquet, &json].map(|file| fs::metadata(file).map_or(0, |data| data.len()));
    for file in [&file, &log, &parquet, &json] {
        fs::remove_file(file)?;
    }
    Ok(Report::new(series)
        .with_limits(limits)
        .with_figure("events", number(&rows, "rows")?, "")
        .with_figure("log", number(&written, "log_bytes")? / f64::from(1 << 20), "MiB")
        .with_figure("Parquet", mebibytes(output[0]), "MiB"))
}
