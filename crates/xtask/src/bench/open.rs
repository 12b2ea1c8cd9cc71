use std::{fs, path::PathBuf, process::Command};

use crate::{
    bench::{
        Bench, child,
        program::{argument, number},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        series::Series,
        table::mebibytes,
    },
    failure::Failure,
};

/// A package opened and read whole: every hash, every table, every second count; one thread.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let (file, what) = package(bench)?;
    let text = argument(&file)?;
    let opened = bench.program.run(&["open", text])?;
    let series = interleave(
        bench.rounds,
        vec![Contender::new("open, all tables", || {
            child::measure(bench.program.command(&["open", text]))
        })],
    )?;
    let seconds = series.first().and_then(Series::seconds);
    let limits = vec![Limit {
        what: "milliseconds",
        measured: seconds.map(|s| s * 1_000.0),
        at_most: 250.0,
    }];
    Ok(Report::new(series)
        .with_limits(limits)
        .with_figure("rows", number(&opened, "rows")?, "")
        .with_figure(what, mebibytes(fs::metadata(&file)?.len()), "MiB"))
}

/// A package to read, and what it is.
pub(crate) fn package(bench: &Bench<'_>) -> Result<(PathBuf, &'static str), Failure> {
    if let Some(file) = sample(bench)? {
        return Ok((file, "members of a real package"));
    }
    println!("SKIPPED: the members of a real package are not at hand; an invented one is");
    Ok((invented(bench)?, "an invented package"))
}

fn invented(bench: &Bench<'_>) -> Result<PathBuf, Failure> {
    let (file, log) = (bench.scratch.join("invented.zip"), bench.scratch.join("invented.evtx"));
    bench.program.run(&["evidence", argument(&file)?, argument(&log)?, "0"])?;
    Ok(file)
}

/// The members of a real package as a zip, where they are at hand.
fn sample(bench: &Bench<'_>) -> Result<Option<PathBuf>, Failure> {
    let folder = bench.workspace.root.join("../shared/samples/package");
    if !folder.is_dir() {
        return Ok(None);
    }
    let file = bench.scratch.join("sample.zip");
    let mut zip = Command::new("python3");
    // `zip` is not everywhere; Python is needed anyhow.
    zip.current_dir(&folder).args(["-m", "zipfile", "-c"]).arg(&file).arg(".");
    crate::process::must(zip)?;
    Ok(Some(file))
}
