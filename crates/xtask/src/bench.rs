mod child;
mod core;
mod download;
mod events;
mod fleet;
mod machine;
mod noise;
mod npm;
mod open;
mod program;
mod python;
mod report;
mod rounds;
mod series;
mod table;
mod verify;
mod wasm;
mod workflow;

use std::{fs, num::NonZeroUsize, path::PathBuf, process::ExitCode};

use clap::{Args, builder::PossibleValuesParser};
use serde_json::json;

use crate::{
    bench::{machine::Machine, program::Program, report::Report},
    failure::Failure,
    workspace::Workspace,
};

/// Measures what the README claims, against the plain tools that people have.
///
/// The contenders of a benchmark take turns, so that what slows the machine slows all of them, and
/// only ratios within one run are compared. Ends badly when a limit is broken. Needs Linux, curl,
/// unzip and Python.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure these alone.
    #[arg(value_name = "NAME", value_parser = names())]
    names: Vec<String>,
    /// How often each contender runs, after one round that does not count.
    #[arg(long, default_value = "5", default_value_if("quick", "true", "3"))]
    rounds: NonZeroUsize,
    /// Fewer rounds, and nothing that takes minutes.
    #[arg(long)]
    quick: bool,
    /// Say what is measured, and measure nothing.
    #[arg(long)]
    list: bool,
}

/// One thing that is measured; each has a module of its own.
#[derive(Debug)]
struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&Bench<'_>) -> Result<Report, Failure>,
}

/// What every benchmark works with.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) program: Program,
    /// An empty folder for large files.
    pub(crate) scratch: PathBuf,
    pub(crate) rounds: NonZeroUsize,
    pub(crate) quick: bool,
}

/// Runs the benchmarks that `options` name, prints a table of each and writes it to `bench/NAME.json`
/// in the target folder.
///
/// Fails when a contender cannot be run.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode, Failure> {
    if options.list {
        for benchmark in BENCHMARKS {
            println!("{:<10}{}", benchmark.name, benchmark.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let folder = workspace.target.join("bench");
    let scratch = folder.join("scratch");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    let machine = Machine::this()?;
    println!("{machine}");
    let program = Program::build(workspace)?;
    let &Options { rounds, quick, .. } = options;
    let bench = Bench { workspace, program, scratch, rounds, quick };

    let mut good = true;
    let chosen = |benchmark: &&Benchmark| {
        options.names.is_empty() || options.names.iter().any(|name| name == benchmark.name)
    };
    for benchmark in BENCHMARKS.iter().filter(chosen) {
        println!("\n{}: {}", benchmark.name, benchmark.about);
        let before = machine::load();
        let report = (benchmark.run)(&bench)?;
        let load = [before, machine::load()];
        print!("{}", table::draw(&report));
        if let [Some(before), Some(after)] = load {
            println!("  load of the machine: {before} before, {after} after");
        }
        good &= report.is_good();
        let result = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "machine": machine.to_json(),
            "load": load,
            "rounds": rounds,
            "quick": quick,
            "benchmark": report.to_json(benchmark.name),
        });
        fs::write(folder.join(format!("{}.json", benchmark.name)), format!("{result:#}\n"))?;
    }
    println!("\n{}", folder.join("NAME.json").display());
    fs::remove_dir_all(&bench.scratch)?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(BENCHMARKS.iter().map(|benchmark| benchmark.name))
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "noise",
        about: "the same program against itself: how far this machine's ratios can be trusted",
        run: noise::run,
    },
    Benchmark {
        name: "core",
        about: "one request made and one answer read, with nothing sent",
        run: core::run,
    },
    Benchmark {
        name: "workflow",
        about: "one device to the link of its package, against a bare loop with the same calls",
        run: workflow::run,
    },
    Benchmark {
        name: "verify",
        about: "structure and every CRC of a package of 1 GiB, against `unzip -t`",
        run: verify::run,
    },
    Benchmark {
        name: "open",
        about: "a package opened, every member hashed and every table read",
        run: open::run,
    },
    Benchmark {
        name: "wasm",
        about: "the same by the npm package's wasm in Node, against the native reader; its size",
        run: wasm::run,
    },
    Benchmark {
        name: "events",
        about: "an event log of 4 GiB to Parquet, against the crate `evtx` to JSON",
        run: events::run,
    },
    Benchmark {
        name: "download",
        about: "a package of 1 GiB into a file, hashed on the way, against `curl -o`",
        run: download::run,
    },
    Benchmark {
        name: "python",
        about: "the wheel: against the Rust client, requests and httpx",
        run: python::run,
    },
    Benchmark {
        name: "npm",
        about: "the npm package in Node: against a bare loop over fetch",
        run: npm::run,
    },
    Benchmark {
        name: "fleet",
        about: "1,000 and 10,000 devices at once, without quotas",
        run: fleet::run,
    },
];
