//! The command line.

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::command::{
    cancel, collect, compare, completions, demo, emulator, extract, open, resume, search, status,
    tables, timeline, tree, verify,
};
use crate::exit;

mod duration;
pub(crate) mod evidence;
pub(crate) mod run;
pub(crate) mod service;

/// Collect, verify and open Microsoft Defender for Endpoint investigation packages.
#[derive(Debug, Parser)]
#[command(name = "mde-forensics", version, propagate_version = true, after_long_help = exit::HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results and progress are shown.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Print the result as one JSON document (`timeline`: one object per line).
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Hide progress; warnings and errors are still shown.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log each step (-v) or everything (-vv) to standard error; secrets are never logged.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Collect(collect::Arguments),
    Status(status::Arguments),
    Resume(resume::Arguments),
    Cancel(cancel::Arguments),
    Verify(verify::Arguments),
    Open(open::Arguments),
    Tables(tables::Arguments),
    Timeline(timeline::Arguments),
    Compare(compare::Arguments),
    Search(search::Arguments),
    Tree(tree::Arguments),
    Extract(extract::Arguments),
    Emulator(emulator::Arguments),
    Demo(demo::Arguments),
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
