//! `ActiveNetConnections.txt`: what `netstat -abno` printed.

use std::fmt::Write as _;

use crate::package::host::Host;
use crate::package::processes::Process;
use crate::package::rng::Rng;
use crate::package::services::Service;
use crate::package::text;

/// The member's bytes and how many sockets are in them: sockets of processes that are in the process list, with their owners below.
pub(in crate::package) fn connections(
    host: &Host,
    processes: &[Process],
    services: &[Service],
) -> (Vec<u8>, usize) {
    let mut table =
        Table { processes, services, rng: host.passing("sockets"), out: HEAD.to_owned(), count: 0 };
    table.tcp(host, false);
    table.tcp(host, true);
    table.udp(host, false);
    table.udp(host, true);
    (text::crlf(&table.out), table.count)
}

struct Table<'a> {
    processes: &'a [Process],
    services: &'a [Service],
    rng: Rng,
    out: String,
    count: usize,
}

impl Table<'_> {
    fn tcp(&mut self, host: &Host, is_six: bool) {
        let (any, none) = if is_six { ("[::]", "[::]:0") } else { ("0.0.0.0", "0.0.0.0:0") };
        let mut port = 49_664;
        for owner in LISTENERS {
            let number = owner.1.unwrap_or_else(|| {
                port += 1;
                port
            });
            self.row("TCP", &format!("{any}:{number}"), none, "LISTENING", owner.0);
        }
        if is_six {
            return;
        }
        let ip = host.nic.ip();
        self.row("TCP", &format!("{ip}:139"), none, "LISTENING", Owner::System);
        for _ in 0..self.rng.range(2, 12) {
            let local = format!("{ip}:{}", self.rng.range(49_700, 60_000));
            let foreign = format!("203.0.113.{}:443", self.rng.range(1, 250));
            let owner = *self.rng.of(&CLIENTS);
            self.row("TCP", &local, &foreign, "ESTABLISHED", owner);
        }
        for _ in 0..self.rng.range(0, 4) {
            let local = format!("{ip}:{}", self.rng.range(60_000, 65_000));
            self.row("TCP", &local, "198.51.100.7:443", "TIME_WAIT", Owner::Nobody);
        }
    }

    fn udp(&mut self, host: &Host, is_six: bool) {
        let any = if is_six { "[::]" } else { "0.0.0.0" };
        for (service, port) in
            [("W32Time", 123), ("TermService", 3389), ("Dnscache", 5353), ("Dnscache", 5355)]
        {
            self.row("UDP", &format!("{any}:{port}"), "*:*", "", Owner::Service(service));
        }
        if is_six {
            let local = format!("[{}%{}]:1900", host.nic.link_local, host.nic.index);
            self.row("UDP", "[::1]:1900", "*:*", "", Owner::Service("SSDPSRV"));
            return self.row("UDP", &local, "*:*", "", Owner::Service("SSDPSRV"));
        }
        for _ in 0..self.rng.range(2, 9) {
            let port = self.rng.range(50_000, 64_000);
            let (local, foreign) = (format!("0.0.0.0:{port}"), format!("127.0.0.1:{}", port - 1));
            self.row("UDP", &local, &foreign, "", Owner::Program("SenseNdr.exe"));
        }
        self.row("UDP", "127.0.0.1:1900", "*:*", "", Owner::Service("SSDPSRV"));
        for port in [137, 138] {
            let local = format!("{}:{port}", host.nic.ip());
            self.row("UDP", &local, "*:*", "", Owner::System);
        }
    }

    /// A socket and what `-b` says of it; nothing if its owner does not run.
    fn row(&mut self, protocol: &str, local: &str, foreign: &str, state: &str, owner: Owner) {
        let Some((pid, below)) = self.owner(owner) else { return };
        let _ =
            writeln!(self.out, "  {protocol:<5}  {local:<21}  {foreign:<21}  {state:<14}  {pid}");
        self.out += &below;
        self.count += 1;
    }

    fn owner(&self, owner: Owner) -> Option<(u64, String)> {
        let of_name = |name: &str| self.processes.iter().find(|process| process.name == name);
        match owner {
            Owner::Nobody => Some((0, String::new())),
            Owner::System => Some((4, UNKNOWN.to_owned())),
            Owner::Hidden(name) => Some((of_name(name)?.pid, UNKNOWN.to_owned())),
            Owner::Program(name) => Some((of_name(name)?.pid, format!(" [{name}]\n"))),
            Owner::Service(name) => {
                let mut running = self.services.iter().filter(|service| service.is_running);
                let service = running.find(|service| service.name == name)?;
                let process = self.processes.iter().find(|process| process.pid == service.pid)?;
                Some((service.pid, format!("  {name}\n [{}]\n", process.name)))
            }
        }
    }
}

/// Who has a socket.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// A protected process, which `netstat` may not look into.
    Hidden(&'static str),
    Nobody,
    Program(&'static str),
    Service(&'static str),
    System,
}

const LISTENERS: [(Owner, Option<u16>); 12] = [
    (Owner::Service("RpcSs"), Some(135)),
    (Owner::System, Some(445)),
    (Owner::Service("TermService"), Some(3389)),
    (Owner::System, Some(5985)),
    (Owner::System, Some(47_001)),
    (Owner::Program("lsass.exe"), None),
    (Owner::Hidden("wininit.exe"), None),
    (Owner::Service("Schedule"), None),
    (Owner::Service("EventLog"), None),
    (Owner::Program("spoolsv.exe"), None),
    (Owner::Hidden("services.exe"), None),
    (Owner::Program("updater.exe"), Some(4_444)),
];

const CLIENTS: [&Owner; 6] = [
    &Owner::Hidden("MsSense.exe"),
    &Owner::Program("OneDrive.exe"),
    &Owner::Program("OUTLOOK.EXE"),
    &Owner::Program("msedge.exe"),
    &Owner::Service("DiagTrack"),
    &Owner::Service("WpnService"),
];

const HEAD: &str = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n";
const UNKNOWN: &str = " Can not obtain ownership information\n";
