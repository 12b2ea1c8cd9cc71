use crate::{
    bench::{
        Bench, child, open,
        program::argument,
        report::{Limit, Report},
        rounds::{Contender, interleave},
    },
    failure::Failure,
    npm, process,
    test::tool::Tool,
};

/// A package opened and read whole by the npm package's wasm in Node, its start included, against the native reader;
/// and how large that wasm is.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    Tool::WasmTarget.ensure(bench.workspace)?;
    let dist = npm::build(bench.workspace)?.join("dist");
    let (file, what) = open::package(bench)?;
    let (path, script) = (argument(&file)?, bench.workspace.root.join("tests/bench/opened.mjs"));
    let series = interleave(
        bench.rounds,
        vec![
            Contender::new("native", || child::measure(bench.program.command(&["open", path]))),
            Contender::new("wasm in Node", || {
                let mut node = bench.workspace.command("node");
                node.arg(&script).arg(&dist).arg(path);
                child::measure(node)
            }),
        ],
    )?;
    let mut gzip = bench.workspace.command("node");
    gzip.args(["--eval", GZIPPED]).arg(dist.join("wasm/mde_forensics_package_bg.wasm"));
    let kilobytes = process::must(gzip)?.trim().parse().ok();
    let limits = vec![Limit { what: "gzipped wasm, kB", measured: kilobytes, at_most: 1_200.0 }];
    let mut report = Report::new(series).with_limits(limits);
    report.notes.push(format!("read: {what}"));
    Ok(report)
}

const GZIPPED: &str = r"
const bytes = require('node:fs').readFileSync(process.argv[1]);
console.log(require('node:zlib').gzipSync(bytes, { level: 9 }).length / 1000);
";
