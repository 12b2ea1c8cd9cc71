//! `Processes/Processes.csv`: what `Win32_Process` said.

mod row;
mod tree;

pub(super) use tree::{list, number_services};

use super::csv;
use super::host::Host;
use super::text;

/// One process.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) pid: u64,
    pub(super) parent: u64,
    pub(super) session: u64,
    /// Absent for protected processes, as is the command line.
    pub(super) path: Option<String>,
    pub(super) command_line: Option<String>,
    pub(super) created: time::OffsetDateTime,
}

/// The member's bytes.
pub(super) fn csv(host: &Host, processes: &[Process]) -> Vec<u8> {
    let mut out = format!("{TYPE}\n{}\n", csv::full_line(row::COLUMNS));
    for process in processes {
        out += &row::line(host, process);
        out.push('\n');
    }
    text::crlf(&out)
}

const TYPE: &str = "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Process";
