//! The members of a package, in agreement with each other.

use time::{Duration, OffsetDateTime};

use super::content::Content;
use super::evtx;
use super::host::Host;
use super::processes::{self, Process};
use super::services::{self, Service};
use super::spec::PackageSpec;
use super::summary::{self, Command};
use super::zip::Entry;

/// Everything that the artifacts are written from.
#[derive(Debug)]
pub(super) struct Members {
    host: Host,
    commands: Vec<Command>,
    processes: Vec<Process>,
    entries: Vec<Entry>,
}

impl Members {
    /// Invents the device and writes all members but the event log, whose length is not settled yet.
    pub(super) fn invent(spec: &PackageSpec) -> Self {
        let host = Host::invent(spec);
        let commands = summary::commands(&host);
        let mut services = services::list(&host);
        processes::number_services(&host, &mut services);
        let listed = summary::at(&commands, "ProcessList");
        let processes = processes::list(&host, &services, listed);
        let entries = write(&host, &commands, &services, &processes);
        Self { host, commands, processes, entries }
    }

    /// All entries, the event log with so many filler chunks.
    pub(super) fn entries(&self, filler_chunks: u64) -> Vec<Entry> {
        let log = evtx::content(&self.host, &self.processes, filler_chunks);
        let name = "Security Event Log/Security.evtx";
        let entry = if filler_chunks == 0 {
            Entry::deflated(name, log.to_vec())
        } else {
            Entry::stored(name, log)
        };
        let mut entries = self.entries.clone();
        entries.push(entry);
        entries
    }

    /// When the agent put the package together.
    pub(super) fn finished(&self) -> OffsetDateTime {
        let last = self.commands.last().map_or(self.host.started, |command| command.at);
        last + Duration::seconds(20)
    }
}

fn write(
    host: &Host,
    commands: &[Command],
    services: &[Service],
    processes: &[Process],
) -> Vec<Entry> {
    vec![
        Entry::deflated("Forensics Collection Summary.csv", summary::csv(commands)),
        Entry::deflated("Processes/Processes.csv", processes::csv(host, processes)),
        Entry::stored("Security Event Log/Security.txt", Content::default()),
        Entry::deflated("Services/Services.csv", services::csv(host, services)),
    ]
}
