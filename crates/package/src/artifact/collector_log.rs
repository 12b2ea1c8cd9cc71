//! What the agent's commands printed besides the evidence itself; it is not interpreted.

use super::Artifact;
use crate::{
    Column, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "collector_log",
    tables: &[&COLLECTOR_LOG],
    takes: |key: &Key| {
        matches!(key.file(), "firewallexecutionlog.txt" | "mpcmdrunlog.txt" | "security.txt")
    },
    commands: &[],
    read,
};

pub(crate) static COLLECTOR_LOG: TableSchema = TableSchema::new(
    "collector_log",
    "one line that a command of the agent printed besides the evidence",
    &[Column::text("text")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if !text.is_empty() {
            let status = ParseStatus::Clean.or_partial(line.is_cut);
            output.row(&COLLECTOR_LOG, line.number, status, line.text, &[text.into()])?;
        }
    }
    Ok(())
}
