use std::{
    cell::RefCell,
    num::NonZeroUsize,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;

use crate::{
    bench::{
        Bench,
        program::{Running, argument, number},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        series::{Sample, Series},
    },
    failure::Failure,
    process,
    test::wheel,
};

/// The wheel, installed: collections in turn by the Rust client, by Python and by other HTTP of Python's, 200 at once by
/// asyncio against the Rust client's, what importing it takes, and the memory of a large download.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let python = wheel::installed(bench.workspace, &["httpx", "requests"])?;
    let script = bench.workspace.root.join("tests/bench/python.py");
    let rounds = bench.rounds.max(NINE);
    let many = bench.rounds.max(MANY);
    let devices = SEEN_FIRST + (many.get() + 1) * 4 * IN_TURN + (rounds.get() + 1) * 2 * AT_ONCE;
    let life = ["--pending", "0", "--running", "0"];
    let devices = devices.to_string();
    let fleet = [&["--devices", &devices], &life[..]].concat();
    let emulator = bench.program.emulator(&fleet)?;

    let rust = RefCell::new(bench.program.start(&["twin", &emulator.ready])?);
    let mut command = Command::new(&python);
    command.arg(&script).args(["serve", &emulator.ready]);
    let mut ours = Running::start(command)?;
    let told: Value = serde_json::from_str(&ours.line()?)?;
    let ours = RefCell::new(ours);
    let left = RefCell::new(texts(&told, "devices").skip(SEEN_FIRST));
    let ask = |program: &RefCell<Running>, how: &str, count: usize| {
        let devices: Vec<_> = left.borrow_mut().by_ref().take(count).collect();
        let answer = program.borrow_mut().ask(&format!("{how} {}", devices.join(" ")))?;
        Ok::<_, Failure>(Sample {
            seconds: number(&answer, "seconds")?,
            cpu_seconds: Some(number(&answer, "cpu_seconds")?),
            ..Sample::default()
        })
    };
    let in_turn = interleave(
        many,
        vec![
            Contender::new("20 in turn: Rust client", || ask(&rust, "one", IN_TURN)),
            Contender::new("20 in turn: Python", || ask(&ours, "one", IN_TURN)),
            Contender::new("20 in turn: requests", || ask(&ours, "requests", IN_TURN)),
            Contender::new("20 in turn: httpx", || ask(&ours, "httpx", IN_TURN)),
        ],
    )?;
    let at_once = interleave(
        rounds,
        vec![
            Contender::new("200 at once: Rust client", || ask(&rust, "all", AT_ONCE)),
            Contender::new("200 at once: asyncio", || ask(&ours, "all", AT_ONCE)),
        ],
    )?;
    let imported = interleave(
        rounds,
        vec![
            Contender::new("an empty interpreter", || start(&python, "pass")),
            Contender::new("import mde_forensics", || start(&python, "import mde_forensics")),
        ],
    )?;
    let peak = download(bench, &python, &script)?;

    let ratio = |series: &[Series], of: usize, to: usize| {
        series.get(of).zip(series.get(to)).and_then(|(of, to)| of.ratio_to(to))
    };
    // Over all rounds: the kernel counts in hundredths of a second.
    let cpu_ratio = |series: &[Series], of: usize, to: usize| {
        let total = |at: usize| {
            let samples = &series.get(at)?.samples;
            samples.iter().map(|sample| sample.cpu_seconds).sum::<Option<f64>>()
        };
        total(of).zip(total(to)).map_or(0.0, |(of, to)| of / to)
    };
    let import = imported
        .first()
        .zip(imported.get(1))
        .and_then(|(empty, with)| Some((with.seconds()? - empty.seconds()?) * 1e3));
    let limits = vec![
        Limit {
            what: "in turn, to the Rust client",
            measured: ratio(&in_turn, 1, 0),
            at_most: 1.3,
        },
        Limit {
            what: "at once, to the Rust client",
            measured: ratio(&at_once, 1, 0),
            at_most: 1.2,
        },
        Limit { what: "ms to import, over nothing", measured: import, at_most: 15.0 },
        Limit { what: "MiB above idle for 1 GiB", measured: Some(peak), at_most: 40.0 },
    ];
    let mut report = Report::new([in_turn.clone(), at_once.clone(), imported].concat())
        .with_limits(limits)
        .with_figure("processor time in turn, to the Rust client", cpu_ratio(&in_turn, 1, 0), "×")
        .with_figure("processor time at once, to the Rust client", cpu_ratio(&at_once, 1, 0), "×")
        .with_figure("in turn, to requests", ratio(&in_turn, 1, 2).unwrap_or(0.0), "×")
        .with_figure("in turn, to httpx", ratio(&in_turn, 1, 3).unwrap_or(0.0), "×");
    report.notes.push("calls of each collection, in this order:".to_owned());
    report.notes.extend(texts(&told, "calls").map(|call| format!("  {call}")));
    Ok(report)
}

/// An interpreter from its start to its end.
fn start(python: &Path, code: &str) -> Result<Sample, Failure> {
    let mut command = Command::new(python);
    command.args(["-c", code]).stdin(Stdio::null());
    let begun = Instant::now();
    let status = command.status()?;
    if !status.success() {
        return Err(Failure::new(format!("`{code}` ended with {status}")));
    }
    Ok(Sample { seconds: begun.elapsed().as_secs_f64(), ..Sample::default() })
}

/// MiB that a download takes at its peak above the interpreter that has only imported the package.
fn download(bench: &Bench<'_>, python: &Path, script: &Path) -> Result<f64, Failure> {
    let life = ["--pending", "0", "--running", "0", "--package-bytes", GIB];
    let emulator = bench.program.emulator(&life)?;
    let folder = bench.scratch.join("python");
    let mut command = Command::new(python);
    command.arg(script).args(["download", &emulator.ready, argument(&folder)?]);
    let answer = serde_json::from_slice(&process::stdout(command)?)?;
    std::fs::remove_dir_all(folder)?;
    Ok(number(&answer, "bytes")? / f64::from(1 << 20))
}

fn texts<'a>(told: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
    told.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

const NINE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8);
/// For rounds of some milliseconds: whether the kernel has client and emulator on one core or on two, which changes all
/// the time, makes more of a difference than the contenders do.
const MANY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(44);
const IN_TURN: usize = 20;
const AT_ONCE: usize = 200;
/// Devices that the script has tried itself with.
const SEEN_FIRST: usize = 3;
const GIB: &str = "1073741824";
