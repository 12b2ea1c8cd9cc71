//! Which processes run, and who started whom.

use time::{Duration, OffsetDateTime};

use super::Process;
use crate::package::host::{Host, seconds};
use crate::package::rng::Rng;
use crate::package::services::Service;

/// All processes by creation: the system's, one or more for the services, the person's, the agent's.
/// `listed` is when the agent's shell asked for the list, which is that shell's own creation time.
pub(in crate::package) fn list(
    host: &Host,
    services: &[Service],
    listed: OffsetDateTime,
) -> Vec<Process> {
    let mut tree = Tree::new(host);
    tree.system();
    tree.services(services);
    tree.person(host.sign_in());
    tree.agent(listed);
    tree.processes.sort_by_key(|process| process.created);
    tree.processes
}

/// Gives every running service the process ID that hosts it.
pub(in crate::package) fn number_services(host: &Host, services: &mut [Service]) {
    let mut rng = host.booted("service pids");
    let mut next = 1_000;
    let mut hosts: Vec<(String, u64)> = vec![(LSASS.to_ascii_lowercase(), LSASS_PID)];
    for service in services.iter_mut().filter(|service| service.is_running) {
        let key = service.path.to_ascii_lowercase();
        let is_together = key.ends_with("lsass.exe")
            || key.contains("dcomlaunch")
            || key.contains("-k rpcss")
            || key.contains("nonetworkfirewall")
            || key.contains("-k netsvcs") && rng.chance(60);
        let known = hosts.iter().find(|(path, _)| is_together && *path == key);
        service.pid = known.map_or(next, |(_, pid)| *pid);
        if service.pid == next {
            hosts.push((key, next));
            next += 4 * rng.range(1, 30);
        }
    }
}

struct Tree<'a> {
    host: &'a Host,
    rng: Rng,
    clock: OffsetDateTime,
    next_pid: u64,
    /// The process that hosts `DcomLaunch`, which starts what COM asks for.
    launcher: u64,
    processes: Vec<Process>,
}

impl<'a> Tree<'a> {
    fn new(host: &'a Host) -> Self {
        let rng = host.booted("processes");
        Self { host, rng, clock: host.boot, next_pid: 10_000, launcher: 0, processes: Vec::new() }
    }

    fn system(&mut self) {
        let sys = |name: &str| format!(r"C:\WINDOWS\system32\{name}");
        self.fixed("System Idle Process", 0, 0, 0, None);
        self.fixed("System", 4, 0, 0, None);
        self.fixed("Registry", 124, 4, 0, None);
        self.fixed("smss.exe", 460, 4, 0, None);
        self.clock += seconds(2);
        self.fixed("csrss.exe", 620, 604, 0, None);
        self.fixed("wininit.exe", 700, 604, 0, None);
        self.fixed("csrss.exe", 708, 692, 1, None);
        self.fixed("winlogon.exe", 780, 692, 1, Some((sys("winlogon.exe"), "winlogon.exe")));
        self.fixed("services.exe", SERVICES_PID, 700, 0, None);
        self.fixed("lsass.exe", LSASS_PID, 700, 0, Some((sys("lsass.exe"), LSASS)));
        self.fixed("dwm.exe", 940, 780, 1, Some((sys("dwm.exe"), "\"dwm.exe\"")));
        self.fixed(
            "LogonUI.exe",
            932,
            780,
            1,
            Some((sys("LogonUI.exe"), "\"LogonUI.exe\" /flags:0x2")),
        );
        self.fixed("Memory Compression", 948, 4, 0, None);
    }

    fn services(&mut self, services: &[Service]) {
        let launcher = services.iter().find(|service| service.name == "DcomLaunch");
        self.launcher = launcher.map_or(SERVICES_PID, |service| service.pid);
        for service in services.iter().filter(|service| service.is_running) {
            if self.processes.iter().any(|process| process.pid == service.pid) {
                continue;
            }
            self.clock += seconds(self.rng.below(3));
            let image = image(&service.path);
            let name = image.rsplit('\\').next().unwrap_or(image).to_owned();
            let is_hidden = name == "svchost.exe" || image.contains("Windows Defender");
            self.processes.push(Process {
                name,
                pid: service.pid,
                parent: SERVICES_PID,
                session: 0,
                path: (!is_hidden).then(|| image.to_owned()),
                command_line: (!is_hidden).then(|| service.path.clone()),
                created: self.clock,
            });
        }
    }

