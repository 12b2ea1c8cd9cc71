mod child;
mod noise;
mod report;
mod rounds;
mod series;
mod table;

use std::{fs, num::NonZeroUsize, process::ExitCode};

use clap::{Args, builder::PossibleValuesParser};

use crate::{bench::report::Report, failure::Failure, workspace::Workspace};

/// Measures what the README claims, against the plain tools that people have.
///
/// The contenders of a benchmark take turns, so that what slows the machine slows all of them, and
/// only ratios within one run are compared. Ends badly when a limit is broken.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure these alone.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = names())]
    only: Vec<String>,
    /// How often each contender runs, after one round that does not count.
    #[arg(long, default_value = "5")]
    rounds: NonZeroUsize,
    /// Say what is measured, and measure nothing.
    #[arg(long)]
    list: bool,
}

/// One thing that is measured; each has a module of its own.
#[derive(Debug)]
struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace, NonZeroUsize) -> Result<Report, Failure>,
}

/// Runs the benchmarks that `options` name, prints a table and writes `bench/results.json` to the
/// target folder.
///
/// Fails when a contender cannot be run.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode, Failure> {
    if options.list {
        for benchmark in BENCHMARKS {
            println!("{:<10}{}", benchmark.name, benchmark.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = |benchmark: &&Benchmark| {
        options.only.is_empty() || options.only.iter().any(|name| name == benchmark.name)
    };
    let mut good = true;
    let mut results = Vec::new();
    for benchmark in BENCHMARKS.iter().filter(chosen) {
        println!("{}: {}", benchmark.name, benchmark.about);
        let report = (benchmark.run)(workspace, options.rounds)?;
        println!("{}", table::draw(&report));
        good &= report.is_good();
        results.push(report.to_json(benchmark.name));
    }
    let folder = workspace.target.join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("results.json");
    fs::write(&file, format!("{:#}\n", report::run_to_json(options.rounds, &results)))?;
    println!("{}", file.display());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(BENCHMARKS.iter().map(|benchmark| benchmark.name))
}

const BENCHMARKS: &[Benchmark] = &[Benchmark {
    name: "noise",
    about: "the same program against itself: how far this machine's ratios can be trusted",
    run: noise::run,
}];
