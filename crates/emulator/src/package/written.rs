//! What a package was written from, so that a reader can be held against it.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;

/// What a package was written from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Written {
    /// The collection's GUID.
    pub collection: String,
    /// The name that Windows tools print.
    pub device: String,
    /// How far the device's clock is ahead of UTC.
    pub utc_offset_seconds: i32,
    /// The host's DNS domain, if it is in one.
    pub domain: Option<String>,
    /// The name and the SID of each local account.
    pub users: Vec<(String, String)>,
    /// The device's own addresses: IPv4, IPv6, and of its adapter.
    pub addresses: [String; 3],
    /// How many commands the summary has.
    pub commands: usize,
    /// How many processes were listed.
    pub processes: usize,
    /// How many scheduled tasks there are.
    pub tasks: usize,
    /// How many rows these have: one for each trigger.
    pub task_rows: usize,
    /// How many keys `Autoruns.txt` has.
    pub registry_keys: usize,
    /// How many values these have.
    pub registry_values: usize,
    /// How many sockets `netstat` printed.
    pub sockets: usize,
    /// The prefetch files.
    pub prefetch: Vec<PrefetchFile>,
    /// How many events of each ID the security log has.
    pub security_events: BTreeMap<u16, u64>,
    /// How many events the log of Defender's in the cabinet has.
    pub defender_events: usize,
    /// How many packets the firewall's log has; none where logging is off.
    pub firewall_events: usize,
    /// Name and description of each service, as they were before the agent rewrote them.
    pub services: Vec<(String, String)>,
    /// The entries of the folders of temporary files, in the order in which they were listed.
    pub temp_entries: Vec<TempEntry>,
}

/// An entry of a folder of temporary files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TempEntry {
    /// The account whose folder was listed.
    pub user: String,
    /// The path of the folder that it lies in.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Who owns it; a listing cuts a long name.
    pub owner: String,
    /// Its bytes; none for a folder.
    pub size: Option<u64>,
}

/// A prefetch file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PrefetchFile {
    /// Its name, such as `CMD.EXE-0BD30981.pf`.
    pub name: String,
    /// How often the program was started.
    pub run_count: u32,
    /// When it was started last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_run: OffsetDateTime,
}
