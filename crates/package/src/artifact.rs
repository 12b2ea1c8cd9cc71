//! Artifacts: one file each, from a member's bytes to rows.
//!
//! How to add one: make `artifact/NAME.rs` with
//!
//! 1. a `TableSchema` for each table, with its columns ([`Column`](crate::Column));
//! 2. a `pub(super) const ARTIFACT: Artifact` that says which members it takes (by [`Key`], whose parts
//!    have neither case, spaces nor underscores), which commands of the agent's summary write them,
//!    and which function reads one member;
//! 3. that function: it gets the member as an [`Input`] (`lines()`, `records()`, `held(limit)`, or
//!    `bytes`, which is an `io::Read` for what is streamed) and gives each row to the [`Output`], with
//!    line or record number, status, raw text, and one cell for each column. What is remarkable
//!    goes to `output.issue`. It fails only with what `?` brings: damage ends the member, not the table.
//!
//! Then list it in [`ARTIFACTS`]. Columns of provenance, batches, budgets and formats are not its
//! business. Times are made by `output.clock().local(text)` or `Stamp::utc`.

mod arp;
mod autoruns;
mod collector_log;
mod defender_log;
mod dns_cache;
mod firewall;
mod groups;
mod net_adapters;
mod net_sockets;
mod other_events;
pub(crate) mod prefetch;
pub(crate) mod processes;
mod programs;
pub(crate) mod robocopy;
pub(crate) mod scheduled_tasks;
mod security_events;
pub(crate) mod services;
mod sessions;
mod smb;
pub(crate) mod summary;
pub(crate) mod system_info;
mod temp_files;
mod values;

use crate::{
    TableSchema,
    package::{Input, Key, Origin},
    table::{Output, Stop},
};

pub(crate) use values::Columns;

/// A kind of evidence: the members it is read from, and its tables.
pub(crate) struct Artifact {
    /// Its name, as in the coverage.
    pub(crate) name: &'static str,
    pub(crate) tables: &'static [&'static TableSchema],
    /// Whether it is read from a member with this name.
    pub(crate) takes: fn(&Key) -> bool,
    /// The commands in the agent's summary that produce such members.
    pub(crate) commands: &'static [&'static str],
    /// Reads one member.
    pub(crate) read: fn(Input<'_>, &mut Output<'_>) -> Result<(), Stop>,
}

impl Artifact {
    /// Whether it is read from a member with this name and origin.
    pub(crate) fn reads(&self, key: &Key, origin: Origin) -> bool {
        (self.takes)(key) && origin.holds(self.name)
    }
}

/// Every artifact, in the order in which tables are listed.
pub(crate) const ARTIFACTS: &[Artifact] = &[
    summary::ARTIFACT,
    system_info::ARTIFACT,
    processes::ARTIFACT,
    services::ARTIFACT,
    scheduled_tasks::ARTIFACT,
    autoruns::ARTIFACT,
    programs::ARTIFACT,
    net_sockets::ARTIFACT,
    arp::ARTIFACT,
    dns_cache::ARTIFACT,
    net_adapters::ARTIFACT,
    firewall::ARTIFACT,
    robocopy::ARTIFACT,
    prefetch::ARTIFACT,
    security_events::ARTIFACT,
    other_events::ARTIFACT,
    temp_files::ARTIFACT,
    groups::ARTIFACT,
    sessions::ARTIFACT,
    smb::ARTIFACT,
    defender_log::ARTIFACT,
    collector_log::ARTIFACT,
];

/// The tables of all artifacts, in order.
pub(crate) fn tables() -> impl Iterator<Item = &'static TableSchema> {
    ARTIFACTS.iter().flat_map(|artifact| artifact.tables.iter().copied())
}
