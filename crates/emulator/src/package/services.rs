//! `Services/Services.csv`: what `Win32_Service` said, after the agent went over it.

mod agent;
#[cfg(test)]
mod tests;

use super::csv;
use super::host::Host;
use super::text;

/// One service, as the CSV and the registry both tell it.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) display: String,
    pub(super) description: String,
    pub(super) start: Start,
    /// Process ID of the running service, 0 when stopped.
    pub(super) pid: u64,
    pub(super) is_running: bool,
    /// The word in column `ServiceType`.
    pub(super) kind: &'static str,
    pub(super) account: String,
    pub(super) path: String,
}

/// How a service starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Auto,
    AutoDelayed,
    Disabled,
    Manual,
}

impl Start {
    /// The word in column `StartMode`.
    pub(super) fn mode(self) -> &'static str {
        match self {
            Self::Auto | Self::AutoDelayed => "Auto",
            Self::Disabled => "Disabled",
            Self::Manual => "Manual",
        }
    }

    /// The registry value `Start`.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Auto | Self::AutoDelayed => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }
}

/// The device's services in the order of the list; process IDs are given out later.
pub(super) fn list(host: &Host) -> Vec<Service> {
    let mut rng = host.lasting("services");
    let mut services: Vec<Service> = include_str!("../../data/services.txt")
        .lines()
        .filter_map(parse)
        .filter(|service| service.is_running || is_needed(service) || rng.chance(90))
        .collect();
    services.extend(PER_USER.iter().map(|(name, display)| Service {
        name: format!("{name}_{}", host.session_suffix),
        display: format!("{display}_{}", host.session_suffix),
        description: "Runs for one user, and ends with the user's session.".to_owned(),
        start: Start::Manual,
        pid: 0,
        is_running: rng.chance(50),
        kind: "Unknown",
        account: String::new(),
        path: svchost("UnistackSvcGroup"),
    }));
    if host.is_unkind {
        services.push(unkind());
    }
    services
}

/// The member's bytes.
pub(super) fn csv(host: &Host, services: &[Service]) -> Vec<u8> {
    let mut out = csv::full_line(COLUMNS) + "\n";
    for service in services {
        out += &agent::rewrite(&line(host, service));
        out.push('\n');
    }
    text::marked(&out)
}

/// A service with at least six commas before `StartMode` is never left out.
fn is_needed(service: &Service) -> bool {
    service.description.matches(',').count() >= 5
}

/// The line as `ConvertTo-Csv` made it, before the agent.
fn line(host: &Host, service: &Service) -> String {
    let truth = |yes: bool| Some(if yes { "True" } else { "False" });
    let pid = service.pid.to_string();
    csv::line([
        Some(service.display.as_str()),
        Some(&service.description),
        None,
        Some(&service.name),
        Some("OK"),
        Some("Win32_Service"),
        truth(service.is_running),
        Some(service.start.mode()),
        Some("Win32_ComputerSystem"),
        Some(&host.name),
        truth(false),
        truth(service.is_running),
        truth(false),
        Some(&service.display),
        Some("Normal"),
        Some(if service.is_running { "0" } else { "1077" }),
        Some(&service.path),
        Some("0"),
        Some(service.kind),
        Some(service.account.as_str()).filter(|account| !account.is_empty()),
        Some(if service.is_running { "Running" } else { "Stopped" }),
        Some("0"),
        Some("0"),
        truth(service.start == Start::AutoDelayed),
        Some(&pid),
        Some("0"),
        None,
    ])
}

fn parse(line: &str) -> Option<Service> {
    let mut cells = line.split('\t').map(str::to_owned);
    let mut next = || cells.next();
    let (name, display) = (next()?, next()?);
    let start = match next()?.as_str() {
        "Auto" => Start::Auto,
        "AutoDelayed" => Start::AutoDelayed,
        "Disabled" => Start::Disabled,
        _ => Start::Manual,
    };
    let (state, kind, account, path, description) = (next()?, next()?, next()?, next()?, next()?);
    Some(Service {
        name,
        display,
        description,
        start,
        pid: 0,
        is_running: state == "R",
        kind: if kind == "share" { "Share Process" } else { "Own Process" },
        account,
        path: path.strip_prefix("k:").map_or(path.clone(), svchost),
    })
}

fn svchost(group: &str) -> String {
    format!(r"C:\WINDOWS\system32\svchost.exe -k {group} -p")
}

fn unkind() -> Service {
    Service {
        name: "upd\u{202e}fdp.svc".to_owned(),
        display: "=HYPERLINK(\"http://203.0.113.66/\",\"Updater\")".to_owned(),
        description: "@SUM(1+1)*cmd|' /C calc'!A0, \u{1b}[31mred\u{1b}[0m".to_owned(),
        start: Start::Auto,
        pid: 0,
        is_running: true,
        kind: "Own Process",
        account: "LocalSystem".to_owned(),
        path: "\"C:\\ProgramData\\upd\u{202e}fdp.exe\" --q \"a, b\" 'Auto'".to_owned(),
    }
}

const PER_USER: [(&str, &str); 12] = [
    ("AarSvc", "Agent Activation Runtime"),
    ("BluetoothUserService", "Bluetooth User Support Service"),
    ("CaptureService", "CaptureService"),
    ("cbdhsvc", "Clipboard User Service"),
    ("CDPUserSvc", "Connected Devices Platform User Service"),
    ("CredentialEnrollmentManagerUserSvc", "CredentialEnrollmentManagerUserSvc"),
    ("DevicesFlowUserSvc", "DevicesFlow"),
    ("OneSyncSvc", "Sync Host"),
    ("PimIndexMaintenanceSvc", "Contact Data"),
    ("UnistoreSvc", "User Data Storage"),
    ("UserDataSvc", "User Data Access"),
    ("WpnUserService", "Windows Push Notifications User Service"),
];

/// The columns of a real member.
const COLUMNS: [&str; 27] = [
    "Caption",
    "Description",
    "InstallDate",
    "Name",
    "Status",
    "CreationClassName",
    "Started",
    "StartMode",
    "SystemCreationClassName",
    "SystemName",
    "AcceptPause",
    "AcceptStop",
    "DesktopInteract",
    "DisplayName",
    "ErrorControl",
    "ExitCode",
    "PathName",
    "ServiceSpecificExitCode",
    "ServiceType",
    "StartName",
    "State",
    "TagId",
    "CheckPoint",
    "DelayedAutoStart",
    "ProcessId",
    "WaitHint",
    "PSComputerName",
];
