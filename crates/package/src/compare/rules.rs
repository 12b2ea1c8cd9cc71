//! Which tables are compared, and by which of their columns.

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

impl Rule {
    /// Every column that is kept of a row.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> {
        [self.keys, self.values, self.hints].into_iter().flatten().copied()
    }

    /// Where a column stands among these.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns().position(|own| own == column)
    }
}

/// What a package may lack of a table that it has otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing: all of it comes from one member.
    Whole,
    /// A key that was not asked for, or the hive of a user who is logged off.
    Hive,
    /// That hive, or one of the members that list programs.
    Program,
    /// The folder of a user's temporary files.
    Profile,
    /// What was last written before the day from which on it was copied.
    Window,
}

const fn rule(
    table: &'static str,
    keys: &'static [&'static str],
    values: &'static [&'static str],
) -> Rule {
    Rule { table, keys, values, hints: &[], scope: Scope::Whole }
}

pub(super) const RULES: &[Rule] = &[
    rule("system_info", &["name"], &["value"]),
    Rule {
        hints: &["process_id", "parent_process_id", PARENT, "created_utc", "created_raw"],
        ..rule("processes", &["name", "executable_path", "command_line"], &["session_id"])
    },
    rule(
        "services",
        &["name"],
        &[
            "path_name",
            "start_name",
            "start_mode",
            "state",
            "display_name",
            "service_type",
            "description",
            "delayed_auto_start",
            "error_control",
            "desktop_interact",
            "tag_id",
        ],
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
            "schedule",
            "start_time",
            "start_date",
            "end_date",
            "days",
            "months",
            "repeat_every",
            "repeat_until_time",
            "repeat_until_duration",
            "repeat_stop_if_running",
            "start_in",
            "logon_mode",
            "comment",
            "idle_time",
            "power_management",
            "delete_if_not_rescheduled",
            "stop_after",
        ],
    ),
    Rule {
        scope: Scope::Hive,
        ..rule("autoruns", &["category", "key", "value_name"], &["command", "value_type"])
    },
    Rule { scope: Scope::Hive, ..rule("registry_values", &["key", "name"], &["data", "type"]) },
    Rule { hints: &["value_count"], scope: Scope::Hive, ..rule("registry_keys", &["key"], &[]) },
    Rule {
        hints: &["member"],
        scope: Scope::Program,
        ..rule(
            "programs",
            &["source", "identifier", "user_sid"],
            &[
                "name",
                "version",
                "publisher",
                "install_date",
                "install_location",
                "install_source",
                "uninstall_command",
                "key",
                "is_wow64",
                "is_hidden",
            ],
        )
    },
    Rule {
        hints: &["process_id"],
        ..rule(
            "net_sockets",
            &[
                "protocol",
                "local_address",
                LOCAL_PORT,
                "remote_address",
                REMOTE_PORT,
                "state",
                "process_name",
            ],
            &["component", "note"],
        )
    },
    rule("arp", &["interface_address", "address"], &["physical_address", "type"]),
    rule("dns_cache", &["entry", "record_name", "record_type", "data"], &["section"]),
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
            "description",
            "dns_suffix",
        ],
    ),
    rule("net_settings", &["adapter", "name"], &["value"]),
    Rule {
        scope: Scope::Profile,
        ..rule(
            "temp_files",
            &["user", "folder", "name"],
            &["size", "owner", "modified_utc", "link_target", "entry_type"],
        )
    },
    rule("groups", &["group"], &["comment"]),
    rule("group_members", &["group", "account"], &[]),
    rule("sessions", &["user", "session_name"], &["state", "logon_utc"]),
    rule("smb", &["file", "text"], &[]),
    Rule {
        scope: Scope::Window,
        ..rule("robocopy_files", &["name"], &["size", "class", "is_directory"])
    },
    Rule {
        scope: Scope::Window,
        ..rule("prefetch", &["executable", "hash"], &["run_count", "path", "has_own_name"])
    },
];

/// The name of a process's parent, which no table has as a column.
pub(super) const PARENT: &str = "parent";
/// A port that tells a socket apart only where nothing is at its other end; else Windows has chosen it.
pub(super) const LOCAL_PORT: &str = "local_port";
pub(super) const REMOTE_PORT: &str = "remote_port";
