use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    bench::{
        Bench, child,
        program::{Emulator, argument, number, text},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        series::{Sample, median},
    },
    failure::Failure,
};

/// A package of 1 GiB into a file, and the memory that this takes; then one of 8 GiB.
///
/// The time of curl is its own `time_total`, which leaves the start of the process out, as ours does.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let source = Source::prepare(bench, GIB)?;
    let (synced, own) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let contenders = vec![
        Contender::new("curl -o", || {
            let file = bench.scratch.join("curl.zip");
            let sample = source.curl(&file)?;
            let sync = bench.program.run(&["sync", argument(&file)?])?;
            synced.borrow_mut().push(number(&sync, "seconds")?);
            fs::remove_file(file)?;
            Ok(sample)
        }),
        Contender::new("curl -o /dev/null", || source.curl(Path::new("/dev/null"))),
        Contender::new("mde-forensics", || {
            let (sample, answer) = source.download(bench)?;
            own.borrow_mut().push(answer);
            Ok(sample)
        }),
    ];
    let series = interleave(bench.rounds, contenders)?;
    drop(source);

    let own = own.into_inner();
    let [curl, raw, ours] = series.as_slice() else { return Ok(Report::new(series)) };
    let mut limits = vec![
        Limit { what: "ratio to `curl -o`", measured: ours.ratio_to(curl), at_most: 1.25 },
        Limit { what: "MiB above idle for 1 GiB", measured: above_idle(&own)?, at_most: 32.0 },
    ];
    let throughput = raw.seconds().map_or(0.0, |seconds| 1024.0 / seconds);
    let mut report = Report::new(series.clone())
        .with_figure("emulator, by curl to /dev/null", throughput, "MiB/s")
        .with_figure(
            "sync of curl's file",
            median(synced.into_inner().into_iter()).unwrap_or(0.0),
            "s",
        )
        .with_figure("sync of our file", typical(&own, "sync_seconds")?, "s")
        .with_figure(
            "our sealing after it: check and hash of every member, manifest",
            typical(&own, "seal_seconds")?,
            "s",
        );
    if !bench.quick {
        let (sample, answer) = Source::prepare(bench, 8 * GIB)?.download(bench)?;
        report = report.with_figure("8 GiB took", sample.seconds, "s");
        let own = [answer];
        limits.push(Limit {
            what: "MiB above idle for 8 GiB",
            measured: above_idle(&own)?,
            at_most: 32.0,
        });
    }
    Ok(report.with_limits(limits))
}

/// One package at an emulator.
struct Source {
    emulator: Emulator,
    handle: String,
    link: String,
    bytes: u64,
}

impl Source {
    fn prepare(bench: &Bench<'_>, bytes: u64) -> Result<Self, Failure> {
        let size = bytes.to_string();
        let emulator = bench.program.emulator(&["--devices", "1", "--package-bytes", &size])?;
        let prepared = bench.program.run(&["prepare", &emulator.ready])?;
        let handle = text(&prepared, "handle")?.to_owned();
        let link = text(&prepared, "link")?.to_owned();
        Ok(Self { emulator, handle, link, bytes })
    }

    fn curl(&self, file: &Path) -> Result<Sample, Failure> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--noproxy", "*"]);
        curl.args(["--write-out", "%{time_total} %{size_download}", "--output"]);
        curl.arg(file).arg(&self.link);
        let (sample, text) = child::measure_text(curl)?;
        let numbers = text.split_once(' ').and_then(|(seconds, bytes)| {
            Some((seconds.parse::<f64>().ok()?, bytes.trim().parse::<u64>().ok()?))
        });
        match numbers {
            Some((seconds, bytes)) if bytes >= self.bytes => Ok(Sample { seconds, ..sample }),
            _ => Err(Failure::new(format!("`curl` did not get the package: {text}"))),
        }
    }

    /// Our download of it, and all that the measured program said.
    fn download(&self, bench: &Bench<'_>) -> Result<(Sample, Value), Failure> {
        let folder: PathBuf = bench.scratch.join("evidence");
        let arguments = ["download", &self.emulator.ready, &self.handle, argument(&folder)?];
        let (sample, text) = child::measure_text(bench.program.command(&arguments))?;
        let answer: Value = serde_json::from_str(&text)?;
        fs::remove_dir_all(folder)?;
        Ok((Sample { seconds: number(&answer, "download_seconds")?, ..sample }, answer))
    }
}

/// The highest peak of memory over what the program had before it began, in MiB.
fn above_idle(answers: &[Value]) -> Result<Option<f64>, Failure> {
    let above = |answer| {
        Ok((number(answer, "peak_bytes")? - number(answer, "idle_bytes")?) / f64::from(1 << 20))
    };
    let above = answers.iter().map(above).collect::<Result<Vec<_>, Failure>>()?;
    Ok(above.into_iter().max_by(f64::total_cmp))
}

fn typical(answers: &[Value], what: &str) -> Result<f64, Failure> {
    let seconds = answers.iter().map(|answer| number(answer, what));
    let seconds = seconds.collect::<Result<Vec<_>, Failure>>()?;
    Ok(median(seconds.into_iter()).unwrap_or(0.0))
}

const GIB: u64 = 1 << 30;
