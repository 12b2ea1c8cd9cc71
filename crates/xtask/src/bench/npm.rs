use std::{
    cell::RefCell,
    fs,
    num::NonZeroUsize,
    path::Path,
    process::{Command, Stdio},
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
    npm, process,
};

/// The npm package, built: from its loaded modules to a client, one request made and one answer read, and collections in
/// turn by its client and by a bare loop over `fetch` with the same calls.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let package = npm::build(bench.workspace)?;
    let script = bench.workspace.root.join("tests/bench/npm.mjs");
    let rounds = bench.rounds.max(NINE);
    let many = bench.rounds.max(MANY);
    let devices = (SEEN_FIRST + (many.get() + 1) * 2 * IN_TURN).to_string();
    let life = ["--pending", "0", "--running", "0"];
    let emulator = bench.program.emulator(&[&["--devices", &devices], &life[..]].concat())?;
    let node = |more: &[&str]| {
        let mut command = Command::new("node");
        command.arg(&script).arg(&package).args(more);
        command
    };

    let mut ours = Running::start(node(&["serve", &emulator.ready]))?;
    let told: Value = serde_json::from_str(&ours.line()?)?;
    let devices = told.get("devices").and_then(Value::as_array).into_iter().flatten();
    let left = RefCell::new(devices.filter_map(Value::as_str));
    let ours = RefCell::new(ours);
    let ask = |how: &str| {
        let devices: Vec<_> = left.borrow_mut().by_ref().take(IN_TURN).collect();
        sample(&ours.borrow_mut().ask(&format!("{how} {}", devices.join(" ")))?)
    };
    let in_turn = interleave(
        many,
        vec![
            Contender::new("20 in turn: bare fetch", || ask("bare")),
            Contender::new("20 in turn: the client", || ask("ours")),
        ],
    )?;
    let once = |what: &str| {
        let mut command = node(&[what]);
        command.stdin(Stdio::null());
        sample(&serde_json::from_slice(&process::stdout(command)?)?)
    };
    let alone = interleave(
        rounds,
        vec![
            Contender::new("from modules to a client", || once("start")),
            Contender::new("one request and one answer", || once("calls")),
        ],
    )?;

    // By processor time: what waits for others on a busy machine is not ours.
    let cpu = |at: usize, unit: f64| alone.get(at).and_then(Series::cpu_seconds).map(|s| s * unit);
    let ratio = in_turn.get(1).zip(in_turn.first()).and_then(|(of, to)| of.ratio_to(to));
    let limits = vec![
        Limit { what: "in turn, to a bare fetch", measured: ratio, at_most: 1.3 },
        Limit { what: "ms of processor to a client", measured: cpu(0, 1e3), at_most: 15.0 },
        Limit { what: "µs of processor for a call", measured: cpu(1, 1e6), at_most: 20.0 },
    ];
    let wasm = package.join("dist/wasm/mde_forensics_bg.wasm");
    Ok(Report::new([in_turn, alone].concat())
        .with_limits(limits)
        .with_figure("the wasm", kilobytes(fs::metadata(&wasm)?.len()), "kB")
        .with_figure("the wasm, gzipped", gzipped(&wasm)?, "kB"))
}

fn sample(answer: &Value) -> Result<Sample, Failure> {
    Ok(Sample {
        seconds: number(answer, "seconds")?,
        cpu_seconds: Some(number(answer, "cpu_seconds")?),
        ..Sample::default()
    })
}

/// As `gzip -9` makes it.
fn gzipped(file: &Path) -> Result<f64, Failure> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "--stdout", argument(file)?]);
    Ok(kilobytes(process::stdout(gzip)?.len() as u64))
}

#[expect(clippy::cast_precision_loss, reason = "a file of some kB")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1e3
}

const NINE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8);
/// For rounds of some milliseconds: whether the kernel has client and emulator on one core or on two, which changes all
/// the time, makes more of a difference than the contenders do.
const MANY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(44);
const IN_TURN: usize = 20;
/// Devices that the script has tried itself with.
const SEEN_FIRST: usize = 3;
