use super::Row;
use crate::clock::{Clock, iso_utc};

/// Why a difference is the collection's own doing, or a thing that changes by itself.
pub(super) fn noise(table: &str, row: &Row, clock: &Clock) -> Option<&'static str> {
    let value = |column: &str| row.get(column).map(String::as_str).unwrap_or_default();
    match table {
        "processes" => {
            if is_collector(value("name")) {
                return Some("a program of the agent, or one that it runs to collect");
            }
            let created = iso_utc(value("created_utc"))?;
            let (began, ended) = (clock.collected?, clock.ended?);
            let is_helper = HELPERS.iter().any(|name| value("name").eq_ignore_ascii_case(name));
            let in_time = (began - MINUTE..=ended + MINUTE).contains(&created);
            (is_helper && in_time).then_some("a helper that was started during the collection")
        }
        "prefetch" => is_collector(value("executable"))
            .then_some("a program of the agent, or one that it runs to collect"),
        "robocopy_files" => {
            let name = value("name");
            let executable = name.rsplit_once('-').map_or(name, |(executable, _)| executable);
            is_collector(executable)
                .then_some("a program of the agent, or one that it runs to collect")
        }
        "services" => value("name")
            .contains('_')
            .then(|| super::stable_name(value("name")))
            .and_then(|name| {
                name.ends_with("_*")
                    .then_some("a per-user service, which gets a new name for each session")
            }),
        "net_sockets" => is_collector(value("process_name")).then_some("a connection of the agent"),
        "dns_cache" => {
            let name = value("record_name").to_ascii_lowercase();
            let is_own = OWN_DOMAINS.iter().any(|domain| name.ends_with(domain));
            is_own.then_some("a name that the agent itself looks up")
        }
        "registry_values" => {
            let key = value("key").to_ascii_lowercase();
            let is_own = [
                "\\services\\sense",
                "\\services\\bam\\",
                "\\services\\w32time\\",
                "\\services\\mpssvc\\",
            ]
            .iter()
            .any(|part| key.contains(part));
            is_own.then_some("a value that Windows or the agent writes by itself")
        }
        _ => None,
    }
}

fn is_collector(name: &str) -> bool {
    COLLECTORS.iter().any(|own| {
        // The name in a prefetch file is cut after 29 characters, and has `.EXE` or not.
        name.eq_ignore_ascii_case(own)
            || name
                .get(..own.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(own) && name.len() == own.len() + 4)
    })
}

/// Programs that are the agent's, or that it runs to collect.
const COLLECTORS: &[&str] = &[
    "arp",
    "findstr",
    "ipconfig",
    "mpcmdrun",
    "mssense",
    "net",
    "net1",
    "netsh",
    "netstat",
    "openhandlecollector",
    "query",
    "quser",
    "reg",
    "robocopy",
    "schtasks",
    "sensecm",
    "sensecncproxy",
    "senseidentity",
    "senseir",
    "sensendr",
    "sensesampleuploader",
    "sensetvm",
    "systeminfo",
    "wevtutil",
    "xcopy",
];
/// Programs that everything runs; they are noise only at the time of the collection.
const HELPERS: &[&str] = &[
    "cmd.exe",
    "conhost.exe",
    "powershell.exe",
    "wmiprvse.exe",
    "tiworker.exe",
    "trustedinstaller.exe",
];
const OWN_DOMAINS: &[&str] =
    &[".endpoint.security.microsoft.com", ".events.data.microsoft.com", ".wdcp.microsoft.com"];
const MINUTE: i64 = 60 * 1_000_000;
