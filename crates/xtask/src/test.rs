mod arrows;
mod cargo;
mod count;
mod demo;
mod failures;
mod npm;
mod paths;
mod purity;
mod python;
mod readers;
mod scratch;
mod step;
mod suite;
mod tally;
pub(crate) mod tool;
mod tree;
mod wasm;
pub(crate) mod wheel;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use clap::{Args, builder::PossibleValuesParser};

use crate::{
    failure::Failure,
    test::{
        step::{STEPS, Step},
        tally::Tally,
        tool::Tool,
    },
    workspace::Workspace,
};

/// Runs every check of the project, one after the other, and installs the tools that they need.
///
/// Needs cargo, a C compiler, git, Python and Node. What else a step needs is installed before the
/// first step starts: `rustfmt`, `clippy`, the targets `wasm32-unknown-unknown` and
/// `x86_64-pc-windows-gnu` and the oldest Rust that is promised through rustup, `cargo-deny` through
/// cargo, a C compiler for Windows (`gcc-mingw-w64-x86-64`) and Chromium through apt-get when this is
/// root on a Debian, and Python wheels that read what we write (`evtx`, `jc`, `libscca-python`)
/// through pip, into an environment under the target folder. Where the compiler for Windows or the
/// oldest Rust cannot be had, its step is skipped.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run these steps alone.
    #[arg(long, value_name = "STEP,…", value_delimiter = ',', value_parser = step_names())]
    only: Vec<String>,
    /// Run all steps but these; they are counted as skipped.
    #[arg(long, value_name = "STEP,…", value_delimiter = ',', value_parser = step_names())]
    skip: Vec<String>,
    /// Go on after a step that failed.
    #[arg(long)]
    keep_going: bool,
    /// Say what the steps are, and run none.
    #[arg(long)]
    list: bool,
}

/// Runs the steps that `options` name. The last line printed is the count.
///
/// Fails when a tool's answer cannot be read; a check that fails is an exit code, not an error.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode, Failure> {
    if options.list {
        for step in STEPS {
            println!("{:<10}{}", step.name, step.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen =
        |step: &&Step| options.only.is_empty() || options.only.iter().any(|name| name == step.name);
    let steps: Vec<_> = STEPS.iter().filter(chosen).collect();
    let unwanted = |step: &Step| options.skip.iter().any(|name| name == step.name);

    let wanted = steps.iter().filter(|step| !unwanted(step));
    let tools: BTreeSet<_> = wanted.flat_map(|step| step.needs).copied().collect();
    let missing = tools.into_iter().filter(|tool| !provide(workspace, *tool)).collect();

    let mut total = Tally::default();
    for step in steps {
        if unwanted(step) || (total.failed > 0 && !options.keep_going) {
            say(step.name, "skipped");
            total.add(&Tally::skipped(1));
        } else {
            total.add(&carry_out(workspace, step, &missing));
        }
    }
    println!("{total}");
    io::stdout().flush()?;
    Ok(if total.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the tool is there now.
fn provide(workspace: &Workspace, tool: Tool) -> bool {
    // The longest name of a tool, and a space.
    begin(&format!("{tool:<23}"));
    let clock = Instant::now();
    match tool.ensure(workspace) {
        Ok(how) => {
            println!("{:>7.1} s  {how}", clock.elapsed().as_secs_f64());
            true
        }
        Err(failure) => {
            println!("missing\n{failure}");
            false
        }
    }
}

fn carry_out(workspace: &Workspace, step: &Step, missing: &BTreeSet<Tool>) -> Tally {
    begin(step.name);
    if let Some(tool) = step.needs.iter().find(|tool| missing.contains(tool)) {
        if tool.may_be_missing() {
            println!("SKIPPED: it needs {tool}, which could not be installed here; see above");
            return Tally::skipped(1);
        }
        println!("FAILED   it needs {tool}; leave it out with `--skip {}`", step.name);
        return Tally::failed(1);
    }
    let clock = Instant::now();
    let outcome = (step.run)(workspace);
    let seconds = clock.elapsed().as_secs_f64();
    let tally = match &outcome {
        Ok(tally) => {
            println!("{seconds:>7.1} s  {tally}");
            tally.clone()
        }
        Err(broken) => {
            println!("{seconds:>7.1} s  FAILED\n{}", broken.failure);
            broken.tally.clone()
        }
    };
    for note in &tally.notes {
        println!("{:10}{note}", "");
    }
    tally
}

fn begin(name: &str) {
    print!("{name:<10}");
    // A line that appears late is no loss.
    let _ = io::stdout().flush();
}

fn say(name: &str, what: &str) {
    begin(name);
    println!("{what}");
}

fn step_names() -> PossibleValuesParser {
    PossibleValuesParser::new(STEPS.iter().map(|step| step.name))
}
