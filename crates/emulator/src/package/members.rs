//! The members of a package, in agreement with each other.

use time::{Duration, OffsetDateTime};

use super::host::Host;
use super::processes::{self, Process};
use super::services::{self, Service};
use super::spec::PackageSpec;
use super::summary::{self, Command};
use super::written::{PrefetchFile, TempEntry, Written};
use super::zip::Entry;
use super::{
    autoruns, evtx, firewall, network, prefetch, programs, smb, support, system, tasks, temp, users,
};

/// Everything that the artifacts are written from.
#[derive(Debug)]
pub(super) struct Members {
    host: Host,
    commands: Vec<Command>,
    services: Vec<Service>,
    processes: Vec<Process>,
    entries: Vec<Entry>,
    counts: Counts,
}

/// What the artifacts say is in them.
#[derive(Debug)]
struct Counts {
    tasks: usize,
    task_rows: usize,
    registry_keys: usize,
    registry_values: usize,
    sockets: usize,
    prefetch: Vec<PrefetchFile>,
    defender_events: usize,
    firewall_events: usize,
    temp_entries: Vec<TempEntry>,
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
        let (entries, counts) = write(&host, &commands, &services, &processes);
        Self { host, commands, services, processes, entries, counts }
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

    /// What was written, for who checks a reader.
    pub(super) fn written(&self, filler_chunks: u64) -> Written {
        let counts = &self.counts;
        let offset = self.host.zone.offset_at(self.host.started);
        Written {
            collection: self.host.collection.clone(),
            device: self.host.name.clone(),
            utc_offset_seconds: offset.whole_seconds(),
            domain: self.host.domain.clone(),
            users: self
                .host
                .users
                .iter()
                .map(|user| (user.name.clone(), user.sid.clone()))
                .collect(),
            addresses: [
                self.host.nic.ip(),
                self.host.nic.link_local.clone(),
                self.host.nic.mac_text(),
            ],
            commands: self.commands.len(),
            processes: self.processes.len(),
            tasks: counts.tasks,
            task_rows: counts.task_rows,
            registry_keys: counts.registry_keys,
            registry_values: counts.registry_values,
            sockets: counts.sockets,
            prefetch: counts.prefetch.clone(),
            security_events: evtx::counts(&self.host, &self.processes, filler_chunks),
            defender_events: counts.defender_events,
            firewall_events: counts.firewall_events,
            services: self
                .services
                .iter()
                .map(|service| (service.name.clone(), service.description.clone()))
                .collect(),
            temp_entries: counts.temp_entries.clone(),
        }
    }

    /// When the agent put the package together.
    pub(super) fn finished(&self) -> OffsetDateTime {
        let last = self.commands.last().map_or(self.host.started, |command| command.at);
        last + Duration::seconds(20)
    }
}

/// All members but the event log, in the order of their names.
fn write(
    host: &Host,
    commands: &[Command],
    services: &[Service],
    processes: &[Process],
) -> (Vec<Entry>, Counts) {
    let autoruns = autoruns::file(host, services);
    let (connections, sockets) = network::connections(host, processes, services);
    let tasks = tasks::csv(host);
    let prefetch = prefetch::members(host, processes, commands);
    let support = support::members(host, summary::at(commands, "WdSupportLogs"));
    let (firewall, firewall_events) = firewall::log(host).unzip();
    let mut members: Vec<(String, Vec<u8>)> = [
        ("Autoruns/Autoruns.txt", autoruns.bytes),
        ("Forensics Collection Summary.csv", summary::csv(commands)),
        ("Network Connections/ActiveNetConnections.txt", connections),
        ("Network Connections/Arp.txt", network::arp(host)),
        ("Network Connections/DnsCache.txt", network::dns_cache(host)),
        ("Network Connections/FirewallExecutionLog.txt", firewall::copy(host, firewall.is_some())),
        ("Network Connections/IpConfig.txt", network::ip_config(host)),
        ("Processes/Processes.csv", processes::csv(host, processes)),
        ("SMB Session/Summary.txt", smb::summary()),
        ("Scheduled Tasks/ScheduledTasks.csv", tasks.bytes),
        ("Security Event Log/Security.txt", Vec::new()),
        ("Services/Services.csv", services::csv(host, services)),
        ("System Information/SystemInformation.txt", system::information(host)),
        ("Users and Groups/LocalGroups.txt", users::groups(host)),
        ("Users and Groups/QueryUser.txt", users::sessions(host)),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into();
    members.extend(firewall.map(|log| ("Network Connections/pfirewall.log".to_owned(), log)));
    members.extend(prefetch.members);
    members.extend(programs::members(host));
    let mut temp_entries = Vec::new();
    for user in &host.users {
        let (name, bytes, entries) = temp::listing(host, user);
        members.push((name, bytes));
        temp_entries.extend(entries);
    }
    members.extend(support.members);
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    let entries = members.into_iter().map(|(name, bytes)| Entry::deflated(&name, bytes)).collect();
    let counts = Counts {
        tasks: tasks.tasks,
        task_rows: tasks.rows,
        registry_keys: autoruns.keys,
        registry_values: autoruns.values,
        sockets,
        prefetch: prefetch.programs,
        defender_events: support.events,
        firewall_events: firewall_events.unwrap_or_default(),
        temp_entries,
    };
    (entries, counts)
}
