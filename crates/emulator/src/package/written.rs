//! What a package was generated from, to check a reader against.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;

/// What a package was generated from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Written {
    /// The collection's GUID.
    pub collection: String,
    /// The name that Windows tools print.
    pub device: String,
    /// The device's UTC offset.
    pub utc_offset_seconds: i32,
    /// The device's DNS domain, if it has one.
    pub domain: Option<String>,
    /// The name and the SID of each local account.
    pub users: Vec<(String, String)>,
    /// The device's own addresses: IPv4, IPv6 and hardware address.
    pub addresses: [String; 3],
    /// How many commands the summary has.
    pub commands: usize,
    /// How many processes are listed.
    pub processes: usize,
    /// How many scheduled tasks there are.
    pub tasks: usize,
    /// How many rows the tasks have: one per trigger.
    pub task_rows: usize,
    /// How many keys `Autoruns.txt` has.
    pub registry_keys: usize,
    /// How many values these keys have.
    pub registry_values: usize,
    /// How many sockets `netstat` shows.
    pub sockets: usize,
    /// The prefetch files.
    pub prefetch: Vec<PrefetchFile>,
    /// How many events of each id the security log has.
    pub security_events: BTreeMap<u16, u64>,
    /// How many events the Defender log in the cabinet has.
    pub defender_events: usize,
    /// How many packets the firewall log has; 0 if logging is off.
    pub firewall_events: usize,
    /// The name and description of each service, before the agent rewrote them.
    pub services: Vec<(String, String)>,
    /// The entries of the folders for temporary files, in the order of the listings.
    pub temp_entries: Vec<TempEntry>,
}

/// An entry of a folder for temporary files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TempEntry {
    /// The account whose folder it is.
    pub user: String,
    /// The path of the folder it is in.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Its owner; a listing cuts a long name.
    pub owner: String,
    /// Its size in bytes; `None` for a folder.
    pub size: Option<u64>,
}

/// A prefetch file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PrefetchFile {
    /// Its name, such as `CMD.EXE-0BD30981.pf`.
    pub name: String,
    /// How often the program ran.
    pub run_count: u32,
    /// When it last ran.
    #[serde(with = "time::serde::rfc3339")]
    pub last_run: OffsetDateTime,
}
