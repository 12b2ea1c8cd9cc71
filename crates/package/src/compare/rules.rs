/// How rows of a table are told apart, and which of their values count.
pub(super) struct Rule {
    pub(super) table: &'static str,
    pub(super) keys: &'static [&'static str],
    /// What is compared where the keys are the same.
    pub(super) values: &'static [&'static str],
    /// What only tells noise apart.
    pub(super) hints: &'static [&'static str],
    /// Whether keys belong to users whose hive may not be loaded.
    pub(super) has_users: bool,
}

const fn rule(
    table: &'static str,
    keys: &'static [&'static str],
    values: &'static [&'static str],
) -> Rule {
    Rule { table, keys, values, hints: &[], has_users: false }
}

/// Process ids and counters change by themselves and are not compared.
pub(super) const RULES: &[Rule] = &[
    Rule {
        hints: &["created_utc"],
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
        has_users: true,
        ..rule("autoruns", &["category", "key", "value_name"], &["command", "value_type"])
    },
    Rule { has_users: true, ..rule("registry_values", &["key", "name"], &["data", "type"]) },
    Rule {
        has_users: true,
        ..rule(
            "programs",
            &["source", "identifier", "user_sid"],
            &["name", "version", "publisher", "install_date", "install_location"],
        )
    },
    rule(
        "net_sockets",
        &["protocol", "local_address", "remote_address", "remote_port", "state", "process_name"],
        &["component"],
    ),
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
    rule(
        "temp_files",
        &["user", "folder", "name"],
        &["size", "owner", "modified_utc", "link_target"],
    ),
    rule("groups", &["group"], &["comment"]),
    rule("group_members", &["group", "account"], &[]),
    rule("sessions", &["user", "session_name"], &["state", "logon_utc"]),
    rule("robocopy_files", &["name"], &["size"]),
    rule("prefetch", &["executable", "hash"], &["run_count"]),
];

/// A service's name without the suffix that a per-user service gets anew for each session, such as
/// `_122408`.
pub(super) fn stable_name(name: &str) -> String {
    if let Some((front, suffix)) = name.rsplit_once('_')
        && (4..=8).contains(&suffix.len())
        && suffix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && suffix.bytes().any(|byte| byte.is_ascii_digit())
    {
        return format!("{front}_*");
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::stable_name;

    #[test]
    fn per_user_services_keep_their_name() {
        assert_eq!(stable_name("CDPUserSvc_122408"), "CDPUserSvc_*");
        assert_eq!(stable_name("CDPUserSvc_dcfb5"), "CDPUserSvc_*");
        assert_eq!(stable_name("my_service"), "my_service");
        assert_eq!(stable_name("x_feed"), "x_feed");
    }
}
