use std::io::Write;

use arrow_array::RecordBatch;
use serde_json::{Map, Value, json};

use crate::{Error, TableSchema, table::View};

/// Writes batches of a table as OCSF 1.5 events of the class Live Evidence Info (uid 5040), one
/// JSON object per line. A table for which the class has no query type gives no output.
///
/// `collected` is when the package was collected, in milliseconds since 1970 UTC. It is used as the
/// time of the events, because the rows describe a state. Columns without a field in the class go
/// into `unmapped`.
///
/// Fails with [`Error::Write`].
pub fn write_ocsf(
    table: &TableSchema,
    batch: &RecordBatch,
    collected: Option<i64>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let Some(query) = QUERIES.iter().find(|query| query.table == table.name) else { return Ok(()) };
    let view = View(batch);
    for row in 0..batch.num_rows() {
        let used: Vec<_> = query.fields.iter().map(|(_, column)| *column).collect();
        let schema = batch.schema();
        let unmapped: Map<_, _> = schema
            .fields()
            .iter()
            .filter(|field| !used.contains(&field.name().as_str()) && field.name() != "raw")
            .filter_map(|field| Some((field.name().clone(), value(view, field.name(), row)?)))
            .collect();
        let is_partial = view.text("parse_status", row) == Some("partial");
        let mut event = json!({
            "activity_id": 1,
            "category_uid": 5,
            "class_uid": 5040,
            "type_uid": 504_001,
            "severity_id": 1,
            "query_result_id": if is_partial { PARTIAL } else { EXISTS },
            "device": { "hostname": view.text("device", row).unwrap_or(UNKNOWN), "type_id": 0 },
            "metadata": {
                "version": "1.5.0",
                "product": { "name": "mde-forensics", "vendor_name": "mde-forensics" },
                "correlation_uid": view.text("package_id", row),
            },
            "query_evidence": evidence(query, view, row),
            "unmapped": unmapped,
        });
        // A time that is not known is none, though the class wants one.
        if let Some(collected) = collected {
            set(&mut event, "time", collected.into());
        }
        if let Some(raw) = view.text("raw", row) {
            set(&mut event, "raw_data", raw.into());
        }
        super::json::write(out, &event).and_then(|()| writeln!(out)).map_err(Error::Write)?;
    }
    Ok(())
}

/// Whether the class has a type of query for the rows of a table.
pub(super) fn has(table: &str) -> bool {
    QUERIES.iter().any(|query| query.table == table)
}

/// How a table's rows are evidence: the type of query, and what of the evidence each column is.
struct Query {
    table: &'static str,
    type_id: u8,
    type_name: &'static str,
    /// What the objects must have and no column says; 0 is unknown.
    fixed: &'static [(&'static str, u8)],
    /// What they must have as a text, where the column has none.
    required: &'static [&'static str],
    /// Paths in the evidence, and columns; `[]` stands for a list of one.
    fields: &'static [(&'static str, &'static str)],
}

const QUERIES: &[Query] = &[
    Query {
        table: "temp_files",
        type_id: 2,
        type_name: "File",
        fixed: &[("file.type_id", REGULAR_FILE)],
        required: &["file.name"],
        fields: &[
            ("file.name", "name"),
            ("file.parent_folder", "folder"),
            ("file.size", "size"),
            ("file.owner.name", "owner"),
            ("file.modified_time", "modified_utc"),
        ],
    },
    Query {
        table: "group_members",
        type_id: 14,
        type_name: "Users",
        fixed: &[],
        required: &["group.name", "users[].name"],
        fields: &[
            ("group.name", "group"),
            ("users[].name", "account"),
            ("users[].domain", "domain"),
        ],
    },
    Query {
        table: "scheduled_tasks",
        type_id: 5,
        type_name: "Job",
        // What a task runs is a command, and need not be a file.
        fixed: &[("job.file.type_id", 0)],
        required: &["job.name", "job.file.name"],
        fields: &[
            ("job.name", "task_name"),
            ("job.cmd_line", "task_to_run"),
            ("job.file.name", "task_to_run"),
            ("job.desc", "comment"),
            ("job.last_run_time", "last_run_utc"),
            ("job.next_run_time", "next_run_utc"),
            ("job.user.name", "run_as_user"),
        ],
    },
    Query {
        table: "net_sockets",
        type_id: 7,
        type_name: "Network Connection",
        fixed: &[("connection_info.direction_id", 0)],
        required: &[],
        fields: &[("connection_info.protocol_name", "protocol")],
    },
    Query {
        table: "net_adapters",
        type_id: 8,
        type_name: "Network Interfaces",
        fixed: &[("network_interfaces[].type_id", 0)],
        required: &["network_interfaces[].name"],
        fields: &[
            ("network_interfaces[].name", "adapter"),
            ("network_interfaces[].mac", "physical_address"),
            ("network_interfaces[].ip", "ipv4_addresses"),
            ("network_interfaces[].ip", "ipv6_addresses"),
        ],
    },
    Query {
        table: "processes",
        type_id: 10,
        type_name: "Process",
        fixed: &[],
        required: &[],
        fields: &[
            ("process.pid", "process_id"),
            ("process.parent_process.pid", "parent_process_id"),
            ("process.name", "name"),
            ("process.cmd_line", "command_line"),
            ("process.path", "executable_path"),
            ("process.created_time", "created_utc"),
        ],
    },
    Query {
        table: "services",
        type_id: 11,
        type_name: "Service",
        fixed: &[],
        required: &["service.name"],
        fields: &[("service.name", "name")],
    },
    Query {
        table: "sessions",
        type_id: 12,
        type_name: "Session",
        fixed: &[],
        required: &[],
        fields: &[
            ("session.uid", "session_id"),
            ("session.created_time", "logon_utc"),
            ("session.terminal", "session_name"),
        ],
    },
    Query {
        table: "autoruns",
        type_id: 15,
        type_name: "Startup Item",
        // The class wants to know what is started: a process that runs has an id, and this is none.
        fixed: &[("startup_item.start_type_id", 0), ("startup_item.job.file.type_id", 0)],
        required: &["startup_item.name", "startup_item.job.name", "startup_item.job.file.name"],
        fields: &[
            ("startup_item.name", "entry"),
            ("startup_item.type", "category"),
            ("startup_item.job.name", "entry"),
            ("startup_item.job.cmd_line", "command"),
            ("startup_item.job.file.name", "command"),
        ],
    },
    Query {
        table: "registry_values",
        type_id: 17,
        type_name: "Registry Value",
        fixed: &[],
        required: &["reg_value.name", "reg_value.path"],
        fields: &[
            ("reg_value.name", "name"),
            ("reg_value.path", "key"),
            ("reg_value.data", "data"),
            ("reg_value.type", "type"),
        ],
    },
    Query {
        table: "prefetch",
        type_id: 18,
        type_name: "Prefetch",
        fixed: &[("file.type_id", REGULAR_FILE)],
        required: &["file.name"],
        fields: &[("file.name", "executable")],
    },
];

