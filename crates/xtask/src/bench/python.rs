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
        program::{Emulator, Program, Running, argument, number, on_one_core},
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
    let serve = |ready: &str| {
        let mut command = Command::new(&python);
        command.arg(&script).args(["serve", ready]);
        command
    };

    let one_core = bench.program.on_one_core();
    let emulator = fleet(&one_core, rounds, 4 * IN_TURN)?;
    let rust = RefCell::new(one_core.start(&["twin", &emulator.ready])?);
    let (ours, told) = started(on_one_core(serve(&emulator.ready)))?;
    let (ours, devices) =
        (RefCell::new(ours), RefCell::new(texts(&told, "devices").skip(SEEN_FIRST)));
    let ask = |program: &RefCell<Running>, how: &str| {
        let devices: Vec<_> = devices.borrow_mut().by_ref().take(IN_TURN).collect();
        asked(program, how, &devices)
    };
    let in_turn = interleave(
        rounds,
        vec![
            Contender::new("20 in turn: Rust client", || ask(&rust, "one")),
            Contender::new("20 in turn: Python", || ask(&ours, "one")),
            Contender::new("20 in turn: requests", || ask(&ours, "requests")),
            Contender::new("20 in turn: httpx", || ask(&ours, "httpx")),
        ],
    )?;

    let emulator = fleet(&bench.program, rounds, 2 * AT_ONCE)?;
    let rust = RefCell::new(bench.program.start(&["twin", &emulator.ready])?);
    let (ours, told) = started(serve(&emulator.ready))?;
    let (ours, devices) =
        (RefCell::new(ours), RefCell::new(texts(&told, "devices").skip(SEEN_FIRST)));
    let ask = |program: &RefCell<Running>| {
        let devices: Vec<_> = devices.borrow_mut().by_ref().take(AT_ONCE).collect();
        asked(program, "all", &devices)
    };
    let at_once = interleave(
        rounds,
        vec![
            Contender::new("200 at once: Rust client", || ask(&rust)),
            Contender::new("200 at once: asyncio", || ask(&ours)),
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

/// An emulator with so many devices for each round.
fn fleet(program: &Program, rounds: NonZeroUsize, devices: usize) -> Result<Emulator, Failure> {
    let devices = (SEEN_FIRST + (rounds.get() + 1) * devices).to_string();
    program.emulator(&["--devices", &devices, "--pending", "0", "--running", "0"])
}

/// The script, and what it says first.
fn started(command: Command) -> Result<(Running, Value), Failure> {
    let mut running = Running::start(command)?;
    let told = serde_json::from_str(&running.line()?)?;
    Ok((running, told))
}

fn asked(program: &RefCell<Running>, how: &str, devices: &[&str]) -> Result<Sample, Failure> {
    let answer = program.borrow_mut().ask(&format!("{how} {}", devices.join(" ")))?;
    Ok(Sample {
        seconds: number(&answer, "seconds")?,
        cpu_seconds: Some(number(&answer, "cpu_seconds")?),
        ..Sample::default()
    })
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
const IN_TURN: usize = 20;
const AT_ONCE: usize = 200;
/// Devices that the script has tried itself with.
const SEEN_FIRST: usize = 3;
const GIB: &str = "1073741824";