    fn person(&mut self, signed_in: OffsetDateTime) {
        self.clock = signed_in;
        let user = self.host.person().name.clone();
        let mut shell = 0;
        for line in include_str!("../../../data/programs.txt").lines() {
            let Some((path, arguments)) = line.split_once('\t') else { continue };
            self.clock += seconds(self.rng.below(20));
            let path = path.replace("{user}", &user);
            let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
            let command = format!("\"{path}\" {}", arguments.replace("{user}", &user));
            let pid = self.spawn(&name, shell, 2, Some((path, command.trim_end())));
            if name.eq_ignore_ascii_case("explorer.exe") {
                shell = pid;
            }
        }
        if self.host.is_unkind {
            for (name, command) in UNKIND {
                self.clock += seconds(self.rng.range(1, 400));
                let path = format!(r"C:\Users\{user}\AppData\Local\Temp\{name}");
                self.spawn(name, shell, 2, Some((path, command)));
            }
        }
    }

    fn agent(&mut self, listed: OffsetDateTime) {
        let sense = self.pid_of("MsSense.exe");
        let folder = r"C:\Program Files\Windows Defender Advanced Threat Protection";
        self.clock = self.host.started - Duration::minutes(8);
        self.spawn("SenseIR.exe", sense, 0, None);
        let ndr = format!(r"{folder}\SenseNdr.exe");
        self.spawn("SenseNdr.exe", sense, 0, Some((ndr.clone(), &format!("\"{ndr}\" -"))));
        self.clock = listed - Duration::seconds(2);
        self.spawn("WmiPrvSE.exe", self.launcher, 0, None);
        self.clock = listed;
        let shell = r"C:\WINDOWS\System32\WindowsPowerShell\v1.0\powershell.exe".to_owned();
        let command =
            format!("{shell} \"Get-CimInstance -ClassName Win32_Process | ConvertTo-Csv\"");
        let pid = self.spawn("powershell.exe", sense, 0, Some((shell, &command)));
        let console = r"C:\WINDOWS\system32\conhost.exe".to_owned();
        self.spawn("conhost.exe", pid, 0, Some((console.clone(), &format!(r"\??\{console} 0x4"))));
    }

    fn fixed(
        &mut self,
        name: &str,
        pid: u64,
        parent: u64,
        session: u64,
        image: Option<(String, &str)>,
    ) {
        let (path, command) = image.map(|(path, command)| (path, command.to_owned())).unzip();
        let (name, created) = (name.to_owned(), self.clock);
        self.processes.push(Process {
            name,
            pid,
            parent,
            session,
            path,
            command_line: command,
            created,
        });
    }

    fn spawn(
        &mut self,
        name: &str,
        parent: u64,
        session: u64,
        image: Option<(String, &str)>,
    ) -> u64 {
        self.next_pid += 4 * self.rng.range(1, 60);
        self.fixed(name, self.next_pid, parent, session, image);
        self.next_pid
    }

    fn pid_of(&self, name: &str) -> u64 {
        let found = self.processes.iter().find(|process| process.name == name);
        found.map_or(SERVICES_PID, |process| process.pid)
    }
}

/// The program of a service's path, without quotes and arguments.
fn image(path: &str) -> &str {
    match path.strip_prefix('"') {
        Some(rest) => rest.split('"').next().unwrap_or(rest),
        None => path.split(' ').next().unwrap_or(path),
    }
}

const LSASS: &str = r"C:\WINDOWS\system32\lsass.exe";
const LSASS_PID: u64 = 880;
const SERVICES_PID: u64 = 860;

/// Command lines that are legal and unkind to whoever prints, exports or displays them.
const UNKIND: [(&str, &str); 4] = [
    ("updater.exe", "updater.exe --title \"\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mall clear\""),
    ("invoice\u{202e}fdp.exe", "\"invoice\u{202e}fdp.exe\" /s"),
    ("sheet.exe", "=cmd|' /C calc'!A0,@SUM(1+1)*\"\"\"quoted\"\"\",+1,-2"),
    ("py.exe", "py.exe -c \"import os\nprint('a, b', \"\"os\"\")\n<script>alert(1)</script>\""),
];