fn evidence(query: &Query, view: View<'_>, row: usize) -> Value {
    let mut evidence = json!({ "query_type_id": query.type_id, "query_type": query.type_name });
    for (path, number) in query.fixed {
        set(&mut evidence, path, (*number).into());
    }
    if let Some(kind) = view.text("entry_type", row) {
        let type_id = if kind == "DIR" { FOLDER } else { LINK };
        set(&mut evidence, "file.type_id", type_id.into());
    }
    if view.text("group", row).is_some_and(is_administrators) && query.type_id == USERS {
        set(&mut evidence, "query_type_id", ADMIN_GROUP.into());
        set(&mut evidence, "query_type", "Admin Group".into());
    }
    for path in query.required {
        set(&mut evidence, path, UNKNOWN.into());
    }
    for (path, column) in query.fields {
        match value(view, column, row) {
            Some(_) if *path == "network_interfaces[].ip" => {}
            // An id is a text there, whatever it is made of.
            Some(Value::Number(number)) if path.rsplit('.').next() == Some("uid") => {
                set(&mut evidence, path, number.to_string().into());
            }
            Some(value) => set(&mut evidence, path, value),
            None => {}
        }
    }
    if query.table == "net_adapters" {
        one_address_each(&mut evidence, view, row);
    }
    evidence
}

/// An interface has one address there: one that has more stands for each of them.
fn one_address_each(evidence: &mut Value, view: View<'_>, row: usize) {
    let Some(interfaces) = evidence.get_mut("network_interfaces").and_then(Value::as_array_mut)
    else {
        return;
    };
    let Some(own) = interfaces.first().cloned() else { return };
    let addresses = ["ipv4_addresses", "ipv6_addresses"].into_iter();
    let addresses = addresses.filter_map(|column| view.text(column, row)).flat_map(str::lines);
    let each = addresses.map(|address| {
        let mut own = own.clone();
        set(&mut own, "ip", address.into());
        own
    });
    let each: Vec<_> = each.collect();
    if !each.is_empty() {
        *interfaces = each;
    }
}

/// Whether a local group is the one of the administrators, which each language calls otherwise.
fn is_administrators(group: &str) -> bool {
    ADMINISTRATORS.contains(&group.trim().to_lowercase().as_str())
}

/// Puts a value at a path, whose objects are made where they are not.
fn set(object: &mut Value, path: &str, value: Value) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (name, is_list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
    let Some(object) = object.as_object_mut() else { return };
    let Some(rest) = rest else {
        object.insert(name.to_owned(), value);
        return;
    };
    let made = if is_list { json!([{}]) } else { json!({}) };
    let own = object.entry(name).or_insert(made);
    if let Some(own) = if is_list { own.get_mut(0) } else { Some(own) } {
        set(own, rest, value);
    }
}

/// What the class requires, and the package does not say.
const UNKNOWN: &str = "unknown";
/// Types of a query about the members of a group.
const ADMIN_GROUP: u8 = 4;
const USERS: u8 = 14;
/// What Windows calls its group of administrators.
const ADMINISTRATORS: &[&str] = &[
    "administradores",
    "administrateurs",
    "administratoren",
    "administratorer",
    "administrators",
    "administratorzy",
    "administratörer",
    "amministratori",
    "järjestelmänvalvojat",
    "rendszergazdák",
    "yöneticiler",
    "διαχειριστές",
    "администраторы",
];
/// Results of a query.
const EXISTS: u8 = 1;
const PARTIAL: u8 = 2;
/// Types of the object `file`.
const REGULAR_FILE: u8 = 1;
const FOLDER: u8 = 2;
const LINK: u8 = 7;

/// Times are milliseconds since 1970, as OCSF has them.
fn value(view: View<'_>, column: &str, row: usize) -> Option<Value> {
    view.text(column, row)
        .map(Value::from)
        .or_else(|| view.int(column, row).map(Value::from))
        .or_else(|| view.time(column, row).map(|micros| Value::from(micros.div_euclid(1_000))))
        .or_else(|| view.bool(column, row).map(Value::from))
}
