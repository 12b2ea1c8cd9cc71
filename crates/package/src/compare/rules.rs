/// How rows of a table are told apart, and which of their values count.
pub(super) struct Rule {
    pub(super) table: &'static str,
    pub(super) keys: &'static [&'static str],
    /// What is compared where the keys are the same.
    pub(super) values: &'static [&'static str],
    /// What only tells noise apart, and where a row comes from.
    pub(super) hints: &'static [&'static str],
    pub(super) scope: Scope,
}

/// What a package may lack of a table that it has otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing: all of it comes from one member.
    Whole,
    /// The hive of a user who is logged off.
    Hive,
    /// That, or one of the members that list programs.
    Program,
    /// The folder of a user's temporary files.
    Profile,
}

const fn rule(
    table: &'static str,
    keys: &'static [&'static str],
    values: &'static [&'static str],
) -> Rule {
    Rule { table, keys, values, hints: &[], scope: Scope::Whole }
}

/// Process ids and counters change by themselves and are not compared.
pub(super) const RULES: &[Rule] = &[
    rule("system_info", &["name"], &["value"]),
    Rule {
        hints: &["created_utc", "process_id", "parent_process_id"],
        ..rule("processes", &["name", "executable_path", "command_line"], &["session_id"])
    },
    rule(
        "services",
        &["name"],
        &["path_name", "start_name", "start_mode", "state", "display_name", "service_type"],
    ),
    rule(
        "scheduled_tasks",
        &["task_name"],
        &[
            "task_to_run",
            "run_as_user",
            "state",
            "author",
            "schedule_type",
            "start_time",
            "days",
            "repeat_every",
        ],
    ),
    Rule {
        scope: Scope::Hive,
        ..rule("autoruns", &["category", "key", "value_name"], &["command", "value_type"])
    },
    Rule { scope: Scope::Hive, ..rule("registry_values", &["key", "name"], &["data", "type"]) },
    Rule {
        hints: &["member"],
        scope: Scope::Program,
        ..rule(
            "programs",
            &["source", "identifier", "user_sid"],
            &["name", "version", "publisher", "install_date", "install_location"],
        )
    },
    Rule {
        hints: &["process_id"],
        ..rule(
            "net_sockets",
            &[
                "protocol",
                "local_address",
                "remote_address",
                "remote_port",
                "state",
                "process_name",
            ],
            &["component"],
        )
    },
    rule("arp", &["interface_address", "address"], &["physical_address", "type"]),
    rule("dns_cache", &["record_name", "record_type", "data"], &["section"]),
    rule(
        "net_adapters",
        &["adapter"],
        &[
            "physical_address",
            "ipv4_addresses",
            "ipv6_addresses",
            "default_gateways",
            "dns_servers",
            "dhcp_server",
        ],
    ),
    rule("net_settings", &["adapter", "name"], &["value"]),
    Rule {
        scope: Scope::Profile,
        ..rule(
            "temp_files",
            &["user", "folder", "name"],
            &["size", "owner", "modified_utc", "link_target"],
        )
    },
    rule("groups", &["group"], &["comment"]),
    rule("group_members", &["group", "account"], &[]),
    rule("sessions", &["user", "session_name"], &["state", "logon_utc"]),
    rule("smb", &["file", "text"], &[]),
    rule("robocopy_files", &["name"], &["size"]),
    rule("prefetch", &["executable", "hash"], &["run_count"]),
];

/// Evidence that is not compared, and why.
pub(super) const NOT_COMPARED: &[(&str, &str)] = &[
    ("security_events", EVENTS),
    ("logon_summary", EVENTS),
    ("other_events", EVENTS),
    ("defender_log", EVENTS),
    ("firewall_events", EVENTS),
    ("registry_keys", "keys without values; the values are compared"),
    ("temp_folders", "counts of `dir`; the files are compared"),
    ("prefetch_runs", "the prefetch files are compared by their count of runs"),
    ("prefetch_files", "the prefetch files are compared by their count of runs"),
    ("prefetch_volumes", "the prefetch files are compared by their count of runs"),
];
const EVENTS: &str = "events and no state: search them, or read the timelines of both";
