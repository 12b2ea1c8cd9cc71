//! `mde-forensics tree`

use std::path::PathBuf;

use clap::Args;
use mde_forensics_package::{Parent, ProcessNode};
use serde_json::json;

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{count, print, safe, short};
use crate::unread;

/// Print the processes of a package as a tree.
///
/// A process that started after its supposed child is not its parent: the process id was reused. Rows that cannot be read
/// come last, with their original text.
///
/// Exits with 1 if there are such rows or processes may be missing, and with 4 if the package is damaged or cannot be
/// verified; standard error says why.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Package: a zip, or a folder with an extracted one.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Prints the tree.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    let console = console.clone();
    blocking(move || {
        let package = evidence::open(&arguments.package, &arguments.evidence.access()?)?;
        let failed = |error| Failure::from_package(&arguments.package, error);
        let tree = package.process_tree().map_err(failed)?;
        let nodes = &tree.nodes;
        let lines: Vec<_> = nodes.iter().map(to_text).collect();
        print(&if is_json { json!(nodes).to_string() } else { lines.join("\n") })?;
        let exit = unread::tell(&console, &package, &tree.issues);
        let unread = nodes.iter().filter(|node| node.process_id.is_none()).count();
        if unread > 0 {
            console.note(&format!(
                "{} of the process list could not be read; shown last",
                count(unread, "row")
            ));
        }
        if nodes.is_empty() && exit == Exit::Success {
            console.note("the package has no process list");
        }
        let is_whole = unread == 0 && !nodes.is_empty() && !tree.is_partial;
        Ok(if is_whole || exit != Exit::Success { exit } else { Exit::Incomplete })
    })
    .await
}

fn to_text(node: &ProcessNode) -> String {
    let indent = "  ".repeat(node.depth.min(60) as usize);
    let command = short(node.command_line.as_deref().unwrap_or_default(), 200);
    let parent = match (node.parent, node.parent_process_id) {
        (Parent::Gone, Some(parent)) => format!("  (parent {parent} has ended)"),
        (Parent::Reused, Some(parent)) => {
            format!("  (parent {parent} has ended, its id was reused)")
        }
        _ => String::new(),
    };
    let Some(id) = node.process_id else {
        let raw = short(node.raw.as_deref().unwrap_or_default(), 200);
        return format!("{indent}? (not readable as a process)  {raw}").trim_end().to_owned();
    };
    format!("{indent}{id} {}  {command}{parent}", safe(&node.name)).trim_end().to_owned()
}
